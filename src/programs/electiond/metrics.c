/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

void metrics_begin(struct metrics *metrics)
{
    *metrics = (struct metrics){
        .is_on = true,
        .replayed = UINT64_MAX, /* a lone node replays while it starts */
        .apply = {.least_ns = 1000, .shift = 2},   /* 1 us, 4 us ... 16 s */
        .commit = {.least_ns = 250000, .shift = 1} /* 250 us ... 1 s */
    };
}

void metrics_observe(struct histogram *histogram, uint64_t took_ns)
{
    uint64_t bound_ns = histogram->least_ns;
    int bucket = 0;

    while (took_ns > bound_ns && bucket < METRICS_BUCKETS - 1) {
        bound_ns <<= histogram->shift;
        bucket++;
    }
    histogram->counts[bucket]++;
    histogram->sum_ns += took_ns;
}

void metrics_answered(struct metrics *metrics, enum election_status status,
                      uint64_t took_ns)
{
    if (!metrics->is_on)
        return;
    if (status < 0 || (int)status >= METRICS_STATUSES)
        status = ELECTION_UNSUPPORTED;
    metrics->proposals[status]++;
    metrics_observe(&metrics->commit, took_ns);
}

void metrics_event(struct metrics *metrics,
                   const struct election_registry_event *event)
{
    /* What a snapshot tells is what there is; the log that was there at the
     * start, what has happened before. */
    if (event->cause == ELECTION_CAUSE_RESTORED ||
        (int)event->cause >= METRICS_CAUSES ||
        event->applied <= metrics->replayed)
        return;
    if (event->leadership.leader != NULL)
        metrics->tenures[event->cause]++;
    else
        metrics->vacancies[event->cause]++;
}
