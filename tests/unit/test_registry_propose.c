/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/*
 * Proposals, row by row of the command table of REGISTRY.md: what happens once,
 * what a repeat is answered, guards, and elections that come and go.
 */

#define HIGH (UINT64_C(1) << 40)

struct scene {
    struct stage stage;
    uint64_t a; /* sessions */
    uint64_t b;
};

static void open_scene(struct scene *scene)
{
    stage_open(&scene->stage);
    scene->a = stage_session(&scene->stage, "a", 86000000);
    scene->b = stage_session(&scene->stage, "b", 86000000);
}

/** Fails the test unless the last Result is a ProposeResult of these. */
static void assert_proposed(const struct stage *stage, bool is_repeated,
                            const char *leadership)
{
    const struct election_registry_result *result = &stage->result;

    assert_int_equal(result->kind, ELECTION_REGISTRY_RESULT_PROPOSE);
    assert_int_equal(result->is_repeated, is_repeated);
    assert_int_equal(result->has_leadership, leadership != NULL);
    if (leadership != NULL)
        assert_leadership(&result->leadership, leadership);
    assert_null(result->leadership.leader_data);
    assert_null(result->output);
}

static enum election_status enter(struct scene *scene, uint64_t session_id,
                                  uint64_t sequence, const char *name)
{
    return stage_propose(&scene->stage, session_id, sequence, "e",
                         ELECTION_OP_ENTER, name);
}

/* ---- who may propose, and what is remembered ---------------------------- */

static void unknown_sessions_and_no_sequence(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, 0, 1, "A"), ELECTION_NO_SESSION);
    assert_bare(&scene.stage);
    assert_int_equal(enter(&scene, scene.a + (UINT64_C(1) << 32), 1, "A"),
                     ELECTION_NO_SESSION);
    assert_int_equal(enter(&scene, scene.a, 0, "A"), ELECTION_INVALID);
    assert_bare(&scene.stage);
    assert_int_equal(enter(&scene, scene.a, 0, "A"), ELECTION_INVALID);
    assert_bare(&scene.stage); /* not remembered */
    assert_int_equal(stage_status(&scene.stage).election_count, 0);
    stage_close(&scene.stage);
}

static void a_proposal_happens_once(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, 5, "A"), ELECTION_OK);
    assert_proposed(&scene.stage, false, "1 A/2 +0");
    assert_int_equal(enter(&scene, scene.b, 1, "B"), ELECTION_OK);
    assert_proposed(&scene.stage, false, "1 A/2 +1");
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 6, "e", ELECTION_OP_WITHDRAW, "A"),
        ELECTION_OK);
    assert_proposed(&scene.stage, false, "2 B/3 +0");
    /* The status of then, the Leadership of now. */
    assert_int_equal(enter(&scene, scene.a, 5, "A"), ELECTION_OK);
    assert_proposed(&scene.stage, true, "2 B/3 +0");
    assert_election(&scene.stage, "e", "2 B/3 []");
    /* That of the election that the repeat names. */
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 5, "f", ELECTION_OP_ENTER, "A"),
        ELECTION_OK);
    assert_proposed(&scene.stage, true, "0 - +0");
    stage_close(&scene.stage);
}

/** Every status that can be first is the status of the repeat. */
static void first_statuses(void **state)
{
    static const struct {
        enum election_op op;
        const char *name;
        enum election_status status;
    } cases[] = {
        {ELECTION_OP_ENTER, "A", ELECTION_OK},
        {ELECTION_OP_ENTER, "A", ELECTION_UNCHANGED},
        {ELECTION_OP_ANOINT, "Z", ELECTION_NOT_FOUND},
        {ELECTION_OP_WITHDRAW, "B", ELECTION_NOT_OWNER},
        {ELECTION_OP_ENTER, "B", ELECTION_CONFLICT},
        {ELECTION_OP_ENTER, "", ELECTION_INVALID},
        {(enum election_op)0, "", ELECTION_UNSUPPORTED},
        {ELECTION_OP_WITHDRAW, "Z", ELECTION_UNCHANGED},
    };
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.b, 1, "B"), ELECTION_OK);
    for (uint64_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        uint64_t n = i % (sizeof cases / sizeof cases[0]);
        bool is_repeated = i != n;
        bool is_bare = cases[n].status == ELECTION_INVALID ||
                       cases[n].status == ELECTION_UNSUPPORTED;

        assert_int_equal(stage_propose(&scene.stage, scene.a, HIGH + n, "e",
                                       cases[n].op, cases[n].name),
                         cases[n].status);
        if (is_bare && !is_repeated)
            assert_bare(&scene.stage);
        else
            assert_proposed(&scene.stage, is_repeated,
                            is_bare ? NULL : "1 B/3 +1");
    }
    stage_close(&scene.stage);
}

