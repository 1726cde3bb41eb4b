#include "roll.h"

#include <assert.h>

#include "hash.h"

static uint32_t name_hash(const struct election__roll *roll, const char *name,
                          size_t name_size)
{
    return election__hash(roll->hash_seed, name, name_size);
}

/** Session ids are the host's: nobody aims at them, but many are in a row. */
static uint32_t session_hash(const struct election__roll *roll,
                             uint64_t session_id)
{
    uint64_t hash =
        (session_id ^ roll->hash_seed) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t)(hash >> 32 ^ hash >> 15);
}

static bool is_small(const struct election__roll *roll)
{
    return roll->capacity <= ELECTION__ROLL_SMALL;
}

/** The tables of a roll that is not small, behind its entries. */
static struct election__table names_of(const struct election__roll *roll)
{
    const void *end = roll->entries + roll->capacity;

    return (struct election__table){(uint32_t *)end, 2 * roll->capacity - 1};
}

static struct election__table sessions_of(const struct election__roll *roll)
{
    struct election__table names = names_of(roll);

    return (struct election__table){names.cells + 2 * (size_t)roll->capacity,
                                    names.mask};
}

static uint32_t hash_of_name(const void *context, uint16_t id)
{
    const struct election__roll *roll = context;

    return roll->entries[id].name_hash;
}

static uint32_t hash_of_session(const void *context, uint16_t id)
{
    const struct election__roll *roll = context;

    return session_hash(roll, roll->entries[id].session_id);
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
    cells = capacity <= ELECTION__ROLL_SMALL ? 0 : 4 * (size_t)capacity;
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
    memset(roll->entries + capacity, 0, cells * sizeof(uint32_t));
    return roll;
}

/** Hashes the names of a roll that was small and did not need to. */
static void hash_names(struct election__roll *roll)
{
    for (uint32_t id = 0; id < roll->count; id++) {
        const struct election__page *page = roll->entries[id].page;
        size_t position = election__page_position(page, (uint16_t)id);
        size_t size;
        const char *name =
            election__record_name(election__page_record(page, position), &size);

        roll->entries[id].name_hash = name_hash(roll, name, size);
    }
}

/** Fills the tables of a roll that got its entries by copying. */
static void build_tables(struct election__roll *roll)
{
    struct election__table names = names_of(roll);
    struct election__table sessions = sessions_of(roll);

    for (uint32_t id = 0; id < roll->count; id++) {
        const struct election__entry *entry = &roll->entries[id];

        election__table_insert(&names, entry->name_hash, (uint16_t)id);
        if (election__roll_find_session(roll, NULL, entry->session_id) ==
            ELECTION__NOBODY)
            election__table_insert(
                &sessions, session_hash(roll, entry->session_id), (uint16_t)id);
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
    grown->count = old->count;
    grown->fresh = old->count;
    memcpy(grown->entries, old->entries, old->count * sizeof *old->entries);
    if (!is_small(grown)) {
        if (is_small(old))
            hash_names(grown);
        build_tables(grown);
    }
    election__release(allocator, old);
    *roll = grown;
    return true;
}

static bool has_name(const struct election__place *place, const char *name,
                     size_t name_size)
{
    const uint8_t *record = election__page_record(place->page, place->position);
    size_t size;
    const char *bytes = election__record_name(record, &size);

    return size == name_size && memcmp(bytes, name, size) == 0;
}

static bool find_in_pages(struct election__page *first, const char *name,
                          size_t name_size, struct election__place *place)
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
    struct election__table names;
    uint32_t hash, cell;
    uint16_t id;

    if (is_small(roll))
        return find_in_pages(first, name, name_size, place);
    names = names_of(roll);
    hash = name_hash(roll, name, name_size);
    cell = election__table_home(&names, hash);
    for (; election__table_probe(&names, hash, &cell, &id); cell++) {
        if (roll->entries[id].name_hash != hash)
            continue;
        place->page = roll->entries[id].page;
        place->position = election__page_position(place->page, id);
        if (has_name(place, name, name_size))
            return true;
    }
    return false;
}

