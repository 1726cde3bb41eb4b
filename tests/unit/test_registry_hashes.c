/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "../support/play.h"
#include "../support/spectator.h"
#include "base/hash.h"

/*
 * Two names of one hash are still two: elections, clients, and what is watched.
 */

#define ONE "260348"
#define OTHER "388428"

static void they_have_one_hash(void **state)
{
    (void)state;
    /* The seed is the stage's. */
    assert_int_equal(election__hash(1, ONE, 6), election__hash(1, OTHER, 6));
}

static void elections_are_kept_apart(void **state)
{
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    stage_enter(&stage, 2, 1, ONE, "A");
    assert_election(&stage, OTHER, "0 - []");
    stage_enter(&stage, 3, 1, OTHER, "B");
    assert_int_equal(stage_status(&stage).election_count, 2);
    assert_election(&stage, ONE, "1 A/2 []");
    assert_election(&stage, OTHER, "1 B/3 []");
    assert_int_equal(stage_close_session(&stage, 3), ELECTION_OK);
    assert_election(&stage, ONE, "1 A/2 []");
    assert_election(&stage, OTHER, "1 - []");
    stage_close(&stage);
}

static void clients_are_kept_apart(void **state)
{
    struct election_registry_command open = open_of(ONE, 1000);
    struct stage stage;
    uint64_t other;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, ONE, 1000);
    other = stage_session(&stage, OTHER, 1000);
    assert_int_equal(stage_status(&stage).session_count, 2);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    assert_int_equal(stage.result.session_id, 2);
    assert_int_equal(stage_close_session(&stage, other), ELECTION_OK);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    assert_int_equal(stage.result.session_id, 2);
    stage_close(&stage);
}

static void watchers_are_kept_apart(void **state)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;

    (void)state;
    open_theatre(&stage);
    watch(&stage, &a, ONE, ELECTION_SCOPE_LEADER);
    watch(&stage, &b, OTHER, ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    stage_enter(&stage, 2, 1, OTHER, "A");
    assert_seen("b:" OTHER " 1 A +0 ENTER/2 | ");
    stage_enter(&stage, 2, 2, ONE, "A");
    assert_seen("a:" ONE " 1 A +0 ENTER/2 | ");
    assert_int_equal(election_registry_unwatch(stage.registry, b.id),
                     ELECTION_OK);
    stage_enter(&stage, 3, 1, ONE, "B");
    assert_seen("");
    assert_int_equal(
        stage_propose(&stage, 2, 3, ONE, ELECTION_OP_WITHDRAW, "A"),
        ELECTION_OK);
    assert_seen("a:" ONE " 2 B +0 WITHDRAW/2 | ");
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_have_one_hash),
        cmocka_unit_test(elections_are_kept_apart),
        cmocka_unit_test(clients_are_kept_apart),
        cmocka_unit_test(watchers_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
