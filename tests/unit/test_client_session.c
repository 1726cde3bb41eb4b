/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a client's session, from when it is open. */
#include "../support/cmocka_all.h"

#include "../support/client.h"

/* ---- keeping alive ------------------------------------------------------ */

static void keep_alive_renews_from_its_sending(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    number = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor.now_ms += 1000;
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 4333);
    actor_status(&actor, number, ELECTION_OK);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 1000);
    assert_sent_after(&actor, 2333, "KEEP_ALIVE 7");
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor_close(&actor);
}

static void keep_alive_refused(void **state)
{
    static const enum election_status statuses[] = {
        ELECTION_UNCHANGED, ELECTION_NOT_FOUND, ELECTION_NOT_OWNER,
        ELECTION_CONFLICT,  ELECTION_FULL,      ELECTION_INVALID,
        ELECTION_SKIPPED,   ELECTION_STALE,     ELECTION_ABORTED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_session(&actor);
        actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                     statuses[i]);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         9940 - 3333);
        assert_sent_after(&actor, 100, "KEEP_ALIVE 7");
        assert_told(&actor, "");
        actor_close(&actor);
    }
}

static void a_proposal_renews_in_its_place(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor.now_ms += 3000;
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    number = assert_sent(&actor, "EVICT 1 7 e A");
    actor.now_ms += 1000;
    actor_status(&actor, number, ELECTION_NOT_FOUND);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 1000);
    assert_sent_after(&actor, 2333, "KEEP_ALIVE 7");
    actor_close(&actor);
}

/** A repeat may renew nothing, so it replaces no KeepAlive. */
static void a_repeated_proposal_replaces_no_keep_alive(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor.now_ms += 1000;
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    assert_sent(&actor, "EVICT 1 7 e A");
    actor.now_ms += 2000;
    election_client_disconnected(actor.client);
    number = assert_sent(&actor, "EVICT 1 7 e A");
    assert_sent_after(&actor, 1333, "KEEP_ALIVE 7");
    assert_int_equal(actor_answer(&actor, number,
                                  (struct actor_answer){
                                      .status = ELECTION_NOT_FOUND,
                                      .has_leadership = true,
                                      .is_repeated = true,
                                  }),
                     ELECTION_OK);
    /* From the first sending, 3,333 before. */
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 3333);
    actor_close(&actor);
}

/** An answer to an older sending does not shorten the lease. */
static void the_lease_never_gets_shorter(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    number = assert_sent(&actor, "EVICT 1 7 e A");
    actor.now_ms += 3332;
    assert_sent(&actor, "");
    actor.now_ms++;
    actor_status(&actor, assert_sent(&actor, "KEEP_ALIVE 7"), ELECTION_OK);
    actor_status(&actor, number, ELECTION_NOT_FOUND);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940);
    actor_close(&actor);
}

static void the_lease_ends_and_begins_again(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    number = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor.now_ms += 9940 - 3333 - 1;
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 1);
    actor.now_ms++;
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 0);
    assert_int_equal(
        election_client_lease_ms(actor.client, actor.now_ms + 100000), 0);
    assert_int_equal(election_client_lease_ms(actor.client, UINT64_MAX), 0);
    actor_status(&actor, number, ELECTION_OK);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     3333);
    actor_close(&actor);
}

/* ---- losing ------------------------------------------------------------- */

static void no_session_opens_another(void **state)
{
    struct actor actor;
    uint64_t number, old;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    old = assert_sent(&actor, "EVICT 1 7 e A");
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "B");
    number = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor_status(&actor, number, ELECTION_NO_SESSION);
    assert_told(&actor, "SESSION_LOST; UNKNOWN 1 OK; ");
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 0);
    /* Answers to the session before are for nobody. */
    assert_int_equal(
        actor_answer(&actor, old,
                     (struct actor_answer){.status = ELECTION_NOT_FOUND}),
        ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 1);
    number = assert_sent(&actor, "OPEN 6");
    assert_sent(&actor, "");
    actor_granted(&actor, number, 8);
    /* What was not sent keeps its sequence; what was is not sent again. */
    number = assert_sent(&actor, "EVICT 2 8 e B");
    assert_sent(&actor, "");
    actor_status(&actor, number, ELECTION_NO_SESSION);
    assert_told(&actor, "SESSION_LOST; UNKNOWN 2 OK; ");
    actor_granted(&actor, assert_sent(&actor, "OPEN 7"), 9);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 9");
    actor_close(&actor);
}

