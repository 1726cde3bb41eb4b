/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"

/** A string literal that may hold NUL, as bytes and size. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static struct election *new_election(void)
{
    struct election *election;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    return election;
}

static void assert_snapshot(const struct election *election, const char *bytes,
                            size_t size)
{
    struct election_buffer snapshot = snapshot_of(election);

    assert_int_equal(snapshot.size, size);
    assert_int_equal(election_snapshot_size(election), size);
    if (size > 0)
        assert_memory_equal(snapshot.data, bytes, size);
    election_buffer_free(&snapshot);
}

static void snapshots_are_these_bytes(void **state)
{
    struct election *election = new_election();

    (void)state;
    assert_snapshot(election, "", 0);
    play_enter_all(election, "A/1 B/0 C/300");
    /* Session 0 is a default, and left out. */
    assert_snapshot(election, BYTES("\x08\x01\x12\x05\x0a\x01"
                                    "A\x10\x01\x1a\x03\x0a\x01"
                                    "B\x1a\x06\x0a\x01"
                                    "C\x10\xac\x02"));
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "A"), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "B"), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "C"), ELECTION_OK);
    assert_snapshot(election, BYTES("\x08\x03"));
    election_destroy(election);
}

static void a_restored_election_goes_on_the_same_way(void **state)
{
    struct election *original = new_election();
    struct election *restored = new_election();
    struct election_buffer snapshot, other;

    (void)state;
    play_enter_all(original, "A/1 B/2 C/3 D/1");
    assert_int_equal(play(original, ELECTION_OP_PROMOTE, 0, "C"), ELECTION_OK);
    snapshot = snapshot_of(original);
    play_enter_all(restored, "X/1 Y/2");
    assert_int_equal(election_restore(restored, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_term(restored, "1 A [C B D]");
    other = snapshot_of(restored);
    assert_same_bytes(&snapshot, &other);
    assert_int_equal(election_close_session(restored, 1), ELECTION_OK);
    assert_term(restored, "2 C [B]");
    election_buffer_free(&snapshot);
    election_buffer_free(&other);
    election_destroy(original);
    election_destroy(restored);
}

struct chunks {
    struct election_buffer all;
    size_t count;
    size_t size_max;
    size_t stop_after;
};

static enum election_status take(void *context, const uint8_t *chunk,
                                 size_t size)
{
    struct chunks *chunks = context;

    assert_in_range(size, 1, ELECTION_SNAPSHOT_CHUNK_MAX);
    chunks->all.data = realloc(chunks->all.data, chunks->all.size + size);
    assert_non_null(chunks->all.data);
    memcpy(chunks->all.data + chunks->all.size, chunk, size);
    chunks->all.size += size;
    chunks->count++;
    return chunks->count == chunks->stop_after ? ELECTION_FULL : ELECTION_OK;
}

static void chunks_are_the_same_bytes(void **state)
{
    static const unsigned counts[] = {0, 1, 2, 15, 16, 17, 100, 5000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct chunks chunks = {.stop_after = SIZE_MAX};
        struct election *election = new_election();
        struct election_buffer snapshot;

        for (unsigned n = 0; n < counts[i]; n++)
            assert_int_equal(play(election, ELECTION_OP_ENTER, UINT64_MAX,
                                  numbered_name(n, 8 + n % 248)),
                             ELECTION_OK);
        snapshot = snapshot_of(election);
        assert_int_equal(election_snapshot_write(election, take, &chunks),
                         ELECTION_OK);
        assert_same_bytes(&snapshot, &chunks.all);
        assert_int_equal(election_snapshot_size(election), snapshot.size);
        assert_int_equal(chunks.count > 1, snapshot.size > 4096);
        free(chunks.all.data);
        election_buffer_free(&snapshot);
        election_destroy(election);
    }
}

static void a_writer_may_stop(void **state)
{
    struct election *election = new_election();
    struct chunks chunks = {.stop_after = 2};

    (void)state;
    for (unsigned n = 0; n < 1000; n++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(n, 100)),
            ELECTION_OK);
    assert_int_equal(election_snapshot_write(election, take, &chunks),
                     ELECTION_FULL);
    assert_int_equal(chunks.count, 2);
    free(chunks.all.data);
    election_destroy(election);
}

static void other_forms_of_a_snapshot_are_read(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *term;
    } rows[] = {
        {BYTES(""), "0 - []"},
        {BYTES("\x08\x05"), "5 - []"},
        {BYTES("\x08\x00"), "0 - []"},
        {BYTES("\x1a\x03\x0a\x01"
               "B\x12\x03\x0a\x01"
               "A\x08\x05"),
         "5 A [B]"}, /* in another order */
        {BYTES("\x08\x05\x08\x06\x12\x03\x0a\x01"
               "A"),
         "6 A []"}, /* the last one wins */
        {BYTES("\x08\x05\x12\x03\x0a\x01"
               "A\x12\x02\x10\x07"),
         "5 A []"}, /* the leader merges */
        {BYTES("\x08\x85\x80\x00\x12\x07\x10\x81\x00\x0a\x81\x00"
               "A"),
         "5 A []"}, /* long varints */
        {BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
         "9223372036854775807 - []"}, /* the highest index */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election *election = new_election();

        assert_int_equal(
            election_restore(election, rows[i].bytes, rows[i].size),
            ELECTION_OK);
        assert_term(election, rows[i].term);
        election_destroy(election);
    }
}

