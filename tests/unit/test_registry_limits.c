/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "../support/play.h"
#include "../support/registry.h"

/*
 * Limits that take too long to reach: this program is linked with a registry of
 * 6 sessions, 5 elections, 20 candidates, and 8 of one session, which knows the
 * version 2.
 */
enum { SESSIONS = 6, ELECTIONS = 5, CANDIDATES = 20, SESSION_CANDIDATES = 8 };

/** A stage with the sessions 2 to 7, clients "0" to "5". */
static void open_full(struct stage *stage)
{
    char client_id[2] = "0";

    stage_open(stage);
    for (; client_id[0] < '0' + SESSIONS; client_id[0]++)
        stage_session(stage, client_id, 86000000);
}

static enum election_status enter(struct stage *stage, uint64_t session_id,
                                  uint64_t sequence, const char *election,
                                  const char *name)
{
    return stage_propose(stage, session_id, sequence, election,
                         ELECTION_OP_ENTER, name);
}

/* ---- sessions ----------------------------------------------------------- */

static void one_session_more_is_full(void **state)
{
    struct election_registry_command open = open_of("new", 1000);
    struct stage stage;
    uint64_t id_floor;

    (void)state;
    open_full(&stage);
    id_floor = stage_status(&stage).id_floor;
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_FULL);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).session_count, SESSIONS);
    assert_int_equal(stage_status(&stage).id_floor, id_floor);
    /* FULL comes last: those that are there are found. */
    open = open_of("0", 86000000);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    open.nonce = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_CONFLICT);
    /* One that takes the place of another is not one more. */
    open.incarnation = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_int_equal(stage_status(&stage).session_count, SESSIONS);
    assert_int_equal(stage_close_session(&stage, 3), ELECTION_OK);
    open = open_of("new", 1000);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage_close(&stage);
}

static void expiry_makes_room_in_the_same_entry(void **state)
{
    struct election_registry_command open = open_of("new", 1000);
    struct stage stage;

    (void)state;
    open_full(&stage);
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    stage_session(&stage, "short", 1000);
    stage.time_ms += 1001;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_int_equal(stage_status(&stage).session_count, SESSIONS);
    stage_close(&stage);
}

/* ---- elections ---------------------------------------------------------- */

static void one_election_more_is_full(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct stage stage;

    (void)state;
    open_full(&stage);
    for (uint64_t i = 0; i < ELECTIONS; i++)
        assert_int_equal(enter(&stage, 2, i + 1, names[i], "A"), ELECTION_OK);
    assert_int_equal(enter(&stage, 2, 6, "f", "A"), ELECTION_FULL);
    assert_int_equal(stage.result.kind, ELECTION_REGISTRY_RESULT_PROPOSE);
    assert_leadership(&stage.result.leadership, "0 - +0");
    assert_int_equal(enter(&stage, 2, 6, "f", "A"), ELECTION_FULL);
    assert_true(stage.result.is_repeated);
    assert_int_equal(stage_status(&stage).election_count, ELECTIONS);
    /* What comes before FULL. */
    assert_int_equal(enter(&stage, 2, 7, "f", ""), ELECTION_INVALID);
    assert_int_equal(enter(&stage, 2, 8, "e", "A"), ELECTION_UNCHANGED);
    assert_int_equal(enter(&stage, 3, 1, "e", "A"), ELECTION_CONFLICT);
    assert_int_equal(enter(&stage, 3, 2, "e", "B"), ELECTION_OK);
    /* One that goes makes room for one. */
    assert_int_equal(
        stage_propose(&stage, 2, 9, "a", ELECTION_OP_WITHDRAW, "A"),
        ELECTION_OK);
    assert_int_equal(enter(&stage, 3, 3, "f", "A"), ELECTION_OK);
    assert_int_equal(enter(&stage, 3, 4, "g", "A"), ELECTION_FULL);
    stage_close(&stage);
}

/* ---- candidates --------------------------------------------------------- */

static void one_candidate_more_of_a_session_is_full(void **state)
{
    struct stage stage;

    (void)state;
    open_full(&stage);
    for (unsigned i = 1; i <= SESSION_CANDIDATES; i++)
        assert_int_equal(
            enter(&stage, 2, i, i % 2 == 0 ? "e" : "f", numbered_name(i, 8)),
            ELECTION_OK);
    assert_int_equal(enter(&stage, 2, 9, "e", "more"), ELECTION_FULL);
    assert_int_equal(enter(&stage, 2, 10, "new", "more"), ELECTION_FULL);
    assert_int_equal(enter(&stage, 2, 11, "e", numbered_name(2, 8)),
                     ELECTION_UNCHANGED);
    assert_int_equal(enter(&stage, 3, 1, "e", "more"), ELECTION_OK);
    assert_int_equal(enter(&stage, 2, 12, "e", "more"), ELECTION_CONFLICT);
    assert_int_equal(stage_propose(&stage, 3, 2, "e", ELECTION_OP_EVICT,
                                   numbered_name(4, 8)),
                     ELECTION_OK);
    assert_int_equal(enter(&stage, 2, 13, "e", "again"), ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count,
                     SESSION_CANDIDATES + 1);
    stage_close(&stage);
}

