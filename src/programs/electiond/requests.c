/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks for, and what it is answered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "journal.h"
#include "members.h"
#include "watches.h"

enum {
    /** Bytes of a client's command: more than any needs. */
    COMMAND_SIZE_MAX = 2048,
    KEEP_ALIVE_SIZE_MAX = 16384,
    /** Requests of all that wait, gone or not. */
    UNDER_WAY_MAX = 10000,
    /** Sessions in a KeepAlive of a client. */
    SESSIONS_MAX = 1000,
    PIECE_SIZE = 1 << 18
};

/* ---- answers ------------------------------------------------------------ */

void requests_refuse(struct connection *connection, uint64_t id,
                     const char *text)
{
    connection_send(connection, &(struct service_response){
                                    .id = id,
                                    .kind = SERVICE_REFUSED,
                                    .text = service_text(text),
                                });
}

static void send_unavailable(struct connection *connection, uint64_t id,
                             const char *text)
{
    connection_send(connection, &(struct service_response){
                                    .id = id,
                                    .kind = SERVICE_UNAVAILABLE,
                                    .text = service_text(text),
                                });
}

void requests_send_elsewhere(struct connection *connection, uint64_t id)
{
    struct node *node = connection->node;
    const char *address = server_leader_address(node);

    if (raft_state(&node->raft) == RAFT_LEADER) {
        send_unavailable(connection, id, "this node is taking office");
        return;
    }
    if (address == NULL) {
        send_unavailable(connection, id,
                         "this node knows no leader: there may be no quorum");
        return;
    }
    connection_send(connection, &(struct service_response){
                                    .id = id,
                                    .kind = SERVICE_NOT_LEADER,
                                    .text = service_text(address),
                                });
}

/** Ends the connection of who does not keep the rules, once it is told why. */
static void turn_away(struct connection *connection, uint64_t id,
                      const char *text)
{
    requests_refuse(connection, id, text);
    connection->is_ending = true;
    if (complaints_add(&connection->node->complaints, connection->address,
                       service_clock_ms()))
        journal("refused", "%s: %s", connection->address, text);
}

static void answer(struct ticket *ticket, enum service_response_kind kind,
                   enum election_raft_fate fate, const uint8_t *bytes,
                   size_t size)
{
    struct connection *connection = ticket->connection;
    uint64_t id = ticket->id;

    ticket_free(ticket);
    if (connection == NULL)
        return;
    if (fate == ELECTION_RAFT_ANSWERED)
        connection_send(connection, &(struct service_response){
                                        .id = id,
                                        .kind = kind,
                                        .message = {bytes, size},
                                    });
    else
        send_unavailable(connection, id,
                         "the leader has changed meanwhile: ask again");
}

/** Counts what came of a proposal. */
static void count(const struct ticket *ticket, enum election_raft_fate fate,
                  const uint8_t *bytes, size_t size)
{
    struct metrics *metrics = &ticket->node->metrics;
    struct election_registry_result result;

    if (!metrics->is_on)
        return;
    if (fate != ELECTION_RAFT_ANSWERED)
        metrics->unknown_count++;
    else if (election_registry_result_decode(bytes, size, &result, NULL) ==
             ELECTION_OK)
        metrics_answered(metrics, result.status,
                         uv_hrtime() - ticket->asked_ns);
}

static void on_result(void *context, enum election_raft_fate fate,
                      const uint8_t *bytes, size_t size)
{
    count(context, fate, bytes, size);
    answer(context, SERVICE_RESULT, fate, bytes, size);
}

static void on_answer(void *context, enum election_raft_fate fate,
                      const uint8_t *bytes, size_t size)
{
    struct ticket *ticket = context;

    ticket->node->metrics.linearizable_count += fate == ELECTION_RAFT_ANSWERED;
    answer(ticket, SERVICE_ANSWER, fate, bytes, size);
}

