/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Log time: the sum of the differences of each Raft leader's clock while it was
 * in office, as the log has them.
 *
 * Source: proto/REGISTRY.md, Time
 */
#ifndef ELECTION_CLOCK_H
#define ELECTION_CLOCK_H

#include "election/registry.h"

struct election__clock {
    uint64_t epoch;       /* of the office: the index of its first Tick */
    uint64_t stamp_ms;    /* the leader's clock at the last entry */
    uint64_t now_ms;      /* log time */
    uint64_t extended_ms; /* log time when all sessions were last extended */
};

/** A sum that stops at the highest number. */
static inline uint64_t election__sum(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/** Another office begins: no time passes. */
static inline void election__clock_take_office(struct election__clock *clock,
                                               uint64_t index, uint64_t time_ms)
{
    clock->epoch = index;
    clock->stamp_ms = time_ms;
    clock->extended_ms = clock->now_ms;
}

/** Time passes up to a stamp; not at all if the leader was stalled. */
static inline void election__clock_advance(struct election__clock *clock,
                                           uint64_t time_ms)
{
    uint64_t step_ms = time_ms - clock->stamp_ms;

    if (time_ms <= clock->stamp_ms)
        return;
    clock->stamp_ms = time_ms;
    if (step_ms <= ELECTION_STEP_MS_MAX)
        clock->now_ms = election__sum(clock->now_ms, step_ms);
    else
        clock->extended_ms = clock->now_ms;
}

/** Returns when a session ends that was renewed last at `renewed_ms`. */
static inline uint64_t
election__clock_deadline(const struct election__clock *clock,
                         uint64_t renewed_ms, uint64_t timeout_ms)
{
    if (renewed_ms < clock->extended_ms)
        renewed_ms = clock->extended_ms;
    return election__sum(renewed_ms, timeout_ms);
}

#endif
