/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of proposals, of reads, and of a server, and how often. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "cluster.h"
#include "raft/adapter.h"

static struct cluster cluster;

static struct election_raft *adapter_of(unsigned server)
{
    return cluster.servers[server].adapter;
}

static struct raft *raft_of(unsigned server)
{
    return raft_fixture_get(&cluster.net, server);
}

/** Starts the servers; returns who leads. */
static unsigned start(void)
{
    cluster_start(&cluster, true);
    return cluster_await_leader(&cluster);
}

static unsigned next_to(unsigned server)
{
    return (server + 1) % CLUSTER_SERVERS;
}

static void cut_off(unsigned server)
{
    cluster_cut(&cluster, server, next_to(server));
    cluster_cut(&cluster, server, next_to(next_to(server)));
}

static void join(unsigned server)
{
    cluster_join(&cluster, server, next_to(server));
    cluster_join(&cluster, server, next_to(next_to(server)));
}

/* ---- reads -------------------------------------------------------------- */

struct reading {
    unsigned calls;
    enum election_raft_fate fate;
    uint64_t applied;
    /* asks again from within the call */
    unsigned server;
    bool asks_again;
    enum election_status status; /* of that */
};

static enum election_status read_at(unsigned server, struct reading *reading);

static void take(void *context, enum election_raft_fate fate,
                 const uint8_t *bytes, size_t size)
{
    struct reading *reading = context;
    struct election_registry_answer answer;

    reading->calls++;
    reading->fate = fate;
    if (fate == ELECTION_RAFT_ANSWERED) {
        assert_int_equal(
            election_registry_answer_decode(bytes, size, &answer, NULL),
            ELECTION_OK);
        reading->applied = answer.applied;
    }
    if (reading->asks_again) {
        reading->asks_again = false;
        reading->status = read_at(reading->server, reading);
    }
}

static enum election_status read_at(unsigned server, struct reading *reading)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    enum election_status status;

    assert_int_equal(election_registry_query_encode(&query, &bytes),
                     ELECTION_OK);
    status = election_raft_read(adapter_of(server), bytes.data, bytes.size,
                                take, reading);
    election_buffer_free(&bytes);
    return status;
}

/* ---- what is refused ---------------------------------------------------- */

static uint64_t no_time(void *context)
{
    (void)context;
    return 0;
}

static void *no_memory(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void nobody_is_created_of_nothing(void **state)
{
    struct election_registry *registry;
    struct election_raft *adapter;
    struct election_raft_config config = {.clock = no_time};
    struct heap heap;

    (void)state;
    heap_init(&heap);
    assert_int_equal(election_registry_create(NULL, &registry), ELECTION_OK);
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_MISUSE);
    config.registry = registry;
    assert_int_equal(election_raft_create(NULL, &adapter), ELECTION_MISUSE);
    assert_int_equal(election_raft_create(&config, NULL), ELECTION_MISUSE);
    config.allocator.alloc = no_memory;
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_MISUSE);
    config.allocator = heap_allocator(&heap);
    heap.allowed = 0;
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_NOMEM);
    config.clock = NULL;
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_MISUSE);
    config =
        (struct election_raft_config){.registry = registry, .clock = no_time};
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_OK);
    assert_false(election_raft_leads(adapter));
    election_raft_destroy(adapter);
    election_registry_destroy(registry);
    election_raft_destroy(NULL);
    assert_null(election_raft_fsm(NULL));
    assert_false(election_raft_leads(NULL));
}

