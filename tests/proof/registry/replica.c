/* SPDX-License-Identifier: Apache-2.0 */
#include "replica.h"

#include <stdlib.h>
#include <string.h>

#include "../../support/cmocka_all.h"
#include "chronicle.h"
#include "clients.h"
#include "hash.h"

struct replica_counts replica_counts;

static uint32_t dice(const struct replica *replica, uint32_t sides)
{
    return random_below(replica->random, sides);
}

/* ---- lifetime ----------------------------------------------------------- */

static void start_listening(struct replica *replica)
{
    listener_start(&replica->terms, replica->registry);
    listener_start(&replica->leaders, replica->registry);
    listener_start(&replica->one, replica->registry);
}

static void make_registry(struct replica *replica)
{
    struct election_registry_config config = {
        .allocator = heap_allocator(replica->heap),
        .hash_seed = random_next(replica->random),
    };
    uint32_t kind = dice(replica, 4);

    if (kind == 0)
        config.allocator = (struct election_allocator){NULL, NULL, NULL};
    if (kind == 1)
        config.hash_seed = 0;
    assert_int_equal(election_registry_create(kind == 2 ? NULL : &config,
                                              &replica->registry),
                     ELECTION_OK);
}

void replica_start(struct replica *replica, struct random *random)
{
    memset(replica, 0, sizeof *replica);
    replica->random = random;
    replica->heap = malloc(sizeof *replica->heap);
    assert_non_null(replica->heap);
    heap_init(replica->heap);
    make_registry(replica);
    replica->is_mute = dice(replica, 3) == 0;
    replica->is_deaf = dice(replica, 3) == 0;
    replica->terms.scope = ELECTION_SCOPE_TERM;
    replica->leaders.scope = ELECTION_SCOPE_LEADER;
    replica->one.scope = ELECTION_SCOPE_TERM;
    replica->one.election = clients_elections[dice(replica, CLIENTS_ELECTIONS)];
    replica->one.elder = &replica->terms;
    if (!replica->is_deaf)
        start_listening(replica);
}

static void close_snapshot(struct replica *replica)
{
    election_registry_snapshot_end(replica->open);
    replica->open = NULL;
    free(replica->reading.bytes);
    replica->reading = (struct disk){NULL, 0, 0};
}

/** Releases all but the disk. */
static void break_down(struct replica *replica)
{
    close_snapshot(replica);
    election_registry_destroy(replica->registry);
    election_buffer_free(&replica->output);
    heap_assert_empty(replica->heap);
    free(replica->heap);
}

void replica_stop(struct replica *replica)
{
    break_down(replica);
    free(replica->disk.bytes);
}

/* ---- entries ------------------------------------------------------------ */

void replica_check(struct replica *replica)
{
    const struct chronicle_entry *entry = &chronicle[replica->applied];

    assert_true(election_registry_applied(replica->registry) == entry->index);
    assert_true(election_registry_log_digest(replica->registry) ==
                entry->log_digest);
    assert_true(chronicle_ask(replica->registry, replica->applied) ==
                entry->answer);
    if (replica->open == NULL)
        assert_true(chronicle_snapshot(replica->registry) == entry->snapshot);
}

static enum election_status try_entry(struct replica *replica,
                                      const struct chronicle_entry *entry)
{
    bool is_mute = replica->is_mute || dice(replica, 3) == 0;
    enum election_status status = election_registry_apply(
        replica->registry, entry->index, entry->bytes.data, entry->bytes.size,
        is_mute ? NULL : &replica->output);

    if (status >= 0 && !is_mute)
        assert_true(hash_bytes(1, replica->output.data, replica->output.size) ==
                    entry->result);
    return status;
}

