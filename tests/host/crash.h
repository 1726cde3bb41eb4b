/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Included before examples/host.c: the process ends, as by kill -9, at the call
 * whose number stands in CRASH_AT. A write that it meets is cut in half.
 */
#ifndef HOST_CRASH_H
#define HOST_CRASH_H

#define _POSIX_C_SOURCE 200809L
#include <election/registry.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CRASH_STATUS = 77 };

/** What was printed was told, whatever comes then. */
__attribute__((constructor)) static void crash_prepare(void)
{
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

/** Counts a call, and tells whether the process ends at it. */
static inline bool crash_is_here(void)
{
    static unsigned long count;
    const char *at = getenv("CRASH_AT");

    return at != NULL && ++count == strtoul(at, NULL, 10);
}

static inline void crash_point(void)
{
    if (crash_is_here())
        _exit(CRASH_STATUS);
}

static inline size_t crash_fwrite(const void *bytes, size_t size, size_t count,
                                  FILE *file)
{
    if (crash_is_here()) {
        (void)fwrite(bytes, 1, size * count / 2, file);
        (void)fflush(file);
        _exit(CRASH_STATUS);
    }
    return fwrite(bytes, size, count, file);
}

#define CRASH(call) (crash_point(), call)

#define election_registry_create(...)                                          \
    CRASH(election_registry_create(__VA_ARGS__))
#define election_registry_restore(...)                                         \
    CRASH(election_registry_restore(__VA_ARGS__))
#define election_registry_apply(...) CRASH(election_registry_apply(__VA_ARGS__))
#define election_registry_applied(...)                                         \
    CRASH(election_registry_applied(__VA_ARGS__))
#define election_registry_watch(...) CRASH(election_registry_watch(__VA_ARGS__))
#define election_registry_snapshot_begin(...)                                  \
    CRASH(election_registry_snapshot_begin(__VA_ARGS__))
#define election_registry_snapshot_read(...)                                   \
    CRASH(election_registry_snapshot_read(__VA_ARGS__))
#define election_registry_snapshot_end(...)                                    \
    CRASH(election_registry_snapshot_end(__VA_ARGS__))
#define election_registry_destroy(...)                                         \
    CRASH(election_registry_destroy(__VA_ARGS__))
#define election_driver_lead(...) CRASH(election_driver_lead(__VA_ARGS__))
#define election_driver_follow(...) CRASH(election_driver_follow(__VA_ARGS__))
#define election_driver_next(...) CRASH(election_driver_next(__VA_ARGS__))
#define election_driver_stamp(...) CRASH(election_driver_stamp(__VA_ARGS__))
#define chdir(...) CRASH(chdir(__VA_ARGS__))
#define clock_gettime(...) CRASH(clock_gettime(__VA_ARGS__))
#define fopen(...) CRASH(fopen(__VA_ARGS__))
#define fread(...) CRASH(fread(__VA_ARGS__))
#define fwrite(...) crash_fwrite(__VA_ARGS__)
#define fseek(...) CRASH(fseek(__VA_ARGS__))
#define ftell(...) CRASH(ftell(__VA_ARGS__))
#define fflush(...) CRASH(fflush(__VA_ARGS__))
#define fsync(...) CRASH(fsync(__VA_ARGS__))
#define fclose(...) CRASH(fclose(__VA_ARGS__))
#define rename(...) CRASH(rename(__VA_ARGS__))
#define ftruncate(...) CRASH(ftruncate(__VA_ARGS__))

#endif
