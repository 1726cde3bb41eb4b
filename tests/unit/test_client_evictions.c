/* SPDX-License-Identifier: Apache-2.0 */
/* Who was evicted stays out of the next session, and nobody else. */
#include "../support/cmocka_all.h"

#include "../support/client.h"

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
                                  actor_led_by(22, 3, "A", 7)),
                     ELECTION_OK);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "ENTER 4 30 e A");
    actor_close(&actor);
}

/** The same, and the session is lost before the Enter was sent. */
static void what_was_not_sent_outlives_an_eviction(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    assert_sent(&actor, "WITHDRAW 2 7 e A");
    actor_enter(&actor, "e", "A");
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 2, NULL, 0);
    actor_lose_session(&actor, 30);
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "ENTER 3 30 e A"),
                                  actor_led_by(32, 3, "A", 30)),
                     ELECTION_OK);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    actor_close(&actor);
}

/** What is called for another one of the election does not bring it back. */
static void another_enters_before_it_is_evicted(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "e", "B");
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 3, "C", 9);
    actor_lose_session(&actor, 30);
    actor_status(&actor, assert_sent(&actor, "ENTER 2 30 e B"), ELECTION_OK);
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
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
        struct actor_answer answer = actor_led_by(cases[i].applied, 5, "B", 8);
        uint64_t number;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor_withdraw(&actor, "e", "A");
        number = assert_sent(&actor, "WITHDRAW 2 7 e A");
        actor_enter(&actor, "e", "A");
        assert_int_equal(
            actor_answer(&actor, number, actor_led_by(17, 2, NULL, 0)),
            ELECTION_OK);
        number = assert_sent(&actor, "ENTER 3 7 e A");
        actor_event(&actor, 18, "e", ELECTION_CAUSE_ENTER, 3, "A", 7);
        assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
        actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 4, "B", 8);
        answer.is_repeated = cases[i].is_repeated;
        assert_int_equal(actor_answer(&actor, number, answer), ELECTION_OK);
        actor_lose_session(&actor, 30);
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
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "ENTER 3 30 e A");
    actor_close(&actor);
}

/** Of one entry, the eviction came last, whatever is told first. */
static void what_led_to_an_eviction_forgives_nothing(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 3, "B", 8);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_INITIAL, 3, "B", 8);
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "");
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

/** The last one goes, and the index shows that nobody came between. */
static void the_only_candidate_is_evicted(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_EVICT, 2, NULL, 0);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/**
 * Nobody is left, and the index is higher. The session may have ended in the
 * same entry, and another one was evicted; unless an answer shows that not.
 */
static void an_eviction_in_doubt(void **state)
{
    static const uint64_t applied[] = {0, 11, 12};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor_event(&actor, 11, "e", ELECTION_CAUSE_EVICT, 3, NULL, 0);
        assert_int_equal(
            actor_answer(&actor,
                         assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                         (struct actor_answer){.applied = applied[i]}),
            ELECTION_OK);
        actor_lose_session(&actor, 30);
        if (applied[i] <= 11)
            assert_sent(&actor, "ENTER 2 30 e A");
        assert_sent(&actor, applied[i] <= 11 ? "WATCH e" : "");
        actor_close(&actor);
    }
}

/** What was in doubt in one session is past in the next. */
static void a_doubt_ends_with_its_session(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_EVICT, 3, NULL, 0);
    actor_lose_session(&actor, 30);
    assert_int_equal(election_client_enter(actor.client, "e", 1, "A", 1, NULL),
                     ELECTION_UNCHANGED);
    actor_status(&actor, assert_sent(&actor, "ENTER 2 30 e A"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 7"), 40);
    assert_sent(&actor, "ENTER 3 40 e A");
    actor_close(&actor);
}

/** One answer shows it of all candidates. */
static void two_evictions_in_doubt(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "ENTER 2 7 f A"),
                                  actor_led_by(11, 5, "A", 7)),
                     ELECTION_OK);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 3, NULL, 0);
    actor_event(&actor, 13, "f", ELECTION_CAUSE_EVICT, 6, NULL, 0);
    actor.now_ms += 3333;
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "KEEP_ALIVE 7"),
                                  (struct actor_answer){.applied = 14}),
                     ELECTION_OK);
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** What a proposal renews shows it as well. */
static void an_eviction_that_a_proposal_shows(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_EVICT, 3, NULL, 0);
    actor_operate(&actor, ELECTION_OP_EVICT, "f", "B");
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "EVICT 2 7 f B"),
                                  actor_led_by(12, 2, NULL, 0)),
                     ELECTION_OK);
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Who has the same name in another session is another one. */
static void another_of_the_same_name_is_evicted(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ANOINT, 3, "A", 8);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 4, "B", 9);
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "ENTER 2 30 e A");
    actor_close(&actor);
}

