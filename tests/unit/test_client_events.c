/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: of answers and events the newest counts; rubbish does not. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

static struct actor_answer led_by(uint64_t applied, uint64_t index,
                                  const char *leader, uint64_t session_id)
{
    return (struct actor_answer){
        .applied = applied,
        .has_leadership = true,
        .index = index,
        .leader = leader,
        .leader_session_id = session_id,
    };
}

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
    assert_int_equal(actor_answer(&actor, number, led_by(20, 2, "A", 7)),
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
    assert_int_equal(actor_answer(&actor, number, led_by(21, 3, "A", 7)),
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
    assert_int_equal(actor_answer(&actor, number, led_by(21, 3, "B", 8)),
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
    assert_int_equal(actor_answer(&actor, number, led_by(21, 3, "B", 8)),
                     ELECTION_OK);
    assert_told(&actor, "ANSWERED 2 OK; ");
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    /* Nor does an answer without any Leadership. */
    actor_operate(&actor, ELECTION_OP_ANOINT, "e", "B");
    number = assert_sent(&actor, "ANOINT 3 7 e B");
    assert_int_equal(
        actor_answer(&actor, number,
                     (struct actor_answer){.status = ELECTION_UNSUPPORTED}),
        ELECTION_OK);
    assert_told(&actor, "ANSWERED 3 UNSUPPORTED; ");
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_close(&actor);
}

/* ---- evicted ------------------------------------------------------------ */

static void enters_again_but_not_what_was_evicted(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "B");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f B"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH f"), ELECTION_OK);
    actor_event(&actor, 11, "f", ELECTION_CAUSE_ENTER, 2, "B", 7);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 3, "B", 8);
    assert_told(&actor, "ANSWERED 2 OK; CHANGED f 2 B/7; GAINED f B 2; "
                        "CHANGED e 3 B/8; LOST e A 2 DEPOSED; ");
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 13);
    assert_sent(&actor, "ENTER 3 13 f B");
    assert_sent(&actor, "WATCH f");
    assert_sent(&actor, "");
    /* Asked to, it enters. */
    assert_int_equal(actor_enter(&actor, "e", "A"), 4);
    assert_sent(&actor, "ENTER 4 13 e A");
    actor_close(&actor);
}

/** The last one goes: what is shown is where the next one begins. */
static void the_only_candidate_is_evicted(void **state)
{
    static const uint64_t indexes[] = {2, 3, UINT64_MAX};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor_event(&actor, 11, "e", ELECTION_CAUSE_EVICT, indexes[i], NULL, 0);
        assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
        actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                     ELECTION_NO_SESSION);
        actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 13);
        assert_sent(&actor, "");
        actor_close(&actor);
    }
}

static void lose_session(struct actor *actor)
{
    actor->now_ms += 3333;
    actor_next(actor);
    assert_memory_equal(actor->sent, "KEEP_ALIVE 7", 12);
    actor_status(actor, actor->request.number, ELECTION_NO_SESSION);
    actor_granted(actor, assert_sent(actor, "OPEN 6"), 30);
}

/** What is called for before it hears of the eviction comes after it. */
static void enters_before_it_hears_of_the_eviction(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    actor_enter(&actor, "e", "A");
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 2, NULL, 0);
    assert_int_equal(actor_answer(&actor,
                                  assert_sent(&actor, "WITHDRAW 2 7 e A"),
                                  (struct actor_answer){
                                      .status = ELECTION_UNCHANGED,
                                      .applied = 21,
                                      .has_leadership = true,
                                      .index = 2,
                                  }),
                     ELECTION_OK);
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "ENTER 3 7 e A"),
                                  led_by(22, 3, "A", 7)),
                     ELECTION_OK);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    lose_session(&actor);
    assert_sent(&actor, "ENTER 4 30 e A");
    actor_close(&actor);
}

