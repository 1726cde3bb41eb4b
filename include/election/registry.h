/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registry: many elections, the sessions of those who enter them, and
 * proposals that take effect once, as one replicated state machine.
 *
 * A Raft host hands every committed entry to election_registry_apply() on every
 * replica, sends the results to whoever proposed, and lets the Raft leader ask
 * a struct election_driver what to propose by itself. Nothing else about
 * sessions, time, retries and snapshots is left to it. The rules stand in
 * REGISTRY.md, the messages in election/registry/v1/registry.proto;
 * wire.h writes and reads them.
 *
 * What election.h says of arguments, statuses, outputs, callbacks, threads and
 * versions holds here too, with a registry in the place of an election. Cost
 * is O(1) where nothing is said: it grows neither with E, the elections, nor
 * with S, the sessions, nor with N, those who wait in one election.
 */
#ifndef ELECTION_REGISTRY_H
#define ELECTION_REGISTRY_H

#include "election.h"
#include "wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- limits: constants of the format ------------------------------------ */

/** Most sessions that may live at once. */
#define ELECTION_SESSIONS_MAX 1048576
/** Most elections that somebody may be in at once. */
#define ELECTION_ELECTIONS_MAX 1048576
/** Most candidates in all elections, leaders too. */
#define ELECTION_CANDIDATES_MAX 4194304
/** Most candidates of one session. */
#define ELECTION_SESSION_CANDIDATES_MAX 65536
/** Longest id of a client, in bytes. The shortest is 1. */
#define ELECTION_CLIENT_ID_SIZE_MAX 64
/** Most data that a session carries, in bytes. */
#define ELECTION_DATA_SIZE_MAX 1024
/** Shortest and longest timeout of a session. */
#define ELECTION_TIMEOUT_MS_MIN 1000
#define ELECTION_TIMEOUT_MS_MAX 86000000
/** Sequence numbers, from the highest down, whose statuses are remembered. */
#define ELECTION_WINDOW 64
/** Most entries that one Recover may say were lost. */
#define ELECTION_LOST_ENTRIES_MAX (UINT64_C(1) << 40)
/** Most log time that one entry lets pass: else the leader was stalled. */
#define ELECTION_STEP_MS_MAX 5000
/** Longest time without a Tick while sessions live: then one is due. */
#define ELECTION_TICK_MS 2000
/** Entries whose log digests are remembered, to compare them. */
#define ELECTION_DIGESTS_MAX 1024
/** Elements of a list in one answer: if none were asked for, and at most. */
#define ELECTION_LIST_LIMIT_DEFAULT 1000
#define ELECTION_LIST_LIMIT_MAX 10000
/** Bytes of a list in one answer, if it has more than one element. */
#define ELECTION_LIST_SIZE_MAX 524288
/** Memory of a restore before its commit, at most: so many times its bytes. */
#define ELECTION_RESTORE_SIZE_FACTOR 48
/** The version of the format that this library writes. */
#define ELECTION_REGISTRY_VERSION 1

/* ---- lifetime ----------------------------------------------------------- */

/** The replicated state of one Raft group. */
struct election_registry;

/** How to create a registry. All zero = the defaults. */
struct election_registry_config {
    struct election_allocator allocator;
    /** As in struct election_config: changes no outcome. 0 = an address. */
    uint64_t hash_seed;
};

/**
 * Creates a registry without sessions and elections, to which nothing has been
 * applied.
 *
 * @param config  How; copied. NULL = the defaults.
 * @param registry  Where to put it; the caller's until
 *     election_registry_destroy().
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_create(const struct election_registry_config *config,
                         struct election_registry **registry);

/**
 * Releases a registry with its watchers, which are not called. Not from inside
 * a callback, nor while a snapshot of it is open.
 *
 * @param registry  Not used afterwards. NULL = nothing to do.
 *
 * Cost: O(E + S), and all candidates.
 */
ELECTION_API void election_registry_destroy(struct election_registry *registry);

/* ---- entries ------------------------------------------------------------ */

