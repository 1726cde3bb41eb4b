/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/window.h"

#include <string.h>

/** A status that differs between neighbours, and over the window's length. */
static enum election_status status_of(uint64_t sequence)
{
    static const enum election_status statuses[] = {
        ELECTION_OK,       ELECTION_UNCHANGED,   ELECTION_NOT_FOUND,
        ELECTION_CONFLICT, ELECTION_FULL,        ELECTION_INVALID,
        ELECTION_ABORTED,  ELECTION_UNSUPPORTED, ELECTION_NOT_OWNER,
    };

    return statuses[sequence % 9];
}

static void put(struct election__window *window, uint64_t sequence)
{
    election__window_put(window, sequence, status_of(sequence));
}

/** Fails the test unless a number is judged so, with the status it had. */
static void assert_judged(const struct election__window *window,
                          uint64_t sequence, enum election__sequence expected)
{
    enum election_status status = ELECTION_IO;

    assert_int_equal(election__window_find(window, sequence, &status),
                     expected);
    if (expected == ELECTION__SEQUENCE_SEEN)
        assert_int_equal(status, status_of(sequence));
    else
        assert_int_equal(status, ELECTION_IO);
}

static enum election__sequence seen_or(enum election__sequence other,
                                       bool is_seen)
{
    return is_seen ? ELECTION__SEQUENCE_SEEN : other;
}

static void an_empty_window_has_seen_nothing(void **state)
{
    const struct election__window window = {0};

    (void)state;
    assert_judged(&window, 1, ELECTION__SEQUENCE_NEW);
    assert_judged(&window, 64, ELECTION__SEQUENCE_NEW);
    assert_judged(&window, UINT64_MAX, ELECTION__SEQUENCE_NEW);
}

static void its_edge_is_63_below(void **state)
{
    static const uint64_t highest[] = {
        65, 100, 128, (UINT64_C(1) << 32) + 3, UINT64_C(1) << 63, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof highest / sizeof highest[0]; i++) {
        struct election__window window = {0};
        uint64_t h = highest[i];

        put(&window, h);
        assert_judged(&window, h, ELECTION__SEQUENCE_SEEN);
        assert_judged(&window, h - 1, ELECTION__SEQUENCE_NEW);
        assert_judged(&window, h - 63, ELECTION__SEQUENCE_NEW);
        assert_judged(&window, h - 64, ELECTION__SEQUENCE_BELOW);
        assert_judged(&window, 1, ELECTION__SEQUENCE_BELOW);
        put(&window, h - 63);
        assert_judged(&window, h - 63, ELECTION__SEQUENCE_SEEN);
        assert_judged(&window, h, ELECTION__SEQUENCE_SEEN);
        assert_judged(&window, h - 62, ELECTION__SEQUENCE_NEW);
        assert_int_equal(window.highest, h);
    }
}

static void jumps(void **state)
{
    static const uint64_t jump[] = {1,  2,   62,  63,  64,
                                    65, 127, 128, 129, UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof jump / sizeof jump[0]; i++) {
        struct election__window window = {0};

        for (uint64_t n = 1; n <= 64; n++)
            put(&window, n);
        put(&window, 64 + jump[i]);
        for (uint64_t n = 1; n <= 64; n++)
            assert_judged(
                &window, n,
                seen_or(ELECTION__SEQUENCE_BELOW, 64 + jump[i] - n <= 63));
        for (uint64_t n = 65; n < 64 + jump[i] && n < 300; n++)
            if (64 + jump[i] - n <= 63)
                assert_judged(&window, n, ELECTION__SEQUENCE_NEW);
        assert_judged(&window, 64 + jump[i], ELECTION__SEQUENCE_SEEN);
        assert_judged(&window, 65 + jump[i], ELECTION__SEQUENCE_NEW);
    }
}

static void any_order(void **state)
{
    struct election__window window = {0};

    (void)state;
    /* 29 has no factor with 64, so this is each number once. */
    put(&window, 1000);
    for (uint64_t i = 1; i < 64; i++) {
        uint64_t n = 1000 - i * 29 % 64;

        assert_judged(&window, n, ELECTION__SEQUENCE_NEW);
        put(&window, n);
    }
    for (uint64_t n = 937; n <= 1000; n++)
        assert_judged(&window, n, ELECTION__SEQUENCE_SEEN);
    assert_judged(&window, 936, ELECTION__SEQUENCE_BELOW);
}

/* ---- save and load ------------------------------------------------------ */

static void what_is_saved_is_loaded(void **state)
{
    static const uint64_t highest[] = {1,   2,   63,  64,        65,
                                       127, 128, 129, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof highest / sizeof highest[0]; i++) {
        struct election__window window = {0};
        struct election__window loaded = {0};
        uint8_t statuses[ELECTION_WINDOW / 2];
        uint64_t h = highest[i];

        for (uint64_t below = 0; below < 64 && below < h; below += 3)
            put(&window, h - below);
        election__window_save(&window, statuses);
        loaded.highest = h;
        loaded.seen = window.seen;
        assert_true(election__window_load(&loaded, statuses));
        for (uint64_t below = 0; below < 64 && below < h; below++)
            assert_judged(&loaded, h - below,
                          seen_or(ELECTION__SEQUENCE_NEW, below % 3 == 0));
    }
}

static void statuses_are_saved_from_the_highest_down(void **state)
{
    struct election__window window = {0};
    uint8_t statuses[ELECTION_WINDOW / 2];

    (void)state;
    election__window_put(&window, 7, ELECTION_ABORTED);
    election__window_put(&window, 6, ELECTION_FULL);
    election__window_put(&window, 4, ELECTION_CONFLICT);
    election__window_save(&window, statuses);
    assert_int_equal(window.seen, 0xb);
    assert_int_equal(statuses[0], 0x5b); /* the low half is the highest */
    assert_int_equal(statuses[1], 0x40);
    for (size_t i = 2; i < sizeof statuses; i++)
        assert_int_equal(statuses[i], 0);
    /* What was forgotten is not saved: bytes are canonical. */
    election__window_put(&window, 7 + 64, ELECTION_OK);
    election__window_save(&window, statuses);
    for (size_t i = 0; i < sizeof statuses; i++)
        assert_int_equal(statuses[i], 0);
}

static void only_statuses_of_proposals_are_loaded(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 16; status++) {
        struct election__window window = {.highest = 100, .seen = 3};
        uint8_t statuses[ELECTION_WINDOW / 2] = {0};
        bool is_sound = status <= 7 || status == 11;

        statuses[0] = (uint8_t)status;
        assert_int_equal(election__window_load(&window, statuses), is_sound);
        statuses[0] = (uint8_t)(status << 4);
        assert_int_equal(election__window_load(&window, statuses), is_sound);
    }
}

static void what_was_not_seen_has_no_status(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        struct election__window window = {.highest = 100, .seen = 1};
        uint8_t statuses[ELECTION_WINDOW / 2] = {0};

        statuses[i / 2] = (uint8_t)(1 << i % 2 * 4);
        assert_int_equal(election__window_load(&window, statuses), i == 0);
        window.seen |= UINT64_C(1) << i;
        assert_true(election__window_load(&window, statuses));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_window_has_seen_nothing),
        cmocka_unit_test(its_edge_is_63_below),
        cmocka_unit_test(jumps),
        cmocka_unit_test(any_order),
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(statuses_are_saved_from_the_highest_down),
        cmocka_unit_test(only_statuses_of_proposals_are_loaded),
        cmocka_unit_test(what_was_not_seen_has_no_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
