/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every state that an election can reach with five names and three sessions,
 * and from each every command of every session.
 *
 * The walk starts from the election that nobody has entered and follows every
 * transition that leads to a state not seen before. What the library does is
 * compared with the model: status, output, event, snapshot. Then it is checked
 * against properties that need no model. The index is factored out: every state
 * is tried with one and the same index.
 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/model.h"

enum { NAMES = 5, SESSIONS = 3, INDEX = 41, KEYS = 1 << 20 };

/** A candidate by numbers. */
struct candidate {
    unsigned name;
    uint64_t session_id;
};

/** The leader and those who wait, as the library shows them. */
struct line_up {
    uint64_t index;
    size_t count;
    struct candidate list[NAMES];
};

/** What a command does: an operation on a name, or the close of a session. */
struct command {
    bool is_close;
    enum election_op op;
    unsigned name;
    uint64_t session_id;
};

static const char *const names[NAMES] = {"a", "bb", "ccc", "d", "e\xc3\xa9"};
static const uint64_t session_ids[SESSIONS] = {0, 1, UINT64_MAX};

static struct election *election;
static struct election_buffer output, snapshot;
static struct model model;
static struct model_bytes expected, expected_before;
static struct model_bytes event;
static unsigned event_count;

/* ---- states as numbers -------------------------------------------------- */

static unsigned session_number(uint64_t session_id)
{
    unsigned number = 0;

    while (session_ids[number] != session_id)
        number++;
    return number;
}

static unsigned name_number(const void *name, size_t size)
{
    unsigned number = 0;

    while (strlen(names[number]) != size ||
           memcmp(names[number], name, size) != 0) {
        number++;
        assert_true(number < NAMES);
    }
    return number;
}

/** Gives each line-up a number of its own, in base 16. */
static uint32_t key_of(const struct line_up *line_up)
{
    uint32_t key = 0;

    for (size_t i = 0; i < line_up->count; i++)
        key = key * 16 + 1 + line_up->list[i].name * SESSIONS +
              session_number(line_up->list[i].session_id);
    assert_true(key < KEYS);
    return key;
}

static void set_model(uint32_t key)
{
    struct model_candidate reversed[NAMES];
    size_t count = 0;

    for (; key > 0; key /= 16) {
        unsigned digit = key % 16 - 1;
        const char *name = names[digit / SESSIONS];

        reversed[count].name_size = strlen(name);
        memcpy(reversed[count].name, name, strlen(name));
        reversed[count].session_id = session_ids[digit % SESSIONS];
        count++;
    }
    model.index = INDEX;
    model.has_leader = count > 0;
    model.queue_count = count > 0 ? count - 1 : 0;
    if (count > 0)
        model.leader = reversed[count - 1];
    for (size_t rank = 0; rank < model.queue_count; rank++)
        model.queue[rank] = reversed[count - 2 - rank];
}

/** Counts the line-ups: k names in order, each with one of the sessions. */
static size_t count_states(void)
{
    size_t total = 0;
    size_t of_size = 1;

    for (size_t size = 0; size <= NAMES; size++) {
        total += of_size;
        of_size *= (NAMES - size) * SESSIONS;
    }
    return total;
}

/* ---- looking at the library --------------------------------------------- */

static void note_event(void *context, struct election *told,
                       const uint8_t *data, size_t size)
{
    (void)context;
    (void)told;
    event_count++;
    model_bytes_free(&event);
    event.data = malloc(size);
    assert_non_null(event.data);
    memcpy(event.data, data, size);
    event.size = size;
}

static bool add_candidate(void *context,
                          const struct election_candidate *candidate)
{
    struct line_up *line_up = context;

    assert_true(line_up->count < NAMES);
    line_up->list[line_up->count++] = (struct candidate){
        name_number(candidate->name, candidate->name_size),
        candidate->session_id,
    };
    return true;
}

static struct line_up look(void)
{
    struct line_up line_up = {.index = election_index(election)};
    struct election_candidate leader;

    if (election_leader(election, &leader) == ELECTION_OK)
        add_candidate(&line_up, &leader);
    /* Without a leader nobody may be shown: property 1. */
    assert_int_equal(election_each_candidate(election, add_candidate, &line_up),
                     ELECTION_OK);
    assert_int_equal(line_up.count,
                     election_candidate_count(election) + model.has_leader);
    return line_up;
}

static bool same_names(const struct line_up *a, const struct line_up *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (a->list[i].name != b->list[i].name)
            return false;
    return a->count == b->count;
}

static bool has(const struct line_up *line_up, unsigned name)
{
    for (size_t i = 0; i < line_up->count; i++)
        if (line_up->list[i].name == name)
            return true;
    return false;
}

/** Names of those in both, in the order of the first, but for one name. */
static size_t survivors(const struct line_up *of, const struct line_up *in,
                        unsigned but, unsigned *list)
{
    size_t count = 0;

    for (size_t i = 0; i < of->count; i++)
        if (of->list[i].name != but && has(in, of->list[i].name))
            list[count++] = of->list[i].name;
    return count;
}

/* ---- properties --------------------------------------------------------- */

