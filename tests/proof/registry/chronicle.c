/* SPDX-License-Identifier: Apache-2.0 */
#include "chronicle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cmocka_all.h"
#include "clients.h"
#include "hash.h"
#include "ledger.h"
#include "listener.h"

enum { NODES = 3, LOST_MAX = 400, NETWORK_MS = 30 };

struct chronicle_entry chronicle[CHRONICLE_ENTRIES + 1];

/** The cluster that writes. */
static struct {
    struct random random;
    struct clients clients;
    struct ledger ledger;
    struct election_registry *registry; /* of whoever leads */
    struct listener terms, leaders;
    struct election_driver drivers[NODES];
    uint64_t origins[NODES]; /* of their clocks */
    size_t leader;
    uint64_t real_ms;
    struct chronicle_entry pending[CHRONICLE_PENDING]; /* not applied yet */
    size_t pending_count;
    uint32_t applied;   /* number of the last entry */
    uint32_t recovered; /* number of the last Recover */
    uint64_t index;     /* of the last entry that was appended */
    struct election_buffer command, result;
    size_t counts[ELECTION_ABORTED + 1]; /* of entries, by status */
    size_t offices, tails_lost, recoveries, damaged, stopped, ended;
} cluster;

static uint32_t dice(uint32_t sides)
{
    return random_below(&cluster.random, sides);
}

/* ---- hashes ------------------------------------------------------------- */

uint64_t chronicle_snapshot(struct election_registry *registry)
{
    struct election_registry_snapshot *snapshot;
    uint8_t piece[4096];
    size_t size;
    uint64_t hash = 0;
    uint64_t total = 0;

    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_OK);
    do {
        assert_int_equal(election_registry_snapshot_read(snapshot, piece,
                                                         sizeof piece, &size),
                         ELECTION_OK);
        hash = hash_bytes(hash, piece, size);
        total += size;
        /* Where a piece ends does not count. */
        hash ^= UINT64_C(14695981039346656037);
    } while (size > 0);
    assert_true(total == election_registry_snapshot_size(snapshot));
    election_registry_snapshot_end(snapshot);
    return hash;
}

uint64_t chronicle_ask(const struct election_registry *registry,
                       uint32_t number)
{
    const char *election = clients_elections[number / 4 % CLIENTS_ELECTIONS];
    struct election_registry_query query = {
        .kind = (enum election_registry_query_kind)(number % 4 + 1),
        .limit = number / 4 % 5,
        .after = number / 20 % 2 == 0 ? 0 : number / 2,
    };
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer answer = ELECTION_BUFFER_INIT;
    uint64_t hash;

    if (query.kind == ELECTION_REGISTRY_GET_TERM) {
        query.election = election;
        query.election_size = strlen(election);
    }
    assert_int_equal(election_registry_query_encode(&query, &bytes),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_query(registry, bytes.data, bytes.size, &answer),
        ELECTION_OK);
    hash = hash_bytes(6, answer.data, answer.size);
    election_buffer_free(&bytes);
    election_buffer_free(&answer);
    return hash;
}

/* ---- the log ------------------------------------------------------------ */

static uint64_t clock_ms(void)
{
    return cluster.origins[cluster.leader] + cluster.real_ms;
}

/** Raft has entries of its own, which leave gaps. */
static uint64_t next_index(void)
{
    uint32_t number = dice(200);

    if (number == 0)
        return cluster.index + 1 + dice(1000);
    return cluster.index + 1 + (number < 20 ? number % 3 : 0);
}

/** Appends bytes to the log. */
static void append(const struct election_buffer *bytes, size_t client,
                   size_t size_stamps)
{
    struct chronicle_entry *entry = &cluster.pending[cluster.pending_count++];

    assert_true(cluster.pending_count <= CHRONICLE_PENDING);
    memset(entry, 0, sizeof *entry);
    cluster.index = next_index();
    entry->index = cluster.index;
    entry->client = client;
    entry->stamped_ms = cluster.real_ms;
    entry->sent_ms = cluster.real_ms - NETWORK_MS;
    entry->size_stamps = size_stamps;
    if (bytes->size > 0) {
        entry->bytes.data = malloc(bytes->size);
        assert_non_null(entry->bytes.data);
        memcpy(entry->bytes.data, bytes->data, bytes->size);
    }
    entry->bytes.size = bytes->size;
    entry->bytes.capacity = bytes->size;
}