/**
 * Applies one log entry. The outcome depends on the entries so far, and on
 * nothing else.
 *
 * @param index  The entry's index in the log, from 1. Gaps are fine.
 * @param entry  An encoded Command, with the stamps of the Raft leader.
 * @param output  The answer, an encoded Result. NULL = nobody wants it.
 *
 * @return  The status of the Result: OK or, by the command,
 *     ELECTION_UNCHANGED, _NOT_FOUND, _NOT_OWNER, _CONFLICT, _FULL, _INVALID,
 *     _UNSUPPORTED, _SKIPPED, _NO_SESSION, _STALE or _ABORTED.
 * @retval ELECTION_INVALID  Also if the entry is no Command, or was not stamped
 *     by the Raft leader in office.
 * @retval ELECTION_SKIPPED  The index is not above the last one: nothing
 *     happened. Some hosts hand entries out again after a restart.
 * @retval ELECTION_NOMEM  The allocator returned NULL. Only the same entry may
 *     follow.
 * @retval ELECTION_VERSION  An Upgrade to a version that this library does not
 *     know: this replica must stop. A newer library goes on from here.
 * @retval ELECTION_DIVERGED  The Raft leader has applied other entries than
 *     this replica: the Raft library gave out two logs. This replica must stop.
 * @retval ELECTION_MISUSE  Also for index 0, and for another index than the one
 *     that failed.
 * @retval ELECTION_BUSY  Called from inside a callback.
 *
 * Calls: watchers, after the output is set.
 * Cost: O(1) for each session and candidacy that ends; O(sessions named) for a
 *     KeepAlive; O(N) for a Propose with_output, or if it changes a Term that
 *     is watched.
 * Source: REGISTRY.md, One entry.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_apply(struct election_registry *registry, uint64_t index,
                        const void *entry, size_t entry_size,
                        struct election_buffer *output);

/** Returns the index of the last entry that was applied; 0 for NULL. */
ELECTION_API uint64_t
election_registry_applied(const struct election_registry *registry);

/**
 * Returns the digest of all entries so far. Two replicas that have applied the
 * same index and differ in it were given different logs. 0 for NULL.
 */
ELECTION_API uint64_t
election_registry_log_digest(const struct election_registry *registry);

/* ---- reading ------------------------------------------------------------ */

/** What a registry says of itself. */
struct election_registry_summary {
    uint32_t version; /* whose rules it goes by: an Upgrade raises it */
    uint64_t epoch;   /* the entry by which the latest office was taken */
    uint64_t now_ms;  /* log time */
    uint64_t index_floor;
    uint64_t id_floor; /* no session or election has had a higher id */
    uint64_t session_count;
    uint64_t election_count;
    uint64_t candidate_count;
};

/** Sums it up, in O(1). On MISUSE nothing is written. */
ELECTION_API enum election_status
election_registry_sum_up(const struct election_registry *registry,
                         struct election_registry_summary *summary);

/**
 * Answers a read without a log entry, from the state of this replica, which may
 * lag behind; a linearizable read needs the host's own read index or lease.
 *
 * @param query  An encoded Query.
 * @param output  The answer, an encoded Answer.
 *
 * @return  The status of the Answer.
 * @retval ELECTION_INVALID  The bytes are no Query, or the election's name
 *     breaks the rule.
 * @retval ELECTION_UNSUPPORTED  No query that this version knows.
 *
 * Cost: O(N), or O(limit) and O(log E) or O(log S) for a list.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_query(const struct election_registry *registry,
                        const void *query, size_t query_size,
                        struct election_buffer *output);

/**
 * Shows the elections in order of their ids.
 *
 * @param after  Those with higher ids; 0 = all.
 * @param fn  Is called for each, until it returns false.
 *
 * Cost: O(log E), and O(1) for each that is shown.
 */
ELECTION_API enum election_status election_registry_each_election(
    const struct election_registry *registry, uint64_t after,
    election_registry_election_fn *fn, void *context);

/** Shows the sessions in the same way. */
ELECTION_API enum election_status
election_registry_each_session(const struct election_registry *registry,
                               uint64_t after, election_registry_session_fn *fn,
                               void *context);

/**
 * Finds a live session by its id, for a host that must know whose it is.
 *
 * @param session  Where to put it. Its spans live until the registry changes.
 *
 * @retval ELECTION_NO_SESSION  It never was, or is no more.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_session(const struct election_registry *registry, uint64_t id,
                          struct election_registry_session *session);

/** Finds the session of a client in the same way. */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_session_of(const struct election_registry *registry,
                             const uint8_t *client_id, size_t client_id_size,
                             struct election_registry_session *session);

