/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the registry is, as ratios inside one run.
 *
 *     registry_report            the table of ratios against the goals
 *     registry_report --smoke    a small one, which proves that it runs: no
 *                                goal counts, nor any number in the table
 *
 * Cases run interleaved, several times, and the table takes the median of each,
 * in processor time. A chased read is one of a chain at random over as much
 * memory as the registry has: the next address is known when it has come. The
 * million sessions at the end need a gigabyte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plain_snapshot.h"
#include "population.h"

enum {
    SMALL = 1000,
    HOT = 16,
    ROUNDS_MAX = 9,
    BATCHES = 5,
    COPIES = 8,
    COPY_STEP = 528, /* bytes */
    NODE_SIZE = 64,  /* bytes of a line of the cache */
    KEEP_ALIVE_COUNT = 1000
};

/** How large the cases are: less in a smoke test. */
struct scale {
    uint32_t rounds;
    uint32_t large;
    uint32_t guests;
    uint32_t candidacies; /* of one session */
    uint32_t crowd;       /* sessions that expire in one entry */
};

static const struct scale full = {ROUNDS_MAX, 100000, 10000,
                                  ELECTION_SESSION_CANDIDATES_MAX, 1000000};
static const struct scale smoke = {1, 2000, 500, 1500, 3000};
static struct scale scale;

enum measure {
    CORE,
    PROPOSE_HOT,
    PROPOSE_COLD,
    CHASED,
    KEEP_ALIVE,
    TICK_SMALL,
    TICK_LARGE,
    RENEW_SMALL,
    RENEW_LARGE,
    EXPIRE,
    WITHDRAW,
    COPY,
    SNAPSHOT,
    UNPACK,
    RESTORE,
    CLOSE,
    MEASURE_COUNT
};

static double samples[MEASURE_COUNT][ROUNDS_MAX];
static uint32_t round_number;

static struct population small, large;
static uint32_t *numbers; /* below scale.large, in an order at random */

/* ---- measuring ---------------------------------------------------------- */

