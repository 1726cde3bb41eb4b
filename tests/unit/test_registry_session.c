/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/*
 * Sessions, row by row of the command table of REGISTRY.md. Each test plays on
 * a stage of its own.
 */

#define HIGH (UINT64_C(1) << 63)

/** Fails the test unless the last Result is a SessionResult of these. */
static void assert_session(const struct stage *stage, uint64_t id,
                           uint64_t incarnation, uint64_t timeout_ms)
{
    assert_int_equal(stage->result.kind, ELECTION_REGISTRY_RESULT_SESSION);
    assert_int_equal(stage->result.session_id, id);
    assert_int_equal(stage->result.incarnation, incarnation);
    assert_int_equal(stage->result.timeout_ms, timeout_ms);
}

/** Returns the remaining time of a session, or UINT64_MAX if it is no more. */
struct remaining {
    uint64_t id;
    uint64_t ms;
};

static bool find_remaining(void *context,
                           const struct election_registry_session *shown)
{
    struct remaining *remaining = context;

    if (shown->id == remaining->id)
        remaining->ms = shown->remaining_ms;
    return true;
}

static uint64_t remaining_of(const struct stage *stage, uint64_t id)
{
    struct remaining remaining = {id, UINT64_MAX};

    assert_int_equal(election_registry_each_session(stage->registry, 0,
                                                    find_remaining, &remaining),
                     ELECTION_OK);
    return remaining.ms;
}

/* ---- OpenSession -------------------------------------------------------- */

static enum election_status open_sized(struct stage *stage,
                                       size_t client_id_size, size_t data_size,
                                       uint64_t timeout_ms)
{
    static const uint8_t bytes[2000];
    struct election_registry_command open = open_of("", timeout_ms);

    open.client_id = bytes;
    open.client_id_size = client_id_size;
    open.data = bytes;
    open.data_size = data_size;
    return stage_apply(stage, &open);
}

static void bounds(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(open_sized(&stage, 0, 0, 1000), ELECTION_INVALID);
    assert_bare(&stage);
    assert_int_equal(open_sized(&stage, 65, 0, 1000), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 1025, 1000), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 0, 999), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 0, 0), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 0, 86000001), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 0, UINT64_MAX), ELECTION_INVALID);
    assert_int_equal(open_sized(&stage, 1, 0, 1000 + (UINT64_C(1) << 32)),
                     ELECTION_INVALID);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).session_count, 0);
    assert_int_equal(open_sized(&stage, 1, 0, 1000), ELECTION_OK);
    assert_session(&stage, stage.index, 1, 1000);
    assert_int_equal(open_sized(&stage, 64, 1024, 86000000), ELECTION_OK);
    assert_session(&stage, stage.index, 1, 86000000);
    stage_close(&stage);
}

static void an_id_is_the_index_or_above_all_ids(void **state)
{
    struct election_registry_command open = open_of("a", 1000);
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage.index = HIGH;
    open.incarnation = UINT64_MAX - 1;
    open.nonce = HIGH + 5;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_session(&stage, HIGH + 1, UINT64_MAX - 1, 1000);
    assert_int_equal(stage_status(&stage).id_floor, HIGH + 1);
    assert_int_equal(stage_status(&stage).applied, HIGH + 1);
    stage_close(&stage);
}

static void granted_is_what_was_rounded(void **state)
{
    struct election_registry_command open = open_of("a", 1001);
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_session(&stage, stage.index, 1, 1100);
    assert_int_equal(remaining_of(&stage, stage.index), 1100);
    stage_close(&stage);
}

