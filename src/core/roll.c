#include "roll.h"

#include <assert.h>

#include "base/hash.h"

enum { CELLS_PER_ENTRY = 4 };

/* ---- the block ---------------------------------------------------------- */

/** The table of names of a roll that is not small, behind its entries. */
static struct election__table names_of(const struct election__roll *roll)
{
    const void *end = roll->entries + roll->capacity;

    return (struct election__table){(uint32_t *)end,
                                    CELLS_PER_ENTRY * roll->capacity - 1};
}

/** The heads of the chains of a roll that is not small, behind the names. */
static uint32_t *chain_of(const struct election__roll *roll,
                          uint64_t session_id)
{
    struct election__table names = names_of(roll);
    uint64_t upper = (session_id >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
    uint64_t hash = session_id + upper;

    /*
     * Session ids are the host's: nobody aims at them. Up to 16 in a row have
     * heads in a row, a line of the cache; all other bits are mixed in.
     */
    return names.cells + names.mask + 1 + (hash & (roll->capacity - 1));
}

/** The head of the chain of a session: 0 = nobody, else an id + 1. */
static uint32_t head_of(const struct election__roll *roll, uint64_t session_id)
{
    return election__roll_is_small(roll) ? roll->small_chain
                                         : *chain_of(roll, session_id);
}

static void set_head(struct election__roll *roll, uint64_t session_id,
                     uint32_t head)
{
    if (election__roll_is_small(roll))
        roll->small_chain = (uint16_t)head;
    else
        *chain_of(roll, session_id) = head;
}

static uint32_t name_hash(const struct election__roll *roll, const char *name,
                          size_t name_size)
{
    return election__hash(roll->hash_seed, name, name_size);
}

static uint32_t hash_of_entry(const void *context, uint16_t id)
{
    const struct election__roll *roll = context;

    return roll->entries[id].name_hash;
}

struct election__roll *
election__roll_create(const struct election_allocator *allocator, size_t count,
                      uint64_t hash_seed)
{
    struct election__roll *roll;
    uint32_t capacity = ELECTION__ROLL_SMALL / 2;
    size_t cells;

    assert(count <= ELECTION__ROLL_MAX);
    while (capacity < count)
        capacity *= 2;
    cells = capacity <= ELECTION__ROLL_SMALL
                ? 0
                : (CELLS_PER_ENTRY + 1) * (size_t)capacity;
    roll = election__allocate(allocator, sizeof *roll +
                                             capacity * sizeof *roll->entries +
                                             cells * sizeof(uint32_t));
    if (roll == NULL)
        return NULL;
    roll->hash_seed = hash_seed;
    roll->capacity = capacity;
    roll->count = 0;
    roll->fresh = 0;
    roll->vacated = 0;
    roll->small_chain = 0;
    memset(roll->entries + capacity, 0, cells * sizeof(uint32_t));
    return roll;
}

/* ---- finding ------------------------------------------------------------ */

static inline bool has_name(const struct election__place *place,
                            const char *name, size_t name_size)
{
    const uint8_t *record = election__page_record(place->page, place->position);
    size_t size;
    const char *bytes = election__record_name(record, &size);

    /* Names that differ do so at their ends, most often. */
    return size == name_size && bytes[size - 1] == name[size - 1] &&
           memcmp(bytes, name, size) == 0;
}

static inline bool find_in_pages(struct election__page *first, const char *name,
                                 size_t name_size,
                                 struct election__place *place)
{
    struct election__place at = {first, 0};

    for (; at.page != NULL; at.page = at.page->next)
        for (at.position = 0; at.position < at.page->count; at.position++)
            if (has_name(&at, name, name_size)) {
                *place = at;
                return true;
            }
    return false;
}

bool election__roll_find(const struct election__roll *roll,
                         struct election__page *first, const char *name,
                         size_t name_size, struct election__place *place)
{
    struct election__table names = names_of(roll);
    uint32_t hash, cell;
    uint16_t id;

    if (election__roll_is_small(roll))
        return find_in_pages(first, name, name_size, place);
    hash = name_hash(roll, name, name_size);
    cell = election__table_home(&names, hash);
    for (; election__table_probe(&names, hash, &cell, &id); cell++) {
        if (roll->entries[id].name_hash != hash)
            continue;
        *place = election__roll_place(roll, id);
        if (has_name(place, name, name_size))
            return true;
    }
    return false;
}

/** Walks a chain from an id on to the next one of a session. */
static uint32_t walk_chain(const struct election__roll *roll, uint16_t id,
                           uint64_t session_id)
{
    const struct election__entry *entry = &roll->entries[id];

    while (entry->session_id != session_id) {
        if (entry->next == id)
            return ELECTION__NOBODY;
        id = entry->next;
        entry = &roll->entries[id];
    }
    return id;
}

uint32_t election__roll_find_session(const struct election__roll *roll,
                                     uint64_t session_id)
{
    uint32_t head = head_of(roll, session_id);

    if (head == 0)
        return ELECTION__NOBODY;
    return walk_chain(roll, (uint16_t)(head - 1), session_id);
}

uint32_t election__roll_next_of_session(const struct election__roll *roll,
                                        uint16_t id)
{
    const struct election__entry *entry = &roll->entries[id];

    if (entry->next == id)
        return ELECTION__NOBODY;
    return walk_chain(roll, entry->next, entry->session_id);
}

/* ---- adding ------------------------------------------------------------- */

static uint16_t take_id(struct election__roll *roll)
{
    uint16_t id = (uint16_t)roll->fresh;

    assert(roll->count < roll->capacity);
    if (roll->count < roll->fresh) {
        id = roll->vacated;
        roll->vacated = roll->entries[id].next;
    } else {
        roll->fresh++;
    }
    roll->count++;
    return id;
}

/** Puts a candidate at the head of the chain of its session. */
static inline void join_chain(struct election__roll *roll, uint16_t id)
{
    struct election__entry *entry = &roll->entries[id];
    uint32_t head = head_of(roll, entry->session_id);

    entry->next = head == 0 ? id : (uint16_t)(head - 1);
    roll->entries[entry->next].previous = id;
    entry->previous = id;
    set_head(roll, entry->session_id, id + 1U);
}

uint16_t election__roll_add(struct election__roll *roll,
                            struct election__page *page,
                            const struct election_candidate *candidate)
{
    uint16_t id = take_id(roll);
    struct election__entry *entry = &roll->entries[id];

    entry->session_id = candidate->session_id;
    entry->page = page;
    join_chain(roll, id);
    if (!election__roll_is_small(roll))
        entry->name_hash =
            name_hash(roll, candidate->name, candidate->name_size);
    return id;
}

/** The name of a candidate, as long as its record stays where it is. */
static const char *name_of(const struct election__roll *roll, uint16_t id,
                           size_t *size)
{
    struct election__place place = election__roll_place(roll, id);

    return election__record_name(
        election__page_record(place.page, place.position), size);
}

/** Tells whether a name is the one of another candidate. */
static bool are_namesakes(const struct election__roll *roll, uint16_t id,
                          uint16_t other)
{
    struct election__place place = election__roll_place(roll, other);
    size_t size;
    const char *name = name_of(roll, id, &size);

    return has_name(&place, name, size);
}

/** Enters a name into the table. False = it is there. */
static bool index_name(struct election__roll *roll, uint16_t id)
{
    struct election__table names = names_of(roll);
    uint32_t hash = roll->entries[id].name_hash;
    uint32_t cell = election__table_home(&names, hash);
    uint16_t other;

    for (; election__table_probe(&names, hash, &cell, &other); cell++)
        if (roll->entries[other].name_hash == hash &&
            are_namesakes(roll, id, other))
            return false;
    election__table_put(&names, cell, hash, id);
    return true;
}

bool election__roll_index(struct election__roll *roll, uint32_t from,
                          uint32_t to)
{
    if (!election__roll_is_small(roll))
        for (uint32_t id = from; id < to; id++)
            if (!index_name(roll, (uint16_t)id))
                return false;
    return true;
}

/** Hashes the names of a roll that was small and did not need to. */
static void hash_names(struct election__roll *roll)
{
    for (uint32_t id = 0; id < roll->count; id++) {
        size_t size;
        const char *name = name_of(roll, (uint16_t)id, &size);

        roll->entries[id].name_hash = name_hash(roll, name, size);
    }
}

bool election__roll_grow(struct election__roll **roll,
                         const struct election_allocator *allocator)
{
    struct election__roll *old = *roll;
    struct election__roll *grown;

    if (old->count < old->capacity)
        return true;
    grown = election__roll_create(allocator, 2 * (size_t)old->capacity,
                                  old->hash_seed);
    if (grown == NULL)
        return false;
    /* A full roll has no gaps: every id below its capacity is in use. */
    memcpy(grown->entries, old->entries, old->count * sizeof *old->entries);
    grown->count = old->count;
    grown->fresh = old->count;
    if (election__roll_is_small(old) && !election__roll_is_small(grown))
        hash_names(grown);
    for (uint32_t id = 0; id < grown->count; id++)
        join_chain(grown, (uint16_t)id);
    (void)election__roll_index(grown, 0, grown->count);
    election__release(allocator, old);
    *roll = grown;
    return true;
}

/* ---- removing ----------------------------------------------------------- */

static void leave_names(struct election__roll *roll, uint16_t id)
{
    struct election__table names = names_of(roll);
    uint32_t hash = roll->entries[id].name_hash;

    election__table_erase(&names, election__table_cell(&names, hash, id),
                          hash_of_entry, roll);
}

static void leave_chain(struct election__roll *roll, uint16_t id)
{
    const struct election__entry *entry = &roll->entries[id];
    uint16_t previous = entry->previous;
    uint16_t next = entry->next;
    bool is_first = previous == id;
    bool is_last = next == id;

    if (!is_last)
        roll->entries[next].previous = is_first ? next : previous;
    if (!is_first)
        roll->entries[previous].next = is_last ? previous : next;
    else
        set_head(roll, entry->session_id, is_last ? 0 : next + 1U);
}

void election__roll_remove(struct election__roll *roll, uint16_t id)
{
    if (!election__roll_is_small(roll))
        leave_names(roll, id);
    leave_chain(roll, id);
    roll->entries[id].next = roll->vacated;
    roll->vacated = id;
    roll->count--;
}
