/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sessions: how they are found, opened, renewed, and forgotten.
 *
 * Sessions of one timeout stand in a queue in the order of their renewal, so
 * the first of each queue is the first of it to expire, and a renewal moves one
 * to the end. As timeouts are rounded there are at most 450 queues.
 */
#ifndef ELECTION_SESSIONS_H
#define ELECTION_SESSIONS_H

#include "election/wire.h"
#include "state.h"

/** Finds a live session by its id, or NULL. */
struct election__session *
election__session_find(const struct election__state *state, uint64_t id);

/** Finds the session of a client, or NULL. */
struct election__session *
election__session_of_client(const struct election__state *state,
                            const uint8_t *client_id, size_t size);

/** Tells whether what a client asks for is within bounds. */
bool election__session_asks_well(const struct election_registry_command *open);

/** Tells whether the same process asks again that opened a session. */
bool election__session_is_same(const struct election__session *session,
                               const struct election_registry_command *open);

/** Tells whether a session has the data that a client asks for. */
bool election__session_has_data(const struct election__session *session,
                                const struct election_registry_command *open);

/** Rounds a timeout within bounds up to two significant digits. */
uint64_t election__timeout_rounded(uint64_t timeout_ms);

/**
 * Makes a session, which nobody can find yet, and all room that opening it
 * needs; its queue exists then, maybe empty. NULL = no memory; what was made
 * shows nowhere.
 */
struct election__session *
election__session_prepare(struct election__state *state,
                          const uint8_t *client_id, size_t client_id_size,
                          uint64_t timeout_ms);

/** Copies data into a block. NULL with size 0; also NULL = no memory. */
uint8_t *election__data_copy(const struct election_allocator *allocator,
                             const uint8_t *data, size_t size);

/**
 * Opens a session that was prepared and has its id, incarnation, nonce, data,
 * and the time of its renewal.
 */
void election__session_open(struct election__state *state,
                            struct election__session *session);

/** Renews a session at the present log time. */
void election__session_renew(struct election__state *state,
                             struct election__session *session);

/** Returns when a session's time is over. */
static inline uint64_t
election__session_deadline(const struct election__clock *clock,
                           const struct election__session *session)
{
    return election__clock_deadline(clock, session->renewed_ms,
                                    session->queue->timeout_ms);
}

/** Tells whether a session ends when the clock stands so. */
static inline bool
election__session_is_over(const struct election__clock *clock,
                          const struct election__session *session)
{
    return election__session_deadline(clock, session) < clock->now_ms;
}

/** Returns the first deadline of all; UINT64_MAX if no session lives. */
uint64_t election__sessions_deadline(const struct election__state *state,
                                     const struct election__clock *clock);

/** Forgets a session, which has no candidates, and releases it. */
void election__session_forget(struct election__state *state,
                              struct election__session *session);

/** Releases a session that was prepared, or that nobody can find any more. */
void election__session_free(const struct election_allocator *allocator,
                            struct election__session *session);

/** Gives back what is not in proportion to the sessions, and empty queues. */
void election__sessions_trim(struct election__state *state);

/** Puts all queues in order, after sessions were opened in another. */
void election__sessions_sort(struct election__state *state);

#endif
