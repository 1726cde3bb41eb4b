#include "utf8.h"

#include <string.h>

static bool is_between(uint8_t byte, uint8_t low, uint8_t high)
{
    return low <= byte && byte <= high;
}

static bool is_tail(uint8_t byte)
{
    return is_between(byte, 0x80, 0xbf);
}

/** Tells the size of a character that is not ASCII; 0 = ill-formed. */
static size_t character_size(const uint8_t *at, size_t size)
{
    uint8_t lead = at[0];
    uint8_t low = 0x80;
    uint8_t high = 0xbf;

    if (is_between(lead, 0xc2, 0xdf))
        return size >= 2 && is_tail(at[1]) ? 2 : 0;
    if (is_between(lead, 0xe0, 0xef)) {
        if (lead == 0xe0)
            low = 0xa0; /* below: overlong */
        if (lead == 0xed)
            high = 0x9f; /* above: surrogates */
        return size >= 3 && is_between(at[1], low, high) && is_tail(at[2]) ? 3
                                                                           : 0;
    }
    if (is_between(lead, 0xf0, 0xf4)) {
        if (lead == 0xf0)
            low = 0x90; /* below: overlong */
        if (lead == 0xf4)
            high = 0x8f; /* above: beyond U+10FFFF */
        return size >= 4 && is_between(at[1], low, high) && is_tail(at[2]) &&
                       is_tail(at[3])
                   ? 4
                   : 0;
    }
    return 0;
}

static bool is_well_formed(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t step =
            bytes[at] < 0x80 ? 1 : character_size(bytes + at, size - at);

        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

static uint64_t eight_at(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/** Looks at eight bytes at once; the last eight may overlap those before. */
static bool is_ascii(const uint8_t *bytes, size_t size)
{
    uint64_t seen = 0;

    if (size < 8) {
        for (size_t i = 0; i < size; i++)
            seen |= bytes[i];
    } else {
        for (size_t i = 0; i < size - 8; i += 8)
            seen |= eight_at(bytes + i);
        seen |= eight_at(bytes + size - 8);
    }
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

bool election__utf8_valid(const uint8_t *bytes, size_t size)
{
    return is_ascii(bytes, size) || is_well_formed(bytes, size);
}
