/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server of libraft that does nothing with its entries: what a node costs
 * that has no registry. It speaks the frames of electiond, appends an entry as
 * large as electiond would for each Command, and answers all of them alike once
 * they are applied.
 *
 *     plain_node FOLDER ID RAFTPORT... CLIENTPORT...
 *
 * Segments, timeouts and how frames are read and written are those of
 * electiond. It has neither rights, limits nor snapshots. SIGTERM ends it.
 */
#include <limits.h>
#include <raft/uv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/service.h"

enum {
    SEGMENT_SIZE = 2 << 20,
    RECONNECT_MS = 200,
    PATIENCE_MS = 1000,
    BACKLOG = 511,
    /** What the Raft leader's stamps take, and the padding of an entry. */
    STAMPS_SIZE = 8,
    WORD = 8
};

/** A Result as of a candidate that leads: {applied, propose {leadership}}. */
static const uint8_t result[] = "\x10\xff\xff\x7f\x2a\x1d\x0a\x1b\x08\xff\x7f"
                                "\x12\x12"
                                "candidate-00000001"
                                "\x18\xff\xff\x7f";

/** A client. It lives as long as the process: there are few. */
struct guest {
    uv_tcp_t tcp;
    struct guest *next;
    struct service_inbox inbox;
    struct election_buffer queue; /* frames that wait for the end of the turn */
    uv_write_t write;
    struct election_buffer sent; /* is being written, if it has bytes */
};

/** A Command that is on its way through the log. */
struct ticket {
    struct raft_apply apply;
    struct guest *guest;
    uint64_t id;
};

static struct plain_node {
    const char *folder;
    unsigned id, count;
    char **raft_ports, **client_ports;
    uv_loop_t loop;
    uv_signal_t signal;
    uv_prepare_t turn;
    uv_tcp_t port;
    struct guest *guests;
    struct raft_uv_transport transport;
    struct raft_io io;
    struct raft_fsm fsm;
    struct raft raft;
    struct election_buffer frame;
} node;

static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    (void)fprintf(stderr, "plain_node: %s: %s\n", what, node.raft.errmsg);
    exit(1);
}

/* ---- what is sent ------------------------------------------------------- */

static void add_bytes(struct election_buffer *buffer, const void *bytes,
                      size_t size)
{
    if (buffer->size + size > buffer->capacity) {
        buffer->capacity = 2 * (buffer->size + size);
        buffer->data = realloc(buffer->data, buffer->capacity);
        must(buffer->data != NULL, "no memory");
    }
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

static void answer(struct guest *guest, const struct service_response *response)
{
    must(service_response_write(response, &node.frame) == ELECTION_OK,
         "no frame");
    add_bytes(&guest->queue, node.frame.data, node.frame.size);
}

static void on_written(uv_write_t *write, int status)
{
    struct guest *guest = write->data;

    (void)status;
    guest->sent.size = 0;
}

/** Before the loop waits: what was answered in this turn goes out at once. */
static void on_turn(uv_prepare_t *turn)
{
    (void)turn;
    for (struct guest *guest = node.guests; guest != NULL;
         guest = guest->next) {
        struct election_buffer idle = guest->sent;
        uv_buf_t bytes;

        if (guest->queue.size == 0 || idle.size > 0 ||
            uv_is_closing((uv_handle_t *)&guest->tcp))
            continue;
        guest->sent = guest->queue;
        guest->queue = idle;
        guest->write.data = guest;
        bytes =
            uv_buf_init((char *)guest->sent.data, (unsigned)guest->sent.size);
        if (uv_write(&guest->write, (uv_stream_t *)&guest->tcp, &bytes, 1,
                     on_written) != 0)
            guest->sent.size = 0;
    }
}

/* ---- entries ------------------------------------------------------------ */

static int apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                 void **outcome)
{
    (void)fsm;
    (void)entry;
    *outcome = NULL;
    return 0;
}

static void on_applied(struct raft_apply *request, int status, void *outcome)
{
    struct ticket *ticket = request->data;

    (void)outcome;
    if (status == 0)
        answer(ticket->guest, &(struct service_response){
                                  .id = ticket->id,
                                  .kind = SERVICE_RESULT,
                                  .message = {result, sizeof result - 1},
                              });
    free(ticket);
}

static void propose(struct guest *guest, const struct service_request *request)
{
    size_t size = request->message.size + STAMPS_SIZE;
    struct ticket *ticket = malloc(sizeof *ticket);
    struct raft_buffer entry;

    entry.len = (size / WORD + 1) * WORD;
    entry.base = raft_calloc(1, entry.len);
    must(ticket != NULL && entry.base != NULL, "no memory");
    memcpy(entry.base, request->message.bytes, request->message.size);
    ticket->apply.data = ticket;
    ticket->guest = guest;
    ticket->id = request->id;
    if (raft_apply(&node.raft, &ticket->apply, &entry, 1, on_applied) == 0)
        return;
    raft_free(entry.base);
    free(ticket);
    answer(guest, &(struct service_response){.id = request->id,
                                             .kind = SERVICE_UNAVAILABLE});
}