static void the_window(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, HIGH, "A"), ELECTION_OK);
    assert_int_equal(enter(&scene, scene.a, HIGH - 64, "C"), ELECTION_STALE);
    assert_bare(&scene.stage);
    assert_int_equal(enter(&scene, scene.a, 1, "C"), ELECTION_STALE);
    assert_int_equal(enter(&scene, scene.a, HIGH - 63, "D"), ELECTION_OK);
    assert_election(&scene.stage, "e", "1 A/2 [D]");
    assert_int_equal(enter(&scene, scene.a, HIGH + 1, "A"), ELECTION_UNCHANGED);
    assert_int_equal(enter(&scene, scene.a, HIGH - 63, "D"), ELECTION_STALE);
    assert_int_equal(enter(&scene, scene.a, HIGH, "A"), ELECTION_OK);
    assert_proposed(&scene.stage, true, "1 A/2 +1");
    assert_int_equal(enter(&scene, scene.a, UINT64_MAX, "A"),
                     ELECTION_UNCHANGED);
    /* Each session has its own. */
    assert_int_equal(enter(&scene, scene.b, 1, "B"), ELECTION_OK);
    stage_close(&scene.stage);
}

/* ---- names of elections ------------------------------------------------- */

static enum election_status enter_named(struct scene *scene, uint64_t sequence,
                                        const char *election, size_t size)
{
    struct election_registry_command propose =
        propose_of(scene->a, sequence, "", ELECTION_OP_ENTER, "A");

    propose.election = election;
    propose.election_size = size;
    return stage_apply(&scene->stage, &propose);
}

static void names_of_elections(void **state)
{
    struct scene scene;
    char name[256];

    (void)state;
    memset(name, 'n', sizeof name);
    open_scene(&scene);
    assert_int_equal(enter_named(&scene, 1, name, 256), ELECTION_INVALID);
    assert_bare(&scene.stage);
    assert_int_equal(enter_named(&scene, 1, name, 256), ELECTION_INVALID);
    assert_proposed(&scene.stage, true, NULL);
    assert_int_equal(enter_named(&scene, 1, name, 255), ELECTION_INVALID);
    assert_proposed(&scene.stage, true, NULL);
    assert_int_equal(enter_named(&scene, 2, name, 0), ELECTION_INVALID);
    assert_int_equal(enter_named(&scene, 3, "a\0b", 3), ELECTION_INVALID);
    assert_int_equal(enter_named(&scene, 4, name, 255), ELECTION_OK);
    assert_int_equal(enter_named(&scene, 5, name, 254), ELECTION_OK);
    assert_int_equal(enter_named(&scene, 6, "\xc3\xa9", 2), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).election_count, 3);
    assert_int_equal(stage_status(&scene.stage).candidate_count, 3);
    stage_close(&scene.stage);
}

/* ---- guards ------------------------------------------------------------- */

static enum election_status enter_guarded(struct scene *scene,
                                          uint64_t sequence, const char *name,
                                          uint64_t if_index, bool if_vacant)
{
    struct election_registry_command propose =
        propose_of(scene->a, sequence, "e", ELECTION_OP_ENTER, name);

    propose.if_index = if_index;
    propose.if_vacant = if_vacant;
    return stage_apply(&scene->stage, &propose);
}

