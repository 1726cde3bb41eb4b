/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One log of a registry, as a cluster writes it: Raft leaders come and go, with
 * clocks of other origins; what they did not get through is lost or kept; an
 * operator puts an old snapshot back. Each entry comes with what it must lead
 * to on every replica.
 */
#ifndef PROOF_REGISTRY_CHRONICLE_H
#define PROOF_REGISTRY_CHRONICLE_H

#include "election/registry.h"

enum { CHRONICLE_ENTRIES = 6000, CHRONICLE_PENDING = 64 };

/** An entry, and the state after it, as hashes. */
struct chronicle_entry {
    uint64_t index;
    struct election_buffer bytes;
    /* how it came about */
    uint64_t stamped_ms; /* in real time */
    uint64_t sent_ms;    /* by the client */
    size_t client;       /* who waits for the answer */
    size_t size_stamps;  /* bytes at its start that are not damaged */
    /* what it leads to */
    enum election_status status;
    uint64_t log_digest;
    uint64_t result;
    uint64_t snapshot;
    uint64_t term_events;
    uint64_t leader_events;
    uint64_t answer; /* to a query that goes with its number */
};

/**
 * Entry n is chronicle[n], from 1 to CHRONICLE_ENTRIES; what stands at 0 is the
 * state before the first.
 */
extern struct chronicle_entry chronicle[CHRONICLE_ENTRIES + 1];

/**
 * Writes the log that grows from a seed, and fails the test if any entry breaks
 * a promise.
 */
void chronicle_write(uint64_t seed);

/** Releases the log; it may be written again. */
void chronicle_free(void);

/** Prints what there was in the log. */
void chronicle_print(void);

/** Asks a registry something that goes with the number; a hash of the answer */
uint64_t chronicle_ask(const struct election_registry *registry,
                       uint32_t number);

/** Hashes the state of a registry that has no open snapshot. */
uint64_t chronicle_snapshot(struct election_registry *registry);

#endif
