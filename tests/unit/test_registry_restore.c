/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/draft.h"
#include "../support/play.h"
#include "../support/registry.h"

/* Restores in pieces: how they are written, dropped and committed. */

/** Entries that leave sessions, windows, data, and elections of some size. */
static void play_something(struct stage *stage)
{
    static const char *const names[] = {
        "a", "second", "c", "d", "e", "f", "the seventh of these elections"};
    struct election_registry_command open = open_of("with data", 86000000);
    static uint8_t data[1024];
    uint64_t a = stage_session(stage, "a", 86000000);
    uint64_t b = stage_session(stage, "b", 4000);

    memset(data, 'd', sizeof data);
    open.data = data;
    open.data_size = sizeof data;
    assert_int_equal(stage_apply(stage, &open), ELECTION_OK);
    for (unsigned i = 1; i <= 100; i++) {
        stage_enter(stage, a, i, names[i % 7],
                    numbered_name(i, i % 2 == 0 ? 8 : 255));
        stage_enter(stage, b, i, names[i % 3], numbered_name(i + 1000, 8));
    }
    stage_wait(stage, 1000);
}

/** A snapshot of play_something(), to be freed. */
static struct election_buffer something(void)
{
    struct election_buffer snapshot;
    struct stage stage;

    stage_open(&stage);
    play_something(&stage);
    snapshot = registry_snapshot_of(stage.registry);
    stage_close(&stage);
    return snapshot;
}

static void assert_state(struct stage *stage,
                         const struct election_buffer *expected)
{
    struct election_buffer now = registry_snapshot_of(stage->registry);

    assert_same_bytes(expected, &now);
    election_buffer_free(&now);
}

static enum election_status write_piece(struct stage *stage, uint64_t offset,
                                        const struct election_buffer *snapshot,
                                        size_t size, uint64_t *wanted)
{
    return election_registry_restore_write(
        stage->registry, offset, snapshot->data + offset, size, wanted);
}

static void misuse(void **state)
{
    struct election_registry_snapshot *snapshot;
    struct stage stage;
    uint8_t byte;
    size_t size;
    uint64_t wanted = 7;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_snapshot_begin(NULL, &snapshot),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_snapshot_begin(stage.registry, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_snapshot_size(NULL), 0);
    assert_int_equal(
        election_registry_snapshot_begin(stage.registry, &snapshot),
        ELECTION_OK);
    assert_int_equal(election_registry_snapshot_read(NULL, &byte, 1, &size),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_snapshot_read(snapshot, NULL, 1, &size),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_snapshot_read(snapshot, &byte, 0, &size),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_snapshot_read(snapshot, &byte, 1, NULL),
                     ELECTION_MISUSE);
    election_registry_snapshot_end(snapshot);
    assert_int_equal(election_registry_restore_begin(NULL), ELECTION_MISUSE);
    assert_int_equal(
        election_registry_restore_write(stage.registry, 0, "", 1, &wanted),
        ELECTION_MISUSE);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_restore_commit(NULL), ELECTION_MISUSE);
    election_registry_restore_abort(stage.registry);
    election_registry_restore_abort(NULL);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_restore_write(stage.registry, 0, NULL, 1, &wanted),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_restore_write(NULL, 0, "\x08", 1, &wanted),
        ELECTION_MISUSE);
    assert_int_equal(election_registry_restore(stage.registry, NULL, 1),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_restore(NULL, "", 0), ELECTION_MISUSE);
    assert_int_equal(wanted, 7);
    stage_close(&stage); /* with the restore that was begun */
}

/** A piece without bytes tells what is wanted; a snapshot without is none. */
static void no_bytes(void **state)
{
    struct stage stage;
    uint64_t wanted = 7;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_restore_write(stage.registry, 0, NULL, 0, &wanted),
        ELECTION_OK);
    assert_int_equal(wanted, 0);
    assert_int_equal(election_registry_restore(stage.registry, NULL, 0),
                     ELECTION_CORRUPT);
    assert_int_equal(stage_status(&stage).applied, 1);
    stage_close(&stage);
}

/* ---- pieces ------------------------------------------------------------- */

