/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A registry that many live in, and the log that moves it. Clients, elections
 * and candidates have numbers; their names, of 18 bytes, look random and are
 * the same in each run.
 */
#ifndef BENCH_POPULATION_H
#define BENCH_POPULATION_H

#include "../support/random.h"
#include "election/registry.h"

enum {
    NAME_SIZE = 18,
    /** Of each election that a population begins with. */
    CANDIDATES = 3,
    /** So short that guests expire while the inhabitants live on. */
    GUEST_TIMEOUT_MS = ELECTION_TIMEOUT_MS_MIN
};

/** Entries one behind the other in memory, as a log hands them out. */
struct journal {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    uint32_t *sizes; /* of the entries */
    size_t count;
    size_t sizes_capacity;
};

struct client {
    uint64_t session_id;
    uint64_t sequence; /* of the last proposal */
};

struct population {
    struct election_registry *registry;
    uint32_t count;         /* of inhabitants, and of elections */
    struct client *clients; /* the inhabitants, then the guests */
    uint32_t *owners;       /* of each candidate: an inhabitant */
    uint64_t applied;       /* index of the last entry */
    uint64_t written;       /* the same, of those in the journal too */
    uint64_t time_ms;
    struct random random;
    struct journal journal;
    struct election_buffer entry;
};

/** Aborts unless what a benchmark relies on is so. */
void require(bool condition);

/** Allocates, or aborts. */
void *allocate(size_t count, size_t size);

/** Writes the name of a number, of clients, elections or candidates. */
void name_of(char kind, uint64_t number, char name[NAME_SIZE]);

/** Puts the numbers below `count` in an order at random. */
void shuffle(struct random *random, uint32_t *numbers, uint32_t count);

/**
 * Makes a registry of `count` inhabitants, who stay, and as many elections,
 * each with candidates of inhabitants at random. Guests have no session yet.
 */
void population_create(struct population *population, uint32_t count,
                       uint32_t guests,
                       const struct election_registry_config *config);

void population_free(struct population *population);

/* What follows writes entries into the journal. */

void population_write(struct population *population,
                      struct election_registry_command *command);

void population_open(struct population *population, uint32_t client,
                     uint64_t timeout_ms);

/** The client asks again, as if it had not heard of its session. */
void population_open_again(struct population *population, uint32_t client,
                           uint64_t timeout_ms);

void population_propose(struct population *population, uint32_t client,
                        uint32_t election, enum election_op op,
                        uint32_t candidate);

/** Proposes for a candidate of the beginning, by its owner. */
void population_move(struct population *population, enum election_op op,
                     uint32_t candidate);

void population_keep_alive(struct population *population,
                           const uint32_t *clients, uint32_t count);

void population_close(struct population *population, uint32_t client);

/** Lets time pass. */
void population_tick(struct population *population, uint64_t ms);

/**
 * Commands after which an election is as it was, but for its order: the
 * candidate leaves and comes again in both ways, and is moved.
 */
enum { MIXED_COUNT = 6 };
extern const enum election_op mixed[MIXED_COUNT];

/**
 * Writes the mixed commands for one candidate, at random, of each of some
 * elections: the first command for all of them, then the next one.
 */
void population_mix(struct population *population, const uint32_t *elections,
                    uint32_t count);

/** Applies all entries of the journal, and empties it. */
void population_run(struct population *population);

/** Takes a snapshot as one block. */
uint8_t *population_snapshot(struct population *population, size_t *size);

#endif
