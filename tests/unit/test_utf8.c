/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "base/utf8.h"

static bool is_valid(const char *bytes, size_t size)
{
    return election__utf8_valid((const uint8_t *)bytes, size);
}

static size_t encode(uint32_t point, uint8_t *bytes)
{
    static const uint8_t leads[] = {0x00, 0xc0, 0xe0, 0xf0};
    size_t tails = 0U + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000);

    for (size_t i = tails; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    bytes[0] = (uint8_t)(leads[tails] | point);
    return tails + 1;
}

static void every_character_is_valid_but_surrogates(void **state)
{
    uint8_t bytes[4];

    (void)state;
    for (uint32_t point = 0; point < 0x110000; point++) {
        size_t size = encode(point, bytes);
        bool is_surrogate = point >= 0xd800 && point <= 0xdfff;

        if (election__utf8_valid(bytes, size) == is_surrogate)
            fail_msg("U+%04X", (unsigned)point);
        /* Cut short, a longer one is never valid. */
        if (size > 1 && election__utf8_valid(bytes, size - 1))
            fail_msg("U+%04X cut short", (unsigned)point);
    }
}

static void other_bytes_are_not(void **state)
{
    static const char *const invalid[] = {
        "\x80",             /* a tail without a lead */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xc2\x7f",         /* no tail */
        "\xc2\xc0",         /* no tail */
        "\xdf\xff",         /* no tail */
        "\xe0\x9f\xbf",     /* overlong */
        "\xe1\x80\x7f",     /* no second tail */
        "\xe1\x80\xc0",     /* no second tail */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xf1\x80\x7f\x80", /* no second tail */
        "\xf1\x80\x80\x7f", /* no third tail */
        "\xf1\x80\x80\xc0", /* no third tail */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80", /* no such lead */
        "\xff",             /* no such lead */
    };

    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        if (is_valid(invalid[i], strlen(invalid[i])))
            fail_msg("case %zu", i);
}

static void a_bad_byte_is_found_at_every_place(void **state)
{
    char bytes[40];

    (void)state;
    for (size_t size = 1; size <= sizeof bytes; size++)
        for (size_t bad = 0; bad < size; bad++) {
            memset(bytes, 'a', sizeof bytes);
            assert_true(is_valid(bytes, size));
            bytes[bad] = '\xff';
            assert_false(is_valid(bytes, size));
        }
}

static void no_bytes_and_nul_are_valid(void **state)
{
    (void)state;
    assert_true(is_valid("", 0));
    assert_true(is_valid("\0", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_valid_but_surrogates),
        cmocka_unit_test(other_bytes_are_not),
        cmocka_unit_test(a_bad_byte_is_found_at_every_place),
        cmocka_unit_test(no_bytes_and_nul_are_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
