/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The window of a session: which sequence numbers were seen, and what came of
 * them. It is why a proposal takes effect once.
 *
 * It reaches from the highest number that was seen 63 further down. The status
 * of number n stands in half a byte, the n-th modulo 64, so that nothing moves
 * when the window does.
 */
#ifndef ELECTION_WINDOW_H
#define ELECTION_WINDOW_H

#include "election/registry.h"

struct election__window {
    uint64_t highest;                      /* 0 = nothing was seen */
    uint64_t seen;                         /* bit i: whether highest - i was */
    uint8_t statuses[ELECTION_WINDOW / 2]; /* the low half for an even n */
};

/** What a sequence number is to a window. */
enum election__sequence {
    ELECTION__SEQUENCE_NEW,
    ELECTION__SEQUENCE_SEEN,
    ELECTION__SEQUENCE_BELOW
};

/** Judges a number, not 0. With SEEN, *status is what came of it. */
enum election__sequence
election__window_find(const struct election__window *window, uint64_t sequence,
                      enum election_status *status);

/** Remembers what came of a number that is new. */
void election__window_put(struct election__window *window, uint64_t sequence,
                          enum election_status status);

/** Writes the statuses as a snapshot has them: from the highest down. */
void election__window_save(const struct election__window *window,
                           uint8_t statuses[ELECTION_WINDOW / 2]);

/**
 * Reads them into a window that has none yet, but knows what was seen. False =
 * there is one that no proposal has, or none was seen.
 */
bool election__window_load(struct election__window *window,
                           const uint8_t statuses[ELECTION_WINDOW / 2]);

#endif
