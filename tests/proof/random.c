/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random elections, compared with the model step by step.
 *
 *     proof_random [--seed SEED] [--rounds ROUNDS]
 *
 * Each round has its own seed, counted up from SEED and printed if it fails, so
 * that `--seed N --rounds 1` plays it again. A round draws how many names there
 * are and how long, how many sessions, and how often memory runs out.
 */
#include "../support/cmocka_all.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/model.h"
#include "../support/random.h"
#include "core/check.h"

static uint64_t first_seed = 1;
static unsigned rounds = 200;

/** What a round is like. */
struct mood {
    uint32_t names;
    uint32_t name_size_max;
    uint32_t sessions;
    uint32_t steps;
    uint32_t compare_every; /* steps from one comparison of bytes to the next */
    uint32_t deny_one_in;   /* calls of which one is denied memory */
    uint32_t enters;        /* of ten commands, about */
};

struct round {
    struct mood mood;
    struct random random;
    struct heap heap;
    struct election *election;
    struct model model;
    struct model_bytes expected;
    struct election_buffer output;
    unsigned events;
};

struct step {
    enum election_op op; /* 0 = close */
    uint64_t session_id;
    uint8_t name[ELECTION_NAME_SIZE_MAX + 1];
    size_t name_size;
};

static void count_event(void *context, struct election *election,
                        const uint8_t *event, size_t size)
{
    struct round *round = context;

    (void)election;
    (void)event;
    assert_true(size > 0);
    round->events++;
}

/** Makes name number n of a round: its own bytes and its own size. */
static void make_name(const struct round *round, uint32_t number,
                      struct step *step)
{
    struct random letters = {number};
    uint32_t size = random_below(&letters, round->mood.name_size_max) + 1;

    if (size < 4)
        size = 4;
    for (uint32_t i = 0; i < size; i++)
        step->name[i] = (uint8_t)('a' + random_below(&letters, 26));
    /* The number makes it unique. */
    for (int i = 0; i < 4; i++)
        step->name[i] = (uint8_t)('0' + (number >> 6 * i & 63));
    step->name_size = size;
}

static void draw_name(struct round *round, struct step *step)
{
    make_name(round, random_below(&round->random, round->mood.names), step);
    /* Now and then a name that the rule refuses. */
    if (random_below(&round->random, 100) == 0)
        step->name[random_below(&round->random, (uint32_t)step->name_size)] =
            random_below(&round->random, 2) == 0 ? 0 : 0xff;
}

static void draw_step(struct round *round, struct step *step)
{
    uint32_t dice = random_below(&round->random, 100);

    step->session_id = random_below(&round->random, round->mood.sessions);
    draw_name(round, step);
    if (dice < 10 * round->mood.enters)
        step->op = ELECTION_OP_ENTER;
    else if (dice == 99 && random_below(&round->random, 10) == 0)
        step->op = (enum election_op)0;
    else
        step->op = (enum election_op)(random_below(&round->random, 8) + 1);
    if (step->op == ELECTION_OP_GET_TERM || step->op == ELECTION_OP_WATCH)
        step->name_size = 0;
}

static enum election_status play_step(struct round *round,
                                      const struct step *step, bool has_output)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    enum election_status status;

    if (step->op == 0)
        return election_close_session(round->election, step->session_id);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){step->op, (const char *)step->name,
                                       step->name_size},
            &input),
        ELECTION_OK);
    status = election_apply(round->election, step->session_id, input.data,
                            input.size, has_output ? &round->output : NULL);
    election_buffer_free(&input);
    return status;
}

static void assert_snapshot(struct round *round)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;

    assert_int_equal(election_snapshot(round->election, &snapshot),
                     ELECTION_OK);
    model_snapshot(&round->model, &round->expected);
    assert_true(
        model_bytes_equal(&round->expected, snapshot.data, snapshot.size));
    election_buffer_free(&snapshot);
}

/** Tries a step with little memory; a failure must show nowhere. */
static bool fails_without_trace(struct round *round, const struct step *step,
                                enum election_status *status)
{
    struct election_buffer before = round->output;
    size_t blocks = round->heap.blocks;

    round->heap.allowed = random_below(&round->random, 3);
    *status = play_step(round, step, true);
    round->heap.allowed = HEAP_UNLIMITED;
    if (*status != ELECTION_NOMEM)
        return false;
    assert_int_equal(round->heap.blocks, blocks);
    assert_memory_equal(&before, &round->output, sizeof before);
    assert_int_equal(round->events, 0);
    assert_snapshot(round);
    return true;
}

static void compare(struct round *round, const struct step *step,
                    enum election_status status)
{
    assert_snapshot(round);
    election__check_whole(round->election);
    if (step->op == 0)
        return;
    if (status == ELECTION_INVALID) {
        assert_int_equal(round->output.size, 0);
        return;
    }
    model_output(&round->model, step->op, &round->expected);
    assert_true(model_bytes_equal(&round->expected, round->output.data,
                                  round->output.size));
}

