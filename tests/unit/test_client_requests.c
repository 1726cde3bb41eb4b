/* SPDX-License-Identifier: Apache-2.0 */
/* Which request is due, when, and under which number and sequence. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

/** A name of two letters, one for each number. */
static const char *name_of(unsigned number)
{
    static char name[3];

    name[0] = (char)('a' + number / 26);
    name[1] = (char)('a' + number % 26);
    return name;
}

/** Takes what is due and answers it with OK; returns what was sent. */
static const char *next_answered(struct actor *actor)
{
    uint64_t number = actor_next(actor);

    if (number != 0)
        assert_in_range(actor_answer(actor, number,
                                     (struct actor_answer){
                                         .applied = 9, .has_leadership = true}),
                        ELECTION_OK, ELECTION_UNCHANGED);
    return actor->sent;
}

/* ---- proposals ---------------------------------------------------------- */

static void one_at_a_time_in_each_election(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_ANOINT, "e", "A");
    actor_operate(&actor, ELECTION_OP_PROMOTE, "e", "B");
    actor_operate(&actor, ELECTION_OP_DEMOTE, "f", "A");
    actor_operate(&actor, ELECTION_OP_EVICT, "ee", "A");
    number = assert_sent(&actor, "ANOINT 1 7 e A");
    assert_sent(&actor, "DEMOTE 3 7 f A");
    assert_sent(&actor, "EVICT 4 7 ee A");
    assert_sent(&actor, "");
    actor_status(&actor, number, ELECTION_NOT_FOUND);
    assert_sent(&actor, "PROMOTE 2 7 e B");
    assert_sent(&actor, "");
    actor_close(&actor);
}

static void sequences_stay_and_numbers_do_not(void **state)
{
    struct actor actor;
    uint64_t first, second;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    first = assert_sent(&actor, "EVICT 1 7 e A");
    actor.now_ms += 3333;
    assert_sent(&actor, "KEEP_ALIVE 7");
    second = assert_sent(&actor, "EVICT 1 7 e A");
    assert_true(second > first);
    /* Refused, it goes out again soon, under the same sequence. */
    actor_status(&actor, second, ELECTION_INVALID);
    second = assert_sent_after(&actor, 100, "EVICT 1 7 e A");
    assert_told(&actor, "");
    actor_status(&actor, second, ELECTION_STALE);
    assert_told(&actor, "UNKNOWN 1 STALE; ");
    /* It is settled: what comes to an older sending is for nobody. */
    assert_int_equal(actor_answer(&actor, first, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 1);
    assert_told(&actor, "");
    actor_close(&actor);
}

/** What does not renew leaves the lease as it was. */
static void refusals_renew_nothing(void **state)
{
    static const enum election_status statuses[] = {ELECTION_INVALID,
                                                    ELECTION_STALE};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_session(&actor);
        actor.now_ms += 1000;
        actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
        actor_status(&actor, assert_sent(&actor, "EVICT 1 7 e A"), statuses[i]);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         8940);
        actor_close(&actor);
    }
}

static void an_index_guards(void **state)
{
    struct actor actor;
    uint64_t sequence = 0;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    assert_int_equal(election_client_operate(actor.client, ELECTION_OP_ANOINT,
                                             "e", 1, "A", 1, UINT64_MAX,
                                             &sequence),
                     ELECTION_OK);
    assert_int_equal(sequence, 1);
    actor_status(&actor,
                 assert_sent(&actor, "ANOINT 1 7 e A 18446744073709551615"),
                 ELECTION_ABORTED);
    assert_told(&actor, "ANSWERED 1 ABORTED; ");
    actor_close(&actor);
}

static void the_window_is_not_left(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "zz", "A");
    number = assert_sent(&actor, "EVICT 1 7 zz A");
    for (unsigned i = 0; i < 63; i++) {
        actor_operate(&actor, ELECTION_OP_EVICT, name_of(i), "A");
        assert_string_not_equal(next_answered(&actor), "");
    }
    /* 65 would take 1 out of the window. */
    actor_operate(&actor, ELECTION_OP_EVICT, "yy", "A");
    assert_sent(&actor, "");
    actor_status(&actor, number, ELECTION_NOT_FOUND);
    assert_sent(&actor, "EVICT 65 7 yy A");
    actor_close(&actor);
}

/* ---- numbers ------------------------------------------------------------ */

