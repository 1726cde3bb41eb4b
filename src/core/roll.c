/* SPDX-License-Identifier: Apache-2.0 */
#include "roll.h"

#include "base/checks.h"
#include "base/hash.h"

/* ---- the block ---------------------------------------------------------- */

static size_t block_size(uint32_t capacity)
{
    size_t size = offsetof(struct election__roll, entries) +
                  capacity * sizeof(struct election__entry);

    if (capacity > ELECTION__ROLL_SMALL)
        size +=
            (size_t)capacity * (1 + ELECTION__ROLL_CELLS) * sizeof(uint32_t);
    return size;
}

struct election__roll *
election__roll_create(const struct election_allocator *allocator, size_t count,
                      uint64_t hash_seed)
{
    struct election__roll *roll;
    uint8_t capacity_log2 = 2;
    size_t head_size, size;

    assert(count <= ELECTION__ROLL_MAX);
    while ((size_t)1 << capacity_log2 < count)
        capacity_log2++;
    size = block_size(UINT32_C(1) << capacity_log2);
    roll = election__allocate(allocator, size);
    if (roll == NULL)
        return NULL;
    *roll = (struct election__roll){
        .hash_seed = hash_seed,
        .capacity_log2 = capacity_log2,
    };
    /* Entries are written when they come into use. */
    head_size = (size_t)((char *)election__roll_heads(roll) - (char *)roll);
    memset(election__roll_heads(roll), 0, size - head_size);
    return roll;
}

/* ---- sessions ----------------------------------------------------------- */

/**
 * Returns the head of the chain of a session: 0 = nobody, else an id + 1.
 *
 * Up to 16 sessions in a row have heads in a row, a line of the cache; all
 * other bits are hashed under the seed, as session ids may be a client's.
 */
static uint32_t *hashed_head(const struct election__roll *roll,
                             uint64_t session_id)
{
    uint64_t upper =
        election__hash_number(roll->hash_seed, session_id >> 4) >> 48;

    return election__roll_heads(roll) +
           ((session_id + upper) & (election__roll_capacity(roll) - 1));
}

static inline uint32_t *head_of(struct election__roll *roll,
                                uint64_t session_id)
{
    if (election__roll_is_small(roll))
        return &roll->lone_head;
    return hashed_head(roll, session_id);
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
    /* Only looked at: the chain stays as it is. */
    uint32_t head = *head_of((struct election__roll *)roll, session_id);

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

/** Puts a candidate at the head of the chain of its session. */
static inline void join_chain(struct election__roll *roll, uint16_t id)
{
    struct election__entry *entry = &roll->entries[id];
    uint32_t *head = head_of(roll, entry->session_id);

    entry->next = *head == 0 ? id : (uint16_t)(*head - 1);
    roll->entries[entry->next].previous = id;
    entry->previous = id;
    *head = id + 1U;
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
        *head_of(roll, entry->session_id) = is_last ? 0 : next + 1U;
}

/* ---- coming and going --------------------------------------------------- */

static uint16_t take_id(struct election__roll *roll)
{
    uint16_t id = (uint16_t)roll->fresh;

    assert(!election__roll_is_full(roll));
    if (roll->count < roll->fresh) {
        id = roll->vacated;
        roll->vacated = roll->entries[id].next;
    } else {
        roll->fresh++;
    }
    roll->count++;
    return id;
}

uint16_t election__roll_add(struct election__roll *roll,
                            struct election__page *page, uint64_t session_id)
{
    uint16_t id = take_id(roll);
    struct election__entry *entry = &roll->entries[id];

    entry->session_id = session_id;
    entry->page = page;
    join_chain(roll, id);
    return id;
}

struct election__roll *
election__roll_grown(const struct election__roll *roll,
                     const struct election_allocator *allocator)
{
    struct election__roll *grown = election__roll_create(
        allocator, 2 * (size_t)roll->count, roll->hash_seed);

    assert(election__roll_is_full(roll));
    if (grown == NULL)
        return NULL;
    /* A full roll has no gaps: every id below its capacity is in use. */
    memcpy(grown->entries, roll->entries, roll->count * sizeof *roll->entries);
    grown->count = roll->count;
    grown->fresh = roll->count;
    for (uint32_t id = 0; id < grown->count; id++)
        join_chain(grown, (uint16_t)id);
    return grown;
}

void election__roll_remove(struct election__roll *roll, uint16_t id)
{
    leave_chain(roll, id);
    roll->entries[id].next = roll->vacated;
    roll->vacated = id;
    roll->count--;
}
