/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/** Something that will happen. */
struct happening {
    uint64_t time_us;
    uint64_t order;
    world_fn *fn;
    void *context;
    uint64_t number;
    bool is_owned; /* the context is released afterwards */
};

struct world world;
enum plant planted;

/* A heap: what happens first stands at 0. */
static struct happening *happenings;
static size_t count, capacity;
static uint64_t last_order;

void world_begin(uint64_t seed)
{
    world = (struct world){.random = {seed * 1000003}};
    last_order = 0;
}

void world_end(void)
{
    for (size_t i = 0; i < count; i++)
        if (happenings[i].is_owned)
            free(happenings[i].context);
    free(happenings);
    happenings = NULL;
    count = 0;
    capacity = 0;
}

/* ---- what happens ------------------------------------------------------- */

static bool is_before(const struct happening *a, const struct happening *b)
{
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us;
    return a->order < b->order;
}

static void push(struct happening pushed)
{
    size_t at = count++;

    if (count > capacity) {
        capacity = capacity * 2 + 64;
        happenings = realloc(happenings, capacity * sizeof *happenings);
        if (happenings == NULL)
            abort();
    }
    for (; at > 0 && is_before(&pushed, &happenings[(at - 1) / 2]);
         at = (at - 1) / 2)
        happenings[at] = happenings[(at - 1) / 2];
    happenings[at] = pushed;
}

static struct happening pop(void)
{
    struct happening first = happenings[0], last = happenings[--count];
    size_t at = 0, child = 1;

    for (; child < count; child = 2 * at + 1) {
        if (child + 1 < count &&
            is_before(&happenings[child + 1], &happenings[child]))
            child++;
        if (!is_before(&happenings[child], &last))
            break;
        happenings[at] = happenings[child];
        at = child;
    }
    happenings[at] = last;
    return first;
}

void world_after(uint64_t delay_us, world_fn *fn, void *context,
                 uint64_t number)
{
    push((struct happening){world.now_us + delay_us, ++last_order, fn, context,
                            number, false});
}

void world_after_owned(uint64_t delay_us, world_fn *fn, void *context)
{
    push((struct happening){world.now_us + delay_us, ++last_order, fn, context,
                            0, true});
}

void world_run(uint64_t until_us)
{
    while (!world.has_failed && count > 0 &&
           happenings[0].time_us <= until_us) {
        struct happening next = pop();

        world.now_us = next.time_us;
        next.fn(next.context, next.number);
        if (next.is_owned)
            free(next.context);
    }
    if (!world.has_failed)
        world.now_us = until_us;
}

void world_fail(const char *format, ...)
{
    va_list arguments;

    if (world.has_failed)
        return;
    world.has_failed = true;
    va_start(arguments, format);
    (void)vsnprintf(world.failure, sizeof world.failure, format, arguments);
    va_end(arguments);
}

void world_trace(uint64_t number)
{
    world.trace =
        (world.trace ^ number ^ world.now_us) * UINT64_C(0x9e3779b97f4a7c15);
    world.trace ^= world.trace >> 29;
}

/* ---- chance ------------------------------------------------------------- */

uint32_t dice(uint32_t sides)
{
    return random_below(&world.random, sides);
}

uint64_t between(uint64_t low, uint64_t high)
{
    return low + random_next(&world.random) % (high - low);
}

bool mishap(uint32_t per_mille)
{
    return dice(1000) < per_mille && world.now_us < world.quiet_us;
}

uint64_t world_later(uint64_t a_us, uint64_t b_us)
{
    uint64_t later_us = a_us > b_us ? a_us : b_us;

    return later_us < world.quiet_us ? later_us : world.quiet_us;
}

/* ---- clocks ------------------------------------------------------------- */

struct clock clock_draw(void)
{
    /* Two of them differ by less than the client's drift of 1,000 ppm. */
    return (struct clock){(int64_t)dice(999) - 499,
                          between(1, 1000000 * SECOND)};
}

uint64_t clock_ms(const struct clock *clock)
{
    int64_t gained_us = (int64_t)world.now_us * clock->ppm / 1000000;

    return (clock->origin_us + world.now_us + (uint64_t)gained_us) / 1000;
}