/** Proposes a command, if the leader is in office. */
static void propose(const struct election_buffer *command, size_t client)
{
    struct election_buffer stamped = ELECTION_BUFFER_INIT;
    /* A request had arrived when the clock was read, some time ago. */
    uint32_t ago_ms = dice(10) == 0 ? dice(NETWORK_MS) : 0;
    uint64_t time_ms = clock_ms() - ago_ms;
    enum election_status status;

    if (cluster.pending_count == CHRONICLE_PENDING)
        return;
    status = election_driver_stamp(&cluster.drivers[cluster.leader],
                                   cluster.registry, command->data,
                                   command->size, time_ms, &stamped);
    if (status == ELECTION_OK)
        append(&stamped, client, stamped.size - command->size);
    else
        assert_int_equal(status, ELECTION_BUSY);
    election_buffer_free(&stamped);
}

static void propose_command(const struct election_registry_command *command)
{
    assert_int_equal(
        election_registry_command_encode(command, &cluster.command),
        ELECTION_OK);
    propose(&cluster.command, CLIENTS_NONE);
}

/** Lets the driver propose what it wants to. */
static void drive(void)
{
    struct election_buffer tick = ELECTION_BUFFER_INIT;
    uint64_t wait_ms;

    if (cluster.pending_count == CHRONICLE_PENDING)
        return;
    assert_int_equal(election_driver_next(&cluster.drivers[cluster.leader],
                                          cluster.registry, clock_ms(), &tick,
                                          &wait_ms),
                     ELECTION_OK);
    assert_true(wait_ms > 0);
    /* Its digest comes last, and may be damaged. */
    if (tick.size > 0)
        append(&tick, CLIENTS_NONE,
               cluster.applied == 0 ? tick.size : tick.size - sizeof(uint64_t));
    election_buffer_free(&tick);
}

/* ---- applying ----------------------------------------------------------- */

static void note_event(void *context,
                       const struct election_registry_event *event)
{
    ledger_note(context, event);
}

/** Creates the registry of whoever leads, and listens to it. */
static void open_registry(void)
{
    assert_int_equal(election_registry_create(NULL, &cluster.registry),
                     ELECTION_OK);
    cluster.terms = (struct listener){
        .scope = ELECTION_SCOPE_TERM,
        .note = note_event,
        .context = &cluster.ledger,
    };
    cluster.leaders = (struct listener){.scope = ELECTION_SCOPE_LEADER};
    listener_start(&cluster.terms, cluster.registry);
    listener_start(&cluster.leaders, cluster.registry);
}

/** Notes what the entry led to. */
static void conclude(struct chronicle_entry *entry)
{
    entry->log_digest = election_registry_log_digest(cluster.registry);
    entry->result = hash_bytes(1, cluster.result.data, cluster.result.size);
    entry->snapshot = chronicle_snapshot(cluster.registry);
    entry->term_events = cluster.terms.hash;
    entry->leader_events = cluster.leaders.hash;
    entry->answer = chronicle_ask(cluster.registry, cluster.applied);
}

static enum election_status apply_bytes(struct chronicle_entry *entry)
{
    cluster.terms.hash = 0;
    cluster.leaders.hash = 0;
    entry->status = election_registry_apply(cluster.registry, entry->index,
                                            entry->bytes.data,
                                            entry->bytes.size, &cluster.result);
    return entry->status;
}

/**
 * Damages an entry, but for its stamps: what comes of it must be the same too.
 * If the replica would have to stop, it is repaired again.
 */
static void apply_damaged(struct chronicle_entry *entry)
{
    size_t room = entry->bytes.size - entry->size_stamps;
    uint32_t at, flip;

    if (room == 0) {
        (void)apply_bytes(entry);
        return;
    }
    at = (uint32_t)entry->size_stamps + dice((uint32_t)room);
    flip = 1 + dice(255);
    entry->bytes.data[at] ^= (uint8_t)flip;
    cluster.damaged++;
    if (apply_bytes(entry) >= 0)
        return;
    cluster.stopped++;
    entry->bytes.data[at] ^= (uint8_t)flip;
    (void)apply_bytes(entry);
}

