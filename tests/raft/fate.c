/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

enum {
    /* in ms */
    CALM = 3000,      /* at the start */
    RUN_MIN = 50000,  /* with the calm */
    RUN_MAX = 100000, /* so long may the troubles last */
    MOOD_MIN = 5000,  /* how long a sort of them lasts */
    MOOD_MAX = 25000,
    TURN_MAX = 5000,  /* how long one end of the seesaw is waited for */
    RECOVERY = 10000, /* at the end, all is well after so long */
    ELECTION = 1000,  /* libraft's shortest timeout */
    SETTLED = 1 << 10 /* steps; things happen in between */
};

enum mood { STORM, SEESAW };

static struct {
    enum mood mood;
    raft_time mood_ends;
    raft_time next_act, next_trouble;
    unsigned haste; /* ms between two acts, at most */
    /* the seesaw */
    unsigned ends[2]; /* who lead in turns, by the votes of others */
    unsigned turns;
    raft_time turned, next_turn;
} fate;

/* ---- the network and the disks ------------------------------------------ */

static void set_link(unsigned from, unsigned to, bool is_open)
{
    if (from == to)
        return;
    if (is_open)
        raft_fixture_desaturate(&world.cluster.net, from, to);
    else
        raft_fixture_saturate(&world.cluster.net, from, to);
}

/** Opens or closes what a server sends, or is sent, or both. */
static void set_links(unsigned server, bool is_open, unsigned directions)
{
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        if (directions & 1)
            set_link(server, i, is_open);
        if (directions & 2)
            set_link(i, server, is_open);
    }
}

static void join_all(void)
{
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        set_links(i, true, 3);
}

/** Each stands after another time, so that one is the first. */
static void set_patience(void)
{
    unsigned first = dice(CLUSTER_SERVERS);

    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        cluster_patience(&world.cluster, (first + i) % CLUSTER_SERVERS,
                         ELECTION + (900 / CLUSTER_SERVERS) * i + dice(90));
}

static void set_latencies(unsigned server)
{
    unsigned network = dice(5) == 0 ? between(50, 800) : between(1, 40);
    unsigned disk = dice(3) == 0 ? between(50, 3000) : between(1, 40);

    raft_fixture_set_network_latency(&world.cluster.net, server, network);
    world_set_disk(server, disk);
}

/* ---- a storm ------------------------------------------------------------ */

/** Returns one who leads, or anybody. */
static unsigned draw_leader(void)
{
    unsigned first = dice(CLUSTER_SERVERS);

    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        unsigned server = (first + i) % CLUSTER_SERVERS;

        if (raft_state(raft_fixture_get(&world.cluster.net, server)) ==
            RAFT_LEADER)
            return server;
    }
    return first;
}

static void storm(void)
{
    unsigned server = dice(CLUSTER_SERVERS);
    uint32_t number = dice(100);

    fate.next_trouble = now() + between(50, 2000);
    set_patience();
    if (number < 15) {
        join_all();
    } else if (number < 35) { /* a message or two are lost */
        set_link(server, dice(CLUSTER_SERVERS), false);
        fate.next_trouble = now() + between(5, 100);
    } else if (number < 50) {
        set_link(server, dice(CLUSTER_SERVERS), dice(2) == 0);
    } else if (number < 60) {
        set_links(server, dice(2) == 0, between(1, 4));
    } else if (number < 75) {
        set_latencies(server);
    } else { /* another one shall lead */
        set_links(draw_leader(), false, between(1, 4));
        fate.next_trouble = now() + between(1000, 4000);
    }
    if (number >= 15 && dice(4) == 0)
        join_all();
}

/* ---- a seesaw: two are elected in turns, by the votes of others --------- */

static unsigned end_of(unsigned turn)
{
    return fate.ends[turn % 2];
}

static bool is_end(unsigned server)
{
    return server == fate.ends[0] || server == fate.ends[1];
}

static void join(unsigned a, unsigned b)
{
    set_link(a, b, true);
    set_link(b, a, true);
}