static void the_same_process_renews(void **state)
{
    struct election_registry_command open = open_of("a", 4000);
    struct stage stage;
    uint64_t id;

    (void)state;
    stage_open(&stage);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    id = stage.index;
    stage_wait(&stage, 1500);
    assert_int_equal(remaining_of(&stage, id), 2500);
    open.timeout_ms = 9000; /* the first one stays */
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    assert_session(&stage, id, 1, 4000);
    assert_int_equal(remaining_of(&stage, id), 4000);
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_session(&stage, id, 1, 4000);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    open.data = (const uint8_t *)"Data";
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    open.data_size = 0;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    /* What is out of bounds renews nothing. */
    stage_wait(&stage, 1000);
    open.timeout_ms = 999;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_INVALID);
    assert_int_equal(remaining_of(&stage, id), 3000);
    stage_close(&stage);
}

static void another_process_of_the_client(void **state)
{
    struct election_registry_command open = open_of("a", 4000);
    struct stage stage;
    uint64_t id;

    (void)state;
    stage_open(&stage);
    open.incarnation = HIGH;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    id = stage.index;
    stage_wait(&stage, 1000);
    open.nonce = 1 + (UINT64_C(1) << 32);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_CONFLICT);
    assert_session(&stage, 0, HIGH, 0);
    open.incarnation = HIGH - 1;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_STALE);
    assert_session(&stage, 0, HIGH, 0);
    open.nonce = 1;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_STALE);
    assert_int_equal(remaining_of(&stage, id), 3000);
    assert_int_equal(stage_status(&stage).session_count, 1);
    stage_close(&stage);
}

static void a_higher_incarnation_replaces(void **state)
{
    struct election_registry_command open = open_of("a", 4000);
    struct stage stage;
    uint64_t a, b;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 4000);
    b = stage_session(&stage, "b", 4000);
    stage_enter(&stage, a, 1, "e", "A");
    stage_enter(&stage, b, 1, "e", "B");
    stage_enter(&stage, a, 2, "f", "A");
    open.incarnation = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_session(&stage, stage.index, 2, 4000);
    assert_election(&stage, "e", "2 B/3 []");
    assert_election(&stage, "f", "1 - []");
    assert_int_equal(remaining_of(&stage, a), UINT64_MAX);
    assert_int_equal(remaining_of(&stage, stage.index), 4000);
    assert_int_equal(stage_propose(&stage, a, 3, "e", ELECTION_OP_ENTER, "A"),
                     ELECTION_NO_SESSION);
    stage_close(&stage);
}

/** Ids of one client differ in a byte, NUL too. */
static void clients_are_told_apart_by_all_bytes(void **state)
{
    struct election_registry_command open = open_of("", 1000);
    struct stage stage;

    (void)state;
    stage_open(&stage);
    open.client_id = (const uint8_t *)"a\0b";
    open.client_id_size = 3;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    open.client_id_size = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    open.client_id_size = 1;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    open.client_id = (const uint8_t *)"a\0c";
    open.client_id_size = 3;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_int_equal(stage_status(&stage).session_count, 4);
    stage_close(&stage);
}

/* ---- KeepAlive ---------------------------------------------------------- */

static uint64_t lost_ids[8];

static bool note_lost(void *context, uint64_t session_id)
{
    size_t *count = context;

    assert_in_range(*count, 0, 7);
    lost_ids[(*count)++] = session_id;
    return true;
}

static enum election_status keep_alive(struct stage *stage, const uint64_t *ids,
                                       size_t count)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_ids = ids,
        .session_count = count,
    };
    enum election_status status = stage_apply(stage, &command);
    size_t lost_count = 0;
    struct election_registry_visitor visitor = {
        .session_id = note_lost,
        .context = &lost_count,
    };
    struct election_registry_result result;

    assert_int_equal(election_registry_result_decode(stage->output.data,
                                                     stage->output.size,
                                                     &result, &visitor),
                     ELECTION_OK);
    assert_int_equal(result.lost_count, lost_count);
    return status;
}

