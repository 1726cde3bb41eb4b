/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "../support/play.h"
#include "../support/spectator.h"

/* What watchers may do, what a restore tells them, and what they cost. */

static void misuse(void **state)
{
    struct election_registry *registry;
    struct stage stage;
    char name[256];

    (void)state;
    memset(name, 'n', sizeof name);
    open_theatre(&stage);
    registry = stage.registry;
    assert_int_equal(election_registry_watch(NULL, "e", 1, ELECTION_SCOPE_TERM,
                                             spectate, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, "e", 1,
                                             ELECTION_SCOPE_TERM, NULL, NULL,
                                             NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, "e", 1,
                                             (enum election_scope)2, spectate,
                                             NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, NULL, 1,
                                             ELECTION_SCOPE_TERM, spectate,
                                             NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, "", 0,
                                             ELECTION_SCOPE_TERM, spectate,
                                             NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, name, 256,
                                             ELECTION_SCOPE_TERM, spectate,
                                             NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_watch(registry, "\xff", 1,
                                             ELECTION_SCOPE_TERM, spectate,
                                             NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_unwatch(NULL, 1), ELECTION_MISUSE);
    assert_int_equal(election_registry_unwatch(registry, 1),
                     ELECTION_NOT_FOUND);
    stage_close(&stage);
}

/* ---- callbacks ---------------------------------------------------------- */

static void unwatching_in_a_callback(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'}, c = {.mark = 'c'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_TERM);
    watch(&stage, &b, NULL, ELECTION_SCOPE_TERM);
    watch(&stage, &c, "e", ELECTION_SCOPE_TERM);
    seen[0] = '\0';
    a.unwatches = b.id; /* a later one: not told of this very entry */
    stage_enter(&stage, 2, 1, "e", "A");
    assert_seen("a:e 1 A +0 ENTER/2 | c:e 1 A +0 ENTER/2 | ");
    a.unwatches = 0;
    c.unwatches = a.id; /* an earlier one: was told already */
    stage_enter(&stage, 2, 2, "e", "B");
    assert_seen("a:e 1 A +1,B ENTER/2 | c:e 1 A +1,B ENTER/2 | ");
    c.unwatches = c.id; /* itself */
    stage_enter(&stage, 2, 3, "f", "F");
    assert_seen("");
    stage_enter(&stage, 2, 4, "e", "C");
    assert_seen("c:e 1 A +2,B,C ENTER/2 | ");
    stage_enter(&stage, 2, 5, "e", "D");
    assert_seen("");
    assert_int_equal(election_registry_unwatch(stage.registry, c.id),
                     ELECTION_NOT_FOUND);
    stage_close(&stage);
}

/** Who watches all and unwatches in its first call is told of no more. */
static void unwatching_between_the_first_calls(void **state)
{
    struct spectator a = {.mark = 'a', .unwatches = 1};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "f", "A");
    watch_all(&stage, &a);
    assert_seen("a:e 1 A +0 INITIAL/0 | ");
    stage_close(&stage);
}

/** And among the events of one entry. */
static void unwatching_between_the_events_of_an_entry(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "f", "A");
    watch_all(&stage, &a);
    watch(&stage, &b, "f", ELECTION_SCOPE_TERM);
    seen[0] = '\0';
    a.unwatches = a.id;
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_seen("a:e 1  +0 CLOSED/2 | b:f 1  +0 CLOSED/2 | ");
    stage_close(&stage);
}

static struct stage *busy_stage;

/** Everything that needs the registry to itself, from inside a callback. */
static void try_everything(void *context, struct election_registry *registry,
                           const uint8_t *event, size_t event_size)
{
    struct election_registry_snapshot *snapshot;
    unsigned *calls = context;
    uint64_t wanted;

    (void)event;
    (void)event_size;
    assert_int_equal(election_registry_apply(registry, 1000, "", 0, NULL),
                     ELECTION_BUSY);
    assert_int_equal(election_registry_watch(registry, "e", 1,
                                             ELECTION_SCOPE_TERM, spectate,
                                             NULL, NULL),
                     ELECTION_BUSY);
    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_BUSY);
    assert_int_equal(election_registry_restore_begin(registry), ELECTION_BUSY);
    assert_int_equal(election_registry_restore(registry, "", 0), ELECTION_BUSY);
    if (*calls == 1) { /* one was begun before the second event */
        assert_int_equal(
            election_registry_restore_write(registry, 0, "", 0, &wanted),
            ELECTION_BUSY);
        assert_int_equal(election_registry_restore_commit(registry),
                         ELECTION_BUSY);
    }
    (void)stage_status(busy_stage); /* reading is allowed */
    ++*calls;
}