static void pieces_of_any_size(void **state)
{
    struct election_buffer snapshot = something();

    (void)state;
    for (size_t size = 1; size <= 300; size += size < 20 ? 1 : 71) {
        struct stage stage;
        uint64_t wanted = 0;

        stage_open(&stage);
        stage_session(&stage, "old", 4000);
        assert_int_equal(election_registry_restore_begin(stage.registry),
                         ELECTION_OK);
        for (size_t at = 0; at < snapshot.size; at += size) {
            size_t left = snapshot.size - at;

            assert_int_equal(write_piece(&stage, at, &snapshot,
                                         left < size ? left : size, &wanted),
                             ELECTION_OK);
            assert_int_equal(wanted, left < size ? snapshot.size : at + size);
            /* The old state serves on. */
            assert_int_equal(stage_status(&stage).applied, 2);
        }
        assert_int_equal(election_registry_restore_commit(stage.registry),
                         ELECTION_OK);
        assert_state(&stage, &snapshot);
        stage_close(&stage);
    }
    election_buffer_free(&snapshot);
}

static void repeats_overlaps_and_holes(void **state)
{
    struct election_buffer snapshot = something();
    struct stage stage;
    uint64_t wanted = 0;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(write_piece(&stage, 5, &snapshot, 5, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 0); /* a hole: nothing is taken */
    assert_int_equal(write_piece(&stage, 0, &snapshot, 50, NULL), ELECTION_OK);
    assert_int_equal(write_piece(&stage, 0, &snapshot, 50, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 50);
    assert_int_equal(write_piece(&stage, 51, &snapshot, 9, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 50);
    assert_int_equal(write_piece(&stage, 20, &snapshot, 10, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 50);
    assert_int_equal(write_piece(&stage, 50, &snapshot, 0, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 50);
    assert_int_equal(election_registry_restore_write(stage.registry, UINT64_MAX,
                                                     "x", 1, &wanted),
                     ELECTION_OK);
    assert_int_equal(wanted, 50);
    while (wanted < snapshot.size) { /* each overlaps by 20 */
        size_t left = snapshot.size - (size_t)wanted;

        assert_int_equal(write_piece(&stage, wanted - 20, &snapshot,
                                     20 + (left < 60 ? left : 60), &wanted),
                         ELECTION_OK);
    }
    assert_int_equal(wanted, snapshot.size);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_OK);
    assert_state(&stage, &snapshot);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

static void begun_again_and_dropped(void **state)
{
    struct election_buffer snapshot = something();
    struct election_buffer before;
    struct stage stage;
    uint64_t wanted;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "old", 4000);
    before = registry_snapshot_of(stage.registry);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(election_registry_restore_begin(stage.registry),
                         ELECTION_OK);
        assert_int_equal(
            write_piece(&stage, 0, &snapshot, snapshot.size / (i + 1), &wanted),
            ELECTION_OK);
    }
    assert_int_equal(wanted, snapshot.size / 3);
    election_registry_restore_abort(stage.registry);
    assert_state(&stage, &before);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_MISUSE);
    election_buffer_free(&snapshot);
    election_buffer_free(&before);
    stage_close(&stage);
}

static void a_commit_that_comes_early(void **state)
{
    struct election_buffer snapshot = something();
    struct election_buffer before;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    before = registry_snapshot_of(stage.registry);
    for (size_t size = 0; size < snapshot.size; size += size < 200 ? 1 : 997) {
        assert_int_equal(election_registry_restore_begin(stage.registry),
                         ELECTION_OK);
        assert_int_equal(write_piece(&stage, 0, &snapshot, size, NULL),
                         ELECTION_OK);
        assert_int_equal(election_registry_restore_commit(stage.registry),
                         ELECTION_CORRUPT);
        /* It was dropped. */
        assert_int_equal(election_registry_restore_commit(stage.registry),
                         ELECTION_MISUSE);
        assert_state(&stage, &before);
    }
    election_buffer_free(&snapshot);
    election_buffer_free(&before);
    stage_close(&stage);
}

static void a_piece_that_is_corrupt_drops_it(void **state)
{
    struct election_buffer snapshot = something();
    struct stage stage;
    uint64_t wanted = 99;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(write_piece(&stage, 0, &snapshot, 60, &wanted),
                     ELECTION_OK);
    assert_int_equal(election_registry_restore_write(
                         stage.registry, 0, snapshot.data, 60, &wanted),
                     ELECTION_OK);
    memset(snapshot.data + 60, 0xff, 1000);
    assert_int_equal(write_piece(&stage, 60, &snapshot, 1000, &wanted),
                     ELECTION_CORRUPT);
    assert_int_equal(wanted, 0);
    assert_int_equal(write_piece(&stage, 0, &snapshot, 60, &wanted),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    wanted = 99;
    assert_int_equal(election_registry_restore_write(stage.registry, 0,
                                                     "\x08\x02", 2, &wanted),
                     ELECTION_VERSION);
    assert_int_equal(wanted, 0);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_MISUSE);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

/** It is refused as soon as that can be seen, byte by byte too. */
static void malformed_byte_by_byte(void **state)
{
    static const char *const malformed[] = {
        "\x0f",                                         /* no wire type */
        "\x0d",                                         /* fixed32 */
        "\x0b",                                         /* a group */
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",     /* a long tag */
        "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", /* and value */
        "\x5a\xff\xff\xff\xff\x0f",                     /* and length */
    };
    struct stage stage;

    (void)state;
    stage_open_bare(&stage);
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        size_t size = strlen(malformed[i]);

        assert_int_equal(election_registry_restore_begin(stage.registry),
                         ELECTION_OK);
        for (size_t at = 0; at < size; at++)
            assert_int_equal(election_registry_restore_write(stage.registry, at,
                                                             malformed[i] + at,
                                                             1, NULL),
                             at + 1 < size ? ELECTION_OK : ELECTION_CORRUPT);
    }
    stage_close(&stage);
}

static void a_commit_waits_for_an_open_snapshot(void **state)
{
    struct election_buffer snapshot = something();
    struct election_registry_snapshot *open;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_snapshot_begin(stage.registry, &open),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_restore(stage.registry, snapshot.data, snapshot.size),
        ELECTION_BUSY);
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    assert_int_equal(write_piece(&stage, 0, &snapshot, snapshot.size, NULL),
                     ELECTION_OK);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_BUSY);
    election_registry_snapshot_end(open);
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_OK);
    assert_state(&stage, &snapshot);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