/** An old state is put back to no earlier than the last Recover. */
static void note_recover(uint32_t number)
{
    const struct election_buffer *bytes = &chronicle[number].bytes;
    struct election_registry_command command;

    if (election_registry_command_decode(bytes->data, bytes->size, &command,
                                         NULL) == ELECTION_OK &&
        command.kind == ELECTION_REGISTRY_RECOVER)
        cluster.recovered = number;
}

/** Applies the first entry that waits. */
static void apply_first(bool is_looked_at)
{
    struct chronicle_entry *entry = &chronicle[++cluster.applied];

    assert_true(cluster.pending_count > 0);
    *entry = cluster.pending[0];
    cluster.pending_count--;
    memmove(cluster.pending, cluster.pending + 1,
            cluster.pending_count * sizeof *cluster.pending);
    if (is_looked_at && dice(20) == 0)
        apply_damaged(entry);
    else
        (void)apply_bytes(entry);
    assert_true(entry->status >= 0 && entry->status <= ELECTION_ABORTED);
    cluster.counts[entry->status]++;
    conclude(entry);
    note_recover(cluster.applied);
    if (is_looked_at)
        ledger_check(&cluster.ledger,
                     &(struct ledger_line){cluster.registry, &entry->bytes,
                                           &cluster.result, entry->sent_ms,
                                           entry->stamped_ms});
    /* Some answers are lost. */
    if (entry->client != CLIENTS_NONE && dice(8) > 0)
        clients_hear(&cluster.clients, entry->client, &cluster.result);
}

/* ---- what happens to a cluster ------------------------------------------ */

static void drop_pending(void)
{
    for (size_t i = 0; i < cluster.pending_count; i++)
        election_buffer_free(&cluster.pending[i].bytes);
    cluster.pending_count = 0;
    cluster.index = chronicle[cluster.applied].index;
}

/** Another node leads, or the same again; its machine may have restarted. */
static void change_leader(void)
{
    election_driver_follow(&cluster.drivers[cluster.leader]);
    if (dice(3) == 0) {
        cluster.tails_lost += cluster.pending_count;
        drop_pending();
    }
    cluster.leader = dice(NODES);
    if (dice(2) == 0)
        cluster.origins[cluster.leader] = random_next(&cluster.random) >> 20;
    election_driver_lead(&cluster.drivers[cluster.leader]);
    cluster.offices++;
}

/** Forgets all entries after this one, and restores the state there. */
static void put_back(uint32_t number)
{
    for (uint32_t i = number + 1; i <= cluster.applied; i++)
        election_buffer_free(&chronicle[i].bytes);
    election_registry_destroy(cluster.registry);
    open_registry();
    cluster.terms.note = NULL;
    for (uint32_t i = 1; i <= number; i++)
        assert_int_equal(election_registry_apply(cluster.registry,
                                                 chronicle[i].index,
                                                 chronicle[i].bytes.data,
                                                 chronicle[i].bytes.size, NULL),
                         chronicle[i].status);
    assert_true(chronicle_snapshot(cluster.registry) ==
                chronicle[number].snapshot);
    cluster.terms.note = note_event;
    cluster.applied = number;
    cluster.index = chronicle[number].index;
}

/** An operator puts an old state back, and says what was lost. */
static void recover(void)
{
    uint64_t index = cluster.index;
    uint32_t most = cluster.applied - cluster.recovered;
    uint32_t back = 1 + dice(most < LOST_MAX ? most : LOST_MAX);
    struct election_registry_command recover = {
        .kind = ELECTION_REGISTRY_RECOVER,
    };

    drop_pending();
    put_back(cluster.applied - back);
    recover.lost_entries = index - cluster.index;
    change_leader();
    drive();
    assert_true(cluster.pending_count == 1);
    apply_first(false);
    propose_command(&recover);
    assert_true(cluster.pending_count == 1);
    apply_first(false);
    assert_int_equal(chronicle[cluster.applied].status, ELECTION_OK);
    ledger_reopen(&cluster.ledger, cluster.registry);
    cluster.recoveries++;
}

