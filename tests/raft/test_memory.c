/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out for a moment, at each point at which it may. */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "raft/adapter.h"

enum {
    A,
    B,
    C,
    /** Of an entry, before the fixture's, which does not survive a lack. */
    ALLOCATIONS = 3
};

static struct cluster cluster;
static unsigned restores;

/** What the adapter put there. */
static struct raft_fsm machine;

static struct raft *raft_of(unsigned server)
{
    return raft_fixture_get(&cluster.net, server);
}

static int restore(struct raft_fsm *fsm, struct raft_buffer *bytes)
{
    restores++;
    return machine.restore(fsm, bytes);
}

static void cut_off(unsigned server)
{
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        if (i != server)
            cluster_cut(&cluster, server, i);
}

static void join_all(void)
{
    cluster_join(&cluster, A, B);
    cluster_join(&cluster, A, C);
    cluster_join(&cluster, B, C);
}

/* ---- asking until there is an answer ------------------------------------ */

static uint64_t session_id, sequence;

/** Lets the leader, whoever it is, be asked until it is answered. */
static void ask(struct election_registry_command command)
{
    struct outcome outcome = {.fate = ELECTION_RAFT_UNKNOWN};
    enum election_status status;

    while (outcome.calls == 0 || outcome.fate == ELECTION_RAFT_UNKNOWN) {
        unsigned leader = cluster_await_leader(&cluster);

        status = cluster_propose(&cluster, leader, command, &outcome);
        assert_true(status == ELECTION_OK || status == ELECTION_BUSY ||
                    status == ELECTION_NOMEM);
        for (unsigned i = 0; i < 5000 && status == ELECTION_OK; i++) {
            if (outcome.calls > 0)
                break;
            cluster_step(&cluster);
        }
        cluster_run(&cluster, 20);
        assert_int_equal(outcome.calls, status == ELECTION_OK);
    }
    assert_int_equal(outcome.result.status, ELECTION_OK);
    if (command.kind == ELECTION_REGISTRY_OPEN_SESSION)
        session_id = outcome.result.session_id;
}

static void enter(const char *name)
{
    ask(cluster_enter(session_id, ++sequence, name));
}

struct reading {
    unsigned calls;
    bool is_answered;
    struct election_registry_answer answer;
};

static void take(void *context, enum election_raft_fate fate,
                 const uint8_t *bytes, size_t size)
{
    struct reading *reading = context;

    reading->calls++;
    reading->is_answered = fate == ELECTION_RAFT_ANSWERED;
    if (reading->is_answered)
        assert_int_equal(election_registry_answer_decode(
                             bytes, size, &reading->answer, NULL),
                         ELECTION_OK);
}

/** The same of a read of what there is. */
static void read_count(uint64_t candidates)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct reading reading = {0};
    enum election_status status;

    assert_int_equal(election_registry_query_encode(&query, &bytes),
                     ELECTION_OK);
    while (!reading.is_answered) {
        unsigned leader = cluster_await_leader(&cluster);

        reading = (struct reading){0};
        status = election_raft_read(cluster.servers[leader].adapter, bytes.data,
                                    bytes.size, take, &reading);
        assert_true(status == ELECTION_OK || status == ELECTION_BUSY ||
                    status == ELECTION_NOMEM);
        for (unsigned i = 0; i < 5000 && status == ELECTION_OK; i++) {
            if (reading.calls > 0)
                break;
            cluster_step(&cluster);
        }
        cluster_run(&cluster, 20);
        assert_int_equal(reading.calls, status == ELECTION_OK);
    }
    election_buffer_free(&bytes);
    assert_int_equal(reading.answer.candidate_count, candidates);
}

/* ---- what happens ------------------------------------------------------- */

static void begin(void)
{
    cluster_start(&cluster, true);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        struct raft_fsm *fsm = election_raft_fsm(cluster.servers[i].adapter);

        machine = *fsm;
        fsm->restore = restore;
        raft_set_snapshot_threshold(raft_of(i), 6);
        raft_set_snapshot_trailing(raft_of(i), 2);
    }
    restores = 0;
    sequence = 0;
}

/** All have the same, and each change of role was told once. */
static void end(void)
{
    uint64_t applied, digest;

    join_all();
    cluster_run(&cluster, 5000);
    (void)cluster_await_leader(&cluster);
    cluster_run(&cluster, 1000);
    assert_false(cluster.is_split);
    applied = election_registry_applied(cluster.servers[A].registry);
    digest = election_registry_log_digest(cluster.servers[A].registry);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        const struct server *server = &cluster.servers[i];

        assert_int_equal(election_registry_applied(server->registry), applied);
        assert_int_equal(election_registry_log_digest(server->registry),
                         digest);
        assert_int_equal(server->leads - server->follows,
                         server->adapter->is_leader);
        assert_int_equal(server->failed, 0);
    }
    cluster_stop(&cluster);
}

