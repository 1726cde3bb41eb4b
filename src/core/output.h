/* SPDX-License-Identifier: Apache-2.0 */
/** The Term as bytes: a LeaderElectionOutput, for answers and for events. */
#ifndef ELECTION_OUTPUT_H
#define ELECTION_OUTPUT_H

#include "state.h"

/** Most bytes of an output, apart from the records. */
enum { ELECTION__OUTPUT_FRAME_MAX = 6 + 6 + 1 + ELECTION__VARINT_SIZE_MAX };

/** Returns the most bytes that an output has with `records_size` of records. */
static inline size_t election__output_size_max(size_t records_size)
{
    return ELECTION__OUTPUT_FRAME_MAX + records_size;
}

/** Puts the Term as the answer to `op` into a buffer. NOMEM or OK. */
enum election_status election__answer(const struct election *election,
                                      enum election_op op,
                                      struct election_buffer *output);

/** The same, if the buffer is known to have room. */
void election__output_encode(const struct election *election,
                             enum election_op op,
                             struct election_buffer *output);

#endif
