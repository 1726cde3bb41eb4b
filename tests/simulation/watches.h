/* SPDX-License-Identifier: Apache-2.0 */
/** Who watches which election at a node, and is told all of it, in order. */
#ifndef SIMULATION_WATCHES_H
#define SIMULATION_WATCHES_H

#include "actor.h"
#include "election/registry.h"
#include "network.h"

enum { WATCHES_MAX = 64 };

/** A process that watches an election at a node. */
struct watch {
    struct process *process; /* NULL = this place is free */
    unsigned node;
    uint64_t connection;
    unsigned election;
    uint64_t id;
    uint64_t applied; /* of the last event */
    uint64_t index;   /* that it told of; 0 = nobody leads */
    uint64_t leader_session_id;
};

struct watches {
    struct watch places[WATCHES_MAX];
};

/** Watches what the message names, instead of what it watched before. */
void watches_add(struct watches *watches, struct election_registry *registry,
                 const struct message *message);

/** The connection is gone, and those before it. */
void watches_hang_up(struct watches *watches,
                     struct election_registry *registry,
                     const struct process *process, uint64_t connection);

/** What was told last must be how things stand. */
void watches_check(const struct watches *watches,
                   struct election_registry *registry);

#endif
