/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

static bool is_between(uint8_t byte, uint8_t low, uint8_t high)
{
    return low <= byte && byte <= high;
}

static bool is_tail(uint8_t byte)
{
    return is_between(byte, 0x80, 0xbf);
}

/** Returns the size of a character that is not ASCII; 0 = ill-formed. */
static size_t character_size(const uint8_t *at, size_t size)
{
    uint8_t lead = at[0];
    uint8_t low = 0x80;
    uint8_t high = 0xbf;

    if (is_between(lead, 0xc2, 0xdf)) {
        if (size >= 2 && is_tail(at[1]))
            return 2;
    } else if (is_between(lead, 0xe0, 0xef)) {
        if (lead == 0xe0)
            low = 0xa0; /* below: overlong */
        if (lead == 0xed)
            high = 0x9f; /* above: surrogates */
        if (size >= 3 && is_between(at[1], low, high) && is_tail(at[2]))
            return 3;
    } else if (is_between(lead, 0xf0, 0xf4)) {
        if (lead == 0xf0)
            low = 0x90; /* below: overlong */
        if (lead == 0xf4)
            high = 0x8f; /* above: beyond U+10FFFF */
        if (size >= 4 && is_between(at[1], low, high) && is_tail(at[2]) &&
            is_tail(at[3]))
            return 4;
    }
    return 0;
}

bool election__utf8_well_formed(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t step = 1;

        if (bytes[at] >= 0x80)
            step = character_size(bytes + at, size - at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}