static void a_callback_has_no_registry_to_itself(void **state)
{
    struct stage stage;
    unsigned calls = 0;

    (void)state;
    open_theatre(&stage);
    busy_stage = &stage;
    assert_int_equal(election_registry_watch(stage.registry, "e", 1,
                                             ELECTION_SCOPE_TERM,
                                             try_everything, &calls, NULL),
                     ELECTION_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    stage_enter(&stage, 2, 1, "e", "A");
    assert_int_equal(calls, 2);
    /* BUSY is no failed entry. */
    stage_enter(&stage, 2, 2, "e", "B");
    stage_close(&stage);
}

/** Watches in the scope TERM; events are counted. */
static void watch_counting(struct stage *stage, const char *election,
                           unsigned *events)
{
    assert_int_equal(
        election_registry_watch(stage->registry, election,
                                election == NULL ? 0 : 1, ELECTION_SCOPE_TERM,
                                count_registry_event, events, NULL),
        ELECTION_OK);
}

/* ---- restores ----------------------------------------------------------- */

static void restore_draft(struct stage *stage, const struct draft *draft)
{
    static struct draft_bytes bytes;

    draft_write(&bytes, draft);
    assert_int_equal(
        election_registry_restore(stage->registry, bytes.data, bytes.size),
        ELECTION_OK);
}

static void a_restore_tells_what_is_another(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct draft draft = draft_sound();
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, "old", "O");
    stage_enter(&stage, 2, 2, "f", "A");
    stage_enter(&stage, 2, 3, "gone", "G");
    watch_all(&stage, &a);
    watch(&stage, &b, "new", ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    draft.elections[0].name = "new";
    draft.elections[0].name_size = 3;
    restore_draft(&stage, &draft);
    /* First the old ones by their old ids; f has another session. */
    assert_seen("a:old 2  +0 RESTORED/0 | a:f 1 A +0 RESTORED/0 | "
                "a:gone 2  +0 RESTORED/0 | a:new 3 A +2,B,C RESTORED/0 | "
                "b:new 3 A +2 RESTORED/0 | ");
    restore_draft(&stage, &draft);
    assert_seen("");
    /* Who waits: of the scope TERM. The leader's session: of both. */
    draft.elections[0].candidates[1].name = "Z";
    restore_draft(&stage, &draft);
    assert_seen("a:new 3 A +2,Z,C RESTORED/0 | ");
    draft.elections[0].candidates[0].session_id = 6;
    restore_draft(&stage, &draft);
    assert_seen("a:new 3 A +2,Z,C RESTORED/0 | b:new 3 A +2 RESTORED/0 | ");
    /* Whose the others are is no part of the Term. */
    draft.elections[0].candidates[1].session_id = 5;
    restore_draft(&stage, &draft);
    assert_seen("");
    stage_close(&stage);
}

static void a_restore_tells_of_the_leader_alone(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct draft draft = draft_sound();
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "f", ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    restore_draft(&stage, &draft);
    assert_seen("a:f 1 A +0 RESTORED/0 | ");
    draft.elections[1].candidates[0].name = "B";
    restore_draft(&stage, &draft);
    assert_seen("a:f 1 B +0 RESTORED/0 | ");
    stage_close(&stage);
}

/** A snapshot of a short Term, and one that is longer than any event before. */
static struct election_buffer long_term(void)
{
    struct election_buffer snapshot;
    struct stage stage;

    open_theatre(&stage);
    stage_enter(&stage, 3, 1, "d", "A");
    for (unsigned i = 1; i <= 40; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 255));
    snapshot = registry_snapshot_of(stage.registry);
    stage_close(&stage);
    return snapshot;
}

