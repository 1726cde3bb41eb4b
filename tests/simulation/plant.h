/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Faults that are planted, to see that the checker finds them. Those of the
 * library stand in copies of its sources, which planted.cmake makes.
 */
#ifndef SIMULATION_PLANT_H
#define SIMULATION_PLANT_H

/** X(constant, name, seeds within which it must be found) */
#define PLANT_MAP(X)                                                           \
    X(NONE, "none", 0)                                                         \
    X(OFFICE, "office-extends-nothing", 20)                                    \
    X(ACROSS, "time-across-offices", 20)                                       \
    X(STALL, "stalled-leader-counts", 20)                                      \
    X(EXPIRY, "expiry-before-renewal", 100)                                    \
    X(REPEAT, "repeat-renews", 20)                                             \
    X(CACHE, "cached-clock", 20)                                               \
    X(STAMP, "old-stamp-again", 20)                                            \
    X(FLOOR, "floor-forgotten", 20)                                            \
    X(DROP, "dropped-untold", 20)                                              \
    X(WINDOW, "snapshot-without-window", 20)                                   \
    X(OVERTAKE, "answer-before-event", 100)                                    \
    X(TWINS, "two-processes", 20)                                              \
    X(ANSWER, "lease-from-answer", 20)                                         \
    X(LEASE, "no-lease-check", 20)                                             \
    X(RETRY, "retry-of-new-sequence", 20)                                      \
    X(WITHDRAW, "withdrawn-leads-on", 20)                                      \
    X(OLDER, "older-event-counts", 1000)                                       \
    X(WATCH, "watch-not-renewed", 20)

enum plant {
#define PLANT_VALUE(constant, name, seeds) PLANT_##constant,
    PLANT_MAP(PLANT_VALUE)
#undef PLANT_VALUE
        PLANTS
};

/** The one that is planted now. */
extern enum plant planted;

#endif
