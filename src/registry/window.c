/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <string.h>

/** Returns the status in half a byte of a row of them. */
static unsigned half_at(const uint8_t *halves, uint64_t i)
{
    return halves[i / 2] >> 4 * (i % 2) & 0xf;
}

static void set_half(uint8_t *halves, uint64_t i, unsigned value)
{
    unsigned shift = 4 * (unsigned)(i % 2);
    unsigned others = halves[i / 2] & 0xf0U >> shift;

    halves[i / 2] = (uint8_t)(others | value << shift);
}

static bool is_seen(const struct election__window *window, uint64_t below)
{
    return (window->seen >> below & 1) != 0;
}

enum election__sequence
election__window_find(const struct election__window *window, uint64_t sequence,
                      enum election_status *status)
{
    uint64_t below = window->highest - sequence;

    if (sequence > window->highest)
        return ELECTION__SEQUENCE_NEW;
    if (below >= ELECTION_WINDOW)
        return ELECTION__SEQUENCE_BELOW;
    if (!is_seen(window, below))
        return ELECTION__SEQUENCE_NEW;
    *status = (enum election_status)half_at(window->statuses,
                                            sequence % ELECTION_WINDOW);
    return ELECTION__SEQUENCE_SEEN;
}

void election__window_put(struct election__window *window, uint64_t sequence,
                          enum election_status status)
{
    if (sequence > window->highest) {
        uint64_t up = sequence - window->highest;

        window->seen = up < ELECTION_WINDOW ? window->seen << up : 0;
        window->highest = sequence;
    }
    window->seen |= UINT64_C(1) << (window->highest - sequence);
    set_half(window->statuses, sequence % ELECTION_WINDOW, (unsigned)status);
}

/* ---- snapshots ---------------------------------------------------------- */

/* Most statuses are OK, which is 0: a pair of them is passed over. */

/** Saves the status at a place of the row, if its number was seen. */
static void save_half(const struct election__window *window, uint64_t place,
                      uint8_t *statuses)
{
    uint64_t below = (window->highest - place) % ELECTION_WINDOW;

    if (is_seen(window, below))
        set_half(statuses, below, half_at(window->statuses, place));
}

void election__window_save(const struct election__window *window,
                           uint8_t statuses[ELECTION_WINDOW / 2])
{
    memset(statuses, 0, ELECTION_WINDOW / 2);
    for (uint64_t i = 0; i < ELECTION_WINDOW; i += 2) {
        if (window->statuses[i / 2] == 0)
            continue;
        save_half(window, i, statuses);
        save_half(window, i + 1, statuses);
    }
}

/** Loads the status of a number; false = it cannot have it. */
static bool load_half(struct election__window *window, uint64_t below,
                      unsigned status)
{
    if (status == 0)
        return true;
    if (status > ELECTION_UNSUPPORTED && status != ELECTION_ABORTED)
        return false;
    set_half(window->statuses, (window->highest - below) % ELECTION_WINDOW,
             status);
    return is_seen(window, below);
}

bool election__window_load(struct election__window *window,
                           const uint8_t statuses[ELECTION_WINDOW / 2])
{
    for (uint64_t i = 0; i < ELECTION_WINDOW; i += 2)
        if (statuses[i / 2] != 0 &&
            (!load_half(window, i, half_at(statuses, i)) ||
             !load_half(window, i + 1, half_at(statuses, i + 1))))
            return false;
    return true;
}