/** Nor does it show that this one is in again. */
static void another_of_the_same_name_leads(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 3, "B", 9);
    actor_event(&actor, 21, "e", ELECTION_CAUSE_ANOINT, 4, "A", 8);
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Its own Evict is under way: to enter is not to be in already. */
static void enters_after_its_own_eviction(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "B");
    actor_operate(&actor, ELECTION_OP_EVICT, "f", "A");
    assert_int_equal(election_client_enter(actor.client, "e", 1, "A", 1, NULL),
                     ELECTION_UNCHANGED);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    assert_int_equal(actor_enter(&actor, "e", "A"), 5);
    actor_status(&actor, assert_sent(&actor, "EVICT 2 7 e B"),
                 ELECTION_NOT_FOUND);
    actor_status(&actor, assert_sent(&actor, "EVICT 3 7 f A"),
                 ELECTION_NOT_FOUND);
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "EVICT 4 7 e A"),
                                  actor_led_by(20, 2, NULL, 0)),
                     ELECTION_OK);
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "ENTER 5 7 e A"),
                                  actor_led_by(21, 3, "A", 7)),
                     ELECTION_OK);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    actor_lose_session(&actor, 30);
    assert_sent(&actor, "ENTER 6 30 e A");
    actor_close(&actor);
}

/** Whose names only begin so, or add up to the same, evict nobody else. */
static void enters_beside_evictions_of_others(void **state)
{
    static const struct {
        enum election_op op;
        const char *election, *name;
    } cases[] = {
        {ELECTION_OP_EVICT, "eA", "A"}, {ELECTION_OP_EVICT, "e", "AA"},
        {ELECTION_OP_EVICT, "f", "A"},  {ELECTION_OP_EVICT, "e", "B"},
        {ELECTION_OP_DEMOTE, "e", "A"},
    };
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        actor_operate(&actor, cases[i].op, cases[i].election, cases[i].name);
        assert_int_equal(
            election_client_enter(actor.client, "e", 1, "A", 1, NULL),
            ELECTION_UNCHANGED);
    }
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enters_again_but_not_what_was_evicted),
        cmocka_unit_test(enters_before_it_hears_of_the_eviction),
        cmocka_unit_test(what_was_not_sent_outlives_an_eviction),
        cmocka_unit_test(another_enters_before_it_is_evicted),
        cmocka_unit_test(evicted_before_or_after_it_entered),
        cmocka_unit_test(enters_again_after_an_eviction),
        cmocka_unit_test(what_led_to_an_eviction_forgives_nothing),
        cmocka_unit_test(an_eviction_after_a_gap),
        cmocka_unit_test(others_are_evicted),
        cmocka_unit_test(the_only_candidate_is_evicted),
        cmocka_unit_test(an_eviction_in_doubt),
        cmocka_unit_test(a_doubt_ends_with_its_session),
        cmocka_unit_test(two_evictions_in_doubt),
        cmocka_unit_test(an_eviction_that_a_proposal_shows),
        cmocka_unit_test(another_of_the_same_name_is_evicted),
        cmocka_unit_test(another_of_the_same_name_leads),
        cmocka_unit_test(enters_after_its_own_eviction),
        cmocka_unit_test(enters_beside_evictions_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