/** What could not be asked of the cluster. */
static void not_taken(struct ticket *ticket, enum election_status status)
{
    struct connection *connection = ticket->connection;
    uint64_t id = ticket->id;

    ticket_free(ticket);
    if (status == ELECTION_BUSY)
        requests_send_elsewhere(connection, id);
    else
        send_unavailable(connection, id, election_status_text(status));
}

/* ---- hello -------------------------------------------------------------- */

/** Compares in a time that does not tell where they differ. */
static bool is_token(const struct options *options,
                     const struct service_span *token)
{
    uint8_t difference = 0;

    if (token->size != options->token.size)
        return false;
    for (size_t i = 0; i < token->size; i++)
        difference |= (uint8_t)(token->bytes[i] ^ options->token.bytes[i]);
    return difference == 0;
}

static void take_hello(struct connection *connection,
                       const struct service_request *request)
{
    struct node *node = connection->node;
    char text[96];

    if (connection->has_greeted) {
        turn_away(connection, request->id, "hello is said once");
    } else if (request->version == 0 || request->version > SERVICE_VERSION) {
        (void)snprintf(text, sizeof text,
                       "this node speaks version %d of the protocol, and the "
                       "client %" PRIu64,
                       SERVICE_VERSION, request->version);
        turn_away(connection, request->id, text);
    } else if (!connection->is_operator && node->options.token.size > 0 &&
               !is_token(&node->options, &request->token)) {
        turn_away(connection, request->id, "the token is wrong");
    } else if (request->client_id.size > sizeof connection->client_id) {
        turn_away(connection, request->id, "a client_id has 64 bytes at most");
    } else {
        connection->has_greeted = true;
        connection->inbox.message_size_max = 0;
        connection->client_id_size = request->client_id.size;
        if (request->client_id.size > 0)
            memcpy(connection->client_id, request->client_id.bytes,
                   request->client_id.size);
        connection_send(connection,
                        &(struct service_response){
                            .id = request->id,
                            .kind = SERVICE_WELCOME,
                            .version = SERVICE_VERSION,
                            .node_id = node->options.id,
                            .is_leader = election_raft_leads(node->adapter),
                            .registry_version = ELECTION_REGISTRY_VERSION,
                        });
    }
}

/* ---- commands ----------------------------------------------------------- */

/** The sessions that a KeepAlive names. */
struct named {
    uint64_t ids[SESSIONS_MAX];
    size_t count;
};

static bool add_session(void *context, uint64_t session_id)
{
    struct named *named = context;

    if (named->count == SESSIONS_MAX)
        return false;
    named->ids[named->count++] = session_id;
    return true;
}

/** Makes a ticket. NULL = it is told why not. */
static struct ticket *make_ticket(struct connection *connection, uint64_t id,
                                  size_t session_count)
{
    struct ticket *ticket;

    if (connection->node->ticket_count >= UNDER_WAY_MAX) {
        send_unavailable(connection, id, "too much is under way: ask again");
        return NULL;
    }
    ticket = connection_ticket(connection, id, session_count);
    if (ticket == NULL)
        connection_drop(connection, "there is no memory");
    return ticket;
}

static void propose(struct connection *connection,
                    const struct service_request *request)
{
    struct ticket *ticket = make_ticket(connection, request->id, 0);
    enum election_status status;

    if (ticket == NULL)
        return;
    ticket->is_proposal = true;
    connection->proposal_count++;
    status =
        election_raft_propose(connection->node->adapter, request->message.bytes,
                              request->message.size, on_result, ticket);
    if (status != ELECTION_OK)
        not_taken(ticket, status);
}

static void keep_alive(struct connection *connection, uint64_t id,
                       const struct named *named)
{
    struct ticket *ticket = make_ticket(connection, id, named->count);

    if (ticket == NULL)
        return;
    memcpy(ticket->session_ids, named->ids, named->count * sizeof *named->ids);
    gathering_add(connection->node, ticket);
}

