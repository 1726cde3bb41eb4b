/* SPDX-License-Identifier: Apache-2.0 */
/** Who led which election, from when to when, and why no more. */
#ifndef SIMULATION_TENURES_H
#define SIMULATION_TENURES_H

#include "calendar.h"

struct tenure {
    uint64_t token;
    const struct session *session;
    const struct process *holder; /* who was told so first; NULL = nobody */
    enum ending ending;
    uint64_t ended_us;    /* true time */
    uint64_t ended_index; /* of the entry */
};

void tenures_begin(void);

/** An event of an election, told by the replica that applies at once. */
void tenures_hear(const struct election_registry_event *event);

/** Returns the present tenure. NULL = nobody leads. */
struct tenure *tenures_present(unsigned election);

/** Finds the tenure of a token. NULL = there was none. */
struct tenure *tenures_find(unsigned election, uint64_t token);

#endif
