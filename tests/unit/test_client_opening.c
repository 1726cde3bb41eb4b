/* SPDX-License-Identifier: Apache-2.0 */
/* How a client's session is opened. */
#include "../support/cmocka_all.h"

#include "../support/client.h"

static void the_first_request_opens(void **state)
{
    struct actor actor;
    struct election_registry_command command;

    (void)state;
    actor_open(&actor);
    assert_sent(&actor, "OPEN 5");
    assert_int_equal(election_registry_command_decode(
                         actor.output.data, actor.output.size, &command, NULL),
                     ELECTION_OK);
    assert_int_equal(command.client_id_size, 1);
    assert_memory_equal(command.client_id, "c", 1);
    assert_int_equal(command.nonce, 6);
    assert_int_equal(command.timeout_ms, 10000);
    assert_int_equal(command.data_size, 1);
    assert_memory_equal(command.data, "d", 1);
    /* Unanswered, it is sent again after a third of what is asked for. */
    assert_sent_after(&actor, 3333, "OPEN 5");
    assert_sent_after(&actor, 3333, "OPEN 5");
    assert_told(&actor, "");
    actor_close(&actor);
}

/** What the config points at may change once the client is there. */
static void what_is_sent_was_copied(void **state)
{
    struct actor actor;
    struct election_client_config config;
    struct election_registry_command command;
    uint8_t id[] = {'c', 'i'}, data[] = {'d', 'a'};

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    config.client_id = id;
    config.client_id_size = sizeof id;
    config.data = data;
    config.data_size = sizeof data;
    actor_open_with(&actor, &config);
    id[0] = data[1] = 'x';
    assert_sent(&actor, "OPEN 5");
    assert_int_equal(election_registry_command_decode(
                         actor.output.data, actor.output.size, &command, NULL),
                     ELECTION_OK);
    assert_int_equal(command.client_id_size, 2);
    assert_memory_equal(command.client_id, "ci", 2);
    assert_int_equal(command.data_size, 2);
    assert_memory_equal(command.data, "da", 2);
    actor_close(&actor);
}

static void open_ok(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    assert_told(&actor, "");
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor_close(&actor);
}

/** What is granted counts, not what was asked for. */
static void open_unchanged_with_another_timeout(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    actor.now_ms += 200;
    assert_int_equal(actor_answer(&actor, number,
                                  (struct actor_answer){
                                      .status = ELECTION_UNCHANGED,
                                      .has_session = true,
                                      .session_id = UINT64_MAX,
                                      .timeout_ms = 30000,
                                  }),
                     ELECTION_OK);
    /* From the sending on: 30,000 - 30 - 50, and a third of it. */
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     29920 - 200);
    assert_sent_after(&actor, 9800, "KEEP_ALIVE 18446744073709551615");
    actor_close(&actor);
}

static void open_refused(void **state)
{
    static const enum election_status statuses[] = {
        ELECTION_FULL,    ELECTION_INVALID,    ELECTION_UNSUPPORTED,
        ELECTION_SKIPPED, ELECTION_NO_SESSION, ELECTION_ABORTED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_status(&actor, assert_sent(&actor, "OPEN 5"), statuses[i]);
        actor_status(&actor, assert_sent_after(&actor, 100, "OPEN 5"),
                     statuses[i]);
        actor_granted(&actor, assert_sent_after(&actor, 100, "OPEN 5"), 7);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         9940);
        assert_told(&actor, "");
        actor_close(&actor);
    }
}

static void open_final(void **state)
{
    static const enum election_status statuses[] = {
        ELECTION_CONFLICT,
        ELECTION_STALE,
    };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_enter(&actor, "e", "A");
        actor_enter(&actor, "f", "A");
        assert_int_equal(
            actor_answer(&actor, assert_sent(&actor, "OPEN 5"),
                         (struct actor_answer){.status = statuses[i % 2],
                                               .has_session = i < 2}),
            ELECTION_OK);
        if (i % 2 == 0)
            assert_told(&actor,
                        "UNKNOWN 1 OK; UNKNOWN 2 OK; CLOSED CONFLICT; ");
        else
            assert_told(&actor, "UNKNOWN 1 OK; UNKNOWN 2 OK; CLOSED STALE; ");
        assert_closed(&actor);
        actor_close(&actor);
    }
}

static void open_hostile(void **state)
{
    static const struct actor_answer answers[] = {
        {.has_session = true, .session_id = 0, .timeout_ms = 10000},
        {.has_session = true, .session_id = 7, .timeout_ms = 999},
        {.has_session = true, .session_id = 7, .timeout_ms = 86000001},
        {.has_session = true, .session_id = 7, .timeout_ms = UINT64_MAX},
        {.has_session = true, .session_id = 7},
        {.has_session = true},
        {.has_leadership = true, .index = 3, .leader = "A"},
        {.applied = 9},
        {.status = ELECTION_UNCHANGED},
        {.status = ELECTION_UNCHANGED, .has_session = true},
    };
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        assert_int_equal(actor_answer(&actor, number, answers[i]),
                         ELECTION_INVALID);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         0);
        assert_sent(&actor, "");
    }
    /* The number still waits for its answer. */
    assert_int_equal(election_client_ignored(actor.client), 0);
    actor_granted(&actor, number, 7);
    actor_close(&actor);
}