static void take_command(struct connection *connection,
                         const struct service_request *request)
{
    static struct named named;
    const struct election_registry_visitor visitor = {
        .session_id = add_session,
        .context = &named,
    };
    struct election_registry_command command;
    const char *fault;

    named.count = 0;
    if (request->message.size > KEEP_ALIVE_SIZE_MAX ||
        election_registry_command_decode(request->message.bytes,
                                         request->message.size, &command,
                                         &visitor) != ELECTION_OK) {
        requests_refuse(connection, request->id,
                        "the command is none that this node knows");
        return;
    }
    if (request->message.size > COMMAND_SIZE_MAX &&
        command.kind != ELECTION_REGISTRY_KEEP_ALIVE) {
        requests_refuse(connection, request->id, "the command is too large");
        return;
    }
    if (!election_raft_leads(connection->node->adapter)) {
        requests_send_elsewhere(connection, request->id);
        return;
    }
    fault = "a KeepAlive names 1000 sessions at most";
    if (command.session_count <= SESSIONS_MAX)
        fault = rights_judge(connection, &command, named.ids);
    if (fault != NULL)
        requests_refuse(connection, request->id, fault);
    else if (command.kind == ELECTION_REGISTRY_KEEP_ALIVE)
        keep_alive(connection, request->id, &named);
    else
        propose(connection, request);
}

/* ---- reads -------------------------------------------------------------- */

static void read_here(struct connection *connection,
                      const struct service_request *request)
{
    struct election_buffer *output = &connection->node->answer;
    enum election_status status = election_registry_query(
        connection->node->registry, request->message.bytes,
        request->message.size, output);

    if (status < 0) {
        send_unavailable(connection, request->id, election_status_text(status));
        return;
    }
    connection->node->metrics.local_count++;
    connection_send(connection, &(struct service_response){
                                    .id = request->id,
                                    .kind = SERVICE_ANSWER,
                                    .message = {output->data, output->size},
                                });
}

static void take_read(struct connection *connection,
                      const struct service_request *request)
{
    struct node *node = connection->node;
    struct ticket *ticket;
    enum election_status status;

    if (!rights_may_read(connection, &request->message)) {
        requests_refuse(connection, request->id,
                        "sessions are listed at the operator's socket");
        return;
    }
    if (request->is_local) {
        read_here(connection, request);
        return;
    }
    if (!election_raft_leads(node->adapter)) {
        requests_send_elsewhere(connection, request->id);
        return;
    }
    ticket = make_ticket(connection, request->id, 0);
    if (ticket == NULL)
        return;
    status = election_raft_read(node->adapter, request->message.bytes,
                                request->message.size, on_answer, ticket);
    if (status != ELECTION_OK)
        not_taken(ticket, status);
}

/* ---- for operators ------------------------------------------------------ */

void requests_end_snapshot(struct connection *connection)
{
    if (connection->snapshot == NULL)
        return;
    free(connection->snapshot);
    connection->snapshot = NULL;
    connection->node->is_saving = false;
}

/** One piece at a time: a snapshot may be larger than what is queued for one.
 */
void requests_go_on(struct connection *connection)
{
    size_t left = connection->snapshot_size - connection->snapshot_offset;

    if (connection->snapshot == NULL)
        return;
    if (left > PIECE_SIZE)
        left = PIECE_SIZE;
    connection_send(connection, &(struct service_response){
                                    .id = connection->snapshot_id,
                                    .kind = SERVICE_PIECE,
                                    .offset = connection->snapshot_offset,
                                    .message = {connection->snapshot +
                                                    connection->snapshot_offset,
                                                left},
                                    .size = connection->snapshot_size,
                                });
    connection->snapshot_offset += left;
    if (connection->snapshot_offset == connection->snapshot_size)
        requests_end_snapshot(connection);
}

/** Reads all of an open snapshot. NULL = no memory. */
static uint8_t *read_snapshot(struct election_registry_snapshot *snapshot,
                              size_t size)
{
    uint8_t *bytes = malloc(size);
    size_t at = 0, count = 1;

    while (bytes != NULL && at < size && count > 0) {
        if (election_registry_snapshot_read(snapshot, bytes + at, size - at,
                                            &count) != ELECTION_OK)
            count = 0;
        at += count;
    }
    if (at == size)
        return bytes;
    free(bytes);
    return NULL;
}

