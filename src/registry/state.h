/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The replicated state: what a snapshot has, and how it is found.
 *
 *     sessions    by id, by client; in order of ids; in queues by timeout
 *                    |
 *     candidacies    +-- of a session: the elections it stands in
 *                    |
 *     elections   by name; in order of ids
 *
 * Each session and each election is a block of memory of its own, which never
 * moves. A restore builds a second state and swaps.
 */
#ifndef ELECTION_REGISTRY_STATE_H
#define ELECTION_REGISTRY_STATE_H

#include "chains.h"
#include "clock.h"
#include "order.h"
#include "window.h"

/** Sessions of one timeout, in the order of their renewal. */
struct election__queue {
    struct election__queue *next; /* of another timeout */
    uint64_t timeout_ms;
    struct election__session *first; /* NULL = the queue is about to go */
    struct election__session *last;
};

/** A session; what most entries touch stands first, in a line or two. */
struct election__session {
    struct election__chained by_id;
    uint64_t id;
    struct election__candidacy *candidacies;
    uint32_t candidate_count;
    uint16_t data_size;
    uint8_t client_id_size;
    struct election__queue *queue;
    struct election__session *previous; /* in the queue */
    struct election__session *next;
    uint64_t renewed_ms;
    struct election__window window;
    struct election__chained by_client;
    uint64_t incarnation;
    uint64_t nonce;
    uint8_t *data; /* NULL = none */
    uint8_t client_id[];
};

/** That a session has one or more candidates in an election. */
struct election__candidacy {
    struct election__chained by_pair;
    struct election__session *session;
    struct election__office *office;
    struct election__candidacy *previous; /* of the session */
    struct election__candidacy *next;
};

/** What an entry did to an election; the sum of several. */
enum {
    ELECTION__LISTED = 1,  /* stands among the changed ones */
    ELECTION__LEAVING = 2, /* sessions leave it just now */
    ELECTION__TERM_BY_EXPIRY = 4,
    ELECTION__LEADER_BY_EXPIRY = 8,
    ELECTION__TERM_BY_COMMAND = 16,
    ELECTION__LEADER_BY_COMMAND = 32
};

/**
 * An election, under its name. While an entry is applied it may be vacant; then
 * it has no id, and outside of the entry it does not exist.
 */
struct election__office {
    struct election__chained by_name;
    uint64_t id; /* 0 = does not exist */
    struct election *election;
    struct election__office *next_changed;
    uint64_t told_id; /* where it stands among those that are told of */
    uint32_t leader_before;
    uint8_t changes;
    uint8_t name_size;
    uint8_t name_capacity;
    char name[];
};

struct election__state {
    struct election_allocator allocator;
    uint64_t hash_seed;
    uint64_t applied;
    uint64_t log_digest;
    struct election__clock clock;
    uint64_t index_floor;
    uint64_t id_floor;
    uint32_t version;
    struct {
        struct election__chains by_id;
        struct election__chains by_client;
        struct election__order order;
        struct election__queue *queues;
        uint64_t quiet_until_ms; /* no deadline is before */
    } sessions;
    struct {
        struct election__chains by_name;
        struct election__order order;
    } elections;
    struct election__chains candidacies;
    uint64_t candidate_count;
};

/** Makes a state of an allocator and a seed that nothing was applied to. */
struct election__state
election__state_empty(const struct election_allocator *allocator,
                      uint64_t hash_seed);

/** Releases all that a state holds. */
void election__state_free(struct election__state *state);

/** Tells whether an entry can be given an id: one that is not used yet. */
static inline bool election__state_has_id(const struct election__state *state)
{
    return state->id_floor < UINT64_MAX;
}

/** Gives out the next id of an entry, which has one. */
static inline uint64_t election__state_new_id(struct election__state *state,
                                              uint64_t index)
{
    if (index > state->id_floor)
        state->id_floor = index;
    else
        state->id_floor++;
    return state->id_floor;
}

#endif
