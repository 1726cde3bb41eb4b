/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "../support/random.h"

/*
 * Memory comes back: whatever an election has held, it holds at most four times
 * what a fresh one of the same candidates takes, and 4 KiB.
 */

enum { KEPT = 4096, TIMES = 4, LONG = ELECTION_NAME_SIZE_MAX, MANY = 3000 };

struct scene {
    struct heap heap;
    struct election *election;
    bool is_watched;
};

static void ignore_event(void *context, struct election *election,
                         const uint8_t *event, size_t event_size)
{
    (void)context;
    (void)election;
    (void)event;
    (void)event_size;
}

static void ignore_leader(void *context, struct election *election,
                          const struct election_leadership *leadership)
{
    (void)context;
    (void)election;
    (void)leadership;
}

static void watch(struct election *election)
{
    assert_int_equal(election_watch(election, ignore_event, NULL, NULL),
                     ELECTION_OK);
}

static void open_scene(struct scene *scene, bool is_watched)
{
    heap_init(&scene->heap);
    scene->election = heap_election(&scene->heap);
    scene->is_watched = is_watched;
    if (is_watched)
        watch(scene->election);
}

static void close_scene(struct scene *scene)
{
    election_destroy(scene->election);
    heap_assert_empty(&scene->heap);
}

/** Enters the candidates of one election into another. */
struct copying {
    struct election *election;
    struct election_buffer input;
};

static bool enter_copy(void *context,
                       const struct election_candidate *candidate)
{
    struct copying *copying = context;
    struct election_command command = {ELECTION_OP_ENTER, candidate->name,
                                       candidate->name_size};

    assert_int_equal(election_input_encode(&command, &copying->input),
                     ELECTION_OK);
    assert_int_equal(election_apply(copying->election, candidate->session_id,
                                    copying->input.data, copying->input.size,
                                    NULL),
                     ELECTION_OK);
    return true;
}

/** Returns what a fresh election of the same candidates takes. */
static size_t fresh_size(const struct scene *scene)
{
    struct copying copying = {.input = ELECTION_BUFFER_INIT};
    struct election_candidate leader;
    struct scene fresh;
    size_t size;

    open_scene(&fresh, false);
    copying.election = fresh.election;
    if (election_leader(scene->election, &leader) == ELECTION_OK) {
        enter_copy(&copying, &leader);
        assert_int_equal(
            election_each_candidate(scene->election, enter_copy, &copying),
            ELECTION_OK);
    }
    if (scene->is_watched)
        watch(fresh.election);
    size = fresh.heap.size;
    election_buffer_free(&copying.input);
    close_scene(&fresh);
    return size;
}

static void assert_bounded(const struct scene *scene)
{
    size_t size_max = TIMES * fresh_size(scene) + KEPT;

    assert_in_range(scene->heap.size, 0, size_max);
}

static void run(struct scene *scene, enum election_op op, unsigned number,
                size_t size)
{
    assert_int_equal(
        play(scene->election, op, number % 7, numbered_name(number, size)),
        ELECTION_OK);
}

/** How long names are, by their number. */
typedef size_t size_fn(unsigned number);

static size_t all_short(unsigned number)
{
    (void)number;
    return 8;
}

static size_t all_long(unsigned number)
{
    (void)number;
    return LONG;
}

static size_t alternating(unsigned number)
{
    return number % 2 == 0 ? 8 : LONG;
}

/** One page fat, the next thin: eight of the longest fill one. */
static size_t by_the_page(unsigned number)
{
    return number / 8 % 2 == 0 ? LONG : 9;
}

static size_t any(unsigned number)
{
    return 8 + number * 2654435761U % (LONG - 7);
}

static size_fn *const sizes[] = {all_short, all_long, alternating, by_the_page,
                                 any};

/** Takes out all but every n-th, and then those too, bounded on the way. */
static void shrink(struct scene *scene, size_fn *size, unsigned count,
                   unsigned nth, bool from_behind)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned number = from_behind ? count - 1 - i : i;

        if (nth != 0 && number % nth == 0)
            continue;
        run(scene, ELECTION_OP_EVICT, number, size(number));
        if (i % 997 == 0)
            assert_bounded(scene);
    }
    assert_bounded(scene);
    for (unsigned number = 0; nth != 0 && number < count; number += nth)
        run(scene, ELECTION_OP_EVICT, number, size(number));
    assert_int_equal(election_candidate_count(scene->election), 0);
    assert_bounded(scene);
}

