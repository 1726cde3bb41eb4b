/* SPDX-License-Identifier: Apache-2.0 */
#include "watches.h"

#include <string.h>

/* ---- telling ------------------------------------------------------------ */

/** Takes over what an event tells. */
static void take(struct watch *watch,
                 const struct election_registry_event *event)
{
    const struct election_registry_leadership *leadership = &event->leadership;
    bool is_led = leadership->leader != NULL;

    if (event->applied < watch->applied ||
        (event->applied == watch->applied && watch->applied != 0))
        world_fail("node %u tells of %llu after %llu", watch->node,
                   (unsigned long long)event->applied,
                   (unsigned long long)watch->applied);
    watch->applied = event->applied;
    watch->index = is_led ? leadership->index : 0;
    watch->leader_session_id = is_led ? leadership->leader_session_id : 0;
}

static void tell(void *context, struct election_registry *registry,
                 const uint8_t *event, size_t event_size)
{
    struct watch *watch = context;
    struct election_registry_event decoded;

    if (election_registry_event_decode(event, event_size, &decoded, NULL) !=
            ELECTION_OK ||
        decoded.election_size != watch->election + 1)
        world_fail("node %u tells what nobody can read", watch->node);
    else
        take(watch, &decoded);
    network_send(
        (struct message){
            .kind = MESSAGE_EVENT,
            .process = watch->process,
            .node = watch->node,
            .connection = watch->connection,
            .applied = election_registry_applied(registry),
        },
        event, event_size);
}

/* ---- watching ----------------------------------------------------------- */

static void forget(struct watch *watch, struct election_registry *registry)
{
    (void)election_registry_unwatch(registry, watch->id);
    watch->process = NULL;
}

/** Forgets the watches of connections that were given up. */
static void forget_dead(struct watches *watches,
                        struct election_registry *registry)
{
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        struct watch *watch = &watches->places[i];

        if (watch->process != NULL &&
            watch->connection != watch->process->connection)
            forget(watch, registry);
    }
}

/** Finds a place, and forgets the watch that the message replaces. */
static struct watch *find_place(struct watches *watches,
                                struct election_registry *registry,
                                const struct message *message)
{
    struct watch *place = NULL;

    for (size_t i = 0; i < WATCHES_MAX; i++) {
        struct watch *watch = &watches->places[i];

        if (watch->process == message->process &&
            watch->connection == message->connection &&
            watch->election + 1 == message->size)
            forget(watch, registry);
        if (watch->process == NULL)
            place = watch;
    }
    return place;
}

void watches_add(struct watches *watches, struct election_registry *registry,
                 const struct message *message)
{
    struct watch *added = find_place(watches, registry, message);
    enum election_status status;

    if (added == NULL) {
        forget_dead(watches, registry);
        added = find_place(watches, registry, message);
    }
    if (added == NULL) {
        world_fail("node %u: too many watch", message->node);
        return;
    }
    *added = (struct watch){
        .process = message->process,
        .node = message->node,
        .connection = message->connection,
        .election = (unsigned)message->size - 1,
    };
    status = election_registry_watch(registry, (const char *)message->bytes,
                                     message->size, ELECTION_SCOPE_LEADER, tell,
                                     added, &added->id);
    if (status != ELECTION_OK)
        world_fail("node %u: watch is %d", message->node, (int)status);
}

void watches_hang_up(struct watches *watches,
                     struct election_registry *registry,
                     const struct process *process, uint64_t connection)
{
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        struct watch *watch = &watches->places[i];

        if (watch->process == process && watch->connection <= connection)
            forget(watch, registry);
    }
}

/* ---- checking ----------------------------------------------------------- */

/** Who leads each election; index 0 = nobody. */
struct state {
    uint64_t index[ELECTIONS];
    uint64_t leader_session_id[ELECTIONS];
};

static bool look(void *context, const struct election_registry_election *shown)
{
    struct state *state = context;
    size_t election = shown->name_size - 1;

    state->index[election] = shown->leadership.index;
    state->leader_session_id[election] = shown->leadership.leader_session_id;
    return true;
}

void watches_check(const struct watches *watches,
                   struct election_registry *registry)
{
    struct state state = {{0}, {0}};

    (void)election_registry_each_election(registry, 0, look, &state);
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        const struct watch *watch = &watches->places[i];

        if (watch->process != NULL &&
            (watch->index != state.index[watch->election] ||
             watch->leader_session_id !=
                 state.leader_session_id[watch->election]))
            world_fail("node %u has not told who leads %s", watch->node,
                       election_names[watch->election]);
    }
}