/** Two sendings of one OpenSession, answered by one session. */
static void open_answered_twice(void **state)
{
    struct actor actor;
    uint64_t first, second;

    (void)state;
    actor_open(&actor);
    first = assert_sent(&actor, "OPEN 5");
    second = assert_sent_after(&actor, 3333, "OPEN 5");
    actor_granted(&actor, first, 7);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 3333);
    assert_sent(&actor, "KEEP_ALIVE 7");
    actor_enter(&actor, "e", "A");
    assert_sent(&actor, "ENTER 1 7 e A");
    /* It renews, and is nothing new. */
    actor_granted(&actor, second, 7);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940);
    assert_told(&actor, "");
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** The first session has ended before the second sending was committed. */
static void open_answered_by_two_sessions(void **state)
{
    struct actor actor;
    uint64_t first, second;

    (void)state;
    actor_open(&actor);
    first = assert_sent(&actor, "OPEN 5");
    second = assert_sent_after(&actor, 3333, "OPEN 5");
    actor_granted(&actor, first, 7);
    assert_sent(&actor, "KEEP_ALIVE 7");
    actor_enter(&actor, "e", "A");
    assert_sent(&actor, "ENTER 1 7 e A");
    actor_granted(&actor, second, 8);
    assert_told(&actor, "SESSION_LOST; UNKNOWN 1 OK; ");
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 0);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 9);
    assert_sent(&actor, "ENTER 2 9 e A");
    actor_close(&actor);
}

/** The same, and the answers overtake one another. */
static void open_answered_by_an_older_session(void **state)
{
    struct actor actor;
    uint64_t first, second;

    (void)state;
    actor_open(&actor);
    first = assert_sent(&actor, "OPEN 5");
    second = assert_sent_after(&actor, 3333, "OPEN 5");
    actor_granted(&actor, second, 8);
    assert_int_equal(actor_answer(&actor, first,
                                  (struct actor_answer){
                                      .has_session = true,
                                      .session_id = 7,
                                      .timeout_ms = 10000,
                                  }),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 1);
    assert_told(&actor, "");
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 8");
    actor_close(&actor);
}

/** What is granted may be less than what margin and drift take away. */
static void a_granted_timeout_without_a_lease(void **state)
{
    struct actor actor;
    struct election_client_config config;

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    config.margin_ms = 2000;
    actor_open_with(&actor, &config);
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "OPEN 5"),
                                  (struct actor_answer){
                                      .has_session = true,
                                      .session_id = 7,
                                      .timeout_ms = 1000,
                                  }),
                     ELECTION_OK);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 0);
    actor_enter(&actor, "e", "A");
    actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    assert_told(&actor, "CHANGED e 2 A/7; ");
    actor_close(&actor);
}

/** Within one millisecond a session is lost and the next one is open. */
static void open_again_at_once(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    actor_status(&actor, assert_sent(&actor, "EVICT 1 7 e A"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940);
    actor_close(&actor);
}

static void the_bounds_of_a_granted_timeout(void **state)
{
    static const uint64_t timeouts[] = {1000, 86000000};
    static const uint64_t leases[] = {1000 - 1 - 50, 86000000 - 86000 - 50};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct actor actor;

        actor_open(&actor);
        assert_int_equal(actor_answer(&actor, assert_sent(&actor, "OPEN 5"),
                                      (struct actor_answer){
                                          .has_session = true,
                                          .session_id = 1,
                                          .timeout_ms = timeouts[i],
                                      }),
                         ELECTION_OK);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         leases[i]);
        assert_sent_after(&actor, timeouts[i] / 3, "KEEP_ALIVE 1");
        actor_close(&actor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_opens),
        cmocka_unit_test(what_is_sent_was_copied),
        cmocka_unit_test(open_ok),
        cmocka_unit_test(open_unchanged_with_another_timeout),
        cmocka_unit_test(open_refused),
        cmocka_unit_test(open_final),
        cmocka_unit_test(open_hostile),
        cmocka_unit_test(open_answered_twice),
        cmocka_unit_test(open_answered_by_two_sessions),
        cmocka_unit_test(open_answered_by_an_older_session),
        cmocka_unit_test(a_granted_timeout_without_a_lease),
        cmocka_unit_test(open_again_at_once),
        cmocka_unit_test(the_bounds_of_a_granted_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
