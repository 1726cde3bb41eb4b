/* SPDX-License-Identifier: Apache-2.0 */
/** A line of the shell's language, played on an election. */
#ifndef ELECTION_TESTING_PLAY_H
#define ELECTION_TESTING_PLAY_H

#include "line.h"
#include "text.h"

/**
 * Plays a line whose verb concerns the election alone: apply, close or list.
 *
 * @param input  Reused from call to call for the encoded command.
 * @param status  Where to put the status.
 * @return  False = the line has another verb; nothing was done.
 */
ELECTION_API bool election__play_line(struct election *election,
                                      const struct election__line *line,
                                      const struct election__text *text,
                                      struct election_buffer *input,
                                      enum election_status *status);

/** Writes a status and, unless it is one of those without, the Term. */
ELECTION_API void election__play_answer(const struct election *election,
                                        enum election_status status,
                                        const struct election__text *text);

#endif
