/* SPDX-License-Identifier: Apache-2.0 */
/** Sessions, and log time, written down from proto/REGISTRY.md once more. */
#ifndef SIMULATION_CALENDAR_H
#define SIMULATION_CALENDAR_H

#include "checker.h"

enum { SESSIONS_MAX = 2000, NAMED_MAX = 8 };

/** Why a session, or a tenure, is over. */
enum ending {
    ENDING_NONE,
    ENDING_EXPIRY,
    ENDING_SELF,  /* its own process asked for it */
    ENDING_OTHERS /* an operator, a replacement, a foreign close, Recover */
};

struct session {
    uint64_t id;
    struct process *process;
    uint64_t incarnation;
    uint64_t timeout_ms;
    uint64_t renewed_ms; /* log time */
    uint64_t renewed_us; /* true time at which what renewed was appended */
    enum ending ending;
};

/** An entry, and what came of it. */
struct deed {
    const struct entry *entry;
    struct election_registry_command command;
    struct process *opener; /* of an OpenSession */
    uint64_t named[NAMED_MAX];
    size_t named_count;
    struct election_registry_result result;
};

void calendar_begin(void);

/** Returns the office that commands must name. */
uint64_t calendar_office(void);

/** Lets an entry that is read have its effect on time and sessions. */
void calendar_pass(const struct deed *deed);

/** Finds a session that ever lived. NULL = none. */
struct session *calendar_find(uint64_t id);

/** Returns how many live. */
size_t calendar_count(void);

/** Returns the live session of a process. NULL = none. */
const struct session *calendar_of(const struct process *process);

#endif
