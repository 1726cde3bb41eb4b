/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "watches.h"

enum {
    /** How long one may take to say hello, to finish a message that it has
     * begun, and to take what was sent. */
    HELLO_MS = 5000,
    MESSAGE_MS = 10000,
    SENDING_MS = 10000,
    /** How long it may take to go, once it was told that it must. */
    ENDING_MS = 1000,
    /** Bytes of a message before the hello was taken. */
    HELLO_SIZE_MAX = 4096,
    /** Messages that are taken in one turn: then it is others' turn. */
    TAKEN_MAX = 256,
    /** Parcels that are sent at once. */
    SENT_MAX = 64,
    /** Memory of a parcel, and of what it is found by, beside what it has. */
    PARCEL_SIZE = sizeof(struct parcel) + 96
};

/* ---- coming and going --------------------------------------------------- */

struct connection *connection_create(struct node *node, bool is_operator)
{
    struct connection *connection = calloc(1, sizeof *connection);
    int status;

    if (connection == NULL)
        return NULL;
    connection->node = node;
    connection->is_operator = is_operator;
    connection->came_ms = connection->heard_ms = service_clock_ms();
    connection->inbox.message_size_max = HELLO_SIZE_MAX;
    if (is_operator)
        status = uv_pipe_init(&node->loop, &connection->pipe, 0);
    else
        status = uv_tcp_init(&node->loop, &connection->tcp);
    if (status != 0) {
        free(connection);
        return NULL;
    }
    connection->next = node->connections;
    connection->link = &node->connections;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    node->connections = connection;
    node->connection_count++;
    return connection;
}

static void free_parcel(struct parcel *parcel)
{
    election_buffer_free(&parcel->bytes);
    free(parcel);
}

static void free_parcels(struct parcel *parcel)
{
    while (parcel != NULL) {
        struct parcel *next = parcel->next;

        free_parcel(parcel);
        parcel = next;
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection =
        (struct connection *)((char *)handle -
                              offsetof(struct connection, handle));
    struct node *node = connection->node;

    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    node->connection_count--;
    node->queued_size -= connection->queued_size;
    free_parcels(connection->queue);
    free_parcels(connection->sending);
    service_inbox_free(&connection->inbox);
    free(connection);
}

void connection_drop(struct connection *connection, const char *why)
{
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    if (why != NULL && complaints_add(&connection->node->complaints,
                                      connection->address, service_clock_ms()))
        journal("dropped", "%s: %s", connection->address, why);
    for (struct ticket *ticket = connection->tickets; ticket != NULL;
         ticket = ticket->next)
        ticket->connection = NULL;
    watches_drop(connection);
    requests_end_snapshot(connection);
    uv_close(&connection->handle, on_closed);
}

/* ---- tickets ------------------------------------------------------------ */

struct ticket *connection_ticket(struct connection *connection, uint64_t id,
                                 size_t session_count)
{
    struct ticket *ticket =
        malloc(sizeof *ticket + session_count * sizeof *ticket->session_ids);

    if (ticket == NULL)
        return NULL;
    *ticket = (struct ticket){
        .next = connection->tickets,
        .asked_ns = connection->node->metrics.is_on ? uv_hrtime() : 0,
        .connection = connection,
        .node = connection->node,
        .id = id,
        .session_count = session_count,
    };
    connection->tickets = ticket;
    connection->ticket_count++;
    connection->node->ticket_count++;
    return ticket;
}

void ticket_free(struct ticket *ticket)
{
    struct connection *connection = ticket->connection;

    ticket->node->ticket_count--;
    if (connection != NULL) {
        struct ticket **link = &connection->tickets;

        while (*link != ticket)
            link = &(*link)->next;
        *link = ticket->next;
        connection->ticket_count--;
        connection->proposal_count -= ticket->is_proposal;
    }
    free(ticket);
}

/* ---- what arrives ------------------------------------------------------- */

static void provide(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    struct connection *connection = handle->data;
    uint8_t *room;

    (void)size;
    *buffer = uv_buf_init(NULL, 0);
    if (service_inbox_room(&connection->inbox, &room, &size))
        *buffer = uv_buf_init((char *)room, (unsigned)size);
}

/** Tells whether more is taken now: not if much waits, or was taken. */
static bool takes(const struct connection *connection)
{
    return !connection->is_closing && !connection->is_ending &&
           connection->ticket_count < TICKETS_MAX &&
           connection->taken_count < TAKEN_MAX;
}

/** Takes what has arrived. */
static void take_messages(struct connection *connection)
{
    while (takes(connection)) {
        struct service_span message;
        enum election_status status =
            service_inbox_take(&connection->inbox, &message);

        if (status == ELECTION_NOT_FOUND)
            return;
        if (status != ELECTION_OK) {
            requests_refuse(connection, 0,
                            "a frame has 1 MiB at most, and before the hello "
                            "4 KiB");
            connection->is_ending = true;
            return;
        }
        connection->heard_ms = service_clock_ms();
        connection->taken_count++;
        requests_take(connection, &message);
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;

    (void)buffer;
    if (size == UV_EOF &&
        (connection->ticket_count > 0 || connection->queue != NULL)) {
        connection->is_silent = true; /* it still waits for its answers */
        connection->is_ending = true;
        (void)uv_read_stop(stream);
        return;
    }
    if (size < 0) {
        connection_drop(connection,
                        size == UV_ENOBUFS ? "there is no memory" : NULL);
        return;
    }
    /* To close now would take back what was sent. */
    if (connection->is_ending) {
        service_inbox_free(&connection->inbox);
        return;
    }
    if (!service_inbox_is_waiting(&connection->inbox))
        connection->heard_ms = service_clock_ms();
    service_inbox_add(&connection->inbox, (size_t)size);
    take_messages(connection);
    service_inbox_trim(&connection->inbox);
    if (!connection->is_closing && !connection->is_ending &&
        !takes(connection)) {
        connection->is_paused = true;
        (void)uv_read_stop(stream);
        node_go_on(connection->node);
    }
}

void connection_start(struct connection *connection)
{
    struct sockaddr_storage peer;
    int size = sizeof peer;

    (void)strcpy(connection->address, "the operator's socket");
    connection->handle.data = connection;
    if (!connection->is_operator) {
        (void)strcpy(connection->address, "?");
        (void)uv_tcp_nodelay(&connection->tcp, 1);
        (void)uv_tcp_keepalive(&connection->tcp, 1, 30);
        if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&peer,
                               &size) == 0)
            (void)uv_ip4_name((const struct sockaddr_in *)&peer,
                              connection->address, ADDRESS_SIZE);
    }
    if (uv_read_start(&connection->stream, provide, on_read) != 0)
        connection_drop(connection, "it can't be read");
}

