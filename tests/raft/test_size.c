/* SPDX-License-Identifier: Apache-2.0 */
/* The log is compacted by its size. */
#include "../support/cmocka_all.h"

#include <limits.h>
#include <string.h>

#include "cluster.h"
#include "raft/adapter.h"

enum { LIMIT = 1000 /* bytes */ };

static struct cluster cluster;
static unsigned leader;

static void start(uint64_t log_size_min)
{
    cluster_start(&cluster, true);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        cluster.servers[i].adapter->config.log_size_min = log_size_min;
    leader = cluster_await_leader(&cluster);
}

/** The index of the last snapshot of the leader; 0 = none. */
static raft_index snapshot_index(void)
{
    return raft_fixture_get(&cluster.net, leader)->log.snapshot.last_index;
}

/** Opens sessions with so much data until there is a snapshot; how many. */
static unsigned fill(const char *prefix, size_t data_size, unsigned most)
{
    static uint8_t data[ELECTION_DATA_SIZE_MAX];
    raft_index before = snapshot_index();
    unsigned count = 0;

    while (snapshot_index() == before && count < most) {
        char client[32];
        struct election_registry_command open;

        (void)snprintf(client, sizeof client, "%s %u", prefix, count++);
        open = cluster_open(client);
        open.data = data;
        open.data_size = data_size;
        (void)cluster_ask(&cluster, leader, open);
        cluster_run(&cluster, 200); /* it is written */
    }
    return count;
}

/** Few that are large do it, and of small ones it takes many. */
static void a_snapshot_comes_by_bytes(void **state)
{
    unsigned large;

    (void)state;
    start(LIMIT);
    large = fill("large", 600, 100);
    assert_in_range(large, 1, 3);
    /* Now the snapshot has nearly as much: twice of it counts, not the limit.
     */
    assert_in_range(cluster.servers[leader].adapter->snapshot_size, 1000, 2400);
    assert_in_range(fill("more", 600, 100), 2, 9);
    cluster_stop(&cluster);
    start(LIMIT);
    assert_in_range(fill("small", 1, 100), 10, 40);
    cluster_stop(&cluster);
}

/** As many entries stay as the snapshot was taken after. */
static void some_entries_stay_for_those_who_lag(void **state)
{
    const struct raft *raft;
    raft_index second;
    unsigned count;

    (void)state;
    start(LIMIT);
    (void)fill("first", 600, 100);
    count = fill("second", 600, 100);
    raft = raft_fixture_get(&cluster.net, leader);
    second = snapshot_index();
    assert_true(raft->snapshot.trailing >= count);
    assert_int_equal(raft->log.offset + raft->snapshot.trailing, second);
    cluster_stop(&cluster);
}

/** An entry of libraft's own behind a snapshot is no reason for another one. By
 * that, or where no entry stays, raft_uv would lose count of its log. */
static void a_snapshot_begins_the_log_anew(void **state)
{
    struct raft_buffer *bytes;
    struct raft_fsm *machine;
    struct raft *raft;
    unsigned count;

    (void)state;
    start(LIMIT);
    raft = raft_fixture_get(&cluster.net, leader);
    machine = raft->fsm;
    for (int i = 0; i < 2; i++) { /* nothing is applied between the two */
        raft_set_snapshot_threshold(raft, 1); /* as one was due */
        assert_int_equal(machine->snapshot(machine, &bytes, &count), 0);
        assert_int_equal(raft->snapshot.threshold, UINT_MAX);
        assert_true(raft->snapshot.trailing > 0);
        assert_int_equal(machine->snapshot_finalize(machine, &bytes, &count),
                         0);
    }
    cluster_stop(&cluster);
}

/** Without it the numbers of entries that the host sets hold. */
static void a_host_may_count_entries(void **state)
{
    (void)state;
    start(0);
    raft_set_snapshot_threshold(raft_fixture_get(&cluster.net, leader), 20);
    assert_in_range(fill("client", 600, 100), 10, 20);
    assert_int_equal(cluster.servers[leader].adapter->snapshot_size, 0);
    cluster_stop(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_comes_by_bytes),
        cmocka_unit_test(some_entries_stay_for_those_who_lag),
        cmocka_unit_test(a_snapshot_begins_the_log_anew),
        cmocka_unit_test(a_host_may_count_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
