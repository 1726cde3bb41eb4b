/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a libraft host: raft_entry.c is the form of its log entries,
 * raft_machine.c what libraft calls, raft.c three servers that play with both.
 */
#ifndef RAFT_PARTS_H
#define RAFT_PARTS_H

#include <election/election.h>
#include <raft.h>

/* What the first byte of an entry says. */
enum entry_kind { ENTRY_COMMAND = 1, ENTRY_SESSION_END = 2 };

/*
 * Makes an entry, whose bytes raft_apply() takes over. Without a name its input
 * is empty. Returns false if memory is out.
 */
bool entry_make(struct raft_buffer *entry, enum entry_kind kind,
                uint64_t session_id, enum election_op op, const char *name);

/* Applies an entry. Below zero it was not applied. */
enum election_status entry_apply(const struct raft_buffer *entry,
                                 struct election *election);

/* An election as the state machine of one server. */
struct machine {
    struct raft_fsm fsm; /* for raft_init() */
    struct election *election;
    enum election_status status;  /* of the last entry applied */
    struct election_buffer bytes; /* of the last snapshot, used again */
    unsigned restore_count;       /* snapshots installed */
};

/* Creates the election and sets the callbacks. False = out of memory. */
bool machine_init(struct machine *machine);
void machine_close(struct machine *machine);

/* Tells whether two servers are in the same state, byte for byte. */
bool machine_equal(struct machine *one, struct machine *other);

#endif
