/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "election/message.h"

/*
 * Every call that allocates is denied its first, second, third … allocation,
 * until it succeeds. Each failure must be NOMEM, must leave everything as it
 * was, and must not keep the same call from succeeding later.
 */

/** An election in a state, and everything that a failure must not touch. */
struct scene {
    struct heap heap;
    struct election *election;
    struct election_buffer output;
    unsigned events;
};

typedef enum election_status action_fn(struct scene *scene);

/** So many candidates with names of this size, and so many watchers. */
struct setting {
    unsigned count;
    size_t name_size;
    unsigned watchers;
};

static void count_event(void *context, struct election *election,
                        const uint8_t *event, size_t event_size)
{
    struct scene *scene = context;

    (void)election;
    (void)event;
    (void)event_size;
    scene->events++;
}

static void open_scene(struct scene *scene, const struct setting *setting)
{
    *scene = (struct scene){.output = ELECTION_BUFFER_INIT};
    heap_init(&scene->heap);
    scene->election = heap_election(&scene->heap);
    for (unsigned i = 0; i < setting->watchers; i++)
        assert_int_equal(
            election_watch(scene->election, count_event, scene, NULL),
            ELECTION_OK);
    for (unsigned i = 0; i < setting->count; i++)
        assert_int_equal(play(scene->election, ELECTION_OP_ENTER, i,
                              numbered_name(i, setting->name_size)),
                         ELECTION_OK);
    scene->events = 0;
}

static void close_scene(struct scene *scene)
{
    election_buffer_free(&scene->output);
    election_destroy(scene->election);
    heap_assert_empty(&scene->heap);
}

/**
 * Runs an action that is denied its allocation number `allowed`, and then, if
 * it failed, once more. Tells whether it succeeded at first.
 */
static bool try_action(struct scene *scene, action_fn *action, size_t allowed)
{
    struct election_buffer before = snapshot_of(scene->election);
    struct election_buffer output = scene->output;
    size_t blocks = scene->heap.blocks;
    enum election_status status;

    scene->heap.allowed = allowed;
    status = action(scene);
    scene->heap.allowed = HEAP_UNLIMITED;
    if (status != ELECTION_NOMEM) {
        assert_int_equal(status, ELECTION_OK);
        assert_int_equal(scene->heap.denied, 0);
    } else {
        struct election_buffer after = snapshot_of(scene->election);

        assert_int_equal(scene->heap.denied, 1);
        assert_same_bytes(&before, &after);
        assert_memory_equal(&output, &scene->output, sizeof output);
        assert_int_equal(scene->events, 0);
        /* `before` and `after` come from the heap too. */
        assert_int_equal(scene->heap.blocks, blocks + (after.data != NULL));
        election_buffer_free(&after);
        assert_int_equal(action(scene), ELECTION_OK);
    }
    election_buffer_free(&before);
    return status == ELECTION_OK;
}

/** How often an allocation was denied, in all tests. */
static size_t denials;

/** Runs an action in a setting with ever more memory. */
static size_t deny(const struct setting *setting, action_fn *action)
{
    size_t allowed = 0;
    bool has_succeeded;

    do {
        struct scene scene;

        open_scene(&scene, setting);
        has_succeeded = try_action(&scene, action, allowed++);
        close_scene(&scene);
    } while (!has_succeeded);
    denials += allowed - 1;
    return allowed - 1;
}

static enum election_status enter(struct scene *scene)
{
    return play_with(scene->election, ELECTION_OP_ENTER, 1,
                     numbered_name(99999999, 100), &scene->output);
}

static enum election_status enter_without_output(struct scene *scene)
{
    return play(scene->election, ELECTION_OP_ENTER, 1,
                numbered_name(99999999, 100));
}

static enum election_status enter_long(struct scene *scene)
{
    return play(scene->election, ELECTION_OP_ENTER, 1,
                numbered_name(99999999, ELECTION_NAME_SIZE_MAX));
}

static enum election_status anoint_last(struct scene *scene)
{
    return play_with(scene->election, ELECTION_OP_ANOINT, 1,
                     numbered_name(20, ELECTION_NAME_SIZE_MAX), &scene->output);
}

/** The ninth is the first of its page, with the name size of its setting. */
static enum election_status promote_ninth(struct scene *scene)
{
    return play_with(scene->election, ELECTION_OP_PROMOTE, 1,
                     numbered_name(8, ELECTION_NAME_SIZE_MAX), &scene->output);
}

static enum election_status evict_first(struct scene *scene)
{
    return play_with(scene->election, ELECTION_OP_EVICT, 1,
                     numbered_name(0, 18), &scene->output);
}

static enum election_status get_term(struct scene *scene)
{
    return play_with(scene->election, ELECTION_OP_GET_TERM, 1, "",
                     &scene->output);
}

static enum election_status query(struct scene *scene)
{
    return election_query(scene->election, "\x32\x00", 2, &scene->output);
}

static enum election_status close_first(struct scene *scene)
{
    return election_close_session(scene->election, 0);
}

static enum election_status snapshot(struct scene *scene)
{
    return election_snapshot(scene->election, &scene->output);
}

static enum election_status watch(struct scene *scene)
{
    enum election_status status =
        election_watch(scene->election, count_event, scene, NULL);

    assert_int_equal(scene->events, status == ELECTION_OK);
    return status;
}

static enum election_status restore(struct scene *scene)
{
    static const char bytes[] = "\x08\x02\x12\x03\x0a\x01"
                                "A\x1a\x03\x0a\x01"
                                "B";

    return election_restore(scene->election, bytes, sizeof bytes - 1);
}

/** A snapshot of a Term that is longer than any before. */
static enum election_status restore_long(struct scene *scene)
{
    static uint8_t bytes[7 + 3 + ELECTION_NAME_SIZE_MAX];

