/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

#include "../support/cmocka_all.h"

enum {
    CLIENTS = 8,
    REQUESTS_MAX = 1 << 14,
    PATIENCE_MIN = 200, /* ms that a client waits before it asks again */
    PATIENCE_MAX = 3000
};

/** One who opens sessions and proposes; one thing at a time, until it knows. */
struct client {
    uint64_t incarnation, nonce;
    uint64_t session_id; /* 0 = none */
    uint64_t sequence;
    struct election_registry_command command;
    unsigned round;  /* which command it is */
    bool has_asked;  /* and not heard yet */
    raft_time again; /* when it asks again at the latest */
};

/** A proposal or a read that was taken. */
struct request {
    unsigned server;
    unsigned calls;
    /* of a proposal */
    unsigned client;
    unsigned round;
    uint64_t lives; /* the session of a KeepAlive */
    struct election_registry_command command;
    /* of a read */
    uint64_t floor; /* the highest index that was answered before */
};

static const char *const names[CLIENTS] = {
    "ann", "bob", "cid", "dee", "eva", "fay", "gus", "hal",
};
static const char *const elections[] = {"db", "log", "mail"};

static struct client clients[CLIENTS];
static struct request proposals[REQUESTS_MAX];
static struct request reads[REQUESTS_MAX];
static size_t proposal_count, read_count;
static uint64_t answered; /* the highest index in any answer */

static void propose_at(unsigned client, unsigned server);
static void read_at(unsigned server);

/* ---- what a client wants ------------------------------------------------ */

static void draw_open(struct client *client)
{
    const char *name = names[client - clients];

    client->incarnation++;
    client->nonce = random_next(&world.random);
    client->command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)name,
        .client_id_size = strlen(name),
        .incarnation = client->incarnation,
        .nonce = client->nonce,
        .timeout_ms = between(3000, 30000),
    };
}

static void draw_proposal(struct client *client)
{
    static const enum election_op ops[] = {
        ELECTION_OP_ENTER,    ELECTION_OP_ENTER,   ELECTION_OP_ENTER,
        ELECTION_OP_WITHDRAW, ELECTION_OP_ANOINT,  ELECTION_OP_EVICT,
        ELECTION_OP_WITHDRAW, ELECTION_OP_PROMOTE,
    };
    const char *name = names[client - clients];
    const char *election = elections[dice(3)];

    client->sequence++;
    client->command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = client->session_id,
        .sequence = client->sequence,
        .election = election,
        .election_size = strlen(election),
        .command = {.op = ops[dice(8)]},
        .if_vacant = dice(20) == 0,
        .with_output = dice(4) == 0,
    };
    if (client->command.command.op >= ELECTION_OP_ANOINT && dice(2) == 0)
        name = names[dice(CLIENTS)];
    client->command.command.name = name;
    client->command.command.name_size = strlen(name);
}

static void draw(struct client *client)
{
    uint32_t number = dice(100);

    client->round++;
    client->has_asked = true;
    if (client->session_id == 0) {
        draw_open(client);
        return;
    }
    if (number < 70) {
        draw_proposal(client);
        return;
    }
    client->command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_count = 1,
    };
    if (number >= 97)
        client->command = (struct election_registry_command){
            .kind = ELECTION_REGISTRY_CLOSE_SESSION,
            .session_id = client->session_id,
        };
}

/* ---- what it is told ---------------------------------------------------- */

/** A client hears for the first time what came of its command. */
static void hear(struct client *client,
                 const struct election_registry_result *result)
{
    client->has_asked = false;
    switch (client->command.kind) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        client->session_id = result->session_id;
        client->sequence = 0;
        break;
    case ELECTION_REGISTRY_KEEP_ALIVE:
        if (result->lost_count > 0)
            client->session_id = 0;
        break;
    case ELECTION_REGISTRY_CLOSE_SESSION:
        client->session_id = 0;
        break;
    default:
        if (result->status == ELECTION_NO_SESSION)
            client->session_id = 0;
    }
}

static void encode(const struct request *request, struct election_buffer *bytes)
{
    struct election_registry_command command = request->command;

    if (command.kind == ELECTION_REGISTRY_KEEP_ALIVE)
        command.session_ids = &request->lives;
    world_check(election_registry_command_encode(&command, bytes) ==
                    ELECTION_OK,
                "a command was not encoded");
}

/** It stands in the log where its Result says, with stamps of its own. */
static void check_claim(struct request *request, uint64_t index,
                        const uint8_t *bytes, size_t size)
{
    struct moment *moment = &world.history[index];
    struct election_registry_command entry;
    struct election_buffer expected = ELECTION_BUFFER_INIT;

    world_check(index < CLUSTER_ENTRIES_MAX && moment->entry.size > 0,
                "an answer from nowhere");
    world_check(model_bytes_equal(&moment->result, bytes, size),
                "an answer to another entry");
    world_check(election_registry_command_decode(moment->entry.data,
                                                 moment->entry.size, &entry,
                                                 NULL) == ELECTION_OK,
                "an entry is no Command");
    request->command.epoch = entry.epoch;
    request->command.time_ms = entry.time_ms;
    encode(request, &expected);
    world_check(model_bytes_equal(&moment->entry, expected.data, expected.size),
                "an answer to another command");
    world_check(!moment->is_claimed, "two answers of one entry");
    moment->is_claimed = true;
    election_buffer_free(&expected);
}

