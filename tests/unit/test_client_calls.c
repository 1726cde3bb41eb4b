/* SPDX-License-Identifier: Apache-2.0 */
/* What calls do at odd times: in the callback, late, closed, without memory. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

/* ---- from the callback -------------------------------------------------- */

/** What was told last, and what calls from inside the callback returned. */
struct listener {
    struct election_client *client;
    unsigned calls, busy;
    char named[64]; /* the election and the candidate */
};

static void count(struct listener *listener, enum election_status status)
{
    listener->calls++;
    listener->busy += status == ELECTION_BUSY;
}

static void call_all(void *context, const struct election_client *client,
                     const struct election_client_report *report)
{
    struct listener *listener = context;
    struct election_client *called = listener->client;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_client_request request;

    assert_ptr_equal(client, called);
    (void)snprintf(listener->named, sizeof listener->named, "%.*s %.*s",
                   (int)report->election_size,
                   report->election != NULL ? report->election : "",
                   (int)report->name_size,
                   report->name != NULL ? report->name : "");
    count(listener, election_client_enter(called, "x", 1, "y", 1, NULL));
    count(listener, election_client_withdraw(called, "e", 1, "A", 1, NULL));
    count(listener, election_client_operate(called, ELECTION_OP_EVICT, "e", 1,
                                            "A", 1, 0, NULL));
    count(listener, election_client_close(called));
    count(listener, election_client_request(called, 1, &output, &request));
    count(listener, election_client_response(called, 1, 1, NULL, 0));
    count(listener, election_client_event(called, 1, NULL, 0));
    election_client_disconnected(called);
    assert_int_equal(election_client_ignored(called), 0);
}

static void calls_from_the_callback(void **state)
{
    struct actor actor;
    struct election_client_config config;
    struct listener listener = {NULL, 0, 0, ""};

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    config.fn = call_all;
    config.context = &listener;
    actor_open_with(&actor, &config);
    listener.client = actor.client;
    actor_session(&actor);
    actor_enter(&actor, "g", "B");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 g B"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH g"), ELECTION_OK);
    listener.calls = listener.busy = 0;
    actor_operate(&actor, ELECTION_OP_EVICT, "e", "A");
    actor_status(&actor, assert_sent(&actor, "EVICT 2 7 e A"),
                 ELECTION_NOT_FOUND);
    assert_int_equal(listener.calls, 7);
    assert_int_equal(listener.busy, 7);
    assert_string_equal(listener.named, "e A");
    /* Nothing came of them; afterwards all is as before. */
    assert_sent(&actor, "");
    actor_enter(&actor, "ff", "BB");
    assert_sent(&actor, "ENTER 3 7 ff BB");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_string_equal(listener.named, "ff BB");
    assert_int_equal(listener.calls, listener.busy);
    actor_close(&actor);
}

/* ---- time --------------------------------------------------------------- */

/** The end of the lease is told by the first call that is given the time. */
static void any_call_finds_the_lease_over(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor actor;

        actor_open(&actor);
        actor_lead(&actor, 2);
        actor.now_ms += 9940;
        if (i == 0)
            (void)actor_answer(&actor, 999, (struct actor_answer){0});
        else if (i == 1)
            assert_int_equal(
                election_client_event(actor.client, actor.now_ms, "\x08", 1),
                ELECTION_INVALID);
        else
            assert_int_not_equal(actor_next(&actor), 0);
        assert_told(&actor, "LOST e A 2 LEASE; ");
        actor_withdraw(&actor, "e", "A");
        assert_told(&actor, "");
        /* Time does not go back, whichever call was given it. */
        assert_int_equal(
            election_client_lease_ms(actor.client, actor.now_ms - 9940), 0);
        actor_close(&actor);
    }
}

/** It asks to be called at the lease's end by whichever candidate leads. */
static void the_lease_of_an_older_candidate(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH f"), ELECTION_OK);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms),
                     9940 - 6666);
    actor_close(&actor);
}

/* ---- closing ------------------------------------------------------------ */

/** What was refused opened no session: there is nothing to close. */
static void close_while_there_is_no_place(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    number = assert_sent(&actor, "OPEN 5");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    actor_status(&actor, number, ELECTION_FULL);
    assert_told(&actor, "CLOSED OK; ");
    assert_closed(&actor);
    actor_close(&actor);
}

