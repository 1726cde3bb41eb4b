/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter on three servers of libraft. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "cluster.h"

/** raft_uv spoils entries of other sizes. */
static bool are_entries_of_whole_words(const struct raft *raft)
{
    const struct raft_log *log = &raft->log;

    for (size_t i = log->front; i != log->back; i = (i + 1) % log->size)
        if (log->entries[i].buf.len % 8 != 0)
            return false;
    return log->front != log->back;
}

static void a_leader_takes_office_and_answers(void **state)
{
    static struct cluster cluster;
    struct election_registry_result result;
    unsigned leader;

    (void)state;
    cluster_start(&cluster, true);
    leader = cluster_await_leader(&cluster);
    result = cluster_ask(&cluster, leader, cluster_open("alice"));
    assert_int_equal(result.status, ELECTION_OK);
    result = cluster_ask(&cluster, leader,
                         cluster_enter(result.session_id, 1, "alice"));
    assert_int_equal(result.status, ELECTION_OK);
    assert_int_equal(result.leadership.index, 1);
    cluster_run(&cluster, 1000);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        assert_int_equal(
            election_registry_log_digest(cluster.servers[i].registry),
            election_registry_log_digest(cluster.servers[leader].registry));
        assert_true(
            are_entries_of_whole_words(raft_fixture_get(&cluster.net, i)));
        assert_int_equal(cluster.servers[i].leads, i == leader);
        assert_int_equal(cluster.servers[i].failed, 0);
        assert_int_equal(election_raft_leads(cluster.servers[i].adapter),
                         i == leader);
    }
    cluster_stop(&cluster);
}

/* ---- figure 8 ----------------------------------------------------------- */

enum { A, B, C };

/** Lets A lead again, or B, by the vote of C alone, who will not stand. */
static void elect(struct cluster *cluster, unsigned who)
{
    cluster_patience(cluster, who, 1000);
    cluster_patience(cluster, C, 1990);
    cluster_join(cluster, who, C);
}

static const struct raft *raft_of(struct cluster *cluster, unsigned server)
{
    return raft_fixture_get(&cluster->net, server);
}

/** B is elected by C, and then nobody hears of it. */
static void let_b_lead_alone(struct cluster *cluster)
{
    raft_term term = raft_of(cluster, C)->current_term;

    elect(cluster, B);
    while (raft_of(cluster, C)->current_term == term ||
           raft_of(cluster, C)->voted_for != 1 + B)
        cluster_step(cluster);
    raft_fixture_saturate(&cluster->net, B, C);
    while (raft_of(cluster, B)->state != RAFT_LEADER)
        cluster_step(cluster);
    cluster_cut(cluster, B, C);
    cluster_run(cluster, 600); /* its first entry is on its own disk */
}

static int append_nothing(struct raft_io *io, struct raft_io_append *request,
                          const struct raft_entry entries[], unsigned count,
                          raft_io_append_cb callback)
{
    (void)io;
    (void)request;
    (void)entries;
    (void)count;
    (void)callback;
    return RAFT_NOMEM;
}

/**
 * Figure 8 of the Raft paper, with three servers. A has an entry on its own
 * disk alone; B leads, and has another one there; A leads again and spreads its
 * own, which is of an earlier term: B may yet overwrite it, above all if A can
 * append nothing. Returns whether all applied one log.
 */
