/* SPDX-License-Identifier: Apache-2.0 */
/* A client whose requests a real registry answers. */
#include <string.h>

#include "client.h"
#include "cmocka_all.h"

static void hand_over(void *context, struct election_registry *registry,
                      const uint8_t *event, size_t event_size)
{
    struct actor *actor = context;
    enum election_status status =
        election_client_event(actor->client, actor->now_ms, event, event_size);

    (void)registry;
    assert_in_range(status, ELECTION_OK, ELECTION_UNCHANGED);
}

void actor_open_staged(struct actor *actor)
{
    uint64_t id;

    actor_open(actor);
    stage_open(&actor->stage);
    actor->has_stage = true;
    actor->now_ms = actor->stage.time_ms;
    assert_int_equal(election_registry_watch(actor->stage.registry, NULL, 0,
                                             ELECTION_SCOPE_LEADER, hand_over,
                                             actor, &id),
                     ELECTION_OK);
}

/** Shows who leads, as a new watch does at once. */
static void show(struct actor *actor)
{
    uint64_t id;

    assert_int_equal(
        election_registry_watch(actor->stage.registry, actor->request.watch,
                                actor->request.watch_size,
                                ELECTION_SCOPE_LEADER, hand_over, actor, &id),
        ELECTION_OK);
    assert_int_equal(election_registry_unwatch(actor->stage.registry, id),
                     ELECTION_OK);
    assert_int_equal(election_client_response(actor->client, actor->now_ms,
                                              actor->request.number, NULL, 0),
                     ELECTION_OK);
}

static bool keep_id(void *context, uint64_t id)
{
    *(uint64_t *)context = id;
    return true;
}

static void answer(struct actor *actor)
{
    struct stage *stage = &actor->stage;
    uint64_t id = 0;
    struct election_registry_visitor visitor = {.session_id = keep_id,
                                                .context = &id};
    struct election_registry_command command;

    assert_int_equal(election_registry_command_decode(actor->output.data,
                                                      actor->output.size,
                                                      &command, &visitor),
                     ELECTION_OK);
    assert_in_range(command.session_count, 0, 1);
    command.session_ids = &id;
    stage->time_ms = actor->now_ms;
    assert_true(stage_apply(stage, &command) >= 0);
    assert_int_equal(election_client_response(
                         actor->client, actor->now_ms, actor->request.number,
                         stage->output.data, stage->output.size),
                     ELECTION_OK);
}

void actor_step(struct actor *actor)
{
    for (unsigned i = 0; i < ACTOR_REQUESTS_MAX; i++) {
        assert_int_equal(election_client_request(actor->client, actor->now_ms,
                                                 &actor->output,
                                                 &actor->request),
                         ELECTION_OK);
        if (actor->request.number == 0)
            return;
        if (actor->request.watch != NULL)
            show(actor);
        else
            answer(actor);
    }
    fail_msg("it never stops");
}
