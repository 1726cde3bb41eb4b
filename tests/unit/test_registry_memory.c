/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/* Memory is in proportion to what there is, not to what there was. */

enum { MANY = 3000 };

/** Fills a registry: each session leads one election. */
static void fill(struct stage *stage, uint64_t timeout_ms)
{
    uint64_t ids[MANY];

    for (unsigned i = 0; i < MANY; i++)
        ids[i] = stage_session(stage, numbered_name(i, 8), timeout_ms);
    for (unsigned i = 0; i < MANY; i++)
        stage_enter(stage, ids[i], 1, numbered_name(i, 8), "A");
}

/** All ends by one entry, or one by one. */
static void end_by_expiry(struct stage *stage)
{
    stage_wait(stage, 2001);
}

static void end_by_recovery(struct stage *stage)
{
    struct election_registry_command recover = {
        .kind = ELECTION_REGISTRY_RECOVER,
    };

    assert_int_equal(stage_apply(stage, &recover), ELECTION_OK);
}

static void end_by_closing(struct stage *stage)
{
    for (uint64_t id = 2; id < 2 + MANY; id++)
        assert_int_equal(stage_close_session(stage, id), ELECTION_OK);
}

static void what_ends_is_given_back(void **state)
{
    static void (*const ends[])(struct stage *) = {
        end_by_expiry, end_by_recovery, end_by_closing};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct stage stage;
        size_t before;

        stage_open(&stage);
        before = stage.heap.size;
        fill(&stage, 2000);
        assert_true(stage.heap.size > before + 300 * MANY);
        ends[i](&stage);
        assert_int_equal(stage_status(&stage).session_count, 0);
        assert_int_equal(stage_status(&stage).election_count, 0);
        /* What is kept for the next to come: a place, a candidacy, rows. */
        assert_in_range(stage.heap.size, 0, before + 3000);
        stage_close(&stage);
    }
}

/** Elections come and go while the sessions stay. */
static void elections_are_given_back(void **state)
{
    struct stage stage;
    size_t before;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    before = stage.heap.size;
    for (unsigned i = 0; i < MANY; i++)
        stage_enter(&stage, 2, i + 1, numbered_name(i, 8), "A");
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(stage_propose(&stage, 2, MANY + i + 1,
                                       numbered_name(i, 8),
                                       ELECTION_OP_WITHDRAW, "A"),
                         ELECTION_OK);
    assert_in_range(stage.heap.size, 0, before + 3000);
    stage_close(&stage);
}

/** Timeouts come and go: a queue is no more than its sessions. */
static void queues_are_given_back(void **state)
{
    struct stage stage;
    size_t before;

    (void)state;
    stage_open(&stage);
    before = stage.heap.size;
    for (unsigned i = 10; i < 100; i++)
        stage_session(&stage, numbered_name(i, 8), i * 1000);
    for (unsigned i = 10; i < 100; i++)
        assert_int_equal(stage_close_session(&stage, i - 8), ELECTION_OK);
    assert_in_range(stage.heap.size, 0, before + 1500);
    stage_close(&stage);
}

/** The queue of a session that is replaced goes with it. */
static void queues_of_replaced_sessions_are_given_back(void **state)
{
    struct election_registry_command open = open_of("a", 1000);
    struct stage stage;
    size_t before;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 1000);
    before = stage.heap.size;
    for (unsigned i = 11; i < 100; i++) {
        open.timeout_ms = i * 1000;
        open.incarnation++;
        assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    }
    assert_int_equal(stage.heap.size, before);
    stage_close(&stage);
}

/** Who stays alone in a long queue keeps no more than itself. */
static void elections_give_back_what_sessions_leave(void **state)
{
    struct stage stage;
    size_t before;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    stage_session(&stage, "b", 86000000);
    stage_enter(&stage, 2, 1, "e", "A");
    before = stage.heap.size;
    for (unsigned i = 1; i <= MANY; i++)
        stage_enter(&stage, 3, i, "e", numbered_name(i, 100));
    assert_true(stage.heap.size > before + 100 * MANY);
    assert_int_equal(stage_close_session(&stage, 3), ELECTION_OK);
    assert_in_range(stage.heap.size, 0, before + 9000);
    stage_close(&stage);
}

