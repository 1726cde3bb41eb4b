/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Registries to look at: entries that are made and applied one by one, and a
 * state that has something of everything.
 */
#ifndef SUPPORT_RICH_H
#define SUPPORT_RICH_H

#include "election/registry.h"

/** Stamps and applies a command as the next entry; returns its status. */
enum election_status
rich_apply(struct election_registry *registry,
           const struct election_registry_command *command);

/** The Raft leader takes office: what follows counts from its clock. */
void rich_take_office(struct election_registry *registry);

/** Opens a session of a client, and returns its id; 0 = there is none. */
uint64_t rich_open(struct election_registry *registry, const char *client_id,
                   uint64_t timeout_ms, size_t data_size);

/**
 * Fills a new registry: sessions of several timeouts, with data or none, with
 * windows that are empty, full or have holes; elections of one candidate and of
 * many, of which some were dropped before; long names, and names not of ASCII.
 */
void rich_fill(struct election_registry *registry);

/** Creates a registry, with a seed of its own for all runs, or aborts. */
struct election_registry *rich_create(const struct election_allocator *heap);

/** Puts all bytes of a snapshot into a buffer, or aborts. */
void rich_snapshot(struct election_registry *registry,
                   struct election_buffer *snapshot);

/** Tells whether a registry has this very snapshot. */
bool rich_has_snapshot(struct election_registry *registry, const void *bytes,
                       size_t size);

/** Writes the digest of a snapshot's bytes behind them; returns its size. */
size_t rich_add_digest(uint8_t *bytes, size_t size);

#endif
