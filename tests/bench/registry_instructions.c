/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs what a registry is asked for among COUNT sessions and COUNT elections of
 * three candidates, for callgrind to count its instructions:
 *
 *     registry_instructions COUNT
 *
 * Each case is a part of callgrind's output, with the case as its trigger; what
 * is printed is how many times it ran. Entries have no output.
 *
 * core: the mixed commands to 16 elections without a registry; hot: the same to
 * 16 of the registry; cold: to 1,000 at random. tick: an entry in which time
 * passes, and nothing else. renew: one of 1,000 sessions in a KeepAlive. again:
 * an OpenSession of who has one already. open, close: of a guest who is in no
 * election. withdraw, expire: a guest's only candidate leaves by hand, or as
 * 1,000 guests expire at once. snapshot, restore: each session and election.
 */
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#include "population.h"

enum { HOT = 16, ROUNDS = 50, GUESTS = 1000 };

static struct population population;

static void begin(void)
{
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
}

static void end(const char *name, size_t times)
{
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(name);
    printf("%s %zu\n", name, times);
}

/** Applies what is in the journal, and counts it as so many times a case. */
static void count_run(const char *name, size_t times)
{
    begin();
    population_run(&population);
    end(name, times);
}

/* ---- the core ----------------------------------------------------------- */

static void apply_core(struct election *election, uint32_t candidate,
                       enum election_op op, struct election_buffer *input)
{
    char name[NAME_SIZE];
    enum election_status status;

    name_of('c', candidate, name);
    require(
        election_input_encode(&(struct election_command){op, name, sizeof name},
                              input) == ELECTION_OK);
    CALLGRIND_TOGGLE_COLLECT;
    status = election_apply(election, population.clients[candidate].session_id,
                            input->data, input->size, NULL);
    CALLGRIND_TOGGLE_COLLECT;
    require(status == ELECTION_OK);
}

static void count_core(void)
{
    const struct election_config config = {.hash_seed = 1};
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election *elections[HOT];

    for (uint32_t i = 0; i < HOT; i++) {
        require(election_create(&config, &elections[i]) == ELECTION_OK);
        for (uint32_t k = 0; k < CANDIDATES; k++)
            apply_core(elections[i], CANDIDATES * i + k, ELECTION_OP_ENTER,
                       &input);
    }
    CALLGRIND_ZERO_STATS;
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < HOT; i++)
            for (int op = 0; op < MIXED_COUNT; op++)
                apply_core(elections[i], CANDIDATES * i + round % CANDIDATES,
                           mixed[op], &input);
    CALLGRIND_DUMP_STATS_AT("core");
    printf("core %d\n", ROUNDS * HOT * MIXED_COUNT);
    for (uint32_t i = 0; i < HOT; i++)
        election_destroy(elections[i]);
    election_buffer_free(&input);
}

/* ---- entries ------------------------------------------------------------ */

static void count_proposals(uint32_t *elections)
{
    for (uint32_t round = 0; round < ROUNDS; round++)
        population_mix(&population, elections, HOT);
    count_run("hot", population.journal.count);
    shuffle(&population.random, elections, population.count);
    population_mix(&population, elections, GUESTS);
    count_run("cold", population.journal.count);
}

static void count_renewals(uint32_t *clients)
{
    shuffle(&population.random, clients, population.count);
    for (uint32_t i = 0; i < GUESTS; i++)
        population_tick(&population, 1);
    count_run("tick", GUESTS);
    population_tick(&population, 1);
    population_keep_alive(&population, clients, GUESTS);
    count_run("renew", GUESTS);
    for (uint32_t i = 0; i < GUESTS; i++)
        population_open_again(&population, clients[i], ELECTION_TIMEOUT_MS_MAX);
    count_run("again", GUESTS);
}

/* ---- guests ------------------------------------------------------------- */

static uint32_t guest(uint32_t number)
{
    return population.count + number;
}

static void open_guests(void)
{
    for (uint32_t i = 0; i < GUESTS; i++)
        population_open(&population, guest(i), GUEST_TIMEOUT_MS);
}

/** Each guest has a candidate in an election of its own. */
static void propose_of_guests(enum election_op op, const uint32_t *elections)
{
    for (uint32_t i = 0; i < GUESTS; i++)
        population_propose(&population, guest(i), elections[i], op,
                           CANDIDATES * population.count + i);
}

static void count_guests(uint32_t *elections)
{
    shuffle(&population.random, elections, population.count);
    open_guests();
    count_run("open", GUESTS);
    for (uint32_t i = 0; i < GUESTS; i++)
        population_close(&population, guest(i));
    count_run("close", GUESTS);
    open_guests();
    propose_of_guests(ELECTION_OP_ENTER, elections);
    population_run(&population);
    propose_of_guests(ELECTION_OP_WITHDRAW, elections);
    count_run("withdraw", GUESTS);
    propose_of_guests(ELECTION_OP_ENTER, elections);
    population_run(&population);
    population_tick(&population, GUEST_TIMEOUT_MS + 1);
    count_run("expire", GUESTS);
}

/* ---- snapshots ---------------------------------------------------------- */

static void count_snapshots(void)
{
    const struct election_registry_config config = {.hash_seed = 1};
    struct election_registry_snapshot *snapshot;
    struct election_registry *restored;
    size_t size;
    uint8_t *bytes;

    begin();
    require(election_registry_snapshot_begin(population.registry, &snapshot) ==
            ELECTION_OK);
    end("snapshot", 2 * population.count);
    election_registry_snapshot_end(snapshot);
    bytes = population_snapshot(&population, &size);
    require(election_registry_create(&config, &restored) == ELECTION_OK);
    begin();
    require(election_registry_restore(restored, bytes, size) == ELECTION_OK);
    end("restore", 2 * population.count);
    election_registry_destroy(restored);
    free(bytes);
}

int main(int argc, char **argv)
{
    const struct election_registry_config config = {.hash_seed = 1};
    uint32_t count;
    uint32_t *numbers;

    require(argc == 2);
    count = (uint32_t)strtoul(argv[1], NULL, 10);
    require(count >= GUESTS);
    population_create(&population, count, GUESTS, &config);
    numbers = allocate(count, sizeof *numbers);
    shuffle(&population.random, numbers, count);
    count_core();
    count_proposals(numbers);
    count_renewals(numbers);
    count_guests(numbers);
    count_snapshots();
    free(numbers);
    population_free(&population);
    return EXIT_SUCCESS;
}
