/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The elections that one entry changes, and the sessions that end in it.
 *
 * Sessions that end together leave all their elections together: each is put
 * on the list when the first of them leaves it, and settled when all have left,
 * so a session that ends never leads on the way. Nothing here needs memory.
 */
#ifndef ELECTION_CHANGES_H
#define ELECTION_CHANGES_H

#include "state.h"

/** A list of elections; zero = none. */
struct election__changes {
    struct election__office *first;
    struct election__office *last;
};

/** What changes an election, as flags of its office: its Term, its leader. */
struct election__by {
    uint8_t term;
    uint8_t leader;
};

extern const struct election__by election__by_expiry;
extern const struct election__by election__by_command;

/**
 * Puts an election on the list, if it is not there yet, with whatever `by`
 * changed of it; is_of_leader = its leader, too.
 */
void election__changes_add(struct election__changes *changes,
                           struct election__office *office,
                           struct election__by by, bool is_of_leader);

/** Lets all candidates of a session leave, and forgets the session. */
void election__changes_end(struct election__changes *changes,
                           struct election__state *state,
                           struct election__session *session);

/** Settles who leads where sessions have left; drops what is vacant. */
void election__changes_settle(struct election__changes *changes,
                              struct election__state *state,
                              struct election__by by);

/** Puts the list in the order of the ids that the elections had first. */
void election__changes_sort(struct election__changes *changes);

#endif