static void one_candidate_more_in_all_is_full(void **state)
{
    struct stage stage;

    (void)state;
    open_full(&stage);
    for (unsigned i = 0; i < CANDIDATES; i++)
        assert_int_equal(enter(&stage, 2 + i % SESSIONS, i + 1,
                               i % 3 == 0 ? "e" : "f", numbered_name(i, 8)),
                         ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count, CANDIDATES);
    assert_int_equal(enter(&stage, 7, 50, "e", "more"), ELECTION_FULL);
    assert_int_equal(enter(&stage, 7, 51, "new", "more"), ELECTION_FULL);
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_int_equal(enter(&stage, 7, 52, "e", "more"), ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count, CANDIDATES - 3);
    stage_close(&stage);
}

/* ---- snapshots ---------------------------------------------------------- */

static enum election_status restore(const struct draft_bytes *bytes)
{
    enum election_status status;
    struct stage stage;

    stage_open_bare(&stage);
    status =
        election_registry_restore(stage.registry, bytes->data, bytes->size);
    stage_close(&stage);
    return status;
}

/** So many sessions, and elections with so many candidates of sessions. */
static enum election_status restore_many(unsigned sessions, unsigned elections,
                                         unsigned candidates, bool is_of_one)
{
    static struct draft_bytes bytes;
    static const char *const letters[] = {"a", "b", "c", "d", "e",
                                          "f", "g", "h", "i"};
    struct draft_session session = {.client_id_size = 1, .timeout_ms = 1000};
    struct draft draft = {.version = 1, .id_floor = 100};

    unsigned most = elections == 0 ? 0 : (candidates - 1) / elections + 1;

    bytes.size = 0;
    draft_put_head(&bytes, &draft);
    for (unsigned i = 0; i < sessions; i++) {
        session.id = i + 1;
        session.client_id = letters[i];
        draft_put_session(&bytes, &session);
    }
    for (unsigned i = 0; i < elections; i++) {
        struct draft_election election = {
            .id = 50 + i,
            .name = letters[i],
            .name_size = 1,
            .index = 1,
        };

        for (unsigned j = 0; j < most && j < candidates; j++)
            election.candidates[election.candidate_count++] =
                (struct draft_candidate){letters[j], is_of_one ? 1 : j + 1};
        candidates -= (unsigned)election.candidate_count;
        draft_put_election(&bytes, &election);
    }
    draft_put_digest(&bytes);
    return restore(&bytes);
}

static void a_snapshot_that_breaks_a_limit_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(restore_many(SESSIONS, 0, 0, false), ELECTION_OK);
    assert_int_equal(restore_many(SESSIONS + 1, 0, 0, false), ELECTION_CORRUPT);
    assert_int_equal(restore_many(5, ELECTIONS, CANDIDATES, false),
                     ELECTION_OK);
    assert_int_equal(restore_many(5, ELECTIONS, CANDIDATES + 1, false),
                     ELECTION_CORRUPT);
    assert_int_equal(restore_many(1, ELECTIONS + 1, 6, true), ELECTION_CORRUPT);
    assert_int_equal(restore_many(1, 2, SESSION_CANDIDATES, true), ELECTION_OK);
    assert_int_equal(restore_many(1, 3, SESSION_CANDIDATES + 1, true),
                     ELECTION_CORRUPT);
}

/** What is full stays full. */
static void a_restored_one_is_as_full(void **state)
{
    struct election_buffer snapshot;
    struct stage stage, copy;

    (void)state;
    open_full(&stage);
    for (unsigned i = 0; i < CANDIDATES; i++)
        assert_int_equal(
            enter(&stage, 2 + i % SESSIONS, i + 1, "e", numbered_name(i, 8)),
            ELECTION_OK);
    snapshot = registry_snapshot_of(stage.registry);
    stage_open_bare(&copy);
    assert_int_equal(
        election_registry_restore(copy.registry, snapshot.data, snapshot.size),
        ELECTION_OK);
    copy.index = stage.index;
    copy.epoch = stage.epoch;
    copy.time_ms = stage.time_ms;
    assert_int_equal(enter(&copy, 7, 50, "e", "more"), ELECTION_FULL);
    election_buffer_free(&snapshot);
    stage_close(&stage);
    stage_close(&copy);
}