/* ---- the event buffer --------------------------------------------------- */

/**
 * A long queue in the election "e", of the session 2; "c", 3, is first, and
 * alone in "g"; and the event buffer has shrunk since, as only a short one was
 * told of. "d" ends before "c" does.
 */
static void open_shrunk(struct stage *stage, unsigned *events)
{
    uint64_t b;

    stage_open(stage);
    stage_session(stage, "a", 86000000);
    stage_session(stage, "c", 60000);
    b = stage_session(stage, "b", 86000000);
    stage_session(stage, "d", 60000);
    assert_int_equal(
        election_registry_watch(stage->registry, NULL, 0, ELECTION_SCOPE_TERM,
                                count_registry_event, events, NULL),
        ELECTION_OK);
    stage_enter(stage, 3, 1, "g", "C");
    stage_enter(stage, 3, 2, "e", "C");
    for (unsigned i = 1; i <= 200; i++)
        stage_enter(stage, 2, i, "e", numbered_name(i, 200));
    for (unsigned i = 1; i <= 300; i++) {
        stage_enter(stage, b, 2 * i, "f", "A");
        assert_int_equal(
            stage_propose(stage, b, 2 * i + 1, "f", ELECTION_OP_WITHDRAW, "A"),
            ELECTION_OK);
    }
    *events = 0;
}

static void close_c(struct stage *stage)
{
    assert_int_equal(stage_close_session(stage, 3), ELECTION_OK);
}

static void expire_c(struct stage *stage)
{
    stage_wait(stage, 60001);
}

static void replace_c(struct stage *stage)
{
    struct election_registry_command open = open_of("c", 60000);

    open.incarnation = 2;
    assert_int_equal(stage_apply(stage, &open), ELECTION_OK);
}

static void withdraw_c(struct stage *stage)
{
    assert_int_equal(stage_propose(stage, 3, 3, "e", ELECTION_OP_WITHDRAW, "C"),
                     ELECTION_OK);
}

static void a_long_event_after_many_short_ones(void **state)
{
    static void (*const changes[])(struct stage *) = {close_c, expire_c,
                                                      replace_c, withdraw_c};

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct stage stage;
        unsigned events;
        size_t size;

        open_shrunk(&stage, &events);
        size = stage.heap.size;
        changes[i](&stage);
        assert_int_equal(events, changes[i] == withdraw_c ? 1 : 2);
        assert_true(stage.heap.size > size + 20000);
        stage_close(&stage);
    }
}

/** Who watches one election needs as much room for its events. */
static void long_events_of_one_election(void **state)
{
    struct stage stage;
    unsigned events = 0;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    assert_int_equal(
        election_registry_watch(stage.registry, "e", 1, ELECTION_SCOPE_TERM,
                                count_registry_event, &events, NULL),
        ELECTION_OK);
    for (unsigned i = 1; i <= 200; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 200));
    assert_int_equal(events, 1 + 200);
    stage_close(&stage);
}

static void the_last_watcher_takes_the_buffer_along(void **state)
{
    struct stage stage;
    unsigned events = 0;
    uint64_t watch_id;
    size_t before;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 200; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 200));
    before = stage.heap.size;
    assert_int_equal(
        election_registry_watch(stage.registry, NULL, 0, ELECTION_SCOPE_TERM,
                                count_registry_event, &events, &watch_id),
        ELECTION_OK);
    assert_true(stage.heap.size > before + 40000);
    assert_int_equal(election_registry_unwatch(stage.registry, watch_id),
                     ELECTION_OK);
    assert_in_range(stage.heap.size, before, before + 4000);
    stage_close(&stage);
}

/** Long events take no memory if nobody is told of them. */
static void events_that_nobody_wants_take_no_room(void **state)
{
    struct stage stage;
    unsigned events = 0;
    size_t before;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 200; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 200));
    assert_int_equal(
        election_registry_watch(stage.registry, "f", 1, ELECTION_SCOPE_TERM,
                                count_registry_event, &events, NULL),
        ELECTION_OK);
    before = stage.heap.size;
    stage_enter(&stage, 2, 201, "e", numbered_name(201, 200));
    assert_in_range(stage.heap.size, before, before + 8000);
    assert_int_equal(events, 1);
    stage_close(&stage);
}