static void grown_and_shrunk_elections_give_back(void **state)
{
    static const unsigned nths[] = {0, 2, 7, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof nths / sizeof *nths; j++) {
            struct scene scene;

            open_scene(&scene, j % 2 == 0);
            for (int again = 0; again < 2; again++) {
                for (unsigned number = 0; number < MANY; number++)
                    run(&scene, ELECTION_OP_ENTER, number, sizes[i](number));
                assert_bounded(&scene);
                shrink(&scene, sizes[i], MANY, nths[j], again == 1);
            }
            close_scene(&scene);
        }
}

static void sessions_that_end_give_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct scene scene;

        open_scene(&scene, true);
        for (unsigned number = 0; number < MANY; number++)
            run(&scene, ELECTION_OP_ENTER, number, sizes[i](number));
        for (uint64_t session_id = 0; session_id < 7; session_id++) {
            assert_int_equal(election_close_session(scene.election, session_id),
                             ELECTION_OK);
            assert_bounded(&scene);
        }
        close_scene(&scene);
    }
}

static void a_large_election_that_empties_is_small(void **state)
{
    enum { COUNT = ELECTION_WAITING_MAX + 1 };
    struct scene scene;

    (void)state;
    open_scene(&scene, false);
    for (unsigned number = 0; number < COUNT; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    scene.is_watched = true;
    watch(scene.election);
    for (uint64_t session_id = 1; session_id < 7; session_id++)
        assert_int_equal(election_close_session(scene.election, session_id),
                         ELECTION_OK);
    assert_bounded(&scene);
    assert_int_equal(election_close_session(scene.election, 0), ELECTION_OK);
    assert_in_range(scene.heap.size, 0, 10000);
    assert_bounded(&scene);
    close_scene(&scene);
}

static void moves_leave_no_sparse_pages(void **state)
{
    static const enum election_op ops[] = {
        ELECTION_OP_ANOINT, ELECTION_OP_PROMOTE, ELECTION_OP_DEMOTE};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct random random = {i + 1};
        struct scene scene;

        open_scene(&scene, false);
        for (unsigned number = 0; number < 1000; number++)
            run(&scene, ELECTION_OP_ENTER, number, sizes[i](number));
        for (int step = 0; step < 30000; step++) {
            unsigned number = random_below(&random, 1000);
            size_t size = sizes[i](number);

            (void)play(scene.election, ops[random_below(&random, 3)], 0,
                       numbered_name(number, size));
            if (step % 1000 == 0)
                assert_bounded(&scene);
        }
        close_scene(&scene);
    }
}

/** What a candidate costs beyond its name, in bytes. */
static double overhead(const struct scene *scene, size_t count, size_t size)
{
    return (double)scene->heap.size / (double)count - (double)size;
}