/** Restores the election's own snapshot: nothing may change, or be told. */
static void restore(struct round *round)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;

    assert_int_equal(election_snapshot(round->election, &snapshot),
                     ELECTION_OK);
    assert_int_equal(
        election_restore(round->election, snapshot.data, snapshot.size),
        ELECTION_OK);
    assert_int_equal(round->events, 0);
    election_buffer_free(&snapshot);
}

static void run_step(struct round *round, uint32_t number)
{
    bool is_compared = number % round->mood.compare_every == 0;
    bool is_change;
    enum election_status status;
    struct step step;

    draw_step(round, &step);
    round->events = 0;
    if (random_below(&round->random, round->mood.deny_one_in) != 0)
        status = play_step(round, &step, is_compared);
    else if (fails_without_trace(round, &step, &status))
        status = play_step(round, &step, true);
    else
        is_compared = is_compared && step.op == 0;
    is_change = status == ELECTION_OK && step.op != ELECTION_OP_GET_TERM &&
                step.op != ELECTION_OP_WATCH;
    if (step.op == 0)
        assert_int_equal(status, model_close(&round->model, step.session_id));
    else
        assert_int_equal(status,
                         model_apply(&round->model, step.op, step.session_id,
                                     step.name, step.name_size));
    assert_int_equal(round->events, is_change);
    if (is_compared)
        compare(round, &step, status);
    if (random_below(&round->random, 500) == 0) {
        round->events = 0;
        restore(round);
    }
}

static void open_round(struct round *round, uint64_t seed,
                       const struct mood *mood)
{
    memset(round, 0, sizeof *round);
    round->mood = *mood;
    round->random.state = seed * 1000003;
    heap_init(&round->heap);
    round->election = heap_election(&round->heap);
    model_init(&round->model, mood->names);
    assert_int_equal(election_watch(round->election, count_event, round, NULL),
                     ELECTION_OK);
}

static size_t denials; /* of memory, in all rounds */

static void close_round(struct round *round)
{
    denials += round->heap.denied;
    assert_snapshot(round);
    model_free(&round->model);
    model_bytes_free(&round->expected);
    election_buffer_free(&round->output);
    election_destroy(round->election);
    heap_assert_empty(&round->heap);
}

static void draw_mood(struct random *random, struct mood *mood)
{
    static const uint32_t names[] = {2, 4, 9, 17, 60, 300, 2000};
    static const uint32_t sizes[] = {4, 18, 60, 255};
    static const uint32_t sessions[] = {1, 2, 5, 40, 1000};

    mood->names = names[random_below(random, 7)];
    mood->name_size_max = sizes[random_below(random, 4)];
    mood->sessions = sessions[random_below(random, 5)];
    mood->steps = 500 + 4 * mood->names;
    mood->compare_every = mood->names > 100 ? 20 : 1;
    mood->deny_one_in = 2 + random_below(random, 20);
    mood->enters = random_below(random, 8);
}

static uint64_t running_seed;
static size_t step_count;

static void random_elections_are_as_the_model_says(void **state)
{
    (void)state;
    for (running_seed = first_seed; running_seed < first_seed + rounds;
         running_seed++) {
        static struct round round;
        struct random random = {running_seed};
        struct mood mood;

        draw_mood(&random, &mood);
        open_round(&round, running_seed, &mood);
        for (uint32_t i = 0; i < mood.steps; i++)
            run_step(&round, i);
        close_round(&round);
        step_count += mood.steps;
    }
    print_message("%u seeds from %" PRIu64 ", %zu steps, %zu denials\n", rounds,
                  first_seed, step_count, denials);
}

/** Fills an election to its limit, and plays there. */
static void the_largest_election_is_as_the_model_says(void **state)
{
    static const struct mood mood = {65600, 18, 3000, 3000, 500, 50, 2};
    static struct round round;

    (void)state;
    running_seed = first_seed;
    open_round(&round, first_seed, &mood);
    for (uint32_t i = 0; round.model.queue_count < ELECTION_WAITING_MAX; i++) {
        struct step step = {.op = ELECTION_OP_ENTER, .session_id = i % 3000};

        assert_true(i <= ELECTION_WAITING_MAX);
        make_name(&round, i, &step);
        assert_int_equal(play_step(&round, &step, false), ELECTION_OK);
        assert_int_equal(model_apply(&round.model, step.op, step.session_id,
                                     step.name, step.name_size),
                         ELECTION_OK);
    }
    for (uint32_t i = 0; i < mood.steps; i++)
        run_step(&round, i);
    close_round(&round);
}

static int tell_seed(void **state)
{
    (void)state;
    print_message("the last seed was %" PRIu64 "\n", running_seed);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_elections_are_as_the_model_says,
                                  tell_seed),
        cmocka_unit_test(the_largest_election_is_as_the_model_says),
    };

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            first_seed = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
