/* SPDX-License-Identifier: Apache-2.0 */
/* Out of memory at each allocation of a long story: nothing has happened. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

/** What a story does in one go; returns the status of its call. */
typedef enum election_status step_fn(struct actor *actor);

static enum election_status enter_a(struct actor *actor)
{
    return election_client_enter(actor->client, "e", 1, "A", 1, NULL);
}

static enum election_status enter_b(struct actor *actor)
{
    return election_client_enter(actor->client, "f", 1, "B", 1, NULL);
}

static enum election_status enter_c(struct actor *actor)
{
    return election_client_enter(actor->client, "e", 1, "C", 1, NULL);
}

static enum election_status withdraw_c(struct actor *actor)
{
    return election_client_withdraw(actor->client, "e", 1, "C", 1, NULL);
}

static enum election_status evict(struct actor *actor)
{
    return election_client_operate(actor->client, ELECTION_OP_EVICT, "e", 1,
                                   "Z", 1, 0, NULL);
}

static enum election_status close_it(struct actor *actor)
{
    return election_client_close(actor->client);
}

/** Asks for a request into a buffer of the heap, and answers OK. */
static enum election_status go_on(struct actor *actor)
{
    static char text[64];
    struct election_buffer output = {
        .allocator = heap_allocator(&actor->heap),
    };
    struct election_client_request request;
    enum election_status status = election_client_request(
        actor->client, actor->now_ms, &output, &request);

    if (status != ELECTION_OK) {
        assert_null(output.data);
        return status;
    }
    snprintf(text, sizeof text, "%u:%zu ", (unsigned)request.number,
             output.size);
    strcat(actor->sent, text);
    election_buffer_free(&output);
    if (request.number != 0)
        (void)actor_answer(
            actor, request.number,
            (struct actor_answer){
                .has_session = request.number < 2 || actor->is_opening,
                .session_id = 7,
                .timeout_ms = 10000,
            });
    actor->is_opening = false;
    return ELECTION_OK;
}

/** The next request is answered by the loss of the session. */
static enum election_status lose(struct actor *actor)
{
    struct election_client_request request;
    struct election_buffer output = ELECTION_BUFFER_INIT;

    actor->now_ms += 4000;
    assert_int_equal(election_client_request(actor->client, actor->now_ms,
                                             &output, &request),
                     ELECTION_OK);
    election_buffer_free(&output);
    actor_status(actor, request.number, ELECTION_NO_SESSION);
    actor->is_opening = true;
    return ELECTION_OK;
}

static step_fn *const story[] = {
    enter_a, go_on, go_on,    go_on,      enter_b, enter_c, evict,
    go_on,   go_on, go_on,    withdraw_c, go_on,   go_on,   go_on,
    lose,    go_on, go_on,    enter_c,    go_on,   go_on,   withdraw_c,
    go_on,   go_on, close_it, go_on,      go_on,
};

enum { STEPS = sizeof story / sizeof *story };

/** Plays it; one step is denied an allocation. Tells whether it failed. */
static bool play(size_t denied, size_t allowed, char *sent, char *told)
{
    struct actor actor;
    bool failed = false;

    actor_open(&actor);
    for (size_t i = 0; i < STEPS; i++) {
        enum election_status status;

        if (i == denied && story[i] != lose) {
            size_t told_size = strlen(actor.told);
            uint64_t wait_ms =
                election_client_wait_ms(actor.client, actor.now_ms);

            actor.heap.allowed = allowed;
            status = story[i](&actor);
            actor.heap.allowed = HEAP_UNLIMITED;
            failed = status == ELECTION_NOMEM;
            if (!failed)
                continue;
            assert_int_equal(strlen(actor.told), told_size);
            assert_int_equal(
                election_client_wait_ms(actor.client, actor.now_ms), wait_ms);
        }
        status = story[i](&actor);
        assert_int_equal(status, ELECTION_OK);
    }
    strcpy(sent, actor.sent);
    strcpy(told, actor.told);
    actor_close(&actor);
    return failed;
}

static void every_allocation(void **state)
{
    static char sent[ACTOR_TEXT_SIZE], told[ACTOR_TEXT_SIZE];
    static char sent_then[ACTOR_TEXT_SIZE], told_then[ACTOR_TEXT_SIZE];
    unsigned denials = 0;

    (void)state;
    play(STEPS, 0, sent, told);
    assert_non_null(strstr(told, "SESSION_LOST; "));
    assert_non_null(strstr(told, "CLOSED OK; "));
    for (size_t i = 0; i < STEPS; i++)
        for (size_t allowed = 0;; allowed++) {
            bool failed = play(i, allowed, sent_then, told_then);

            assert_string_equal(sent_then, sent);
            assert_string_equal(told_then, told);
            if (!failed)
                break;
            denials++;
        }
    print_message("%u allocations were denied\n", denials);
    assert_in_range(denials, 20, 200);
}

static void creating(void **state)
{
    struct actor actor;
    struct election_client_config config;

    (void)state;
    actor_prepare(&actor);
    config = actor_config(&actor);
    actor.heap.allowed = 0;
    assert_int_equal(election_client_create(&config, &actor.client),
                     ELECTION_NOMEM);
    assert_null(actor.client);
    heap_assert_empty(&actor.heap);
}

/** A buffer that cannot grow keeps its old bytes. */
static void an_output_that_cannot_grow(void **state)
{
    struct actor actor;
    struct election_buffer output = {0};
    struct election_client_request request;

    (void)state;
    actor_open(&actor);
    output.allocator = heap_allocator(&actor.heap);
    actor.heap.allowed = 0;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(election_client_request(actor.client, actor.now_ms,
                                                 &output, &request),
                         ELECTION_NOMEM);
    assert_null(output.data);
    assert_int_equal(request.number, 0);
    actor.heap.allowed = HEAP_UNLIMITED;
    actor_session(&actor);
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation),
        cmocka_unit_test(creating),
        cmocka_unit_test(an_output_that_cannot_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
