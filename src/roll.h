/**
 * The roll: who is in the election, by number, by name and by session.
 *
 * Every candidate, the leader too, has an id, its row in one table of entries.
 * An entry tells the session, the page that holds the record, and the next and
 * previous id of the same session, in a ring. Up to ELECTION__ROLL_SMALL
 * candidates are found by looking at all of them; a larger roll also has two
 * hash tables, from a name to its id, and from a session to one id of its ring.
 *
 *     +--------+-----------------+--------------+-----------------+
 *     | header | entries[capacity]| names[2 * c] | sessions[2 * c] |
 *     +--------+-----------------+--------------+-----------------+
 *
 * All of it is one block of memory: a roll that is full is replaced by a copy
 * of twice the capacity, which succeeds or fails as a whole.
 */
#ifndef ELECTION_ROLL_H
#define ELECTION_ROLL_H

#include "allocator.h"
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
    uint16_t next;      /* of the same session; of the free list if unused */
    uint16_t previous;  /* of the same session */
};

struct election__roll {
    uint64_t hash_seed;
    uint32_t capacity; /* entries; a power of two */
    uint32_t count;    /* entries in use */
    uint32_t fresh;    /* ids from here on were never used */
    uint32_t vacated;  /* head of the free list, if count < fresh */
    struct election__entry entries[];
};

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

/** Finds one candidate of a session; the others stand in its ring. */
uint32_t election__roll_find_session(const struct election__roll *roll,
                                     const struct election__page *first,
                                     uint64_t session_id);

/**
 * Adds a candidate, for whom there must be room, and returns its id. `page` is
 * where its record is about to stand.
 */
uint16_t election__roll_add(struct election__roll *roll,
                            const struct election__page *first,
                            struct election__page *page,
                            const struct election_candidate *candidate);

/** Removes a candidate. */
void election__roll_remove(struct election__roll *roll, uint16_t id);

#endif
