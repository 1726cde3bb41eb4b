/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A world of some servers, of which each seed makes another one: what is
 * applied, by whom, and what clients are told of it, is judged at once.
 *
 *     seeds.c    a process for each seed
 *     fate.c     what befalls the network, the disks and the leaders
 *     clients.c  who proposes and reads, and what they are told
 *     world.c    what is applied
 */
#ifndef RAFT_WORLD_H
#define RAFT_WORLD_H

#include "../support/random.h"
#include "../support/registry_model.h"
#include "cluster.h"

/** What is counted over all seeds. */
struct counts {
    uint64_t seconds;   /* simulated */
    uint64_t offices;   /* taken */
    uint64_t proposals; /* that were appended */
    uint64_t answered, unknown;
    uint64_t reads; /* that were taken */
    uint64_t read_answered;
    uint64_t snapshots, restores;
};

/** What there was at an index of the log. */
struct moment {
    struct model_bytes entry; /* none = nothing of the registry */
    struct model_bytes result;
    uint64_t digest;   /* of the log */
    uint64_t state;    /* of the snapshot's bytes */
    uint64_t epoch;    /* of the state */
    bool is_claimed;   /* a proposal was answered by it */
    bool is_executed;  /* it did what was proposed, for the first time */
    uint64_t session;  /* then: by whom */
    uint64_t sequence; /* and which */
};

struct world {
    uint64_t seed;
    struct random random;
    struct counts counts;
    struct cluster cluster;
    struct registry_model model; /* has applied all that anybody has */
    struct moment history[CLUSTER_ENTRIES_MAX];
};

extern struct world world;

/** Returns a number below the limit. */
uint32_t dice(uint32_t limit);

/** Returns a number of at least `low` and below `high`. */
uint32_t between(uint32_t low, uint32_t high);

/** Returns the time of all, in milliseconds. */
raft_time now(void);

/** A promise is broken: says so, and ends the process. */
_Noreturn void world_fail(const char *what);
void world_check(bool is_kept, const char *what);

/** Starts the servers of a seed. */
void world_begin(uint64_t seed, bool is_wrapped);

/** A server's disk takes so long from now on. */
void world_set_disk(unsigned server, unsigned msecs);

/** Lets the next thing happen, and looks at the servers. */
void world_step(void);

/** Tells whether all have applied the same, and one is in office. */
bool world_is_one(void);

/** Stops the servers; all requests have been told what came of them. */
void world_end(void);

/* ---- clients.c ---------------------------------------------------------- */

/** Lets one of the clients do something. */
void clients_act(void);

/** After the end: each was told exactly once. */
void clients_check(void);

/* ---- fate.c ------------------------------------------------------------- */

/** Plays a seed, or ends the process. */
void fate_play(uint64_t seed, bool is_wrapped);

#endif
