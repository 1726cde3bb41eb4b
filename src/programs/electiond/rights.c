/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client may ask for. A session belongs to the client_id that opened it,
 * and only a connection that has named it in its hello acts for the session.
 * Ids of sessions rise and are never used again, so one that is not there will
 * never be, if it is not above the highest so far; who names a higher one might
 * act for somebody else by the time that the command takes effect.
 */
#include <string.h>

#include "base/field.h"
#include "connection.h"

static bool is_client(const struct connection *connection,
                      const uint8_t *client_id, size_t size)
{
    return size == connection->client_id_size && size > 0 &&
           memcmp(client_id, connection->client_id, size) == 0;
}

/** Asks the registry of this node. False = no memory. */
static bool ask(struct node *node, const struct election_registry_query *query,
                struct election_registry_answer *answer)
{
    return election_registry_query_encode(query, &node->command) ==
               ELECTION_OK &&
           election_registry_query(node->registry, node->command.data,
                                   node->command.size,
                                   &node->answer) == ELECTION_OK &&
           election_registry_answer_decode(node->answer.data, node->answer.size,
                                           answer, NULL) == ELECTION_OK;
}

static struct election_registry_summary sum_up(const struct node *node)
{
    struct election_registry_summary summary = {0};

    (void)election_registry_sum_up(node->registry, &summary);
    return summary;
}

/** Judges who names a session. */
static const char *judge_session(const struct connection *connection,
                                 uint64_t session_id)
{
    struct node *node = connection->node;
    struct election_registry_session session;

    if (connection->is_operator)
        return NULL;
    if (election_registry_session(node->registry, session_id, &session) ==
        ELECTION_OK) {
        if (is_client(connection, session.client_id, session.client_id_size))
            return NULL;
        return "the session is another client's";
    }
    if (session_id > sum_up(node).id_floor)
        return "there has been no such session";
    return NULL;
}

static const char *judge_open(const struct connection *connection,
                              const struct election_registry_command *command)
{
    struct node *node = connection->node;
    struct election_registry_session session;

    if (!is_client(connection, command->client_id, command->client_id_size))
        return "the client_id is not the one in the hello";
    if (election_registry_session_of(node->registry, command->client_id,
                                     command->client_id_size,
                                     &session) != ELECTION_OK &&
        sum_up(node).session_count >= node->options.sessions_max)
        return "there are as many sessions as there may be: --sessions";
    return NULL;
}

/** Tells whether somebody is in the election that the command names. */
static bool is_there(struct node *node,
                     const struct election_registry_command *command)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_TERM,
        .election = command->election,
        .election_size = command->election_size,
    };
    struct election_registry_answer answer = {0};

    return ask(node, &query, &answer) && answer.leadership.leader != NULL;
}

/** Judges whether a client may have one candidacy more. */
static const char *judge_enter(const struct connection *connection,
                               const struct election_registry_command *command)
{
    struct node *node = connection->node;
    const struct options *options = &node->options;
    uint64_t candidates_max = options->candidates_max;
    struct election_registry_session session;

    if (election_registry_session(node->registry, command->session_id,
                                  &session) != ELECTION_OK)
        return NULL; /* which is what it will be told */
    /* What was asked before is answered again; who says so by sequences that
     * it has left out gets as many more as there are in a window. */
    if (command->sequence <= session.highest_sequence)
        candidates_max += ELECTION_WINDOW;
    if (session.candidate_count + connection->proposal_count >= candidates_max)
        return "the client has as many candidacies as it may: --candidacies";
    if (sum_up(node).election_count >= options->elections_max &&
        !is_there(node, command))
        return "there are as many elections as there may be: --elections";
    return NULL;
}

static const char *
judge_propose(const struct connection *connection,
              const struct election_registry_command *command)
{
    const char *fault = judge_session(connection, command->session_id);

    if (fault == NULL && command->command.op == ELECTION_OP_ENTER)
        fault = judge_enter(connection, command);
    return fault;
}

static const char *judge_operator(const struct connection *connection)
{
    if (connection->is_operator)
        return NULL;
    return "this is done at the operator's socket of the node that leads";
}

/** A list of sessions shows the ids of their clients. It need not be the last
 * case of the oneof, which counts: whoever asks in such a way is refused. */
bool rights_may_read(const struct connection *connection,
                     const struct service_span *query)
{
    struct election__reader reader;
    struct election__field field;

    if (connection->is_operator)
        return true;
    if (!election__reader_open(&reader, query->bytes, query->size))
        return false;
    while (!election__reader_at_end(&reader))
        if (!election__field_read(&reader, &field) ||
            field.number == ELECTION_REGISTRY_LIST_SESSIONS)
            return false;
    return true;
}

const char *rights_judge(const struct connection *connection,
                         const struct election_registry_command *command,
                         const uint64_t *ids)
{
    const char *fault = NULL;

    switch (command->kind) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        return judge_open(connection, command);
    case ELECTION_REGISTRY_KEEP_ALIVE:
        for (size_t i = 0; i < command->session_count && fault == NULL; i++)
            fault = judge_session(connection, ids[i]);
        return fault;
    case ELECTION_REGISTRY_CLOSE_SESSION:
        return judge_session(connection, command->session_id);
    case ELECTION_REGISTRY_PROPOSE:
        return judge_propose(connection, command);
    case ELECTION_REGISTRY_UPGRADE:
        /* An entry that a node does not know would stop it, for good. */
        if (command->version > ELECTION_REGISTRY_VERSION)
            return "this node does not know such a version: install a newer "
                   "electiond at each node first";
        return judge_operator(connection);
    case ELECTION_REGISTRY_RECOVER:
        return judge_operator(connection);
    case ELECTION_REGISTRY_TICK:
    case ELECTION_REGISTRY_NOTHING:
        break;
    }
    return "this command is none of a client's";
}