static void guards(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter_guarded(&scene, 1, "A", 1, false), ELECTION_ABORTED);
    assert_proposed(&scene.stage, false, "0 - +0");
    assert_int_equal(enter_guarded(&scene, 1, "A", 0, false), ELECTION_ABORTED);
    assert_proposed(&scene.stage, true, "0 - +0");
    assert_int_equal(enter_guarded(&scene, 2, "A", 0, true), ELECTION_OK);
    assert_int_equal(enter_guarded(&scene, 3, "B", 0, true), ELECTION_ABORTED);
    assert_proposed(&scene.stage, false, "1 A/2 +0");
    assert_int_equal(enter_guarded(&scene, 4, "B", 1, true), ELECTION_ABORTED);
    assert_int_equal(enter_guarded(&scene, 5, "B", 2, false), ELECTION_ABORTED);
    assert_int_equal(
        enter_guarded(&scene, 6, "B", 1 + (UINT64_C(1) << 32), false),
        ELECTION_ABORTED);
    /* Guards come before what the election would say. */
    assert_int_equal(enter_guarded(&scene, 7, "", 2, false), ELECTION_ABORTED);
    assert_int_equal(enter_guarded(&scene, 8, "", 1, false), ELECTION_INVALID);
    assert_int_equal(enter_guarded(&scene, 9, "B", 1, false), ELECTION_OK);
    assert_election(&scene.stage, "e", "1 A/2 [B]");
    stage_close(&scene.stage);
}

static void a_vacant_election_has_the_index_floor(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, 1, "A"), ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 1, "e", ELECTION_OP_EVICT, "A"),
        ELECTION_OK);
    assert_proposed(&scene.stage, false, "1 - +0");
    assert_int_equal(stage_status(&scene.stage).index_floor, 1);
    /* Another election that does not exist has it too. */
    assert_election(&scene.stage, "new", "1 - []");
    assert_int_equal(enter_guarded(&scene, 2, "A", 1, true), ELECTION_OK);
    assert_proposed(&scene.stage, false, "2 A/2 +0");
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 3, "new", ELECTION_OP_ENTER, "N"),
        ELECTION_OK);
    assert_proposed(&scene.stage, false, "2 N/2 +0");
    stage_close(&scene.stage);
}

static void a_command_to_no_election(void **state)
{
    static const enum election_status statuses[] = {
        [ELECTION_OP_WITHDRAW] = ELECTION_UNCHANGED,
        [ELECTION_OP_ANOINT] = ELECTION_NOT_FOUND,
        [ELECTION_OP_PROMOTE] = ELECTION_NOT_FOUND,
        [ELECTION_OP_EVICT] = ELECTION_NOT_FOUND,
        [ELECTION_OP_GET_TERM] = ELECTION_OK,
        [ELECTION_OP_WATCH] = ELECTION_OK,
        [ELECTION_OP_DEMOTE] = ELECTION_NOT_FOUND,
    };
    struct scene scene;

    (void)state;
    open_scene(&scene);
    for (enum election_op op = ELECTION_OP_WITHDRAW; op <= ELECTION_OP_DEMOTE;
         op++) {
        bool is_read = op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH;

        assert_int_equal(stage_propose(&scene.stage, scene.a, op, "e", op,
                                       is_read ? "" : "A"),
                         statuses[op]);
        assert_proposed(&scene.stage, false, "0 - +0");
        assert_int_equal(stage_status(&scene.stage).election_count, 0);
    }
    assert_int_equal(stage_status(&scene.stage).id_floor, scene.b);
    stage_close(&scene.stage);
}

/* ---- what is answered --------------------------------------------------- */

static void operators_own_nothing(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, 1, "A"), ELECTION_OK);
    assert_int_equal(enter(&scene, scene.a, 2, "B"), ELECTION_OK);
    assert_int_equal(enter(&scene, scene.a, 3, "C"), ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 1, "e", ELECTION_OP_PROMOTE, "C"),
        ELECTION_OK);
    assert_election(&scene.stage, "e", "1 A/2 [C B]");
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 2, "e", ELECTION_OP_DEMOTE, "C"),
        ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 3, "e", ELECTION_OP_ANOINT, "C"),
        ELECTION_OK);
    assert_proposed(&scene.stage, false, "2 C/2 +2");
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 4, "e", ELECTION_OP_EVICT, "C"),
        ELECTION_OK);
    assert_int_equal(stage_close_session(&scene.stage, scene.b), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).candidate_count, 2);
    stage_close(&scene.stage);
}

