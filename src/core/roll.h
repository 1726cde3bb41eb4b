/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The roll: who is in the election, by number and by session.
 *
 * Every candidate, the leader too, has an id, its row in one table of entries.
 * An entry tells the session and the page that holds the record.
 *
 *     +--------+------------------+-------------+-------------------+
 *     | header | entries[capacity]| heads[c]    | cells of names[4c]|
 *     +--------+------------------+-------------+-------------------+
 *
 * Sessions are hashed to chains: all entries whose sessions have the same hash,
 * linked both ways; the first and the last of a chain link to themselves. Names
 * are found by a hash table of ids (names.h). A roll of at most
 * ELECTION__ROLL_SMALL entries has neither heads nor cells: it has one chain,
 * and names are looked for in the pages.
 *
 * All of it is one block of memory: a roll that is full is replaced by a copy
 * of twice the capacity, which succeeds or fails as a whole.
 */
#ifndef ELECTION_ROLL_H
#define ELECTION_ROLL_H

#include "base/allocator.h"
#include "page.h"

enum {
    ELECTION__ROLL_SMALL_LOG2 = 3,
    ELECTION__ROLL_SMALL = 1 << ELECTION__ROLL_SMALL_LOG2,
    /** Ids have 16 bits: the leader, and as many as may wait. */
    ELECTION__ROLL_MAX = ELECTION_WAITING_MAX + 1,
    /** Cells of names for each entry. */
    ELECTION__ROLL_CELLS = 4
};

_Static_assert(ELECTION__ROLL_MAX == 1 << 16, "every id has 16 bits");

/** No id. */
#define ELECTION__NOBODY UINT32_MAX

struct election__entry {
    uint64_t session_id;
    struct election__page *page;
    uint32_t name_hash; /* only where names are indexed */
    uint16_t next;      /* in the chain; in the free list if unused */
    uint16_t previous;  /* in the chain */
};

struct election__roll {
    uint64_t hash_seed;
    uint32_t count;        /* entries in use */
    uint32_t fresh;        /* ids from here on were never used */
    uint32_t lone_head;    /* of the only chain of a small roll */
    uint16_t vacated;      /* first of the free list, if count < fresh */
    uint8_t capacity_log2; /* of the number of entries */
    struct election__entry entries[];
};

/** Returns how many entries there is room for. */
static inline uint32_t
election__roll_capacity(const struct election__roll *roll)
{
    return UINT32_C(1) << roll->capacity_log2;
}

/** Tells whether the roll has room for nothing but entries. */
static inline bool election__roll_is_small(const struct election__roll *roll)
{
    return roll->capacity_log2 <= ELECTION__ROLL_SMALL_LOG2;
}

/** Returns the heads of the chains, behind the entries; not of a small roll. */
static inline uint32_t *election__roll_heads(const struct election__roll *roll)
{
    const void *end = roll->entries + election__roll_capacity(roll);

    return (uint32_t *)end;
}

/** Tells whether there is no room for one more. */
static inline bool election__roll_is_full(const struct election__roll *roll)
{
    return roll->count == election__roll_capacity(roll);
}

/** Tells whether a roll that is not small is three quarters empty. */
static inline bool election__roll_is_sparse(const struct election__roll *roll)
{
    return !election__roll_is_small(roll) &&
           roll->count <= election__roll_capacity(roll) / 4;
}

/** Returns the place of a candidate. */
static inline struct election__place
election__roll_place(const struct election__roll *roll, uint16_t id)
{
    struct election__page *page = roll->entries[id].page;

    return (struct election__place){page, election__page_position(page, id)};
}

/** Creates an empty roll for at least `count` candidates; NULL = no memory. */
struct election__roll *
election__roll_create(const struct election_allocator *allocator, size_t count,
                      uint64_t hash_seed);

/**
 * Creates a copy of a full roll with twice the room, in which no name can be
 * found yet; NULL = no memory.
 */
struct election__roll *
election__roll_grown(const struct election__roll *roll,
                     const struct election_allocator *allocator);

/** Finds one candidate of a session, or ELECTION__NOBODY. */
uint32_t election__roll_find_session(const struct election__roll *roll,
                                     uint64_t session_id);

/** Finds another one of the same session, who was not found before. */
uint32_t election__roll_next_of_session(const struct election__roll *roll,
                                        uint16_t id);

/**
 * Gives a candidate, for whom there must be room, its id and entry. `page` is
 * where its record is about to stand.
 */
uint16_t election__roll_add(struct election__roll *roll,
                            struct election__page *page, uint64_t session_id);

/** Removes a candidate, whose name must not be found any more. */
void election__roll_remove(struct election__roll *roll, uint16_t id);

#endif