/* ---- watching ----------------------------------------------------------- */

/** What a watcher wants to be told of. */
enum election_scope {
    /** Every change of the Term, with the candidates. */
    ELECTION_SCOPE_TERM = 0,
    /** Index, leader or vacancy: costs nothing when others come and go. */
    ELECTION_SCOPE_LEADER = 1
};

/**
 * Is told of one election by an encoded Event. It may unwatch; every other call
 * that needs the registry to itself returns ELECTION_BUSY.
 */
typedef void election_registry_watch_fn(void *context,
                                        struct election_registry *registry,
                                        const uint8_t *event,
                                        size_t event_size);

/**
 * Registers a watcher of one election, whether it exists or not, or of all. It
 * is told at once what there is, with the cause INITIAL: one election, or each
 * that exists. Then it is told once for each entry that changes something in
 * its scope, in order of the elections' ids.
 *
 * Watchers run in the order of registration, before the call that made the
 * change returns. They belong to this process: no other replica has them, nor a
 * snapshot. They outlive a restore, which tells them where the Term or the
 * leader's session is another one then, with the cause RESTORED.
 *
 * @param election  The election's name. NULL with size 0 = all.
 * @param watch_id  Where to put the number to unwatch with, never 0 and never
 *     used again; written before the first call of `fn`. NULL = not wanted.
 *
 * @retval ELECTION_MISUSE  Also for a name that breaks the rule.
 * @retval ELECTION_BUSY  Called from inside a callback.
 *
 * Calls: `fn` once, or E times.
 * Cost: O(N) in the scope TERM, and O(N) for each change from now on.
 */
ELECTION_API ELECTION_MUST_USE enum election_status election_registry_watch(
    struct election_registry *registry, const char *election,
    size_t election_size, enum election_scope scope,
    election_registry_watch_fn *fn, void *context, uint64_t *watch_id);

/**
 * Removes a watcher: it is not called again, not even for the present entry.
 * From inside a callback too.
 *
 * @retval ELECTION_NOT_FOUND  There is no such watcher.
 */
ELECTION_API enum election_status
election_registry_unwatch(struct election_registry *registry,
                          uint64_t watch_id);

/* ---- the Raft leader's half --------------------------------------------- */

/**
 * What the Raft leader does for the registry: it takes office, stamps commands,
 * and lets time pass. Each node has one; start from zero. It reads no clock:
 * time_ms is the host's own, in milliseconds of any origin, running on while
 * the machine sleeps (CLOCK_BOOTTIME), read for the call and after the request
 * has arrived, never one that an event loop has cached.
 */
struct election_driver {
    bool is_leader;
    bool has_proposed;     /* the Tick that takes office, and not yet seen it */
    uint64_t epoch;        /* of the office it holds; 0 = none */
    uint64_t tick_ms;      /* stamp of the last Tick that was proposed */
    uint64_t tick_applied; /* at the one that takes office: what was applied */
    uint64_t last_ms;      /* stamp of what was proposed last */
};

/** This node became the Raft leader: again, and after a restart, too. */
ELECTION_API void election_driver_lead(struct election_driver *driver);

/** This node is not the Raft leader any more. */
ELECTION_API void election_driver_follow(struct election_driver *driver);

/**
 * Tells what to propose now, if anything. Call it when this node has become the
 * leader, when an entry was applied, and when the wait is over. Until the Tick
 * with which it takes office is applied, the leader proposes nothing else; if
 * that is not seen within ELECTION_TICK_MS, it is due again.
 *
 * @param output  The Tick to append to the log, stamped; empty = nothing.
 * @param wait_ms  How long until this must be asked again at the latest.
 *     UINT64_MAX = not before something happens: on a follower, and without
 *     sessions.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_driver_next(struct election_driver *driver,
                     const struct election_registry *registry, uint64_t time_ms,
                     struct election_buffer *output, uint64_t *wait_ms);

/**
 * Stamps a client's command, right before it is appended to the log. What is
 * proposed again is stamped again; what is stamped must not be forwarded to
 * another node.
 *
 * @param command  An encoded Command; stamps that it has are dropped.
 * @param output  The entry. It must not hold the command.
 *
 * @retval ELECTION_INVALID  The bytes are no Command.
 * @retval ELECTION_BUSY  This node is not in office, or not yet: try later, or
 *     at the leader.
 *
 * Cost: O(command_size).
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_driver_stamp(struct election_driver *driver,
                      const struct election_registry *registry,
                      const void *command, size_t command_size,
                      uint64_t time_ms, struct election_buffer *output);

/* ---- snapshots ---------------------------------------------------------- */

