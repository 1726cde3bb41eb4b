/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A node: a registry, a driver and a clock of its own; what it has applied may
 * lag behind, it crashes, and starts again from its disk.
 */
#ifndef SIMULATION_NODE_H
#define SIMULATION_NODE_H

#include "../support/heap.h"
#include "election/registry.h"
#include "log.h"
#include "watches.h"

struct node {
    unsigned number;
    struct clock clock;
    struct heap heap;
    struct election_registry *registry; /* NULL = it is down */
    struct election_driver driver;
    size_t applied; /* entries */
    uint64_t life;  /* rises with each start */
    uint64_t wake;  /* the number of the last call that was ordered */
    uint64_t lag_until_us;
    uint64_t cached_ms; /* what a loop that caches takes for the time */
    uint64_t cached_us;
    struct election_buffer disk; /* a snapshot */
    size_t disk_applied;         /* entries */
    struct election_buffer output, entry;
    struct watches watches;
};

extern struct node nodes[NODES];

void nodes_begin(void);
void nodes_end(void);

/** Takes what a process has sent. */
void node_take(const struct message *message);

/** Something was committed; the node hears of it later. */
void node_hear_of_commit(struct node *node);

void node_lead(struct node *node);
void node_follow(struct node *node);

/** Stamps a command of nobody and appends it, if the node is in office. */
void node_propose(struct node *node, const struct election_buffer *command);

/** Crashes, and starts again after a while. */
void node_crash(struct node *node, uint64_t down_us);

/** Gets a snapshot instead of entries, if it is newer. */
void node_install(struct node *node, const struct node *from);

/** Lags behind for a while, and lets no time pass as a leader. */
void node_stall(struct node *node, uint64_t for_us);

/** The connection is gone: nobody watches over it any more. */
void node_hang_up(void *context, uint64_t connection);

#endif
