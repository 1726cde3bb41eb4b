/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one command many times, for callgrind to count its instructions:
 *
 *     instructions COMMAND COUNT
 *
 * among COUNT candidates with names of 18 bytes, with output. What is done to
 * put the election back as it was is not counted.
 *
 * Besides the commands: close ends a session of one candidate, lead changes the
 * leader while somebody watches who leads, observe registers such a watcher
 * beside one of the Term, find looks for a name; unwatch takes one of COUNT
 * watchers away. None of these may grow with COUNT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "../support/random.h"
#include "election/election.h"

enum { ROUNDS = 1000 };

static struct election *election;
static struct election_buffer input, output;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void make_input(enum election_op op, uint32_t number)
{
    char name[32];
    int size = snprintf(name, sizeof name, "candidate-%08u", (unsigned)number);

    if (op == ELECTION_OP_GET_TERM)
        size = 0;
    require(election_input_encode(
                &(struct election_command){op, name, (size_t)size}, &input) ==
            ELECTION_OK);
}

static void apply(enum election_op op, uint32_t number, bool is_counted)
{
    enum election_status status;

    make_input(op, number);
    if (is_counted)
        CALLGRIND_TOGGLE_COLLECT;
    status = election_apply(election, number, input.data, input.size, &output);
    if (is_counted)
        CALLGRIND_TOGGLE_COLLECT;
    require(status >= 0);
}

static enum election_op op_of(const char *name)
{
    static const char *const names[] = {
        "enter", "withdraw", "anoint", "promote",
        "evict", "get_term", "watch",  "demote",
    };

    for (int i = 0; i < 8; i++)
        if (strcmp(names[i], name) == 0)
            return (enum election_op)(i + 1);
    abort();
}

static void run(enum election_op op, uint32_t number)
{
    bool removes = op == ELECTION_OP_EVICT || op == ELECTION_OP_WITHDRAW;

    if (op == ELECTION_OP_ENTER)
        apply(ELECTION_OP_EVICT, number, false);
    apply(op, number, true);
    if (removes)
        apply(ELECTION_OP_ENTER, number, false);
}

static void ignore_leader(void *context, struct election *subject,
                          const struct election_leadership *leadership)
{
    (void)context;
    (void)subject;
    (void)leadership;
}

static uint64_t watch(void)
{
    uint64_t id;

    require(election_watch_leader(election, ignore_leader, NULL, &id) ==
            ELECTION_OK);
    return id;
}

static void enter_all(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        apply(ELECTION_OP_ENTER, i, false);
}

static void run_close(uint32_t number)
{
    enum election_status status;

    CALLGRIND_TOGGLE_COLLECT;
    status = election_close_session(election, number);
    CALLGRIND_TOGGLE_COLLECT;
    require(status == ELECTION_OK);
    apply(ELECTION_OP_ENTER, number, false);
}

static void run_lead(uint32_t number)
{
    enum election_status status;

    make_input(ELECTION_OP_ANOINT, number);
    CALLGRIND_TOGGLE_COLLECT;
    status = election_apply(election, 0, input.data, input.size, NULL);
    CALLGRIND_TOGGLE_COLLECT;
    require(status >= 0);
}

static void run_find(uint32_t number)
{
    struct election_candidate candidate;
    enum election_status status;
    char name[32];
    int size = snprintf(name, sizeof name, "candidate-%08u", (unsigned)number);

    CALLGRIND_TOGGLE_COLLECT;
    status = election_find(election, name, (size_t)size, &candidate, NULL);
    CALLGRIND_TOGGLE_COLLECT;
    require(status == ELECTION_OK);
}

/** Takes all watchers away, of whom there are `count`, and counts ROUNDS. */
static void run_unwatch(struct random *random, uint32_t count)
{
    uint64_t *ids = calloc(count, sizeof *ids);

    require(ids != NULL);
    for (uint32_t i = 0; i < count; i++)
        ids[i] = watch();
    for (uint32_t left = count; left > 0; left--) {
        uint32_t at = random_below(random, left);
        bool is_counted = left % (count / ROUNDS) == 0;

        if (is_counted)
            CALLGRIND_TOGGLE_COLLECT;
        (void)election_unwatch(election, ids[at]);
        if (is_counted)
            CALLGRIND_TOGGLE_COLLECT;
        ids[at] = ids[left - 1];
    }
    free(ids);
}

static void ignore_term(void *context, struct election *subject,
                        const uint8_t *event, size_t event_size)
{
    (void)context;
    (void)subject;
    (void)event;
    (void)event_size;
}

/** Registers who watches the leader, while somebody watches the Term. */
static void run_observe(uint32_t number)
{
    enum election_status status;
    uint64_t id;

    (void)number;
    CALLGRIND_TOGGLE_COLLECT;
    status = election_watch_leader(election, ignore_leader, NULL, &id);
    CALLGRIND_TOGGLE_COLLECT;
    require(status == ELECTION_OK);
    require(election_unwatch(election, id) == ELECTION_OK);
}

static bool run_other(const char *name, struct random *random, uint32_t count)
{
    void (*round)(uint32_t number) = NULL;

    if (strcmp(name, "unwatch") == 0) {
        run_unwatch(random, count);
        return true;
    }
    if (strcmp(name, "close") == 0)
        round = run_close;
    else if (strcmp(name, "lead") == 0)
        round = run_lead;
    else if (strcmp(name, "find") == 0)
        round = run_find;
    else if (strcmp(name, "observe") == 0)
        round = run_observe;
    else
        return false;
    if (round == run_lead)
        (void)watch();
    enter_all(count);
    if (round == run_observe)
        require(election_watch(election, ignore_term, NULL, NULL) ==
                ELECTION_OK);
    for (int i = 0; i < ROUNDS; i++)
        round(random_below(random, count));
    return true;
}

int main(int argc, char **argv)
{
    struct election_config config = {.hash_seed = 1};
    struct random random = {1};
    uint32_t count;

    require(argc == 3);
    count = (uint32_t)strtoul(argv[2], NULL, 10);
    require(election_create(&config, &election) == ELECTION_OK);
    if (!run_other(argv[1], &random, count)) {
        enter_all(count);
        for (int i = 0; i < ROUNDS; i++)
            run(op_of(argv[1]), random_below(&random, count));
    }
    election_destroy(election);
    election_buffer_free(&input);
    election_buffer_free(&output);
    return EXIT_SUCCESS;
}
