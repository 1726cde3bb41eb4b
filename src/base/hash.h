/* SPDX-License-Identifier: Apache-2.0 */
/** A hash that nobody can aim at who does not know its seed. */
#ifndef ELECTION_HASH_H
#define ELECTION_HASH_H

#include "election/election.h"

/**
 * Returns the i-th key under a seed: the i-th number of the generator
 * SplitMix64.
 *
 * Source: Steele, Lea, Flood, Fast splittable pseudorandom generators, 2014
 */
static inline uint64_t election__hash_key(uint64_t seed, uint64_t i)
{
    uint64_t word = seed + i * UINT64_C(0x9e3779b97f4a7c15);

    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/**
 * Returns the hash of a number under a seed, in the upper bits: multiply-shift.
 * For any two different numbers, two in 2^b choices of the multiplier give both
 * the same upper b bits. All 64 are never the same: the multiplier is odd.
 *
 * Source: Dietzfelbinger et al., A reliable randomized algorithm for the
 * closest-pair problem, 1997
 */
static inline uint64_t election__hash_number(uint64_t seed, uint64_t number)
{
    return number * (election__hash_key(seed, 0) | 1);
}

/**
 * Returns the hash of some bytes under a seed: multilinear hashing, that is
 *
 *     key 0 * size + key 1 * last word + key 2 * first word + ...
 *
 * with words of 32 bits and keys of 64, made from the seed; a last step mixes
 * the sum. For any two different names, only one in 2^32 choices of the keys
 * gives both the same sum. The hash depends on the byte order of the machine,
 * so it must decide nothing that can be seen.
 *
 * Source: Lemire, Kaser, Strongly universal string hashing is fast, 2014
 */
ELECTION_API uint32_t election__hash(uint64_t seed, const void *bytes,
                                     size_t size);

#endif