/**
 * A is elected; C misses entries, and is given a snapshot; there are reads; A
 * is cut off with a proposal, and another one leads.
 */
static void play(void)
{
    static const char *const early[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const late[] = {"g", "h"};
    struct outcome lost;
    enum election_status status;

    while (raft_of(A)->state != RAFT_LEADER)
        cluster_step(&cluster);
    (void)cluster_await_leader(&cluster);
    cut_off(C);
    ask(cluster_open("w"));
    for (unsigned i = 0; i < 6; i++)
        enter(early[i]);
    for (unsigned i = 0; i < 4; i++)
        read_count(6);
    cluster_run(&cluster, 500);
    join_all();
    cluster_run(&cluster, 3000);
    status = cluster_propose(&cluster, cluster_await_leader(&cluster),
                             cluster_open("lost"), &lost);
    cut_off(cluster_await_leader(&cluster));
    cluster_run(&cluster, 3000);
    assert_int_equal(lost.calls, status == ELECTION_OK);
    for (unsigned i = 0; i < 2; i++)
        enter(late[i]);
    read_count(8);
    end();
    assert_int_equal(lost.calls, status == ELECTION_OK);
}

static void a_lack_of_memory_is_met(unsigned server, size_t denials)
{
    struct heap *heap = &cluster.servers[server].heap;
    size_t allowed = 0;

    do {
        begin();
        heap->denied = 0;
        heap->denials = denials;
        heap->allowed = allowed++;
        play();
        assert_true(restores > 0);
    } while (heap->denied > 0);
    assert_true(allowed > 20);
}

static void a_leader_has_no_memory(void **state)
{
    (void)state;
    a_lack_of_memory_is_met(A, 1);
    a_lack_of_memory_is_met(A, 10);
}

static void a_follower_has_no_memory(void **state)
{
    (void)state;
    a_lack_of_memory_is_met(B, 1);
    a_lack_of_memory_is_met(B, 10);
}

static void a_restored_server_has_no_memory(void **state)
{
    (void)state;
    a_lack_of_memory_is_met(C, 1);
    a_lack_of_memory_is_met(C, 10);
}

/* ---- libraft's own memory ----------------------------------------------- */

/** The allocations until one is denied; none is while it is negative. */
static int raft_allowed = -1;
static unsigned raft_denied;

static bool is_denied(void)
{
    if (raft_allowed < 0 || raft_allowed-- > 0)
        return false;
    raft_denied++;
    return true;
}

static void *raft_heap_malloc(void *data, size_t size)
{
    (void)data;
    return is_denied() ? NULL : malloc(size);
}

static void *raft_heap_calloc(void *data, size_t count, size_t size)
{
    (void)data;
    return is_denied() ? NULL : calloc(count, size);
}

static void *raft_heap_realloc(void *data, void *block, size_t size)
{
    (void)data;
    return is_denied() ? NULL : realloc(block, size);
}

static void raft_heap_free(void *data, void *block)
{
    (void)data;
    free(block);
}

static void *raft_heap_aligned(void *data, size_t alignment, size_t size)
{
    (void)data;
    return aligned_alloc(alignment, size);
}

static void raft_heap_aligned_free(void *data, size_t alignment, void *block)
{
    (void)data;
    (void)alignment;
    free(block);
}

static struct raft_heap raft_memory = {
    .malloc = raft_heap_malloc,
    .free = raft_heap_free,
    .calloc = raft_heap_calloc,
    .realloc = raft_heap_realloc,
    .aligned_alloc = raft_heap_aligned,
    .aligned_free = raft_heap_aligned_free,
};

/** Allocations of libraft's that are granted where one is to be denied. */
static int granted;

static int snapshot_read(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                         unsigned *n_bufs)
{
    int status;

    raft_allowed = granted;
    status = machine.snapshot_async(fsm, bufs, n_bufs);
    if (granted < 0 || raft_allowed >= 0)
        assert_int_equal(status, 0);
    else
        assert_int_equal(status, RAFT_NOMEM);
    raft_allowed = -1;
    granted = -1; /* it is tried again, and goes well */
    return status;
}

static void a_snapshot_has_no_memory(void **state)
{
    (void)state;
    raft_heap_set(&raft_memory);
    for (int i = 0; i < 2; i++) {
        begin();
        for (unsigned j = 0; j < CLUSTER_SERVERS; j++)
            election_raft_fsm(cluster.servers[j].adapter)->snapshot_async =
                snapshot_read;
        raft_denied = 0;
        granted = i;
        play();
        assert_int_equal(raft_denied, 1);
        assert_true(restores > 0);
    }
    raft_heap_set_default();
}

static void a_proposal_has_no_memory(void **state)
{
    struct outcome outcome, denied;

    (void)state;
    raft_heap_set(&raft_memory);
    for (int i = 0; i < ALLOCATIONS; i++) {
        begin();
        ask(cluster_open("w"));
        raft_denied = 0;
        raft_allowed = i;
        assert_int_equal(cluster_propose(&cluster,
                                         cluster_await_leader(&cluster),
                                         cluster_open("x"), &denied),
                         ELECTION_NOMEM);
        assert_int_equal(raft_denied, 1);
        raft_allowed = -1;
        assert_int_equal(cluster_propose(&cluster,
                                         cluster_await_leader(&cluster),
                                         cluster_open("x"), &outcome),
                         ELECTION_OK);
        enter("a");
        assert_int_equal(outcome.calls, 1);
        assert_int_equal(outcome.fate, ELECTION_RAFT_ANSWERED);
        end();
        assert_int_equal(denied.calls, 0);
    }
    raft_heap_set_default();
}

/** One who hears that he leads has no memory for the first barrier. */
static void hear(void *context, enum election_raft_news news)
{
    struct server *server = context;

    server->leads += news == ELECTION_RAFT_LEADS;
    server->follows += news == ELECTION_RAFT_FOLLOWS;
    server->failed += news == ELECTION_RAFT_FAILED;
    if (news == ELECTION_RAFT_LEADS && raft_denied == 0)
        raft_allowed = granted;
}

static void a_new_leader_has_no_memory(void **state)
{
    (void)state;
    raft_heap_set(&raft_memory);
    for (int i = 0; i < ALLOCATIONS; i++) {
        begin();
        for (unsigned j = 0; j < CLUSTER_SERVERS; j++)
            cluster.servers[j].adapter->config.fn = hear;
        raft_denied = 0;
        granted = i;
        play();
        assert_int_equal(raft_denied, 1);
    }
    raft_heap_set_default();
}

/** What libraft is called back with. */
static raft_io_tick_cb libraft_tick;
static raft_io_recv_cb libraft_recv;

static void tick_without_memory(struct raft_io *io)
{
    raft_allowed = 0;
    libraft_tick(io);
    raft_allowed = -1;
}

static void receive_without_memory(struct raft_io *io,
                                   struct raft_message *message)
{
    raft_allowed = 0;
    libraft_recv(io, message);
    raft_allowed = -1;
}

/** libraft does not survive it there: a host must know. */
static void a_server_fails_without_memory(bool is_receiving)
{
    struct election_raft *adapter;

    raft_heap_set(&raft_memory);
    begin();
    ask(cluster_open("w"));
    assert_true(election_raft_leads(cluster.servers[A].adapter));
    adapter = cluster.servers[B].adapter;
    libraft_tick = adapter->tick;
    libraft_recv = adapter->recv;
    raft_denied = 0;
    if (is_receiving) {
        adapter->recv = receive_without_memory;
    } else {
        cut_off(B);
        adapter->tick = tick_without_memory;
    }
    cluster_run(&cluster, 3000);
    adapter->tick = libraft_tick;
    adapter->recv = libraft_recv;
    join_all();
    enter("a");
    cluster_run(&cluster, 3000);
    assert_int_equal(raft_denied, 1);
    assert_int_equal(cluster.servers[A].failed, 0);
    assert_int_equal(cluster.servers[B].failed, 1);
    assert_int_equal(cluster.servers[C].failed, 0);
    cluster_stop(&cluster);
    raft_heap_set_default();
}

static void a_server_fails_without_memory_to_stand(void **state)
{
    (void)state;
    a_server_fails_without_memory(false);
}

static void a_server_fails_without_memory_to_append(void **state)
{
    (void)state;
    a_server_fails_without_memory(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leader_has_no_memory),
        cmocka_unit_test(a_follower_has_no_memory),
        cmocka_unit_test(a_restored_server_has_no_memory),
        cmocka_unit_test(a_snapshot_has_no_memory),
        cmocka_unit_test(a_proposal_has_no_memory),
        cmocka_unit_test(a_new_leader_has_no_memory),
        cmocka_unit_test(a_server_fails_without_memory_to_stand),
        cmocka_unit_test(a_server_fails_without_memory_to_append),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