/** It is read at once: libraft can neither take its own nor install the
 * leader's while the registry has one open. */
static void take_get_snapshot(struct connection *connection, uint64_t id)
{
    struct node *node = connection->node;
    struct election_registry_snapshot *snapshot;

    if (node->is_saving || election_registry_snapshot_begin(
                               node->registry, &snapshot) != ELECTION_OK) {
        send_unavailable(connection, id,
                         "a snapshot is being written or sent: ask again");
        return;
    }
    connection->snapshot_size =
        (size_t)election_registry_snapshot_size(snapshot);
    connection->snapshot = read_snapshot(snapshot, connection->snapshot_size);
    election_registry_snapshot_end(snapshot);
    node->is_saving = connection->snapshot != NULL;
    connection->snapshot_id = id;
    connection->snapshot_offset = 0;
    if (connection->snapshot == NULL)
        send_unavailable(connection, id, "there is no memory for a snapshot");
}

static void take_get_node(struct connection *connection, uint64_t id)
{
    struct node *node = connection->node;
    const char *leader = server_leader_address(node);

    connection_send(connection,
                    &(struct service_response){
                        .id = id,
                        .kind = SERVICE_NODE,
                        .node_id = node->options.id,
                        .is_leader = election_raft_leads(node->adapter),
                        .text = service_text(leader == NULL ? "" : leader),
                        .raft_term = node->raft.current_term,
                        .last_index = raft_last_index(&node->raft),
                        .applied = raft_last_applied(&node->raft),
                        .release = service_text(election_version()),
                        .connections = node->connection_count,
                    });
}

/* ---- what was asked ----------------------------------------------------- */

/** Tells whether it is answered at the operator's socket alone. */
static bool is_operators(enum service_request_kind kind)
{
    return kind == SERVICE_GET_SNAPSHOT || kind == SERVICE_GET_NODE ||
           kind == SERVICE_CHANGE_MEMBER || kind == SERVICE_GET_MEMBERS;
}

static void take_known(struct connection *connection,
                       const struct service_request *request)
{
    if (is_operators(request->kind) && !connection->is_operator) {
        requests_refuse(connection, request->id,
                        "this is answered at the operator's socket");
        return;
    }
    switch (request->kind) {
    case SERVICE_HELLO:
        take_hello(connection, request);
        break;
    case SERVICE_COMMAND:
        take_command(connection, request);
        break;
    case SERVICE_READ:
        take_read(connection, request);
        break;
    case SERVICE_WATCH:
        watches_begin(connection, request);
        break;
    case SERVICE_UNWATCH:
        watches_end(connection, request->id, request->watch_id);
        break;
    case SERVICE_GET_SNAPSHOT:
        take_get_snapshot(connection, request->id);
        break;
    case SERVICE_GET_NODE:
        take_get_node(connection, request->id);
        break;
    case SERVICE_CHANGE_MEMBER:
        members_change(connection, request);
        break;
    case SERVICE_GET_MEMBERS:
        members_send(connection, request->id);
        break;
    case SERVICE_NO_REQUEST:
        break;
    }
}

void requests_take(struct connection *connection,
                   const struct service_span *message)
{
    struct service_request request;
    enum election_status status =
        service_request_read(message->bytes, message->size, &request);

    if (status == ELECTION_INVALID)
        turn_away(connection, 0, "this is no Request");
    else if (request.id == 0)
        turn_away(connection, 0, "a Request has an id");
    else if (!connection->has_greeted && request.kind != SERVICE_HELLO)
        turn_away(connection, request.id, "the first Request is a Hello");
    else if (status != ELECTION_OK)
        requests_refuse(connection, request.id,
                        "this node does not know this Request");
    else
        take_known(connection, &request);
}