/** The state of one moment, as bytes. */
struct election_registry_snapshot;

/**
 * Captures the state, to be read while entries are applied. Today it encodes
 * all of it at once.
 *
 * @param snapshot  Where to put it; the caller's until
 *     election_registry_snapshot_end().
 *
 * @retval ELECTION_BUSY  One is open already, or called from inside a callback.
 *
 * Cost: O(E + S), and all candidates: the bytes, and a few percent more.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_snapshot_begin(struct election_registry *registry,
                                 struct election_registry_snapshot **snapshot);

/** Returns its size in bytes; 0 for NULL. From any thread. */
ELECTION_API uint64_t election_registry_snapshot_size(
    const struct election_registry_snapshot *snapshot);

/**
 * Hands out the next bytes of a snapshot. Needs the snapshot to itself, but not
 * the registry: it may run in another thread, where it releases what was read,
 * so the allocator must be safe to be called from both.
 *
 * @param bytes  Where to put them.
 * @param capacity  How many there is room for; 0 = MISUSE.
 * @param size  Where to put how many there are; 0 = it was read to its end.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_snapshot_read(struct election_registry_snapshot *snapshot,
                                void *bytes, size_t capacity, size_t *size);

/**
 * Releases a snapshot, whether it was read or not. Needs the registry to
 * itself. NULL = nothing to do.
 */
ELECTION_API void
election_registry_snapshot_end(struct election_registry_snapshot *snapshot);

/**
 * Begins to restore a snapshot that comes in pieces. Until the commit the old
 * state serves on. One that was begun before is dropped.
 *
 * @retval ELECTION_BUSY  Called from inside a callback.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_restore_begin(struct election_registry *registry);

/**
 * Takes one piece of it. Bytes that are known are ignored; with a hole before
 * them, nothing is taken.
 *
 * @param offset  Where the piece begins in the snapshot.
 * @param wanted  Where to put the offset that is wanted next, with NOMEM too;
 *     0 when the restore was dropped. NULL = not wanted.
 *
 * @retval ELECTION_CORRUPT  These bytes are no part of a sound snapshot; the
 *     restore is dropped.
 * @retval ELECTION_VERSION  It was written by a newer version than this library
 *     knows; the restore is dropped.
 * @retval ELECTION_NOMEM  The restore stands: go on at *wanted.
 * @retval ELECTION_MISUSE  Also if none was begun.
 * @retval ELECTION_BUSY  Called from inside a callback.
 *
 * Cost: O(size); memory for the new state beside the old one, in all at most
 *     ELECTION_RESTORE_SIZE_FACTOR times the bytes so far, and 64 KiB.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_restore_write(struct election_registry *registry,
                                uint64_t offset, const void *bytes, size_t size,
                                uint64_t *wanted);

/**
 * Replaces the state by the restored one. Needs no memory.
 *
 * @retval ELECTION_CORRUPT  The bytes end too early, or the digest is another
 *     one; the restore is dropped, and the old state serves on.
 * @retval ELECTION_MISUSE  Also if no restore was begun.
 * @retval ELECTION_BUSY  A snapshot is open, or called from inside a callback.
 *
 * Calls: watchers, where the Term or the leader's session is another one.
 * Cost: O(E + S), and all candidates, of both states.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_restore_commit(struct election_registry *registry);

/** Drops what was restored so far; if nothing was begun, does nothing. */
ELECTION_API void
election_registry_restore_abort(struct election_registry *registry);

/**
 * Restores a whole snapshot: all of it, or nothing.
 *
 * @retval ELECTION_CORRUPT, ELECTION_VERSION, ELECTION_NOMEM, ELECTION_BUSY
 *     As above; the old state is there.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_restore(struct election_registry *registry,
                          const void *snapshot, size_t snapshot_size);

#ifdef __cplusplus
}
#endif

#endif
