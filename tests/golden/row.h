/* SPDX-License-Identifier: Apache-2.0 */
/** Words that the rows of the golden files are made of. */
#ifndef GOLDEN_ROW_H
#define GOLDEN_ROW_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROW_SIZE_MAX = 16384, ROW_BYTES_MAX = 4096 };

/** Names of the oneof's cases in the order of their numbers. */
static const char *const row_cases[] = {
    "none",  "enter",    "withdraw", "anoint", "promote",
    "evict", "get_term", "watch",    "demote",
};

/**
 * Decodes a word of hex, "-" for nothing, into ROW_BYTES_MAX bytes; returns how
 * many there are. SIZE_MAX = the word is no hex, or too long.
 */
static inline size_t row_unhex(const char *word, uint8_t *bytes)
{
    size_t size = strlen(word) / 2;
    unsigned byte;

    if (strcmp(word, "-") == 0)
        return 0;
    if (strlen(word) % 2 != 0 || size > ROW_BYTES_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i < size; i++) {
        if (sscanf(word + 2 * i, "%2x", &byte) != 1)
            return SIZE_MAX;
        bytes[i] = (uint8_t)byte;
    }
    return size;
}

#endif
