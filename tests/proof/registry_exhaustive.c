/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every log of five entries out of twelve: two clients, two elections, two
 * sequence numbers, and time.
 *
 * The logs are walked depth first, as they share their beginnings. A registry
 * has no copy, so it goes back to a beginning by its snapshot there. After each
 * entry status, Result, events and snapshot are compared with the model. There
 * are two walks: one from a registry that nobody has come to yet, one from a
 * registry in which one client leads and the other one waits.
 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/registry_draw.h"
#include "../support/registry_model_parts.h"

enum { LENGTH = 5, COMMANDS = 12, LEAVES = 248832 };
enum { SHORT_MS = 1000, LONG_MS = 3000, LONGER_THAN_SHORT_MS = 1001 };

/** Who proposes. */
enum client { A, B, CLIENTS };

static const struct registry_model_limits limits = {
    ELECTION_SESSIONS_MAX,   ELECTION_ELECTIONS_MAX,
    ELECTION_CANDIDATES_MAX, ELECTION_SESSION_CANDIDATES_MAX,
    ELECTION_WAITING_MAX,    ELECTION_REGISTRY_VERSION};

/** What the log has come to after so many entries. */
static struct node {
    struct registry_model model;
    struct model_bytes snapshot;
    uint64_t last_ids[CLIENTS]; /* of their sessions, living or not */
} nodes[LENGTH + 1];

static struct election_registry *registry;
static struct election_buffer output;
static struct model_bytes entry, expected;
static size_t leaves, steps;

/** One watcher of all elections for each scope, and what they were told. */
enum { SCOPES = 2 };
static struct model_bytes told[SCOPES];

/* ---- the alphabet -------------------------------------------------------- */

static void open_as(struct election_registry_command *command,
                    enum client client, uint64_t incarnation)
{
    command->kind = ELECTION_REGISTRY_OPEN_SESSION;
    command->client_id = (const uint8_t *)(client == A ? "A" : "B");
    command->client_id_size = 1;
    command->incarnation = incarnation;
    command->nonce = incarnation;
    command->timeout_ms = client == A ? SHORT_MS : LONG_MS;
    command->data = (const uint8_t *)"address";
    command->data_size = client == A ? 0 : 7;
}

static void propose(struct election_registry_command *command,
                    const struct node *node, enum client client,
                    uint64_t sequence)
{
    command->kind = ELECTION_REGISTRY_PROPOSE;
    command->session_id = node->last_ids[client];
    command->sequence = sequence;
}

static void ask(struct election_registry_command *command, enum election_op op,
                const char *election, const char *name)
{
    command->election = election;
    command->election_size = strlen(election);
    command->command.op = op;
    command->command.name = name;
    command->command.name_size = strlen(name);
}

/** Who sends what, after what has come before. */
static void say_proposal(struct election_registry_command *command,
                         const struct node *node, unsigned number)
{
    if (number == 5) {
        propose(command, node, A, 1);
        ask(command, ELECTION_OP_ENTER, "one", "a");
    } else if (number == 6) {
        propose(command, node, A, 2);
        ask(command, ELECTION_OP_ENTER, "two", "a");
        command->if_vacant = true;
        command->with_output = true;
    } else if (number == 7) {
        /* The number that an Enter has, or had. */
        propose(command, node, A, 2);
        ask(command, ELECTION_OP_WITHDRAW, "one", "a");
    } else if (number == 8) {
        propose(command, node, B, 1);
        ask(command, ELECTION_OP_ENTER, "one", "b");
        /* In the same entry the other client's time may be over. */
        command->time_ms += LONGER_THAN_SHORT_MS;
    } else {
        propose(command, node, B, 2);
        ask(command, ELECTION_OP_ANOINT, "one", "b");
        command->if_index = node->model.index_floor + 1;
        command->with_output = true;
    }
}

