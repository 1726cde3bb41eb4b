/** A hash that nobody can aim at who does not know its seed. */
#ifndef ELECTION_HASH_H
#define ELECTION_HASH_H

#include <stddef.h>
#include <stdint.h>

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
uint32_t election__hash(uint64_t seed, const void *bytes, size_t size);

#endif
