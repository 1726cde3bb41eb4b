/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: of answers and events the newest counts; rubbish does not. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

/* ---- the newest counts -------------------------------------------------- */

static void an_answer_after_a_newer_event(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "ENTER 1 7 e A");
    assert_int_equal(
        actor_event(&actor, 21, "e", ELECTION_CAUSE_ANOINT, 3, "B", 8),
        ELECTION_OK);
    /* Older: it led once, and does no more. The answer is one all the same. */
    assert_int_equal(actor_answer(&actor, number, actor_led_by(20, 2, "A", 7)),
                     ELECTION_OK);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    assert_told(&actor, "CHANGED e 3 B/8; ANSWERED 1 OK; ");
    assert_int_equal(election_client_ignored(actor.client), 0);
    actor_close(&actor);
}

static void an_event_after_a_newer_answer(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "ENTER 1 7 e A");
    assert_int_equal(actor_answer(&actor, number, actor_led_by(21, 3, "A", 7)),
                     ELECTION_OK);
    assert_int_equal(
        actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 2, "B", 8),
        ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 1);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    /* Of the same entry, an event is as good as the answer. */
    assert_int_equal(
        actor_event(&actor, 21, "e", ELECTION_CAUSE_ENTER, 3, "A", 7),
        ELECTION_OK);
    assert_told(&actor, "CHANGED e 3 A/7; ANSWERED 1 OK; GAINED e A 3; ");
    actor_close(&actor);
}

/** An operator's command of its own tells it who leads now. */
static void an_answer_to_an_operation_deposes(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_operate(&actor, ELECTION_OP_ANOINT, "e", "B");
    number = assert_sent(&actor, "ANOINT 2 7 e B");
    assert_int_equal(actor_answer(&actor, number, actor_led_by(21, 3, "B", 8)),
                     ELECTION_OK);
    assert_told(&actor, "CHANGED e 3 B/8; ANSWERED 2 OK; LOST e A 2 DEPOSED; ");
    actor_close(&actor);
}

static void an_operation_elsewhere_shows_nothing(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_operate(&actor, ELECTION_OP_ANOINT, "f", "B");
    number = assert_sent(&actor, "ANOINT 2 7 f B");
    assert_int_equal(actor_answer(&actor, number, actor_led_by(21, 3, "B", 8)),
                     ELECTION_OK);
    assert_told(&actor, "ANSWERED 2 OK; ");
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    /* Nor does an answer without any Leadership. */
    actor_operate(&actor, ELECTION_OP_ANOINT, "e", "B");
    number = assert_sent(&actor, "ANOINT 3 7 e B");
    assert_int_equal(
        actor_answer(&actor, number,
                     (struct actor_answer){.status = ELECTION_UNSUPPORTED,
                                           .applied = 22}),
        ELECTION_OK);
    assert_told(&actor, "ANSWERED 3 UNSUPPORTED; ");
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_close(&actor);
}

/* ---- what is ignored ---------------------------------------------------- */

static void answers_to_nothing(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    assert_int_equal(actor_answer(&actor, 0, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(actor_answer(&actor, number + 1, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(actor_answer(&actor, UINT64_MAX, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 3);
    actor_granted(&actor, number, 7);
    /* The second answer to one request. */
    assert_int_equal(
        actor_answer(&actor, number,
                     (struct actor_answer){.status = ELECTION_STALE}),
        ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 4);
    assert_int_equal(
        actor_event(&actor, 9, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 5);
    assert_told(&actor, "");
    actor_close(&actor);
}

static void malformed_bytes_change_nothing(void **state)
{
    static const char *const rubbish[] = {"\x08", "\x0a", "\x1a\x05\x08",
                                          "\xff\xff", "\x2a\x02\x0a\x7f"};
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    number = assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
        assert_int_equal(election_client_response(actor.client, actor.now_ms,
                                                  number, rubbish[i],
                                                  strlen(rubbish[i])),
                         ELECTION_INVALID);
        assert_int_equal(election_client_event(actor.client, actor.now_ms,
                                               rubbish[i], strlen(rubbish[i])),
                         ELECTION_INVALID);
    }
    assert_told(&actor, "");
    assert_int_equal(election_client_ignored(actor.client), 0);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 3333);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    assert_sent(&actor, "");
    actor_status(&actor, number, ELECTION_OK);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940);
    actor_close(&actor);
}

/** A success that does not show who leads now answers no proposal. */
static void an_answer_without_leadership(void **state)
{
    static const enum election_status statuses[] = {
        ELECTION_OK,       ELECTION_UNCHANGED, ELECTION_NOT_FOUND,
        ELECTION_CONFLICT, ELECTION_FULL,      ELECTION_ABORTED,
    };
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    number = assert_sent(&actor, "WITHDRAW 2 7 e A");
    assert_told(&actor, "LOST e A 2 WITHDRAWN; ");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_int_equal(
            actor_answer(&actor, number,
                         (struct actor_answer){.status = statuses[i]}),
            ELECTION_INVALID);
    assert_told(&actor, "");
    assert_int_equal(actor_answer(&actor, number, actor_led_by(12, 2, NULL, 0)),
                     ELECTION_OK);
    assert_told(&actor, "CHANGED e 2 -; ANSWERED 2 OK; ");
    actor_close(&actor);
}

/** An event may come from the connection that broke. */
static void an_old_event_answers_no_watch(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    election_client_disconnected(actor.client);
    assert_sent(&actor, "WATCH e");
    /* Of the connection that broke: the new one may not watch yet. */
    assert_int_equal(
        actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_OK);
    number = assert_sent_after(&actor, 3333, "WATCH e");
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_int_equal(
        election_client_response(actor.client, actor.now_ms, number, NULL, 0),
        ELECTION_OK);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Who may have been deposed asks before an answer renews its lease. */
static void a_watch_goes_before_what_renews(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH f"), ELECTION_OK);
    actor_operate(&actor, ELECTION_OP_EVICT, "g", "B");
    actor.now_ms += 3333;
    election_client_disconnected(actor.client);
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_sent(&actor, "EVICT 3 7 g B");
    assert_sent(&actor, "WATCH f");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** So does one that was asked for before, and does not stand. */
static void a_watch_goes_before_each_renewal(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor.now_ms += 1000;
    election_client_disconnected(actor.client);
    assert_sent(&actor, "WATCH e");
    assert_sent_after(&actor, 2333, "WATCH e");
    actor_status(&actor, assert_sent(&actor, "KEEP_ALIVE 7"), ELECTION_OK);
    actor_status(&actor, assert_sent_after(&actor, 3333, "WATCH e"),
                 ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "KEEP_ALIVE 7"), ELECTION_OK);
    /* It stands. */
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Nobody needs to be told. */
static void without_a_callback(void **state)
{
    struct actor actor;
    struct election_client_config config;

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    config.fn = NULL;
    actor_open_with(&actor, &config);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_after_a_newer_event),
        cmocka_unit_test(an_event_after_a_newer_answer),
        cmocka_unit_test(an_answer_to_an_operation_deposes),
        cmocka_unit_test(an_operation_elsewhere_shows_nothing),
        cmocka_unit_test(answers_to_nothing),
        cmocka_unit_test(malformed_bytes_change_nothing),
        cmocka_unit_test(an_answer_without_leadership),
        cmocka_unit_test(an_old_event_answers_no_watch),
        cmocka_unit_test(a_watch_goes_before_what_renews),
        cmocka_unit_test(a_watch_goes_before_each_renewal),
        cmocka_unit_test(without_a_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