/** Evicted while the answer to its Enter is under way, or just before. */
static void evicted_before_or_after_it_entered(void **state)
{
    static const struct {
        uint64_t applied;
        bool is_repeated, is_in;
    } cases[] = {
        {19, false, false}, /* entered, and was evicted */
        {21, false, true},  /* was evicted, and entered */
        {21, true, false},  /* nobody knows */
    };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;
        struct actor_answer answer = led_by(cases[i].applied, 5, "B", 8);
        uint64_t number;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor_withdraw(&actor, "e", "A");
        number = assert_sent(&actor, "WITHDRAW 2 7 e A");
        actor_enter(&actor, "e", "A");
        assert_int_equal(actor_answer(&actor, number, led_by(17, 2, NULL, 0)),
                         ELECTION_OK);
        number = assert_sent(&actor, "ENTER 3 7 e A");
        actor_event(&actor, 18, "e", ELECTION_CAUSE_ENTER, 3, "A", 7);
        assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
        actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 4, "B", 8);
        answer.is_repeated = cases[i].is_repeated;
        assert_int_equal(actor_answer(&actor, number, answer), ELECTION_OK);
        lose_session(&actor);
        if (cases[i].is_in)
            assert_sent(&actor, "ENTER 4 30 e A");
        assert_sent(&actor, cases[i].is_in ? "WATCH e" : "");
        actor_close(&actor);
    }
}

/** Evicted, and asked to enter again; and in again, as an event shows. */
static void enters_again_after_an_eviction(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 3, "B", 8);
    actor_enter(&actor, "e", "A");
    assert_int_equal(election_client_enter(actor.client, "e", 1, "A", 1, NULL),
                     ELECTION_UNCHANGED);
    assert_sent(&actor, "ENTER 2 7 e A");
    /* Again, by an entry before its own: for all it knows. */
    actor_event(&actor, 22, "e", ELECTION_CAUSE_ENTER, 4, "A", 7);
    actor_event(&actor, 23, "e", ELECTION_CAUSE_EVICT, 5, "B", 8);
    actor_event(&actor, 24, "e", ELECTION_CAUSE_WITHDRAW, 6, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 6));
    lose_session(&actor);
    assert_sent(&actor, "ENTER 3 30 e A");
    actor_close(&actor);
}

/** It led, another did, and that one was evicted; events may get lost. */
static void an_eviction_after_a_gap(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 4, "C", 9);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 16);
    assert_sent(&actor, "ENTER 2 16 e A");
    actor_close(&actor);
}

/** The eviction of somebody else is none of its own. */
static void others_are_evicted(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ANOINT, 3, "B", 8);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 4, "C", 9);
    actor_event(&actor, 13, "e", ELECTION_CAUSE_EVICT, 5, "A", 7);
    /* Its own again, by an eviction: it leads. */
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 5));
    actor_event(&actor, 14, "e", ELECTION_CAUSE_EVICT, 5, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 5));
    actor_event(&actor, 15, "e", ELECTION_CAUSE_DEMOTE, 6, "C", 9);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 16);
    assert_sent(&actor, "ENTER 2 16 e A");
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
    assert_int_equal(actor_answer(&actor, number, led_by(12, 2, NULL, 0)),
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
        cmocka_unit_test(enters_again_but_not_what_was_evicted),
        cmocka_unit_test(the_only_candidate_is_evicted),
        cmocka_unit_test(enters_before_it_hears_of_the_eviction),
        cmocka_unit_test(evicted_before_or_after_it_entered),
        cmocka_unit_test(enters_again_after_an_eviction),
        cmocka_unit_test(an_eviction_after_a_gap),
        cmocka_unit_test(others_are_evicted),
        cmocka_unit_test(answers_to_nothing),
        cmocka_unit_test(malformed_bytes_change_nothing),
        cmocka_unit_test(an_answer_without_leadership),
        cmocka_unit_test(an_old_event_answers_no_watch),
        cmocka_unit_test(without_a_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
