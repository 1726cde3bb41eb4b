/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "core/check.h"

/*
 * The succession where it is hard: at the edges of pages, and where the roll
 * grows. Small elections are covered by the command table; here names are so
 * long that a page holds only eight.
 */

enum { LONG = ELECTION_NAME_SIZE_MAX, PER_PAGE = 8 };

struct fixture {
    struct heap heap;
    struct election *election;
};

static void setup(struct fixture *f, unsigned count)
{
    heap_init(&f->heap);
    f->election = heap_election(&f->heap);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(
            play(f->election, ELECTION_OP_ENTER, i % 5, numbered_name(i, LONG)),
            ELECTION_OK);
}

static void teardown(struct fixture *f)
{
    election_destroy(f->election);
    heap_assert_empty(&f->heap);
}

static unsigned number_at(const struct election_candidate *candidate)
{
    unsigned number = 0;

    for (size_t i = 0; i < candidate->name_size; i++)
        number = number * 10 + (unsigned)(candidate->name[i] - '0');
    return number;
}

/** Fails the test unless the succession holds these numbers in this order. */
static void assert_order(const struct fixture *f, const unsigned *numbers,
                         size_t count)
{
    const struct election__succession *s = &f->election->succession;
    struct election__place place;
    bool is_there = election__succession_begin(s, &place);

    for (size_t i = 0; i < count; i++) {
        struct election_candidate candidate =
            election__succession_at(s, &place);

        assert_true(is_there);
        assert_int_equal(number_at(&candidate), numbers[i]);
        is_there = election__succession_next(&place);
    }
    assert_false(is_there);
    election__check_whole(f->election);
}

static size_t page_count(const struct fixture *f)
{
    const struct election__page *page = f->election->succession.first;
    size_t count = 0;

    for (; page != NULL; page = page->next)
        count++;
    return count;
}

static void run(struct fixture *f, enum election_op op, unsigned number)
{
    assert_int_equal(play(f->election, op, 0, numbered_name(number, LONG)),
                     ELECTION_OK);
}

/** Moves one number to another rank, as the election should have. */
static void move(unsigned *numbers, size_t from, size_t to)
{
    unsigned number = numbers[from];

    if (from < to)
        memmove(numbers + from, numbers + from + 1,
                (to - from) * sizeof *numbers);
    else
        memmove(numbers + to + 1, numbers + to, (from - to) * sizeof *numbers);
    numbers[to] = number;
}

static size_t rank_of(const unsigned *numbers, unsigned number)
{
    size_t rank = 0;

    while (numbers[rank] != number)
        rank++;
    return rank;
}

/** All leave, from the end on, and are found where they stand. */
static void leave_all(struct fixture *f, const unsigned *numbers, size_t count)
{
    while (count-- > 0) {
        size_t rank = SIZE_MAX;

        assert_int_equal(election_find(f->election,
                                       numbered_name(numbers[count], LONG),
                                       LONG, NULL, &rank),
                         ELECTION_OK);
        assert_int_equal(rank, count);
        run(f, ELECTION_OP_EVICT, numbers[count]);
        assert_order(f, numbers, count);
    }
}

static void count_up(unsigned *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        numbers[i] = i;
}

static void a_candidate_walks_up_through_all_pages(void **state)
{
    enum { COUNT = 4 * PER_PAGE };
    unsigned numbers[COUNT];
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    count_up(numbers, COUNT);
    assert_int_equal(page_count(&f), 4);
    for (size_t rank = COUNT - 1; rank > 0; rank--) {
        run(&f, ELECTION_OP_PROMOTE, COUNT - 1);
        move(numbers, rank, rank - 1);
        assert_order(&f, numbers, COUNT);
    }
    assert_int_equal(election_index(f.election), 2);
    leave_all(&f, numbers, COUNT);
    teardown(&f);
}

static void a_candidate_walks_down_through_all_pages(void **state)
{
    enum { COUNT = 4 * PER_PAGE };
    unsigned numbers[COUNT];
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    count_up(numbers, COUNT);
    for (size_t rank = 0; rank + 1 < COUNT; rank++) {
        run(&f, ELECTION_OP_DEMOTE, 0);
        move(numbers, rank, rank + 1);
        assert_order(&f, numbers, COUNT);
    }
    leave_all(&f, numbers, COUNT);
    teardown(&f);
}

static void the_front_page_overflows_into_a_new_one(void **state)
{
    enum { COUNT = 3 * PER_PAGE };
    unsigned numbers[COUNT];
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    count_up(numbers, COUNT);
    for (unsigned number = COUNT - 1; number > 0; number--) {
        run(&f, ELECTION_OP_ANOINT, number);
        move(numbers, rank_of(numbers, number), 0);
        assert_order(&f, numbers, COUNT);
    }
    assert_in_range(page_count(&f), 3, 4);
    teardown(&f);
}