/* ---- what is sent ------------------------------------------------------- */

/** Counts memory that is queued. False = too much, and the connection is
 * dropped. */
static bool add_size(struct connection *connection, struct parcel *parcel,
                     size_t size)
{
    struct node *node = connection->node;

    if (connection->queued_size + size > QUEUED_MAX ||
        node->queued_size + size > QUEUED_MAX_IN_ALL) {
        connection_drop(connection, "it does not take what is sent");
        return false;
    }
    parcel->counted += size;
    connection->queued_size += size;
    node->queued_size += size;
    return true;
}

static void subtract_size(struct connection *connection, size_t size)
{
    connection->queued_size -= size;
    connection->node->queued_size -= size;
}

/** Adds an empty parcel. NULL = no memory, and the connection is dropped. */
static struct parcel *add_parcel(struct connection *connection,
                                 size_t name_size)
{
    struct parcel *parcel = calloc(1, sizeof *parcel + name_size);

    if (parcel == NULL) {
        connection_drop(connection, "there is no memory");
        return NULL;
    }
    if (connection->queue == NULL)
        connection->queue = parcel;
    else
        connection->last->next = parcel;
    connection->last = parcel;
    return parcel;
}

/** Writes a response into the node's frame; too large = a refusal instead. */
static bool write_frame(struct connection *connection,
                        const struct service_response *response)
{
    static const char too_large[] =
        "the answer is larger than a frame, which has 1 MiB at most";
    struct election_buffer *frame = &connection->node->frame;
    enum election_status status = service_response_write(response, frame);

    if (status == ELECTION_FULL)
        status = service_response_write(
            &(struct service_response){
                .id = response->id,
                .kind = SERVICE_REFUSED,
                .text = service_text(too_large),
            },
            frame);
    if (status != ELECTION_OK)
        connection_drop(connection, "there is no memory");
    return status == ELECTION_OK;
}

/** Gives a parcel room for so much. False = no memory. */
static bool make_room(struct election_buffer *bytes, size_t size)
{
    uint8_t *grown;

    if (size <= bytes->capacity)
        return true;
    grown = realloc(bytes->data, size);
    if (grown == NULL)
        return false;
    bytes->data = grown;
    bytes->capacity = size;
    return true;
}

/**
 * Appends the frame to a parcel, which may be given more room than that. False
 * = the connection is dropped.
 */
static bool append_frame(struct connection *connection, struct parcel *parcel,
                         size_t more)
{
    const struct election_buffer *frame = &connection->node->frame;
    struct election_buffer *bytes = &parcel->bytes;
    size_t size = bytes->size + frame->size;
    size_t room = size <= bytes->capacity ? bytes->capacity : size + more;

    if (!add_size(connection, parcel, room - bytes->capacity))
        return false;
    if (!make_room(bytes, room)) {
        connection_drop(connection, "there is no memory");
        return false;
    }
    if (frame->size > 0)
        memcpy(bytes->data + bytes->size, frame->data, frame->size);
    bytes->size = size;
    return true;
}

void connection_send(struct connection *connection,
                     const struct service_response *response)
{
    struct parcel *parcel = connection->last;

    if (connection->is_closing || !write_frame(connection, response))
        return;
    /* Answers that wait together are one parcel, but for very large ones. */
    if (connection->queue == NULL || parcel->name_size > 0 ||
        parcel->bytes.size > 65536)
        parcel = add_parcel(connection, 0);
    if (parcel != NULL)
        (void)append_frame(connection, parcel, parcel->bytes.size);
}

