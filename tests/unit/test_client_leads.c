/* SPDX-License-Identifier: Apache-2.0 */
/* When a client believes that it leads, and when no more. */
#include "../support/cmocka_all.h"

#include "../support/client.h"

/** Answers a proposal with who leads. */
static void answer_led(struct actor *actor, uint64_t number, uint64_t applied,
                       uint64_t index, const char *leader, uint64_t session_id)
{
    assert_int_equal(
        actor_answer(actor, number,
                     actor_led_by(applied, index, leader, session_id)),
        ELECTION_OK);
}

static bool leads(const struct actor *actor, uint64_t index)
{
    return actor_leads_at(actor, "e", "A", actor->now_ms, index);
}

/* ---- the lease ---------------------------------------------------------- */

/** Leads to the last millisecond, and is told of the end once. */
static void check_lease(uint64_t timeout_ms, uint32_t drift_ppm,
                        uint32_t margin_ms, uint64_t lease_ms)
{
    struct actor actor;
    struct election_client_config config;
    uint64_t start_ms;

    actor_prepare(&actor);
    config = actor_config(&actor);
    config.timeout_ms = timeout_ms;
    config.drift_ppm = drift_ppm;
    config.margin_ms = margin_ms;
    actor_open_with(&actor, &config);
    start_ms = actor.now_ms;
    assert_sent(&actor, "OPEN 5");
    actor.now_ms += 5;
    assert_int_equal(actor_answer(&actor, actor.request.number,
                                  (struct actor_answer){
                                      .has_session = true,
                                      .session_id = 7,
                                      .timeout_ms = timeout_ms,
                                  }),
                     ELECTION_OK);
    actor_enter(&actor, "e", "A");
    /* By an event: the answer to the Enter would renew. */
    assert_int_equal(
        actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_OK);
    assert_true(actor_leads_at(&actor, "e", "A", start_ms + lease_ms - 1, 2));
    assert_false(actor_leads_at(&actor, "e", "A", start_ms + lease_ms, 2));
    assert_false(actor_leads_at(&actor, "e", "A", UINT64_MAX, 2));
    assert_int_equal(
        election_client_lease_ms(actor.client, start_ms + lease_ms - 1), 1);
    assert_int_equal(
        election_client_lease_ms(actor.client, start_ms + lease_ms), 0);
    assert_told(&actor, "CHANGED e 2 A/7; GAINED e A 2; ");
    actor_close(&actor);
}

static void to_the_millisecond(void **state)
{
    (void)state;
    check_lease(10000, 0, 0, 10000 - 10 - 50);
    check_lease(10000, 1000, 50, 10000 - 10 - 50);
    check_lease(10000, 1, 3, 10000 - 1 - 3);
    check_lease(10000, 100, 3, 10000 - 1 - 3);
    check_lease(10000, 101, 3, 10000 - 2 - 3);
    check_lease(1000, 1001, 100, 1000 - 2 - 100);
    check_lease(86000000, 499000, 1000, 43086000 - 1000);
    check_lease(86000000, 499999, 86, 43000000);
}

/** The lease counts from when the request was sent, not from its answer. */
static void from_the_sending(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "ENTER 1 7 e A");
    actor.now_ms += 2000;
    answer_led(&actor, number, 9, 2, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms + 7939, 2));
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms + 7940, 2));
    actor_close(&actor);
}

