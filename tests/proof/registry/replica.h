/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A replica of a registry with the host around it: it applies a chronicle, in a
 * heap, with watchers and a hash seed of its own, and has a disk with the last
 * snapshot on it.
 */
#ifndef PROOF_REGISTRY_REPLICA_H
#define PROOF_REGISTRY_REPLICA_H

#include "../../support/heap.h"
#include "../../support/random.h"
#include "election/registry.h"
#include "listener.h"

/** A snapshot on disk. */
struct disk {
    uint8_t *bytes;
    size_t size;
    uint32_t number; /* of the entry after which it was taken */
};

struct replica {
    struct heap *heap;
    struct random *random;
    struct election_registry *registry;
    uint32_t applied; /* number of the last entry */
    bool is_mute;     /* it asks for no output */
    bool is_deaf;     /* it has no watchers */
    struct election_buffer output;
    struct listener terms, leaders, one;
    struct disk disk;
    struct election_registry_snapshot *open; /* NULL = none */
    struct disk reading;                     /* what was read of it */
};

/** What replicas went through. */
struct replica_counts {
    size_t entries, skipped, denied, refused, snapshots, pieces, holes;
};
extern struct replica_counts replica_counts;

void replica_start(struct replica *replica, struct random *random);
void replica_stop(struct replica *replica);

/** Applies the next entry; it must lead to what stands in the chronicle. */
void replica_apply(struct replica *replica);

/** Is handed an entry again, which it has applied before. */
void replica_apply_again(struct replica *replica);

/** Begins a snapshot, or reads a piece of it, or is done and stores it. */
void replica_store(struct replica *replica);

/** Fails the test unless the whole state is that of the chronicle. */
void replica_check(struct replica *replica);

/**
 * Restores a snapshot that comes in disorder, and serves on meanwhile. If it
 * has applied more when all is there, it drops it.
 */
void replica_install(struct replica *replica, const struct disk *disk);

/** Breaks down, and comes back with what is on its disk. */
void replica_restart(struct replica *replica);

#endif
