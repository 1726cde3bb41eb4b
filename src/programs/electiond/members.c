/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to the cluster. libraft changes one member at a time:
 *
 *     ADD      raft_add() as a spare, then raft_assign() as a stand-by, which
 *              is sent the log
 *     PROMOTE  raft_assign() as a voter, which waits until it has caught up
 *     REMOVE   raft_remove()
 *
 * An ADD that was cut short between its two steps is asked for again.
 */
#include "members.h"

#include <string.h>

#include "connection.h"
#include "journal.h"

/* ---- who they are ------------------------------------------------------- */

int members_of_peers(const struct options *options,
                     struct raft_configuration *members)
{
    int status = 0;

    raft_configuration_init(members);
    for (unsigned i = 0; i < options->peer_count && status == 0; i++)
        status = raft_configuration_add(members, options->peers[i].id,
                                        options->peers[i].address, RAFT_VOTER);
    return status;
}

static const struct raft_server *find(const struct node *node, uint64_t id)
{
    const struct raft_configuration *members = &node->raft.configuration;

    for (unsigned i = 0; i < members->n; i++)
        if (members->servers[i].id == id)
            return &members->servers[i];
    return NULL;
}

bool members_has_self(const struct node *node)
{
    return find(node, node->options.id) != NULL;
}

bool members_address(const struct node *node, uint64_t id, char *address)
{
    const struct raft_server *member = find(node, id);

    return member != NULL && address_for_clients(member->address, address);
}

unsigned members_voter_count(const struct node *node)
{
    const struct raft_configuration *members = &node->raft.configuration;
    unsigned count = 0;

    for (unsigned i = 0; i < members->n; i++)
        count += members->servers[i].role == RAFT_VOTER;
    return count;
}

_Static_assert(SERVICE_STAND_BY == RAFT_STANDBY &&
                   SERVICE_VOTER == RAFT_VOTER && SERVICE_SPARE == RAFT_SPARE,
               "roles are told as libraft has them");

void members_send(struct connection *connection, uint64_t request_id)
{
    struct node *node = connection->node;
    const struct raft_configuration *members = &node->raft.configuration;
    raft_id leader_id;
    const char *leader_address;

    raft_leader(&node->raft, &leader_id, &leader_address);
    for (unsigned i = 0; i < members->n; i++) {
        const struct raft_server *member = &members->servers[i];

        connection_send(connection, &(struct service_response){
                                        .id = request_id,
                                        .kind = SERVICE_MEMBER,
                                        .node_id = member->id,
                                        .text = service_text(member->address),
                                        .role = (uint64_t)member->role,
                                        .is_leader = member->id == leader_id,
                                        .is_last = i + 1 == members->n,
                                    });
    }
    if (members->n == 0)
        requests_refuse(connection, request_id,
                        "this node is no member of a cluster yet");
}

/* ---- changes ------------------------------------------------------------ */

/** Answers whoever has asked for the change, which is over. */
static void finish(struct change *change, int status)
{
    struct connection *connection = change->ticket->connection;
    uint64_t id = change->ticket->id;

    ticket_free(change->ticket);
    change->ticket = NULL;
    if (connection == NULL)
        return;
    if (status == 0)
        connection_send(connection, &(struct service_response){
                                        .id = id, .kind = SERVICE_CHANGED});
    else if (status == RAFT_NOCONNECTION)
        requests_refuse(connection, id,
                        "the node does not answer, or does not catch up");
    else
        requests_send_elsewhere(connection, id);
}

static void on_changed(struct raft_change *request, int status)
{
    static const char *const words[] = {
        [SERVICE_ADD] = "added",
        [SERVICE_PROMOTE] = "promoted",
        [SERVICE_REMOVE] = "removed",
    };
    struct node *node = request->data;
    struct change *change = &node->change;

    if (status == 0 && !change->is_last) {
        change->is_last = change->is_due = true; /* libraft takes nothing now */
        node_go_on(node);
        return;
    }
    if (status == 0)
        journal("members", "node %llu was %s", (unsigned long long)change->id,
                words[change->kind]);
    finish(change, status);
}

void members_turn(struct node *node)
{
    struct change *change = &node->change;
    int status;

    if (!change->is_due)
        return;
    change->is_due = false;
    status = raft_assign(&node->raft, &change->request, change->id,
                         RAFT_STANDBY, on_changed);
    if (status != 0)
        finish(change, status);
}

