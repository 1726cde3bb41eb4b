/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/cmocka_all.h"
#include "../support/hash.h"
#include "../support/registry.h"
#include "raft/adapter.h"

struct world world;

/** What the adapter put there. */
static struct raft_fsm machine;

/** In ms: the clocks of servers start anywhere. */
enum { AHEAD_MAX = 1000000 };

uint32_t dice(uint32_t limit)
{
    return random_below(&world.random, limit);
}

uint32_t between(uint32_t low, uint32_t high)
{
    return low + dice(high - low);
}

raft_time now(void)
{
    return raft_fixture_time(&world.cluster.net);
}

void world_fail(const char *what)
{
    printf("seed %" PRIu64 ", %llu ms: %s\n", world.seed, now(), what);
    fflush(stdout);
    _exit(EXIT_FAILURE);
}

void world_check(bool is_kept, const char *what)
{
    if (!is_kept)
        world_fail(what);
}

/* ---- what is applied ---------------------------------------------------- */

static struct server *server_of(const struct raft_fsm *fsm)
{
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        if (world.cluster.servers[i].adapter == fsm->data)
            return &world.cluster.servers[i];
    world_fail("a state machine of nobody");
}

/** No proposal does twice what it does. */
static void note_execution(struct moment *moment,
                           const struct election_registry_command *command)
{
    struct election_registry_result result;

    if (command->kind != ELECTION_REGISTRY_PROPOSE)
        return;
    world_check(election_registry_result_decode(moment->result.data,
                                                moment->result.size, &result,
                                                NULL) == ELECTION_OK,
                "a Result cannot be read");
    if (result.status != ELECTION_OK || result.is_repeated)
        return;
    moment->is_executed = true;
    moment->session = command->session_id;
    moment->sequence = command->sequence;
    for (struct moment *other = world.history; other < moment; other++)
        world_check(!other->is_executed || other->session != moment->session ||
                        other->sequence != moment->sequence,
                    "a proposal was executed twice");
}

/** An entry is applied for the first time: by the model, too. */
static void note_entry(uint64_t index, const struct raft_buffer *entry)
{
    struct moment *moment = &world.history[index];
    struct election_registry_command command;
    struct model_bytes snapshot = {0};
    uint64_t epoch = world.model.epoch;

    model_put(&moment->entry, entry->base, election__entry_size(entry));
    world_check(registry_model_apply(&world.model, index, entry->base,
                                     election__entry_size(entry),
                                     &moment->result) >= 0,
                "the model refuses an entry");
    world_check(election_registry_command_decode(entry->base,
                                                 election__entry_size(entry),
                                                 &command, NULL) == ELECTION_OK,
                "an entry is no Command");
    if (world.model.epoch != epoch) {
        world_check(command.kind == ELECTION_REGISTRY_TICK &&
                        command.takes_office && world.model.epoch == index,
                    "an office began without a Tick that takes it");
        world.counts.offices++;
    }
    note_execution(moment, &command);
    registry_model_snapshot(&world.model, &snapshot);
    moment->digest = world.model.log_digest;
    moment->epoch = world.model.epoch;
    moment->state = hash_bytes(snapshot.data, snapshot.size);
    model_bytes_free(&snapshot);
}

/** Compares a server's state with what there must be. */
static void compare(struct server *server)
{
    uint64_t index = election_registry_applied(server->registry);
    const struct moment *moment = &world.history[index];
    struct election_buffer snapshot;

    world_check(election_registry_log_digest(server->registry) ==
                    moment->digest,
                "two log digests at one index");
    if (server->adapter->snapshot != NULL)
        return; /* one at a time */
    snapshot = registry_snapshot_of(server->registry);
    world_check(hash_bytes(snapshot.data, snapshot.size) == moment->state,
                "two states at one index");
    election_buffer_free(&snapshot);
}

static int apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                 void **result)
{
    struct server *server = server_of(fsm);
    uint64_t index = raft_last_applied(server->adapter->raft) + 1;
    struct moment *moment = &world.history[index];
    int status;

    world_check(index < CLUSTER_ENTRIES_MAX, "too long a log");
    if (moment->entry.size == 0) {
        world_check(index > world.model.applied, "an entry where was none");
        note_entry(index, entry);
    }
    world_check(model_bytes_equal(&moment->entry, entry->base,
                                  election__entry_size(entry)),
                "two entries at one index");
    status = machine.apply(fsm, entry, result);
    world_check(status == 0, "an entry was not applied");
    world_check(election_registry_applied(server->registry) == index,
                "another index was applied");
    compare(server);
    return status;
}

static int snapshot(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                    unsigned *n_bufs)
{
    world.counts.snapshots++;
    return machine.snapshot(fsm, bufs, n_bufs);
}

static int restore(struct raft_fsm *fsm, struct raft_buffer *bytes)
{
    struct server *server = server_of(fsm);
    int status = machine.restore(fsm, bytes);

    world_check(status == 0, "a snapshot was not restored");
    compare(server);
    world.counts.restores++;
    return status;
}

