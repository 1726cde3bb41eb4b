/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/* Snapshots in pieces: how they are read, and what they need. */

static void reading_in_pieces_while_entries_are_applied(void **state)
{
    struct election_registry_snapshot *snapshot, *second;
    struct election_buffer whole;
    struct stage stage;
    uint8_t piece[97];
    uint64_t a;
    size_t size, at = 0;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 50; i++)
        stage_enter(&stage, a, i, numbered_name(i, 100), "A");
    whole = registry_snapshot_of(stage.registry);
    assert_int_equal(
        election_registry_snapshot_begin(stage.registry, &snapshot),
        ELECTION_OK);
    assert_int_equal(election_registry_snapshot_begin(stage.registry, &second),
                     ELECTION_BUSY);
    assert_int_equal(election_registry_snapshot_size(snapshot), whole.size);
    for (uint64_t i = 1;; i++) {
        assert_int_equal(election_registry_snapshot_read(
                             snapshot, piece, i % sizeof piece + 1, &size),
                         ELECTION_OK);
        if (size == 0)
            break;
        assert_true(at + size <= whole.size);
        assert_memory_equal(piece, whole.data + at, size);
        at += size;
        (void)stage_close_session(&stage, i); /* 2 is the session */
    }
    assert_int_equal(at, whole.size);
    assert_int_equal(election_registry_snapshot_size(snapshot), whole.size);
    assert_int_equal(stage_status(&stage).election_count, 0);
    election_registry_snapshot_end(snapshot);
    election_registry_snapshot_end(NULL);
    election_buffer_free(&whole);
    stage_close(&stage);
}

/** All of it comes at once if there is room, over all chunks. */
static void a_snapshot_larger_than_a_chunk(void **state)
{
    struct election_buffer whole, again;
    struct stage stage, copy;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 1000; i++)
        stage_enter(&stage, a, i, "e", numbered_name(i, 255));
    whole = registry_snapshot_of(stage.registry);
    assert_true(whole.size > 3 * 65536);
    stage_open_bare(&copy);
    assert_int_equal(
        election_registry_restore(copy.registry, whole.data, whole.size),
        ELECTION_OK);
    again = registry_snapshot_of(copy.registry);
    assert_same_bytes(&whole, &again);
    election_buffer_free(&again);
    election_buffer_free(&whole);
    stage_close(&stage);
    stage_close(&copy);
}

/** The memory of a snapshot is denied, chunk by chunk. */
static void a_snapshot_without_memory(void **state)
{
    struct election_registry_snapshot *snapshot;
    struct election_registry_command open = open_of("", 86000000);
    static uint8_t data[1024];
    enum election_status status;
    struct stage stage;
    size_t allowed = 0, blocks;

    (void)state;
    stage_open(&stage);
    open.data = data;
    open.data_size = sizeof data;
    for (unsigned i = 0; i < 100; i++) {
        open.client_id = (const uint8_t *)numbered_name(i, 8);
        open.client_id_size = 8;
        assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    }
    for (unsigned i = 1; i <= 200; i++)
        stage_enter(&stage, 2, i, numbered_name(i, 250), "A");
    blocks = stage.heap.blocks;
    do {
        assert_int_equal(stage.heap.blocks, blocks);
        stage.heap.allowed = allowed++;
        status = election_registry_snapshot_begin(stage.registry, &snapshot);
        stage.heap.allowed = HEAP_UNLIMITED;
    } while (status == ELECTION_NOMEM);
    assert_int_equal(status, ELECTION_OK);
    assert_in_range(allowed, 4, 6);
    election_registry_snapshot_end(snapshot);
    stage_close(&stage);
}

/** Byte by byte: the end of a chunk may be the end of what was asked for. */
static void byte_by_byte(void **state)
{
    struct election_registry_snapshot *snapshot;
    struct election_buffer whole;
    struct stage stage;
    size_t size = 1;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 50; i++)
        stage_enter(&stage, 2, i, numbered_name(i, 200), "A");
    whole = registry_snapshot_of(stage.registry);
    assert_true(whole.size > 2 * 4096);
    assert_int_equal(
        election_registry_snapshot_begin(stage.registry, &snapshot),
        ELECTION_OK);
    for (size_t i = 0; size > 0; i++) {
        uint8_t byte;

        assert_int_equal(
            election_registry_snapshot_read(snapshot, &byte, 1, &size),
            ELECTION_OK);
        assert_int_equal(size, i < whole.size);
        if (size > 0)
            assert_int_equal(byte, whole.data[i]);
    }
    election_registry_snapshot_end(snapshot);
    election_buffer_free(&whole);
    stage_close(&stage);
}

/** The same within an election that takes several chunks. */
static void an_election_without_memory(void **state)
{
    struct election_registry_snapshot *snapshot;
    enum election_status status = ELECTION_NOMEM;
    struct stage stage;
    size_t allowed = 0, blocks;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 800; i++)
        stage_enter(&stage, 2, i, "e", numbered_name(i, 255));
    blocks = stage.heap.blocks;
    for (; status == ELECTION_NOMEM; allowed++) {
        assert_int_equal(stage.heap.blocks, blocks);
        stage.heap.allowed = allowed;
        status = election_registry_snapshot_begin(stage.registry, &snapshot);
        stage.heap.allowed = HEAP_UNLIMITED;
    }
    assert_int_equal(status, ELECTION_OK);
    assert_int_equal(allowed, 7); /* itself, five chunks, and none denied */
    election_registry_snapshot_end(snapshot);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_in_pieces_while_entries_are_applied),
        cmocka_unit_test(a_snapshot_larger_than_a_chunk),
        cmocka_unit_test(a_snapshot_without_memory),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(an_election_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