/** What was granted before is not what is asked for now. */
static void a_new_session_asks_for_its_own_timeout(void **state)
{
    struct actor actor;
    struct actor_answer answer = {
        .has_session = true,
        .session_id = 7,
        .timeout_ms = 40000,
    };

    (void)state;
    actor_open(&actor);
    actor_answer(&actor, assert_sent(&actor, "OPEN 5"), answer);
    actor_status(&actor, assert_sent_after(&actor, 13333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    assert_sent(&actor, "OPEN 6");
    assert_sent_after(&actor, 3333, "OPEN 6");
    actor_close(&actor);
}

static void incarnations_are_64_bits_and_end(void **state)
{
    struct actor actor;
    struct election_client_config config;

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    config.incarnation = UINT64_MAX - 1;
    actor_open_with(&actor, &config);
    actor_granted(&actor, assert_sent(&actor, "OPEN 18446744073709551614"), 7);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 18446744073709551615"), 8);
    actor_enter(&actor, "e", "A");
    assert_told(&actor, "SESSION_LOST; ");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 8 e A"),
                 ELECTION_NO_SESSION);
    assert_told(&actor, "UNKNOWN 1 OK; CLOSED NO_SESSION; ");
    assert_closed(&actor);
    actor_close(&actor);
}

/** What comes late to a session that is lost does not touch the next one. */
static void answers_to_a_lost_session(void **state)
{
    struct actor actor;
    uint64_t first, second, watch;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), ELECTION_OK);
    watch = assert_sent(&actor, "WATCH e");
    actor.now_ms += 3333;
    first = assert_sent(&actor, "KEEP_ALIVE 7");
    assert_sent(&actor, "WATCH e");
    second = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor_status(&actor, first, ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    assert_told(&actor, "ANSWERED 1 OK; SESSION_LOST; ");
    assert_int_equal(
        actor_answer(&actor, second,
                     (struct actor_answer){.status = ELECTION_NO_SESSION}),
        ELECTION_UNCHANGED);
    assert_int_equal(
        election_client_response(actor.client, actor.now_ms, watch, NULL, 0),
        ELECTION_UNCHANGED);
    assert_told(&actor, "");
    assert_sent(&actor, "ENTER 2 8 e A");
    assert_sent(&actor, "WATCH e");
    actor_close(&actor);
}

/* ---- closing ------------------------------------------------------------ */

static void close_before_anything_was_sent(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_enter(&actor, "e", "A");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_told(&actor, "UNKNOWN 1 OK; CLOSED OK; ");
    assert_closed(&actor);
    actor_close(&actor);
}

static void close_while_opening(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "OPEN 5");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_int_equal(election_client_close(actor.client), ELECTION_UNCHANGED);
    assert_told(&actor, "UNKNOWN 1 OK; ");
    assert_int_equal(election_client_enter(actor.client, "e", 1, "B", 1, NULL),
                     ELECTION_MISUSE);
    /* Nobody knows whether the session is open: it must be, to be closed. */
    assert_sent(&actor, "");
    actor_granted(&actor, number, 7);
    number = assert_sent(&actor, "CLOSE 7");
    assert_sent(&actor, "");
    actor_status(&actor, number, ELECTION_OK);
    assert_told(&actor, "CLOSED OK; ");
    assert_closed(&actor);
    actor_close(&actor);
}

static void close_while_open(void **state)
{
    struct actor actor;
    uint64_t number, old;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    old = assert_sent(&actor, "EVICT 1 7 e A");
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "B");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_told(&actor, "UNKNOWN 1 OK; UNKNOWN 2 OK; ");
    assert_int_equal(
        actor_answer(&actor, old,
                     (struct actor_answer){.status = ELECTION_NO_SESSION}),
        ELECTION_UNCHANGED);
    assert_sent(&actor, "CLOSE 7");
    number = assert_sent_after(&actor, 3333, "CLOSE 7");
    /* Refused, it is asked again soon; a lost connection loses it. */
    actor_status(&actor, number, ELECTION_INVALID);
    assert_sent_after(&actor, 100, "CLOSE 7");
    election_client_disconnected(actor.client);
    number = assert_sent(&actor, "CLOSE 7");
    actor_status(&actor, number, ELECTION_UNCHANGED);
    assert_told(&actor, "CLOSED OK; ");
    assert_closed(&actor);
    actor_close(&actor);
}

/** Nothing that was sent before the close is waited for. */
static void close_outlives_a_keep_alive(void **state)
{
    struct actor actor;
    uint64_t old;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    old = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_int_equal(
        actor_answer(&actor, old,
                     (struct actor_answer){.status = ELECTION_NO_SESSION}),
        ELECTION_UNCHANGED);
    assert_told(&actor, "");
    actor_status(&actor, assert_sent(&actor, "CLOSE 7"), ELECTION_OK);
    assert_told(&actor, "CLOSED OK; ");
    actor_close(&actor);
}

static void close_misses_a_refused_opening(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    actor_status(&actor, number, ELECTION_STALE);
    assert_told(&actor, "CLOSED STALE; ");
    assert_closed(&actor);
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alive_renews_from_its_sending),
        cmocka_unit_test(keep_alive_refused),
        cmocka_unit_test(a_proposal_renews_in_its_place),
        cmocka_unit_test(a_repeated_proposal_replaces_no_keep_alive),
        cmocka_unit_test(the_lease_never_gets_shorter),
        cmocka_unit_test(the_lease_ends_and_begins_again),
        cmocka_unit_test(no_session_opens_another),
        cmocka_unit_test(a_new_session_asks_for_its_own_timeout),
        cmocka_unit_test(incarnations_are_64_bits_and_end),
        cmocka_unit_test(answers_to_a_lost_session),
        cmocka_unit_test(close_before_anything_was_sent),
        cmocka_unit_test(close_while_opening),
        cmocka_unit_test(close_while_open),
        cmocka_unit_test(close_outlives_a_keep_alive),
        cmocka_unit_test(close_misses_a_refused_opening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