/* ---- what is heard ------------------------------------------------------ */

static void take(struct guest *guest, const struct service_span *message)
{
    struct service_request request;

    must(service_request_read(message->bytes, message->size, &request) ==
             ELECTION_OK,
         "no Request");
    if (request.kind == SERVICE_COMMAND)
        propose(guest, &request);
    else
        answer(guest, &(struct service_response){
                          .id = request.id,
                          .kind = SERVICE_WELCOME,
                          .version = SERVICE_VERSION,
                          .node_id = node.id,
                          .is_leader = raft_state(&node.raft) == RAFT_LEADER,
                      });
}

static void provide(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct guest *guest = handle->data;
    uint8_t *room;
    size_t size;

    (void)wanted;
    must(service_inbox_room(&guest->inbox, &room, &size), "no room");
    *buffer = uv_buf_init((char *)room, (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct guest *guest = stream->data;
    struct service_span message;

    (void)buffer;
    if (size < 0) {
        uv_close((uv_handle_t *)stream, NULL);
        return;
    }
    service_inbox_add(&guest->inbox, (size_t)size);
    while (service_inbox_take(&guest->inbox, &message) == ELECTION_OK)
        take(guest, &message);
}

static void on_guest(uv_stream_t *port, int status)
{
    struct guest *guest = calloc(1, sizeof *guest);

    must(status == 0 && guest != NULL, "no guest");
    guest->tcp.data = guest;
    guest->next = node.guests;
    node.guests = guest;
    must(uv_tcp_init(&node.loop, &guest->tcp) == 0 &&
             uv_accept(port, (uv_stream_t *)&guest->tcp) == 0 &&
             uv_tcp_nodelay(&guest->tcp, 1) == 0 &&
             uv_read_start((uv_stream_t *)&guest->tcp, provide, on_read) == 0,
         "no connection");
}

/* ---- the beginning, and the end ----------------------------------------- */

static void address_of(const char *port, char address[32])
{
    (void)snprintf(address, 32, "127.0.0.1:%s", port);
}

static void bootstrap(void)
{
    struct raft_configuration all;
    char address[32];

    raft_configuration_init(&all);
    for (unsigned i = 0; i < node.count; i++) {
        address_of(node.raft_ports[i], address);
        must(raft_configuration_add(&all, i + 1, address, RAFT_VOTER) == 0,
             "no configuration");
    }
    must(raft_bootstrap(&node.raft, &all) == 0, "no bootstrap");
    raft_configuration_close(&all);
}

static void start_raft(void)
{
    char address[32];

    address_of(node.raft_ports[node.id - 1], address);
    must(raft_uv_tcp_init(&node.transport, &node.loop) == 0, "no transport");
    must(raft_uv_init(&node.io, &node.loop, node.folder, &node.transport) == 0,
         "no I/O");
    raft_uv_set_connect_retry_delay(&node.io, RECONNECT_MS);
    raft_uv_set_segment_size(&node.io, SEGMENT_SIZE);
    node.fsm = (struct raft_fsm){.version = 1, .apply = apply};
    must(raft_init(&node.raft, &node.io, &node.fsm, node.id, address) == 0,
         "no raft");
    bootstrap();
    raft_set_snapshot_threshold(&node.raft, UINT_MAX);
    raft_set_election_timeout(&node.raft, PATIENCE_MS);
    raft_set_heartbeat_timeout(&node.raft, PATIENCE_MS / 10);
    raft_set_pre_vote(&node.raft, true);
    must(raft_start(&node.raft) == 0, "no start");
}

static void open_port(void)
{
    struct sockaddr_in place;

    must(uv_ip4_addr("127.0.0.1", atoi(node.client_ports[node.id - 1]),
                     &place) == 0 &&
             uv_tcp_init(&node.loop, &node.port) == 0 &&
             uv_tcp_bind(&node.port, (const struct sockaddr *)&place, 0) == 0 &&
             uv_listen((uv_stream_t *)&node.port, BACKLOG, on_guest) == 0,
         "no port");
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
    _Exit(0); /* what it has written is not looked at any more */
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc % 2 == 0)
        return 2;
    (void)signal(SIGPIPE, SIG_IGN);
    node.folder = argv[1];
    node.id = (unsigned)atoi(argv[2]);
    node.count = (unsigned)(argc - 3) / 2;
    node.raft_ports = argv + 3;
    node.client_ports = node.raft_ports + node.count;
    must(node.id > 0 && node.id <= node.count, "no such id");
    must(uv_loop_init(&node.loop) == 0, "no loop");
    start_raft();
    open_port();
    must(uv_signal_init(&node.loop, &node.signal) == 0 &&
             uv_signal_start(&node.signal, on_signal, SIGTERM) == 0 &&
             uv_prepare_init(&node.loop, &node.turn) == 0 &&
             uv_prepare_start(&node.turn, on_turn) == 0,
         "no handles");
    return uv_run(&node.loop, UV_RUN_DEFAULT);
}