static uint32_t find_session_in_pages(const struct election__roll *roll,
                                      const struct election__page *page,
                                      uint64_t session_id)
{
    for (; page != NULL; page = page->next)
        for (size_t i = 0; i < page->count; i++) {
            uint16_t id = election__page_slot(page, i)->id;

            if (roll->entries[id].session_id == session_id)
                return id;
        }
    return ELECTION__NOBODY;
}

uint32_t election__roll_find_session(const struct election__roll *roll,
                                     const struct election__page *first,
                                     uint64_t session_id)
{
    struct election__table sessions;
    uint32_t hash, cell;
    uint16_t id;

    if (is_small(roll))
        return find_session_in_pages(roll, first, session_id);
    sessions = sessions_of(roll);
    hash = session_hash(roll, session_id);
    cell = election__table_home(&sessions, hash);
    for (; election__table_probe(&sessions, hash, &cell, &id); cell++)
        if (roll->entries[id].session_id == session_id)
            return id;
    return ELECTION__NOBODY;
}

static uint16_t take_id(struct election__roll *roll)
{
    uint32_t id = roll->fresh;

    assert(roll->count < roll->capacity);
    if (roll->count < roll->fresh) {
        id = roll->vacated;
        roll->vacated = roll->entries[id].next;
    } else {
        roll->fresh++;
    }
    roll->count++;
    return (uint16_t)id;
}

static void join_ring(struct election__roll *roll, uint16_t id, uint32_t peer)
{
    struct election__entry *entry = &roll->entries[id];

    if (peer == ELECTION__NOBODY) {
        entry->next = id;
        entry->previous = id;
        return;
    }
    entry->previous = (uint16_t)peer;
    entry->next = roll->entries[peer].next;
    roll->entries[entry->next].previous = id;
    roll->entries[peer].next = id;
}

/** Enters a candidate of a roll that is not small into its tables. */
static void add_to_tables(struct election__roll *roll, uint16_t id,
                          const struct election_candidate *candidate,
                          bool is_first_of_session)
{
    struct election__table names = names_of(roll);
    struct election__table sessions = sessions_of(roll);
    uint32_t hash = name_hash(roll, candidate->name, candidate->name_size);

    roll->entries[id].name_hash = hash;
    election__table_insert(&names, hash, id);
    if (is_first_of_session)
        election__table_insert(&sessions,
                               session_hash(roll, candidate->session_id), id);
}

uint16_t election__roll_add(struct election__roll *roll,
                            const struct election__page *first,
                            struct election__page *page,
                            const struct election_candidate *candidate)
{
    uint32_t peer =
        election__roll_find_session(roll, first, candidate->session_id);
    uint16_t id = take_id(roll);

    roll->entries[id].session_id = candidate->session_id;
    roll->entries[id].page = page;
    join_ring(roll, id, peer);
    if (!is_small(roll))
        add_to_tables(roll, id, candidate, peer == ELECTION__NOBODY);
    return id;
}

/** Sees to it that the table does not lead to an id that is leaving. */
static void leave_sessions(struct election__roll *roll, uint16_t id)
{
    const struct election__entry *entry = &roll->entries[id];
    struct election__table sessions = sessions_of(roll);
    uint32_t hash = session_hash(roll, entry->session_id);
    uint32_t cell = election__table_home(&sessions, hash);
    uint16_t found;

    for (; election__table_probe(&sessions, hash, &cell, &found); cell++) {
        if (found != id)
            continue;
        if (entry->next == id)
            election__table_erase(&sessions, cell, hash_of_session, roll);
        else
            election__table_replace(&sessions, cell, entry->next);
        return;
    }
}

void election__roll_remove(struct election__roll *roll, uint16_t id)
{
    struct election__entry *entry = &roll->entries[id];

    if (!is_small(roll)) {
        struct election__table names = names_of(roll);
        uint32_t cell = election__table_cell(&names, entry->name_hash, id);

        election__table_erase(&names, cell, hash_of_name, roll);
        leave_sessions(roll, id);
    }
    roll->entries[entry->previous].next = entry->next;
    roll->entries[entry->next].previous = entry->previous;
    entry->next = (uint16_t)roll->vacated;
    roll->vacated = id;
    roll->count--;
}