static void keeping_alive(void **state)
{
    struct stage stage;
    uint64_t ids[2];

    (void)state;
    stage_open(&stage);
    assert_int_equal(keep_alive(&stage, NULL, 0), ELECTION_OK);
    assert_bare(&stage);
    ids[0] = stage_session(&stage, "a", 4000);
    ids[1] = stage_session(&stage, "b", 5000);
    stage_wait(&stage, 2000);
    assert_int_equal(keep_alive(&stage, ids, 1), ELECTION_OK);
    assert_bare(&stage);
    assert_int_equal(remaining_of(&stage, ids[0]), 4000);
    assert_int_equal(remaining_of(&stage, ids[1]), 3000);
    assert_int_equal(keep_alive(&stage, ids, 2), ELECTION_OK);
    assert_int_equal(remaining_of(&stage, ids[1]), 5000);
    stage_close(&stage);
}

static void the_lost_are_named_as_often_as_they_were(void **state)
{
    uint64_t ids[] = {UINT64_MAX, 0, 0, 99, 0, 99};
    struct stage stage;

    (void)state;
    stage_open(&stage);
    ids[1] = ids[4] = stage_session(&stage, "a", 4000);
    stage_wait(&stage, 1000);
    assert_int_equal(keep_alive(&stage, ids, 6), ELECTION_NO_SESSION);
    assert_int_equal(stage.result.kind, ELECTION_REGISTRY_RESULT_KEEP_ALIVE);
    assert_int_equal(stage.result.lost_count, 4);
    assert_true(lost_ids[0] == UINT64_MAX && lost_ids[1] == 0);
    assert_true(lost_ids[2] == 99 && lost_ids[3] == 99);
    assert_int_equal(remaining_of(&stage, ids[1]), 4000);
    stage_close(&stage);
}

/** Packed, one by one, and both, as Google's parser reads them. */
static void both_forms_are_read(void **state)
{
    static const char bytes[] = "\x08\x01\x10\xe8\x07"
                                "\x22\x06\x08\x02\x0a\x02\x03\x63";
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 4000);
    stage_session(&stage, "b", 4000);
    assert_int_equal(election_registry_apply(stage.registry, 4, bytes,
                                             sizeof bytes - 1, &stage.output),
                     ELECTION_NO_SESSION);
    assert_int_equal(election_registry_result_decode(stage.output.data,
                                                     stage.output.size,
                                                     &stage.result, NULL),
                     ELECTION_OK);
    assert_int_equal(stage.result.lost_count, 1);
    stage_close(&stage);
}

/* ---- CloseSession ------------------------------------------------------- */

static void closing(void **state)
{
    struct stage stage;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 4000);
    stage_enter(&stage, a, 1, "e", "A");
    stage_enter(&stage, a, 2, "e", "B");
    assert_int_equal(stage_close_session(&stage, a + (UINT64_C(1) << 32)),
                     ELECTION_UNCHANGED);
    assert_bare(&stage);
    assert_int_equal(stage_close_session(&stage, 0), ELECTION_UNCHANGED);
    assert_int_equal(stage_close_session(&stage, a), ELECTION_OK);
    assert_bare(&stage);
    assert_int_equal(stage_close_session(&stage, a), ELECTION_UNCHANGED);
    assert_int_equal(stage_status(&stage).session_count, 0);
    assert_int_equal(stage_status(&stage).election_count, 0);
    assert_int_equal(stage_status(&stage).candidate_count, 0);
    assert_int_equal(stage_status(&stage).index_floor, 1);
    stage_close(&stage);
}

/* ---- expiry ------------------------------------------------------------- */

static void a_deadline_has_passed_when_it_is_below_now(void **state)
{
    struct stage stage;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 4000);
    stage_wait(&stage, 4000);
    assert_int_equal(remaining_of(&stage, a), 0);
    stage_wait(&stage, 1);
    assert_int_equal(remaining_of(&stage, a), UINT64_MAX);
    stage_close(&stage);
}

