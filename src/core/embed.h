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

#include "base/field.h"

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
 * Reads an input that stands within another message, on top of a command that
 * is zero or was read so before: a message whose field comes twice is merged.
 * False = malformed. The op stays 0 while there is none.
 */
ELECTION_API bool election__input_merge(struct election__reader *body,
                                        struct election_command *command);

/** Tells whether a command can be written down at all. */
ELECTION_API bool
election__input_is_writable(const struct election_command *command);

/** Returns the size of a command, which is writable, as an input. */
ELECTION_API size_t
election__input_size(const struct election_command *command);

/** Writes it; returns its end. */
ELECTION_API uint8_t *
election__input_write(uint8_t *at, const struct election_command *command);

/**
 * Prepares for a command that was judged OK: until election__trim(), it needs
 * no memory, even if sessions leave before it, as long as it has no output and
 * nobody watches. NOMEM or OK.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election__reserve(struct election *election,
                  const struct election_command *command);

/**
 * Lets sessions leave together, in three steps of which none needs memory: who
 * led before; the candidates of one session leave, and of the next one; whoever
 * leads then, a tenure starts if it is another one. Nothing is given back until
 * election__trim().
 */
ELECTION_API uint32_t election__leave_begin(const struct election *election);
ELECTION_API void election__leave(struct election *election,
                                  uint64_t session_id);
ELECTION_API void election__leave_end(struct election *election,
                                      uint32_t leader_before);

/** Lets a vacant election go on from another index, as if created with it. */
ELECTION_API void election__rebase(struct election *election, uint64_t index);

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

/** Returns the size of the Term as an answer, of whatever operation. */
ELECTION_API size_t election__answer_size(const struct election *election);

/** Writes the Term as the answer to an operation; returns its end. */
ELECTION_API uint8_t *election__answer_write(uint8_t *at,
                                             const struct election *election,
                                             enum election_op op);

/** In what two elections differ, for those who watch one of them. */
struct election__news {
    bool is_of_term;   /* index, or names that lead or wait */
    bool is_of_leader; /* index, leader, leader's session, or vacancy */
};

ELECTION_API struct election__news
election__compare(const struct election *election,
                  const struct election *other);

#endif
