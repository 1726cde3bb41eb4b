/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The succession: the leader and those who wait, in order.
 *
 * It is one sequence, an unrolled linked list of slotted pages. Its first
 * candidate is the leader, the others are the queue. So an election without a
 * leader but with a queue cannot be written down, and every command is one
 * small edit: add at the tail, remove, move to the front, let two neighbours
 * change places.
 *
 *     pages   [alice bob carol dave] <-> [erin frank] <-> [grace heidi ivan]
 *              leader   the queue ...
 *     roll    name    -> id -+
 *             session -> id -+-> entry: session, page
 *
 * The order lives in the pages alone, and a record does not know its rank; the
 * roll finds a candidate's page. An edit touches the pages where it takes place
 * and their neighbours, whatever the number of others. The encoded Term is what
 * the pages hold, one after another.
 *
 * Memory follows what is there, not what was there: sparse pages are squeezed
 * together (pages.h), and a roll that is three quarters empty is replaced by a
 * smaller one.
 *
 * Names must be unique and valid: the callers see to that. Functions that
 * return bool return false if there was no memory; then nothing has changed,
 * and as many blocks of memory are allocated as before.
 */
#ifndef ELECTION_SUCCESSION_H
#define ELECTION_SUCCESSION_H

#include "base/checks.h"

#include "names.h"

_Static_assert((uint64_t)ELECTION__ROLL_MAX *ELECTION__RECORD_SIZE_MAX <=
                   UINT32_MAX,
               "the size of all records has 32 bits");

struct election__succession {
    struct election_allocator allocator;
    struct election__roll *roll;
    struct election__page *first; /* NULL while empty */
    struct election__page *last;
    struct election__page *spare; /* kept ones, empty, all of full size, or one
                                     of any size while nobody is in */
    uint32_t records_size;        /* bytes, of all records */
    uint16_t page_count;          /* in use */
    uint16_t spare_count;
};

/**
 * Makes an empty succession with room for `count` candidates, whose memory
 * comes from the allocator, which is copied.
 */
bool election__succession_init(struct election__succession *s,
                               const struct election_allocator *allocator,
                               size_t count, uint64_t hash_seed);

/** Releases all memory of a succession. */
void election__succession_free(struct election__succession *s);

/** Returns the seed that the succession was made with. */
uint64_t election__succession_hash_seed(const struct election__succession *s);

/** Counts the candidates, the leader too. */
static inline size_t
election__succession_count(const struct election__succession *s)
{
    return s->roll->count;
}

/**
 * Returns the id of the first candidate, or ELECTION__NOBODY. Before and after
 * one edit, the same id means the same candidate.
 */
uint32_t election__succession_leader(const struct election__succession *s);

/** Finds a candidate by name. False = there is none. */
bool election__succession_find(const struct election__succession *s,
                               const char *name, size_t name_size,
                               struct election__place *place);

/** Goes to the first candidate. False = there is none. */
static inline bool
election__succession_begin(const struct election__succession *s,
                           struct election__place *place)
{
    *place = (struct election__place){s->first, 0};
    return s->first != NULL;
}

/** Goes to the next candidate. False = there is none. */
static inline bool election__succession_next(struct election__place *place)
{
    place->position++;
    if (place->position == place->page->count)
        *place = (struct election__place){place->page->next, 0};
    return place->page != NULL;
}

/** Tells whether nobody stands before. */
static inline bool
election__succession_is_first(const struct election__place *place)
{
    return place->page->previous == NULL && place->position == 0;
}

/** Goes to the candidate before; this must not be the first one. */
static inline void election__succession_previous(struct election__place *place)
{
    assert(!election__succession_is_first(place));
    if (place->position == 0) {
        place->page = place->page->previous;
        place->position = place->page->count;
    }
    place->position--;
}

/** Tells whether nobody stands behind. */
static inline bool
election__succession_is_last(const struct election__place *place)
{
    return place->page->next == NULL &&
           place->position + 1 == place->page->count;
}

/** Returns the session of the candidate who stands there. */
static inline uint64_t
election__succession_owner(const struct election__succession *s,
                           const struct election__place *place)
{
    uint16_t id = election__page_slot(place->page, place->position)->id;

    return s->roll->entries[id].session_id;
}

/** Returns the candidate who stands there. */
static inline struct election_candidate
election__succession_at(const struct election__succession *s,
                        const struct election__place *place)
{
    const uint8_t *record = election__page_record(place->page, place->position);
    struct election_candidate candidate;

    candidate.name = election__record_name(record, &candidate.name_size);
    candidate.session_id = election__succession_owner(s, place);
    return candidate;
}

/**
 * Returns the rank of the candidate who stands there: how many stand before.
 * Walks from page to page.
 */
size_t election__succession_rank(const struct election__succession *s,
                                 const struct election__place *place);

/**
 * Sets memory aside for one more candidate with a record of this size, so that
 * the next append of one needs none; candidates may leave before.
 */
bool election__succession_reserve(struct election__succession *s,
                                  size_t record_size);

/**
 * Sets memory aside for one move of whoever, which needs none then; candidates
 * may leave before.
 */
bool election__succession_reserve_move(struct election__succession *s);

/** Adds a candidate at the tail. */
bool election__succession_append(struct election__succession *s,
                                 const struct election_candidate *candidate);

/**
 * Adds a candidate at the tail whose name may not be unique, within the room
 * that the succession was made with. Nothing else may be done before all are
 * indexed.
 */
bool election__succession_load(struct election__succession *s,
                               const struct election_candidate *candidate);

/** Indexes the candidates that were loaded. False = two have the same name. */
bool election__succession_index(struct election__succession *s);

/** Removes a candidate. */
void election__succession_remove(struct election__succession *s,
                                 const struct election__place *place);

/** Makes a candidate the first one; the others keep their order. */
bool election__succession_move_to_front(struct election__succession *s,
                                        const struct election__place *place);

/** Lets a candidate change places with the one behind, who must exist. */
bool election__succession_swap_with_next(struct election__succession *s,
                                         const struct election__place *place);

/**
 * Gives back pages that are kept beyond what the records are worth: all but as
 * many as the records fill and three, or all but one if they fill half a page.
 */
void election__succession_trim_pages(struct election__succession *s);

/** Replaces the roll by a smaller one, if there is memory to do so. */
void election__succession_trim_roll(struct election__succession *s);

/**
 * Gives back what is no longer in proportion to the candidates, who may have
 * new ids then. What was reserved is given back too.
 */
static inline void election__succession_trim(struct election__succession *s)
{
    if (s->spare_count > 1)
        election__succession_trim_pages(s);
    if (election__roll_is_sparse(s->roll))
        election__succession_trim_roll(s);
}

/** Removes all candidates of a session. */
void election__succession_remove_session(struct election__succession *s,
                                         uint64_t session_id);

/** Tells whether two successions hold the same names in the same order. */
bool election__succession_same_names(const struct election__succession *s,
                                     const struct election__succession *other);

/** Tells whether in both the same leads, by name and session, or nobody. */
bool election__succession_same_leader(const struct election__succession *s,
                                      const struct election__succession *other);

/** Copies all records, in order, and returns the end of the copy. */
uint8_t *election__succession_copy(const struct election__succession *s,
                                   uint8_t *records);

#endif