static void more_elections_than_requests(void **state)
{
    struct actor actor;
    unsigned count = 0;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    for (unsigned i = 0; i < 50; i++)
        actor_enter(&actor, name_of(i), "A");
    while (strncmp(next_answered(&actor), "ENTER", 5) == 0)
        count++;
    assert_int_equal(count, 50);
    /* Watches of which nobody hears anything stand in nobody's way. */
    for (count = 1; actor_next(&actor) != 0; count++)
        assert_memory_equal(actor.sent, "WATCH", 5);
    assert_int_equal(count, 50);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_OK);
    for (count = 0; actor_next(&actor) != 0; count++)
        assert_memory_equal(actor.sent, "WATCH", 5);
    assert_int_equal(count, 49);
    actor_close(&actor);
}

/** Of 34 proposals 32 are under way; each answer makes room for another. */
static void the_others_wait_for_answers(void **state)
{
    struct actor actor;
    uint64_t numbers[34];

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    for (unsigned i = 0; i < 34; i++)
        actor_operate(&actor, ELECTION_OP_EVICT, name_of(i), "A");
    for (unsigned i = 0; i < 32; i++)
        numbers[i] = actor_next(&actor);
    assert_sent(&actor, "");
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms), 3333);
    actor_status(&actor, numbers[5], ELECTION_NOT_FOUND);
    numbers[32] = assert_sent(&actor, "EVICT 33 7 bg A");
    assert_sent(&actor, "");
    /* Unanswered, the same go out again, and no other. */
    actor.now_ms += 3333;
    assert_sent(&actor, "KEEP_ALIVE 7");
    for (unsigned i = 0; i < 32; i++)
        assert_int_not_equal(actor_next(&actor), 0);
    assert_sent(&actor, "");
    for (unsigned i = 0; i < 33; i++)
        if (i != 5)
            actor_status(&actor, numbers[i], ELECTION_NOT_FOUND);
    actor_status(&actor, assert_sent(&actor, "EVICT 34 7 bh A"), ELECTION_OK);
    assert_sent(&actor, "");
    assert_int_equal(election_client_ignored(actor.client), 0);
    actor_close(&actor);
}

/** Answers that take longer than until the next sending keep a lease, too. */
static void answers_that_are_slow(void **state)
{
    struct actor actor;
    uint64_t numbers[40];

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    actor_next(&actor);
    actor_next(&actor);
    for (unsigned i = 0; i < 40; i++) {
        numbers[i] =
            assert_sent_after(&actor, i == 0 ? 3333 : 1666, "KEEP_ALIVE 7");
        while (actor_next(&actor) != 0) /* what nobody answers */
            ;
        actor.now_ms += 1667;
        if (i > 0)
            actor_status(&actor, numbers[i - 1], ELECTION_OK);
        assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    }
    assert_int_equal(election_client_ignored(actor.client), 0);
    actor_close(&actor);
}

static void a_lost_connection_makes_all_due(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    election_client_disconnected(actor.client);
    assert_int_equal(actor_answer(&actor, number, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "ENTER 1 7 e A");
    actor_status(&actor, number, ELECTION_OK);
    assert_sent(&actor, "WATCH e");
    actor_operate(&actor, ELECTION_OP_EVICT, "f", "B");
    assert_sent(&actor, "EVICT 2 7 f B");
    election_client_disconnected(actor.client);
    assert_sent(&actor, "EVICT 2 7 f B");
    assert_sent(&actor, "WATCH e");
    /* An event may have been under way; bytes are not needed. */
    number = actor.request.number;
    assert_int_equal(
        election_client_response(actor.client, actor.now_ms, number, "\x08", 1),
        ELECTION_OK);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent(&actor, "EVICT 2 7 f B");
    election_client_disconnected(actor.client);
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_sent(&actor, "EVICT 2 7 f B");
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    actor_close(&actor);
}

static void a_watch_is_asked_for_until_it_stands(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor.now_ms += 100;
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), ELECTION_OK);
    assert_sent(&actor, "WATCH e");
    actor_event(&actor, 9, "e", ELECTION_CAUSE_INITIAL, 2, "A", 7);
    actor.now_ms += 3333;
    actor_status(&actor, assert_sent(&actor, "WATCH e"), ELECTION_OK);
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/* ---- withdrawals -------------------------------------------------------- */

