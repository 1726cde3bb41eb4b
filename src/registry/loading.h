/* SPDX-License-Identifier: Apache-2.0 */
/** One message of a snapshot at a time, judged and put into a state. */
#ifndef ELECTION_LOADING_H
#define ELECTION_LOADING_H

#include "messages.h"
#include "state.h"

/** Takes over what stands once in a snapshot. OK, CORRUPT, or VERSION. */
enum election_status
election__load_head(struct election__state *state,
                    const struct election__snapshot_head *head);

/** Adds a session, of its encoded SessionState. OK, CORRUPT, or NOMEM. */
enum election_status election__load_session(struct election__state *state,
                                            const uint8_t *bytes, size_t size);

/**
 * Adds an election, of its encoded ElectionState, whose owners are there. OK,
 * CORRUPT, or NOMEM.
 */
enum election_status election__load_election(struct election__state *state,
                                             const uint8_t *bytes, size_t size);

#endif