static bool is_one_log_in_figure_8(bool is_wrapped, bool has_memory)
{
    static struct cluster cluster;
    struct outcome outcome;
    int (*append)(struct raft_io *, struct raft_io_append *,
                  const struct raft_entry[], unsigned, raft_io_append_cb);
    uint64_t applied;
    bool is_one;

    cluster_start(&cluster, is_wrapped);
    raft_fixture_elect(&cluster.net, A);
    assert_int_equal(cluster_await_leader(&cluster), A);
    (void)cluster_ask(&cluster, A, cluster_open("w"));
    cluster_run(&cluster, 300);
    applied = election_registry_applied(cluster.servers[A].registry);
    cluster_cut(&cluster, A, B);
    cluster_cut(&cluster, A, C);
    assert_int_equal(cluster_propose(&cluster, A, cluster_open("x"), &outcome),
                     ELECTION_OK);
    cluster_run(&cluster, 100);
    let_b_lead_alone(&cluster);
    append = cluster.net.servers[A].io.append;
    if (!has_memory)
        cluster.net.servers[A].io.append = append_nothing;
    elect(&cluster, A);
    while (raft_of(&cluster, A)->state != RAFT_LEADER)
        cluster_step(&cluster);
    for (unsigned i = 0;
         i < 1000 &&
         applied == election_registry_applied(cluster.servers[A].registry);
         i++)
        cluster_step(&cluster);
    cluster_cut(&cluster, A, C);
    cluster.net.servers[A].io.append = append;
    elect(&cluster, B);
    cluster_run(&cluster, 10000);
    cluster_join(&cluster, A, B);
    cluster_join(&cluster, A, C);
    cluster_run(&cluster, 10000);
    is_one = !cluster.is_split;
    for (unsigned i = B; i < CLUSTER_SERVERS; i++)
        if (election_registry_log_digest(cluster.servers[i].registry) !=
            election_registry_log_digest(cluster.servers[A].registry))
            is_one = false;
    cluster_stop(&cluster);
    return is_one;
}

static void one_log_in_figure_8(void **state)
{
    (void)state;
    assert_true(is_one_log_in_figure_8(true, true));
}

/** What others have would be counted before A has anything of its own term. */
static void one_log_in_figure_8_without_memory(void **state)
{
    (void)state;
    assert_true(is_one_log_in_figure_8(true, false));
}

static void two_logs_without_the_wrap(void **state)
{
    (void)state;
    assert_false(is_one_log_in_figure_8(false, true));
}

/* ---- what a follower claims --------------------------------------------- */

/** C is elected by B, and then A alone hears of it, once, and answers. */
static void let_c_be_heard_by_a(struct cluster *cluster)
{
    raft_fixture_set_network_latency(&cluster->net, A, 70);
    raft_fixture_set_network_latency(&cluster->net, C, 70);
    cluster_patience(cluster, B, 1990);
    cluster_patience(cluster, C, 1000);
    while (raft_of(cluster, C)->state != RAFT_LEADER)
        cluster_step(cluster);
    cluster_cut(cluster, B, C);
    cluster_join(cluster, A, C);
    while (raft_of(cluster, A)->current_term !=
           raft_of(cluster, C)->current_term)
        cluster_step(cluster);
    raft_fixture_saturate(&cluster->net, C, A);
    cluster_run(cluster, 300);
    cluster_cut(cluster, A, C);
}

/**
 * A has entries on its own disk alone; C leads without them, and its heartbeat
 * fits what A had before. If A says that it has all up to its own end, C takes
 * its own entries for stored there and applies them; but A is elected by B.
 */
static void a_follower_claims_what_it_was_sent(void **state)
{
    static struct cluster cluster;
    struct outcome outcomes[3];

    (void)state;
    cluster_start(&cluster, true);
    raft_fixture_elect(&cluster.net, A);
    assert_int_equal(cluster_await_leader(&cluster), A);
    (void)cluster_ask(&cluster, A, cluster_open("w"));
    cluster_run(&cluster, 300);
    cluster_cut(&cluster, A, B);
    cluster_cut(&cluster, A, C);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(
            cluster_propose(&cluster, A, cluster_open("x"), &outcomes[i]),
            ELECTION_OK);
    cluster_patience(&cluster, A, 1990);
    let_c_be_heard_by_a(&cluster);
    cluster_patience(&cluster, A, 1000);
    cluster_join(&cluster, A, B);
    while (raft_of(&cluster, A)->state != RAFT_LEADER)
        cluster_step(&cluster);
    cluster_run(&cluster, 2000);
    cluster_join(&cluster, A, C);
    cluster_join(&cluster, B, C);
    cluster_run(&cluster, 5000);
    assert_false(cluster.is_split);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        assert_int_equal(cluster.servers[i].failed, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].fate, ELECTION_RAFT_UNKNOWN);
    }
    cluster_stop(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leader_takes_office_and_answers),
        cmocka_unit_test(one_log_in_figure_8),
        cmocka_unit_test(one_log_in_figure_8_without_memory),
        cmocka_unit_test(two_logs_without_the_wrap),
        cmocka_unit_test(a_follower_claims_what_it_was_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