static void what_is_withdrawn_is_given_back(void **state)
{
    struct actor actor;
    size_t blocks;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    blocks = actor.heap.blocks;
    for (unsigned i = 0; i < 100; i++) {
        actor_enter(&actor, "e", "A");
        actor_enter(&actor, "e", "B");
        assert_string_not_equal(next_answered(&actor), "");
        assert_string_not_equal(next_answered(&actor), "");
        actor_withdraw(&actor, "e", "A");
        actor_withdraw(&actor, "e", "B");
        assert_string_not_equal(next_answered(&actor), "");
        assert_true(actor.heap.blocks > blocks);
        do
            next_answered(&actor);
        while (actor.sent[0] != '\0');
        assert_int_equal(actor.heap.blocks, blocks);
        actor.told[0] = '\0';
    }
    actor_close(&actor);
}

static void a_withdrawal_that_was_lost_is_given_back(void **state)
{
    struct actor actor;
    size_t blocks;

    (void)state;
    actor_open(&actor);
    blocks = actor.heap.blocks;
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    assert_sent(&actor, "WITHDRAW 2 7 e A");
    actor.now_ms += 3333;
    actor_status(&actor, assert_sent(&actor, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    assert_told(&actor, "LOST e A 2 WITHDRAWN; SESSION_LOST; UNKNOWN 2 OK; ");
    assert_int_equal(actor.heap.blocks, blocks);
    actor_close(&actor);
}

/** Nothing that was known before is believed after it was forgotten. */
static void a_late_event_after_all_was_forgotten(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    assert_int_equal(
        actor_answer(&actor, assert_sent(&actor, "WITHDRAW 2 7 e A"),
                     (struct actor_answer){
                         .applied = 12, .has_leadership = true, .index = 2}),
        ELECTION_OK);
    actor_enter(&actor, "e", "A");
    actor_event(&actor, 11, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_event(&actor, 13, "e", ELECTION_CAUSE_ENTER, 3, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    actor_close(&actor);
}

/** While a Withdraw is under way no index is high enough. */
static void a_withdrawal_that_is_under_way(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "WITHDRAW 2 7 e A");
    actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 9, "A", 7);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 9));
    actor_status(&actor, number, ELECTION_OK);
    actor_event(&actor, 22, "e", ELECTION_CAUSE_ENTER, 10, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 10));
    actor_close(&actor);
}

/** Of what was left no tenure counts, whatever is told of it. */
static void a_tenure_that_was_left(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_withdraw(&actor, "e", "A");
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "WITHDRAW 2 7 e A"), ELECTION_OK);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_event(&actor, 21, "e", ELECTION_CAUSE_ENTER, 3, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 3));
    actor_close(&actor);
}

/** An Enter that waited for another proposal goes out once, as it is. */
static void an_enter_that_was_not_sent(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "B");
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "EVICT 1 7 e B"),
                 ELECTION_NO_SESSION);
    assert_told(&actor, "SESSION_LOST; UNKNOWN 1 OK; ");
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    actor_status(&actor, assert_sent(&actor, "ENTER 2 8 e A"), ELECTION_OK);
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    assert_told(&actor, "ANSWERED 2 OK; ");
    actor_close(&actor);
}

/** The last Enter counts, not one before it that was refused. */
static void entered_again_before_a_refusal(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_withdraw(&actor, "e", "A");
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"),
                 ELECTION_CONFLICT);
    actor_status(&actor, assert_sent(&actor, "WITHDRAW 2 7 e A"),
                 ELECTION_NOT_OWNER);
    actor_status(&actor, assert_sent(&actor, "ENTER 3 7 e A"), ELECTION_OK);
    actor_event(&actor, 22, "e", ELECTION_CAUSE_EXPIRED, 10, "A", 7);
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 10));
    actor_close(&actor);
}

/** Its own command evicted it: it stays out, whatever comes first. */
static void evicted_by_its_own_command(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    number = assert_sent(&actor, "EVICT 2 7 e A");
    assert_int_equal(actor_answer(&actor, number,
                                  (struct actor_answer){.applied = 12,
                                                        .has_leadership = true,
                                                        .index = 2}),
                     ELECTION_OK);
    actor_event(&actor, 12, "e", ELECTION_CAUSE_EVICT, 2, NULL, 0);
    actor_lose_session(&actor, 13);
    actor_next(&actor);
    assert_true(strncmp(actor.sent, "ENTER", 5) != 0);
    actor_close(&actor);
}

/** A clock of any origin: 0, and just before it wraps. */
static void clocks_of_any_origin(void **state)
{
    static const uint64_t origins[] = {0, 50, UINT64_MAX - 60000};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;

        actor_open(&actor);
        actor.now_ms = origins[i];
        actor_status(&actor, assert_sent(&actor, "OPEN 5"), ELECTION_FULL);
        actor_granted(&actor, assert_sent_after(&actor, 100, "OPEN 5"), 7);
        actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                     ELECTION_OK);
        assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                         9940);
        actor_close(&actor);
    }
}