static void misuse_is_told(void **state)
{
    unsigned leader = start();
    struct election_raft *adapter = adapter_of(leader);
    struct reading reading = {0};

    (void)state;
    assert_int_equal(election_raft_propose(NULL, "", 0, take, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_propose(adapter, "", 0, NULL, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_propose(adapter, NULL, 1, take, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_read(NULL, "", 0, take, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_read(adapter, "", 0, NULL, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_read(adapter, NULL, 1, take, &reading),
                     ELECTION_MISUSE);
    assert_int_equal(election_raft_propose(adapter, "\xff", 1, take, &reading),
                     ELECTION_INVALID);
    cluster_run(&cluster, 1000);
    assert_int_equal(reading.calls, 0);
    cluster_stop(&cluster);
}

static void a_follower_is_busy(void **state)
{
    unsigned follower = next_to(start());
    struct reading reading = {0};
    struct outcome outcome;

    (void)state;
    assert_int_equal(
        cluster_propose(&cluster, follower, cluster_open("alice"), &outcome),
        ELECTION_BUSY);
    assert_int_equal(read_at(follower, &reading), ELECTION_BUSY);
    cluster_run(&cluster, 1000);
    assert_int_equal(outcome.calls, 0);
    assert_int_equal(reading.calls, 0);
    cluster_stop(&cluster);
}

/* ---- what is not known -------------------------------------------------- */

static void a_leader_that_is_cut_off_knows_nothing(void **state)
{
    unsigned leader = start();
    struct reading asked = {0}, waiting = {0};
    struct outcome outcome;

    (void)state;
    cut_off(leader);
    assert_int_equal(
        cluster_propose(&cluster, leader, cluster_open("alice"), &outcome),
        ELECTION_OK);
    assert_int_equal(read_at(leader, &asked), ELECTION_OK);
    cluster_run(&cluster, 200);
    assert_int_equal(read_at(leader, &waiting), ELECTION_OK);
    cluster_run(&cluster, 300);
    assert_int_equal(outcome.calls + asked.calls + waiting.calls, 0);
    cluster_run(&cluster, 3000);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(asked.calls, 1);
    assert_int_equal(asked.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(waiting.calls, 1);
    assert_int_equal(waiting.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(read_at(leader, &waiting), ELECTION_BUSY);
    assert_false(election_raft_leads(adapter_of(leader)));
    join(leader);
    cluster_run(&cluster, 3000);
    cluster_stop(&cluster);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(asked.calls + waiting.calls, 2);
}

static void a_raft_that_is_closed_knows_nothing(void **state)
{
    unsigned leader = start();
    struct reading asked = {0}, waiting = {.server = leader};
    struct outcome outcome;

    (void)state;
    cut_off(leader);
    assert_int_equal(
        cluster_propose(&cluster, leader, cluster_open("alice"), &outcome),
        ELECTION_OK);
    assert_int_equal(read_at(leader, &asked), ELECTION_OK);
    cluster_run(&cluster, 200);
    assert_int_equal(read_at(leader, &waiting), ELECTION_OK);
    cluster_stop(&cluster);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(asked.calls, 1);
    assert_int_equal(asked.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(waiting.calls, 1);
    assert_int_equal(waiting.fate, ELECTION_RAFT_UNKNOWN);
}

/** One who waits for a barrier only, and asks again when the server ends. */
static void nobody_is_forgotten_at_the_end(void **state)
{
    unsigned leader = start();
    struct reading reading = {.server = leader, .asks_again = true};

    (void)state;
    assert_int_equal(read_at(leader, &reading), ELECTION_OK);
    cluster_stop(&cluster);
    assert_int_equal(reading.calls, 1);
    assert_int_equal(reading.fate, ELECTION_RAFT_UNKNOWN);
    assert_int_equal(reading.status, ELECTION_BUSY);
}

struct retry {
    unsigned server;
    unsigned calls;
    enum election_status proposed, read;
    struct reading reading;
};

static void ask_again(void *context, enum election_raft_fate fate,
                      const uint8_t *bytes, size_t size)
{
    struct retry *retry = context;
    struct outcome outcome;

    (void)bytes;
    (void)size;
    retry->calls++;
    assert_int_equal(fate, ELECTION_RAFT_UNKNOWN);
    retry->proposed = cluster_propose(&cluster, retry->server,
                                      cluster_open("again"), &outcome);
    retry->read = read_at(retry->server, &retry->reading);
}

/** libraft fails requests while it says that it leads, and has no progress. */
static void who_loses_office_is_busy_at_once(void **state)
{
    unsigned leader = start();
    struct retry retry = {.server = leader};
    struct election_registry_command open = cluster_open("alice");
    struct election_buffer bytes = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(election_registry_command_encode(&open, &bytes),
                     ELECTION_OK);
    cut_off(leader);
    assert_int_equal(election_raft_propose(adapter_of(leader), bytes.data,
                                           bytes.size, ask_again, &retry),
                     ELECTION_OK);
    election_buffer_free(&bytes);
    cluster_run(&cluster, 3000);
    assert_int_equal(retry.calls, 1);
    assert_int_equal(retry.proposed, ELECTION_BUSY);
    assert_int_equal(retry.read, ELECTION_BUSY);
    assert_int_equal(retry.reading.calls, 0);
    assert_int_equal(cluster.servers[leader].follows, 1);
    cluster_stop(&cluster);
}

/* ---- reads share a barrier ---------------------------------------------- */

static void reads_share_a_barrier(void **state)
{
    enum { READS = 5 };
    unsigned leader = start();
    struct reading readings[READS] = {{0}};
    raft_index last;

    (void)state;
    cluster_run(&cluster, 1000);
    last = raft_last_index(raft_of(leader));
    for (unsigned i = 0; i < READS; i++)
        assert_int_equal(read_at(leader, &readings[i]), ELECTION_OK);
    cluster_run(&cluster, 1000);
    assert_int_equal(raft_last_index(raft_of(leader)), last + 1);
    for (unsigned i = 0; i < READS; i++) {
        assert_int_equal(readings[i].calls, 1);
        assert_int_equal(readings[i].fate, ELECTION_RAFT_ANSWERED);
        assert_int_equal(
            readings[i].applied,
            election_registry_applied(cluster.servers[leader].registry));
    }
    cluster_stop(&cluster);
}

/** One that comes later is not answered by a barrier that was before it. */
static void a_later_read_has_a_later_barrier(void **state)
{
    unsigned leader = start();
    struct reading first = {0}, second = {0};
    raft_index last;

    (void)state;
    cluster_run(&cluster, 1000);
    last = raft_last_index(raft_of(leader));
    assert_int_equal(read_at(leader, &first), ELECTION_OK);
    while (raft_last_index(raft_of(leader)) == last)
        cluster_step(&cluster);
    assert_int_equal(read_at(leader, &second), ELECTION_OK);
    while (first.calls == 0)
        cluster_step(&cluster);
    assert_int_equal(second.calls, 0);
    cluster_run(&cluster, 1000);
    assert_int_equal(second.calls, 1);
    assert_int_equal(second.fate, ELECTION_RAFT_ANSWERED);
    assert_int_equal(raft_last_index(raft_of(leader)), last + 2);
    cluster_stop(&cluster);
}

/* ---- news --------------------------------------------------------------- */

static void each_change_is_told_once(void **state)
{
    unsigned leader = start();
    unsigned leads = 0, follows = 0;

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        unsigned deposed = leader;

        cut_off(leader);
        cluster_run(&cluster, 5000);
        leader = cluster_await_leader(&cluster);
        assert_int_not_equal(leader, deposed);
        join(deposed);
        cluster_run(&cluster, 5000);
        leader = cluster_await_leader(&cluster);
    }
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        const struct server *server = &cluster.servers[i];

        assert_int_equal(server->leads - server->follows, i == leader);
        assert_int_equal(server->failed, 0);
        leads += server->leads;
        follows += server->follows;
    }
    assert_true(leads >= 6);
    assert_int_equal(leads, follows + 1);
    cluster_stop(&cluster);
}

/* ---- failures ----------------------------------------------------------- */

/** A server has failed: that is told once, and it is not in office any more. */
static void assert_failed(unsigned server)
{
    struct outcome outcome;
    struct reading reading = {0};

    assert_int_equal(cluster.servers[server].failed, 1);
    assert_int_equal(cluster.servers[server].leads,
                     cluster.servers[server].follows);
    assert_false(election_raft_leads(adapter_of(server)));
    assert_int_equal(
        cluster_propose(&cluster, server, cluster_open("bob"), &outcome),
        ELECTION_BUSY);
    assert_int_equal(read_at(server, &reading), ELECTION_BUSY);
    cluster_run(&cluster, 3000);
    assert_int_equal(cluster.servers[server].failed, 1);
    assert_int_equal(outcome.calls, 0);
    cluster_stop(&cluster);
    assert_int_equal(reading.calls, 0);
}

static void a_leader_fails_by_a_proposal(void **state)
{
    unsigned leader = start();
    struct outcome outcome;

    (void)state;
    raft_fixture_io_fault(&cluster.net, leader, 0, 1);
    assert_int_equal(
        cluster_propose(&cluster, leader, cluster_open("alice"), &outcome),
        ELECTION_BUSY);
    assert_int_equal(cluster.servers[leader].failed, 1);
    cluster_run(&cluster, 1000);
    assert_int_equal(outcome.calls, 0);
    assert_failed(leader);
}

/** Lets only appending fail. */
static int fail_append(struct raft_io *io, struct raft_io_append *request,
                       const struct raft_entry entries[], unsigned count,
                       raft_io_append_cb callback)
{
    (void)io;
    (void)request;
    (void)entries;
    (void)count;
    (void)callback;
    return RAFT_IOERR;
}

static void a_leader_fails_by_a_read(void **state)
{
    unsigned leader = start();
    struct reading reading = {0};

    (void)state;
    cluster.net.servers[leader].io.append = fail_append;
    assert_int_equal(read_at(leader, &reading), ELECTION_OK);
    cluster_run(&cluster, 1000);
    assert_int_equal(reading.calls, 1);
    assert_int_equal(reading.fate, ELECTION_RAFT_UNKNOWN);
    assert_failed(leader);
}

static void a_follower_fails_by_an_entry(void **state)
{
    unsigned leader = start();
    unsigned follower = next_to(leader);

    (void)state;
    cluster_run(&cluster, 1000);
    cluster.net.servers[follower].io.append = fail_append;
    (void)cluster_ask(&cluster, leader, cluster_open("alice"));
    cluster_run(&cluster, 1000);
    assert_int_equal(cluster.servers[leader].failed, 0);
    assert_failed(follower);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_created_of_nothing),
        cmocka_unit_test(misuse_is_told),
        cmocka_unit_test(a_follower_is_busy),
        cmocka_unit_test(a_leader_that_is_cut_off_knows_nothing),
        cmocka_unit_test(a_raft_that_is_closed_knows_nothing),
        cmocka_unit_test(nobody_is_forgotten_at_the_end),
        cmocka_unit_test(who_loses_office_is_busy_at_once),
        cmocka_unit_test(reads_share_a_barrier),
        cmocka_unit_test(a_later_read_has_a_later_barrier),
        cmocka_unit_test(each_change_is_told_once),
        cmocka_unit_test(a_leader_fails_by_a_proposal),
        cmocka_unit_test(a_leader_fails_by_a_read),
        cmocka_unit_test(a_follower_fails_by_an_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
