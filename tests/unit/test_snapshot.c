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

/** What the writer has on its stack for a chunk. */
enum { CHUNK_SIZE = 4096 };

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
    assert_in_range(size, 1, CHUNK_SIZE);
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
        assert_int_equal(chunks.count > 1, snapshot.size > CHUNK_SIZE);
        free(chunks.all.data);
        election_buffer_free(&snapshot);
        election_destroy(election);
    }
}

static void a_writer_may_stop_at_any_chunk(void **state)
{
    struct election *election = new_election();
    struct chunks chunks = {.stop_after = SIZE_MAX};
    size_t count;

    (void)state;
    for (unsigned n = 0; n < 1000; n++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(n, 100)),
            ELECTION_OK);
    assert_int_equal(election_snapshot_write(election, take, &chunks),
                     ELECTION_OK);
    count = chunks.count;
    assert_in_range(count, 20, 40);
    free(chunks.all.data);
    /* The last one is no different. */
    for (size_t stop_after = 1; stop_after <= count; stop_after++) {
        chunks = (struct chunks){.stop_after = stop_after};
        assert_int_equal(election_snapshot_write(election, take, &chunks),
                         ELECTION_FULL);
        assert_int_equal(chunks.count, stop_after);
        free(chunks.all.data);
    }
    election_destroy(election);
}

static void indexes_and_sessions_have_64_bits(void **state)
{
    struct election_config config = {.first_index = UINT32_MAX};
    struct election *restored = new_election();
    struct election *election;
    struct election_buffer snapshot, output = ELECTION_BUFFER_INIT;
    struct election_candidate leader, last;

    (void)state;
    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    /* An index and sessions whose lower 32 bits are 0. */
    play_enter_all(election, "A/4294967296 B/9223372036854775808");
    assert_snapshot(election, BYTES("\x08\x80\x80\x80\x80\x10"
                                    "\x12\x09\x0a\x01"
                                    "A\x10\x80\x80\x80\x80\x10"
                                    "\x1a\x0e\x0a\x01"
                                    "B\x10\x80\x80\x80\x80\x80"
                                    "\x80\x80\x80\x80\x01"));
    snapshot = snapshot_of(election);
    assert_int_equal(election_restore(restored, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_int_equal(election_index(restored), UINT64_C(4294967296));
    assert_int_equal(election_leader(restored, &leader), ELECTION_OK);
    assert_int_equal(leader.session_id, UINT64_C(4294967296));
    assert_int_equal(election_find(restored, "B", 1, &last, NULL), ELECTION_OK);
    assert_int_equal(last.session_id, UINT64_C(9223372036854775808));
    assert_int_equal(election_answer(restored, ELECTION_OP_WATCH, &output),
                     ELECTION_OK);
    assert_output(&output, ELECTION_OP_WATCH, "4294967296 A [B]");
    election_buffer_free(&output);
    election_buffer_free(&snapshot);
    election_destroy(election);
    election_destroy(restored);
}

/** Writes a varint, as these tests do it: not with the library's own code. */
static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    for (; value > 127; value /= 128)
        *at++ = (uint8_t)(value % 128 + 128);
    *at++ = (uint8_t)value;
    return at;
}

/** Writes a candidate with a name of `size` times the same letter. */
static uint8_t *put_candidate(uint8_t *at, uint8_t tag, const char *name,
                              size_t size, uint64_t session_id)
{
    uint8_t body[3 + ELECTION_NAME_SIZE_MAX + 11];
    uint8_t *end = body;

    *end++ = 0x0a;
    end = put_varint(end, size);
    memcpy(end, name, size);
    end += size;
    if (session_id != 0) {
        *end++ = 0x10;
        end = put_varint(end, session_id);
    }
    *at++ = tag;
    at = put_varint(at, (uint64_t)(end - body));
    memcpy(at, body, (size_t)(end - body));
    return at + (end - body);
}

/** A name of `size` bytes, of which no two are the same. */
static void make_name(char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        name[i] = (char)('0' + (i * 7 + size) % 75);
    name[size] = '\0';
}

static void names_of_any_size_are_copied_whole(void **state)
{
    static const uint64_t sessions[] = {0, 1, UINT64_MAX};
    static uint8_t expected[ELECTION_NAME_SIZE_MAX * 300];
    char name[ELECTION_NAME_SIZE_MAX + 1];
    struct heap heap;

    (void)state;
    heap_init(&heap);
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        struct election *election = heap_election(&heap);
        struct chunks chunks = {.stop_after = SIZE_MAX};
        uint8_t *end = put_varint(put_varint(expected, 8), 1);

        for (size_t size = 1; size <= ELECTION_NAME_SIZE_MAX; size++) {
            make_name(name, size);
            assert_int_equal(
                play(election, ELECTION_OP_ENTER, sessions[i], name),
                ELECTION_OK);
            end = put_candidate(end, size == 1 ? 0x12 : 0x1a, name, size,
                                sessions[i]);
        }
        assert_snapshot(election, (char *)expected, (size_t)(end - expected));
        assert_int_equal(election_snapshot_write(election, take, &chunks),
                         ELECTION_OK);
        assert_int_equal(chunks.all.size, end - expected);
        assert_memory_equal(chunks.all.data, expected, chunks.all.size);
        free(chunks.all.data);
        election_destroy(election);
    }
    heap_assert_empty(&heap);
}

/** A chunk may be full to any byte when one of the largest candidates comes. */
static void the_largest_candidates_have_room(void **state)
{
    struct heap heap;

    (void)state;
    heap_init(&heap);
    for (size_t size = 8; size <= ELECTION_NAME_SIZE_MAX; size++) {
        struct chunks chunks = {.stop_after = SIZE_MAX};
        struct election *election = heap_election(&heap);
        struct election_buffer snapshot;

        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(0, size)),
            ELECTION_OK);
        for (unsigned n = 1; n <= 40; n++)
            assert_int_equal(play(election, ELECTION_OP_ENTER, UINT64_MAX,
                                  numbered_name(n, ELECTION_NAME_SIZE_MAX)),
                             ELECTION_OK);
        /* The heap sees what is written behind the snapshot's end. */
        snapshot = snapshot_of(election);
        assert_int_equal(election_snapshot_write(election, take, &chunks),
                         ELECTION_OK);
        assert_same_bytes(&snapshot, &chunks.all);
        assert_int_equal(chunks.count, 3);
        free(chunks.all.data);
        election_buffer_free(&snapshot);
        election_destroy(election);
    }
    heap_assert_empty(&heap);
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
        {BYTES("\x08\x80\x80\x80\x80\x10\x12\x03\x0a\x01"
               "A"),
         "4294967296 A []"}, /* an index with nothing in 32 bits */
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
    /* A leader, and as many candidates as fit, without any name. */
    memcpy(bytes, "\x08\x01\x12\x04\x0a\x02LL", 8);
    for (size_t at = 8; at < HOSTILE_SIZE; at += 2)
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
        cmocka_unit_test(a_writer_may_stop_at_any_chunk),
        cmocka_unit_test(indexes_and_sessions_have_64_bits),
        cmocka_unit_test(names_of_any_size_are_copied_whole),
        cmocka_unit_test(the_largest_candidates_have_room),
        cmocka_unit_test(other_forms_of_a_snapshot_are_read),
        cmocka_unit_test(corrupt_snapshots_change_nothing),
        cmocka_unit_test(as_many_as_may_wait_can_be_restored_and_no_more),
        cmocka_unit_test(a_hostile_snapshot_costs_a_bounded_multiple),
        cmocka_unit_test(damaged_snapshots_come_whole_or_not_at_all),
        cmocka_unit_test(misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