/* ---- what a restored registry does -------------------------------------- */

/** It goes on as the one that was saved: sessions expire in the same order. */
static void a_restored_one_goes_on_alike(void **state)
{
    struct election_buffer snapshot, a, b;
    struct stage stage, copy;

    (void)state;
    stage_open(&stage);
    play_something(&stage);
    stage_session(&stage, "c", 4000);
    stage_session(&stage, "d", 4000);
    stage_wait(&stage, 500);
    assert_int_equal(
        stage_propose(&stage, 3, 500, "x", ELECTION_OP_ENTER, "X"),
        ELECTION_OK); /* the second session is renewed after the others */
    snapshot = registry_snapshot_of(stage.registry);
    stage_open_bare(&copy);
    assert_int_equal(
        election_registry_restore(copy.registry, snapshot.data, snapshot.size),
        ELECTION_OK);
    copy.index = stage.index;
    copy.epoch = stage.epoch;
    copy.time_ms = stage.time_ms;
    for (unsigned i = 0; i < 12; i++) {
        stage_wait(&stage, 501);
        stage_wait(&copy, 501);
        a = registry_snapshot_of(stage.registry);
        b = registry_snapshot_of(copy.registry);
        assert_same_bytes(&a, &b);
        election_buffer_free(&a);
        election_buffer_free(&b);
    }
    assert_int_equal(stage_status(&copy).session_count, 2);
    election_buffer_free(&snapshot);
    stage_close(&stage);
    stage_close(&copy);
}

/* ---- memory ------------------------------------------------------------- */

static void out_of_memory_in_each_piece(void **state)
{
    struct election_buffer snapshot = something();
    struct stage stage;
    uint64_t wanted = 0;
    unsigned denied = 0;

    (void)state;
    stage_open(&stage);
    stage.heap.allowed = 0;
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_NOMEM);
    assert_int_equal(
        election_registry_restore(stage.registry, snapshot.data, snapshot.size),
        ELECTION_NOMEM);
    stage.heap.allowed = 1;
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    while (wanted < snapshot.size) {
        size_t left = snapshot.size - (size_t)wanted;
        uint64_t before = wanted;
        size_t allowed = 0;

        for (;; denied++) {
            enum election_status status;

            stage.heap.allowed = allowed++;
            status = write_piece(&stage, wanted, &snapshot,
                                 left < 37 ? left : 37, &wanted);
            if (status == ELECTION_OK)
                break;
            assert_int_equal(status, ELECTION_NOMEM);
            assert_true(wanted >= before);
            left = snapshot.size - (size_t)wanted;
        }
    }
    stage.heap.allowed = 0; /* the commit needs none */
    assert_int_equal(election_registry_restore_commit(stage.registry),
                     ELECTION_OK);
    stage.heap.allowed = HEAP_UNLIMITED;
    assert_true(denied > 100);
    assert_state(&stage, &snapshot);
    /* What was taken back was not counted twice, nor left behind. */
    assert_int_equal(stage_status(&stage).candidate_count, 200);
    stage.index = stage_status(&stage).applied;
    stage.epoch = 1;
    assert_int_equal(stage_close_session(&stage, 2), ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count, 100);
    assert_int_equal(stage_close_session(&stage, 3), ELECTION_OK);
    assert_int_equal(stage_status(&stage).election_count, 0);
    election_buffer_free(&snapshot);
    stage_close(&stage);
}