static void note_answer(uint64_t applied)
{
    if (answered < applied)
        answered = applied;
}

/** Some ask again while they are told: at a server that may just be losing. */
static void ask_again(const struct request *request, bool is_read)
{
    if (dice(3) > 0)
        return;
    if (is_read)
        read_at(request->server);
    else if (clients[request->client].has_asked)
        propose_at(request->client, request->server);
}

static void take(void *context, enum election_raft_fate fate,
                 const uint8_t *bytes, size_t size)
{
    struct request *request = context;
    struct client *client = &clients[request->client];
    struct election_registry_result result;

    world_check(request->calls++ == 0, "a proposal was told of twice");
    if (fate == ELECTION_RAFT_UNKNOWN) {
        world.counts.unknown++;
        world_check(bytes == NULL && size == 0, "bytes of nothing");
        ask_again(request, false);
        return;
    }
    world.counts.answered++;
    world_check(election_registry_result_decode(bytes, size, &result, NULL) ==
                    ELECTION_OK,
                "an answer that is no Result");
    check_claim(request, result.applied, bytes, size);
    note_answer(result.applied);
    if (request->round == client->round && client->has_asked)
        hear(client, &result);
    ask_again(request, dice(2) == 0);
}

static void take_read(void *context, enum election_raft_fate fate,
                      const uint8_t *bytes, size_t size)
{
    struct request *request = context;
    struct election_registry_answer answer;
    const struct moment *moment;

    world_check(request->calls++ == 0, "a read was told of twice");
    if (fate == ELECTION_RAFT_UNKNOWN) {
        world_check(bytes == NULL && size == 0, "bytes of nothing");
        ask_again(request, true);
        return;
    }
    world.counts.read_answered++;
    world_check(election_registry_answer_decode(bytes, size, &answer, NULL) ==
                    ELECTION_OK,
                "an answer that is no Answer");
    moment = &world.history[answer.applied];
    world_check(answer.log_digest == moment->digest &&
                    answer.epoch == moment->epoch,
                "a read of another log");
    world_check(answer.applied >= request->floor, "a read was too old");
    note_answer(answer.applied);
    ask_again(request, true);
}

/* ---- asking ------------------------------------------------------------- */

static struct election_raft *adapter_of(unsigned server)
{
    return world.cluster.servers[server].adapter;
}

static void propose_at(unsigned client, unsigned server)
{
    struct request *request = &proposals[proposal_count];
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    enum election_status status;

    world_check(proposal_count < REQUESTS_MAX, "too many proposals");
    clients[client].again = now() + between(PATIENCE_MIN, PATIENCE_MAX);
    *request = (struct request){
        .server = server,
        .client = client,
        .round = clients[client].round,
        .lives = clients[client].session_id,
        .command = clients[client].command,
    };
    encode(request, &bytes);
    status = election_raft_propose(adapter_of(server), bytes.data, bytes.size,
                                   take, request);
    election_buffer_free(&bytes);
    world_check(status == ELECTION_OK || status == ELECTION_BUSY,
                "a proposal was refused");
    if (status == ELECTION_BUSY)
        return;
    proposal_count++;
    world.counts.proposals++;
    world_check(election_raft_leads(adapter_of(server)),
                "a proposal at one who is not in office");
}

static void read_at(unsigned server)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};
    struct request *request = &reads[read_count];
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    enum election_status status;

    world_check(read_count < REQUESTS_MAX, "too many reads");
    world_check(election_registry_query_encode(&query, &bytes) == ELECTION_OK,
                "a query was not encoded");
    *request = (struct request){.server = server, .floor = answered};
    status = election_raft_read(adapter_of(server), bytes.data, bytes.size,
                                take_read, request);
    election_buffer_free(&bytes);
    world_check(status == ELECTION_OK || status == ELECTION_BUSY,
                "a read was refused");
    if (status == ELECTION_BUSY)
        return;
    read_count++;
    world.counts.reads++;
}

/** Returns one who says that it leads, if any; sometimes anybody. */
static unsigned draw_server(void)
{
    unsigned server = dice(CLUSTER_SERVERS);

    if (dice(10) == 0)
        return server;
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        if (election_raft_leads(adapter_of((server + i) % CLUSTER_SERVERS)))
            return (server + i) % CLUSTER_SERVERS;
    return server;
}

void clients_act(void)
{
    unsigned client = dice(CLIENTS);

    if (dice(4) == 0) {
        read_at(draw_server());
        return;
    }
    if (clients[client].has_asked && now() < clients[client].again)
        return;
    if (!clients[client].has_asked)
        draw(&clients[client]);
    propose_at(client, draw_server());
}

void clients_check(void)
{
    for (size_t i = 0; i < proposal_count; i++)
        world_check(proposals[i].calls == 1, "a proposal was never told of");
    for (size_t i = 0; i < read_count; i++)
        world_check(reads[i].calls == 1, "a read was never told of");
}
