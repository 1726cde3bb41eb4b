/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/play.h"
#include "../support/spectator.h"

/*
 * A script that exercises everything is played once for each allocation, which
 * is denied. The entry must fail and leave all as it was, let no other index
 * follow, and succeed when it comes again; and from then on all must be as in a
 * play without denial, byte by byte.
 */

enum kind { OPEN, KEEP, CLOSE, PROPOSE, TICK, UPGRADE, RECOVER, MALFORMED };

/** One entry. The first has the index 2; a session's id is its index. */
struct step {
    enum kind kind;
    uint64_t session_id; /* of OPEN: incarnation */
    uint64_t sequence;
    const char *election; /* of OPEN: data */
    enum election_op op;
    const char *name; /* of OPEN: client */
    uint64_t number;  /* timeout, another session, if_index, entries */
    uint64_t pass_ms; /* before it */
    bool has_output;
};

#define LONG                                                                   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"
#define ENTER ELECTION_OP_ENTER

static const struct step script[] = {
    {OPEN, 1, 0, "", 0, "a", 86000000, 0, 0},
    {OPEN, 1, 0, "data", 0, "b", 86000000, 0, 0},
    {OPEN, 1, 0, "", 0, "c", 1000, 0, 0}, /* 4 */
    {PROPOSE, 2, 1, "e", ENTER, "A", 0, 0, 0},
    {PROPOSE, 3, 1, "e", ENTER, "B", 0, 0, 0},
    {PROPOSE, 4, 1, "e", ENTER, "C", 0, 0, 1},
    {PROPOSE, 4, 2, "f", ENTER, "F", 0, 0, 0}, /* 8 */
    {PROPOSE, 2, 2, LONG, ENTER, LONG, 0, 0, 1},
    {PROPOSE, 2, 3, "e", ELECTION_OP_PROMOTE, "C", 0, 0, 0},
    {PROPOSE, 3, 2, "e", ELECTION_OP_DEMOTE, "C", 0, 0, 0},
    {PROPOSE, 2, 1, "e", ENTER, "A", 0, 0, 1}, /* a repeat */
    {PROPOSE, 2, 4, "e", ELECTION_OP_ANOINT, "B", 0, 0, 0},
    {PROPOSE, 2, 5, "", ENTER, "A", 0, 0, 0},
    {PROPOSE, 2, 6, "e", 0, "", 0, 0, 1},
    {KEEP, 2, 0, "", 0, "", 99, 900, 0}, /* 16 */
    {PROPOSE, 3, 3, "e", ELECTION_OP_EVICT, "A", 0, 0, 0},
    {TICK, 0, 0, "", 0, "", 0, 200, 0}, /* c ends, and f with it */
    {OPEN, 1, 0, "", 0, "d", 1000, 0, 0},
    {PROPOSE, 19, 1, "h", ENTER, "D", 0, 0, 0}, /* 20 */
    {PROPOSE, 19, 2, "e", ENTER, "D", 0, 0, 0},
    {PROPOSE, 2, 7, "h", ENTER, "A", 0, 1001, 1}, /* d ends; h again */
    {OPEN, 1, 0, "data of d", 0, "d", 2000, 0, 0},
    {PROPOSE, 23, 1, "e", ENTER, "D2", 0, 0, 0}, /* 24 */
    {OPEN, 2, 0, LONG, 0, "d", 9000, 0, 0},      /* replaced */
    {OPEN, 1, 0, "", 0, "d", 9000, 0, 0},        /* too old */
    {OPEN, 2, 0, "other", 0, "d", 9000, 0, 0},
    {PROPOSE, 25, 1, "e", ENTER, LONG, 0, 0, 1}, /* 28 */
    {PROPOSE, 25, 2, "e", ENTER, "E1", 0, 0, 0},
    {PROPOSE, 25, 3, "e", ENTER, "E2", 0, 0, 0},
    {PROPOSE, 25, 4, "e", ENTER, "E3", 0, 0, 0},
    {PROPOSE, 25, 5, "i", ENTER, "I", 0, 0, 0}, /* 32 */
    {PROPOSE, 25, 6, "j", ENTER, "J", 0, 0, 0},
    {PROPOSE, 25, 7, "k", ENTER, "K", 0, 0, 0},
    {PROPOSE, 25, 8, "l", ENTER, "L", 0, 0, 0},
    {PROPOSE, 25, 9, "m", ENTER, "M", 0, 0, 0}, /* 36 */
    {PROPOSE, 25, 10, "n", ENTER, "N", 0, 0, 0},
    {PROPOSE, 25, 11, "o", ENTER, "O", 0, 0, 0},
    {OPEN, 1, 0, "", 0, "s1", 3000, 0, 0},
    {OPEN, 1, 0, "", 0, "s2", 4000, 0, 0}, /* 40 */
    {OPEN, 1, 0, "", 0, "s3", 5000, 0, 0},
    {OPEN, 1, 0, "", 0, "s4", 6000, 0, 0},
    {OPEN, 1, 0, "", 0, "s5", 7000, 0, 0},
    {OPEN, 1, 0, "", 0, "s6", 8000, 0, 0}, /* 44 */
    {OPEN, 1, 0, "", 0, "s7", 9000, 0, 0},
    {PROPOSE, 2, 8, "e", ELECTION_OP_GET_TERM, "", 0, 0, 1},
    {PROPOSE, 2, 9, "none", ELECTION_OP_WITHDRAW, "A", 0, 0, 1},
    {UPGRADE, 0, 0, "", 0, "", 1, 0, 0}, /* 48 */
    {MALFORMED, 0, 0, "", 0, "", 0, 0, 0},
    {CLOSE, 3, 0, "", 0, "", 0, 0, 0},
    {PROPOSE, 2, 10, "e", ENTER, "A", 99, 0, 0}, /* a guard */
    {CLOSE, 25, 0, "", 0, "", 0, 0, 0},          /* 52 */
    {TICK, 0, 0, "", 0, "", 0, 4500, 0},
    {TICK, 0, 0, "", 0, "", 0, 4600, 0}, /* many end */
    {RECOVER, 0, 0, "", 0, "", 10, 0, 0},
    {OPEN, 1, 0, "", 0, "a", 1000, 0, 0}, /* 56, but the floor is 65 */
    {PROPOSE, 66, 1, "e", ENTER, "A", 0, 0, 1},
};