/** Restores bytes that are not complete; returns the most memory it took. */
static size_t memory_of(const struct draft_bytes *bytes, size_t piece)
{
    struct stage stage;
    size_t most;

    stage_open_bare(&stage);
    most = stage.heap.peak = stage.heap.size;
    assert_int_equal(election_registry_restore_begin(stage.registry),
                     ELECTION_OK);
    for (size_t at = 0; at < bytes->size; at += piece) {
        size_t left = bytes->size - at;

        assert_int_equal(election_registry_restore_write(
                             stage.registry, at, bytes->data + at,
                             left < piece ? left : piece, NULL),
                         ELECTION_OK);
    }
    most = stage.heap.peak - most;
    stage_close(&stage);
    return most;
}

static void assert_modest(const struct draft_bytes *bytes)
{
    size_t allowed = ELECTION_RESTORE_SIZE_FACTOR * bytes->size + 65536;

    assert_in_range(memory_of(bytes, bytes->size), 0, allowed);
    assert_in_range(memory_of(bytes, 100), 0, allowed);
    assert_in_range(memory_of(bytes, 1), 0, allowed);
}

static struct draft_bytes hostile;

/** Elections of one candidate each, the shortest there are. */
static void many_small_elections(void **state)
{
    struct draft draft = draft_sound();
    struct draft_election election = draft.elections[1];
    char name[8];

    (void)state;
    hostile.size = 0;
    draft.id_floor = 100000;
    draft_put_head(&hostile, &draft);
    draft.sessions[0].id = 1;
    draft.sessions[0].timeout_ms = 1000;
    draft_put_session(&hostile, &draft.sessions[0]);
    election.candidates[0].session_id = 1;
    election.name = name;
    for (unsigned i = 0; hostile.size < DRAFT_SIZE_MAX - 100; i++) {
        snprintf(name, sizeof name, "%x", i);
        election.name_size = strlen(name);
        election.id = i + 2;
        draft_put_election(&hostile, &election);
        if ((i & (i + 1)) == 0)
            assert_modest(&hostile);
    }
    assert_modest(&hostile);
}

/** Sessions of different timeouts, with nothing but a short name. */
static void many_small_sessions(void **state)
{
    struct draft draft = draft_sound();
    struct draft_session session = {.renewed_ms = 9000};
    char name[8];

    (void)state;
    hostile.size = 0;
    draft.id_floor = 100000;
    draft_put_head(&hostile, &draft);
    session.client_id = name;
    for (unsigned i = 0; hostile.size < DRAFT_SIZE_MAX - 100; i++) {
        snprintf(name, sizeof name, "%x", i);
        session.client_id_size = strlen(name);
        session.id = i + 1;
        session.timeout_ms = (10 + i % 90) * 100;
        session.data_size = i % 2;
        draft_put_session(&hostile, &session);
        if ((i & (i + 1)) == 0)
            assert_modest(&hostile);
    }
    assert_modest(&hostile);
}

/** A length that promises much more than ever comes. */
static void a_promise_of_two_gigabytes(void **state)
{
    struct draft draft = draft_sound();

    (void)state;
    hostile.size = 0;
    draft_put_head(&hostile, &draft);
    put_raw(&hostile, "\x5a\xef\xff\xff\xff\x07", 6);
    for (unsigned i = 0; i < 1000; i++)
        put_raw(&hostile, "xxxxxxxxxx", 10);
    assert_modest(&hostile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse),
        cmocka_unit_test(pieces_of_any_size),
        cmocka_unit_test(repeats_overlaps_and_holes),
        cmocka_unit_test(begun_again_and_dropped),
        cmocka_unit_test(a_commit_that_comes_early),
        cmocka_unit_test(a_piece_that_is_corrupt_drops_it),
        cmocka_unit_test(malformed_byte_by_byte),
        cmocka_unit_test(a_commit_waits_for_an_open_snapshot),
        cmocka_unit_test(a_restored_one_goes_on_alike),
        cmocka_unit_test(out_of_memory_in_each_piece),
        cmocka_unit_test(many_small_elections),
        cmocka_unit_test(many_small_sessions),
        cmocka_unit_test(a_promise_of_two_gigabytes),
        cmocka_unit_test(no_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
