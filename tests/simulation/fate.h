/* SPDX-License-Identifier: Apache-2.0 */
/** What goes wrong, what users want, and what operators do. */
#ifndef SIMULATION_FATE_H
#define SIMULATION_FATE_H

#include <stdint.h>

/** Plays one seed; what came of it stands in the world. */
void fate_play(uint64_t seed);

/**
 * Simulated seconds of a seed: of faults; until the last ones have closed;
 * until all is well, a timeout and the time of a retry; and for a calm start,
 * twice.
 */
enum {
    FATE_TROUBLE_S = 100,
    FATE_GRACE_S = 10,
    FATE_RECOVERY_S = 7,
    FATE_SETTLE_S = 5,
    FATE_S = FATE_TROUBLE_S + FATE_GRACE_S + FATE_RECOVERY_S + 2 * FATE_SETTLE_S
};

#endif