/** Appends an entry that was stamped before, by mistake. */
static void forward(void)
{
    const struct chronicle_entry *entry;

    if (cluster.applied < 100 || cluster.pending_count == CHRONICLE_PENDING)
        return;
    entry = &chronicle[cluster.applied - dice(100)];
    append(&entry->bytes, CLIENTS_NONE, entry->bytes.size);
    cluster.pending[cluster.pending_count - 1].sent_ms = entry->sent_ms;
}

/** Operators' commands that change little, and some that nobody knows. */
static void do_something_odd(void)
{
    switch (dice(5)) {
    case 0:
        propose_command(&(struct election_registry_command){
            .kind = ELECTION_REGISTRY_UPGRADE, .version = dice(2)});
        break;
    case 1:
        propose_command(&(struct election_registry_command){
            .kind = ELECTION_REGISTRY_RECOVER,
            .lost_entries = ELECTION_LOST_ENTRIES_MAX + 1});
        break;
    case 2:
        /* A command that is none. */
        cluster.command.size = 0;
        propose(&cluster.command, CLIENTS_NONE);
        break;
    case 3:
        forward();
        break;
    default:
        /* A Tick that anybody sent: it has no digest to compare. */
        propose_command(&(struct election_registry_command){
            .kind = ELECTION_REGISTRY_TICK});
        break;
    }
}

/** Time passes: mostly a little; sometimes the leader stalls. */
static void pass_time(void)
{
    uint32_t number = dice(300);

    if (number == 0)
        cluster.real_ms += 3000 + dice(20000);
    else if (number < 12)
        cluster.real_ms += dice(4000);
    else if (number < 150)
        cluster.real_ms += dice(300);
}

static void step(void)
{
    uint32_t number = dice(3000);

    pass_time();
    if (number < 15)
        change_leader();
    else if (number < 17 && cluster.applied > cluster.recovered)
        recover();
    else if (number < 60)
        do_something_odd();
    drive();
    for (uint32_t count = dice(4); count > 0; count--) {
        size_t client = dice(CLIENTS);

        clients_speak(&cluster.clients, client, cluster.real_ms,
                      &cluster.command);
        if (cluster.command.size > 0)
            propose(&cluster.command, client);
    }
    if (dice(4) == 0)
        return;
    while (cluster.pending_count > 0 && dice(12) > 0 &&
           cluster.applied < CHRONICLE_ENTRIES)
        apply_first(true);
}

/* ---- the chronicle ------------------------------------------------------ */

void chronicle_write(uint64_t seed)
{
    memset(&cluster, 0, sizeof cluster);
    cluster.random.state = seed;
    cluster.real_ms = UINT64_C(1) << 33;
    clients_init(&cluster.clients, &cluster.random);
    open_registry();
    memset(chronicle, 0, sizeof *chronicle);
    conclude(&chronicle[0]);
    change_leader();
    while (cluster.applied < CHRONICLE_ENTRIES)
        step();
    listener_check(&cluster.terms, cluster.registry);
    listener_check(&cluster.leaders, cluster.registry);
    drop_pending();
    election_registry_destroy(cluster.registry);
    clients_free(&cluster.clients);
    election_buffer_free(&cluster.command);
    election_buffer_free(&cluster.result);
}

void chronicle_free(void)
{
    for (uint32_t i = 1; i <= CHRONICLE_ENTRIES; i++)
        election_buffer_free(&chronicle[i].bytes);
}

void chronicle_print(void)
{
    const struct ledger *ledger = &cluster.ledger;

    print_message("%zu offices, %zu entries of theirs lost, %zu old snapshots "
                  "put back, %zu entries damaged, of which %zu would stop a "
                  "replica\n",
                  cluster.offices, cluster.tails_lost, cluster.recoveries,
                  cluster.damaged, cluster.stopped);
    print_message("%zu sessions, %zu of them expired; %zu elections, %zu "
                  "tenures; %zu proposals with effect, %zu repeated, %zu "
                  "stale\n",
                  ledger->session_count, ledger->expired_count,
                  ledger->election_count, ledger->tenure_count,
                  ledger->effect_count, ledger->repeat_count,
                  ledger->stale_count);
    for (size_t i = 0; i <= ELECTION_ABORTED; i++)
        if (cluster.counts[i] > 0)
            print_message("%s %zu\n",
                          election_status_name((enum election_status)i),
                          cluster.counts[i]);
}
