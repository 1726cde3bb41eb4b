/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "election/election.h"

/* Written out once more, as these values may never change. */
static void values_are_pinned(void **state)
{
    (void)state;
    assert_int_equal(ELECTION_OK, 0);
    assert_int_equal(ELECTION_UNCHANGED, 1);
    assert_int_equal(ELECTION_NOT_FOUND, 2);
    assert_int_equal(ELECTION_NOT_OWNER, 3);
    assert_int_equal(ELECTION_CONFLICT, 4);
    assert_int_equal(ELECTION_FULL, 5);
    assert_int_equal(ELECTION_INVALID, 6);
    assert_int_equal(ELECTION_UNSUPPORTED, 7);
    assert_int_equal(ELECTION_SKIPPED, 8);
    assert_int_equal(ELECTION_NO_SESSION, 9);
    assert_int_equal(ELECTION_STALE, 10);
    assert_int_equal(ELECTION_ABORTED, 11);
    assert_int_equal(ELECTION_NOMEM, -1);
    assert_int_equal(ELECTION_BUSY, -2);
    assert_int_equal(ELECTION_MISUSE, -3);
    assert_int_equal(ELECTION_CORRUPT, -4);
    assert_int_equal(ELECTION_VERSION, -5);
    assert_int_equal(ELECTION_IO, -6);
    assert_int_equal(ELECTION_DIVERGED, -7);
}

static void every_status_has_name_and_text(void **state)
{
    (void)state;
    assert_string_equal(election_status_name(ELECTION_OK), "OK");
    assert_string_equal(election_status_name(ELECTION_NOT_OWNER), "NOT_OWNER");
    assert_string_equal(election_status_name(ELECTION_CORRUPT), "CORRUPT");
    assert_string_equal(election_status_text(ELECTION_OK), "done");
    for (int value = -7; value <= 11; value++) {
        enum election_status status = (enum election_status)value;

        assert_string_not_equal(election_status_name(status), "UNKNOWN");
        assert_string_not_equal(election_status_text(status), "unknown status");
    }
}

static void other_numbers_are_named_unknown(void **state)
{
    enum election_status unknown = (enum election_status)12;

    (void)state;
    assert_string_equal(election_status_name(unknown), "UNKNOWN");
    assert_string_equal(election_status_text(unknown), "unknown status");
}

static void the_version_is_that_of_the_header(void **state)
{
    char version[64];

    (void)state;
    snprintf(version, sizeof version, "%d.%d.%d", ELECTION_VERSION_MAJOR,
             ELECTION_VERSION_MINOR, ELECTION_VERSION_PATCH);
    assert_string_equal(election_version(), version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_pinned),
        cmocka_unit_test(every_status_has_name_and_text),
        cmocka_unit_test(other_numbers_are_named_unknown),
        cmocka_unit_test(the_version_is_that_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