/* ---- two neighbours between which a page ends ---------------------------- */

enum { FILLER = 35, SHORT = 8 };

/** Enters names of these sizes, numbered from 0. */
static void enter_sizes(struct fixture *f, const size_t *sizes, size_t count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(
            play(f->election, ELECTION_OP_ENTER, i, numbered_name(i, sizes[i])),
            ELECTION_OK);
}

static enum election_status demote(struct fixture *f, unsigned number,
                                   size_t size)
{
    return play(f->election, ELECTION_OP_DEMOTE, 0,
                numbered_name(number, size));
}

/** Two full pages, twice: a filler and eight long ones, a short one and so. */
static const size_t full_pages[] = {
    FILLER, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, /**/
    SHORT,  LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, /**/
    FILLER, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, /**/
    SHORT,  LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
};

enum { FULL_PAGES_COUNT = sizeof full_pages / sizeof *full_pages };

static void two_full_pages_exchange_names_of_one_size(void **state)
{
    unsigned numbers[2 * PER_PAGE];
    struct fixture f;

    (void)state;
    setup(&f, 2 * PER_PAGE);
    count_up(numbers, 2 * PER_PAGE);
    f.heap.allowed = 0;
    run(&f, ELECTION_OP_DEMOTE, PER_PAGE - 1);
    f.heap.allowed = HEAP_UNLIMITED;
    move(numbers, PER_PAGE - 1, PER_PAGE);
    assert_order(&f, numbers, 2 * PER_PAGE);
    assert_int_equal(page_count(&f), 2);
    teardown(&f);
}

static void a_page_between_two_takes_names_that_fit_in_neither(void **state)
{
    unsigned numbers[FULL_PAGES_COUNT];
    struct fixture f;

    (void)state;
    setup(&f, 0);
    enter_sizes(&f, full_pages, FULL_PAGES_COUNT);
    count_up(numbers, FULL_PAGES_COUNT);
    assert_int_equal(page_count(&f), 4);
    f.heap.allowed = 0;
    /* There is one page in hand, and no memory for another. */
    assert_int_equal(demote(&f, 8, LONG), ELECTION_OK);
    move(numbers, 8, 9);
    assert_order(&f, numbers, FULL_PAGES_COUNT);
    assert_int_equal(page_count(&f), 5);
    assert_int_equal(demote(&f, 26, LONG), ELECTION_NOMEM);
    assert_int_equal(
        play(f.election, ELECTION_OP_ANOINT, 0, numbered_name(30, LONG)),
        ELECTION_NOMEM);
    assert_order(&f, numbers, FULL_PAGES_COUNT);
    assert_false(election__succession_reserve_move(&f.election->succession));
    f.heap.allowed = HEAP_UNLIMITED;
    assert_int_equal(demote(&f, 26, LONG), ELECTION_OK);
    move(numbers, 26, 27);
    assert_order(&f, numbers, FULL_PAGES_COUNT);
    teardown(&f);
}

static void the_page_above_may_be_emptied_by_that(void **state)
{
    unsigned numbers[10];
    struct fixture f;

    (void)state;
    setup(&f, 0);
    enter_sizes(&f, full_pages, 18);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(play(f.election, ELECTION_OP_EVICT, 0,
                              numbered_name(i, full_pages[i])),
                         ELECTION_OK);
    assert_int_equal(page_count(&f), 2);
    assert_int_equal(demote(&f, 8, LONG), ELECTION_OK);
    for (unsigned i = 0; i < 10; i++)
        numbers[i] = i + 8;
    move(numbers, 0, 1);
    assert_order(&f, numbers, 10);
    assert_int_equal(page_count(&f), 2);
    teardown(&f);
}

static void the_page_below_may_be_emptied_by_that(void **state)
{
    static const size_t sizes[] = {LONG, LONG, LONG, LONG,   LONG,
                                   LONG, LONG, LONG, FILLER, LONG};
    unsigned numbers[10];
    struct fixture f;

    (void)state;
    setup(&f, 0);
    enter_sizes(&f, sizes, 10);
    count_up(numbers, 10);
    assert_int_equal(page_count(&f), 2);
    assert_int_equal(demote(&f, 8, FILLER), ELECTION_OK);
    move(numbers, 8, 9);
    assert_order(&f, numbers, 10);
    assert_int_equal(page_count(&f), 2);
    teardown(&f);
}

