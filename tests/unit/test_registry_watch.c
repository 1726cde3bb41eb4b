/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "../support/play.h"
#include "../support/spectator.h"

/* What watchers are told, when, and in which order. */

/* ---- registration ------------------------------------------------------- */

static void a_watch_starts_with_what_there_is(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct spectator c = {.mark = 'c'}, d = {.mark = 'd'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch_all(&stage, &a);
    assert_seen("");
    stage_enter(&stage, 2, 1, "f", "A");
    stage_enter(&stage, 3, 1, "f", "B");
    stage_enter(&stage, 2, 2, "e", "C");
    seen[0] = '\0';
    watch_all(&stage, &b);
    assert_seen("b:f 1 A +1,B INITIAL/0 | b:e 1 C +0 INITIAL/0 | ");
    watch(&stage, &c, "f", ELECTION_SCOPE_LEADER);
    assert_seen("c:f 1 A +1 INITIAL/0 | ");
    watch(&stage, &d, "none", ELECTION_SCOPE_TERM);
    assert_seen("d:none 0  +0 INITIAL/0 | ");
    assert_int_equal(d.id, 4);
    stage_close(&stage);
}

static void an_election_that_is_not_there_yet(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_TERM);
    assert_seen("a:e 0  +0 INITIAL/0 | ");
    stage_enter(&stage, 2, 1, "ee", "A");
    stage_enter(&stage, 2, 2, "e", "A");
    assert_seen("a:e 1 A +0 ENTER/2 | ");
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_seen("a:e 1  +0 CLOSED/2 | ");
    stage_enter(&stage, 3, 1, "e", "B");
    assert_seen("a:e 2 B +0 ENTER/3 | ");
    stage_close(&stage);
}

/* ---- causes and scopes -------------------------------------------------- */

static void each_command_is_a_cause(void **state)
{
    static const struct {
        enum election_op op;
        const char *name;
        const char *seen;
    } cases[] = {
        {ELECTION_OP_ENTER, "A", "a:e 1 A +0 ENTER/2 | "},
        {ELECTION_OP_ENTER, "B", "a:e 1 A +1,B ENTER/2 | "},
        {ELECTION_OP_ENTER, "C", "a:e 1 A +2,B,C ENTER/2 | "},
        {ELECTION_OP_PROMOTE, "C", "a:e 1 A +2,C,B PROMOTE/2 | "},
        {ELECTION_OP_DEMOTE, "C", "a:e 1 A +2,B,C DEMOTE/2 | "},
        {ELECTION_OP_DEMOTE, "C", ""},
        {ELECTION_OP_GET_TERM, "", ""},
        {ELECTION_OP_WATCH, "", ""},
        {ELECTION_OP_ANOINT, "C", "a:e 2 C +2,A,B ANOINT/2 | "},
        {ELECTION_OP_EVICT, "A", "a:e 2 C +1,B EVICT/2 | "},
        {ELECTION_OP_EVICT, "A", ""},
        {ELECTION_OP_WITHDRAW, "C", "a:e 3 B +0 WITHDRAW/2 | "},
        {ELECTION_OP_WITHDRAW, "B", "a:e 3  +0 WITHDRAW/2 | "},
        {ELECTION_OP_WITHDRAW, "B", ""},
    };
    struct spectator a = {.mark = 'a'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch_all(&stage, &a);
    for (uint64_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)stage_propose(&stage, 2, i + 1, "e", cases[i].op, cases[i].name);
        assert_seen(cases[i].seen);
        (void)stage_propose(&stage, 2, i + 1, "e", cases[i].op, cases[i].name);
        assert_seen(""); /* a repeat is no change */
    }
    stage_close(&stage);
}

static void the_scope_leader(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_LEADER);
    stage_enter(&stage, 2, 1, "e", "A");
    assert_seen("a:e 0  +0 INITIAL/0 | a:e 1 A +0 ENTER/2 | ");
    stage_enter(&stage, 3, 1, "e", "B");
    stage_enter(&stage, 3, 2, "e", "C");
    (void)stage_propose(&stage, 2, 2, "e", ELECTION_OP_PROMOTE, "C");
    (void)stage_propose(&stage, 2, 3, "e", ELECTION_OP_EVICT, "C");
    assert_seen("");
    (void)stage_propose(&stage, 2, 4, "e", ELECTION_OP_EVICT, "A");
    assert_seen("a:e 2 B +0 EVICT/2 | ");
    (void)stage_propose(&stage, 3, 3, "e", ELECTION_OP_WITHDRAW, "B");
    assert_seen("a:e 2  +0 WITHDRAW/3 | ");
    stage_close(&stage);
}

