/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that a restore takes before its commit, for snapshots that are
 * made to take much: at most ELECTION_RESTORE_SIZE_FACTOR times the bytes so
 * far, and 64 KiB, at any byte. Says the worst factor of each kind.
 *
 *     proof_registry_memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/cmocka_all.h"
#include "../support/heap.h"
#include "../support/rich.h"
#include "base/field.h"

enum {
    FREE_SIZE = 64 * 1024,
    LARGE = 1 << 22, /* bytes of a snapshot, or an election */
    SMALL = 2048,    /* of a session, or a candidate */
    NAME_MAX = 8
};

/* ---- bytes -------------------------------------------------------------- */

/** A message that is put together. */
struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

static void put(struct bytes *bytes, const void *data, size_t size)
{
    assert_true(bytes->size + size <= bytes->capacity);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static void put_number(struct bytes *bytes, uint32_t number, uint64_t value)
{
    uint8_t field[32];

    put(bytes, field,
        (size_t)(election__number_write(field, number, value) - field));
}

static void put_span(struct bytes *bytes, uint32_t number, const void *span,
                     size_t size)
{
    uint8_t head[32];

    put(bytes, head, (size_t)(election__bytes_open(head, number, size) - head));
    put(bytes, span, size);
}

static struct bytes scratch_bytes(size_t capacity)
{
    struct bytes bytes = {malloc(capacity), 0, capacity};

    assert_non_null(bytes.data);
    return bytes;
}

/** Puts a message into another, and lets go of it. */
static void put_message(struct bytes *bytes, uint32_t number,
                        struct bytes *inner)
{
    put_span(bytes, number, inner->data, inner->size);
    free(inner->data);
}

/** The shortest bytes without NUL that no other number has. */
static size_t short_name(char name[NAME_MAX], uint64_t number)
{
    size_t size = 0;

    do {
        name[size++] = (char)(1 + number % 127);
        number /= 127;
    } while (number > 0);
    return size;
}

/* ---- kinds of snapshots ------------------------------------------------- */

/** What a snapshot is made of: as much as there is, of the smallest parts. */
struct kind {
    const char *name;
    size_t sessions;
    size_t data_size;   /* of each session */
    size_t timeouts;    /* different ones */
    bool has_window;    /* each session has one */
    size_t elections;   /* each with one leader */
    size_t waiting;     /* in each */
    size_t name_growth; /* bytes by which names are longer than need be */
    size_t owners;      /* the sessions that candidates are dealt out to */
    bool is_watched;    /* room for events is needed too */
    size_t piece_size;  /* 0 = all at once */
    uint64_t claimed;   /* bytes of a field that never come; 0 = none */
    size_t claim_comes; /* those that come of it */
};

static uint64_t nth_timeout(size_t n)
{
    uint64_t unit = 100;

    for (; n >= 90; n -= 90)
        unit *= 10;
    return (10 + n) * unit;
}

static void put_session(struct bytes *snapshot, const struct kind *kind,
                        uint64_t id)
{
    static const uint8_t data[ELECTION_DATA_SIZE_MAX];
    static const uint8_t statuses[ELECTION_WINDOW / 2];
    struct bytes session = scratch_bytes(SMALL);
    char client_id[NAME_MAX];
    size_t size = short_name(client_id, id);

    put_number(&session, 1, id);
    put_span(&session, 2, client_id, size);
    put_number(&session, 5, nth_timeout((size_t)id % kind->timeouts));
    if (kind->data_size > 0)
        put_span(&session, 7, data, kind->data_size);
    if (kind->has_window) {
        put_number(&session, 8, 1);
        put(&session, "\x49\1\0\0\0\0\0\0\0", 9);
        put_span(&session, 10, statuses, sizeof statuses);
    }
    put_message(snapshot, 10, &session);
}

static void put_candidate(struct bytes *election, const struct kind *kind,
                          uint32_t number, uint64_t i, uint64_t first_owner)
{
    struct bytes candidate = scratch_bytes(SMALL);
    char name[NAME_MAX + ELECTION_NAME_SIZE_MAX];
    size_t size = short_name(name, i);

    memset(name + size, 'n', kind->name_growth);
    put_span(&candidate, 1, name, size + kind->name_growth);
    put_number(&candidate, 2, first_owner + i % kind->owners);
    put_message(election, number, &candidate);
}

static void put_election(struct bytes *snapshot, const struct kind *kind,
                         uint64_t i)
{
    size_t capacity = kind->waiting > 50 ? LARGE : SMALL;
    struct bytes state = scratch_bytes(capacity);
    struct bytes election = scratch_bytes(capacity);
    char name[NAME_MAX];
    size_t size = short_name(name, i);

    put_number(&election, 1, 1);
    for (size_t j = 0; j <= kind->waiting; j++)
        put_candidate(&election, kind, j == 0 ? 2 : 3, j, 1);
    put_number(&state, 1, kind->sessions + 1 + i);
    put_span(&state, 2, name, size);
    put_message(&state, 3, &election);
    put_message(snapshot, 11, &state);
}

static void put_snapshot(struct bytes *snapshot, const struct kind *kind)
{
    uint8_t head[32];

    put_number(snapshot, 1, 1);
    put_number(snapshot, 8, UINT64_MAX);
    for (size_t i = 0; i < kind->sessions; i++)
        put_session(snapshot, kind, 1 + i);
    for (size_t i = 0; i < kind->elections; i++)
        put_election(snapshot, kind, i);
    if (kind->claimed > 0) {
        put(snapshot, head,
            (size_t)(election__bytes_open(head, 11, (size_t)kind->claimed) -
                     head));
        assert_true(snapshot->size + kind->claim_comes <= LARGE);
        memset(snapshot->data + snapshot->size, 0, kind->claim_comes);
        snapshot->size += kind->claim_comes;
    }
}

/* ---- measuring ---------------------------------------------------------- */

/** What one restore took, against what it was given. */
struct worst {
    size_t bytes;
    size_t heap;
    double factor; /* without what is free */
    double all;    /* of large ones, with it */
};

static void compare(struct worst *worst, size_t bytes, size_t heap)
{
    double all = (double)heap / (double)bytes;
    double factor = ((double)heap - FREE_SIZE) / (double)bytes;

    assert_true(heap <= ELECTION_RESTORE_SIZE_FACTOR * bytes + FREE_SIZE);
    if (factor > worst->factor || worst->bytes == 0) {
        worst->factor = factor;
        worst->bytes = bytes;
        worst->heap = heap;
    }
    if (bytes >= 4096 && all > worst->all)
        worst->all = all;
}

static void ignore(void *context, struct election_registry *registry,
                   const uint8_t *event, size_t event_size)
{
    (void)context;
    (void)registry;
    (void)event;
    (void)event_size;
}

/** Restores a snapshot in pieces, and looks at the heap after each. */
static void measure(const struct bytes *snapshot, const struct kind *kind,
                    struct worst *worst)
{
    struct heap heap;
    struct election_allocator allocator = heap_allocator(&heap);
    struct election_registry *registry;
    size_t before, at = 0;

    heap_init(&heap);
    registry = rich_create(&allocator);
    if (kind->is_watched)
        assert_int_equal(election_registry_watch(registry, NULL, 0,
                                                 ELECTION_SCOPE_TERM, ignore,
                                                 NULL, NULL),
                         ELECTION_OK);
    before = heap.size;
    heap.peak = before;
    assert_int_equal(election_registry_restore_begin(registry), ELECTION_OK);
    while (at < snapshot->size) {
        size_t taken = snapshot->size - at;

        if (kind->piece_size > 0 && taken > kind->piece_size)
            taken = kind->piece_size;
        assert_int_equal(election_registry_restore_write(
                             registry, at, snapshot->data + at, taken, NULL),
                         ELECTION_OK);
        at += taken;
        compare(worst, at, heap.peak - before);
    }
    election_registry_restore_abort(registry);
    /* The room for events stays: it is the audience's. */
    assert_true(heap.size == before || kind->is_watched);
    election_registry_destroy(registry);
    heap_assert_empty(&heap);
}

static void judge(const struct kind *kind)
{
    struct bytes snapshot = scratch_bytes(LARGE);
    struct worst worst = {0};

    put_snapshot(&snapshot, kind);
    measure(&snapshot, kind, &worst);
    printf("%-31s %8zu bytes, %8zu heap: factor %5.2f; with free ones %5.2f\n",
           kind->name, worst.bytes, worst.heap, worst.factor, worst.all);
    free(snapshot.data);
}

/* ---- the kinds ---------------------------------------------------------- */

#ifdef ELECTION_CHECKS
/** Each election is looked at in whole after each step: so not as many. */
enum { MANY = 2049 };
#else
enum { MANY = 32769 };
#endif

/** Counts stand right above those at which something grows. */
static const struct kind kinds[] = {
    {.name = "sessions", .sessions = 16385},
    {.name = "sessions, few", .sessions = 257},
    {.name = "sessions with a byte of data", .sessions = 4097, .data_size = 1},
    {.name = "sessions with much data", .sessions = 513, .data_size = 1024},
    {.name = "sessions of all timeouts", .sessions = 4097, .timeouts = 437},
    {.name = "sessions with windows", .sessions = 4097, .has_window = true},
    {.name = "elections", .sessions = 1, .elections = MANY / 2 + 1},
    {.name = "elections, few", .sessions = 1, .elections = 257},
    {.name = "elections, byte by byte",
     .sessions = 1,
     .elections = 513,
     .piece_size = 1},
    {.name = "elections, watched",
     .sessions = 1,
     .elections = 2049,
     .is_watched = true},
    {.name = "elections of two",
     .sessions = 2,
     .elections = 2049,
     .waiting = 1,
     .owners = 2},
    {.name = "candidacies",
     .sessions = 50,
     .elections = 2049,
     .waiting = 49,
     .owners = 50},
    {.name = "candidates",
     .sessions = 1,
     .elections = 1,
     .waiting = MANY,
     .piece_size = 1000},
    {.name = "candidates, watched",
     .sessions = 1,
     .elections = 1,
     .waiting = MANY,
     .is_watched = true},
    {.name = "candidates of long names",
     .sessions = 1,
     .elections = 1,
     .waiting = 2049,
     .name_growth = 200},
    {.name = "a field that never comes",
     .sessions = 1,
     .claimed = INT32_MAX - 16},
    {.name = "a field that comes byte by byte",
     .sessions = 1,
     .claimed = INT32_MAX - 16,
     .claim_comes = 5000,
     .piece_size = 1},
    {.name = "a field of which a part comes",
     .sessions = 1,
     .claimed = INT32_MAX - 16,
     .claim_comes = 1000000,
     .piece_size = 5000},
};

int main(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct kind kind = kinds[i];

        kind.timeouts += kind.timeouts == 0;
        kind.owners += kind.owners == 0;
        judge(&kind);
    }
    return EXIT_SUCCESS;
}
