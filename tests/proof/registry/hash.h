/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes as one number: the same on every machine. */
#ifndef PROOF_REGISTRY_HASH_H
#define PROOF_REGISTRY_HASH_H

#include <stddef.h>
#include <stdint.h>

/** Source: Fowler, Noll, Vo: FNV-1a, 64 bits. */
static inline uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = seed ^ UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

/** Takes one number into a hash; random.h has the source of the mixing. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
    uint64_t z = hash * UINT64_C(0x9e3779b97f4a7c15) + number +
                 UINT64_C(0x632be59bd9b4e019);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