/* ---- ids ---------------------------------------------------------------- */

/** A stage with the session 1, and with so many ids left. */
static void open_with_ids(struct stage *stage, uint64_t left)
{
    static struct draft_bytes bytes;
    struct draft draft = {.version = 1, .id_floor = UINT64_MAX - left};
    struct draft_session session = {
        .id = 1,
        .client_id = "a",
        .client_id_size = 1,
        .timeout_ms = 1000,
    };

    bytes.size = 0;
    draft_put_head(&bytes, &draft);
    draft_put_session(&bytes, &session);
    draft_put_digest(&bytes);
    stage_open_bare(stage);
    assert_int_equal(
        election_registry_restore(stage->registry, bytes.data, bytes.size),
        ELECTION_OK);
    stage_take_office(stage);
}

/** What needs an id is FULL when none is left. */
static void ids_run_out(void **state)
{
    struct election_registry_command open = open_of("b", 1000);
    struct stage stage;

    (void)state;
    open_with_ids(&stage, 1);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_true(stage.result.session_id == UINT64_MAX);
    assert_int_equal(enter(&stage, UINT64_MAX, 1, "e", "A"), ELECTION_FULL);
    assert_int_equal(stage_status(&stage).election_count, 0);
    stage_close(&stage);

    open_with_ids(&stage, 1);
    assert_int_equal(enter(&stage, 1, 1, "e", "A"), ELECTION_OK);
    assert_int_equal(enter(&stage, 1, 2, "e", "B"), ELECTION_OK);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_FULL);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).session_count, 1);
    assert_true(stage_status(&stage).id_floor == UINT64_MAX);
    stage_close(&stage);
}

/* ---- versions ----------------------------------------------------------- */

static enum election_status upgrade(struct stage *stage, uint32_t version)
{
    const struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = version,
    };

    return stage_apply(stage, &command);
}

static void an_upgrade_raises_the_version_once(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(upgrade(&stage, 1), ELECTION_UNCHANGED);
    assert_int_equal(upgrade(&stage, 2), ELECTION_OK);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).version, 2);
    assert_int_equal(upgrade(&stage, 2), ELECTION_UNCHANGED);
    assert_int_equal(upgrade(&stage, 1), ELECTION_UNCHANGED);
    assert_int_equal(upgrade(&stage, 0), ELECTION_UNCHANGED);
    assert_int_equal(stage_status(&stage).version, 2);
    assert_int_equal(upgrade(&stage, 3), ELECTION_VERSION);
    assert_int_equal(stage_status(&stage).version, 2);
    stage_close(&stage);
}

/** Who knows version 1 alone refuses it: test_registry_corrupt.c. */
static void a_snapshot_has_the_version(void **state)
{
    struct election_buffer snapshot, again;
    struct stage stage, copy;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 1000);
    assert_int_equal(upgrade(&stage, 2), ELECTION_OK);
    snapshot = registry_snapshot_of(stage.registry);
    assert_memory_equal(snapshot.data, "\x08\x02", 2);
    stage_open_bare(&copy);
    assert_int_equal(
        election_registry_restore(copy.registry, snapshot.data, snapshot.size),
        ELECTION_OK);
    assert_int_equal(stage_status(&copy).version, 2);
    again = registry_snapshot_of(copy.registry);
    assert_same_bytes(&snapshot, &again);
    copy.index = stage.index;
    copy.epoch = stage.epoch;
    assert_int_equal(upgrade(&copy, 2), ELECTION_UNCHANGED);
    snapshot.data[1] = 3;
    assert_int_equal(
        election_registry_restore(copy.registry, snapshot.data, snapshot.size),
        ELECTION_VERSION);
    assert_int_equal(stage_status(&copy).version, 2);
    election_buffer_free(&snapshot);
    election_buffer_free(&again);
    stage_close(&stage);
    stage_close(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_session_more_is_full),
        cmocka_unit_test(expiry_makes_room_in_the_same_entry),
        cmocka_unit_test(one_election_more_is_full),
        cmocka_unit_test(one_candidate_more_of_a_session_is_full),
        cmocka_unit_test(one_candidate_more_in_all_is_full),
        cmocka_unit_test(a_snapshot_that_breaks_a_limit_is_corrupt),
        cmocka_unit_test(a_restored_one_is_as_full),
        cmocka_unit_test(ids_run_out),
        cmocka_unit_test(an_upgrade_raises_the_version_once),
        cmocka_unit_test(a_snapshot_has_the_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
