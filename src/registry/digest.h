/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Digests of 64 bits, over the log and over a snapshot. They tell two logs
 * apart, and bytes that were cut or turned; they keep nobody out who wants to
 * forge them.
 *
 * Source: proto/REGISTRY.md, The log digest, Snapshots
 */
#ifndef ELECTION_DIGEST_H
#define ELECTION_DIGEST_H

#include "election/registry.h"

/** Returns the log digest once it has taken in an entry. */
uint64_t election__digest_entry(uint64_t digest, uint64_t index,
                                const void *entry, size_t size);

/** The digest of a snapshot whose bytes come in pieces. Zero = no bytes yet. */
struct election__digest {
    uint64_t hash;   /* of all whole words */
    uint64_t size;   /* bytes so far */
    uint8_t tail[8]; /* the first size % 8 are not hashed yet */
};

void election__digest_add(struct election__digest *digest, const void *bytes,
                          size_t size);
uint64_t election__digest_end(const struct election__digest *digest);

/** The log digests after the last entries, to compare them with another's. */
struct election__digests {
    struct {
        uint64_t index;
        uint64_t digest;
    } ring[ELECTION_DIGESTS_MAX];
    uint64_t count; /* put so far */
};

void election__digests_put(struct election__digests *digests, uint64_t index,
                           uint64_t digest);

/** Tells whether another digest than this is remembered for an index. */
bool election__digests_differ(const struct election__digests *digests,
                              uint64_t index, uint64_t digest);

#endif
