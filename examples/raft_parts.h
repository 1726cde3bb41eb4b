/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a libraft host: raft_machine.c is what libraft calls,
 * raft_leader.c what the Raft leader does by itself, raft_cluster.c three
 * servers that have both, raft.c what happens to them.
 */
#ifndef RAFT_PARTS_H
#define RAFT_PARTS_H

#include <election/registry.h>
#include <raft.h>

/* A registry as the state machine of one server. */
struct machine {
    struct raft_fsm fsm; /* for raft_init() */
    struct raft *raft;   /* of the same server */
    struct election_registry *registry;
    struct election_driver driver;
    struct election_buffer entry;  /* the next one for the log */
    struct election_buffer output; /* the Result of the last one applied */
    unsigned restore_count;        /* snapshots installed */
};

/* Creates the registry and sets the callbacks. False = out of memory. */
bool machine_init(struct machine *machine);
void machine_close(struct machine *machine);

/* Lets the Raft leader take office and let time pass: to be called after each
 * event. True = `entry` is to be appended. */
bool machine_drive(struct machine *machine, uint64_t time_ms);

/* Appends `entry`. False = no memory, or this server is not the Raft leader. */
bool machine_append(struct machine *machine, struct raft_apply *apply);

/* Three servers. Proposes a command, and returns the answer to it. */
void cluster_start(void);
struct election_registry_result
cluster_propose(const struct election_registry_command *asked);
void cluster_cut_off(void);
void cluster_connect(void);
void cluster_stop(void);

#endif
