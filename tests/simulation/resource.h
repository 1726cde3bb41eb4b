/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the leaders of an election write to. It refuses a token that is lower
 * than one it has seen, and remembers who had which.
 */
#ifndef SIMULATION_RESOURCE_H
#define SIMULATION_RESOURCE_H

#include "actor.h"

void resource_begin(void);

/** Lets a process write, wherever it leads. */
void resource_visit(const struct process *process);

#endif
