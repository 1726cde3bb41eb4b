/** The election itself, and what its files share. */
#ifndef ELECTION_STATE_H
#define ELECTION_STATE_H

#include "base/buffer.h"
#include "codec.h"
#include "succession.h"

struct election__watchers;

/**
 * Invariants: nobody leads with index 0; the index steps by one when a tenure
 * starts, in command.c, and is otherwise only replaced by a restore.
 */
struct election {
    struct election_allocator allocator;
    uint64_t index;
    struct election__succession succession;
    struct election__watchers *watchers; /* NULL until the first watch */
};

/** Most bytes that an output takes with `records_size` bytes of records. */
static inline size_t election__output_size_max(size_t records_size)
{
    return ELECTION__OUTPUT_FRAME_MAX + records_size;
}

/** Encodes the Term as the answer to `op` into a buffer that has the room. */
void election__output_encode(const struct election *election,
                             enum election_op op,
                             struct election_buffer *output);

/** Runs a command that was judged OK, as election_apply() does. */
enum election_status election__execute(struct election *election,
                                       uint64_t session_id,
                                       const struct election__command *command,
                                       struct election_buffer *output);

#endif
