/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A registry as the state machine of a libraft server: applying, answers,
 * snapshots, offices, linearizable reads.
 *
 *     election_raft_create(&config, &adapter);
 *     raft_uv_init(&io, loop, dir, &transport);
 *     election_raft_wrap(adapter, &raft, &io);
 *     raft_init(&raft, &io, election_raft_fsm(adapter), id, address);
 *     raft_start(&raft);
 *
 * libraft 0.15 as it is commits entries of earlier terms by counting replicas,
 * and counts what followers claim without being asked for it; it can so give
 * two logs to two servers. The wrap closes these holes, if all servers have it;
 * nothing is to be proposed to the raft but by this adapter. LIBRAFT.md says
 * what else is true of libraft.
 *
 * All calls and callbacks are on the thread of the raft's loop. What election.h
 * says of arguments, statuses and buffers holds here too.
 */
#ifndef ELECTION_RAFT_H
#define ELECTION_RAFT_H

#include <raft.h>

#include "election.h"
#include "registry.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The adapter of one server. */
struct election_raft;

/** What has happened to the server. */
enum election_raft_news {
    ELECTION_RAFT_LEADS,   /* it is the Raft leader, and takes office */
    ELECTION_RAFT_FOLLOWS, /* it is not, or not any more */
    ELECTION_RAFT_FAILED   /* its disk, or libraft: the node must stop */
};

/** Is told so, from inside a callback of the raft, which is not to be closed
 * here. At FAILED the process best ends in this very call: raft_uv may write
 * on at wrong indexes, which the next start would believe. */
typedef void election_raft_news_fn(void *context, enum election_raft_news news);

/** Returns this node's clock in milliseconds, read for the call. It runs on
 * while the machine sleeps (CLOCK_BOOTTIME): not raft_io's time. */
typedef uint64_t election_raft_clock_fn(void *context);

/** How to create an adapter. */
struct election_raft_config {
    struct election_allocator allocator; /* zero = malloc() and free() */
    struct election_registry *registry;  /* the caller's; it may be queried and
                                            watched, but not applied to */
    election_raft_clock_fn *clock;
    election_raft_news_fn *fn; /* NULL = nobody wants to know */
    void *context;             /* of both */
    /** If not 0, the log is compacted by size, and not by a number of entries:
     * a snapshot is taken when so many bytes were applied since the last one,
     * or twice the bytes of that, if those are more. As many entries stay
     * behind it for those who lag. */
    uint64_t log_size_min;
};

/**
 * Creates an adapter of a registry.
 *
 * @retval ELECTION_MISUSE  Also without registry or clock.
 * @retval ELECTION_NOMEM
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_raft_create(const struct election_raft_config *config,
                     struct election_raft **adapter);

/** Releases an adapter, once raft_close() has called back and the loop has
 * nothing left to call. NULL = nothing. */
ELECTION_API void election_raft_destroy(struct election_raft *adapter);

/** Returns the state machine for raft_init(). */
ELECTION_API struct raft_fsm *election_raft_fsm(struct election_raft *adapter);

/**
 * Gets between a raft and its I/O. After the io was initialised, before
 * raft_init() where snapshots are to be written beside entries, and before
 * raft_start().
 */
ELECTION_API void election_raft_wrap(struct election_raft *adapter,
                                     struct raft *raft, struct raft_io *io);

/* ---- proposals and reads ------------------------------------------------ */

/** What came of a proposal or a read. */
enum election_raft_fate {
    ELECTION_RAFT_ANSWERED, /* the bytes are an encoded Result, or Answer */
    ELECTION_RAFT_UNKNOWN   /* a proposal may take effect later, or never; a
                               read is to be tried again, elsewhere */
};

/** Is told so exactly once, and may propose and read. The bytes live as long as
 * the call. */
typedef void election_raft_fn(void *context, enum election_raft_fate fate,
                              const uint8_t *bytes, size_t size);

/**
 * Stamps a client's command and appends it to the Raft log.
 *
 * @param command  An encoded Command; copied.
 * @param fn  Is told the Result when it is applied here, not inside this call.
 *     If this call returns anything but OK, it is not called.
 *
 * @retval ELECTION_INVALID  The bytes are no Command.
 * @retval ELECTION_BUSY  This server is not in office: ask the leader, or again
 *     in a moment.
 * @retval ELECTION_NOMEM  Nothing was proposed.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_raft_propose(struct election_raft *adapter, const void *command,
                      size_t command_size, election_raft_fn *fn, void *context);

/**
 * Answers a query from a state that has all that was answered before this call.
 * Reads that wait share one barrier in the log. What may be older is answered
 * at once by election_registry_query().
 *
 * @param query  An encoded Query; copied.
 * @param fn  As above.
 *
 * @retval ELECTION_BUSY  This server is not the Raft leader.
 * @retval ELECTION_NOMEM
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_raft_read(struct election_raft *adapter, const void *query,
                   size_t query_size, election_raft_fn *fn, void *context);

/** Tells whether this server is the Raft leader, and in office. */
ELECTION_API bool election_raft_leads(const struct election_raft *adapter);

#ifdef __cplusplus
}
#endif

#endif