/** Nothing that comes late brings a closed client back, or tells anything. */
static void closed_is_closed(void **state)
{
    struct actor actor;
    uint64_t first, second, watch;

    (void)state;
    actor_open(&actor);
    first = assert_sent(&actor, "OPEN 5");
    second = assert_sent_after(&actor, 3333, "OPEN 5");
    actor_granted(&actor, first, 7);
    actor_enter(&actor, "e", "A");
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_int_equal(actor_answer(&actor, assert_sent(&actor, "ENTER 1 7 e A"),
                                  actor_led_by(9, 2, "A", 7)),
                     ELECTION_OK);
    watch = assert_sent(&actor, "WATCH e");
    assert_told(&actor, "CHANGED e 2 A/7; ANSWERED 1 OK; GAINED e A 2; ");
    actor_status(&actor, second, ELECTION_STALE);
    assert_told(&actor, "LOST e A 2 REPLACED; CLOSED STALE; ");
    assert_int_equal(
        actor_event(&actor, 10, "e", ELECTION_CAUSE_ANOINT, 3, "B", 8),
        ELECTION_UNCHANGED);
    assert_int_equal(actor_answer(&actor, watch, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_int_equal(actor_answer(&actor, second, (struct actor_answer){0}),
                     ELECTION_UNCHANGED);
    assert_closed(&actor);
    actor_close(&actor);
}

/** In the session before something was sent; in this one, nothing yet. */
static void close_after_a_loss(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    assert_told(&actor, "SESSION_LOST; ");
    assert_int_equal(election_client_close(actor.client), ELECTION_OK);
    assert_told(&actor, "CLOSED OK; ");
    assert_closed(&actor);
    actor_close(&actor);
}

/* ---- a session that is lost at once ------------------------------------- */

/** What was due in the session before is not due in the next. */
static void a_new_session_starts_anew(void **state)
{
    struct actor actor;
    uint64_t number;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    assert_sent_after(&actor, 3333, "KEEP_ALIVE 7");
    actor_operate(&actor, ELECTION_OP_EVICT, "f", "B");
    election_client_disconnected(actor.client);
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "KEEP_ALIVE 7");
    number = assert_sent(&actor, "EVICT 2 7 f B");
    /* A withdrawal waits behind nothing, but was not sent. */
    actor_withdraw(&actor, "e", "A");
    actor_status(&actor, number, ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    number = assert_sent(&actor, "WITHDRAW 3 8 e A");
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    assert_int_equal(election_client_wait_ms(actor.client, actor.now_ms), 3333);
    /* Nor is anything else behind it: who is withdrawn does not enter. */
    actor_status(&actor, number, ELECTION_NOT_FOUND);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/* ---- a connection that breaks ------------------------------------------- */

/** Each of two watches is answered under its own number. */
static void two_watches_stand(void **state)
{
    struct actor actor;
    uint64_t f, e;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    f = assert_sent(&actor, "WATCH f");
    e = assert_sent(&actor, "WATCH e");
    actor_status(&actor, e, ELECTION_OK);
    actor_status(&actor, f, ELECTION_OK);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_OK);
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Two of each kind are under way: none is answered, all go out again. */
static void a_connection_takes_all_with_it(void **state)
{
    static const char *const sent[] = {
        "KEEP_ALIVE 7", "EVICT 3 7 g A", "EVICT 4 7 h A", "WATCH f", "WATCH e",
    };
    struct actor actor;
    uint64_t numbers[5];

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 1 7 e A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    actor.now_ms += 3333;
    actor_operate(&actor, ELECTION_OP_EVICT, "g", "A");
    actor_operate(&actor, ELECTION_OP_EVICT, "h", "A");
    actor.told[0] = '\0';
    for (unsigned i = 0; i < 5; i++)
        numbers[i] = assert_sent(&actor, sent[i]);
    election_client_disconnected(actor.client);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(
            actor_answer(&actor, numbers[i],
                         (struct actor_answer){.has_leadership = true}),
            ELECTION_UNCHANGED);
    assert_int_equal(election_client_ignored(actor.client), 5);
    assert_told(&actor, "");
    for (unsigned i = 0; i < 5; i++)
        actor_status(&actor, assert_sent(&actor, sent[i]), ELECTION_OK);
    assert_sent(&actor, "");
    assert_told(&actor, "ANSWERED 3 OK; ANSWERED 4 OK; ");
    actor_close(&actor);
}

/** Nobody is led from here: the watch may come after what renews. */
static void who_leads_no_more_is_watched_last(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_RECOVERED, 3, NULL, 0);
    actor.now_ms += 3333;
    election_client_disconnected(actor.client);
    assert_sent(&actor, "KEEP_ALIVE 7");
    assert_sent(&actor, "WATCH e");
    actor_close(&actor);
}

/** Each election is entered, and watched, once more. */
static void two_elections_in_a_new_session(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "f", "A");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 f A"), ELECTION_OK);
    actor_status(&actor, assert_sent(&actor, "WATCH f"), ELECTION_OK);
    actor_status(&actor, assert_sent_after(&actor, 3333, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    assert_sent(&actor, "ENTER 3 8 f A");
    assert_sent(&actor, "ENTER 4 8 e A");
    assert_sent(&actor, "WATCH f");
    assert_sent(&actor, "WATCH e");
    assert_sent(&actor, "");
    actor_close(&actor);
}

/** Without memory for all who enter again, none does; later all do. */
static void enters_again_all_or_none(void **state)
{
    struct actor actor;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_client_request request;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    actor_enter(&actor, "e", "A");
    actor_enter(&actor, "f", "A");
    actor_enter(&actor, "g", "A");
    assert_sent(&actor, "ENTER 1 7 e A");
    assert_sent(&actor, "ENTER 2 7 f A");
    actor_status(&actor, assert_sent(&actor, "ENTER 3 7 g A"),
                 ELECTION_NO_SESSION);
    actor_granted(&actor, assert_sent(&actor, "OPEN 6"), 8);
    assert_told(&actor, "SESSION_LOST; UNKNOWN 1 OK; UNKNOWN 2 OK; "
                        "UNKNOWN 3 OK; ");
    for (size_t i = 0; i < 3; i++) {
        size_t blocks = actor.heap.blocks;

        actor.heap.allowed = i;
        assert_int_equal(election_client_request(actor.client, actor.now_ms,
                                                 &output, &request),
                         ELECTION_NOMEM);
        assert_int_equal(request.number, 0);
        assert_int_equal(actor.heap.blocks, blocks);
    }
    actor.heap.allowed = HEAP_UNLIMITED;
    assert_int_equal(actor_operate(&actor, ELECTION_OP_EVICT, "h", "B"), 4);
    assert_sent(&actor, "EVICT 4 8 h B");
    assert_sent(&actor, "ENTER 5 8 g A");
    assert_sent(&actor, "ENTER 6 8 f A");
    assert_sent(&actor, "ENTER 7 8 e A");
    election_buffer_free(&output);
    actor_close(&actor);
}

/* ---- two candidates ----------------------------------------------------- */

/** Another candidate of the same election leaves: the leader is still known. */
static void another_candidate_leaves(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_enter(&actor, "e", "B");
    actor_status(&actor, assert_sent(&actor, "ENTER 2 7 e B"), ELECTION_FULL);
    assert_told(&actor, "ANSWERED 2 FULL; ");
    assert_true(actor_leads_at(&actor, "e", "A", actor.now_ms, 2));
    actor_close(&actor);
}

/** What is known of elections that are forgotten never gets older. */
static void two_elections_are_forgotten(void **state)
{
    static const char *const elections[] = {"e", "f"};
    static const uint64_t applied[] = {20, 10};
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_session(&actor);
    for (unsigned i = 0; i < 2; i++)
        actor_enter(&actor, elections[i], "A");
    for (unsigned i = 0; i < 2; i++)
        actor_status(&actor, actor_next(&actor), ELECTION_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(actor_event(&actor, applied[i], elections[i],
                                     ELECTION_CAUSE_ENTER, 2, "B", 8),
                         ELECTION_OK);
        actor_withdraw(&actor, elections[i], "A");
        do
            assert_int_not_equal(actor_next(&actor), 0);
        while (strncmp(actor.sent, "WITHDRAW", 8) != 0);
        actor_status(&actor, actor.request.number, ELECTION_OK);
    }
    actor_enter(&actor, "g", "A");
    assert_int_equal(
        actor_event(&actor, 19, "g", ELECTION_CAUSE_ENTER, 2, "B", 8),
        ELECTION_UNCHANGED);
    actor_close(&actor);
}

/** Nobody leads, and still nobody: that is told once. */
static void nobody_leads_on(void **state)
{
    struct actor actor;

    (void)state;
    actor_open(&actor);
    actor_lead(&actor, 2);
    actor_event(&actor, 11, "e", ELECTION_CAUSE_RECOVERED, 3, NULL, 0);
    assert_told(&actor, "CHANGED e 3 -; LOST e A 2 DEPOSED; ");
    actor_event(&actor, 12, "e", ELECTION_CAUSE_INITIAL, 3, NULL, 0);
    assert_told(&actor, "");
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_from_the_callback),
        cmocka_unit_test(any_call_finds_the_lease_over),
        cmocka_unit_test(the_lease_of_an_older_candidate),
        cmocka_unit_test(close_while_there_is_no_place),
        cmocka_unit_test(closed_is_closed),
        cmocka_unit_test(close_after_a_loss),
        cmocka_unit_test(a_new_session_starts_anew),
        cmocka_unit_test(two_watches_stand),
        cmocka_unit_test(a_connection_takes_all_with_it),
        cmocka_unit_test(who_leads_no_more_is_watched_last),
        cmocka_unit_test(two_elections_in_a_new_session),
        cmocka_unit_test(enters_again_all_or_none),
        cmocka_unit_test(another_candidate_leaves),
        cmocka_unit_test(two_elections_are_forgotten),
        cmocka_unit_test(nobody_leads_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