static void corrupt_snapshots_change_nothing(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {BYTES("\x08")},                     /* cut short */
        {BYTES("\x08\x01\x12")},             /* cut short */
        {BYTES("\x08\x01\x12\x05\x0a\x01")}, /* cut short */
        {BYTES("\x08\x01\x12\x02\x0a\x05")}, /* cut short inside */
        {BYTES("\x20\x01")},                 /* an unknown field */
        {BYTES("\x0d\x01\x02\x03\x04")},     /* a known one, other type */
        {BYTES("\x08\x01\x12\x05\x0a\x01"
               "A\x18\x01")}, /* unknown in the leader */
        {BYTES("\x08\x01\x12\x03\x0a\x01"
               "A\x1a\x05\x0a\x01"
               "B\x18\x01")}, /* unknown in a candidate */
        {BYTES("\x0b\x0c")},  /* a group */
        {BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")}, /* 2^63 */
        {BYTES("\x12\x03\x0a\x01"
               "A")}, /* a leader with index 0 */
        {BYTES("\x08\x01\x1a\x03\x0a\x01"
               "A")},                /* a queue without leader */
        {BYTES("\x08\x01\x12\x00")}, /* a leader without name */
        {BYTES("\x08\x01\x12\x03\x0a\x01"
               "A\x1a\x00")}, /* a candidate without name */
        {BYTES("\x08\x01\x12\x04\x0a\x02"
               "A\0")},                          /* NUL in a name */
        {BYTES("\x08\x01\x12\x03\x0a\x01\xff")}, /* not UTF-8 */
        {BYTES("\x08\x01\x12\x03\x0a\x01"
               "A\x1a\x03\x0a\x01"
               "A")}, /* the leader waits */
        {BYTES("\x08\x01\x12\x03\x0a\x01"
               "A\x1a\x03\x0a\x01"
               "B\x1a\x03\x0a\x01"
               "B")}, /* one waits twice */
    };
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    play_enter_all(election, "Q/7 R/8");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t blocks = heap.blocks;

        if (election_restore(election, rows[i].bytes, rows[i].size) !=
            ELECTION_CORRUPT)
            fail_msg("row %zu", i);
        assert_int_equal(heap.blocks, blocks);
        assert_term(election, "1 Q [R]");
    }
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Encodes a snapshot with so many waiting candidates, of 8-byte names. */
static uint8_t *large_snapshot(unsigned waiting, size_t *size)
{
    uint8_t *bytes = malloc(14 + 12 * (size_t)waiting);
    uint8_t *at = bytes;

    assert_non_null(bytes);
    memcpy(at, "\x08\x01", 2);
    at += 2;
    for (unsigned n = 0; n <= waiting; n++) {
        memcpy(at, n == 0 ? "\x12\x0a\x0a\x08" : "\x1a\x0a\x0a\x08", 4);
        memcpy(at + 4, numbered_name(n, 8), 8);
        at += 12;
    }
    *size = (size_t)(at - bytes);
    return bytes;
}

static void as_many_as_may_wait_can_be_restored_and_no_more(void **state)
{
    struct election *election = new_election();
    uint8_t *bytes;
    size_t size;

    (void)state;
    bytes = large_snapshot(ELECTION_WAITING_MAX, &size);
    assert_int_equal(election_restore(election, bytes, size), ELECTION_OK);
    assert_int_equal(election_candidate_count(election), ELECTION_WAITING_MAX);
    assert_snapshot(election, (const char *)bytes, size);
    free(bytes);
    bytes = large_snapshot(ELECTION_WAITING_MAX + 1, &size);
    assert_int_equal(election_restore(election, bytes, size), ELECTION_CORRUPT);
    assert_int_equal(election_candidate_count(election), ELECTION_WAITING_MAX);
    free(bytes);
    election_destroy(election);
}

/** Writes a snapshot of so many candidates, as short as they can be. */
static size_t write_short(uint8_t *bytes, unsigned count, bool is_rubbish)
{
    uint8_t *at = bytes + 4;

    memcpy(bytes, "\x08\x01\x12\x03", 4);
    for (unsigned n = 0; n < count; n++) {
        /* Names of one byte, of two, of three. */
        uint8_t size = n < 64 ? 1 : n < 64 * 65 ? 2 : 3;

        if (n > 0) {
            *at++ = 0x1a;
            *at++ = (uint8_t)(size + 2);
        }
        *at++ = is_rubbish && n == count - 1 ? 0xff : 0x0a;
        *at++ = size;
        *at++ = (uint8_t)('0' + n % 64);
        if (size > 1)
            *at++ = (uint8_t)('0' + n / 64 % 64);
        if (size > 2)
            *at++ = (uint8_t)('0' + n / 4096);
    }
    return (size_t)(at - bytes);
}

