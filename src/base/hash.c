/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <string.h>

static inline uint32_t word_at(const unsigned char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/** The last word: it may overlap the one before, as the size is hashed too. */
static inline uint32_t last_word(const unsigned char *bytes, size_t size)
{
    uint32_t word = 0;

    if (size >= sizeof word)
        return word_at(bytes + size - sizeof word);
    for (size_t i = 0; i < size; i++)
        word = word << 8 | bytes[i];
    return word;
}

uint32_t election__hash(uint64_t seed, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t sum = election__hash_key(seed, 0) * size +
                   election__hash_key(seed, 1) * last_word(at, size);
    uint64_t number = 2;

    for (size_t i = 0; i + 4 < size; i += 4)
        sum += election__hash_key(seed, number++) * word_at(at + i);
    /* Sums of names that are alike may be evenly spaced: spread them. */
    sum = (sum ^ sum >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(sum >> 32);
}
