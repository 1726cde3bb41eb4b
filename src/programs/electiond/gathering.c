/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KeepAlives of many clients become one entry. They wait for at most a tenth of
 * a second, which a client does not feel: its lease counts from when it asked.
 */
#include <stdlib.h>
#include <string.h>

#include "connection.h"

enum {
    GATHERED_MS = 100,
    /** Sessions in one entry. */
    GATHERED_MAX = 10000
};

/** Those that are in one entry, which is under way. */
struct batch {
    struct ticket *first;
    /* of the answer */
    uint64_t *lost_ids; /* in the order in which they were asked for */
    size_t lost_count;
    size_t lost_max;
};

static void reset(struct gathering *gathering)
{
    gathering->first = NULL;
    gathering->end = &gathering->first;
    gathering->session_count = 0;
}

/* ---- answers ------------------------------------------------------------ */

static bool add_lost(void *context, uint64_t session_id)
{
    struct batch *batch = context;

    if (batch->lost_count == batch->lost_max)
        return false;
    batch->lost_ids[batch->lost_count++] = session_id;
    return true;
}

/** None of a batch can be told more than that it is to ask again. */
static void send_elsewhere(struct ticket *ticket)
{
    while (ticket != NULL) {
        struct ticket *next = ticket->gathered;
        struct connection *connection = ticket->connection;
        uint64_t id = ticket->id;

        ticket_free(ticket);
        if (connection != NULL)
            requests_send_elsewhere(connection, id);
        ticket = next;
    }
}

/** Tells one client of its own sessions; returns how many of them are lost. */
static size_t tell(struct ticket *ticket, uint64_t applied,
                   const uint64_t *lost_ids, size_t lost_count)
{
    struct election_buffer *result = &ticket->node->gathering.result;
    enum election_status status = ELECTION_OK;
    size_t own = 0;

    for (size_t i = 0; i < ticket->session_count && own < lost_count; i++)
        own += ticket->session_ids[i] == lost_ids[own];
    if (own > 0)
        status = ELECTION_NO_SESSION;
    metrics_answered(&ticket->node->metrics, status,
                     uv_hrtime() - ticket->asked_ns);
    if (ticket->connection == NULL)
        return own;
    if (service_keep_alive_result(applied, lost_ids, own, result) !=
        ELECTION_OK)
        connection_drop(ticket->connection, "there is no memory");
    else
        connection_send(ticket->connection,
                        &(struct service_response){
                            .id = ticket->id,
                            .kind = SERVICE_RESULT,
                            .message = {result->data, result->size},
                        });
    return own;
}

static void tell_all(struct batch *batch, uint64_t applied)
{
    size_t told = 0;

    while (batch->first != NULL) {
        struct ticket *ticket = batch->first;

        batch->first = ticket->gathered;
        told += tell(ticket, applied, batch->lost_ids + told,
                     batch->lost_count - told);
        ticket_free(ticket);
    }
}

static void on_result(void *context, enum election_raft_fate fate,
                      const uint8_t *bytes, size_t size)
{
    struct batch *batch = context;
    const struct election_registry_visitor visitor = {
        .session_id = add_lost,
        .context = batch,
    };
    struct election_registry_result result;

    if (fate == ELECTION_RAFT_ANSWERED &&
        election_registry_result_decode(bytes, size, &result, &visitor) ==
            ELECTION_OK &&
        (result.status == ELECTION_OK || result.status == ELECTION_NO_SESSION))
        tell_all(batch, result.applied);
    else
        send_elsewhere(batch->first);
    free(batch->lost_ids);
    free(batch);
}

/* ---- entries ------------------------------------------------------------ */

/** Makes a batch of all that wait. NULL = no memory. */
static struct batch *make_batch(struct node *node, uint64_t **session_ids)
{
    const struct gathering *gathering = &node->gathering;
    size_t count = gathering->session_count;
    struct batch *batch = calloc(1, sizeof *batch);
    size_t at = 0;

    *session_ids = calloc(count + 1, sizeof **session_ids);
    if (batch != NULL)
        batch->lost_ids = calloc(count + 1, sizeof *batch->lost_ids);
    if (*session_ids == NULL || batch == NULL || batch->lost_ids == NULL) {
        free(*session_ids);
        if (batch != NULL)
            free(batch->lost_ids);
        free(batch);
        return NULL;
    }
    batch->first = gathering->first;
    batch->lost_max = count;
    for (const struct ticket *ticket = batch->first; ticket != NULL;
         ticket = ticket->gathered) {
        if (ticket->session_count > 0)
            memcpy(*session_ids + at, ticket->session_ids,
                   ticket->session_count * sizeof **session_ids);
        at += ticket->session_count;
    }
    return batch;
}

/** Proposes one KeepAlive. False = that can't be done here and now. */
static bool propose(struct node *node, struct batch *batch,
                    const uint64_t *session_ids)
{
    const struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_ids = session_ids,
        .session_count = batch->lost_max,
    };
    struct election_buffer *bytes = &node->gathering.command;

    return election_registry_command_encode(&command, bytes) == ELECTION_OK &&
           election_raft_propose(node->adapter, bytes->data, bytes->size,
                                 on_result, batch) == ELECTION_OK;
}

static void flush(struct node *node)
{
    struct gathering *gathering = &node->gathering;
    struct ticket *first = gathering->first;
    uint64_t *session_ids;
    struct batch *batch;

    (void)uv_timer_stop(&gathering->timer);
    if (first == NULL)
        return;
    batch = make_batch(node, &session_ids);
    reset(gathering);
    if (batch == NULL) {
        send_elsewhere(first);
        return;
    }
    if (!propose(node, batch, session_ids)) {
        send_elsewhere(first);
        free(batch->lost_ids);
        free(batch);
    }
    free(session_ids);
}

static void on_timer(uv_timer_t *timer)
{
    flush(timer->data);
}

void gathering_add(struct node *node, struct ticket *ticket)
{
    struct gathering *gathering = &node->gathering;

    ticket->gathered = NULL;
    *gathering->end = ticket;
    gathering->end = &ticket->gathered;
    gathering->session_count += ticket->session_count;
    if (gathering->session_count >= GATHERED_MAX)
        flush(node);
    else if (!uv_is_active((uv_handle_t *)&gathering->timer))
        (void)uv_timer_start(&gathering->timer, on_timer, GATHERED_MS, 0);
}

bool gathering_open(struct node *node)
{
    reset(&node->gathering);
    node->gathering.timer.data = node;
    return uv_timer_init(&node->loop, &node->gathering.timer) == 0;
}

void gathering_close(struct node *node)
{
    struct ticket *first = node->gathering.first;

    reset(&node->gathering);
    send_elsewhere(first);
    uv_close((uv_handle_t *)&node->gathering.timer, NULL);
}