static void a_hostile_snapshot_costs_a_bounded_multiple(void **state)
{
    enum { MULTIPLE = 20, SIZE_MIN = 4096, HOSTILE_SIZE = 1 << 20 };
    uint8_t *bytes = malloc(HOSTILE_SIZE);
    struct heap heap;
    struct election *election;

    (void)state;
    assert_non_null(bytes);
    heap_init(&heap);
    election = heap_election(&heap);
    /* One more than a power of two needs a roll of twice the size. */
    for (unsigned count = 2; count <= ELECTION_WAITING_MAX; count *= 2)
        for (int is_rubbish = 0; is_rubbish < 2; is_rubbish++) {
            size_t size = write_short(bytes, count + 1, is_rubbish);
            size_t before = heap.size;

            heap.peak = before;
            assert_int_equal(election_restore(election, bytes, size),
                             is_rubbish ? ELECTION_CORRUPT : ELECTION_OK);
            assert_in_range(heap.peak - before, 0, MULTIPLE * size + SIZE_MIN);
            assert_int_equal(election_restore(election, NULL, 0), ELECTION_OK);
        }
    /* As many candidates as fit, without any name. */
    for (size_t at = 0; at < HOSTILE_SIZE; at += 2)
        memcpy(bytes + at, "\x1a\x00", 2);
    heap.peak = 0;
    assert_int_equal(election_restore(election, bytes, 2 * 60000),
                     ELECTION_CORRUPT);
    assert_int_equal(election_restore(election, bytes, HOSTILE_SIZE),
                     ELECTION_CORRUPT);
    assert_int_equal(heap.peak, 0);
    free(bytes);
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Restores bytes over "Q/7": all of it comes, or nothing. */
static void restore_all_or_nothing(const uint8_t *bytes, size_t size)
{
    struct election *election = new_election();
    struct election *again = new_election();
    struct election_buffer snapshot, other;
    enum election_status status;

    play_enter_all(election, "Q/7");
    status = election_restore(election, bytes, size);
    if (status == ELECTION_CORRUPT)
        assert_term(election, "1 Q []");
    else
        assert_int_equal(status, ELECTION_OK);
    /* Whatever came is a sound state. */
    snapshot = snapshot_of(election);
    assert_int_equal(election_restore(again, snapshot.data, snapshot.size),
                     ELECTION_OK);
    other = snapshot_of(again);
    assert_same_bytes(&snapshot, &other);
    election_buffer_free(&snapshot);
    election_buffer_free(&other);
    election_destroy(election);
    election_destroy(again);
}

static void damaged_snapshots_come_whole_or_not_at_all(void **state)
{
    struct election *election = new_election();
    struct election_buffer snapshot;

    (void)state;
    for (unsigned n = 0; n < 20; n++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, n * 100, numbered_name(n, 9)),
            ELECTION_OK);
    snapshot = snapshot_of(election);
    for (size_t size = 0; size < snapshot.size; size++) {
        uint8_t *prefix = malloc(size + 1);

        assert_non_null(prefix);
        memcpy(prefix, snapshot.data, size);
        restore_all_or_nothing(prefix, size);
        free(prefix);
    }
    for (size_t bit = 0; bit < 8 * snapshot.size; bit++) {
        uint8_t mask = (uint8_t)(1 << bit % 8);

        snapshot.data[bit / 8] ^= mask;
        restore_all_or_nothing(snapshot.data, snapshot.size);
        snapshot.data[bit / 8] ^= mask;
    }
    election_buffer_free(&snapshot);
    election_destroy(election);
}

static void misuse(void **state)
{
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(election_snapshot(NULL, &output), ELECTION_MISUSE);
    assert_int_equal(election_snapshot(election, NULL), ELECTION_MISUSE);
    assert_int_equal(election_snapshot_write(NULL, take, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_snapshot_write(election, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_restore(NULL, "", 0), ELECTION_MISUSE);
    assert_int_equal(election_restore(election, NULL, 1), ELECTION_MISUSE);
    /* Told from the size alone: the bytes are not there. */
    assert_int_equal(
        election_restore(election, "", (size_t)ELECTION_MESSAGE_SIZE_MAX + 1),
        ELECTION_CORRUPT);
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_are_these_bytes),
        cmocka_unit_test(a_restored_election_goes_on_the_same_way),
        cmocka_unit_test(chunks_are_the_same_bytes),
        cmocka_unit_test(a_writer_may_stop),
        cmocka_unit_test(other_forms_of_a_snapshot_are_read),
        cmocka_unit_test(corrupt_snapshots_change_nothing),
        cmocka_unit_test(as_many_as_may_wait_can_be_restored_and_no_more),
        cmocka_unit_test(a_hostile_snapshot_costs_a_bounded_multiple),
        cmocka_unit_test(damaged_snapshots_come_whole_or_not_at_all),
        cmocka_unit_test(misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