static void check_names_are_unique(const struct line_up *now)
{
    for (size_t i = 0; i < now->count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(now->list[i].name, now->list[j].name);
}

/** The index steps by one if, and only if, somebody else leads. */
static void check_index(const struct line_up *was, const struct line_up *now)
{
    bool has_begun = now->count > 0 && (was->count == 0 ||
                                        was->list[0].name != now->list[0].name);

    assert_int_equal(now->index, was->index + has_begun);
}

static void check_who_may_leave(const struct command *command,
                                const struct line_up *was,
                                const struct line_up *now)
{
    bool removes = command->is_close || command->op == ELECTION_OP_WITHDRAW ||
                   command->op == ELECTION_OP_EVICT;

    for (size_t i = 0; i < was->count && !removes; i++)
        assert_true(has(now, was->list[i].name));
    for (size_t i = 0; i < now->count && command->is_close; i++)
        assert_true(now->list[i].session_id != command->session_id);
    if (command->is_close || command->op != ELECTION_OP_ENTER)
        assert_true(now->count <= was->count);
}

/**
 * Those whom the command does not name keep their order. As only operators'
 * commands name anybody who stays, leaders follow the order of entry.
 */
static void check_order(const struct command *command,
                        const struct line_up *was, const struct line_up *now)
{
    unsigned but = command->is_close ? NAMES : command->name;
    unsigned then[NAMES], later[NAMES];
    size_t count = survivors(was, now, but, then);

    assert_int_equal(survivors(now, was, but, later), count);
    assert_memory_equal(then, later, count * sizeof *then);
}

static void check_event(const struct line_up *was, const struct line_up *now)
{
    bool has_changed = was->index != now->index || !same_names(was, now);

    assert_int_equal(event_count, has_changed);
    if (!has_changed)
        return;
    model_output(&model, ELECTION_OP_WATCH, &expected);
    assert_true(model_bytes_equal(&expected, event.data, event.size));
}

/* ---- the walk ----------------------------------------------------------- */

static void go_to(uint32_t key)
{
    set_model(key);
    model_snapshot(&model, &expected_before);
    assert_int_equal(
        election_restore(election, expected_before.data, expected_before.size),
        ELECTION_OK);
    event_count = 0;
}

static enum election_status apply(const struct command *command)
{
    static struct election_buffer input;
    bool is_read =
        command->op == ELECTION_OP_GET_TERM || command->op == ELECTION_OP_WATCH;
    const char *name = is_read ? "" : names[command->name];

    assert_int_equal(
        election_input_encode(
            &(struct election_command){command->op, name, strlen(name)},
            &input),
        ELECTION_OK);
    return election_apply(election, command->session_id, input.data, input.size,
                          &output);
}

/** Runs a command on both and compares all there is to compare. */
static void run(const struct command *command)
{
    enum election_status status;

    if (command->is_close) {
        status = election_close_session(election, command->session_id);
        assert_int_equal(model_close(&model, command->session_id), status);
    } else {
        const char *name = names[command->name];

        status = apply(command);
        assert_int_equal(model_apply(&model, command->op, command->session_id,
                                     name, strlen(name)),
                         status);
        model_output(&model, command->op, &expected);
        assert_true(model_bytes_equal(&expected, output.data, output.size));
    }
    assert_int_equal(election_snapshot(election, &snapshot), ELECTION_OK);
    model_snapshot(&model, &expected);
    assert_true(model_bytes_equal(&expected, snapshot.data, snapshot.size));
    if (status != ELECTION_OK)
        assert_true(
            model_bytes_equal(&expected_before, snapshot.data, snapshot.size));
}

/** Promote and Demote of one who waits, and not first, undo one another. */
static void check_moves_undo(const struct command *command,
                             const struct line_up *was)
{
    struct command undo = *command;
    struct line_up now;

    for (size_t rank = 2; rank < was->count; rank++) {
        if (command->is_close || command->op != ELECTION_OP_PROMOTE ||
            was->list[rank].name != command->name)
            continue;
        undo.op = ELECTION_OP_DEMOTE;
        run(&undo);
        now = look();
        assert_true(same_names(was, &now));
        assert_int_equal(was->index, now.index);
    }
}

/** Follows one transition, and tells the state it leads to. */
static uint32_t follow(uint32_t key, const struct command *command)
{
    struct line_up was, now;

    go_to(key);
    was = look();
    assert_int_equal(key_of(&was), key);
    run(command);
    now = look();
    check_names_are_unique(&now);
    check_index(&was, &now);
    check_who_may_leave(command, &was, &now);
    check_order(command, &was, &now);
    check_event(&was, &now);
    check_moves_undo(command, &was);
    return key_of(&now);
}

/** Every command of every session; returns how many there are. */
static size_t list_commands(struct command *commands)
{
    size_t count = 0;

    for (unsigned s = 0; s < SESSIONS; s++) {
        commands[count++] = (struct command){
            .is_close = true,
            .session_id = session_ids[s],
        };
        for (int op = ELECTION_OP_ENTER; op <= ELECTION_OP_DEMOTE; op++)
            for (unsigned name = 0; name < NAMES; name++)
                commands[count++] = (struct command){
                    false, (enum election_op)op, name, session_ids[s]};
    }
    return count;
}

static void every_state_and_every_transition(void **state)
{
    enum { COMMANDS = SESSIONS * (1 + 8 * NAMES) };
    static bool is_known[KEYS];
    static uint32_t keys[KEYS];
    static struct command commands[COMMANDS];
    size_t transitions = 0;
    size_t known = 1;

    (void)state;
    assert_int_equal(list_commands(commands), COMMANDS);
    keys[0] = 0;
    is_known[0] = true;
    for (size_t i = 0; i < known; i++)
        for (size_t j = 0; j < COMMANDS; j++) {
            uint32_t key = follow(keys[i], &commands[j]);

            transitions++;
            if (!is_known[key])
                keys[known++] = key;
            is_known[key] = true;
        }
    print_message("%zu states, %zu transitions\n", known, transitions);
    assert_int_equal(known, count_states());
    assert_int_equal(transitions, count_states() * COMMANDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_every_transition),
    };
    int failures;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(election_watch(election, note_event, NULL, NULL),
                     ELECTION_OK);
    model_init(&model, NAMES);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    election_destroy(election);
    model_free(&model);
    return failures;
}
