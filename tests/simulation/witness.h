/* SPDX-License-Identifier: Apache-2.0 */
/** What clients say, held against what is so. */
#ifndef SIMULATION_WITNESS_H
#define SIMULATION_WITNESS_H

#include "calendar.h"

/** What was seen, over all seeds: a check that never ran finds nothing. */
struct witness_counts {
    uint64_t looks;     /* at a client that led */
    uint64_t deposed;   /* of them: by a command, not yet known */
    uint64_t outlasted; /* longer than a timeout: an answer came first */
    uint64_t proposals;
    uint64_t repeats;
    uint64_t expired;
};

extern struct witness_counts witness_counts;

void witness_begin(void);

/** An entry was executed. */
void witness_deed(const struct deed *deed);

#endif