static void say(struct election_registry_command *command,
                const struct node *node, unsigned number)
{
    static uint64_t ids[3];

    memset(command, 0, sizeof *command);
    command->epoch = node->model.epoch;
    command->time_ms = node->model.stamp_ms;
    if (number == 0 || number == 1) {
        open_as(command, number == 0 ? A : B, 1);
    } else if (number == 2) {
        open_as(command, A, 2);
    } else if (number == 3) {
        ids[0] = node->last_ids[A];
        ids[1] = node->last_ids[B];
        command->kind = ELECTION_REGISTRY_KEEP_ALIVE;
        command->session_ids = ids;
        command->session_count = 2;
    } else if (number == 4) {
        command->kind = ELECTION_REGISTRY_CLOSE_SESSION;
        command->session_id = node->last_ids[B];
    } else if (number < 10) {
        say_proposal(command, node, number);
    } else {
        command->kind = ELECTION_REGISTRY_TICK;
        command->takes_office = number == 11;
        command->time_ms += LONGER_THAN_SHORT_MS;
    }
}

/* ---- one entry ----------------------------------------------------------- */

static void note_event(void *context, struct election_registry *watched,
                       const uint8_t *event, size_t size)
{
    (void)watched;
    model_put_bytes(context, 1, event, size);
}

static void compare_events(const struct registry_model *model)
{
    struct model_bytes must[SCOPES] = {{0}};

    REGISTRY_MODEL_EACH(struct registry_model_event, event, model->events)
    model_put_bytes(&must[event->watcher_id - 1], 1, event->bytes.data,
                    event->bytes.size);
    for (unsigned scope = 0; scope < SCOPES; scope++) {
        assert_true(model_bytes_equal(&must[scope], told[scope].data,
                                      told[scope].size));
        model_bytes_free(&must[scope]);
    }
}

static void compare_snapshot(struct node *node)
{
    static uint8_t bytes[4096];
    struct election_registry_snapshot *snapshot;
    size_t size;

    registry_model_snapshot(&node->model, &node->snapshot);
    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_snapshot_read(snapshot, bytes, sizeof bytes, &size),
        ELECTION_OK);
    assert_true(model_bytes_equal(&node->snapshot, bytes, size));
    election_registry_snapshot_end(snapshot);
}

/** Notes what session a client has now, so that it is named when it is lost. */
static void note_sessions(struct node *node)
{
    REGISTRY_MODEL_EACH(struct registry_model_session, session,
                        node->model.sessions)
    node->last_ids[session->client_id[0] == 'A' ? A : B] = session->id;
}

/** Applies a command to both, and compares all there is to compare. */
static void step(struct node *node, const struct node *before,
                 const struct election_registry_command *command)
{
    uint64_t index = before->model.applied + 1;
    enum election_status status;

    registry_write(command, &entry);
    registry_model_copy(&node->model, &before->model);
    memcpy(node->last_ids, before->last_ids, sizeof node->last_ids);
    for (unsigned scope = 0; scope < SCOPES; scope++)
        told[scope].size = 0;
    status = election_registry_apply(registry, index, entry.data, entry.size,
                                     &output);
    assert_int_equal(registry_model_apply(&node->model, index, entry.data,
                                          entry.size, &expected),
                     status);
    assert_true(model_bytes_equal(&expected, output.data, output.size));
    compare_events(&node->model);
    compare_snapshot(node);
    note_sessions(node);
    steps++;
}

static void step_by(struct node *node, const struct node *before,
                    unsigned number)
{
    struct election_registry_command command;

    say(&command, before, number);
    step(node, before, &command);
}

/* ---- the walk ------------------------------------------------------------ */

static void go_back_to(const struct node *node)
{
    assert_int_equal(election_registry_restore(registry, node->snapshot.data,
                                               node->snapshot.size),
                     ELECTION_OK);
}

/** Plays every log that goes on from a node. */
static void walk(unsigned depth)
{
    if (depth == LENGTH) {
        leaves++;
        return;
    }
    for (unsigned number = 0; number < COMMANDS; number++) {
        go_back_to(&nodes[depth]);
        step_by(&nodes[depth + 1], &nodes[depth], number);
        walk(depth + 1);
    }
}

/** Starts anew, with an office, and then with what these commands lead to. */
static void begin(const unsigned *numbers, size_t count)
{
    struct node before = {0};

    leaves = 0;
    steps = 0;
    registry_model_init(&before.model, &limits);
    registry_model_snapshot(&before.model, &before.snapshot);
    go_back_to(&before);
    step_by(&nodes[0], &before, 11);
    for (size_t i = 0; i < count; i++) {
        registry_model_copy(&before.model, &nodes[0].model);
        memcpy(before.last_ids, nodes[0].last_ids, sizeof before.last_ids);
        step_by(&nodes[0], &before, numbers[i]);
    }
    registry_model_free(&before.model);
    model_bytes_free(&before.snapshot);
}

