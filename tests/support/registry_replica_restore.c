/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots on their way from one registry to another: in pieces, which come
 * twice, too early, or broken.
 */
#include "cmocka_all.h"

#include "registry_draw.h"
#include "registry_model_parts.h"
#include "registry_replica.h"

#include <string.h>

/** A snapshot that is being sent. */
struct transfer {
    struct registry_replica *replica;
    struct random *random;
    struct model_bytes bytes;
    uint64_t wanted;
};

static bool one_in(struct transfer *transfer, uint32_t count)
{
    return random_below(transfer->random, count) == 0;
}

/** Chooses where the next piece begins: not always where it should. */
static uint64_t choose_offset(struct transfer *transfer)
{
    if (one_in(transfer, 5) && transfer->wanted > 0)
        return random_below(transfer->random, (uint32_t)transfer->wanted);
    if (one_in(transfer, 5))
        return random_below(transfer->random,
                            (uint32_t)transfer->bytes.size + 1);
    return transfer->wanted;
}

static size_t choose_size(struct transfer *transfer, uint64_t offset)
{
    size_t rest = transfer->bytes.size - (size_t)offset;
    size_t size = 1 + random_below(transfer->random, 400);

    if (one_in(transfer, 10))
        size = random_below(transfer->random, 2);
    return size < rest ? size : rest;
}

/** Sends one piece, and checks what is wanted then. */
static enum election_status send_piece(struct transfer *transfer)
{
    struct registry_replica *replica = transfer->replica;
    uint64_t offset = choose_offset(transfer);
    size_t size = choose_size(transfer, offset);
    uint64_t end = offset + size;
    uint64_t before = transfer->wanted;
    enum election_status status;

    if (one_in(transfer, 6))
        replica->heap.allowed = random_below(transfer->random, 4);
    status = election_registry_restore_write(replica->registry, offset,
                                             transfer->bytes.data + offset,
                                             size, &transfer->wanted);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status != ELECTION_OK && status != ELECTION_NOMEM) {
        assert_true(transfer->wanted == 0);
        return status;
    }
    assert_true(transfer->wanted >= before);
    if (offset > before || end <= before)
        assert_true(transfer->wanted == before);
    else if (status == ELECTION_OK)
        assert_true(transfer->wanted == end);
    else
        assert_true(transfer->wanted <= end);
    return status;
}

/** Until the commit the old state serves on. */
static void check_old_state(struct transfer *transfer)
{
    if (one_in(transfer, 12))
        registry_replica_compare(transfer->replica, transfer->random);
}

/** While a snapshot is open its registry cannot change. */
static void check_busy(struct transfer *transfer)
{
    struct election_registry *registry = transfer->replica->registry;
    struct election_registry_snapshot *snapshot;

    if (!one_in(transfer, 3))
        return;
    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_OK);
    assert_int_equal(election_registry_restore_commit(registry), ELECTION_BUSY);
    election_registry_snapshot_end(snapshot);
}

static void send_pieces(struct transfer *transfer)
{
    struct registry_replica *replica = transfer->replica;
    enum election_status status;

    assert_int_equal(election_registry_restore_begin(replica->registry),
                     ELECTION_OK);
    if (one_in(transfer, 4)) {
        /* One that was begun before is dropped. */
        (void)send_piece(transfer);
        transfer->wanted = 0;
        assert_int_equal(election_registry_restore_begin(replica->registry),
                         ELECTION_OK);
    }
    while (transfer->wanted < transfer->bytes.size) {
        status = send_piece(transfer);
        assert_true(status == ELECTION_OK || status == ELECTION_NOMEM);
        check_old_state(transfer);
    }
    check_busy(transfer);
    /* The commit needs no memory. */
    replica->heap.allowed = 0;
    assert_int_equal(election_registry_restore_commit(replica->registry),
                     ELECTION_OK);
    replica->heap.allowed = HEAP_UNLIMITED;
}

static void send_whole(struct transfer *transfer)
{
    struct registry_replica *replica = transfer->replica;
    const struct model_bytes *bytes = &transfer->bytes;
    enum election_status status;

    replica->heap.allowed = random_below(transfer->random, 40);
    status =
        election_registry_restore(replica->registry, bytes->data, bytes->size);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_OK)
        return;
    assert_int_equal(status, ELECTION_NOMEM);
    assert_int_equal(replica->told.count, 0);
    registry_replica_compare(replica, transfer->random);
    assert_int_equal(
        election_registry_restore(replica->registry, bytes->data, bytes->size),
        ELECTION_OK);
}

void registry_replica_restore(struct registry_replica *replica,
                              const struct registry_model *other,
                              struct random *random)
{
    struct transfer transfer = {.replica = replica, .random = random};
    struct registry_model copy;

    /* It may be its own state that comes back. */
    registry_model_init(&copy, &other->limits);
    registry_model_copy(&copy, other);
    registry_model_snapshot(&copy, &transfer.bytes);
    if (one_in(&transfer, 3))
        send_whole(&transfer);
    else
        send_pieces(&transfer);
    registry_model_restore(&replica->model, &copy);
    registry_replica_compare_events(replica);
    registry_replica_compare(replica, random);
    model_bytes_free(&transfer.bytes);
    registry_model_free(&copy);
}

/* ---- broken ones --------------------------------------------------------- */

/** Sends until it is refused. The end may come too early. */
static enum election_status send_broken(struct transfer *transfer)
{
    struct registry_replica *replica = transfer->replica;
    enum election_status status = ELECTION_OK;
    uint64_t ignored;

    if (one_in(transfer, 2))
        return election_registry_restore(
            replica->registry, transfer->bytes.data, transfer->bytes.size);
    assert_int_equal(election_registry_restore_begin(replica->registry),
                     ELECTION_OK);
    while (transfer->wanted < transfer->bytes.size &&
           (status == ELECTION_OK || status == ELECTION_NOMEM))
        status = send_piece(transfer);
    if (status == ELECTION_OK || status == ELECTION_NOMEM)
        status = election_registry_restore_commit(replica->registry);
    /* It was dropped. */
    assert_int_equal(
        election_registry_restore_write(replica->registry, 0, "", 0, &ignored),
        ELECTION_MISUSE);
    assert_int_equal(election_registry_restore_commit(replica->registry),
                     ELECTION_MISUSE);
    return status;
}

void registry_replica_refuse(struct registry_replica *replica,
                             const struct registry_model *other,
                             struct random *random)
{
    struct transfer transfer = {.replica = replica, .random = random};
    struct model_bytes sound = {0};
    enum election_status status;

    registry_model_snapshot(other, &sound);
    model_put(&transfer.bytes, sound.data, sound.size);
    if (one_in(&transfer, 10))
        model_put(&transfer.bytes, "\x08", 1);
    else
        registry_break(random, &transfer.bytes);
    if (!model_bytes_equal(&sound, transfer.bytes.data, transfer.bytes.size)) {
        bool is_other_version = transfer.bytes.size > 1 &&
                                memcmp(sound.data, transfer.bytes.data, 2) != 0;

        status = send_broken(&transfer);
        assert_true(status == ELECTION_CORRUPT ||
                    (status == ELECTION_VERSION && is_other_version));
        assert_int_equal(replica->told.count, 0);
        registry_replica_compare(replica, random);
    }
    model_bytes_free(&sound);
    model_bytes_free(&transfer.bytes);
}
