/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "base/hash.h"

static void hashes_of_similar_names_differ(void **state)
{
    enum { NAMES = 1000 };
    static uint32_t hashes[NAMES];
    size_t same = 0;

    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        char name[24];
        int size = snprintf(name, sizeof name, "node-%08zu-west", i);

        hashes[i] = election__hash(1, name, (size_t)size);
        for (size_t j = 0; j < i; j++)
            same += hashes[j] == hashes[i];
    }
    assert_in_range(same, 0, 1);
}

static void every_byte_counts_and_the_size_too(void **state)
{
    char bytes[40];

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    for (size_t size = 0; size < sizeof bytes; size++) {
        uint32_t hash = election__hash(1, bytes, size);

        assert_int_not_equal(hash, election__hash(1, bytes, size + 1));
        for (size_t i = 0; i < size; i++) {
            bytes[i] ^= 1;
            assert_int_not_equal(hash, election__hash(1, bytes, size));
            bytes[i] ^= 1;
        }
        assert_int_equal(hash, election__hash(1, bytes, size));
    }
}

static void another_seed_is_another_hash(void **state)
{
    (void)state;
    for (int bit = 0; bit < 64; bit++)
        assert_int_not_equal(election__hash(0, "alice", 5),
                             election__hash(UINT64_C(1) << bit, "alice", 5));
}

/** Bits of the hash are set half of the time, whichever of them. */
static void no_bit_is_idle(void **state)
{
    enum { NAMES = 4096 };
    size_t set[32] = {0};

    (void)state;
    for (uint32_t i = 0; i < NAMES; i++) {
        uint32_t hash = election__hash(7, &i, sizeof i);

        for (int bit = 0; bit < 32; bit++)
            set[bit] += hash >> bit & 1;
    }
    for (int bit = 0; bit < 32; bit++)
        assert_in_range(set[bit], NAMES / 2 - 200, NAMES / 2 + 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_similar_names_differ),
        cmocka_unit_test(every_byte_counts_and_the_size_too),
        cmocka_unit_test(another_seed_is_another_hash),
        cmocka_unit_test(no_bit_is_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