static void walk_all(void)
{
    walk(0);
    print_message("%zu logs, %zu entries\n", leaves, steps);
    assert_int_equal(leaves, LEAVES);
}

static void every_log_from_the_first_office_on(void **state)
{
    (void)state;
    begin(NULL, 0);
    walk_all();
}

static void every_log_after_both_have_entered(void **state)
{
    /* B comes and leads; then A comes and waits. */
    static const unsigned numbers[] = {1, 8, 0, 5};

    (void)state;
    begin(numbers, 4);
    walk_all();
}

/* ---- old snapshots ------------------------------------------------------- */

/** B enters a second time, or makes that candidate lead once A is gone. */
static void say_more(struct election_registry_command *command,
                     const struct node *node, enum election_op op,
                     uint64_t sequence)
{
    say(command, node, 8);
    propose(command, node, B, sequence);
    ask(command, op, "one", "c");
    if (op == ELECTION_OP_ENTER)
        command->time_ms = node->model.stamp_ms;
}

static void say_recover(struct election_registry_command *command,
                        const struct node *node, uint64_t lost_entries)
{
    say(command, node, 9);
    command->kind = ELECTION_REGISTRY_RECOVER;
    command->lost_entries = lost_entries;
}

/**
 * One lost entry gave out two tokens: A's time was over, so B's first candidate
 * led, and its second took over at once. Neither token may be given out again,
 * and the very next one is: Recover is as generous as it must be, and not more.
 */
static void lost_tokens_are_not_given_out_again(void **state)
{
    static const unsigned numbers[] = {0, 1, 5};
    struct election_registry_command command;
    const struct registry_model_election *one;

    (void)state;
    begin(numbers, 3);
    say(&command, &nodes[0], 8);
    command.time_ms = nodes[0].model.stamp_ms;
    step(&nodes[1], &nodes[0], &command);
    say_more(&command, &nodes[1], ELECTION_OP_ENTER, 2);
    step(&nodes[2], &nodes[1], &command);
    say_more(&command, &nodes[2], ELECTION_OP_ANOINT, 3);
    step(&nodes[3], &nodes[2], &command);
    one = registry_model_election(&nodes[3].model, "one", 3);
    assert_int_equal(one->model.index, 3);
    go_back_to(&nodes[2]);
    registry_model_restore(&nodes[3].model, &nodes[2].model);
    step_by(&nodes[4], &nodes[3], 11);
    say_recover(&command, &nodes[4], 1);
    step(&nodes[3], &nodes[4], &command);
    step_by(&nodes[4], &nodes[3], 0);
    step_by(&nodes[3], &nodes[4], 5);
    one = registry_model_election(&nodes[3].model, "one", 3);
    assert_int_equal(one->model.index, 4);
}

static int open_all(void **state)
{
    (void)state;
    assert_int_equal(election_registry_create(NULL, &registry), ELECTION_OK);
    for (unsigned i = 0; i <= LENGTH; i++)
        registry_model_init(&nodes[i].model, &limits);
    for (int scope = 0; scope < SCOPES; scope++) {
        assert_int_equal(election_registry_watch(
                             registry, NULL, 0, (enum election_scope)scope,
                             note_event, &told[scope], NULL),
                         ELECTION_OK);
        for (unsigned i = 0; i <= LENGTH; i++)
            registry_model_watch(&nodes[i].model, NULL, 0,
                                 (enum election_scope)scope);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= LENGTH; i++) {
        registry_model_free(&nodes[i].model);
        model_bytes_free(&nodes[i].snapshot);
    }
    election_registry_destroy(registry);
    election_buffer_free(&output);
    model_bytes_free(&entry);
    model_bytes_free(&expected);
    for (unsigned scope = 0; scope < SCOPES; scope++)
        model_bytes_free(&told[scope]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_log_from_the_first_office_on),
        cmocka_unit_test(every_log_after_both_have_entered),
        cmocka_unit_test(lost_tokens_are_not_given_out_again),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