enum { STEPS = sizeof script / sizeof script[0] };

/** What a play without denial came to, entry by entry. */
static struct {
    enum election_status status;
    struct election_buffer output;
    struct election_buffer snapshot;
    char seen[1024];
} expected[STEPS];

static void open_play(struct stage *stage)
{
    static struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};

    stage_open(stage);
    seen[0] = '\0';
    watch_all(stage, &a);
    watch(stage, &b, "e", ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
}

static struct election_registry_command command_of(const struct step *step)
{
    static uint64_t ids[2];
    struct election_registry_command command;

    switch (step->kind) {
    case OPEN:
        command = open_of(step->name, step->number);
        command.incarnation = step->session_id;
        command.data = (const uint8_t *)step->election;
        command.data_size = strlen(step->election);
        return command;
    case PROPOSE:
        command = propose_of(step->session_id, step->sequence, step->election,
                             step->op, step->name);
        command.if_index = step->number;
        command.with_output = step->has_output;
        return command;
    default:
        break;
    }
    ids[0] = step->session_id;
    ids[1] = step->number;
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_TICK,
        .session_ids = ids,
        .session_count = 2,
        .session_id = step->session_id,
        .version = (uint32_t)step->number,
        .lost_entries = step->number,
    };
    if (step->kind == KEEP)
        command.kind = ELECTION_REGISTRY_KEEP_ALIVE;
    if (step->kind == CLOSE)
        command.kind = ELECTION_REGISTRY_CLOSE_SESSION;
    if (step->kind == UPGRADE)
        command.kind = ELECTION_REGISTRY_UPGRADE;
    if (step->kind == RECOVER)
        command.kind = ELECTION_REGISTRY_RECOVER;
    return command;
}

/** Makes an entry of the script the stage's last one. */
static void prepare(struct stage *stage, unsigned i)
{
    struct election_registry_command command = command_of(&script[i]);

    stage->time_ms += script[i].pass_ms;
    stage_encode(stage, &command);
    if (script[i].kind == MALFORMED)
        stage->entry.size--;
}

/** Fails the test unless all is as after an entry; -1 = before the first. */
static void assert_as_after(struct stage *stage, unsigned i)
{
    struct election_buffer snapshot = registry_snapshot_of(stage->registry);

    assert_same_bytes(&expected[i].snapshot, &snapshot);
    election_buffer_free(&snapshot);
    assert_same_bytes(&expected[i].output, &stage->output);
}

/** Plays one entry that must come to what it came to before. */
static void play_step(struct stage *stage, unsigned i)
{
    assert_int_equal(stage_apply_at(stage, i + 2), expected[i].status);
    assert_as_after(stage, i);
    assert_string_equal(seen, expected[i].seen);
    seen[0] = '\0';
}

/** Plays without denial, and keeps what it came to. */
static void play_once(void)
{
    struct stage stage;

    open_play(&stage);
    for (unsigned i = 0; i < STEPS; i++) {
        struct election_buffer *output = &expected[i].output;

        prepare(&stage, i);
        expected[i].status = stage_apply_at(&stage, i + 2);
        assert_true(expected[i].status >= 0);
        expected[i].snapshot = registry_snapshot_of(stage.registry);
        output->data = malloc(stage.output.size + 1);
        assert_non_null(output->data);
        memcpy(output->data, stage.output.data, stage.output.size);
        output->size = stage.output.size;
        assert_true(strlen(seen) < sizeof expected[i].seen);
        strcpy(expected[i].seen, seen);
        seen[0] = '\0';
    }
    stage_close(&stage);
}

