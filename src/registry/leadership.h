/* SPDX-License-Identifier: Apache-2.0 */
/** The Leadership of an election, as results, answers and events show it. */
#ifndef ELECTION_LEADERSHIP_H
#define ELECTION_LEADERSHIP_H

#include "messages.h"
#include "state.h"

enum {
    /** Most bytes of a Leadership without candidates and data, as a field. */
    ELECTION__LEADERSHIP_SIZE_MAX =
        4 + 11 + 3 + ELECTION_NAME_SIZE_MAX + 11 + 11,
    /** Most bytes of a session's data, as a field. */
    ELECTION__DATA_FIELD_SIZE_MAX = 3 + ELECTION_DATA_SIZE_MAX
};

/**
 * Shows who leads; without data and candidates. An office that is vacant, or
 * NULL, stands for an election that does not exist.
 */
struct election__leadership
election__leadership_of(const struct election__state *state,
                        const struct election__office *office);

/** Adds the data of the leader's session. */
void election__leadership_add_data(const struct election__state *state,
                                   struct election__leadership *leadership);

/** Shows an election that exists, with data, for a list. */
struct election__election_summary
election__office_summary(const struct election__state *state,
                         const struct election__office *office);

/** Shows a session. */
struct election_registry_session
election__session_summary(const struct election__state *state,
                          const struct election__session *session);

#endif
