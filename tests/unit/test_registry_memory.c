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

/* ---- the event buffer --------------------------------------------------- */

/**
 * A long queue in the election "e", of the session 2; "c", 3, is first; and the
 * event buffer has shrunk since, as only a short one was told of.
 */
static void open_shrunk(struct stage *stage, unsigned *events)
{
    uint64_t b;

    stage_open(stage);
    stage_session(stage, "a", 86000000);
    stage_session(stage, "c", 60000);
    b = stage_session(stage, "b", 86000000);
    assert_int_equal(
        election_registry_watch(stage->registry, NULL, 0, ELECTION_SCOPE_TERM,
                                count_registry_event, events, NULL),
        ELECTION_OK);
    stage_enter(stage, 3, 1, "e", "C");
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
    assert_int_equal(stage_propose(stage, 3, 2, "e", ELECTION_OP_WITHDRAW, "C"),
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
        assert_int_equal(events, 1);
        assert_true(stage.heap.size > size + 20000);
        stage_close(&stage);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_is_given_back),
        cmocka_unit_test(elections_are_given_back),
        cmocka_unit_test(queues_are_given_back),
        cmocka_unit_test(a_long_event_after_many_short_ones),
        cmocka_unit_test(the_last_watcher_takes_the_buffer_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