/** An entry was out of memory: nothing but its own index may follow. */
static void assert_nothing_happened(struct stage *stage, unsigned i,
                                    const struct election_buffer *output)
{
    assert_int_equal(stage->heap.denied, 1);
    assert_memory_equal(output, &stage->output, sizeof *output);
    assert_string_equal(seen, "");
    assert_int_equal(election_registry_applied(stage->registry), i + 1);
    if (i > 0)
        assert_as_after(stage, i - 1);
    assert_int_equal(stage_apply_at(stage, i + 3), ELECTION_MISUSE);
    assert_int_equal(stage_apply_at(stage, 1), ELECTION_MISUSE);
    if (i > 0)
        assert_as_after(stage, i - 1);
}

/** Plays all; the entry i is denied an allocation. Tells whether it failed. */
static bool play_denied(unsigned i, size_t allowed)
{
    struct stage stage;
    struct election_buffer output;
    enum election_status status;

    open_play(&stage);
    for (unsigned j = 0; j < i; j++) {
        prepare(&stage, j);
        play_step(&stage, j);
    }
    prepare(&stage, i);
    output = stage.output;
    stage.heap.denied = 0;
    stage.heap.allowed = allowed;
    status = stage_apply_at(&stage, i + 2);
    stage.heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_NOMEM) {
        assert_nothing_happened(&stage, i, &output);
    } else {
        /* What is given back may be denied: that is no failure. */
        assert_as_after(&stage, i);
        assert_string_equal(seen, expected[i].seen);
        seen[0] = '\0';
    }
    for (unsigned j = i; j < STEPS; j++) {
        if (j > i)
            prepare(&stage, j);
        if (j > i || status == ELECTION_NOMEM)
            play_step(&stage, j);
    }
    stage_close(&stage);
    return status == ELECTION_NOMEM;
}

static void every_entry_without_every_allocation(void **state)
{
    unsigned denials = 0;

    (void)state;
    play_once();
    for (unsigned i = 0; i < STEPS; i++) {
        size_t allowed = 0;

        while (play_denied(i, allowed))
            allowed++;
        denials += (unsigned)allowed;
    }
    print_message("%u allocations were denied\n", denials);
    assert_in_range(denials, 100, 1000);
    for (unsigned i = 0; i < STEPS; i++) {
        election_buffer_free(&expected[i].output);
        election_buffer_free(&expected[i].snapshot);
    }
}

/** The script does what it is for: each status that an entry can have. */
static void the_script_has_every_status(void **state)
{
    bool is_there[ELECTION_ABORTED + 1] = {false};
    struct stage stage;

    (void)state;
    open_play(&stage);
    for (unsigned i = 0; i < STEPS; i++) {
        prepare(&stage, i);
        is_there[stage_apply_at(&stage, i + 2)] = true;
    }
    assert_true(is_there[ELECTION_OK] && is_there[ELECTION_UNCHANGED]);
    assert_true(is_there[ELECTION_INVALID] && is_there[ELECTION_STALE]);
    assert_true(is_there[ELECTION_UNSUPPORTED] && is_there[ELECTION_ABORTED]);
    assert_true(is_there[ELECTION_NO_SESSION]);
    assert_int_equal(stage_status(&stage).election_count, 1);
    stage_close(&stage);
}

/* ---- the other calls ---------------------------------------------------- */

typedef enum election_status action_fn(struct stage *stage);

/** Denies each allocation of a call in turn; returns how many there were. */
static size_t deny(struct stage *stage, action_fn *action)
{
    size_t allowed = 0;

    for (;; allowed++) {
        struct election_buffer output = stage->output;
        size_t blocks = stage->heap.blocks;
        enum election_status status;

        stage->heap.allowed = allowed;
        status = action(stage);
        stage->heap.allowed = HEAP_UNLIMITED;
        if (status != ELECTION_NOMEM)
            return allowed;
        assert_int_equal(stage->heap.blocks, blocks);
        assert_memory_equal(&output, &stage->output, sizeof output);
    }
}

static enum election_status query(struct stage *stage)
{
    return election_registry_query(stage->registry, "\x0a\x03\x0a\x01\x65", 5,
                                   &stage->output);
}

static enum election_status list(struct stage *stage)
{
    return election_registry_query(stage->registry, "\x1a", 0, &stage->output);
}

static enum election_status list_sessions(struct stage *stage)
{
    return election_registry_query(stage->registry, "\x1a\x00", 2,
                                   &stage->output);
}

