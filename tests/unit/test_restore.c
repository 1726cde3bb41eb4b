/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/play.h"

/* Who is restored, among few and among many. */

enum { NAME = 8, CANDIDATE = 2 + 2 + NAME };

/**
 * Encodes a snapshot of so many candidates, numbered from 0, and of one who has
 * the name of another.
 */
static uint8_t *snapshot_with_namesake(unsigned count, unsigned namesake,
                                       size_t *size)
{
    uint8_t *bytes = malloc(2 + CANDIDATE * ((size_t)count + 1));
    uint8_t *at = bytes + 2;

    assert_non_null(bytes);
    memcpy(bytes, "\x08\x01", 2);
    for (unsigned n = 0; n <= count; n++) {
        memcpy(at, n == 0 ? "\x12\x0a\x0a\x08" : "\x1a\x0a\x0a\x08", 4);
        memcpy(at + 4, numbered_name(n < count ? n : namesake, NAME), NAME);
        at += CANDIDATE;
    }
    *size = (size_t)(at - bytes);
    return bytes;
}

/** One of so many comes twice, is refused, and comes once. */
static void restore_namesake(unsigned count, unsigned namesake)
{
    struct election *election;
    uint8_t *bytes;
    size_t size;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    play_enter_all(election, "Q/7");
    bytes = snapshot_with_namesake(count, namesake, &size);
    assert_int_equal(election_restore(election, bytes, size), ELECTION_CORRUPT);
    assert_term(election, "1 Q []");
    assert_int_equal(election_restore(election, bytes, size - CANDIDATE),
                     ELECTION_OK);
    assert_int_equal(election_candidate_count(election), count - 1);
    assert_int_equal(
        play(election, ELECTION_OP_ENTER, 1, numbered_name(namesake, NAME)),
        ELECTION_CONFLICT);
    free(bytes);
    election_destroy(election);
}

static void nobody_is_restored_twice(void **state)
{
    static const unsigned counts[] = {2, 8, 9, 100, 32769, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        restore_namesake(counts[i], 0);
        restore_namesake(counts[i], counts[i] / 2);
        restore_namesake(counts[i], counts[i] - 1);
    }
}

static void a_leader_that_comes_again_merges(void **state)
{
    struct election_candidate leader;
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    /* Its session, then its name; a field that is not there changes nothing. */
    assert_int_equal(election_restore(election,
                                      "\x08\x01\x12\x06\x10\x87\x80\x80"
                                      "\x80\x10\x12\x03\x0a\x01"
                                      "A",
                                      15),
                     ELECTION_OK);
    assert_int_equal(election_leader(election, &leader), ELECTION_OK);
    assert_int_equal(leader.session_id, UINT64_C(4294967303));
    assert_term(election, "1 A []");
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_restored_twice),
        cmocka_unit_test(a_leader_that_comes_again_merges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
