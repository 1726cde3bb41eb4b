/* SPDX-License-Identifier: Apache-2.0 */
/** The registry itself: the replicated state, and what this replica has. */
#ifndef ELECTION_REGISTRY_REGISTRY_H
#define ELECTION_REGISTRY_REGISTRY_H

#include "digest.h"
#include "state.h"

struct election__audience;
struct election__restore;

struct election_registry {
    struct election__state state;
    uint64_t failed_index; /* only this one may follow; 0 = any */
    struct election__digests digests;
    /* Kept for the next who needs one; either may be NULL. */
    struct election__office *spare;
    struct election__candidacy *spare_candidacy;
    struct election__audience *audience; /* NULL until the first watch */
    struct election_registry_snapshot *snapshot; /* NULL = none is open */
    struct election__restore *restore;           /* NULL = none was begun */
};

#endif