/** Asks libraft. Returns its status. */
static int ask(struct node *node, const char *address)
{
    struct change *change = &node->change;
    struct raft_change *request = &change->request;

    switch (change->kind) {
    case SERVICE_ADD:
        if (find(node, change->id) == NULL)
            return raft_add(&node->raft, request, change->id, address,
                            on_changed);
        change->is_last = change->is_due = true;
        node_go_on(node);
        return 0;
    case SERVICE_PROMOTE:
        return raft_assign(&node->raft, request, change->id, RAFT_VOTER,
                           on_changed);
    case SERVICE_REMOVE:
        return raft_remove(&node->raft, request, change->id, on_changed);
    case SERVICE_NO_CHANGE:
        break;
    }
    return RAFT_INVALID;
}

/** Tells whether all is already as it is asked for. */
static bool is_done(const struct raft_server *member, enum service_change kind)
{
    if (kind == SERVICE_REMOVE)
        return member == NULL;
    if (member == NULL)
        return false;
    if (kind == SERVICE_ADD)
        return member->role != RAFT_SPARE;
    return member->role == RAFT_VOTER;
}

/** Judges a change. Returns why it can't be made; NULL = it can. */
static const char *judge(const struct node *node,
                         const struct service_request *request,
                         const char *address)
{
    const struct raft_configuration *members = &node->raft.configuration;
    const struct raft_server *member = find(node, request->node_id);

    switch (request->change) {
    case SERVICE_ADD:
        if (request->node_id == 0 || request->node_id > INT64_MAX ||
            address[0] == '\0')
            return "N=IPV4:RAFTPORT/CLIENTPORT was expected";
        if (member == NULL && members->n == PEERS_MAX)
            return "a cluster has eight members at most";
        for (unsigned i = 0; i < members->n; i++)
            if ((members->servers[i].id == request->node_id) !=
                (strcmp(members->servers[i].address, address) == 0))
                return "another member has that number, or that address";
        return NULL;
    case SERVICE_PROMOTE:
        if (member == NULL)
            return "there is no such member: it is added first";
        if (member->role == RAFT_SPARE)
            return "it was added by half: add it again";
        return NULL;
    case SERVICE_REMOVE:
        if (request->node_id == node->options.id)
            return "this node leads: stop it, and remove it at the one that "
                   "leads then";
        return NULL;
    default:
        return "this node knows no such change";
    }
}

/** Begins a change that may be made. */
static void begin(struct connection *connection,
                  const struct service_request *request, const char *address)
{
    struct node *node = connection->node;
    struct change *change = &node->change;
    int status;

    change->ticket = connection_ticket(connection, request->id, 0);
    if (change->ticket == NULL) {
        connection_drop(connection, "there is no memory");
        return;
    }
    change->request.data = node;
    change->kind = (enum service_change)request->change;
    change->id = request->node_id;
    change->is_last = change->kind != SERVICE_ADD;
    status = ask(node, address);
    if (status != 0)
        finish(change, status);
}

void members_change(struct connection *connection,
                    const struct service_request *request)
{
    struct node *node = connection->node;
    enum service_change kind = (enum service_change)request->change;
    char address[ADDRESS_SIZE] = "";
    const char *fault;

    if (!election_raft_leads(node->adapter)) {
        requests_send_elsewhere(connection, request->id);
        return;
    }
    if (request->address.size > 0)
        (void)address_read_member((const char *)request->address.bytes,
                                  request->address.size, address);
    fault = judge(node, request, address);
    if (fault == NULL && node->change.ticket != NULL &&
        node->change.kind == kind && node->change.id == request->node_id)
        fault = "this change is under way: see what comes of it";
    if (fault == NULL && (node->change.ticket != NULL ||
                          node->raft.configuration_uncommitted_index != 0))
        fault = "another change is under way: ask again later";
    if (fault != NULL)
        requests_refuse(connection, request->id, fault);
    else if (is_done(find(node, request->node_id), kind))
        connection_send(connection, &(struct service_response){
                                        .id = request->id,
                                        .kind = SERVICE_CHANGED,
                                    });
    else
        begin(connection, request, address);
}
