/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/clock.h"
#include "registry/sessions.h"

static void assert_clock(const struct election__clock *clock, uint64_t stamp_ms,
                         uint64_t now_ms, uint64_t extended_ms)
{
    assert_int_equal(clock->stamp_ms, stamp_ms);
    assert_int_equal(clock->now_ms, now_ms);
    assert_int_equal(clock->extended_ms, extended_ms);
}

static void an_office_stops_time_and_extends(void **state)
{
    struct election__clock clock = {3, 900, 70, 20};

    (void)state;
    election__clock_take_office(&clock, 8, 12);
    assert_int_equal(clock.epoch, 8);
    assert_clock(&clock, 12, 70, 70);
}

static void time_passes_by_small_steps_only(void **state)
{
    struct election__clock clock = {1, 1000, 50, 0};

    (void)state;
    election__clock_advance(&clock, 1001);
    assert_clock(&clock, 1001, 51, 0);
    election__clock_advance(&clock, 6001);
    assert_clock(&clock, 6001, 5051, 0);
    election__clock_advance(&clock, 11002); /* 5,001: the leader was stalled */
    assert_clock(&clock, 11002, 5051, 5051);
    election__clock_advance(&clock, UINT64_MAX);
    assert_clock(&clock, UINT64_MAX, 5051, 5051);
    assert_int_equal(clock.epoch, 1);
}

static void going_back_is_nothing(void **state)
{
    struct election__clock clock = {1, 1000, 50, 40};

    (void)state;
    election__clock_advance(&clock, 1000);
    election__clock_advance(&clock, 999);
    election__clock_advance(&clock, 0);
    assert_clock(&clock, 1000, 50, 40);
}

static void sums_stop_at_the_highest_number(void **state)
{
    struct election__clock clock = {1, 10, UINT64_MAX - 5, 0};

    (void)state;
    assert_int_equal(election__sum(UINT64_MAX, 1), UINT64_MAX);
    assert_int_equal(election__sum(1, UINT64_MAX), UINT64_MAX);
    assert_int_equal(election__sum(UINT64_MAX - 1, 1), UINT64_MAX);
    assert_int_equal(election__sum(UINT64_MAX - 2, 1), UINT64_MAX - 1);
    election__clock_advance(&clock, 15);
    assert_int_equal(clock.now_ms, UINT64_MAX);
    election__clock_advance(&clock, 16);
    assert_int_equal(clock.now_ms, UINT64_MAX);
    assert_int_equal(election__clock_deadline(&clock, UINT64_MAX - 5, 1000),
                     UINT64_MAX);
}

static void a_deadline_is_from_renewal_or_extension(void **state)
{
    struct election__clock clock = {1, 0, 9000, 5000};

    (void)state;
    assert_int_equal(election__clock_deadline(&clock, 4999, 1000), 6000);
    assert_int_equal(election__clock_deadline(&clock, 5000, 1000), 6000);
    assert_int_equal(election__clock_deadline(&clock, 5001, 1000), 6001);
}

static void timeouts_are_rounded_up_to_two_digits(void **state)
{
    static const uint64_t rounded[][2] = {
        {1000, 1000},         {1001, 1100},         {1099, 1100},
        {1100, 1100},         {1101, 1200},         {9899, 9900},
        {9900, 9900},         {9901, 10000},        {9999, 10000},
        {10000, 10000},       {10001, 11000},       {11000, 11000},
        {99000, 99000},       {99001, 100000},      {100000, 100000},
        {100001, 110000},     {123456, 130000},     {999999, 1000000},
        {1000001, 1100000},   {9900001, 10000000},  {10000001, 11000000},
        {85000001, 86000000}, {85999999, 86000000}, {86000000, 86000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rounded / sizeof rounded[0]; i++) {
        assert_int_equal(election__timeout_rounded(rounded[i][0]),
                         rounded[i][1]);
        assert_int_equal(election__timeout_rounded(rounded[i][1]),
                         rounded[i][1]);
    }
}

static void there_are_few_different_timeouts(void **state)
{
    uint64_t last = 0;
    unsigned different = 0;

    (void)state;
    for (uint64_t timeout_ms = ELECTION_TIMEOUT_MS_MIN;
         timeout_ms <= ELECTION_TIMEOUT_MS_MAX; timeout_ms += 50) {
        uint64_t rounded = election__timeout_rounded(timeout_ms);

        assert_in_range(rounded, timeout_ms, timeout_ms + timeout_ms / 10);
        assert_true(rounded >= last);
        different += rounded != last;
        last = rounded;
    }
    /* 90 of each power of ten from 1,000 on, and 77 of the last. */
    assert_int_equal(different, 4 * 90 + 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office_stops_time_and_extends),
        cmocka_unit_test(time_passes_by_small_steps_only),
        cmocka_unit_test(going_back_is_nothing),
        cmocka_unit_test(sums_stop_at_the_highest_number),
        cmocka_unit_test(a_deadline_is_from_renewal_or_extension),
        cmocka_unit_test(timeouts_are_rounded_up_to_two_digits),
        cmocka_unit_test(there_are_few_different_timeouts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