static enum election_status snapshot(struct stage *stage)
{
    struct election_registry_snapshot *begun = NULL;
    enum election_status status =
        election_registry_snapshot_begin(stage->registry, &begun);

    assert_int_equal(begun != NULL, status == ELECTION_OK);
    election_registry_snapshot_end(begun);
    return status;
}

static enum election_status skipped(struct stage *stage)
{
    return election_registry_apply(stage->registry, 1, "", 0, &stage->output);
}

static void reading(void **state)
{
    static action_fn *const actions[] = {query, list, list_sessions, skipped};
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 4000);
    stage_enter(&stage, 2, 1, "e", "A");
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        election_buffer_free(&stage.output);
        assert_int_equal(deny(&stage, actions[i]), 1);
    }
    assert_int_equal(deny(&stage, snapshot), 2);
    stage_close(&stage);
}

static struct election_buffer another;

static enum election_status restore(struct stage *stage)
{
    return election_registry_restore(stage->registry, another.data,
                                     another.size);
}

/** A restore in one call that finds no memory leaves nothing begun. */
static void restoring(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 4000);
    stage_enter(&stage, 2, 1, "e", "A");
    another = registry_snapshot_of(stage.registry);
    assert_in_range(deny(&stage, restore), 8, 30);
    assert_election(&stage, "e", "1 A/2 []");
    election_buffer_free(&another);
    stage_close(&stage);
}

/** Applies a command without any memory. */
static enum election_status
apply_poor(struct stage *stage, const struct election_registry_command *command)
{
    enum election_status status;

    stage->heap.allowed = 0;
    status = stage_apply(stage, command);
    stage->heap.allowed = HEAP_UNLIMITED;
    return status;
}

/** What changes nothing needs no memory. */
static void changing_nothing(void **state)
{
    struct election_registry_command open = open_of("a", 4000);
    struct election_registry_command propose;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    open.incarnation = 2;
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage_session(&stage, "b", 4000);
    stage_enter(&stage, 2, 1, "e", "A");
    assert_int_equal(apply_poor(&stage, &open), ELECTION_UNCHANGED);
    open.nonce++;
    assert_int_equal(apply_poor(&stage, &open), ELECTION_CONFLICT);
    open.incarnation--;
    assert_int_equal(apply_poor(&stage, &open), ELECTION_STALE);
    propose = propose_of(2, 1, "e", ELECTION_OP_ENTER, "another");
    assert_int_equal(apply_poor(&stage, &propose), ELECTION_OK);
    assert_true(stage.result.is_repeated);
    propose = propose_of(2, 2, "e", ELECTION_OP_ENTER, "A");
    assert_int_equal(apply_poor(&stage, &propose), ELECTION_UNCHANGED);
    propose = propose_of(3, 1, "e", ELECTION_OP_ENTER, "A");
    assert_int_equal(apply_poor(&stage, &propose), ELECTION_CONFLICT);
    stage_close(&stage);
}

/** A session that finds no memory may leave a queue in which nobody stands. */
static void a_queue_that_is_left_empty(void **state)
{
    struct election_registry_command open = open_of("b", 5000);
    enum election_status status = ELECTION_NOMEM;
    struct stage stage;
    size_t allowed = 0;

    (void)state;
    stage_open(&stage);
    (void)stage_session(&stage, "a", 1000);
    stage.time_ms += 2000; /* a expires, so deadlines are looked for */
    stage_encode(&stage, &open);
    for (; status == ELECTION_NOMEM; allowed++) {
        stage.heap.allowed = allowed;
        status = stage_apply_at(&stage, stage.index + 1);
        stage.heap.allowed = HEAP_UNLIMITED;
    }
    assert_int_equal(status, ELECTION_OK);
    assert_true(allowed > 2);
    assert_int_equal(stage_status(&stage).session_count, 1);
    stage_close(&stage);
}

static void creating(void **state)
{
    struct election_registry *registry = NULL;
    struct election_registry_config config = {.hash_seed = 1};
    enum election_status status;
    struct heap heap;
    size_t allowed = 0;

    (void)state;
    heap_init(&heap);
    config.allocator = heap_allocator(&heap);
    do {
        assert_null(registry);
        heap_assert_empty(&heap);
        heap.allowed = allowed++;
        status = election_registry_create(&config, &registry);
    } while (status == ELECTION_NOMEM);
    assert_int_equal(status, ELECTION_OK);
    assert_true(allowed > 1);
    election_registry_destroy(registry);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_without_every_allocation),
        cmocka_unit_test(the_script_has_every_status),
        cmocka_unit_test(reading),
        cmocka_unit_test(restoring),
        cmocka_unit_test(changing_nothing),
        cmocka_unit_test(a_queue_that_is_left_empty),
        cmocka_unit_test(creating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
