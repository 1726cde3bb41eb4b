/* SPDX-License-Identifier: Apache-2.0 */
#include "sessions.h"

#include <string.h>

#include "base/hash.h"
#include "sort.h"

static uint64_t hash_of_id(const struct election__state *state, uint64_t id)
{
    return election__hash_number(state->hash_seed, id);
}

/* ---- finding ------------------------------------------------------------ */

struct election__session *
election__session_find(const struct election__state *state, uint64_t id)
{
    struct election__chained *item =
        election__chains_find(&state->sessions.by_id, hash_of_id(state, id));

    /* No two ids have the same hash. */
    if (item == NULL)
        return NULL;
    return ELECTION__ITEM_OF(struct election__session, by_id, item);
}

struct election__session *
election__session_of_client(const struct election__state *state,
                            const uint8_t *client_id, size_t size)
{
    struct election__chained *item = election__chains_find(
        &state->sessions.by_client,
        election__chains_hash(state->hash_seed, client_id, size));

    for (; item != NULL; item = election__chains_next(item)) {
        struct election__session *session =
            ELECTION__ITEM_OF(struct election__session, by_client, item);

        if (session->client_id_size == size &&
            memcmp(session->client_id, client_id, size) == 0)
            return session;
    }
    return NULL;
}

bool election__session_asks_well(const struct election_registry_command *open)
{
    return open->client_id_size >= 1 &&
           open->client_id_size <= ELECTION_CLIENT_ID_SIZE_MAX &&
           open->data_size <= ELECTION_DATA_SIZE_MAX &&
           open->timeout_ms >= ELECTION_TIMEOUT_MS_MIN &&
           open->timeout_ms <= ELECTION_TIMEOUT_MS_MAX;
}

bool election__session_is_same(const struct election__session *session,
                               const struct election_registry_command *open)
{
    return session->incarnation == open->incarnation &&
           session->nonce == open->nonce;
}

bool election__session_has_data(const struct election__session *session,
                                const struct election_registry_command *open)
{
    return session->data_size == open->data_size &&
           (open->data_size == 0 ||
            memcmp(session->data, open->data, open->data_size) == 0);
}

uint64_t election__timeout_rounded(uint64_t timeout_ms)
{
    uint64_t unit = 1;

    while (timeout_ms / unit >= 100)
        unit *= 10;
    return (timeout_ms + unit - 1) / unit * unit;
}

/* ---- opening ------------------------------------------------------------ */

static struct election__queue *find_queue(const struct election__state *state,
                                          uint64_t timeout_ms)
{
    struct election__queue *queue = state->sessions.queues;

    while (queue != NULL && queue->timeout_ms != timeout_ms)
        queue = queue->next;
    return queue;
}

/** Finds or makes a queue. NULL = no memory. */
static struct election__queue *prepare_queue(struct election__state *state,
                                             uint64_t timeout_ms)
{
    struct election__queue *queue = find_queue(state, timeout_ms);

    if (queue != NULL)
        return queue;
    queue = election__allocate(&state->allocator, sizeof *queue);
    if (queue == NULL)
        return NULL;
    *queue = (struct election__queue){
        .next = state->sessions.queues,
        .timeout_ms = timeout_ms,
    };
    state->sessions.queues = queue;
    return queue;
}

struct election__session *
election__session_prepare(struct election__state *state,
                          const uint8_t *client_id, size_t client_id_size,
                          uint64_t timeout_ms)
{
    const struct election_allocator *allocator = &state->allocator;
    struct election__session *session;
    struct election__queue *queue;

    if (!election__chains_reserve(&state->sessions.by_id, allocator) ||
        !election__chains_reserve(&state->sessions.by_client, allocator) ||
        !election__order_reserve(&state->sessions.order, allocator))
        return NULL;
    queue = prepare_queue(state, timeout_ms);
    if (queue == NULL)
        return NULL;
    session = election__allocate(allocator, sizeof *session + client_id_size);
    if (session == NULL)
        return NULL;
    *session = (struct election__session){
        .queue = queue,
        .client_id_size = (uint8_t)client_id_size,
    };
    memcpy(session->client_id, client_id, client_id_size);
    return session;
}