/** Proposes with_output; the output must be of the operation, and read so. */
static void assert_output_of(struct scene *scene, uint64_t sequence,
                             enum election_op op, const char *name,
                             const char *term)
{
    struct election_registry_command propose =
        propose_of(scene->a, sequence, "e", op, name);

    propose.with_output = true;
    (void)stage_apply(&scene->stage, &propose);
    assert_int_equal(scene->stage.result.kind,
                     ELECTION_REGISTRY_RESULT_PROPOSE);
    assert_non_null(scene->stage.result.output);
    assert_output_bytes(scene->stage.result.output,
                        scene->stage.result.output_size, op, term);
}

static void the_output_of_the_election(void **state)
{
    struct election_registry_command propose;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_output_of(&scene, 1, ELECTION_OP_GET_TERM, "", "0 - []");
    assert_output_of(&scene, 2, ELECTION_OP_ENTER, "A", "1 A []");
    assert_output_of(&scene, 3, ELECTION_OP_ENTER, "B", "1 A [B]");
    assert_output_of(&scene, 2, ELECTION_OP_ENTER, "A", "1 A [B]");
    /* A repeat: of the kind that it names. */
    assert_output_of(&scene, 2, ELECTION_OP_WATCH, "", "1 A [B]");
    assert_true(scene.stage.result.is_repeated);
    assert_output_of(&scene, 4, ELECTION_OP_EVICT, "Z", "1 A [B]");
    assert_output_of(&scene, 5, ELECTION_OP_WITHDRAW, "B", "1 A []");
    assert_output_of(&scene, 6, ELECTION_OP_WITHDRAW, "A", "1 - []");
    /* A repeat of an unknown kind has none, nor what is INVALID. */
    propose = propose_of(scene.a, 2, "e", (enum election_op)0, "");
    propose.with_output = true;
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
    assert_proposed(&scene.stage, true, "1 - +0");
    /* A repeat may break the rule for names: nothing has such a name. */
    propose = propose_of(scene.a, 2, "", ELECTION_OP_GET_TERM, "");
    propose.with_output = true;
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
    assert_true(scene.stage.result.is_repeated);
    assert_leadership(&scene.stage.result.leadership, "1 - +0");
    assert_output_bytes(scene.stage.result.output,
                        scene.stage.result.output_size, ELECTION_OP_GET_TERM,
                        "1 - []");
    propose = propose_of(scene.a, 7, "e", ELECTION_OP_ENTER, "");
    propose.with_output = true;
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_INVALID);
    assert_bare(&scene.stage);
    stage_close(&scene.stage);
}

/** A repeat may name an election that does not exist: it has the floor. */
static void the_output_of_no_election(void **state)
{
    struct election_registry_command propose;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, 1, "A"), ELECTION_OK);
    assert_int_equal(enter(&scene, scene.a, 2, "B"), ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 3, "e", ELECTION_OP_ANOINT, "B"),
        ELECTION_OK);
    /* A place for it is made now, when the floor is 0 yet. */
    propose = propose_of(scene.a, 1, "none", ELECTION_OP_GET_TERM, "");
    propose.with_output = true;
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
    assert_output_bytes(scene.stage.result.output,
                        scene.stage.result.output_size, ELECTION_OP_GET_TERM,
                        "0 - []");
    assert_int_equal(
        stage_propose(&scene.stage, scene.b, 1, "f", ELECTION_OP_ENTER, "F"),
        ELECTION_OK);
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
    assert_int_equal(stage_close_session(&scene.stage, scene.b), ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 4, "e", ELECTION_OP_EVICT, "A"),
        ELECTION_OK);
    assert_int_equal(
        stage_propose(&scene.stage, scene.a, 5, "e", ELECTION_OP_EVICT, "B"),
        ELECTION_OK);
    assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
    assert_leadership(&scene.stage.result.leadership, "2 - +0");
    assert_output_bytes(scene.stage.result.output,
                        scene.stage.result.output_size, ELECTION_OP_GET_TERM,
                        "2 - []");
    stage_close(&scene.stage);
}