static void all_that_expire_leave_at_once(void **state)
{
    struct stage stage;
    uint64_t a, b, c;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 3000);
    b = stage_session(&stage, "b", 2000);
    c = stage_session(&stage, "c", 9000);
    stage_enter(&stage, a, 1, "e", "A");
    stage_enter(&stage, b, 1, "e", "B");
    stage_enter(&stage, c, 1, "e", "C");
    stage.time_ms += 4000;
    assert_int_equal(keep_alive(&stage, &c, 1), ELECTION_OK);
    assert_election(&stage, "e", "2 C/4 []"); /* B never led */
    assert_int_equal(stage_status(&stage).session_count, 1);
    assert_int_equal(stage_status(&stage).candidate_count, 1);
    stage_close(&stage);
}

/** What an entry renews does not expire in it; what it only names does. */
static void renewal_comes_before_expiry(void **state)
{
    struct stage stage;
    uint64_t a, b, c;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 1000);
    stage.time_ms += 1001;
    assert_int_equal(stage_propose(&stage, a, 1, "e", ELECTION_OP_ENTER, "A"),
                     ELECTION_OK);
    stage.time_ms += 1001; /* a repeat does not renew */
    assert_int_equal(stage_propose(&stage, a, 1, "e", ELECTION_OP_ENTER, "A"),
                     ELECTION_NO_SESSION);
    assert_bare(&stage);
    b = stage_session(&stage, "b", 1000);
    stage.time_ms += 1001; /* a sequence number of 0 does not either */
    assert_int_equal(stage_propose(&stage, b, 0, "e", ELECTION_OP_ENTER, "A"),
                     ELECTION_NO_SESSION);
    c = stage_session(&stage, "c", 1000);
    stage.time_ms += 1001;
    assert_int_equal(stage_close_session(&stage, c), ELECTION_UNCHANGED);
    stage_close(&stage);
}

/** The session that would be in the way has just expired. */
static void an_expired_session_is_unknown(void **state)
{
    struct election_registry_command open = open_of("a", 1000);
    struct stage stage;

    (void)state;
    stage_open(&stage);
    open.incarnation = 5;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage.time_ms += 1001;
    open.incarnation = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_session(&stage, stage.index, 4, 1000);
    stage.time_ms += 1001;
    open.nonce = 2;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage.time_ms += 1001; /* but the same process renews */
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    stage_close(&stage);
}

static void an_office_and_a_stall_extend(void **state)
{
    struct stage stage;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 3000);
    stage_wait(&stage, 2000);
    stage.time_ms = 77; /* another clock */
    stage_take_office(&stage);
    assert_int_equal(remaining_of(&stage, a), 3000);
    assert_int_equal(stage_status(&stage).now_ms, 2000);
    stage_wait(&stage, 2000);
    stage.time_ms += 5001;
    assert_int_equal(keep_alive(&stage, NULL, 0), ELECTION_OK);
    assert_int_equal(remaining_of(&stage, a), 3000);
    stage.time_ms -= 100; /* going back is nothing */
    assert_int_equal(keep_alive(&stage, NULL, 0), ELECTION_OK);
    assert_int_equal(stage_status(&stage).now_ms, 4000);
    stage_wait(&stage, 3001);
    assert_int_equal(remaining_of(&stage, a), 99); /* from the higher stamp */
    stage_wait(&stage, 100);
    assert_int_equal(remaining_of(&stage, a), UINT64_MAX);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(an_id_is_the_index_or_above_all_ids),
        cmocka_unit_test(granted_is_what_was_rounded),
        cmocka_unit_test(the_same_process_renews),
        cmocka_unit_test(another_process_of_the_client),
        cmocka_unit_test(a_higher_incarnation_replaces),
        cmocka_unit_test(clients_are_told_apart_by_all_bytes),
        cmocka_unit_test(keeping_alive),
        cmocka_unit_test(the_lost_are_named_as_often_as_they_were),
        cmocka_unit_test(both_forms_are_read),
        cmocka_unit_test(closing),
        cmocka_unit_test(a_deadline_has_passed_when_it_is_below_now),
        cmocka_unit_test(all_that_expire_leave_at_once),
        cmocka_unit_test(renewal_comes_before_expiry),
        cmocka_unit_test(an_expired_session_is_unknown),
        cmocka_unit_test(an_office_and_a_stall_extend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