/** Sent again, an answer counts from the first sending of its sequence. */
static void from_the_first_sending(void **state)
{
    struct actor actor;
    uint64_t number, first_ms;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor.now_ms += 1000;
    first_ms = actor.now_ms;
    actor_enter(&actor, "e", "A");
    assert_sent(&actor, "ENTER 1 7 e A");
    actor.now_ms += 500;
    election_client_disconnected(actor.client);
    number = assert_sent(&actor, "ENTER 1 7 e A");
    actor.now_ms += 500;
    answer_led(&actor, number, 9, 2, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", first_ms + 9939, 2));
    assert_false(actor_leads_at(&actor, "e", "A", first_ms + 9940, 2));
    actor_close(&actor);
}

static void the_end_of_the_lease_is_told_once(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    number = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    /* The client asks to be called at the lease's end. */
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms),
                     9940 - 6666);
    actor.now_ms += 9940 - 6666 - 1;
    assert_sent(&actor, "");
    assert_told(&actor, "");
    actor.now_ms++;
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms), 0);
    assert_sent(&actor, "");
    assert_told(&actor, "LOST e A 2 LEASE; ");
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms),
                     9999 - 9940);
    assert_sent(&actor, "");
    assert_told(&actor, "");
    /* The one that was sent first counts too, from when it was. */
    assert_int_equal(actor_answer(&actor, number, (struct actor_answer){0}),
                     ELECTION_OK);
    assert_told(&actor, "GAINED e A 2; ");
    actor_status(&actor, actor.request.number, ELECTION_OK);
    assert_true(leads(&actor, 2));
    assert_told(&actor, "");
    actor_close(&actor);
}

/* ---- who leads ---------------------------------------------------------- */

static void only_what_names_this_session(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_enter(&actor, "e", "AB");
    answer_led(&actor, assert_sent(&actor, "ENTER 1 7 e A"), 9, 2, "A", 8);
    assert_false(leads(&actor, 2));
    actor_event(&actor, 10, "e", ELECTION_CAUSE_ENTER, 3, "B", 7);
    assert_false(leads(&actor, 3));
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 4, "AB", 7);
    assert_false(leads(&actor, 4));
    assert_true(actor_leads_at(&actor, "e", "AB", actor.now_ms, 4));
    assert_false(actor_leads_at(&actor, "f", "AB", actor.now_ms, 4));
    assert_false(actor_leads_at(&actor, "ee", "AB", actor.now_ms, 4));
    assert_false(actor_leads_at(&actor, "e", "AC", actor.now_ms, 4));
    actor_event(&actor, 12, "e", ELECTION_CAUSE_ENTER, 5, NULL, 7);
    assert_false(actor_leads_at(&actor, "e", "AB", actor.now_ms, 5));
    assert_told(&actor, "CHANGED e 2 A/8; ANSWERED 1 OK; CHANGED e 3 B/7; "
                        "CHANGED e 4 AB/7; GAINED e AB 4; CHANGED e 5 -; "
                        "LOST e AB 4 DEPOSED; ");
    actor_close(&actor);
}

/** An election whose name only begins so is another. */
static void an_election_with_a_longer_name(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "ee", "A");
    assert_int_equal(
        actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_UNCHANGED);
    assert_false(leads(&actor, 2));
    assert_false(actor_leads_at(&actor, "ee", "A", actor.now_ms, 2));
    actor_close(&actor);
}

static void a_new_tenure_is_another(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ANOINT, 4, "A", 7);
    assert_true(leads(&actor, 4));
    assert_told(&actor, "CHANGED e 4 A/7; LOST e A 2 DEPOSED; GAINED e A 4; ");
    /* The same again is no news. */
    actor_event(&actor, 12, "e", ELECTION_CAUSE_ENTER, 4, "A", 7);
    assert_told(&actor, "");
    actor_close(&actor);
}

static void tokens_are_64_bits(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, UINT64_MAX - 1);
    assert_true(leads(&actor, UINT64_MAX - 1));
    actor_event(&actor, UINT64_MAX, "e", ELECTION_CAUSE_ENTER, UINT64_MAX, "A",
                7);
    assert_true(leads(&actor, UINT64_MAX));
    assert_int_equal(actor_event(&actor, UINT64_MAX - 1, "e",
                                 ELECTION_CAUSE_ENTER, 2, "B", 8),
                     ELECTION_UNCHANGED);
    assert_true(leads(&actor, UINT64_MAX));
    actor_close(&actor);
}

