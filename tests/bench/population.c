/* SPDX-License-Identifier: Apache-2.0 */
#include "population.h"

#include <stdlib.h>
#include <string.h>

/** Timeouts of inhabitants: some, so that there are some queues. */
enum { TIMEOUTS = 8, TIMEOUT_STEP_MS = 10000000 };

const enum election_op mixed[MIXED_COUNT] = {
    ELECTION_OP_EVICT,    ELECTION_OP_ENTER, ELECTION_OP_PROMOTE,
    ELECTION_OP_WITHDRAW, ELECTION_OP_ENTER, ELECTION_OP_ANOINT,
};

void require(bool condition)
{
    if (!condition)
        abort();
}

void *allocate(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size);

    require(block != NULL);
    return block;
}

void name_of(char kind, uint64_t number, char name[NAME_SIZE])
{
    struct random random = {number};
    uint64_t digits = random_next(&random);

    name[0] = kind;
    name[1] = '-';
    for (int i = 2; i < NAME_SIZE; i++, digits >>= 4)
        name[i] = "0123456789abcdef"[digits & 0xf];
}

void shuffle(struct random *random, uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = random_below(random, i + 1);

        numbers[i] = numbers[other];
        numbers[other] = i;
    }
}

/* ---- the journal -------------------------------------------------------- */

static void *grown(void *block, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return block;
    *capacity = 2 * needed;
    block = realloc(block, *capacity * size);
    require(block != NULL);
    return block;
}

static void append(struct journal *journal, const struct election_buffer *entry)
{
    journal->bytes = grown(journal->bytes, &journal->capacity,
                           journal->size + entry->size, 1);
    journal->sizes = grown(journal->sizes, &journal->sizes_capacity,
                           journal->count + 1, sizeof *journal->sizes);
    memcpy(journal->bytes + journal->size, entry->data, entry->size);
    journal->size += entry->size;
    journal->sizes[journal->count++] = (uint32_t)entry->size;
}

void population_write(struct population *population,
                      struct election_registry_command *command)
{
    command->epoch = 1;
    command->time_ms = population->time_ms;
    require(election_registry_command_encode(command, &population->entry) ==
            ELECTION_OK);
    append(&population->journal, &population->entry);
    population->written++;
}

void population_run(struct population *population)
{
    struct journal *journal = &population->journal;
    const uint8_t *at = journal->bytes;

    for (size_t i = 0; i < journal->count; i++) {
        enum election_status status =
            election_registry_apply(population->registry, ++population->applied,
                                    at, journal->sizes[i], NULL);

        require(status == ELECTION_OK || status == ELECTION_UNCHANGED);
        at += journal->sizes[i];
    }
    journal->size = 0;
    journal->count = 0;
}

/* ---- commands ----------------------------------------------------------- */

void population_open_again(struct population *population, uint32_t client,
                           uint64_t timeout_ms)
{
    char name[NAME_SIZE];
    struct election_registry_command open = {
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)name,
        .client_id_size = sizeof name,
        .incarnation = 1,
        .nonce = 1,
        .timeout_ms = timeout_ms,
    };

    name_of('s', client, name);
    population_write(population, &open);
}

void population_open(struct population *population, uint32_t client,
                     uint64_t timeout_ms)
{
    population_open_again(population, client, timeout_ms);
    population->clients[client] = (struct client){population->written, 0};
}

void population_propose(struct population *population, uint32_t client,
                        uint32_t election, enum election_op op,
                        uint32_t candidate)
{
    struct client *proposer = &population->clients[client];
    char election_name[NAME_SIZE];
    char name[NAME_SIZE];
    struct election_registry_command propose = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = proposer->session_id,
        .sequence = ++proposer->sequence,
        .election = election_name,
        .election_size = sizeof election_name,
        .command = {op, name, sizeof name},
    };

    name_of('e', election, election_name);
    name_of('c', candidate, name);
    population_write(population, &propose);
}

void population_move(struct population *population, enum election_op op,
                     uint32_t candidate)
{
    population_propose(population, population->owners[candidate],
                       candidate / CANDIDATES, op, candidate);
}

void population_keep_alive(struct population *population,
                           const uint32_t *clients, uint32_t count)
{
    uint64_t *session_ids = allocate(count, sizeof *session_ids);
    struct election_registry_command keep_alive = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_ids = session_ids,
        .session_count = count,
    };

    for (uint32_t i = 0; i < count; i++)
        session_ids[i] = population->clients[clients[i]].session_id;
    population_write(population, &keep_alive);
    free(session_ids);
}

void population_close(struct population *population, uint32_t client)
{
    struct election_registry_command close = {
        .kind = ELECTION_REGISTRY_CLOSE_SESSION,
        .session_id = population->clients[client].session_id,
    };

    population_write(population, &close);
}

void population_tick(struct population *population, uint64_t ms)
{
    struct election_registry_command tick = {.kind = ELECTION_REGISTRY_TICK};

    population->time_ms += ms;
    population_write(population, &tick);
}

void population_mix(struct population *population, const uint32_t *elections,
                    uint32_t count)
{
    uint32_t *candidates = allocate(count, sizeof *candidates);

    for (uint32_t i = 0; i < count; i++)
        candidates[i] = CANDIDATES * elections[i] +
                        random_below(&population->random, CANDIDATES);
    for (int op = 0; op < MIXED_COUNT; op++)
        for (uint32_t i = 0; i < count; i++)
            population_move(population, mixed[op], candidates[i]);
    free(candidates);
}

/* ---- a population ------------------------------------------------------- */

static void take_office(struct population *population)
{
    struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = true,
    };

    population->time_ms = 1000;
    population_write(population, &tick);
}

static void settle(struct population *population)
{
    uint32_t count = population->count;

    for (uint32_t i = 0; i < count; i++)
        population_open(population, i, TIMEOUT_STEP_MS * (1 + i % TIMEOUTS));
    for (uint32_t i = 0; i < CANDIDATES * count; i++) {
        population->owners[i] = random_below(&population->random, count);
        population_move(population, ELECTION_OP_ENTER, i);
    }
}

void population_create(struct population *population, uint32_t count,
                       uint32_t guests,
                       const struct election_registry_config *config)
{
    *population = (struct population){
        .count = count,
        .clients = allocate(count + guests, sizeof *population->clients),
        .owners = allocate(CANDIDATES * count, sizeof *population->owners),
        .random = {1},
    };
    require(election_registry_create(config, &population->registry) ==
            ELECTION_OK);
    take_office(population);
    settle(population);
    population_run(population);
}

void population_free(struct population *population)
{
    election_registry_destroy(population->registry);
    election_buffer_free(&population->entry);
    free(population->journal.bytes);
    free(population->journal.sizes);
    free(population->clients);
    free(population->owners);
}

uint8_t *population_snapshot(struct population *population, size_t *size)
{
    struct election_registry_snapshot *snapshot;
    uint8_t *bytes;

    require(election_registry_snapshot_begin(population->registry, &snapshot) ==
            ELECTION_OK);
    *size = (size_t)election_registry_snapshot_size(snapshot);
    bytes = allocate(*size, 1);
    require(election_registry_snapshot_read(snapshot, bytes, *size, size) ==
            ELECTION_OK);
    election_registry_snapshot_end(snapshot);
    return bytes;
}
