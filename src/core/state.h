/* SPDX-License-Identifier: Apache-2.0 */
/** The election itself, and what its files share. */
#ifndef ELECTION_STATE_H
#define ELECTION_STATE_H

#include "base/buffer.h"
#include "succession.h"

struct election__watchers;

/**
 * Invariants: nobody leads with index 0; the index steps by one when a tenure
 * starts, in command.c, and is otherwise only replaced by a restore.
 */
struct election {
    uint64_t index;
    struct election__succession succession;
    struct election__watchers *watchers; /* NULL until the first watch */
};

#endif