static void candidates_of_two_elections_lead_apart(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    answer_led(&actor, assert_sent(&actor, "ENTER 2 7 f A"), 11, 9, "A", 7);
    assert_true(leads(&actor, 2));
    assert_true(actor_leads_at(&actor, "f", "A", actor.now_ms, 9));
    actor_event(&actor, 12, "f", ELECTION_CAUSE_ANOINT, 10, "B", 8);
    assert_true(leads(&actor, 2));
    assert_false(actor_leads_at(&actor, "f", "A", actor.now_ms, 9));
    assert_told(&actor, "CHANGED f 9 A/7; ANSWERED 2 OK; GAINED f A 9; "
                        "CHANGED f 10 B/8; LOST f A 9 DEPOSED; ");
    actor_close(&actor);
}

/* ---- who leaves --------------------------------------------------------- */

static void withdraw_ends_it_at_once(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    assert_false(leads(&actor, 2));
    assert_told(&actor, "LOST e A 2 WITHDRAWN; ");
    /* What is told of the tenure that was left changes nothing. */
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_false(leads(&actor, 2));
    /* Entering again doesn't give the old tenure back, a higher one does. */
    actor_enter(&actor, "e", "A");
    actor_event(&actor, 12, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_false(leads(&actor, 2));
    assert_told(&actor, "");
    number = assert_sent(&actor, "WITHDRAW 2 7 e A");
    answer_led(&actor, number, 13, 3, "B", 8);
    number = assert_sent(&actor, "ENTER 3 7 e A");
    answer_led(&actor, number, 14, 3, "B", 8);
    actor_event(&actor, 15, "e", ELECTION_CAUSE_EXPIRED, 4, "A", 7);
    assert_true(leads(&actor, 4));
    assert_told(&actor, "CHANGED e 3 B/8; ANSWERED 2 OK; ANSWERED 3 OK; "
                        "CHANGED e 4 A/7; GAINED e A 4; ");
    actor_close(&actor);
}

static void close_ends_it_at_once(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_false(leads(&actor, 2));
    assert_told(&actor, "LOST e A 2 WITHDRAWN; ");
    actor_event(&actor, 99, "e", ELECTION_CAUSE_ENTER, 77, "A", 7);
    assert_false(leads(&actor, 77));
    assert_told(&actor, "CHANGED e 77 A/7; ");
    actor_status(&actor, assert_sent(&actor, "CLOSE 7"), ELECTION_OK);
    assert_false(leads(&actor, 77));
    assert_told(&actor, "CLOSED OK; ");
    actor_close(&actor);
}

static void a_lost_session_ends_it(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    assert_false(leads(&actor, 2));
    assert_told(&actor, "LOST e A 2 SESSION; SESSION_LOST; ");
    /* What is told of the session before is of nobody here. */
    actor_event(&actor, 11, "e", ELECTION_CAUSE_INITIAL, 2, "A", 7);
    assert_told(&actor, "CHANGED e 2 A/7; ");
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 3, "A", 7);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_ENTER, 4, "A", 0);
    assert_false(leads(&actor, 4));
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 13);
    assert_false(leads(&actor, 4));
    assert_sent(&actor, "WATCH e");
    answer_led(&actor, assert_sent(&actor, "ENTER 2 13 e A"), 14, 5, "A", 13);
    assert_true(leads(&actor, 5));
    assert_told(&actor, "CHANGED e 3 A/7; CHANGED e 4 A/0; CHANGED e 5 A/13; "
                        "ANSWERED 2 OK; GAINED e A 5; ");
    actor_close(&actor);
}

/** Nothing of the session before is believed, even if it is the newest. */
static void a_lost_session_is_forgotten(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    /* A registry that gives the same id again would be no registry. */
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 7);
    assert_false(leads(&actor, 2));
    /* But what was older than known is older still. */
    assert_int_equal(
        actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_UNCHANGED);
    assert_false(leads(&actor, 2));
    actor_close(&actor);
}