static void without_memory_pages_are_squeezed_for_one(void **state)
{
    enum { PAGES = 20, COUNT = PAGES * PER_PAGE, MOVED = 12 };
    unsigned numbers[COUNT];
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    count_up(numbers, COUNT);
    f.heap.allowed = 0;
    /* From another page each: none is emptied, and the front overflows. */
    for (unsigned i = 1; i <= MOVED; i++) {
        run(&f, ELECTION_OP_ANOINT, i * PER_PAGE + 4);
        move(numbers, rank_of(numbers, i * PER_PAGE + 4), 0);
        assert_order(&f, numbers, COUNT);
    }
    f.heap.allowed = HEAP_UNLIMITED;
    assert_in_range(page_count(&f), PAGES, PAGES + 1);
    teardown(&f);
}

static void that_may_bring_two_neighbours_into_one_page(void **state)
{
    enum { BEFORE = 6 * 9, FULL = 18, BEHIND = 10 * PER_PAGE };
    enum { COUNT = BEFORE + FULL + BEHIND };
    unsigned numbers[COUNT];
    size_t sizes[COUNT];
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        sizes[i] = i < BEFORE && i % 9 == 0 ? FILLER : LONG;
    memcpy(sizes + BEFORE, full_pages, FULL * sizeof *sizes);
    setup(&f, 0);
    enter_sizes(&f, sizes, COUNT);
    count_up(numbers, COUNT);
    f.heap.allowed = 0;
    for (unsigned i = 0; i < 5; i++) {
        unsigned number = BEFORE + FULL + i * PER_PAGE + 4;

        run(&f, ELECTION_OP_ANOINT, number);
        move(numbers, rank_of(numbers, number), 0);
    }
    /* They stand on both sides of a page's end, and fit in neither page. */
    assert_int_equal(demote(&f, BEFORE + 8, LONG), ELECTION_OK);
    move(numbers, 5 + BEFORE + 8, 5 + BEFORE + 9);
    f.heap.allowed = HEAP_UNLIMITED;
    assert_order(&f, numbers, COUNT);
    teardown(&f);
}

/** A small page that a vacant election kept is none to move to. */
static void a_small_page_is_not_taken_for_one_in_hand(void **state)
{
    unsigned numbers[20];
    struct fixture f;

    (void)state;
    setup(&f, 0);
    assert_int_equal(play(f.election, ELECTION_OP_ENTER, 1, "short"),
                     ELECTION_OK);
    assert_int_equal(play(f.election, ELECTION_OP_EVICT, 1, "short"),
                     ELECTION_OK);
    for (unsigned i = 0; i < 20; i++)
        run(&f, ELECTION_OP_ENTER, i);
    count_up(numbers, 20);
    f.heap.allowed = 0;
    run(&f, ELECTION_OP_ANOINT, 19);
    move(numbers, 19, 0);
    f.heap.allowed = HEAP_UNLIMITED;
    assert_order(&f, numbers, 20);
    teardown(&f);
}

/* ---- memory -------------------------------------------------------------- */

static void thin_pages_are_merged(void **state)
{
    enum { COUNT = 20 * PER_PAGE };
    unsigned numbers[COUNT];
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    assert_int_equal(page_count(&f), 20);
    /* One of eight stays on each page. */
    for (unsigned number = 0; number < COUNT; number++)
        if (number % PER_PAGE != 0)
            run(&f, ELECTION_OP_EVICT, number);
    for (unsigned i = 0; i < 20; i++)
        numbers[i] = i * PER_PAGE;
    assert_order(&f, numbers, 20);
    assert_in_range(page_count(&f), 3, 4);
    teardown(&f);
}

