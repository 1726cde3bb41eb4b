/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Short words to play a registry with: a stage has one in a heap of its own,
 * and stamps its commands as a Raft leader in office does.
 */
#ifndef SUPPORT_REGISTRY_H
#define SUPPORT_REGISTRY_H

#include "election/registry.h"
#include "heap.h"

struct stage {
    struct heap heap;
    struct election_registry *registry;
    uint64_t index; /* of the last entry */
    uint64_t epoch; /* both are put into each command */
    uint64_t time_ms;
    struct election_buffer entry; /* the last one */
    struct election_buffer output;
    struct election_registry_result result; /* of the last entry */
};

/** Creates a registry to which nothing was applied. */
void stage_open_bare(struct stage *stage);

/** Creates one whose leader took office with the entry 1 at 1,000 ms. */
void stage_open(struct stage *stage);

/** Destroys it; fails the test if a block is still live. */
void stage_close(struct stage *stage);

/** Encodes a command, with the stage's stamps, as its last entry. */
void stage_encode(struct stage *stage,
                  const struct election_registry_command *command);

/** Applies the last entry under an index. What fails has no Result. */
enum election_status stage_apply_at(struct stage *stage, uint64_t index);

/** Stamps a command and applies it under the next index. */
enum election_status
stage_apply(struct stage *stage,
            const struct election_registry_command *command);

/** The leader takes office, at the stage's time. */
void stage_take_office(struct stage *stage);

/** Lets log time pass, with Ticks; none is needed for 0. */
void stage_wait(struct stage *stage, uint64_t ms);

/** An OpenSession of incarnation 1 and nonce 1, without data. */
struct election_registry_command open_of(const char *client_id,
                                         uint64_t timeout_ms);

/** Opens a session, or fails the test; returns its id. */
uint64_t stage_session(struct stage *stage, const char *client_id,
                       uint64_t timeout_ms);

/** A Propose without guards and output. */
struct election_registry_command
propose_of(uint64_t session_id, uint64_t sequence, const char *election,
           enum election_op op, const char *name);

/** Proposes. */
enum election_status stage_propose(struct stage *stage, uint64_t session_id,
                                   uint64_t sequence, const char *election,
                                   enum election_op op, const char *name);

/** Proposes that a candidate enters: it must be OK. */
void stage_enter(struct stage *stage, uint64_t session_id, uint64_t sequence,
                 const char *election, const char *name);

enum election_status stage_close_session(struct stage *stage,
                                         uint64_t session_id);

/** Asks for the registry's status. */
struct election_registry_answer stage_status(const struct stage *stage);

/** Fails the test unless a Leadership reads so: "2 B/7 +1", or "2 - +0". */
void assert_leadership(const struct election_registry_leadership *leadership,
                       const char *expected);

/** The same of the Leadership of an election, with who waits: "2 B/7 [A]". */
void assert_election(const struct stage *stage, const char *election,
                     const char *expected);

/** Fails the test unless the last Result has no more than status and index. */
void assert_bare(const struct stage *stage);

/** Takes a snapshot into a new buffer, or fails the test. */
struct election_buffer registry_snapshot_of(struct election_registry *registry);

/** Counts an event in the unsigned that is the context. */
void count_registry_event(void *context, struct election_registry *registry,
                          const uint8_t *event, size_t event_size);

#endif