/** Buffers that were never larger hold the longest outputs and events. */
static void there_is_room_for_what_is_written(void **state)
{
    struct election_registry_command propose;
    struct scene scene;
    unsigned events = 0;

    (void)state;
    open_scene(&scene);
    for (unsigned i = 1; i <= 20; i++) {
        uint64_t watch_id;

        assert_int_equal(election_registry_watch(
                             scene.stage.registry, "e", 1, ELECTION_SCOPE_TERM,
                             count_registry_event, &events, &watch_id),
                         ELECTION_OK);
        propose = propose_of(scene.a, i, "e", ELECTION_OP_ENTER,
                             numbered_name(i, 255));
        propose.with_output = true;
        election_buffer_free(&scene.stage.output);
        assert_int_equal(stage_apply(&scene.stage, &propose), ELECTION_OK);
        assert_int_equal(
            election_registry_unwatch(scene.stage.registry, watch_id),
            ELECTION_OK);
    }
    assert_int_equal(events, 40);
    stage_close(&scene.stage);
}

/** The two limits on candidates that can be reached: a session's, a queue's. */
static void full_at_65536(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    for (unsigned i = 1; i <= 65536; i++)
        assert_int_equal(enter(&scene, scene.a, i, numbered_name(i, 8)),
                         ELECTION_OK);
    assert_int_equal(stage_propose(&scene.stage, scene.a, 65537, "f",
                                   ELECTION_OP_ENTER, "A"),
                     ELECTION_FULL);
    assert_proposed(&scene.stage, false, "0 - +0");
    assert_int_equal(enter(&scene, scene.b, 1, "B"), ELECTION_FULL);
    assert_int_equal(scene.stage.result.leadership.waiting_count, 65535);
    assert_int_equal(stage_status(&scene.stage).candidate_count, 65536);
    /* One that leaves makes room in both. */
    assert_int_equal(stage_propose(&scene.stage, scene.a, 65538, "e",
                                   ELECTION_OP_WITHDRAW, numbered_name(9, 8)),
                     ELECTION_OK);
    assert_int_equal(enter(&scene, scene.b, 1, "B"), ELECTION_FULL);
    assert_true(scene.stage.result.is_repeated);
    assert_int_equal(enter(&scene, scene.b, 2, "B"), ELECTION_OK);
    assert_int_equal(stage_propose(&scene.stage, scene.a, 65539, "f",
                                   ELECTION_OP_ENTER, "A"),
                     ELECTION_OK);
    stage_close(&scene.stage);
}

static void an_id_of_an_election_is_used_once(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(enter(&scene, scene.a, 1, "A"), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).id_floor, scene.stage.index);
    /* Entries that give out none leave the floor where it is. */
    assert_int_equal(enter(&scene, scene.a, 2, "B"), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).id_floor,
                     scene.stage.index - 1);
    stage_close(&scene.stage);
}

/** An expiry empties the election that the same entry then founds again. */
static void dropped_and_made_again_in_one_entry(void **state)
{
    struct scene scene;
    uint64_t c, id_floor;

    (void)state;
    open_scene(&scene);
    c = stage_session(&scene.stage, "c", 1000);
    assert_int_equal(enter(&scene, c, 1, "C"), ELECTION_OK);
    id_floor = stage_status(&scene.stage).id_floor;
    scene.stage.time_ms += 1001;
    assert_int_equal(enter(&scene, scene.a, 1, "A"), ELECTION_OK);
    assert_proposed(&scene.stage, false, "2 A/2 +0");
    assert_int_equal(stage_status(&scene.stage).index_floor, 1);
    assert_true(stage_status(&scene.stage).id_floor > id_floor);
    assert_int_equal(stage_status(&scene.stage).election_count, 1);
    stage_close(&scene.stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_sessions_and_no_sequence),
        cmocka_unit_test(a_proposal_happens_once),
        cmocka_unit_test(first_statuses),
        cmocka_unit_test(the_window),
        cmocka_unit_test(names_of_elections),
        cmocka_unit_test(guards),
        cmocka_unit_test(a_vacant_election_has_the_index_floor),
        cmocka_unit_test(a_command_to_no_election),
        cmocka_unit_test(operators_own_nothing),
        cmocka_unit_test(the_output_of_the_election),
        cmocka_unit_test(the_output_of_no_election),
        cmocka_unit_test(there_is_room_for_what_is_written),
        cmocka_unit_test(full_at_65536),
        cmocka_unit_test(an_id_of_an_election_is_used_once),
        cmocka_unit_test(dropped_and_made_again_in_one_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
