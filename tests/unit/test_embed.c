/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "../support/random.h"
#include "core/embed.h"
#include "core/state.h"

/* What the rooms above the core use of it. */

enum { LONG = ELECTION_NAME_SIZE_MAX };

static const uint64_t beyond_32_bits = (UINT64_C(1) << 32) + 7;

static void a_session_holds_while_it_has_a_candidate(void **state)
{
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    play_enter_all(election, "A/1");
    assert_int_equal(play(election, ELECTION_OP_ENTER, beyond_32_bits, "B"),
                     ELECTION_OK);
    assert_true(election__session_holds(election, 1));
    assert_true(election__session_holds(election, beyond_32_bits));
    assert_false(election__session_holds(election, 7));
    assert_int_equal(election_close_session(election, beyond_32_bits),
                     ELECTION_OK);
    assert_false(election__session_holds(election, beyond_32_bits));
    election_destroy(election);
    heap_assert_empty(&heap);
}

static enum election_status reserve_enter(struct election *election,
                                          size_t name_size)
{
    struct election_command command = {ELECTION_OP_ENTER, NULL, name_size};

    return election__reserve(election, &command);
}

/** Enters names of this size, each after a reservation, without memory. */
static void enter_reserved(unsigned count, size_t name_size)
{
    struct heap heap;
    struct election *election;

    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i < count; i++) {
        const char *name = numbered_name(i, name_size);
        struct election_command command = {ELECTION_OP_ENTER, name, name_size};
        size_t allowed = 0;

        /* Denied at each step, until there is enough. */
        do
            heap.allowed = allowed++;
        while (reserve_enter(election, name_size) != ELECTION_OK);
        heap.allowed = 0;
        assert_int_equal(
            election__command_apply(election, beyond_32_bits, &command, NULL),
            ELECTION_OK);
        heap.allowed = HEAP_UNLIMITED;
        assert_int_equal(election_candidate_count(election), i);
    }
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void what_is_reserved_suffices(void **state)
{
    (void)state;
    enter_reserved(300, 8);
    enter_reserved(300, 18);
    enter_reserved(300, ELECTION_NAME_SIZE_MAX);
}

static void a_reservation_shows_nowhere(void **state)
{
    struct election_buffer before, after;
    struct election_candidate leader;
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i < 20; i++) { /* enough for three pages */
        before = snapshot_of(election);
        for (int again = 0; again < 3; again++)
            assert_int_equal(
                reserve_enter(election, ELECTION_NAME_SIZE_MAX),
                ELECTION_OK);
        after = snapshot_of(election);
        assert_same_bytes(&before, &after);
        election_buffer_free(&before);
        election_buffer_free(&after);
        /* Nobody leads, or nobody stands behind the last one. */
        if (i == 0)
            assert_int_equal(election_leader(election, &leader),
                             ELECTION_NOT_FOUND);
        else
            assert_int_equal(play(election, ELECTION_OP_DEMOTE, 0,
                                  numbered_name(i - 1, ELECTION_NAME_SIZE_MAX)),
                             ELECTION_UNCHANGED);
        assert_int_equal(play(election, ELECTION_OP_ENTER, i,
                              numbered_name(i, ELECTION_NAME_SIZE_MAX)),
                         ELECTION_OK);
    }
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Reserves, lets some leave without giving back, and enters in no memory. */
static void leave_between(uint64_t seed)
{
    static const enum election_op moves[] = {
        ELECTION_OP_ANOINT, ELECTION_OP_PROMOTE, ELECTION_OP_DEMOTE};
    struct random random = {seed};
    struct heap heap;
    struct election *election;
    struct election__succession *s;
    size_t sizes[60];
    unsigned count = 1 + random_below(&random, 60);
    size_t size = seed % 2 == 0 ? LONG : 8 + random_below(&random, 248);
    struct election_candidate entrant = {NULL, size, beyond_32_bits};

    heap_init(&heap);
    election = heap_election(&heap);
    s = &election->succession;
    for (unsigned i = 0; i < count; i++) {
        /* All long; of any size; short or long. */
        sizes[i] = LONG;
        if (seed % 3 == 1)
            sizes[i] = 8 + random_below(&random, 248);
        if (seed % 3 == 2 && random_below(&random, 2) == 0)
            sizes[i] = 8;
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, i, numbered_name(i, sizes[i])),
            ELECTION_OK);
    }
    for (unsigned i = random_below(&random, 30); i > 0; i--) {
        unsigned moved = random_below(&random, count);

        (void)play(election, moves[random_below(&random, 3)], 0,
                   numbered_name(moved, sizes[moved]));
    }
    assert_int_equal(reserve_enter(election, size), ELECTION_OK);
    heap.allowed = 0;
    for (unsigned i = random_below(&random, count + 1); i > 0; i--) {
        unsigned leaving = random_below(&random, count);
        struct election__place place;

        if (election__succession_find(s, numbered_name(leaving, sizes[leaving]),
                                      sizes[leaving], &place))
            election__succession_remove(s, &place);
    }
    entrant.name = numbered_name(99999, size);
    assert_true(election__succession_append(s, &entrant));
    heap.allowed = HEAP_UNLIMITED;
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void others_may_leave_after_a_reservation(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++)
        leave_between(seed);
}

static void nothing_is_reserved_where_nobody_can_enter(void **state)
{
    struct heap heap;
    struct election *election;
    size_t size;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i <= ELECTION_WAITING_MAX; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(i, 8)),
            ELECTION_OK);
    size = heap.size;
    assert_int_equal(reserve_enter(election, LONG), ELECTION_OK);
    assert_int_equal(heap.size, size);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 1, "one more"),
                     ELECTION_FULL);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void commands_from_elsewhere_are_judged(void **state)
{
    static const struct {
        int op;
        const char *name;
        size_t size;
        enum election_status status;
    } rows[] = {
        {ELECTION_OP_ENTER, "a", 1, ELECTION_OK},
        {ELECTION_OP_DEMOTE, "\xc3\xa4", 2, ELECTION_OK},
        {ELECTION_OP_WATCH, NULL, 0, ELECTION_OK},
        {ELECTION_OP_ENTER, "", 0, ELECTION_INVALID},
        {ELECTION_OP_ENTER, "a\0", 2, ELECTION_INVALID},
        {ELECTION_OP_ENTER, "\xff", 1, ELECTION_INVALID},
        {-1, "a", 1, ELECTION_UNSUPPORTED},
        {0, "a", 1, ELECTION_UNSUPPORTED},
        {9, "a", 1, ELECTION_UNSUPPORTED},
        {256 + 1, "a", 1, ELECTION_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election_command command = {(enum election_op)rows[i].op,
                                           rows[i].name, rows[i].size};

        assert_int_equal(election__command_judge(&command), rows[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_holds_while_it_has_a_candidate),
        cmocka_unit_test(what_is_reserved_suffices),
        cmocka_unit_test(a_reservation_shows_nowhere),
        cmocka_unit_test(others_may_leave_after_a_reservation),
        cmocka_unit_test(nothing_is_reserved_where_nobody_can_enter),
        cmocka_unit_test(commands_from_elsewhere_are_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