static void a_session_leaves_from_all_pages(void **state)
{
    enum { COUNT = 5 * PER_PAGE };
    unsigned numbers[COUNT];
    size_t kept = 0;
    struct fixture f;

    (void)state;
    setup(&f, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        if (i % 5 != 0)
            numbers[kept++] = i;
    assert_int_equal(election_close_session(f.election, 0), ELECTION_OK);
    assert_order(&f, numbers, kept);
    assert_int_equal(election_index(f.election), 2);
    for (uint64_t session_id = 1; session_id < 5; session_id++)
        assert_int_equal(election_close_session(f.election, session_id),
                         ELECTION_OK);
    assert_order(&f, numbers, 0);
    teardown(&f);
}

static void a_warm_election_allocates_nothing(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct fixture f;
    size_t allocations = 0;

    (void)state;
    setup(&f, 1);
    for (unsigned i = 1; i < 60; i++)
        assert_int_equal(
            play(f.election, ELECTION_OP_ENTER, i, numbered_name(i, 18)),
            ELECTION_OK);
    for (unsigned round = 0; round < 50; round++) {
        if (round == 1)
            allocations = f.heap.allocations;
        for (unsigned i = 60; i < 100; i++)
            assert_int_equal(play_with(f.election, ELECTION_OP_ENTER, i,
                                       numbered_name(i, 18), &output),
                             ELECTION_OK);
        for (unsigned i = 1; i < 99; i++) {
            assert_int_equal(play_with(f.election, ELECTION_OP_DEMOTE, i,
                                       numbered_name(i, 18), &output),
                             ELECTION_OK);
        }
        for (unsigned i = 60; i < 100; i++)
            assert_int_equal(play_with(f.election, ELECTION_OP_WITHDRAW, i,
                                       numbered_name(i, 18), &output),
                             ELECTION_OK);
    }
    assert_in_range(f.heap.allocations - allocations, 0, 0);
    election_buffer_free(&output);
    teardown(&f);
}

static void a_lone_leader_comes_and_goes_without_allocating(void **state)
{
    struct fixture f;
    size_t allocations;

    (void)state;
    setup(&f, 1);
    allocations = f.heap.allocations;
    for (int i = 0; i < 10; i++) {
        run(&f, ELECTION_OP_WITHDRAW, 0);
        run(&f, ELECTION_OP_ENTER, 0);
    }
    assert_int_equal(f.heap.allocations, allocations);
    teardown(&f);
}

static void emptied_pages_are_used_again(void **state)
{
    enum { COUNT = 20 * PER_PAGE };
    struct fixture f;
    size_t allocations;

    (void)state;
    setup(&f, COUNT);
    allocations = f.heap.allocations;
    /* A fifth leaves and comes back, and again. */
    for (unsigned number = 0; number < 3 * COUNT; number++) {
        run(&f, ELECTION_OP_EVICT, number % COUNT);
        if (number % 32 != 31)
            continue;
        for (unsigned back = number - 31; back <= number; back++)
            run(&f, ELECTION_OP_ENTER, back % COUNT);
    }
    assert_int_equal(f.heap.allocations, allocations);
    teardown(&f);
}

static void a_spare_page_that_is_too_small_is_replaced(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f, 0);
    assert_int_equal(play(f.election, ELECTION_OP_ENTER, 1, "short"),
                     ELECTION_OK);
    assert_int_equal(play(f.election, ELECTION_OP_EVICT, 1, "short"),
                     ELECTION_OK);
    run(&f, ELECTION_OP_ENTER, 1);
    run(&f, ELECTION_OP_EVICT, 1);
    /* Election, roll, and one spare page. */
    assert_int_equal(f.heap.blocks, 3);
    run(&f, ELECTION_OP_ENTER, 2);
    assert_int_equal(f.heap.blocks, 3);
    assert_int_equal(f.heap.allocations, 4);
    teardown(&f);
}

static void a_page_smaller_than_the_spare_one_is_released(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f, PER_PAGE - 1);
    assert_int_equal(
        play(f.election, ELECTION_OP_ENTER, 1, numbered_name(0, 40)),
        ELECTION_OK);
    run(&f, ELECTION_OP_ENTER, PER_PAGE);
    assert_int_equal(page_count(&f), 2);
    run(&f, ELECTION_OP_EVICT, PER_PAGE);
    for (unsigned number = 0; number < PER_PAGE - 1; number++)
        run(&f, ELECTION_OP_EVICT, number);
    assert_int_equal(
        play(f.election, ELECTION_OP_EVICT, 1, numbered_name(0, 40)),
        ELECTION_OK);
    /* Election, roll, and one spare page. */
    assert_int_equal(f.heap.blocks, 3);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_walks_up_through_all_pages),
        cmocka_unit_test(a_candidate_walks_down_through_all_pages),
        cmocka_unit_test(the_front_page_overflows_into_a_new_one),
        cmocka_unit_test(two_full_pages_exchange_names_of_one_size),
        cmocka_unit_test(a_page_between_two_takes_names_that_fit_in_neither),
        cmocka_unit_test(the_page_above_may_be_emptied_by_that),
        cmocka_unit_test(the_page_below_may_be_emptied_by_that),
        cmocka_unit_test(without_memory_pages_are_squeezed_for_one),
        cmocka_unit_test(that_may_bring_two_neighbours_into_one_page),
        cmocka_unit_test(a_small_page_is_not_taken_for_one_in_hand),
        cmocka_unit_test(thin_pages_are_merged),
        cmocka_unit_test(a_session_leaves_from_all_pages),
        cmocka_unit_test(a_warm_election_allocates_nothing),
        cmocka_unit_test(a_lone_leader_comes_and_goes_without_allocating),
        cmocka_unit_test(emptied_pages_are_used_again),
        cmocka_unit_test(a_spare_page_that_is_too_small_is_replaced),
        cmocka_unit_test(a_page_smaller_than_the_spare_one_is_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