static double now_ns(void)
{
    struct timespec time;

    require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/** Keeps how long one of so many times took: in a round, the shortest. */
static void keep_sample(enum measure measure, double start_ns, size_t times)
{
    double sample = (now_ns() - start_ns) / (double)times;
    double *kept = &samples[measure][round_number];

    if (*kept == 0 || sample < *kept)
        *kept = sample;
}

/** Applies what is in the journal, as so many times of what is measured. */
static void time_run(struct population *population, enum measure measure,
                     size_t times)
{
    double start_ns = now_ns();

    population_run(population);
    keep_sample(measure, start_ns, times);
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(enum measure measure)
{
    double sorted[ROUNDS_MAX];

    memcpy(sorted, samples[measure], sizeof sorted);
    qsort(sorted, scale.rounds, sizeof *sorted, compare);
    return sorted[scale.rounds / 2];
}

/* ---- memory that is chased ---------------------------------------------- */

struct node {
    struct node *next;
    char rest[NODE_SIZE - sizeof(struct node *)];
};

static struct node *nodes;
static uint32_t node_count;

/** Links as many bytes to a ring in an order at random. */
static void link_nodes(size_t size)
{
    struct random random = {2};
    uint32_t *order;

    node_count = (uint32_t)(size / sizeof *nodes);
    nodes = allocate(node_count, sizeof *nodes);
    order = allocate(node_count, sizeof *order);
    shuffle(&random, order, node_count);
    for (uint32_t i = 0; i < node_count; i++)
        nodes[order[i]].next = &nodes[order[(i + 1) % node_count]];
    free(order);
}

static void run_chase(void)
{
    const struct node *node = nodes;
    double start_ns = now_ns();

    for (uint32_t i = 0; i < node_count; i++)
        node = node->next;
    keep_sample(CHASED, start_ns, node_count);
    require(node == nodes);
}

/* ---- proposals ---------------------------------------------------------- */

static struct election *core[HOT];

static void open_core(void)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;

    for (uint32_t i = 0; i < HOT * CANDIDATES; i++) {
        struct election **election = &core[i / CANDIDATES];
        char name[NAME_SIZE];

        name_of('c', i, name);
        require(
            election_input_encode(&(struct election_command){ELECTION_OP_ENTER,
                                                             name, sizeof name},
                                  &input) == ELECTION_OK);
        if (i % CANDIDATES == 0)
            require(election_create(NULL, election) == ELECTION_OK);
        require(election_apply(*election, i + 1, input.data, input.size,
                               NULL) == ELECTION_OK);
    }
    election_buffer_free(&input);
}

/** The mixed commands to elections without a registry. */
static void run_core(void)
{
    struct election_buffer inputs[MIXED_COUNT][HOT];
    uint32_t chosen = round_number % CANDIDATES;
    double start_ns;

    for (int op = 0; op < MIXED_COUNT; op++)
        for (uint32_t i = 0; i < HOT; i++) {
            char name[NAME_SIZE];

            name_of('c', CANDIDATES * i + chosen, name);
            inputs[op][i] = (struct election_buffer)ELECTION_BUFFER_INIT;
            require(
                election_input_encode(
                    &(struct election_command){mixed[op], name, sizeof name},
                    &inputs[op][i]) == ELECTION_OK);
        }
    start_ns = now_ns();
    for (uint32_t times = 0; times < SMALL; times++)
        for (int op = 0; op < MIXED_COUNT; op++)
            for (uint32_t i = 0; i < HOT; i++)
                require(election_apply(core[i], CANDIDATES * i + chosen + 1,
                                       inputs[op][i].data, inputs[op][i].size,
                                       NULL) == ELECTION_OK);
    keep_sample(CORE, start_ns, (size_t)SMALL * MIXED_COUNT * HOT);
    for (int op = 0; op < MIXED_COUNT; op++)
        for (uint32_t i = 0; i < HOT; i++)
            election_buffer_free(&inputs[op][i]);
}

static void run_proposals(void)
{
    shuffle(&large.random, numbers, large.count);
    for (uint32_t times = 0; times < SMALL; times++)
        population_mix(&large, numbers, HOT);
    time_run(&large, PROPOSE_HOT, large.journal.count);
    population_mix(&large, numbers, large.count);
    time_run(&large, PROPOSE_COLD, large.journal.count);
}

/* ---- renewals ----------------------------------------------------------- */

/** Writes a KeepAlive of so many sessions, some later. */
static void write_keep_alive(struct population *population,
                             const uint32_t *clients, uint32_t count)
{
    population->time_ms++;
    population_keep_alive(population, clients, count);
}

static void run_keep_alive(void)
{
    shuffle(&large.random, numbers, large.count);
    for (uint32_t i = 0; i + KEEP_ALIVE_COUNT <= large.count;
         i += KEEP_ALIVE_COUNT)
        write_keep_alive(&large, numbers + i, KEEP_ALIVE_COUNT);
    time_run(&large, KEEP_ALIVE, large.journal.count * KEEP_ALIVE_COUNT);
}

/**
 * Entries in which nothing expires: Ticks, and renewals of a few sessions. They
 * are so short that a disturbance shows: some batches a round.
 */
static void run_quiet(struct population *population, enum measure tick,
                      enum measure renew)
{
    shuffle(&population->random, numbers, population->count);
    for (uint32_t i = 0; i < 4 * SMALL; i++)
        population_tick(population, 1);
    time_run(population, tick, population->journal.count);
    for (uint32_t i = 0; i < 4 * SMALL; i++)
        write_keep_alive(population, numbers + i % HOT, 1);
    time_run(population, renew, population->journal.count);
}

/* ---- sessions that end -------------------------------------------------- */

/** Proposes for the candidate of each guest, who stands in one election. */
static void propose_of_guests(enum election_op op)
{
    for (uint32_t i = 0; i < scale.guests; i++)
        population_propose(&large, large.count + i, numbers[i], op,
                           CANDIDATES * large.count + i);
}

/** The same candidates leave by hand, and as their sessions expire. */
static void run_guests(void)
{
    shuffle(&large.random, numbers, large.count);
    for (uint32_t i = 0; i < scale.guests; i++)
        population_open(&large, large.count + i, GUEST_TIMEOUT_MS);
    propose_of_guests(ELECTION_OP_ENTER);
    population_run(&large);
    propose_of_guests(ELECTION_OP_WITHDRAW);
    time_run(&large, WITHDRAW, scale.guests);
    propose_of_guests(ELECTION_OP_ENTER);
    population_run(&large);
    population_tick(&large, GUEST_TIMEOUT_MS + 1);
    time_run(&large, EXPIRE, scale.guests);
}

/** One session with as many candidates as it may have is closed. */
static void run_close(void)
{
    shuffle(&large.random, numbers, large.count);
    population_open(&large, large.count, ELECTION_TIMEOUT_MS_MAX);
    for (uint32_t i = 0; i < scale.candidacies; i++)
        population_propose(&large, large.count, numbers[i], ELECTION_OP_ENTER,
                           CANDIDATES * large.count + i);
    population_run(&large);
    population_close(&large, large.count);
    time_run(&large, CLOSE, 1);
}

/** So many sessions expire in one entry; returns how long it takes. */
static double crowd_ms(bool are_candidates)
{
    struct population crowd;
    double start_ns;

    population_create(&crowd, 0, scale.crowd, NULL);
    for (uint32_t i = 0; i < scale.crowd; i++) {
        population_open(&crowd, i, GUEST_TIMEOUT_MS);
        if (are_candidates)
            population_propose(&crowd, i, i, ELECTION_OP_ENTER, i);
    }
    population_run(&crowd);
    population_tick(&crowd, GUEST_TIMEOUT_MS + 1);
    start_ns = now_ns();
    population_run(&crowd);
    start_ns = now_ns() - start_ns;
    population_free(&crowd);
    return start_ns / 1e6;
}

/* ---- snapshots ---------------------------------------------------------- */

/**
 * Copies as many bytes. Which distance is the fastest depends on the processor,
 * so there are some; the first touches the pages.
 */
static void run_copy(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = allocate(size + COPIES * COPY_STEP, 1);

    for (size_t i = 0; i < COPIES; i++) {
        double start_ns = now_ns();

        memcpy(copy + i * COPY_STEP, bytes, size);
        keep_sample(COPY, start_ns, 1);
        require(copy[i * COPY_STEP + size / 2] == bytes[size / 2]);
    }
    free(copy);
}

static void run_snapshot(void)
{
    struct election_registry_snapshot *snapshot;
    struct election_registry *restored;
    size_t size;
    uint8_t *bytes = population_snapshot(&large, &size);
    double start_ns;

    run_copy(bytes, size);
    start_ns = now_ns();
    require(election_registry_snapshot_begin(large.registry, &snapshot) ==
            ELECTION_OK);
    keep_sample(SNAPSHOT, start_ns, 1);
    election_registry_snapshot_end(snapshot);
    require(election_registry_create(NULL, &restored) == ELECTION_OK);
    start_ns = now_ns();
    require(election_registry_restore(restored, bytes, size) == ELECTION_OK);
    keep_sample(RESTORE, start_ns, 1);
    election_registry_destroy(restored);
    samples[UNPACK][round_number] = plain_unpack_ns(bytes, size, now_ns);
    free(bytes);
}

/* ---- the heap ----------------------------------------------------------- */

static size_t heap_size;

static void *count_alloc(void *context, size_t size)
{
    size_t *block = malloc(2 * sizeof *block + size);

    (void)context;
    require(block != NULL);
    block[0] = size;
    heap_size += size;
    return block + 2;
}

static void count_free(void *context, void *pointer)
{
    size_t *block = (size_t *)pointer - 2;

    (void)context;
    heap_size -= block[0];
    free(block);
}

static const struct election_registry_config counted = {
    .allocator = {count_alloc, count_free, NULL},
};

/** Bytes that a population has, and after a peak, beside a fresh one. */
struct heap {
    size_t full;
    size_t after;
    size_t fresh;
};

static struct heap measure_heap(void)
{
    struct population population;
    struct election_registry *fresh;
    struct heap heap;
    size_t size;
    uint8_t *bytes;

    population_create(&population, scale.large, 0, &counted);
    heap.full = heap_size;
    for (uint32_t i = SMALL; i < population.count; i++)
        population_close(&population, i);
    population_run(&population);
    heap.after = heap_size;
    bytes = population_snapshot(&population, &size);
    require(election_registry_create(&counted, &fresh) == ELECTION_OK &&
            election_registry_restore(fresh, bytes, size) == ELECTION_OK);
    heap.fresh = heap_size - heap.after;
    election_registry_destroy(fresh);
    population_free(&population);
    free(bytes);
    require(heap_size == 0);
    return heap;
}

/* ---- the report --------------------------------------------------------- */

static bool has_missed;

static void at_most(const char *what, double value, double goal)
{
    bool is_reached = value <= goal;

    printf("| %-53s | %8.2f | at most %-5.4g | %s |\n", what, value, goal,
           is_reached ? "yes" : "NO ");
    has_missed = has_missed || !is_reached;
}

static void tell(const char *what, double value)
{
    printf("| %-53s | %8.2f | %-13s | %s |\n", what, value, "", "   ");
}

static double ratio(enum measure measure, enum measure to)
{
    return median(measure) / median(to);
}

static void report_ratios(void)
{
    double chased = median(CHASED);

    tell("Propose, hot / core's apply, time", ratio(PROPOSE_HOT, CORE));
    at_most("Propose, (at random - hot) / chased read",
            (median(PROPOSE_COLD) - median(PROPOSE_HOT)) / chased, 8);
    tell("Propose, at random / chased read", median(PROPOSE_COLD) / chased);
    at_most("KeepAlive of 1,000, each session / chased read",
            median(KEEP_ALIVE) / chased, 2);
    at_most("Tick, among 100,000 sessions / among 1,000",
            ratio(TICK_LARGE, TICK_SMALL), 1.2);
    at_most("KeepAlive of one, among 100,000 / among 1,000",
            ratio(RENEW_LARGE, RENEW_SMALL), 1.2);
    at_most("10,000 expire in one entry, each / withdrawing it",
            ratio(EXPIRE, WITHDRAW), 1.5);
    at_most("snapshot / memcpy of its bytes", ratio(SNAPSHOT, COPY), 15);
    at_most("restore / protobuf-c unpack", ratio(RESTORE, UNPACK), 1.2);
}

static void report_heap(const struct heap *heap)
{
    at_most("heap with 100,000 of each, MB", (double)heap->full / 1e6, 100);
    at_most("heap after a peak / fresh",
            (double)heap->after / (double)heap->fresh, 4);
}

static void report_stalls(void)
{
    tell("stall: a snapshot begins, ms", median(SNAPSHOT) / 1e6);
    tell("stall: a session of 65,536 candidates closes, ms",
         median(CLOSE) / 1e6);
    tell("stall: 1,000,000 sessions expire, ms", crowd_ms(false));
    tell("stall: the same, each leads one election, ms", crowd_ms(true));
}

static void report_times(void)
{
    static const char *const names[] = {
        "core",         "propose/hot", "propose/random", "chased read",
        "keep_alive",   "tick/1000",   "tick/100000",    "renew/1000",
        "renew/100000", "expire",      "withdraw",       "memcpy",
        "snapshot",     "unpack",      "restore",        "close",
    };

    printf("\nnanoseconds:");
    for (int i = 0; i < MEASURE_COUNT; i++)
        printf(" %s %.0f", names[i], median((enum measure)i));
    printf("\n");
}

static void run_rounds(void)
{
    for (round_number = 0; round_number < scale.rounds; round_number++) {
        run_core();
        run_proposals();
        run_chase();
        run_keep_alive();
        for (int batch = 0; batch < BATCHES; batch++) {
            run_quiet(&small, TICK_SMALL, RENEW_SMALL);
            run_quiet(&large, TICK_LARGE, RENEW_LARGE);
        }
        run_guests();
        run_snapshot();
        run_close();
    }
}

int main(int argc, char **argv)
{
    bool is_smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    struct heap heap;

    scale = is_smoke ? smoke : full;
    heap = measure_heap();
    link_nodes(heap.full);
    open_core();
    population_create(&small, SMALL, 0, NULL);
    population_create(&large, scale.large, scale.guests, NULL);
    numbers = allocate(scale.large, sizeof *numbers);
    run_rounds();
    printf("| %-53s | %8s | %-13s | %s |\n", "ratio", "measured", "goal",
           "ok ");
    printf("| --- | ---: | --- | --- |\n");
    report_ratios();
    report_heap(&heap);
    report_stalls();
    report_times();
    for (uint32_t i = 0; i < HOT; i++)
        election_destroy(core[i]);
    population_free(&small);
    population_free(&large);
    free(numbers);
    free(nodes);
    return has_missed && !is_smoke ? EXIT_FAILURE : EXIT_SUCCESS;
}
