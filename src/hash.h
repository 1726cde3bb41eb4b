/** A hash that nobody can aim at who does not know its seed. */
#ifndef ELECTION_HASH_H
#define ELECTION_HASH_H

#include <stddef.h>
#include <stdint.h>

/**
 * Tells the hash of some bytes under a seed: SipHash-1-3, half of it. It
 * differs between byte orders, so it must decide nothing that can be seen.
 *
 * Source: Aumasson, Bernstein, SipHash: a fast short-input PRF, 2012
 */
uint32_t election__hash(uint64_t seed, const void *bytes, size_t size);

#endif
