/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A registry with a model beside it: what is done to one is done to the other,
 * and all that can be seen of the two must be the same, to the byte.
 */
#ifndef SUPPORT_REGISTRY_REPLICA_H
#define SUPPORT_REGISTRY_REPLICA_H

#include "heap.h"
#include "random.h"
#include "registry_model.h"

enum { REGISTRY_REPLICA_WATCHERS = 6 };

/** One who watches both. */
struct registry_replica_watcher {
    struct registry_replica *replica;
    uint64_t watch_id; /* in the registry; 0 = nobody */
    uint64_t model_id; /* in the model */
    bool leaves;       /* when it is told for the first time */
    bool has_left;
};

struct registry_replica {
    struct heap heap;
    struct election_registry *registry;
    struct registry_model model;
    struct election_buffer output;
    struct model_bytes expected;
    struct registry_replica_watcher watchers[REGISTRY_REPLICA_WATCHERS];
    struct registry_model_list told;    /* struct registry_model_event */
    uint64_t told_applied, told_digest; /* as seen by who was told */
    size_t event_count;                 /* ever */
};

void registry_replica_open(struct registry_replica *replica,
                           const struct registry_model_limits *limits);
void registry_replica_close(struct registry_replica *replica);

/**
 * Applies an entry to both. After so many allocations memory is out; then all
 * must be as it was, and NOMEM is returned.
 */
enum election_status registry_replica_apply(struct registry_replica *replica,
                                            uint64_t index,
                                            const struct model_bytes *entry,
                                            bool has_output, size_t allowed);

/** Compares what both told since the last time. */
void registry_replica_compare_events(struct registry_replica *replica);

/** Reads both snapshots, in pieces. */
void registry_replica_compare(struct registry_replica *replica,
                              struct random *random);

/**
 * Restores the other's snapshot in pieces, which come again, and too early, and
 * for which there may be no memory at first.
 */
void registry_replica_restore(struct registry_replica *replica,
                              const struct registry_model *other,
                              struct random *random);

/** Tries to restore that snapshot after breaking it. */
void registry_replica_refuse(struct registry_replica *replica,
                             const struct registry_model *other,
                             struct random *random);

/** Begins or ends to watch, in that place; one who leaves ends by itself. */
void registry_replica_watch(struct registry_replica *replica, unsigned place,
                            const char *name, size_t size,
                            enum election_scope scope, bool leaves,
                            size_t allowed);
void registry_replica_unwatch(struct registry_replica *replica, unsigned place);

void registry_replica_query(struct registry_replica *replica,
                            const struct model_bytes *query, size_t allowed);

#endif
