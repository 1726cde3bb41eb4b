/*
 * Runs one command many times, for callgrind to count its instructions:
 *
 *     instructions COMMAND COUNT
 *
 * among COUNT candidates with names of 18 bytes, with output. What is done to
 * put the election back as it was is not counted.
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

int main(int argc, char **argv)
{
    struct election_config config = {.hash_seed = 1};
    struct random random = {1};
    uint32_t count;

    require(argc == 3);
    count = (uint32_t)strtoul(argv[2], NULL, 10);
    require(election_create(&config, &election) == ELECTION_OK);
    for (uint32_t i = 0; i < count; i++)
        apply(ELECTION_OP_ENTER, i, false);
    for (int i = 0; i < ROUNDS; i++)
        run(op_of(argv[1]), random_below(&random, count));
    election_destroy(election);
    election_buffer_free(&input);
    election_buffer_free(&output);
    return EXIT_SUCCESS;
}