struct parcel *connection_send_event(struct connection *connection,
                                     struct watch *watch,
                                     const struct service_response *response,
                                     const char *name, size_t name_size)
{
    struct parcel *parcel;

    if (connection->is_closing || !write_frame(connection, response))
        return NULL;
    parcel = add_parcel(connection, name_size);
    if (parcel == NULL ||
        !add_size(connection, parcel, PARCEL_SIZE + name_size) ||
        !append_frame(connection, parcel, 0))
        return NULL;
    parcel->watch = watch;
    parcel->name_size = name_size;
    memcpy(parcel->name, name, name_size);
    return parcel;
}

void connection_replace(struct connection *connection, struct parcel *parcel,
                        const struct service_response *response)
{
    if (connection->is_closing || !write_frame(connection, response))
        return;
    parcel->bytes.size = 0;
    (void)append_frame(connection, parcel, 0);
}

static void on_written(uv_write_t *request, int status)
{
    struct connection *connection = request->data;

    subtract_size(connection, connection->sending_size);
    connection->sending_size = 0;
    free_parcels(connection->sending);
    connection->sending = NULL;
    if (status != 0)
        connection_drop(connection, NULL);
}

/** Takes the first parcels out of the queue; returns how many. */
static unsigned take_parcels(struct connection *connection, uv_buf_t *buffers)
{
    struct parcel **end = &connection->sending;
    unsigned count = 0;

    while (connection->queue != NULL && count < SENT_MAX) {
        struct parcel *parcel = connection->queue;

        connection->queue = parcel->next;
        parcel->next = NULL;
        if (parcel->watch != NULL)
            watch_sent(parcel);
        *end = parcel;
        end = &parcel->next;
        connection->sending_size += parcel->counted;
        buffers[count++] = uv_buf_init((char *)parcel->bytes.data,
                                       (unsigned)parcel->bytes.size);
    }
    return count;
}

static void send_some(struct connection *connection)
{
    uv_buf_t buffers[SENT_MAX];
    unsigned count;

    if (connection->queue == NULL || connection->sending != NULL)
        return;
    count = take_parcels(connection, buffers);
    connection->sending_ms = service_clock_ms();
    connection->write.data = connection;
    if (uv_write(&connection->write, &connection->stream, buffers, count,
                 on_written) != 0) {
        subtract_size(connection, connection->sending_size);
        connection->sending_size = 0;
        connection_drop(connection, NULL);
    }
}

/* ---- turn by turn ------------------------------------------------------- */

/** Reads on, where enough was answered. */
static void resume(struct connection *connection)
{
    connection->taken_count = 0;
    if (!connection->is_paused || connection->ticket_count > TICKETS_MAX / 2)
        return;
    take_messages(connection);
    if (connection->taken_count == TAKEN_MAX)
        node_go_on(connection->node);
    if (!takes(connection))
        return;
    connection->is_paused = false;
    if (uv_read_start(&connection->stream, provide, on_read) != 0)
        connection_drop(connection, "it can't be read");
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown;
    (void)status; /* it is closed soon, whatever it is */
}

/** All was sent: its end is told, and what it may send is not taken. */
static void shut(struct connection *connection)
{
    if (connection->is_shut)
        return;
    if (connection->is_silent) { /* so nothing is left to be taken */
        connection_drop(connection, NULL);
        return;
    }
    connection->is_shut = true;
    connection->heard_ms = service_clock_ms();
    if (uv_shutdown(&connection->shutdown, &connection->stream, on_shut) != 0)
        connection_drop(connection, NULL);
}

void connection_turn(struct connection *connection)
{
    if (connection->is_closing)
        return;
    watches_turn(connection);
    resume(connection);
    if (connection->is_closing)
        return;
    if (connection->queue == NULL && connection->sending == NULL)
        requests_go_on(connection);
    send_some(connection);
    if (connection->is_ending && connection->sending == NULL &&
        connection->ticket_count == 0)
        shut(connection);
}

/** Tells whether nothing of what is sent was taken for too long. */
static bool is_stuck(struct connection *connection, uint64_t now_ms)
{
    size_t left_size = uv_stream_get_write_queue_size(&connection->stream);

    if (connection->sending == NULL)
        return false;
    if (left_size != connection->left_size)
        connection->sending_ms = now_ms;
    connection->left_size = left_size;
    return now_ms - connection->sending_ms > SENDING_MS;
}

void connection_check(struct connection *connection, uint64_t now_ms)
{
    uint64_t silent_ms = now_ms - connection->heard_ms;

    if (connection->is_closing)
        return;
    if (connection->is_shut && silent_ms > ENDING_MS)
        connection_drop(connection, NULL);
    else if (!connection->has_greeted &&
             now_ms - connection->came_ms > HELLO_MS)
        connection_drop(connection, "it has not said hello");
    else if (!connection->is_paused && silent_ms > MESSAGE_MS &&
             service_inbox_is_waiting(&connection->inbox))
        connection_drop(connection, "it does not end its message");
    else if (is_stuck(connection, now_ms))
        connection_drop(connection, "it does not take what is sent");
}