/**
 * The fixture drops other entries than it should, and past its end, once a
 * snapshot was installed. Nobody reads its disk after the start, so what is
 * there does not matter.
 */
static int truncate_nothing(struct raft_io *io, raft_index index)
{
    (void)io;
    (void)index;
    return 0;
}

/**
 * The disk of a server does one thing after another. The fixture's would do
 * what it is asked now before what it was asked when it was slower; libraft
 * does not survive that, nor need it.
 */
static struct disk {
    unsigned delay; /* ms */
    raft_time free; /* when all is done that was asked */
    int (*append)(struct raft_io *io, struct raft_io_append *request,
                  const struct raft_entry entries[], unsigned count,
                  raft_io_append_cb callback);
    int (*snapshot_put)(struct raft_io *io, unsigned trailing,
                        struct raft_io_snapshot_put *request,
                        const struct raft_snapshot *snapshot,
                        raft_io_snapshot_put_cb callback);
} disks[CLUSTER_SERVERS];

/** It is asked for something more. */
static struct disk *queue_up(const struct raft_io *io)
{
    unsigned server = 0;
    struct disk *disk;

    while (&world.cluster.net.servers[server].io != io)
        server++;
    disk = &disks[server];
    if (disk->free < now() + disk->delay)
        disk->free = now() + disk->delay;
    raft_fixture_set_disk_latency(&world.cluster.net, server,
                                  (unsigned)(disk->free - now()));
    return disk;
}

static int append(struct raft_io *io, struct raft_io_append *request,
                  const struct raft_entry entries[], unsigned count,
                  raft_io_append_cb callback)
{
    return queue_up(io)->append(io, request, entries, count, callback);
}

static int snapshot_put(struct raft_io *io, unsigned trailing,
                        struct raft_io_snapshot_put *request,
                        const struct raft_snapshot *stored,
                        raft_io_snapshot_put_cb callback)
{
    return queue_up(io)->snapshot_put(io, trailing, request, stored, callback);
}

void world_set_disk(unsigned server, unsigned msecs)
{
    disks[server].delay = msecs;
}

/* ---- the servers -------------------------------------------------------- */

/** Puts what looks between a server's libraft and what it calls. */
static void intercept(unsigned server)
{
    struct raft_fsm *fsm =
        election_raft_fsm(world.cluster.servers[server].adapter);
    struct raft_io *io = &world.cluster.net.servers[server].io;

    machine = *fsm;
    fsm->apply = apply;
    fsm->snapshot = snapshot;
    fsm->restore = restore;
    disks[server] = (struct disk){10, 0, io->append, io->snapshot_put};
    io->append = append;
    io->snapshot_put = snapshot_put;
    io->truncate = truncate_nothing;
}

void world_begin(uint64_t seed, bool is_wrapped)
{
    const struct registry_model_limits limits = {
        .sessions = ELECTION_SESSIONS_MAX,
        .elections = ELECTION_ELECTIONS_MAX,
        .candidates = ELECTION_CANDIDATES_MAX,
        .session_candidates = ELECTION_SESSION_CANDIDATES_MAX,
        .waiting = ELECTION_WAITING_MAX,
        .version = ELECTION_REGISTRY_VERSION,
    };

    world.seed = seed;
    world.random = (struct random){seed};
    registry_model_init(&world.model, &limits);
    cluster_start(&world.cluster, is_wrapped);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        intercept(i);
        world.cluster.servers[i].ahead_ms = dice(AHEAD_MAX);
    }
}

/** Who is in office is so in its own state. */
static void look(const struct server *server)
{
    uint64_t index = election_registry_applied(server->registry);

    world_check(server->failed == 0 &&
                    raft_state(server->adapter->raft) != RAFT_UNAVAILABLE,
                "a server has stopped");
    if (election_raft_leads(server->adapter))
        world_check(server->adapter->driver.epoch == world.history[index].epoch,
                    "a leader is not in office");
    if (world.cluster.is_wrapped)
        world_check(server->leads - server->follows ==
                        server->adapter->is_leader,
                    "a change of role was not told once");
}

void world_step(void)
{
    cluster_step(&world.cluster);
    for (unsigned i = 0; i < CLUSTER_SERVERS; i++)
        look(&world.cluster.servers[i]);
}

bool world_is_one(void)
{
    unsigned leaders = 0;

    for (unsigned i = 0; i < CLUSTER_SERVERS; i++) {
        if (election_registry_applied(world.cluster.servers[i].registry) !=
            world.model.applied)
            return false;
        leaders += election_raft_leads(world.cluster.servers[i].adapter);
    }
    return leaders == 1;
}

void world_end(void)
{
    world.counts.seconds = now() / 1000;
    cluster_stop(&world.cluster);
    for (size_t i = 0; i < CLUSTER_ENTRIES_MAX; i++) {
        model_bytes_free(&world.history[i].entry);
        model_bytes_free(&world.history[i].result);
    }
    registry_model_free(&world.model);
}
