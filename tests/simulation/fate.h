/* SPDX-License-Identifier: Apache-2.0 */
/** What goes wrong, what users want, and what operators do. */
#ifndef SIMULATION_FATE_H
#define SIMULATION_FATE_H

#include <stdint.h>

/** Plays one seed; what came of it stands in the world. */
void fate_play(uint64_t seed);

/** Simulated seconds of a seed. */
enum { FATE_TROUBLE_S = 100, FATE_GRACE_S = 20, FATE_SETTLE_S = 10 };

#endif