static void sessions_that_end_are_a_cause(void **state)
{
    struct election_registry_command open = open_of("a", 86000000);
    struct election_registry_command recover = {
        .kind = ELECTION_REGISTRY_RECOVER,
        .lost_entries = 5,
    };
    struct spectator a = {.mark = 'a'};
    struct stage stage;
    uint64_t c;

    (void)state;
    open_theatre(&stage);
    c = stage_session(&stage, "c", 1000);
    stage_enter(&stage, c, 1, "e", "C");
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 3, 1, "e", "B");
    stage_enter(&stage, 2, 2, "f", "A");
    watch_all(&stage, &a);
    seen[0] = '\0';
    stage_wait(&stage, 1001);
    assert_seen("a:e 2 A +1,B EXPIRED/0 | ");
    open.incarnation = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_seen("a:e 3 B +0 REPLACED/2 | a:f 1  +0 REPLACED/2 | ");
    stage_enter(&stage, stage.result.session_id, 1, "f", "F");
    seen[0] = '\0';
    assert_int_equal(stage_apply(&stage, &recover), ELECTION_OK);
    assert_seen("a:e 13  +0 RECOVERED/0 | a:f 13  +0 RECOVERED/0 | ");
    stage_close(&stage);
}

/** The leader's data is no change; but an event has it. */
static void data_of_the_leader(void **state)
{
    struct election_registry_command open = open_of("a", 86000000);
    struct spectator a = {.mark = 'a'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch_all(&stage, &a);
    stage_enter(&stage, 2, 1, "e", "A");
    seen[0] = '\0';
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_seen("");
    stage_close(&stage);
}

/** Expiry and the command of one entry: each scope has its own last cause. */
static void the_cause_of_the_last_change(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;
    uint64_t c;

    (void)state;
    open_theatre(&stage);
    c = stage_session(&stage, "c", 1000);
    stage_enter(&stage, c, 1, "e", "C");
    stage_enter(&stage, 2, 1, "e", "A");
    watch(&stage, &a, "e", ELECTION_SCOPE_TERM);
    watch(&stage, &b, NULL, ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    stage.time_ms += 1001;
    stage_enter(&stage, 3, 1, "e", "B");
    assert_seen("a:e 2 A +1,B ENTER/3 | b:e 2 A +1 EXPIRED/0 | ");
    stage_close(&stage);
}

/** What only expired keeps that cause, whatever the command ends elsewhere. */
static void expired_here_and_closed_there(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;
    uint64_t c;

    (void)state;
    open_theatre(&stage);
    c = stage_session(&stage, "c", 1000);
    stage_enter(&stage, c, 1, "e", "C");
    stage_enter(&stage, 3, 1, "e", "B");
    stage_enter(&stage, 2, 1, "f", "A");
    stage_enter(&stage, c, 2, "f", "C");
    watch_all(&stage, &a);
    watch(&stage, &b, NULL, ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    stage.time_ms += 1001;
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_seen("a:e 2 B +0 EXPIRED/0 | b:e 2 B +0 EXPIRED/0 | "
                "a:f 1  +0 CLOSED/2 | b:f 1  +0 CLOSED/2 | ");
    stage_close(&stage);
}

/* ---- order -------------------------------------------------------------- */

static void elections_are_told_of_in_order_of_ids(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, "z", "A");
    stage_enter(&stage, 2, 2, "y", "A");
    stage_enter(&stage, 2, 3, "x", "A");
    stage_enter(&stage, 3, 1, "y", "B");
    watch_all(&stage, &a);
    seen[0] = '\0';
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_seen("a:z 1  +0 CLOSED/2 | a:y 2 B +0 CLOSED/2 | "
                "a:x 1  +0 CLOSED/2 | ");
    stage_close(&stage);
}

/** One event, in the place of the old id, though the new one is higher. */
static void dropped_and_made_again(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;
    uint64_t c;

    (void)state;
    open_theatre(&stage);
    c = stage_session(&stage, "c", 1000);
    stage_enter(&stage, c, 1, "z", "C");
    stage_enter(&stage, c, 2, "y", "C");
    stage_enter(&stage, c, 3, "x", "C");
    watch_all(&stage, &a);
    watch(&stage, &b, "y", ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    stage.time_ms += 1001;
    stage_enter(&stage, 2, 1, "y", "C");
    assert_seen("a:z 1  +0 EXPIRED/0 | a:y 2 C +0 ENTER/2 | "
                "b:y 2 C +0 ENTER/2 | a:x 1  +0 EXPIRED/0 | ");
    stage_close(&stage);
}

/** An election that is founded among others that expire comes last. */
static void a_new_one_has_the_highest_id(void **state)
{
    struct spectator a = {.mark = 'a'};
    struct stage stage;
    uint64_t c;

    (void)state;
    open_theatre(&stage);
    c = stage_session(&stage, "c", 1000);
    stage_enter(&stage, c, 1, "z", "C");
    watch_all(&stage, &a);
    seen[0] = '\0';
    stage.time_ms += 1001;
    stage_enter(&stage, 2, 1, "a", "A");
    assert_seen("a:z 1  +0 EXPIRED/0 | a:a 2 A +0 ENTER/2 | ");
    stage_close(&stage);
}

static void watchers_run_in_order_of_registration(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'}, c = {.mark = 'c'};
    struct spectator d = {.mark = 'd'}, e = {.mark = 'e'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_TERM);
    watch(&stage, &b, NULL, ELECTION_SCOPE_LEADER);
    watch(&stage, &c, "e", ELECTION_SCOPE_LEADER);
    watch(&stage, &d, NULL, ELECTION_SCOPE_TERM);
    watch(&stage, &e, "e", ELECTION_SCOPE_TERM);
    seen[0] = '\0';
    stage_enter(&stage, 2, 1, "e", "A");
    assert_seen("a:e 1 A +0 ENTER/2 | b:e 1 A +0 ENTER/2 | "
                "c:e 1 A +0 ENTER/2 | d:e 1 A +0 ENTER/2 | "
                "e:e 1 A +0 ENTER/2 | ");
    stage_enter(&stage, 2, 2, "e", "B");
    assert_seen("a:e 1 A +1,B ENTER/2 | d:e 1 A +1,B ENTER/2 | "
                "e:e 1 A +1,B ENTER/2 | ");
    assert_int_equal(election_registry_unwatch(stage.registry, c.id),
                     ELECTION_OK);
    assert_int_equal(election_registry_unwatch(stage.registry, d.id),
                     ELECTION_OK);
    assert_int_equal(election_registry_unwatch(stage.registry, a.id),
                     ELECTION_OK);
    assert_int_equal(election_registry_unwatch(stage.registry, a.id),
                     ELECTION_NOT_FOUND);
    (void)stage_propose(&stage, 2, 3, "e", ELECTION_OP_EVICT, "A");
    assert_seen("b:e 2 B +0 EVICT/2 | e:e 2 B +0 EVICT/2 | ");
    stage_close(&stage);
}

/** Who comes after the last one has gone stands in its place. */
static void the_last_goes_and_another_comes(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'}, c = {.mark = 'c'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_TERM);
    watch(&stage, &b, "e", ELECTION_SCOPE_TERM);
    assert_int_equal(election_registry_unwatch(stage.registry, b.id),
                     ELECTION_OK);
    watch(&stage, &c, "e", ELECTION_SCOPE_TERM);
    seen[0] = '\0';
    stage_enter(&stage, 2, 1, "e", "A");
    assert_seen("a:e 1 A +0 ENTER/2 | c:e 1 A +0 ENTER/2 | ");
    stage_close(&stage);
}

/** Two watchers go while one entry is told of: both are given back. */
static void two_go_in_one_entry(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'}, c = {.mark = 'c'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &c, "e", ELECTION_SCOPE_LEADER);
    stage_enter(&stage, 2, 1, "e", "A");
    watch(&stage, &a, "e", ELECTION_SCOPE_LEADER);
    watch(&stage, &b, "e", ELECTION_SCOPE_LEADER);
    a.unwatches = a.id;
    b.unwatches = b.id;
    seen[0] = '\0';
    assert_int_equal(stage_propose(&stage, 3, 1, "e", ELECTION_OP_EVICT, "A"),
                     ELECTION_OK);
    assert_seen("c:e 1  +0 EVICT/3 | a:e 1  +0 EVICT/3 | "
                "b:e 1  +0 EVICT/3 | ");
    stage_close(&stage);
}

/** The scope TERM of one election costs another one nothing. */
static void scopes_of_different_elections(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, "e", ELECTION_SCOPE_LEADER);
    watch(&stage, &b, "f", ELECTION_SCOPE_TERM);
    seen[0] = '\0';
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "e", numbered_name(1, 200));
    stage_enter(&stage, 2, 3, "e", "C");
    assert_seen("a:e 1 A +0 ENTER/2 | ");
    stage_enter(&stage, 2, 4, "f", "A");
    assert_seen("b:f 1 A +0 ENTER/2 | ");
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_starts_with_what_there_is),
        cmocka_unit_test(an_election_that_is_not_there_yet),
        cmocka_unit_test(each_command_is_a_cause),
        cmocka_unit_test(the_scope_leader),
        cmocka_unit_test(sessions_that_end_are_a_cause),
        cmocka_unit_test(data_of_the_leader),
        cmocka_unit_test(the_cause_of_the_last_change),
        cmocka_unit_test(expired_here_and_closed_there),
        cmocka_unit_test(elections_are_told_of_in_order_of_ids),
        cmocka_unit_test(dropped_and_made_again),
        cmocka_unit_test(a_new_one_has_the_highest_id),
        cmocka_unit_test(watchers_run_in_order_of_registration),
        cmocka_unit_test(the_last_goes_and_another_comes),
        cmocka_unit_test(two_go_in_one_entry),
        cmocka_unit_test(scopes_of_different_elections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
