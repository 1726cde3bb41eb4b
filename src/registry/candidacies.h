/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which session has candidates in which election, so that a session that ends
 * finds all of its own. The elections themselves know who owns a candidate;
 * here is the other direction, one record for each pair.
 */
#ifndef ELECTION_CANDIDACIES_H
#define ELECTION_CANDIDACIES_H

#include "state.h"

/** Makes a record, and room for it. NULL = no memory. */
struct election__candidacy *
election__candidacy_prepare(struct election__state *state);

/** Makes room for one more record. False = no memory. */
bool election__candidacy_reserve(struct election__state *state);

/**
 * A candidate of a session has entered an election. A record that was prepared
 * is used if it is the session's first one there; returns whether it was.
 */
bool election__candidacy_enter(struct election__state *state,
                               struct election__session *session,
                               struct election__office *office,
                               struct election__candidacy *prepared);

/** A candidate of a session has left, who may not have been the last one. */
void election__candidacy_leave(struct election__state *state,
                               struct election__session *session,
                               const struct election__office *office);

/**
 * Takes back the entering of a candidate who is still in the election: for one
 * whose others are taken back too.
 */
void election__candidacy_undo(struct election__state *state,
                              struct election__session *session,
                              const struct election__office *office);

/**
 * Takes all candidates of a session, which is about to end, out of the count,
 * and releases its first record, after whatever is done with its election.
 */
void election__candidacy_end(struct election__state *state,
                             struct election__session *session);

/** Gives back what is not in proportion to the records. */
void election__candidacies_trim(struct election__state *state);

#endif
