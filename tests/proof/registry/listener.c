/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <string.h>

#include "../../support/cmocka_all.h"
#include "hash.h"

/* ---- what a leadership is, as one number -------------------------------- */

static bool hash_candidate(void *context, const char *name, size_t name_size)
{
    uint64_t *hash = context;

    *hash = hash_number(*hash, hash_bytes(1, name, name_size));
    return true;
}

/**
 * Data are left out: new ones are no change. So is how many wait, in the scope
 * LEADER.
 */
static uint64_t hash_leadership(const struct election_registry_leadership *led,
                                enum election_scope scope, uint64_t candidates)
{
    uint64_t hash = hash_bytes(led->index, led->leader, led->leader_size);

    hash = hash_number(hash, led->leader_session_id);
    if (scope == ELECTION_SCOPE_LEADER)
        return hash;
    return hash_number(hash_number(hash, led->waiting_count), candidates);
}

static struct heard *find_heard(const struct listener *listener,
                                const char *name, size_t name_size)
{
    for (size_t i = 0; i < listener->heard_count; i++) {
        const struct heard *heard = &listener->heard[i];

        if (heard->name_size == name_size &&
            memcmp(heard->name, name, name_size) == 0)
            return (struct heard *)heard;
    }
    return NULL;
}

static struct heard *add_heard(struct listener *listener, const char *name,
                               size_t name_size)
{
    struct heard *heard = &listener->heard[listener->heard_count++];

    assert_true(listener->heard_count <= LISTENER_ELECTIONS);
    memset(heard, 0, sizeof *heard);
    memcpy(heard->name, name, name_size);
    heard->name_size = name_size;
    return heard;
}

/* ---- an event ----------------------------------------------------------- */

/** Events come in order, of one election once for an entry. */
static void check_order(const struct listener *listener,
                        const struct heard *heard,
                        const struct election_registry_event *event)
{
    assert_true(event->applied >= listener->applied);
    assert_true(heard == NULL || event->applied > heard->applied);
    if (listener->election != NULL) {
        assert_int_equal(event->election_size, strlen(listener->election));
        assert_memory_equal(event->election, listener->election,
                            event->election_size);
    }
}

/** All who listen in one scope are told the same bytes. */
static void check_elder(const struct listener *listener,
                        const struct election_registry_event *event,
                        uint64_t hash)
{
    const struct heard *heard;

    if (listener->elder == NULL || listener->elder->watch_id == 0 ||
        event->cause == ELECTION_CAUSE_INITIAL)
        return;
    heard = find_heard(listener->elder, event->election, event->election_size);
    assert_non_null(heard);
    assert_true(heard->applied == event->applied && heard->event == hash);
}

/** The registry may be read while it tells, and not be changed. */
static void check_busy(struct election_registry *registry,
                       const struct election_registry_event *event)
{
    struct election_registry_snapshot *snapshot;

    assert_true(election_registry_applied(registry) == event->applied);
    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_BUSY);
    assert_int_equal(
        election_registry_apply(registry, event->applied + 1, NULL, 0, NULL),
        ELECTION_BUSY);
}

static void hear(void *context, struct election_registry *registry,
                 const uint8_t *bytes, size_t size)
{
    struct listener *listener = context;
    uint64_t hash = hash_bytes(2, bytes, size);
    uint64_t candidates = 0;
    struct election_registry_visitor visitor = {
        .candidate = hash_candidate,
        .context = &candidates,
    };
    struct election_registry_event event;
    uint64_t leadership;
    struct heard *heard;

    assert_int_equal(
        election_registry_event_decode(bytes, size, &event, &visitor),
        ELECTION_OK);
    heard = find_heard(listener, event.election, event.election_size);
    check_order(listener, heard, &event);
    check_elder(listener, &event, hash);
    check_busy(registry, &event);
    leadership =
        hash_leadership(&event.leadership, listener->scope, candidates);
    /* What is no change of leadership is not told as one. */
    if (heard != NULL && listener->scope == ELECTION_SCOPE_LEADER)
        assert_true(heard->leadership != leadership);
    if (heard == NULL)
        heard = add_heard(listener, event.election, event.election_size);
    heard->applied = event.applied;
    heard->is_led = event.leadership.leader != NULL;
    heard->leadership = leadership;
    heard->event = hash;
    listener->applied = event.applied;
    listener->hash = hash_number(listener->hash, hash);
    listener->count++;
    if (listener->note != NULL)
        listener->note(listener->context, &event);
}

/* ---- listening ---------------------------------------------------------- */

void listener_start(struct listener *listener,
                    struct election_registry *registry)
{
    const char *election = listener->election;
    size_t size = election == NULL ? 0 : strlen(election);

    listener_stop(listener, registry);
    listener->applied = 0;
    listener->heard_count = 0;
    assert_int_equal(election_registry_watch(registry, election, size,
                                             listener->scope, hear, listener,
                                             &listener->watch_id),
                     ELECTION_OK);
    assert_true(listener->watch_id != 0);
}

void listener_stop(struct listener *listener,
                   struct election_registry *registry)
{
    if (listener->watch_id == 0)
        return;
    assert_int_equal(election_registry_unwatch(registry, listener->watch_id),
                     ELECTION_OK);
    listener->watch_id = 0;
}

/* ---- what there is ------------------------------------------------------ */

/** Compares what was heard of an election with what a read says. */
static void check_one(const struct listener *listener,
                      const struct election_registry *registry,
                      const struct heard *heard)
{
    struct election_buffer query = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    uint64_t candidates = 0;
    struct election_registry_visitor visitor = {
        .candidate = hash_candidate,
        .context = &candidates,
    };
    struct election_registry_answer answer;

    assert_int_equal(election_registry_query_encode(
                         &(struct election_registry_query){
                             .kind = ELECTION_REGISTRY_GET_TERM,
                             .election = heard->name,
                             .election_size = heard->name_size},
                         &query),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_query(registry, query.data, query.size, &output),
        ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(output.data, output.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
    /* A Term that does not exist may jump, and nobody is told. */
    assert_true(heard->is_led == (answer.leadership.leader != NULL));
    if (heard->is_led)
        assert_true(heard->leadership == hash_leadership(&answer.leadership,
                                                         listener->scope,
                                                         candidates));
    election_buffer_free(&query);
    election_buffer_free(&output);
}

struct search {
    const struct listener *listener;
    size_t found;
};

static bool find_one(void *context,
                     const struct election_registry_election *shown)
{
    struct search *search = context;

    assert_non_null(
        find_heard(search->listener, shown->name, shown->name_size));
    search->found++;
    return true;
}

void listener_check(const struct listener *listener,
                    const struct election_registry *registry)
{
    struct search search = {listener, 0};

    if (listener->watch_id == 0)
        return;
    for (size_t i = 0; i < listener->heard_count; i++)
        check_one(listener, registry, &listener->heard[i]);
    if (listener->election == NULL)
        assert_int_equal(
            election_registry_each_election(registry, 0, find_one, &search),
            ELECTION_OK);
    else
        assert_int_equal(listener->heard_count, 1);
}
