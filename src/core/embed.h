/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the other rooms may see of the election beyond the public header.
 *
 * The library exports these few to the others that are built with it, which
 * are always of the same version; their names are no part of the interface.
 * The public functions stand on them, so that no rule is written twice. None
 * checks its arguments.
 */
#ifndef ELECTION_EMBED_H
#define ELECTION_EMBED_H

#include "election/election.h"

/** Returns where the election's memory comes from. */
ELECTION_API const struct election_allocator *
election__allocator(const struct election *election);

/** Tells whether a watch callback is running, so that nothing may change. */
ELECTION_API bool election__is_notifying(const struct election *election);

/** Tells whether a session holds a candidate. */
ELECTION_API bool election__session_holds(const struct election *election,
                                          uint64_t session_id);

/**
 * Judges a command that no decoder of ours has read: UNSUPPORTED if there is no
 * such operation, INVALID if the name breaks the name rule, UTF-8 included.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election__command_judge(const struct election_command *command);

/**
 * Prepares for an Enter with a name of this size: until election__trim(), one
 * that has no output and that nobody watches needs no memory. NOMEM or OK.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election__enter_reserve(struct election *election, size_t name_size);

/**
 * Gives back memory that is no longer in proportion to the candidates. Each
 * call that changes the election ends with it.
 */
ELECTION_API void election__trim(struct election *election);

/**
 * Runs a command, of an existing operation and with a name of UTF-8, as
 * election_apply() does once it has decoded one.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election__command_apply(struct election *election, uint64_t session_id,
                        const struct election_command *command,
                        struct election_buffer *output);

/**
 * Puts the Term as the answer to `op`, or the snapshot, behind the first `kept`
 * bytes of a buffer: 0 replaces what is there, its size appends. NOMEM or OK.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election__answer(const struct election *election, enum election_op op,
                 size_t kept, struct election_buffer *output);
ELECTION_API ELECTION_MUST_USE enum election_status
election__snapshot(const struct election *election, size_t kept,
                   struct election_buffer *output);

#endif
