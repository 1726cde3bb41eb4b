/* SPDX-License-Identifier: Apache-2.0 */
/** A line of the registry's language, played on a registry. */
#ifndef ELECTION_TESTING_REGISTRY_PLAY_H
#define ELECTION_TESTING_REGISTRY_PLAY_H

#include "election/testing.h"
#include "registry_line.h"
#include "text.h"

/**
 * Plays a line that needs neither files nor a screen, and writes its answer,
 * without the end of the last line.
 *
 * @param status  Where to put the status.
 * @return  False = the line has another verb; nothing was done.
 */
ELECTION_API bool election__registry_play_line(
    struct election_player *player, const struct election__registry_line *line,
    const struct election__text *text, enum election_status *status);

/** Writes an event as a line, with its end. */
ELECTION_API void
election__registry_text_event(const struct election__text *text,
                              enum election_scope scope, const uint8_t *event,
                              size_t event_size);

/** Writes a status, and what was applied. */
ELECTION_API void
election__registry_text_bare(const struct election__text *text,
                             enum election_status status, uint64_t applied);

#endif
