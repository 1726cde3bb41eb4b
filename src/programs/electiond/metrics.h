/* SPDX-License-Identifier: Apache-2.0 */
/** What is counted while a node runs, if somebody wants to know: --metrics. */
#ifndef ELECTIOND_METRICS_H
#define ELECTIOND_METRICS_H

#include "election/wire.h"

enum {
    METRICS_BUCKETS = 14,
    METRICS_STATUSES = 16, /* outcomes, and what is of a later version */
    METRICS_CAUSES = 16
};

/** How often something took how long. */
struct histogram {
    uint64_t least_ns;                /* the bound of the first bucket */
    unsigned shift;                   /* each bound is 2^shift the one before */
    uint64_t counts[METRICS_BUCKETS]; /* the last one is without a bound */
    uint64_t sum_ns;
};

struct metrics {
    bool is_on;        /* else nothing is counted */
    uint64_t replayed; /* up to which index entries are from before the start */
    uint64_t proposals[METRICS_STATUSES];
    uint64_t unknown_count;                   /* proposals of unknown fate */
    uint64_t linearizable_count, local_count; /* reads */
    uint64_t tenures[METRICS_CAUSES];         /* that began so */
    uint64_t vacancies[METRICS_CAUSES];
    struct histogram apply;  /* an entry is applied */
    struct histogram commit; /* from a proposal to its Result */
    uint64_t epoch;          /* of the latest office that was seen */
    double office_time;      /* when, in seconds since 1970 */
};

/** Counts from now on. */
void metrics_begin(struct metrics *metrics);

/** Something took so long. */
void metrics_observe(struct histogram *histogram, uint64_t took_ns);

/** A proposal was answered. */
void metrics_answered(struct metrics *metrics, enum election_status status,
                      uint64_t took_ns);

/** An election has another leader, or none. */
void metrics_event(struct metrics *metrics,
                   const struct election_registry_event *event);

#endif
