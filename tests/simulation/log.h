/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Raft without its messages: one log, who leads, and what becomes of what was
 * proposed. What a leader has appended is committed, lost when the next one
 * comes, or committed late, then.
 */
#ifndef SIMULATION_LOG_H
#define SIMULATION_LOG_H

#include "election/election.h"
#include "world.h"

enum { NODES = 3 };

struct process;

/** Who waits for the answer to an entry, if anybody does. */
struct ticket {
    struct process *process; /* NULL = nobody */
    unsigned node;
    uint64_t life; /* of the node: when it restarts, it forgets */
    uint64_t connection;
    uint64_t number;
};

struct entry {
    uint64_t index;
    uint64_t appended_us;
    uint64_t office; /* that the leader held when it appended this */
    struct ticket ticket;
    uint8_t *bytes;
    size_t size;
    enum election_status status;
    uint64_t digest;     /* of the log, after it */
    uint64_t state_hash; /* of a snapshot after it; 0 = none was taken */
};

void log_begin(void);
void log_end(void);

/** Returns how many entries are committed. */
size_t log_committed(void);

/** Returns an entry by its place, from 0. */
struct entry *log_at(size_t place);

/** Returns the node that leads. */
unsigned log_leader(void);

/** Appends an entry to the log of a node that believes it leads. */
void log_append(unsigned node, const void *bytes, size_t size, uint64_t office,
                struct ticket ticket);

/** Lets another node lead, or the same one again. */
void log_elect(void);

#endif