/** Joins the one whose turn it is with just enough of the others. */
static void turn(void)
{
    unsigned first = dice(CLUSTER_SERVERS), joined = 0;

    fate.turns += dice(8) > 0;
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        set_links(i, false, 3);
        cluster_patience(&world.cluster, i,
                         is_end(i) ? ELECTION + 200 : 2 * ELECTION - 10 * i);
    }
    cluster_patience(&world.cluster, end_of(fate.turns), ELECTION);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        unsigned server = (first + i) % CLUSTER_SERVERS;

        if (!is_end(server) && joined++ < CLUSTER_SERVERS / 2)
            join(server, end_of(fate.turns));
    }
    fate.turned = now();
    fate.next_turn = 0;
}

/** It leads now: perhaps nobody hears of it, or only who did not elect it. */
static void sway(void)
{
    unsigned end = end_of(fate.turns);

    fate.next_turn = now() + (dice(3) > 0 ? dice(500) : dice(2000));
    switch (dice(3)) {
    case 0:
        set_links(end, false, 1);
        break;
    case 1:
        for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
            if (dice(2) == 0)
                set_links(i, false, 3);
        join(end, end_of(fate.turns + 1));
        break;
    default:
        break;
    }
}

/** Once it leads, it does not for long. */
static void seesaw(void)
{
    unsigned end = end_of(fate.turns);

    fate.next_trouble = now() + 1;
    if (fate.next_turn == 0 &&
        raft_fixture_get(&world.cluster.net, end)->state == RAFT_LEADER)
        sway();
    if ((fate.next_turn != 0 && now() >= fate.next_turn) ||
        now() >= fate.turned + TURN_MAX)
        turn();
}

/* ---- a run -------------------------------------------------------------- */

static void change_mood(void)
{
    join_all();
    fate.mood = dice(3) == 0 ? STORM : SEESAW;
    fate.mood_ends = now() + between(MOOD_MIN, MOOD_MAX);
    fate.ends[0] = dice(CLUSTER_SERVERS);
    fate.ends[1] =
        (fate.ends[0] + between(1, CLUSTER_SERVERS)) % CLUSTER_SERVERS;
    if (fate.mood == SEESAW) {
        for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
            raft_fixture_set_network_latency(
                &world.cluster.net, i, dice(2) == 0 ? 5 : between(5, 100));
            world_set_disk(i, dice(2) == 0 ? 5 : between(5, 500));
        }
        turn();
    }
}

static void trouble(void)
{
    if (now() >= fate.mood_ends)
        change_mood();
    if (fate.mood == STORM)
        storm();
    else
        seesaw();
}

static void act(void)
{
    clients_act();
    fate.next_act = now() + 1 + dice(fate.haste);
}

static void set_snapshots(void)
{
    unsigned threshold = dice(3) == 0 ? 1024 : between(5, 100);
    unsigned trailing = between(1, 40);

    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        struct raft *raft = raft_fixture_get(&world.cluster.net, i);

        raft_set_snapshot_threshold(raft, threshold);
        raft_set_snapshot_trailing(raft, trailing);
        raft_set_install_snapshot_timeout(raft, between(100, 2000));
    }
}

/** All is well again, and must be for all. */
static void recover(void)
{
    raft_time end = now() + RECOVERY;

    join_all();
    set_patience();
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        raft_fixture_set_network_latency(&world.cluster.net, i, 15);
        world_set_disk(i, 10);
    }
    while (now() < end)
        world_step();
    for (unsigned i = 0; i < SETTLED && !world_is_one(); i++)
        world_step();
    world_check(world_is_one(), "the servers do not become one again");
}

void fate_play(uint64_t seed, bool is_wrapped)
{
    raft_time end;

    world_begin(seed, is_wrapped);
    fate.haste = between(50, 400);
    fate.next_trouble = CALM;
    end = between(RUN_MIN, RUN_MAX);
    set_snapshots();
    while (now() < end) {
        if (now() >= fate.next_act)
            act();
        if (now() >= fate.next_trouble)
            trouble();
        world_step();
    }
    recover();
    world_end();
    clients_check();
}
