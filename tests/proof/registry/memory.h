/* SPDX-License-Identifier: Apache-2.0 */
/** What was ever seen under a key: nothing is forgotten. */
#ifndef PROOF_REGISTRY_MEMORY_H
#define PROOF_REGISTRY_MEMORY_H

#include <stdint.h>

enum { MEMORY_SLOTS = 1 << 17 };

struct memory_slot {
    uint64_t key; /* a hash; 0 = free */
    uint64_t value;
};

/** Start from zero. */
struct memory {
    struct memory_slot slots[MEMORY_SLOTS];
    uint32_t count;
};

/** Returns the place of a key's value, or NULL if it was never put. */
uint64_t *memory_find(struct memory *memory, uint64_t key);

/** Puts a value under a key, new or not. */
void memory_put(struct memory *memory, uint64_t key, uint64_t value);

#endif
