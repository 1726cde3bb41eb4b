/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include "../support/cmocka_all.h"

#include <string.h>

#include "raft/adapter.h"

/* ---- servers ------------------------------------------------------------ */

static void hear(void *context, enum election_raft_news news)
{
    struct server *server = context;

    server->leads += news == ELECTION_RAFT_LEADS;
    server->follows += news == ELECTION_RAFT_FOLLOWS;
    server->failed += news == ELECTION_RAFT_FAILED;
}

/** The adapter's context is the server; the fixture's time is that of all. */
static struct cluster *present;

static uint64_t read_clock(void *context)
{
    const struct server *server = context;

    return server->ahead_ms + raft_fixture_time(&present->net);
}

static void start_server(struct cluster *cluster, unsigned i)
{
    struct server *server = &cluster->servers[i];
    struct raft_fixture_server *raft = &cluster->net.servers[i];
    struct election_registry_config registry_config;
    struct election_raft_config config;

    heap_init(&server->heap);
    registry_config = (struct election_registry_config){
        .allocator = heap_allocator(&server->heap),
        .hash_seed = 1 + i,
    };
    assert_int_equal(
        election_registry_create(&registry_config, &server->registry),
        ELECTION_OK);
    config = (struct election_raft_config){
        .allocator = heap_allocator(&server->heap),
        .registry = server->registry,
        .clock = read_clock,
        .fn = hear,
        .context = server,
    };
    assert_int_equal(election_raft_create(&config, &server->adapter),
                     ELECTION_OK);
    raft->io.version = 2;
    assert_int_equal(
        raft_fixture_grow(&cluster->net, election_raft_fsm(server->adapter)),
        0);
    if (cluster->is_wrapped)
        election_raft_wrap(server->adapter, &raft->raft, &raft->io);
    else
        server->adapter->raft = &raft->raft;
}

void cluster_start(struct cluster *cluster, bool is_wrapped)
{
    struct raft_configuration all;

    memset(cluster, 0, sizeof *cluster);
    cluster->is_wrapped = is_wrapped;
    present = cluster;
    assert_int_equal(raft_fixture_initialize(&cluster->net), 0);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        start_server(cluster, i);
    assert_int_equal(
        raft_fixture_configuration(&cluster->net, CLUSTER_SERVERS, &all), 0);
    assert_int_equal(raft_fixture_bootstrap(&cluster->net, &all), 0);
    raft_configuration_close(&all);
    assert_int_equal(raft_fixture_start(&cluster->net), 0);
}

void cluster_stop(struct cluster *cluster)
{
    raft_fixture_close(&cluster->net);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        election_raft_destroy(cluster->servers[i].adapter);
        election_registry_destroy(cluster->servers[i].registry);
        assert_true(heap_is_empty(&cluster->servers[i].heap));
    }
}

/* ---- time --------------------------------------------------------------- */

/** What a host without the wrap does: it looks twice a second. */
static void poll(struct server *server)
{
    struct election_raft *adapter = server->adapter;
    bool is_leader = raft_state(adapter->raft) == RAFT_LEADER;

    if (is_leader && !adapter->is_leader)
        election_driver_lead(&adapter->driver);
    if (!is_leader)
        election_driver_follow(&adapter->driver);
    adapter->is_leader = is_leader;
    if (is_leader)
        election__office_drive(adapter);
}

/** Compares what a server has applied with what others had there. */
static void compare(struct cluster *cluster, unsigned i)
{
    const struct election_registry *registry = cluster->servers[i].registry;
    uint64_t index = election_registry_applied(registry);
    uint64_t digest = election_registry_log_digest(registry);

    assert_true(index < CLUSTER_ENTRIES_MAX);
    if (cluster->digests[index] == 0)
        cluster->digests[index] = digest;
    if (cluster->digests[index] != digest)
        cluster->is_split = true;
}

void cluster_step(struct cluster *cluster)
{
    (void)raft_fixture_step(&cluster->net);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        compare(cluster, i);
    if (cluster->is_wrapped ||
        raft_fixture_time(&cluster->net) < cluster->polled + 500)
        return;
    cluster->polled = raft_fixture_time(&cluster->net);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        poll(&cluster->servers[i]);
}

void cluster_run(struct cluster *cluster, unsigned msecs)
{
    raft_time end = raft_fixture_time(&cluster->net) + msecs;

    while (raft_fixture_time(&cluster->net) < end)
        cluster_step(cluster);
}

unsigned cluster_await_leader(struct cluster *cluster)
{
    raft_time end = raft_fixture_time(&cluster->net) + CLUSTER_WAIT;

    while (raft_fixture_time(&cluster->net) < end) {
        for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
            if (election_raft_leads(cluster->servers[i].adapter))
                return i;
        cluster_step(cluster);
    }
    fail_msg("nobody leads");
    return CLUSTER_SERVERS;
}

void cluster_patience(struct cluster *cluster, unsigned server, unsigned msecs)
{
    raft_fixture_set_randomized_election_timeout(&cluster->net, server, msecs);
}

void cluster_cut(struct cluster *cluster, unsigned a, unsigned b)
{
    raft_fixture_saturate(&cluster->net, a, b);
    raft_fixture_saturate(&cluster->net, b, a);
}

void cluster_join(struct cluster *cluster, unsigned a, unsigned b)
{
    raft_fixture_desaturate(&cluster->net, a, b);
    raft_fixture_desaturate(&cluster->net, b, a);
}

/* ---- proposals ---------------------------------------------------------- */

static void take(void *context, enum election_raft_fate fate,
                 const uint8_t *bytes, size_t size)
{
    struct outcome *outcome = context;

    outcome->calls++;
    outcome->fate = fate;
    outcome->size = size;
    assert_true(size <= sizeof outcome->bytes);
    if (fate == ELECTION_RAFT_UNKNOWN) {
        assert_null(bytes);
        return;
    }
    memcpy(outcome->bytes, bytes, size);
    assert_int_equal(election_registry_result_decode(outcome->bytes, size,
                                                     &outcome->result, NULL),
                     ELECTION_OK);
}

enum election_status cluster_propose(struct cluster *cluster, unsigned server,
                                     struct election_registry_command command,
                                     struct outcome *outcome)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    enum election_status status;

    *outcome = (struct outcome){.calls = 0};
    assert_int_equal(election_registry_command_encode(&command, &bytes),
                     ELECTION_OK);
    status = election_raft_propose(cluster->servers[server].adapter, bytes.data,
                                   bytes.size, take, outcome);
    election_buffer_free(&bytes);
    assert_int_equal(outcome->calls, 0);
    return status;
}

struct election_registry_result
cluster_ask(struct cluster *cluster, unsigned server,
            struct election_registry_command command)
{
    raft_time end = raft_fixture_time(&cluster->net) + CLUSTER_WAIT;
    struct outcome outcome;

    assert_int_equal(cluster_propose(cluster, server, command, &outcome),
                     ELECTION_OK);
    while (outcome.calls == 0 && raft_fixture_time(&cluster->net) < end)
        cluster_step(cluster);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.fate, ELECTION_RAFT_ANSWERED);
    return outcome.result;
}

struct election_registry_command cluster_open(const char *client)
{
    return (struct election_registry_command){
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)client,
        .client_id_size = strlen(client),
        .timeout_ms = 60000,
    };
}

struct election_registry_command
cluster_enter(uint64_t session_id, uint64_t sequence, const char *name)
{
    return (struct election_registry_command){
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = session_id,
        .sequence = sequence,
        .election = "db",
        .election_size = 2,
        .command = {ELECTION_OP_ENTER, name, strlen(name)},
    };
}