    memcpy(bytes, "\x08\x02\x12\x82\x02\x0a\xff\x01", 8);
    memset(bytes + 8, 'n', ELECTION_NAME_SIZE_MAX);
    return election_restore(scene->election, bytes, 8 + ELECTION_NAME_SIZE_MAX);
}

static enum election_status message(struct scene *scene)
{
    Atomix__Multiraft__Election__V1__LeaderElectionInput input =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INIT;
    Atomix__Multiraft__Election__V1__EnterInput command =
        ATOMIX__MULTIRAFT__ELECTION__V1__ENTER_INPUT__INIT;
    Atomix__Multiraft__Election__V1__LeaderElectionOutput *output = NULL;
    struct election_allocator own = heap_allocator(&scene->heap);
    ProtobufCAllocator allocator = {own.alloc, own.free, own.context};
    char name[] = "a new name";
    enum election_status status;

    command.candidate = name;
    input.enter = &command;
    input.input_case =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INPUT_ENTER;
    status = election_apply_message(scene->election, 1, &input, &output);
    assert_int_equal(output != NULL, status == ELECTION_OK);
    if (output != NULL)
        atomix__multiraft__election__v1__leader_election_output__free_unpacked(
            output, &allocator);
    return status;
}

/* ---- the tests ---------------------------------------------------------- */

static void applying(void **state)
{
    (void)state;
    /* The first candidate: output, page. */
    assert_int_equal(deny(&(struct setting){0, 18, 0}, enter), 2);
    assert_int_equal(deny(&(struct setting){0, 18, 0}, enter_without_output),
                     1);
    /* Output, event, a page that grows. */
    assert_int_equal(deny(&(struct setting){3, 18, 1}, enter), 3);
    /* A roll that grows, without and with tables; a page that grows. */
    assert_int_equal(deny(&(struct setting){4, 18, 0}, enter_without_output),
                     2);
    assert_int_equal(deny(&(struct setting){32, 8, 0}, enter_without_output),
                     2);
    /* A page that grows to full size; a new one, and one in hand. */
    assert_int_equal(
        deny(&(struct setting){3, ELECTION_NAME_SIZE_MAX, 0}, enter_long), 1);
    assert_int_equal(
        deny(&(struct setting){7, ELECTION_NAME_SIZE_MAX, 0}, enter_long), 0);
    assert_int_equal(
        deny(&(struct setting){9, ELECTION_NAME_SIZE_MAX, 0}, enter_long), 0);
    assert_int_equal(
        deny(&(struct setting){8, ELECTION_NAME_SIZE_MAX, 0}, enter_long), 3);
    assert_int_equal(deny(&(struct setting){5, 18, 0}, get_term), 1);
    assert_int_equal(deny(&(struct setting){5, 18, 0}, evict_first), 1);
}

static void moving(void **state)
{
    (void)state;
    /* Output; a new front page is in hand, and two full ones exchange. */
    assert_int_equal(
        deny(&(struct setting){21, ELECTION_NAME_SIZE_MAX, 0}, anoint_last), 1);
    assert_int_equal(
        deny(&(struct setting){21, ELECTION_NAME_SIZE_MAX, 0}, promote_ninth),
        1);
}

static void reading(void **state)
{
    (void)state;
    assert_int_equal(deny(&(struct setting){5, 18, 0}, query), 1);
    assert_int_equal(deny(&(struct setting){5, 18, 0}, snapshot), 1);
}

static void closing(void **state)
{
    (void)state;
    assert_int_equal(deny(&(struct setting){5, 18, 0}, close_first), 0);
    /* A watcher has its event's memory from when the election was larger. */
    assert_int_equal(deny(&(struct setting){5, 18, 1}, close_first), 0);
}

static void watching(void **state)
{
    (void)state;
    /* The watchers, their event, their list; then a longer list. */
    assert_int_equal(deny(&(struct setting){5, 18, 0}, watch), 3);
    assert_int_equal(deny(&(struct setting){5, 18, 4}, watch), 1);
}

static void restoring(void **state)
{
    (void)state;
    /* A roll, a page. */
    assert_int_equal(deny(&(struct setting){5, 18, 0}, restore), 2);
    assert_int_equal(deny(&(struct setting){0, 18, 1}, restore), 2);
    /* The event too. */
    assert_int_equal(deny(&(struct setting){0, 18, 1}, restore_long), 3);
}

static void messages(void **state)
{
    (void)state;
    /* Own name, output, answer, Term, names, 5 copies; then a roll, a page. */
    assert_in_range(deny(&(struct setting){5, 18, 0}, message), 10, 12);
    assert_in_range(deny(&(struct setting){4, 18, 1}, message), 9, 13);
}

static void creating(void **state)
{
    struct heap heap;
    struct election_config config;
    struct election *election = NULL;
    size_t allowed = 0;

    (void)state;
    heap_init(&heap);
    config = (struct election_config){.allocator = heap_allocator(&heap)};
    for (;; allowed++) {
        enum election_status status;

        heap.allowed = allowed;
        status = election_create(&config, &election);
        if (status == ELECTION_OK)
            break;
        assert_int_equal(status, ELECTION_NOMEM);
        assert_null(election);
        heap_assert_empty(&heap);
    }
    assert_int_equal(allowed, 2);
    denials += allowed;
    print_message("%zu allocations were denied in all\n", denials);
    election_destroy(election);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applying), cmocka_unit_test(moving),
        cmocka_unit_test(reading),  cmocka_unit_test(closing),
        cmocka_unit_test(watching), cmocka_unit_test(restoring),
        cmocka_unit_test(messages), cmocka_unit_test(creating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