/** Runs out of memory now and then: nothing has happened, and it may repeat. */
static enum election_status
try_in_little_memory(struct replica *replica,
                     const struct chronicle_entry *entry)
{
    uint64_t digest = election_registry_log_digest(replica->registry);
    enum election_status status;

    if (dice(replica, 8) > 0)
        return try_entry(replica, entry);
    replica->heap->allowed = dice(replica, 4);
    status = try_entry(replica, entry);
    replica->heap->allowed = HEAP_UNLIMITED;
    if (status != ELECTION_NOMEM)
        return status;
    replica_counts.denied++;
    assert_true(election_registry_log_digest(replica->registry) == digest);
    assert_true(replica->terms.hash == 0 && replica->leaders.hash == 0);
    assert_int_equal(election_registry_apply(replica->registry,
                                             entry->index + 1, NULL, 0, NULL),
                     ELECTION_MISUSE);
    return try_entry(replica, entry);
}

/** An Upgrade to what it does not know stops it, until it gets the entry. */
static void refuse_upgrade(struct replica *replica, uint64_t index)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_registry_command upgrade = {
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = ELECTION_REGISTRY_VERSION + 1,
    };
    struct election_registry_command next;
    const struct election_buffer *entry =
        &chronicle[replica->applied + 1].bytes;

    /* It must be of the present office, else it is not even looked at. */
    if (chronicle[replica->applied + 1].status == ELECTION_INVALID ||
        election_registry_command_decode(entry->data, entry->size, &next,
                                         NULL) != ELECTION_OK ||
        next.takes_office)
        return;
    upgrade.epoch = next.epoch;
    upgrade.time_ms = next.time_ms;
    assert_int_equal(election_registry_command_encode(&upgrade, &bytes),
                     ELECTION_OK);
    assert_int_equal(election_registry_apply(replica->registry, index,
                                             bytes.data, bytes.size, NULL),
                     ELECTION_VERSION);
    election_buffer_free(&bytes);
    replica_check(replica);
    assert_int_equal(
        election_registry_apply(replica->registry, index + 1, NULL, 0, NULL),
        ELECTION_MISUSE);
    replica_counts.refused++;
}

void replica_apply(struct replica *replica)
{
    const struct chronicle_entry *entry = &chronicle[replica->applied + 1];

    if (dice(replica, 100) == 0)
        refuse_upgrade(replica, entry->index);
    replica->terms.hash = 0;
    replica->leaders.hash = 0;
    assert_int_equal(try_in_little_memory(replica, entry), entry->status);
    replica->applied++;
    replica_counts.entries++;
    if (!replica->is_deaf) {
        assert_true(replica->terms.hash == entry->term_events);
        assert_true(replica->leaders.hash == entry->leader_events);
    }
    replica_check(replica);
    if (dice(replica, 200) == 0 && !replica->is_deaf) {
        listener_check(&replica->terms, replica->registry);
        listener_check(&replica->leaders, replica->registry);
        listener_check(&replica->one, replica->registry);
        start_listening(replica);
    }
}

void replica_apply_again(struct replica *replica)
{
    const struct chronicle_entry *entry;
    struct election_registry_result result;

    if (replica->applied == 0)
        return;
    entry = &chronicle[1 + dice(replica, replica->applied)];
    assert_int_equal(election_registry_apply(
                         replica->registry, entry->index, entry->bytes.data,
                         entry->bytes.size, &replica->output),
                     ELECTION_SKIPPED);
    assert_int_equal(election_registry_result_decode(replica->output.data,
                                                     replica->output.size,
                                                     &result, NULL),
                     ELECTION_OK);
    assert_int_equal(result.status, ELECTION_SKIPPED);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_BARE);
    assert_true(result.applied == chronicle[replica->applied].index);
    replica_check(replica);
    replica_counts.skipped++;
}

/* ---- snapshots ---------------------------------------------------------- */

static void begin_snapshot(struct replica *replica)
{
    struct election_registry_snapshot *second;
    uint64_t size;

    assert_int_equal(
        election_registry_snapshot_begin(replica->registry, &replica->open),
        ELECTION_OK);
    assert_int_equal(
        election_registry_snapshot_begin(replica->registry, &second),
        ELECTION_BUSY);
    size = election_registry_snapshot_size(replica->open);
    replica->reading.bytes = malloc((size_t)size);
    replica->reading.number = replica->applied;
    assert_non_null(replica->reading.bytes);
}

