/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry takes in which very many live: memory, time and bytes, alone
 * and beside a small one.
 *
 *     registry_crowd [COUNT]
 *
 * COUNT sessions, a million if not said, in two tables: of sessions alone, and
 * of sessions that each lead an election of their own. Times are of the
 * processor, the least of some; the million needs two gigabytes.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "population.h"

enum {
    SMALL = 1000,
    LARGE = 1000000,
    TIMES = 5,
    BATCH = 1000 /* entries, or sessions in one KeepAlive */
};

/** What is told of a registry. */
struct findings {
    double heap_size, snapshot_size;           /* bytes */
    double open_ns, tick_ns, keep_alive_ns;    /* of each entry, or session */
    double snapshot_ns, restore_ns, expire_ns; /* of all */
};

static double now_ns(void)
{
    struct timespec time;

    require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double heap_size(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)info.uordblks + (double)info.hblkhd;
}

/** Applies what is in the journal; returns how long it takes. */
static double run_ns(struct population *population)
{
    double start_ns = now_ns();

    population_run(population);
    return now_ns() - start_ns;
}

/** Returns by how much the heap grows, but for the journal: that has its size
 * before the first entry is applied. */
static double open_all(struct population *population, uint32_t count,
                       bool are_leaders, struct findings *findings)
{
    double before;

    for (uint32_t i = 0; i < count; i++)
        population_open(population, i, GUEST_TIMEOUT_MS);
    before = heap_size();
    findings->open_ns = run_ns(population) / count;
    for (uint32_t i = 0; i < count && are_leaders; i++) {
        population_propose(population, i, i, ELECTION_OP_ENTER, i);
        if (population->journal.count == BATCH / 2)
            population_run(population);
    }
    population_run(population);
    return heap_size() - before;
}

static double least(double a, double b)
{
    return a > 0 && a < b ? a : b;
}

/** Entries in which nothing ends. */
static void run_quiet(struct population *population, uint32_t count,
                      struct findings *findings)
{
    uint32_t *numbers = allocate(count, sizeof *numbers);

    for (int times = 0; times < TIMES; times++) {
        shuffle(&population->random, numbers, count);
        for (uint32_t i = 0; i < BATCH; i++)
            population_tick(population, 0);
        findings->tick_ns =
            least(findings->tick_ns, run_ns(population) / BATCH);
        for (uint32_t i = 0; i + BATCH <= count; i += BATCH)
            population_keep_alive(population, numbers + i, BATCH);
        findings->keep_alive_ns =
            least(findings->keep_alive_ns, run_ns(population) / count);
    }
    free(numbers);
}

static void run_snapshot(struct population *population,
                         struct findings *findings)
{
    struct election_registry *restored;
    double start_ns = now_ns();
    size_t size;
    uint8_t *bytes = population_snapshot(population, &size);

    findings->snapshot_size = (double)size;
    findings->snapshot_ns = now_ns() - start_ns;
    require(election_registry_create(NULL, &restored) == ELECTION_OK);
    start_ns = now_ns();
    require(election_registry_restore(restored, bytes, size) == ELECTION_OK);
    findings->restore_ns = now_ns() - start_ns;
    election_registry_destroy(restored);
    free(bytes);
}

static struct findings look_at(uint32_t count, bool are_leaders)
{
    struct population crowd;
    struct findings findings = {0};

    population_create(&crowd, 0, count, NULL);
    findings.heap_size = open_all(&crowd, count, are_leaders, &findings);
    run_quiet(&crowd, count, &findings);
    run_snapshot(&crowd, &findings);
    population_tick(&crowd, GUEST_TIMEOUT_MS + 1);
    findings.expire_ns = run_ns(&crowd);
    population_free(&crowd);
    return findings;
}

static void tell(const char *what, double small, double large)
{
    printf("| %-42s | %10.2f | %10.2f | %5.2f |\n", what, small, large,
           large / small);
}

static void report(const char *what, uint32_t count, bool are_leaders)
{
    struct findings a = look_at(SMALL, are_leaders);
    struct findings b = look_at(count, are_leaders);

    printf("| %-42s | %10d | %10u | %5s |\n", what, SMALL, count, "ratio");
    printf("| --- | ---: | ---: | ---: |\n");
    tell("heap, bytes each", a.heap_size / SMALL, b.heap_size / count);
    tell("snapshot, bytes each", a.snapshot_size / SMALL,
         b.snapshot_size / count);
    tell("OpenSession, ns", a.open_ns, b.open_ns);
    tell("Tick, ns", a.tick_ns, b.tick_ns);
    tell("KeepAlive of 1,000 at random, ns each", a.keep_alive_ns,
         b.keep_alive_ns);
    tell("snapshot begun and read, ns each", a.snapshot_ns / SMALL,
         b.snapshot_ns / count);
    tell("restore, ns each", a.restore_ns / SMALL, b.restore_ns / count);
    tell("all expire in one entry, ns each", a.expire_ns / SMALL,
         b.expire_ns / count);
}

int main(int argc, char **argv)
{
    uint32_t count = LARGE;

    if (argc > 1)
        count = (uint32_t)atoi(argv[1]);
    if (count < BATCH)
        return 2;
    report("sessions", count, false);
    printf("\n");
    report("sessions that lead an election each", count, true);
    return 0;
}