static void another_process_replaces_it(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_status(&actor, assert_sent(&actor, "OPEN 6"), ELECTION_STALE);
    assert_false(leads(&actor, 2));
    assert_told(&actor, "LOST e A 2 SESSION; SESSION_LOST; CLOSED STALE; ");
    actor_close(&actor);
}

static void an_enter_that_is_refused(void **state)
{
    static const enum election_status statuses[] = {
        ELECTION_CONFLICT, ELECTION_FULL,        ELECTION_NOT_FOUND,
        ELECTION_ABORTED,  ELECTION_UNSUPPORTED, ELECTION_NOT_OWNER,
    };

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct actor actor;
        size_t blocks;

        actor_open(&actor);
        actor_session(&actor);
        blocks = actor.heap.blocks;
        actor_enter(&actor, "e", "A");
        actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), statuses[i]);
        actor.told[0] = '\0';
        assert_int_equal(actor.heap.blocks, blocks);
        assert_int_equal(
            actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
            ELECTION_UNCHANGED);
        assert_false(leads(&actor, 2));
        actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                     ELECTION_NO_SESSION);
        actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 13);
        assert_sent_after(&actor, 3333, "KEEP_ALIVE 13");
        actor_close(&actor);
    }
}

static void entering_twice(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    assert_int_equal(election_client_enter(actor.client, "e", 1, "A", 1, NULL),
                     ELECTION_UNCHANGED);
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"),
                 ELECTION_UNCHANGED);
    assert_int_equal(election_client_enter(actor.client, "e", 1, "A", 1, NULL),
                     ELECTION_UNCHANGED);
    assert_int_equal(
        election_client_withdraw(actor.client, "e", 1, "B", 1, NULL),
        ELECTION_NOT_FOUND);
    assert_int_equal(
        election_client_withdraw(actor.client, "f", 1, "A", 1, NULL),
        ELECTION_NOT_FOUND);
    assert_told(&actor, "ANSWERED 1 UNCHANGED; ");
    actor_close(&actor);
}

/* ---- time --------------------------------------------------------------- */

static void time_that_goes_back_is_none(void **state)
{
    struct actor actor;
    uint64_t late_ms;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor.now_ms += 5000;
    actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    late_ms = actor.now_ms;
    assert_int_equal(election_client_lease_ms(actor.client, 0), 4940);
    assert_true(actor_leads_at(&actor, "e", "A", 0, 2));
    /* Sent at the latest time that was known, so nothing is gained by it. */
    actor.now_ms = 0;
    actor_status(&actor, assert_sent(&actor, "KEEP_ALIVE 7"), ELECTION_OK);
    assert_int_equal(election_client_lease_ms(actor.client, 0), 9940);
    assert_int_equal(election_client_lease_ms(actor.client, late_ms + 1), 9939);
    assert_int_equal(election_client_wait_ms(actor.client, 0), 3333);
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_the_millisecond),
        cmocka_unit_test(from_the_sending),
        cmocka_unit_test(from_the_first_sending),
        cmocka_unit_test(the_end_of_the_lease_is_told_once),
        cmocka_unit_test(only_what_names_this_session),
        cmocka_unit_test(an_election_with_a_longer_name),
        cmocka_unit_test(a_new_tenure_is_another),
        cmocka_unit_test(tokens_are_64_bits),
        cmocka_unit_test(candidates_of_two_elections_lead_apart),
        cmocka_unit_test(withdraw_ends_it_at_once),
        cmocka_unit_test(close_ends_it_at_once),
        cmocka_unit_test(a_lost_session_ends_it),
        cmocka_unit_test(a_lost_session_is_forgotten),
        cmocka_unit_test(another_process_replaces_it),
        cmocka_unit_test(an_enter_that_is_refused),
        cmocka_unit_test(entering_twice),
        cmocka_unit_test(time_that_goes_back_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
