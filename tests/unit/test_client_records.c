/* SPDX-License-Identifier: Apache-2.0 */
/* What a client keeps of elections, candidates and sendings, and for how long.
 */
#include "../support/cmocka_all.h"

#include "../support/client.h"

/** Loses the session and opens the next one, 13. */
/** Its place in the election is kept by another candidate. */
static void a_leader_is_forgotten_beside_another(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "e", "B");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 e B"), ELECTION_OK);
    actor_withdraw(&actor, "e", "A");
    /* Without any Leadership, so that the one who left is known still. */
    actor_status(&actor, assert_sent(&actor, "WITHDRAW 3 7 e A"), ELECTION_OK);
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    assert_false(actor_leads_at(&actor, "e", "B", actor.now_ms, 2));
    /* A new one, which may stand where the old one stood, is another. */
    actor_enter(&actor, "e", "A");
    assert_false(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_event(&actor, 20, "e", ELECTION_CAUSE_WITHDRAW, 3, "B", 7);
    assert_true(actor_leads_at(&actor, "e", "B", actor.now_ms, 3));
    actor_close(&actor);
}

/** With the last candidate goes what was asked for its election. */
static void a_watch_goes_with_its_election(void **state)
{
    struct actor actor;
    uint64_t watch;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), ELECTION_OK);
    watch = assert_sent(&actor, "WATCH e");
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH f"), ELECTION_OK);
    actor_withdraw(&actor, "e", "A");
    actor_status(&actor, assert_sent(&actor, "WITHDRAW 3 7 e A"),
                 ELECTION_NOT_FOUND);
    assert_int_equal(actor_answer(&actor, watch, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(
        actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 2, "A", 7),
        ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 2);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** What is proposed for others does not keep a refused candidate. */
static void refused_among_others(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_enter(&actor, "f", "A");
    assert_sent(&actor, "ENTER 1 7 e A");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_FULL);
    actor_lose_session(&actor, 13);
    assert_sent(&actor, "ENTER 3 13 e A");
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** A refusal takes away even what an event seemed to show. */
static void refused_after_it_was_told(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    number = assert_sent(&actor, "ENTER 1 7 e A");
    actor_event(&actor, 20, "e", ELECTION_CAUSE_ENTER, 2, "A", 7);
    actor_status(&actor, number, ELECTION_CONFLICT);
    assert_told(&actor, "CHANGED e 2 A/7; GAINED e A 2; LOST e A 2 DEPOSED; "
                        "ANSWERED 1 CONFLICT; ");
    actor_close(&actor);
}

/** Evicted as the only candidate: nobody leads, the index stays. */
static void evicted_from_an_election_alone(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 20, "e", ELECTION_CAUSE_EVICT, 2, NULL, 0);
    assert_told(&actor, "CHANGED e 2 -; LOST e A 2 DEPOSED; ");
    actor_lose_session(&actor, 13);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** An operator evicts somebody who is not its own, or none of its elections. */
static void its_own_commands_evict_others(void **state)
{
    static const struct {
        const char *election, *name, *sent;
        enum election_status status;
    } cases[] = {
        {"e", "B", "EVICT 2 7 e B", ELECTION_OK},
        {"f", "A", "EVICT 2 7 f A", ELECTION_OK},
        {"e", "A", "EVICT 2 7 e A", ELECTION_ABORTED},
    };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor_operate(&actor, ELECTION_OP_EVICT, cases[i].election,
                      cases[i].name);
        assert_int_equal(
            actor_answer(&actor, assert_sent(&actor, cases[i].sent),
                         (struct actor_answer){.status = cases[i].status,
                                               .applied = 20,
                                               .has_leadership = true,
                                               .index = 2,
                                               .leader = "A",
                                               .leader_session_id = 7}),
            ELECTION_OK);
        assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
        actor_lose_session(&actor, 13);
        assert_sent(&actor, "ENTER 3 13 e A");
        actor_close(&actor);
    }
}

/** Of one request the last three sendings are known. */
static void one_request_sent_very_often(void **state)
{
    struct actor actor;
    uint64_t numbers[40];

    (void)state;
    actor_open(&actor);
    for (unsigned i = 0; i < 40; i++) {
        numbers[i] = assert_sent(&actor, "OPEN 5");
        actor.now_ms += 3333;
    }
    assert_int_equal(
        actor_answer(&actor, numbers[36],
                     (struct actor_answer){.status = ELECTION_STALE}),
        ELECTION_UNCHANGED);
    actor_granted(&actor, numbers[37], 7);
    /* It counts from that sending, three intervals ago. */
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms), 0);
    actor_granted(&actor, numbers[38], 7);
    assert_int_equal(election_client_lease_ms(actor.client, actor.now_ms),
                     9940 - 6666);
    actor_close(&actor);
}

static void nothing_at_all(void **state)
{
    struct actor actor;
    struct election_buffer broken = ELECTION_BUFFER_INIT;
    struct election_client_request request;

    (void)state;
    actor_open(&actor);
    assert_int_equal(
        election_client_response(actor.client, actor.now_ms, 1, NULL, 0),
        ELECTION_UNCHANGED);
    assert_in_range(election_client_event(actor.client, actor.now_ms, NULL, 0),
                    ELECTION_UNCHANGED, ELECTION_INVALID);
    broken.allocator = heap_allocator(&actor.heap);
    broken.allocator.free = NULL; /* half of an allocator */
    assert_int_equal(
        election_client_request(actor.client, actor.now_ms, &broken, &request),
        ELECTION_MISUSE);
    /* Also when there is nothing to be written. */
    actor_session(&actor);
    assert_int_equal(
        election_client_request(actor.client, actor.now_ms, &broken, &request),
        ELECTION_MISUSE);
    assert_int_equal(
        election_client_request(actor.client, actor.now_ms, NULL, &request),
        ELECTION_MISUSE);
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leader_is_forgotten_beside_another),
        cmocka_unit_test(a_watch_goes_with_its_election),
        cmocka_unit_test(refused_among_others),
        cmocka_unit_test(refused_after_it_was_told),
        cmocka_unit_test(evicted_from_an_election_alone),
        cmocka_unit_test(its_own_commands_evict_others),
        cmocka_unit_test(one_request_sent_very_often),
        cmocka_unit_test(nothing_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
