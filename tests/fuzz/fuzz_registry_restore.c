/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots of a registry, of any bytes, in one piece and in many: restored
 * whole or not at all, in bounded memory; what was restored is sound, has the
 * same bytes again, and goes on.
 *
 * A case is a byte that says what the digest is, and the size of a piece, and
 * the bytes of the snapshot.
 */
#include <string.h>

#include "../support/heap.h"
#include "../support/rich.h"
#include "fuzz.h"
#include "registry/check.h"

/** Restores bytes piece by piece; a hole before one changes nothing. */
static enum election_status restore_pieces(struct election_registry *registry,
                                           const uint8_t *bytes, size_t size,
                                           size_t piece_size)
{
    enum election_status status = ELECTION_OK;
    uint64_t wanted = 0;

    require(election_registry_restore_begin(registry) == ELECTION_OK);
    for (size_t at = 0; at < size && status == ELECTION_OK; at += piece_size) {
        size_t left = size - at;

        require(election_registry_restore_write(registry, at + 1, bytes, 1,
                                                &wanted) == ELECTION_OK &&
                wanted == at);
        status = election_registry_restore_write(
            registry, at, bytes + at, left < piece_size ? left : piece_size,
            &wanted);
    }
    if (status != ELECTION_OK) {
        require(wanted == 0);
        return status;
    }
    require(wanted == size);
    return election_registry_restore_commit(registry);
}

/** What was restored is written again, byte for byte, and goes on. */
static void go_on(struct election_registry *registry, const uint8_t *bytes,
                  size_t size)
{
    const struct election_registry_command recover = {
        .kind = ELECTION_REGISTRY_RECOVER,
    };
    uint64_t id;

    require(rich_has_snapshot(registry, bytes, size));
    if (election_registry_applied(registry) > UINT64_MAX - 5)
        return;
    rich_take_office(registry);
    election__registry_check(registry);
    id = rich_open(registry, "somebody who is new", 1000, 1);
    if (id != 0) {
        struct election_registry_command enter = {
            .kind = ELECTION_REGISTRY_PROPOSE,
            .session_id = id,
            .sequence = 1,
            .election = "e",
            .election_size = 1,
            .command = {ELECTION_OP_ENTER, "somebody who is new", 19},
        };

        require(rich_apply(registry, &enter) == ELECTION_OK);
        election__registry_check(registry);
    }
    require(rich_apply(registry, &recover) == ELECTION_OK);
    election__registry_check(registry);
}

static void try_bytes(const uint8_t *bytes, size_t size, size_t piece_size)
{
    struct heap heap;
    struct election_allocator allocator = heap_allocator(&heap);
    struct election_registry *registry;
    struct election_buffer before = ELECTION_BUFFER_INIT;
    enum election_status status;
    size_t used;

    heap_init(&heap);
    registry = rich_create(&allocator);
    rich_take_office(registry);
    require(rich_open(registry, "old", 1000, 5) != 0);
    rich_snapshot(registry, &before);
    used = heap.size;
    heap.peak = used;
    status = restore_pieces(registry, bytes, size, piece_size);
    require(heap.peak - used <=
            ELECTION_RESTORE_SIZE_FACTOR * size + 64 * 1024);
    require(status == ELECTION_OK || status == ELECTION_CORRUPT ||
            status == ELECTION_VERSION);
    if (status != ELECTION_OK) {
        require(heap.size == used);
        require(rich_has_snapshot(registry, before.data, before.size));
    }
    /* All at once the verdict is the same. */
    require(election_registry_restore(registry, bytes, size) == status);
    if (status == ELECTION_OK)
        go_on(registry, bytes, size);
    election_buffer_free(&before);
    election_registry_destroy(registry);
    heap_assert_empty(&heap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes;
    size_t piece_size;

    if (size == 0)
        return 0;
    piece_size = data[0] / 4 < 32 ? data[0] / 4 + 1u : 4096;
    bytes = malloc(size + 9);
    require(bytes != NULL);
    memcpy(bytes, data + 1, size - 1);
    if (data[0] % 4 == 0)
        try_bytes(bytes, size - 1, piece_size);
    else
        try_bytes(bytes, rich_add_digest(bytes, size - 1), piece_size);
    free(bytes);
    return 0;
}