static void pages_stay_dense_in_a_queue_that_comes_and_goes(void **state)
{
    enum { COUNT = 20000, STEPS = 150000 };
    struct random random = {1};
    struct scene scene;
    double fresh;

    (void)state;
    open_scene(&scene, false);
    for (unsigned number = 0; number < COUNT; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    fresh = overhead(&scene, COUNT, LONG);
    for (int step = 0; step < STEPS; step++) {
        unsigned number = random_below(&random, COUNT);

        run(&scene, ELECTION_OP_EVICT, number, LONG);
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    }
    print_message("a candidate's overhead: %.0f bytes fresh, %.0f after\n",
                  fresh, overhead(&scene, COUNT, LONG));
    assert_true(overhead(&scene, COUNT, LONG) <= 1.5 * fresh);
    close_scene(&scene);
}

static void an_election_of_one_size_allocates_nothing(void **state)
{
    static const unsigned counts[] = {1, 2, 5, 9, 44, 88, 89, 354, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            struct random random = {i + 1};
            struct scene scene;
            size_t allocations = 0;

            open_scene(&scene, counts[i] <= 100);
            for (unsigned number = 0; number < counts[i]; number++)
                run(&scene, ELECTION_OP_ENTER, number, sizes[j](number));
            for (int step = 0; step < 40000; step++) {
                unsigned number = random_below(&random, counts[i]);
                size_t size = sizes[j](number);

                if (step == 30000)
                    allocations = scene.heap.allocations;
                run(&scene, ELECTION_OP_EVICT, number, size);
                run(&scene, ELECTION_OP_ENTER, number, size);
                (void)play(scene.election, ELECTION_OP_ANOINT, 0,
                           numbered_name(number, size));
            }
            assert_int_equal(scene.heap.allocations, allocations);
            close_scene(&scene);
        }
}

static void watchers_that_go_give_back(void **state)
{
    enum { WATCHERS = 1000 };
    static uint64_t ids[WATCHERS];
    struct scene scene;
    size_t unwatched;

    (void)state;
    open_scene(&scene, false);
    for (unsigned number = 0; number < MANY; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    unwatched = scene.heap.size;
    for (int i = 0; i < WATCHERS; i++)
        assert_int_equal(
            election_watch(scene.election, ignore_event, NULL, &ids[i]),
            ELECTION_OK);
    for (int i = 0; i < WATCHERS; i++)
        assert_int_equal(election_unwatch(scene.election, ids[i]), ELECTION_OK);
    /* Only the last id given out is remembered. */
    assert_in_range(scene.heap.size - unwatched, 0, 128);
    close_scene(&scene);
}

static void watch_leader(struct scene *scene, uint64_t *id)
{
    assert_int_equal(
        election_watch_leader(scene->election, ignore_leader, NULL, id),
        ELECTION_OK);
}

/** Lets watchers come or go until so many are there; the oldest go first. */
static void set_watchers(struct scene *scene, uint64_t *first, uint64_t *last,
                         uint64_t count)
{
    while (*last - *first < count)
        watch_leader(scene, last);
    while (*last - *first > count)
        assert_int_equal(election_unwatch(scene->election, ++*first),
                         ELECTION_OK);
}

static void the_list_of_watchers_follows_them(void **state)
{
    static const uint64_t counts[] = {49152, 12288, 32766, 16383, 8192, 1};
    uint64_t first = 0;
    uint64_t last = 0;
    struct scene scene;

    (void)state;
    open_scene(&scene, false);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct scene fresh;

        set_watchers(&scene, &first, &last, counts[i]);
        open_scene(&fresh, false);
        for (uint64_t n = 0; n < counts[i]; n++)
            watch_leader(&fresh, NULL);
        assert_in_range(scene.heap.size, 0, TIMES * fresh.heap.size + KEPT);
        close_scene(&fresh);
    }
    close_scene(&scene);
}

static void few_of_many_long_ones_hold_few_pages(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, false);
    for (unsigned number = 0; number < 100; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    for (unsigned number = 0; number < 92; number++)
        run(&scene, ELECTION_OP_EVICT, number, LONG);
    assert_bounded(&scene);
    close_scene(&scene);
}

/**
 * Takes long names out, and moves the others to the front by exchanges across
 * the ends of pages, which no removal looks at.
 */
static void exchanges_leave_no_sparse_pages(void **state)
{
    enum { PAGES = 40, COUNT = 13 * PAGES };
    struct random random = {1};
    struct scene scene;

    (void)state;
    open_scene(&scene, false);
    for (unsigned number = 0; number < COUNT; number++)
        run(&scene, ELECTION_OP_ENTER, number, number % 13 < 7 ? LONG : 8);
    for (int step = 0; step < 100000; step++) {
        unsigned number = random_below(&random, COUNT);
        size_t size = number % 13 < 7 ? LONG : 8;

        /* Long ones sink and are taken out at the tail; short ones rise. */
        (void)play(scene.election,
                   size == LONG ? ELECTION_OP_DEMOTE : ELECTION_OP_PROMOTE, 0,
                   numbered_name(number, size));
        if (step % 200 == 0 && size == LONG)
            (void)play(scene.election, ELECTION_OP_EVICT, 0,
                       numbered_name(number, size));
        if (step % 1000 == 0)
            assert_bounded(&scene);
    }
    close_scene(&scene);
}

static void a_restore_gives_the_event_back(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, true);
    for (unsigned number = 0; number < MANY; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    assert_int_equal(election_restore(scene.election, NULL, 0), ELECTION_OK);
    assert_bounded(&scene);
    close_scene(&scene);
}

static void giving_back_needs_no_memory(void **state)
{
    struct scene scene;
    size_t size;

    (void)state;
    open_scene(&scene, true);
    for (unsigned number = 0; number < MANY; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    scene.heap.allowed = 0;
    for (unsigned number = 1; number < MANY; number++)
        run(&scene, ELECTION_OP_EVICT, number, LONG);
    size = scene.heap.size;
    /* What could not be done for lack of memory is done when there is some. */
    scene.heap.allowed = HEAP_UNLIMITED;
    for (unsigned number = 1; number < 40; number++) {
        run(&scene, ELECTION_OP_ENTER, number, LONG);
        run(&scene, ELECTION_OP_EVICT, number, LONG);
    }
    assert_true(scene.heap.size < size);
    assert_bounded(&scene);
    close_scene(&scene);
}

/** Grows without output until the event, too, is too small for one more. */
static void a_refusal_grows_nothing(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct scene scene;
    size_t size;

    (void)state;
    open_scene(&scene, true);
    for (unsigned number = 0; number < 300; number++)
        run(&scene, ELECTION_OP_ENTER, number, LONG);
    assert_int_equal(
        election_answer(scene.election, ELECTION_OP_WATCH, &output),
        ELECTION_OK);
    size = scene.heap.size;
    scene.heap.allowed = 0;
    assert_int_equal(play_with(scene.election, ELECTION_OP_EVICT, 0,
                               numbered_name(999999, LONG), &output),
                     ELECTION_NOT_FOUND);
    assert_int_equal(play_with(scene.election, ELECTION_OP_ENTER, 99,
                               numbered_name(5, LONG), &output),
                     ELECTION_CONFLICT);
    assert_int_equal(play_with(scene.election, ELECTION_OP_WITHDRAW, 99,
                               numbered_name(5, LONG), &output),
                     ELECTION_NOT_OWNER);
    assert_int_equal(
        play_with(scene.election, ELECTION_OP_ENTER, 0, "", &output),
        ELECTION_INVALID);
    assert_int_equal(scene.heap.size, size);
    election_buffer_free(&output);
    close_scene(&scene);
}

/** Whatever makes the Term shorter, or keeps it, works without memory. */
static void leaving_and_moving_need_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct election_buffer output = ELECTION_BUFFER_INIT;
        struct scene scene;

        open_scene(&scene, true);
        for (unsigned number = 0; number < 300; number++)
            run(&scene, ELECTION_OP_ENTER, number, sizes[i](number));
        assert_int_equal(
            election_answer(scene.election, ELECTION_OP_WATCH, &output),
            ELECTION_OK);
        scene.heap.allowed = 0;
        run(&scene, ELECTION_OP_ANOINT, 299, sizes[i](299));
        assert_int_equal(play_with(scene.election, ELECTION_OP_PROMOTE, 0,
                                   numbered_name(8, sizes[i](8)), &output),
                         ELECTION_OK);
        assert_int_equal(play_with(scene.election, ELECTION_OP_DEMOTE, 0,
                                   numbered_name(7, sizes[i](7)), &output),
                         ELECTION_OK);
        for (unsigned number = 0; number < 300; number++)
            assert_int_equal(
                play_with(scene.election, ELECTION_OP_WITHDRAW, number % 7,
                          numbered_name(number, sizes[i](number)), &output),
                ELECTION_OK);
        election_buffer_free(&output);
        close_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grown_and_shrunk_elections_give_back),
        cmocka_unit_test(sessions_that_end_give_back),
        cmocka_unit_test(a_large_election_that_empties_is_small),
        cmocka_unit_test(moves_leave_no_sparse_pages),
        cmocka_unit_test(pages_stay_dense_in_a_queue_that_comes_and_goes),
        cmocka_unit_test(an_election_of_one_size_allocates_nothing),
        cmocka_unit_test(watchers_that_go_give_back),
        cmocka_unit_test(the_list_of_watchers_follows_them),
        cmocka_unit_test(few_of_many_long_ones_hold_few_pages),
        cmocka_unit_test(exchanges_leave_no_sparse_pages),
        cmocka_unit_test(a_restore_gives_the_event_back),
        cmocka_unit_test(giving_back_needs_no_memory),
        cmocka_unit_test(a_refusal_grows_nothing),
        cmocka_unit_test(leaving_and_moving_need_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
