/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sees all, and judges it: what each entry did, by a replica that applies it
 * the moment it is committed; what each client is told, the moment it may have
 * changed; and how things stand at the end.
 *
 *     calendar.c  log time, and which sessions must end, by the specification
 *     tenures.c   who led which election, and why no more
 *     checker.c   entries, proposals, replicas
 *     witness.c   what clients say
 */
#ifndef SIMULATION_CHECKER_H
#define SIMULATION_CHECKER_H

#include "actor.h"
#include "election/registry.h"
#include "log.h"

void checker_begin(void);
void checker_end(void);

/** An entry is committed; its digests are noted in it. */
void checker_commit(struct entry *entry);

/**
 * A node has applied so many entries, the last one with this status. It may
 * get a snapshot for its disk.
 */
void checker_replica(struct election_registry *registry, unsigned node,
                     size_t applied, enum election_status status,
                     struct election_buffer *disk, size_t *disk_applied);

/** Returns the id of the live session of a process; 0 = none. */
uint64_t checker_session_of(const struct process *process);

/** A process may have been told something new. */
void checker_process(struct process *process);

/** A process is about to be given an answer or an event. */
void checker_hears(const struct process *process,
                   const struct message *message);

/** A user called for a proposal. */
void checker_called(const struct process *process, enum election_op op,
                    unsigned election);

/** A client says that a proposal was answered. */
void checker_answered(const struct process *process, uint64_t sequence,
                      enum election_status status);

/** Nothing has failed for a while: who leads lives, and knows it. */
void checker_leaders_live(void);

/** All have entered again: all are in. */
void checker_all_are_in(void);

#endif
