/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry of three nodes and its clients, in a world where all goes wrong
 * that may.
 *
 *     election_simulation [--seed N] [--seeds COUNT] [--plant FAULT]
 *
 * Each seed is a run of its own, and the same again. With a planted fault, a
 * seed must be found that breaks a promise; without, none may.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fate.h"
#include "witness.h"
#include "world.h"

static const char *const names[PLANTS] = {
#define PLANT_NAME(constant, name, seeds) name,
    PLANT_MAP(PLANT_NAME)
#undef PLANT_NAME
};

static const unsigned limits[PLANTS] = {
#define PLANT_SEEDS(constant, name, seeds) seeds,
    PLANT_MAP(PLANT_SEEDS)
#undef PLANT_SEEDS
};

static int show_usage(void)
{
    fprintf(stderr, "usage: election_simulation [--seed N] [--seeds COUNT] "
                    "[--plant FAULT|all]\n");
    return EXIT_FAILURE;
}

static void show_failure(uint64_t seed)
{
    printf("seed %" PRIu64 ", %" PRIu64 " us: %s\n", seed, world.now_us,
           world.failure);
}

/** Plays seeds without a fault: no promise may be broken. */
static int play(uint64_t seed, uint64_t count)
{
    uint64_t trace = 0;
    int failed = 0;
    double cpu_s;

    for (uint64_t i = 0; i < count; i++) {
        fate_play(seed + i);
        if (world.has_failed) {
            show_failure(seed + i);
            failed++;
        }
        if (i == 0)
            trace = world.trace;
    }
    cpu_s = (double)clock() / CLOCKS_PER_SEC;
    fate_play(seed);
    if (world.trace != trace) {
        printf("seed %" PRIu64 " is another run each time\n", seed);
        failed++;
    }
    printf("%" PRIu64 " seeds, %d failed; %.0f simulated seconds per second "
           "of CPU; trace %016" PRIx64 "\n",
           count, failed, (double)(FATE_S * count) / cpu_s, trace);
    printf("%" PRIu64 " looks at leaders, %" PRIu64 " of them deposed, %" PRIu64
           " for longer than a timeout; %" PRIu64 " proposals, %" PRIu64
           " repeats\n",
           witness_counts.looks, witness_counts.deposed,
           witness_counts.outlasted, witness_counts.proposals,
           witness_counts.repeats);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** Plays seeds with a fault, until it is found. */
static int find(enum plant plant, uint64_t seed, uint64_t count)
{
    planted = plant;
    for (uint64_t i = 0; i < count; i++) {
        fate_play(seed + i);
        if (!world.has_failed)
            continue;
        printf("%s: found with ", names[plant]);
        show_failure(seed + i);
        return EXIT_SUCCESS;
    }
    printf("%s: not found in %" PRIu64 " seeds\n", names[plant], count);
    return EXIT_FAILURE;
}

static int find_all(uint64_t seed)
{
    int status = EXIT_SUCCESS;

    for (unsigned i = 1; i < PLANTS; i++)
        if (find((enum plant)i, seed, limits[i]) != EXIT_SUCCESS)
            status = EXIT_FAILURE;
    return status;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 0;
    const char *fault = names[PLANT_NONE];
    unsigned plant = 0;

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return show_usage();
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0)
            count = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--plant") == 0)
            fault = argv[i + 1];
        else
            return show_usage();
    }
    if (strcmp(fault, "all") == 0)
        return find_all(seed);
    while (plant < PLANTS && strcmp(names[plant], fault) != 0)
        plant++;
    if (plant == PLANTS)
        return show_usage();
    if (plant == PLANT_NONE)
        return play(seed, count > 0 ? count : 1);
    return find((enum plant)plant, seed, count > 0 ? count : limits[plant]);
}
