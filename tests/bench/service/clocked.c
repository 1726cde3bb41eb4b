/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into electiond by --wrap: how long the registry's functions take in a
 * node that runs. When the process leaves in order it writes into the file that
 * CLOCKED names, for each function, how often it was called and the nanoseconds
 * in all, less those of the clock itself.
 *
 * The clock is that of the wall, as the processor's costs more than some of the
 * calls: one that was interrupted for longer than LONGEST_NS counts as so long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "election/registry.h"

enum { LONGEST_NS = 20000, TRIES = 100, LOOKS = 100 };

#define CLOCKED_MAP(X)                                                         \
    X(registry_apply)                                                          \
    X(registry_query)                                                          \
    X(registry_session)                                                        \
    X(registry_session_of)                                                     \
    X(driver_stamp)                                                            \
    X(driver_next)

enum function {
#define X(name) name,
    CLOCKED_MAP(X)
#undef X
        FUNCTION_COUNT
};

static const char *const names[] = {
#define X(name) #name,
    CLOCKED_MAP(X)
#undef X
};

static struct {
    unsigned long calls;
    double ns;
} spent[FUNCTION_COUNT];

static double now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void add(enum function function, double start_ns)
{
    double ns = now_ns() - start_ns;

    spent[function].calls++;
    spent[function].ns += ns < LONGEST_NS ? ns : LONGEST_NS;
}

/** What looking twice at the clock costs, where nothing disturbs it. */
static double clock_ns(void)
{
    double least = LONGEST_NS;

    for (int i = 0; i < TRIES; i++) {
        double sum = 0;

        for (int j = 0; j < LOOKS; j++) {
            double start_ns = now_ns();

            sum += now_ns() - start_ns;
        }
        if (sum / LOOKS < least)
            least = sum / LOOKS;
    }
    return least;
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("CLOCKED");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    double each_ns = clock_ns();

    if (file == NULL)
        return;
    for (int i = 0; i < FUNCTION_COUNT; i++)
        (void)fprintf(file, "%s %lu %.0f\n", names[i], spent[i].calls,
                      spent[i].ns - (double)spent[i].calls * each_ns);
    (void)fclose(file);
}

/* Declares what --wrap makes of a function, and the one in its place. */
#define CLOCKED(type, name, parameters, arguments)                             \
    type __real_election_##name parameters;                                    \
    type __wrap_election_##name parameters;                                    \
    type __wrap_election_##name parameters                                     \
    {                                                                          \
        double start_ns = now_ns();                                            \
        type returned = __real_election_##name arguments;                      \
                                                                               \
        add(name, start_ns);                                                   \
        return returned;                                                       \
    }

CLOCKED(enum election_status, registry_apply,
        (struct election_registry * registry, uint64_t index, const void *entry,
         size_t size, struct election_buffer *output),
        (registry, index, entry, size, output))
CLOCKED(enum election_status, registry_query,
        (const struct election_registry *registry, const void *query,
         size_t size, struct election_buffer *output),
        (registry, query, size, output))
CLOCKED(enum election_status, registry_session,
        (const struct election_registry *registry, uint64_t id,
         struct election_registry_session *session),
        (registry, id, session))
CLOCKED(enum election_status, registry_session_of,
        (const struct election_registry *registry, const uint8_t *client_id,
         size_t size, struct election_registry_session *session),
        (registry, client_id, size, session))
CLOCKED(enum election_status, driver_stamp,
        (struct election_driver * driver,
         const struct election_registry *registry, const void *command,
         size_t size, uint64_t time_ms, struct election_buffer *output),
        (driver, registry, command, size, time_ms, output))
CLOCKED(enum election_status, driver_next,
        (struct election_driver * driver,
         const struct election_registry *registry, uint64_t time_ms,
         struct election_buffer *output, uint64_t *wait_ms),
        (driver, registry, time_ms, output, wait_ms))
