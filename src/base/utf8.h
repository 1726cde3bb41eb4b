/* SPDX-License-Identifier: Apache-2.0 */
/** Which byte strings are UTF-8. */
#ifndef ELECTION_UTF8_H
#define ELECTION_UTF8_H

#include <string.h>

#include "election/election.h"

/** Tells whether the bytes are well-formed UTF-8, character by character. */
ELECTION_API bool election__utf8_well_formed(const uint8_t *bytes, size_t size);

static inline uint64_t election__eight_at(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/** Looks at eight bytes at once; the last eight may overlap those before. */
static inline bool election__is_ascii(const uint8_t *bytes, size_t size)
{
    uint64_t seen = 0;

    if (size < 8) {
        for (size_t i = 0; i < size; i++)
            seen |= bytes[i];
    } else {
        for (size_t i = 0; i < size - 8; i += 8)
            seen |= election__eight_at(bytes + i);
        seen |= election__eight_at(bytes + size - 8);
    }
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

/**
 * Tells whether the bytes are well-formed UTF-8: no overlong form, no
 * surrogate, nothing above U+10FFFF. NUL is a character like any other here.
 *
 * Source: The Unicode Standard 15.0, table 3-7.
 */
static inline bool election__utf8_valid(const uint8_t *bytes, size_t size)
{
    return election__is_ascii(bytes, size) ||
           election__utf8_well_formed(bytes, size);
}

#endif