uint8_t *election__data_copy(const struct election_allocator *allocator,
                             const uint8_t *data, size_t size)
{
    uint8_t *copy;

    if (size == 0)
        return NULL;
    copy = election__allocate(allocator, size);
    if (copy != NULL)
        memcpy(copy, data, size);
    return copy;
}

/** Puts a session at the end of its queue. */
static void queue_up(struct election__session *session)
{
    struct election__queue *queue = session->queue;

    session->previous = queue->last;
    session->next = NULL;
    if (queue->last != NULL)
        queue->last->next = session;
    else
        queue->first = session;
    queue->last = session;
}

static void leave_queue(struct election__session *session)
{
    struct election__queue *queue = session->queue;

    if (session->previous != NULL)
        session->previous->next = session->next;
    else
        queue->first = session->next;
    if (session->next != NULL)
        session->next->previous = session->previous;
    else
        queue->last = session->previous;
}

void election__session_open(struct election__state *state,
                            struct election__session *session)
{
    uint64_t deadline;

    election__chains_add(&state->sessions.by_id, &session->by_id,
                         hash_of_id(state, session->id));
    election__chains_add(&state->sessions.by_client, &session->by_client,
                         election__chains_hash(state->hash_seed,
                                               session->client_id,
                                               session->client_id_size));
    election__order_append(&state->sessions.order, session->id, session);
    queue_up(session);
    deadline = election__session_deadline(&state->clock, session);
    if (state->sessions.quiet_until_ms > deadline)
        state->sessions.quiet_until_ms = deadline;
}

/* ---- living ------------------------------------------------------------- */

void election__session_renew(struct election__state *state,
                             struct election__session *session)
{
    session->renewed_ms = state->clock.now_ms;
    if (session->next == NULL)
        return;
    leave_queue(session);
    queue_up(session);
}

uint64_t election__sessions_deadline(const struct election__state *state,
                                     const struct election__clock *clock)
{
    const struct election__queue *queue = state->sessions.queues;
    uint64_t first = UINT64_MAX;

    for (; queue != NULL; queue = queue->next) {
        uint64_t deadline;

        if (queue->first == NULL)
            continue;
        deadline = election__session_deadline(clock, queue->first);
        if (deadline < first)
            first = deadline;
    }
    return first;
}

/* ---- going -------------------------------------------------------------- */

void election__session_free(const struct election_allocator *allocator,
                            struct election__session *session)
{
    if (session == NULL)
        return;
    election__release(allocator, session->data);
    election__release(allocator, session);
}

void election__session_forget(struct election__state *state,
                              struct election__session *session)
{
    leave_queue(session);
    election__chains_remove(&state->sessions.by_id, &session->by_id);
    election__chains_remove(&state->sessions.by_client, &session->by_client);
    election__order_remove(&state->sessions.order, session->id);
    election__session_free(&state->allocator, session);
}

void election__sessions_trim(struct election__state *state)
{
    const struct election_allocator *allocator = &state->allocator;
    struct election__queue **at = &state->sessions.queues;

    while (*at != NULL) {
        struct election__queue *queue = *at;

        if (queue->first != NULL) {
            at = &queue->next;
            continue;
        }
        *at = queue->next;
        election__release(allocator, queue);
    }
    election__chains_trim(&state->sessions.by_id, allocator);
    election__chains_trim(&state->sessions.by_client, allocator);
    election__order_trim(&state->sessions.order, allocator);
}

/* ---- sorting ------------------------------------------------------------ */

void election__sessions_sort(struct election__state *state)
{
    struct election__queue *queue = state->sessions.queues;

    for (; queue != NULL; queue = queue->next) {
        struct election__session *session = election__sort(
            queue->first, offsetof(struct election__session, next),
            offsetof(struct election__session, renewed_ms));

        queue->first = NULL;
        queue->last = NULL;
        while (session != NULL) {
            struct election__session *next = session->next;

            queue_up(session);
            session = next;
        }
    }
}
