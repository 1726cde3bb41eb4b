/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The command table of proto/SEMANTICS.md: what each command does.
 *
 * A command is first decided, which changes nothing, and then carried out. So
 * what is refused costs nothing, and whoever must set memory aside knows what
 * for.
 */
#ifndef ELECTION_COMMAND_H
#define ELECTION_COMMAND_H

#include "state.h"

/** One small edit of the succession: all that a command can lead to. */
struct election__edit {
    enum {
        ELECTION__APPEND,        /* `entrant`, at the tail */
        ELECTION__REMOVE,        /* who stands at `place` */
        ELECTION__MOVE_TO_FRONT, /* who stands at `place` */
        ELECTION__SWAP           /* who stands at `place` and the next one */
    } kind;
    struct election__place place;
    struct election_candidate entrant;
};

/**
 * Decides what a command, not a read, leads to, whose name keeps the rule. With
 * OK *edit is to be carried out; with any other status nothing is.
 */
enum election_status
election__command_decide(const struct election *election, uint64_t session_id,
                         const struct election_command *command,
                         struct election__edit *edit);

/** Returns how many bytes of records an edit adds to the Term. */
size_t election__edit_growth(const struct election__edit *edit);

/** Carries out an edit. False = no memory, and nothing has changed. */
bool election__edit_apply(struct election *election,
                          const struct election__edit *edit);

/**
 * Removes every candidate of some sessions in one step. OK, or UNCHANGED if
 * they have none.
 */
enum election_status election__sessions_end(struct election *election,
                                            const uint64_t *session_ids,
                                            size_t count);

#endif
