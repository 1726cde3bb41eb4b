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
            assert_int_equal(reserve_enter(election, ELECTION_NAME_SIZE_MAX),
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

/** Reserves for a move, lets some sessions leave, and moves without memory. */
static void move_between(uint64_t seed)
{
    static const enum election_op moves[] = {
        ELECTION_OP_ANOINT, ELECTION_OP_PROMOTE, ELECTION_OP_DEMOTE};
    struct random random = {seed};
    struct heap heap;
    struct election *election;
    unsigned count = 2 + random_below(&random, 60);
    size_t size = seed % 2 == 0 ? LONG : 8 + random_below(&random, 248);
    unsigned moved = random_below(&random, count);
    struct election_command command = {moves[seed % 3], NULL, size};
    uint32_t leader;

    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(play(election, ELECTION_OP_ENTER, i + 1,
                              numbered_name(i, i % 3 == 0 ? LONG : size)),
                         ELECTION_OK);
    if (moved % 3 == 0)
        command.name_size = LONG;
    assert_int_equal(election__reserve(election, &command), ELECTION_OK);
    heap.allowed = 0;
    leader = election__leave_begin(election);
    for (unsigned i = random_below(&random, count); i > 0; i--) {
        unsigned leaving = random_below(&random, count);

        if (leaving != moved)
            election__leave(election, leaving + 1);
    }
    election__leave_end(election, leader);
    command.name = numbered_name(moved, command.name_size);
    assert_true(election__command_apply(election, 0, &command, NULL) >= 0);
    heap.allowed = HEAP_UNLIMITED;
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void others_may_leave_before_a_reserved_move(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++)
        move_between(seed);
}

static void sessions_leave_in_one_step(void **state)
{
    struct heap heap;
    struct election *election;
    uint32_t leader;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    play_enter_all(election, "A/1 B/2 C/3 D/1");
    leader = election__leave_begin(election);
    election__leave(election, 1);
    election__leave(election, 2);
    election__leave(election, beyond_32_bits);
    election__leave_end(election, leader);
    election__trim(election);
    assert_term(election, "2 C []");
    leader = election__leave_begin(election);
    election__leave_end(election, leader); /* nobody left: no tenure */
    assert_term(election, "2 C []");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_vacant_election_goes_on_from_another_index(void **state)
{
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    election__rebase(election, beyond_32_bits);
    assert_int_equal(election_index(election), beyond_32_bits);
    play_enter_all(election, "A/1");
    assert_int_equal(election_index(election), beyond_32_bits + 1);
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Reads a piece of an input on top of what was read before. */
static bool merge(struct election_command *command, const void *bytes,
                  size_t size)
{
    struct election__reader reader;

    assert_true(election__reader_open(&reader, bytes, size));
    return election__input_merge(&reader, command);
}

static void inputs_merge(void **state)
{
    struct election_command command = {.op = (enum election_op)0};

    (void)state;
    assert_true(merge(&command, NULL, 0));
    assert_int_equal(command.op, 0);
    assert_true(merge(&command, "\x0a\x03\x0a\x01x", 5));
    assert_int_equal(command.op, ELECTION_OP_ENTER);
    /* The same case again, without a name: the name stays. */
    assert_true(merge(&command, "\x0a\x00", 2));
    assert_int_equal(command.name_size, 1);
    assert_memory_equal(command.name, "x", 1);
    /* Another case: nothing is left of the one before. */
    assert_true(merge(&command, "\x2a\x00", 2));
    assert_int_equal(command.op, ELECTION_OP_EVICT);
    assert_int_equal(command.name_size, 0);
    assert_false(merge(&command, "\x0a", 1));
}

static void an_answer_has_the_size_it_is_said_to_have(void **state)
{
    struct election_buffer answer = ELECTION_BUFFER_INIT;
    struct heap heap;
    struct election *election;
    uint8_t written[512];

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i < 10; i++) {
        size_t size = election__answer_size(election);

        assert_int_equal(election_answer(election, ELECTION_OP_DEMOTE, &answer),
                         ELECTION_OK);
        assert_int_equal(answer.size, size);
        assert_ptr_equal(
            election__answer_write(written, election, ELECTION_OP_DEMOTE),
            written + size);
        assert_memory_equal(written, answer.data, size);
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(i, 8 + i)),
            ELECTION_OK);
    }
    election_buffer_free(&answer);
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Says in what an election of these candidates differs from "A/1 B/2". */
static struct election__news difference(const char *entries, uint64_t index)
{
    struct election *election, *other;
    struct election_config config = {.first_index = index};
    struct election__news news;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(election_create(&config, &other), ELECTION_OK);
    play_enter_all(election, "A/1 B/2");
    play_enter_all(other, entries);
    news = election__compare(election, other);
    election_destroy(election);
    election_destroy(other);
    return news;
}

static void elections_are_compared(void **state)
{
    static const struct {
        const char *entries;
        uint64_t index;
        bool is_of_term, is_of_leader;
    } rows[] = {
        {"A/1 B/2", 0, false, false},
        {"A/1 B/2", UINT64_C(1) << 32, true, true},
        {"A/1 B/7", 0, false, false},
        {"A/7 B/2", 0, false, true},
        {"A/1 C/2", 0, true, false},
        {"A/1", 0, true, false},
        {"C/1 B/2", 0, true, true},
        {"", 1, true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election__news news = difference(rows[i].entries, rows[i].index);

        assert_int_equal(news.is_of_term, rows[i].is_of_term);
        assert_int_equal(news.is_of_leader, rows[i].is_of_leader);
    }
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
        cmocka_unit_test(others_may_leave_before_a_reserved_move),
        cmocka_unit_test(sessions_leave_in_one_step),
        cmocka_unit_test(a_vacant_election_goes_on_from_another_index),
        cmocka_unit_test(inputs_merge),
        cmocka_unit_test(an_answer_has_the_size_it_is_said_to_have),
        cmocka_unit_test(elections_are_compared),
        cmocka_unit_test(nothing_is_reserved_where_nobody_can_enter),
        cmocka_unit_test(commands_from_elsewhere_are_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
