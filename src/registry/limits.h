/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The limits that a test cannot reach in any time worth waiting for, and the
 * highest version that is known, as an Upgrade is to one above the first. With
 * ELECTION_SMALL_LIMITS, which is for tests alone, they are close.
 */
#ifndef ELECTION_LIMITS_H
#define ELECTION_LIMITS_H

#include "election/registry.h"

enum {
#ifdef ELECTION_SMALL_LIMITS
    ELECTION__SESSIONS_MAX = 6,
    ELECTION__ELECTIONS_MAX = 5,
    ELECTION__CANDIDATES_MAX = 20,
    ELECTION__SESSION_CANDIDATES_MAX = 8,
    ELECTION__VERSION_KNOWN = ELECTION_REGISTRY_VERSION + 1
#else
    ELECTION__SESSIONS_MAX = ELECTION_SESSIONS_MAX,
    ELECTION__ELECTIONS_MAX = ELECTION_ELECTIONS_MAX,
    ELECTION__CANDIDATES_MAX = ELECTION_CANDIDATES_MAX,
    ELECTION__SESSION_CANDIDATES_MAX = ELECTION_SESSION_CANDIDATES_MAX,
    ELECTION__VERSION_KNOWN = ELECTION_REGISTRY_VERSION
#endif
};

#endif