/** The event buffer must have room for what is restored, before the commit. */
static void a_restore_of_longer_terms_than_ever(void **state)
{
    struct election_buffer snapshot = long_term();
    struct stage stage;
    unsigned events = 0;

    (void)state;
    open_theatre(&stage);
    watch_counting(&stage, "e", &events);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(election_registry_restore_write(
                         stage.registry, 0, snapshot.data, snapshot.size, NULL),
                     ELECTION_OK);
    /* Whoever comes after the bytes is told as well. */
    watch_counting(&stage, NULL, &events);
    assert_int_equal(events, 1);
    stage.heap.allowed = 0;
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_OK);
    stage.heap.allowed = HEAP_UNLIMITED;
    assert_int_equal(events, 1 + 1 + 2);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

/** The same if nobody watched while the bytes came. */
static void a_watch_between_the_bytes_and_the_commit(void **state)
{
    struct election_buffer snapshot = long_term();
    struct stage stage;
    unsigned events = 0;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 3, 1, "e", "Z"); /* a Term that is shorter */
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(election_registry_restore_write(
                         stage.registry, 0, snapshot.data, snapshot.size, NULL),
                     ELECTION_OK);
    watch_counting(&stage, "e", &events);
    /* Many events later the buffer is looked at, and must not shrink. */
    for (unsigned i = 1; i <= 600; i++)
        (void)stage_propose(
            &stage, 2, i, "e",
            i % 2 == 1 ? ELECTION_OP_ENTER : ELECTION_OP_WITHDRAW, "A");
    assert_int_equal(events, 601);
    stage.heap.allowed = 0;
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_OK);
    stage.heap.allowed = HEAP_UNLIMITED;
    assert_int_equal(events, 602);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

/**
 * Memory may be out for the event buffer alone, when all bytes have come. A
 * host that looks at *wanted then commits: that needs no memory, and must not
 * write behind the buffer.
 */
static void a_commit_right_after_the_last_denial(void **state)
{
    struct election_buffer snapshot = long_term();
    enum election_status status = ELECTION_NOMEM;

    (void)state;
    for (size_t allowed = 0; status == ELECTION_NOMEM; allowed++) {
        struct stage stage;
        unsigned events = 0;
        uint64_t wanted;

        open_theatre(&stage);
        watch_counting(&stage, "e", &events);
        assert_int_equal(election_registry_restore_begin(stage.registry),
                         ELECTION_OK);
        stage.heap.allowed = allowed;
        status = election_registry_restore_write(
            stage.registry, 0, snapshot.data, snapshot.size, &wanted);
        stage.heap.allowed = HEAP_UNLIMITED;
        if (wanted == snapshot.size) {
            assert_int_equal(election_registry_restore_commit(stage.registry),
                             ELECTION_OK);
            assert_int_equal(events, 2);
        }
        stage_close(&stage);
    }
    assert_int_equal(status, ELECTION_OK);
    election_buffer_free(&snapshot);
}

/* ---- memory ------------------------------------------------------------- */

static void what_nobody_watches_costs_nothing(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct stage stage;
    size_t blocks, size;

    (void)state;
    open_theatre(&stage);
    watch_all(&stage, &a);
    assert_int_equal(election_registry_unwatch(stage.registry, a.id),
                     ELECTION_OK);
    blocks = stage.heap.blocks;
    size = stage.heap.size;
    for (unsigned i = 0; i < 1000; i++) {
        watch(&stage, &a, numbered_name(i, 100), ELECTION_SCOPE_TERM);
        assert_int_equal(election_registry_unwatch(stage.registry, a.id),
                         ELECTION_OK);
        seen[0] = '\0';
    }
    assert_in_range(stage.heap.blocks, blocks, blocks + 1);
    assert_in_range(stage.heap.size, size, size + 200);
    assert_int_equal(a.id, 1001); /* no number is used twice */
    stage_close(&stage);
}

static void many_watchers_come_and_go(void **state)
{
    static struct spectator watchers[500];
    struct stage stage;
    size_t size;

    (void)state;
    open_theatre(&stage);
    watch_all(&stage, &watchers[0]);
    size = stage.heap.size;
    for (unsigned i = 1; i < 500; i++) {
        watch(&stage, &watchers[i], numbered_name(i, 8), ELECTION_SCOPE_LEADER);
        seen[0] = '\0';
    }
    for (unsigned i = 1; i < 500; i++)
        assert_int_equal(
            election_registry_unwatch(stage.registry, watchers[i].id),
            ELECTION_OK);
    assert_in_range(stage.heap.size, size, size + 500);
    stage_close(&stage);
}

