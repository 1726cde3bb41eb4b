/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/digest.h"

#include <string.h>

#define C1 UINT64_C(0x9e3779b97f4a7c15)
#define C2 UINT64_C(0xd6e8feb86659fd93)

/* ---- the log digest ----------------------------------------------------- */

static void an_entry_without_bytes(void **state)
{
    (void)state;
    assert_int_equal(election__digest_entry(0, 1, NULL, 0), C1);
    assert_int_equal(election__digest_entry(7, 3, NULL, 0), 7 ^ 3 * C1);
}

static void one_byte(void **state)
{
    (void)state;
    assert_int_equal(election__digest_entry(0, 1, "a", 1),
                     UINT64_C(0xa39c974004d71cb3));
}

/** The rule word by word, from bytes that fill whole words. */
static uint64_t reference(uint64_t h, const uint8_t *bytes, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        uint64_t w = 0;

        for (size_t j = 0; j < 8; j++)
            w |= (uint64_t)bytes[8 * i + j] << (8 * j);
        h = (h ^ w) * C1;
        h ^= h >> 32;
    }
    return h;
}

static void all_sizes_follow_the_rule(void **state)
{
    const uint64_t index = UINT64_C(0x123456789abcdef0);
    uint8_t bytes[48] = {0};

    (void)state;
    for (size_t size = 0; size <= 40; size++) {
        uint64_t h = 5 ^ index * C1 ^ size * C2;

        assert_int_equal(election__digest_entry(5, index, bytes, size),
                         reference(h, bytes, (size + 7) / 8));
        /* What is behind the size is zero: the last word is filled up. */
        bytes[size] = (uint8_t)(0xf1 + size);
    }
}

static void size_and_order_count(void **state)
{
    uint64_t a, b;

    (void)state;
    assert_int_not_equal(election__digest_entry(0, 1, "a\0", 2),
                         election__digest_entry(0, 1, "a", 1));
    a = election__digest_entry(election__digest_entry(0, 1, "a", 1), 2, "b", 1);
    b = election__digest_entry(election__digest_entry(0, 1, "b", 1), 2, "a", 1);
    assert_int_not_equal(a, b);
}

/* ---- the digest of a snapshot ------------------------------------------- */

/** The digest of the first bytes of a row, cut into pieces of this size. */
static uint64_t cut(const uint8_t *bytes, size_t size, size_t piece)
{
    struct election__digest digest = {0};

    for (size_t at = 0; at < size; at += piece)
        election__digest_add(&digest, bytes + at,
                             size - at < piece ? size - at : piece);
    election__digest_add(&digest, NULL, 0);
    return election__digest_end(&digest);
}

static void cuts_make_no_difference(void **state)
{
    uint8_t bytes[64];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 1);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint8_t padded[72] = {0};
        uint64_t h;

        memcpy(padded, bytes, size);
        h = (reference(0, padded, (size + 7) / 8) ^ size) * C1;
        h ^= h >> 32;
        for (size_t piece = 1; piece <= 20; piece++)
            assert_int_equal(cut(bytes, size, piece), h);
    }
}

static void cut_in_three_anywhere(void **state)
{
    uint8_t bytes[24];
    uint64_t whole;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(200 - i);
    whole = cut(bytes, sizeof bytes, sizeof bytes);
    for (size_t i = 0; i <= sizeof bytes; i++)
        for (size_t j = i; j <= sizeof bytes; j++) {
            struct election__digest digest = {0};

            election__digest_add(&digest, bytes, i);
            election__digest_add(&digest, bytes + i, j - i);
            election__digest_add(&digest, bytes + j, sizeof bytes - j);
            assert_int_equal(election__digest_end(&digest), whole);
            /* Asking for it changes nothing. */
            assert_int_equal(election__digest_end(&digest), whole);
        }
}

/* ---- the ring ----------------------------------------------------------- */

static struct election__digests digests;

static uint64_t digest_of(uint64_t index)
{
    return index * C2 + 1;
}

/** Puts so many, with indexes `gap` apart; returns the last one. */
static uint64_t put_many(unsigned count, uint64_t gap)
{
    uint64_t index = 0;

    memset(&digests, 0, sizeof digests);
    for (unsigned i = 0; i < count; i++) {
        index += gap;
        election__digests_put(&digests, index, digest_of(index));
    }
    return index;
}

/** Tells whether an index is remembered, and that with the right digest. */
static bool is_remembered(uint64_t index)
{
    assert_false(election__digests_differ(&digests, index, digest_of(index)));
    return election__digests_differ(&digests, index, digest_of(index) ^ 1);
}

static void an_empty_ring_knows_nothing(void **state)
{
    (void)state;
    put_many(0, 1);
    assert_false(is_remembered(0));
    assert_false(is_remembered(1));
}

static void so_many_are_remembered_and_no_more(void **state)
{
    static const unsigned counts[] = {1,    2,    1023, 1024, 1025,
                                      1026, 2047, 2048, 5000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint64_t last = put_many(counts[i], 1);

        for (uint64_t index = 1; index <= last; index++)
            assert_int_equal(is_remembered(index),
                             index + ELECTION_DIGESTS_MAX > last);
        assert_false(is_remembered(last + 1));
    }
}

static void gaps_are_no_entries(void **state)
{
    uint64_t last = put_many(1500, UINT64_C(1) << 40);

    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        uint64_t index = last - ((uint64_t)i << 40);

        assert_int_equal(is_remembered(index), i < ELECTION_DIGESTS_MAX);
        assert_false(is_remembered(index - 1));
        assert_false(is_remembered(index + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_without_bytes),
        cmocka_unit_test(one_byte),
        cmocka_unit_test(all_sizes_follow_the_rule),
        cmocka_unit_test(size_and_order_count),
        cmocka_unit_test(cuts_make_no_difference),
        cmocka_unit_test(cut_in_three_anywhere),
        cmocka_unit_test(an_empty_ring_knows_nothing),
        cmocka_unit_test(so_many_are_remembered_and_no_more),
        cmocka_unit_test(gaps_are_no_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