/** The reason is the lease's end, whichever call finds it out. */
static void an_event_finds_the_lease_over(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor.now_ms += 9940;
    actor_event(&actor, 99, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    assert_told(&actor, "LOST e A 2 LEASE; ");
    actor_close(&actor);
}

/* ---- with a registry ---------------------------------------------------- */

/** The session expires while the client sleeps; it comes back and leads. */
static void a_whole_story(void **state)
{
    struct actor actor;
    uint64_t other;

    (void)state;
    actor_open_staged(&actor);
    actor_enter(&actor, "e", "A");
    actor_step(&actor);
    assert_told(&actor, "CHANGED e 1 A/2; GAINED e A 1; ANSWERED 1 OK; ");
    other = stage_session(&actor.stage, "o", 60000);
    stage_enter(&actor.stage, other, 1, "e", "B");
    for (unsigned i = 0; i < 30; i++) {
        actor.now_ms += 1000;
        actor_step(&actor);
        assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 1));
    }
    assert_told(&actor, "");
    stage_wait(&actor.stage, 20000);
    actor.now_ms = actor.stage.time_ms;
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 1));
    actor_step(&actor);
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    actor_step(&actor);
    assert_non_null(strstr(actor.told, "SESSION_LOST; "));
    assert_non_null(strstr(actor.told, "ANSWERED 2 OK; "));
    assert_non_null(strstr(actor.told, "CLOSED OK; "));
    assert_election(&actor.stage, "e", "2 B/4 []");
    actor_close(&actor);
}

/** The guard is of one Enter: it is repeated with it, and then gone. */
static void an_enter_that_wants_it_vacant(void **state)
{
    struct actor actor;
    uint64_t number, sequence = 0;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    assert_int_equal(
        election_client_enter_vacant(actor.client, "e", 1, "A", 1, &sequence),
        ELECTION_OK);
    assert_int_equal(sequence, 1);
    assert_int_equal(
        election_client_enter_vacant(actor.client, "e", 1, "A", 1, NULL),
        ELECTION_UNCHANGED);
    (void)assert_sent(&actor, "ENTER 1 7 e A VACANT");
    election_client_disconnected(actor.client);
    number = assert_sent(&actor, "ENTER 1 7 e A VACANT");
    assert_int_equal(actor_answer(&actor, number,
                                  (struct actor_answer){
                                      .status = ELECTION_ABORTED,
                                      .applied = 20,
                                      .has_leadership = true,
                                      .index = 4,
                                      .leader = "B",
                                      .leader_session_id = 9,
                                  }),
                     ELECTION_OK);
    /* It is not in. */
    assert_int_equal(
        election_client_withdraw(actor.client, "e", 1, "A", 1, NULL),
        ELECTION_NOT_FOUND);
    (void)actor_enter(&actor, "e", "A");
    (void)assert_sent(&actor, "ENTER 2 7 e A");
    assert_int_equal(election_client_enter_vacant(NULL, "e", 1, "A", 1, NULL),
                     ELECTION_MISUSE);
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time_in_each_election),
        cmocka_unit_test(sequences_stay_and_numbers_do_not),
        cmocka_unit_test(refusals_renew_nothing),
        cmocka_unit_test(an_index_guards),
        cmocka_unit_test(the_window_is_not_left),
        cmocka_unit_test(more_elections_than_requests),
        cmocka_unit_test(the_others_wait_for_answers),
        cmocka_unit_test(answers_that_are_slow),
        cmocka_unit_test(a_lost_connection_makes_all_due),
        cmocka_unit_test(a_watch_is_asked_for_until_it_stands),
        cmocka_unit_test(what_is_withdrawn_is_given_back),
        cmocka_unit_test(a_withdrawal_that_was_lost_is_given_back),
        cmocka_unit_test(a_late_event_after_all_was_forgotten),
        cmocka_unit_test(a_withdrawal_that_is_under_way),
        cmocka_unit_test(a_tenure_that_was_left),
        cmocka_unit_test(an_enter_that_was_not_sent),
        cmocka_unit_test(entered_again_before_a_refusal),
        cmocka_unit_test(evicted_by_its_own_command),
        cmocka_unit_test(clocks_of_any_origin),
        cmocka_unit_test(an_event_finds_the_lease_over),
        cmocka_unit_test(a_whole_story),
        cmocka_unit_test(an_enter_that_wants_it_vacant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
