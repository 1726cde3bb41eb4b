/* SPDX-License-Identifier: Apache-2.0 */
/** Self-checks of builds with ELECTION_CHECKS. */
#ifndef ELECTION_CHECK_H
#define ELECTION_CHECK_H

#include "state.h"

#ifdef ELECTION_CHECKS
/** Asserts the invariants, if the election is small enough to be looked at. */
void election__check(const struct election *election);

/** The same of an election of any size. */
void election__check_whole(const struct election *election);
#else
#define election__check(election) ((void)(election))
#define election__check_whole(election) ((void)(election))
#endif

#endif
