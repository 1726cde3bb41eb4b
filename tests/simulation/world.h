/* SPDX-License-Identifier: Apache-2.0 */
/**
 * True time, which nobody but the simulation knows; what happens when; and the
 * one source of chance, so that a seed is the same run again.
 */
#ifndef SIMULATION_WORLD_H
#define SIMULATION_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/random.h"
#include "plant.h"

/** Microseconds. */
#define MS UINT64_C(1000)
#define SECOND (1000 * MS)

struct world {
    struct random random;
    uint64_t now_us;   /* true time */
    uint64_t quiet_us; /* from then on nothing fails */
    uint64_t trace;    /* a hash of all that happened */
    bool is_ordered;   /* the network keeps the order, or breaks */
    bool has_failed;
    char failure[256]; /* which promise was broken, and how */
};

extern struct world world;

/** Begins a world of this seed, in which nothing happens yet. */
void world_begin(uint64_t seed);
void world_end(void);

typedef void world_fn(void *context, uint64_t number);

/** Lets something happen after a while. Equal times keep the order of calls. */
void world_after(uint64_t delay_us, world_fn *fn, void *context,
                 uint64_t number);

/** The same; the context is released afterwards. */
void world_after_owned(uint64_t delay_us, world_fn *fn, void *context);

/** Runs until that time, or until a promise is broken. */
void world_run(uint64_t until_us);

/** Notes that a promise was broken; the first one counts. */
void world_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Mixes a number into the trace. */
void world_trace(uint64_t number);

/** A number below `sides`. */
uint32_t dice(uint32_t sides);

/** A number from `low` up to and without `high`. */
uint64_t between(uint64_t low, uint64_t high);

/** True so many times out of a thousand; never when all faults have stopped. */
bool mishap(uint32_t per_mille);

/** The later end of two standstills, but not after all faults have stopped. */
uint64_t world_later(uint64_t a_us, uint64_t b_us);

/** A clock: its rate differs from true time, and its origin is its own. */
struct clock {
    int64_t ppm;
    uint64_t origin_us;
};

struct clock clock_draw(void);
uint64_t clock_ms(const struct clock *clock);

#endif
