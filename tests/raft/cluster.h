/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Some servers of libraft on its fixture, in made-up time, each with a registry
 * and the adapter; or, to see what the wrap is good for, without it.
 */
#ifndef RAFT_CLUSTER_H
#define RAFT_CLUSTER_H

#include <raft/fixture.h>

#include "../support/heap.h"
#include "election/raft.h"

#ifndef CLUSTER_SERVERS
#define CLUSTER_SERVERS 3
#endif

enum {
    CLUSTER_WAIT = 20000, /* ms */
    CLUSTER_ENTRIES_MAX = 1 << 14
};

struct server {
    struct heap heap;
    struct election_registry *registry;
    struct election_raft *adapter;
    uint64_t ahead_ms;               /* of the others its clock is */
    unsigned leads, follows, failed; /* how often that was told */
};

struct cluster {
    struct raft_fixture net;
    bool is_wrapped;
    struct server servers[CLUSTER_SERVERS];
    raft_time polled; /* without the wrap: when the roles were looked at */
    bool is_split;    /* two servers have applied different logs */
    uint64_t digests[CLUSTER_ENTRIES_MAX]; /* by index; 0 = not seen */
};

/** What came of a proposal or a read. */
struct outcome {
    unsigned calls;
    enum election_raft_fate fate;
    struct election_registry_result result;
    uint8_t bytes[256];
    size_t size;
};

/** Starts servers that have never run; none leads. */
void cluster_start(struct cluster *cluster, bool is_wrapped);
void cluster_stop(struct cluster *cluster);

/** Lets the next thing happen. */
void cluster_step(struct cluster *cluster);

/** Lets so much time pass. */
void cluster_run(struct cluster *cluster, unsigned msecs);

/** Lets time pass until a server is in office; returns it, or fails. */
unsigned cluster_await_leader(struct cluster *cluster);

/** A server stands for election after so long, each time. */
void cluster_patience(struct cluster *cluster, unsigned server, unsigned msecs);

/** Nothing passes between two servers; or all does. */
void cluster_cut(struct cluster *cluster, unsigned a, unsigned b);
void cluster_join(struct cluster *cluster, unsigned a, unsigned b);

/** Proposes at a server; the outcome is filled when it is told. */
enum election_status cluster_propose(struct cluster *cluster, unsigned server,
                                     struct election_registry_command command,
                                     struct outcome *outcome);

/** The same, and waits until it is answered. */
struct election_registry_result
cluster_ask(struct cluster *cluster, unsigned server,
            struct election_registry_command command);

/** An OpenSession of a client of this name; a command of a session. */
struct election_registry_command cluster_open(const char *client);
struct election_registry_command
cluster_enter(uint64_t session_id, uint64_t sequence, const char *name);

#endif