/** After a long queue is gone, the buffer of events is given back in time. */
static void the_event_buffer_shrinks(void **state)
{
    struct stage stage;
    unsigned events = 0;
    size_t size;

    (void)state;
    open_theatre(&stage);
    assert_int_equal(
        election_registry_watch(stage.registry, NULL, 0, ELECTION_SCOPE_TERM,
                                count_registry_event, &events, NULL),
        ELECTION_OK);
    size = stage.heap.size;
    for (unsigned i = 1; i <= 500; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 200));
    assert_true(stage.heap.size > size + 200000);
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    for (unsigned i = 1; i <= 300; i++) {
        stage_enter(&stage, 3, 2 * i, "f", "A");
        assert_int_equal(
            stage_propose(&stage, 3, 2 * i + 1, "f", ELECTION_OP_WITHDRAW, "A"),
            ELECTION_OK);
    }
    assert_int_equal(events, 500 + 1 + 600);
    assert_in_range(stage.heap.size, 0, size + 8000);
    stage_close(&stage);
}

static enum election_status watch_something(struct stage *stage,
                                            unsigned *events)
{
    return election_registry_watch(stage->registry, "e", 1, ELECTION_SCOPE_TERM,
                                   count_registry_event, events, NULL);
}

static void out_of_memory(void **state)
{
    struct stage stage;
    unsigned events = 0;
    size_t allowed = 0, blocks;
    enum election_status status;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, "e", "A");
    do {
        blocks = stage.heap.blocks;
        stage.heap.allowed = allowed++;
        status = watch_something(&stage, &events);
        stage.heap.allowed = HEAP_UNLIMITED;
        if (status != ELECTION_OK) {
            assert_int_equal(status, ELECTION_NOMEM);
            assert_int_equal(stage.heap.blocks, blocks);
            assert_int_equal(events, 0);
            stage_enter(&stage, 2, allowed + 1,
                        numbered_name((unsigned)allowed, 8), "A");
        }
    } while (status != ELECTION_OK);
    assert_in_range(allowed, 6, 9);
    assert_int_equal(events, 1);
    stage_close(&stage);
}

/** Who watches already stays, and is told, if there is no memory for others. */
static void no_memory_for_the_second(void **state)
{
    struct stage stage;
    unsigned events = 0, others = 0;
    size_t allowed = 0, blocks;
    enum election_status status;

    (void)state;
    open_theatre(&stage);
    watch_counting(&stage, NULL, &events);
    blocks = stage.heap.blocks;
    do {
        /* A row of groups may stay. */
        assert_in_range(stage.heap.blocks, blocks, blocks + 1);
        stage.heap.allowed = allowed++;
        status = watch_something(&stage, &others);
        stage.heap.allowed = HEAP_UNLIMITED;
    } while (status == ELECTION_NOMEM);
    assert_int_equal(status, ELECTION_OK);
    assert_true(allowed > 1);
    assert_int_equal(others, 1);
    stage_enter(&stage, 2, 1, "e", "A");
    assert_int_equal(events, 1);
    assert_int_equal(others, 2);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse),
        cmocka_unit_test(unwatching_in_a_callback),
        cmocka_unit_test(unwatching_between_the_first_calls),
        cmocka_unit_test(unwatching_between_the_events_of_an_entry),
        cmocka_unit_test(a_callback_has_no_registry_to_itself),
        cmocka_unit_test(a_restore_tells_what_is_another),
        cmocka_unit_test(a_restore_of_longer_terms_than_ever),
        cmocka_unit_test(a_watch_between_the_bytes_and_the_commit),
        cmocka_unit_test(what_nobody_watches_costs_nothing),
        cmocka_unit_test(many_watchers_come_and_go),
        cmocka_unit_test(the_event_buffer_shrinks),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(a_commit_right_after_the_last_denial),
        cmocka_unit_test(a_restore_tells_of_the_leader_alone),
        cmocka_unit_test(no_memory_for_the_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
