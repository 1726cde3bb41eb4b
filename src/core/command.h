/** The command table of proto/SEMANTICS.md: what each command does. */
#ifndef ELECTION_COMMAND_H
#define ELECTION_COMMAND_H

#include "codec.h"
#include "state.h"

/** Tells whether an operation only reads the Term. */
static inline bool election__op_reads(enum election_op op)
{
    return op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH;
}

/** Judges the name of a command: INVALID or OK. */
enum election_status
election__command_judge(const struct election__command *command);

/**
 * Runs a command, not a read, that was judged OK. Any status but OK leaves the
 * election as it was.
 */
enum election_status
election__command_run(struct election *election, uint64_t session_id,
                      const struct election__command *command);

/** Removes every candidate of a session. OK or UNCHANGED. */
enum election_status election__session_close(struct election *election,
                                             uint64_t session_id);

#endif