/** What was read is what there was when it began. */
static void end_snapshot(struct replica *replica)
{
    struct disk *reading = &replica->reading;

    assert_true(reading->size ==
                election_registry_snapshot_size(replica->open));
    assert_true((hash_bytes(0, reading->bytes, reading->size) ^
                 UINT64_C(14695981039346656037)) ==
                chronicle[reading->number].snapshot);
    free(replica->disk.bytes);
    replica->disk = *reading;
    *reading = (struct disk){NULL, 0, 0};
    close_snapshot(replica);
    replica_counts.snapshots++;
}

void replica_store(struct replica *replica)
{
    struct disk *reading = &replica->reading;
    size_t room, size;

    if (replica->open == NULL) {
        begin_snapshot(replica);
        return;
    }
    room =
        (size_t)election_registry_snapshot_size(replica->open) - reading->size;
    if (room > 0)
        room = 1 + dice(replica, (uint32_t)room);
    /* At the end there is nothing, however much room there is. */
    assert_int_equal(election_registry_snapshot_read(
                         replica->open, reading->bytes + reading->size,
                         room == 0 ? 1 : room, &size),
                     ELECTION_OK);
    assert_true(size <= room);
    reading->size += size;
    if (size == 0)
        end_snapshot(replica);
}

/** Sends one piece: the next one, one that is known, or one that is too far. */
static void send_piece(struct replica *replica, const struct disk *disk,
                       uint64_t *wanted)
{
    uint32_t at = dice(replica, (uint32_t)disk->size);
    uint32_t size = dice(replica, 200);
    uint64_t before = *wanted;

    if (dice(replica, 3) > 0)
        at = (uint32_t)before;
    if (size > disk->size - at)
        size = (uint32_t)disk->size - at;
    assert_int_equal(election_registry_restore_write(
                         replica->registry, at, disk->bytes + at, size, wanted),
                     ELECTION_OK);
    if (at > before) {
        assert_true(*wanted == before);
        replica_counts.holes++;
    } else {
        assert_true(*wanted == (at + size > before ? at + size : before));
    }
    replica_counts.pieces++;
}

static void commit(struct replica *replica, const struct disk *disk)
{
    if (replica->open != NULL) {
        assert_int_equal(election_registry_restore_commit(replica->registry),
                         ELECTION_BUSY);
        close_snapshot(replica);
    }
    replica->terms.hash = 0;
    assert_int_equal(election_registry_restore_commit(replica->registry),
                     ELECTION_OK);
    /* Who has the state already is told nothing. */
    if (disk->number == replica->applied)
        assert_true(replica->terms.hash == 0);
    replica->applied = disk->number;
    replica_check(replica);
    listener_check(&replica->terms, replica->registry);
    listener_check(&replica->leaders, replica->registry);
    listener_check(&replica->one, replica->registry);
}

void replica_install(struct replica *replica, const struct disk *disk)
{
    uint64_t wanted = 0;

    if (disk->bytes == NULL || disk->number < replica->applied)
        return;
    assert_int_equal(election_registry_restore_begin(replica->registry),
                     ELECTION_OK);
    while (wanted < disk->size) {
        if (dice(replica, 20) == 0 && replica->applied < CHRONICLE_ENTRIES)
            replica_apply(replica);
        send_piece(replica, disk, &wanted);
    }
    if (disk->number < replica->applied)
        election_registry_restore_abort(replica->registry);
    else
        commit(replica, disk);
}

void replica_restart(struct replica *replica)
{
    struct disk disk = replica->disk;

    break_down(replica);
    replica_start(replica, replica->random);
    if (disk.bytes != NULL) {
        assert_int_equal(
            election_registry_restore(replica->registry, disk.bytes, disk.size),
            ELECTION_OK);
        replica->applied = disk.number;
        replica_check(replica);
    }
    replica->disk = disk;
}