/** Proposes without memory at first, so that nothing can be made smaller. */
static void propose_denied(struct stage *stage, uint64_t sequence,
                           enum election_op op)
{
    struct election_registry_command propose =
        propose_of(3, sequence, "f", op, "A");
    enum election_status status;

    stage_encode(stage, &propose);
    stage->heap.allowed = 0;
    status = stage_apply_at(stage, stage->index + 1);
    stage->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_NOMEM)
        status = stage_apply_at(stage, stage->index + 1);
    assert_int_equal(status, ELECTION_OK);
}

/** The event buffer stays large if there is no memory for a smaller one. */
static void a_smaller_buffer_may_be_denied(void **state)
{
    struct stage stage;
    unsigned events = 0;
    uint64_t sequence = 0;
    size_t size;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    stage_session(&stage, "b", 86000000);
    assert_int_equal(
        election_registry_watch(stage.registry, NULL, 0, ELECTION_SCOPE_TERM,
                                count_registry_event, &events, NULL),
        ELECTION_OK);
    size = stage.heap.size;
    for (unsigned i = 1; i <= 512; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 200));
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    for (unsigned i = 0; i < 300; i++) {
        propose_denied(&stage, ++sequence, ELECTION_OP_ENTER);
        propose_denied(&stage, ++sequence, ELECTION_OP_WITHDRAW);
    }
    assert_true(stage.heap.size > size + 100000);
    for (unsigned i = 0; i < 300; i++) {
        stage_enter(&stage, 3, ++sequence, "f", "A");
        assert_int_equal(stage_propose(&stage, 3, ++sequence, "f",
                                       ELECTION_OP_WITHDRAW, "A"),
                         ELECTION_OK);
    }
    assert_in_range(stage.heap.size, 0, size + 8000);
    stage_close(&stage);
}

/* ---- the Result --------------------------------------------------------- */

/** Takes over a buffer that has room for little more than a status. */
static void use_small_buffer(struct stage *stage)
{
    enum { SMALL = 16 };
    struct election_allocator allocator = heap_allocator(&stage->heap);

    election_buffer_free(&stage->output);
    stage->output = (struct election_buffer){
        .data = allocator.alloc(allocator.context, SMALL),
        .capacity = SMALL,
        .allocator = allocator,
    };
    assert_non_null(stage->output.data);
}

static void a_small_buffer_grows_for_the_result(void **state)
{
    struct election_registry_command open = open_of("a", 86000000);
    struct election_registry_command keep = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
    };
    uint64_t ids[40];
    struct stage stage;
    uint64_t id;

    (void)state;
    stage_open(&stage);
    stage.index = UINT64_MAX - 99;
    open.incarnation = UINT64_MAX;
    use_small_buffer(&stage);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_true(stage.result.incarnation == UINT64_MAX);
    id = stage.result.session_id;
    assert_true(id == UINT64_MAX - 98);

    for (size_t i = 0; i < 40; i++)
        ids[i] = UINT64_MAX - i;
    keep.session_ids = ids;
    keep.session_count = 40;
    use_small_buffer(&stage);
    assert_int_equal(stage_apply(&stage, &keep), ELECTION_NO_SESSION);
    assert_int_equal(stage.result.lost_count, 40);

    use_small_buffer(&stage);
    stage_enter(&stage, id, 1, numbered_name(1, 255), numbered_name(2, 255));
    assert_int_equal(stage.result.leadership.leader_size, 255);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_is_given_back),
        cmocka_unit_test(elections_are_given_back),
        cmocka_unit_test(queues_are_given_back),
        cmocka_unit_test(queues_of_replaced_sessions_are_given_back),
        cmocka_unit_test(elections_give_back_what_sessions_leave),
        cmocka_unit_test(a_long_event_after_many_short_ones),
        cmocka_unit_test(long_events_of_one_election),
        cmocka_unit_test(the_last_watcher_takes_the_buffer_along),
        cmocka_unit_test(events_that_nobody_wants_take_no_room),
        cmocka_unit_test(a_small_buffer_grows_for_the_result),
        cmocka_unit_test(a_smaller_buffer_may_be_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
