/**
 * The roll: who is in the election, by number, by name and by session.
 *
 * Every candidate, the leader too, has an id, its row in one table of entries.
 * An entry tells the session and the page that holds the record.
 *
 *     +--------+------------------+--------------+-------------+
 *     | header | entries[capacity]| names[4 * c] | sessions[c] |
 *     +--------+------------------+--------------+-------------+
 *
 * Names are found by a hash table of ids. Sessions are hashed to chains: all
 * entries whose sessions have the same hash, linked both ways; the first and
 * the last of a chain link to themselves. Up to ELECTION__ROLL_SMALL candidates
 * there are no tables: names are looked for in the pages, and there is only one
 * chain.
 *
 * All of it is one block of memory: a roll that is full is replaced by a copy
 * of twice the capacity, which succeeds or fails as a whole.
 */
#ifndef ELECTION_ROLL_H
#define ELECTION_ROLL_H

#include "base/allocator.h"
#include "page.h"
#include "table.h"

enum {
    ELECTION__ROLL_SMALL = 8,
    /** Ids have 16 bits: the leader, and as many as may wait. */
    ELECTION__ROLL_MAX = ELECTION_WAITING_MAX + 1
};

/** No id. */
#define ELECTION__NOBODY UINT32_MAX

struct election__entry {
    uint64_t session_id;
    struct election__page *page;
    uint32_t name_hash; /* not yet known in a small roll */
    uint16_t next;      /* in the chain; in the free list if unused */
    uint16_t previous;  /* in the chain */
};

struct election__roll {
    uint64_t hash_seed;
    uint32_t capacity;    /* entries; a power of two */
    uint32_t count;       /* entries in use */
    uint32_t fresh;       /* ids from here on were never used */
    uint16_t vacated;     /* first of the free list, if count < fresh */
    uint16_t small_chain; /* head of the only chain of a small roll */
    struct election__entry entries[];
};

/** Tells whether the roll has no tables, and candidates are looked for. */
static inline bool election__roll_is_small(const struct election__roll *roll)
{
    return roll->capacity <= ELECTION__ROLL_SMALL;
}

/** Tells where a candidate stands. */
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

/** Makes room for one more. False = no memory, and the roll is as it was. */
bool election__roll_grow(struct election__roll **roll,
                         const struct election_allocator *allocator);

/**
 * Finds a candidate by name. False = there is none. `first` is the first page
 * of the succession.
 */
bool election__roll_find(const struct election__roll *roll,
                         struct election__page *first, const char *name,
                         size_t name_size, struct election__place *place);

/** Finds one candidate of a session, or ELECTION__NOBODY. */
uint32_t election__roll_find_session(const struct election__roll *roll,
                                     uint64_t session_id);

/** Finds another one of the same session, who was not found before. */
uint32_t election__roll_next_of_session(const struct election__roll *roll,
                                        uint16_t id);

/**
 * Gives a candidate, for whom there must be room, its id and entry. `page` is
 * where its record is about to stand. In a roll that is not small it cannot be
 * found by name before it is indexed.
 */
uint16_t election__roll_add(struct election__roll *roll,
                            struct election__page *page,
                            const struct election_candidate *candidate);

/**
 * Lets the names be found of the candidates with the ids from `from` to `to` -
 * 1. False = a name is there already, which a small roll does not notice.
 */
bool election__roll_index(struct election__roll *roll, uint32_t from,
                          uint32_t to);

/** Removes a candidate. */
void election__roll_remove(struct election__roll *roll, uint16_t id);

#endif
