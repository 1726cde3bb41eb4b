/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libelection: a replicated leader election as a state machine in memory.
 *
 * A Raft host hands every committed log entry to election_apply() on every
 * replica. The same entries in the same order give the same state, the same
 * answers and the same snapshot bytes everywhere. The library opens no file or
 * socket, starts no thread, and reads no clock and no random numbers. The rules
 * of the election stand in SEMANTICS.md.
 *
 * Below, each function says what is special about it. Unless it says otherwise:
 *
 * Arguments. A pointer must not be NULL; a NULL that is not allowed is
 * ELECTION_MISUSE. Bytes that are handed in are borrowed for the call, and may
 * be NULL if their size is 0. A name is a pointer and a size in bytes, and is
 * not terminated by NUL.
 *
 * Statuses. Every function that can go wrong returns an enum election_status.
 * Zero and above is an outcome: it is the same on every replica. Below zero is
 * a failure of this call on this machine: election, output and watchers are as
 * they were, and the call may be repeated. Each function names the statuses it
 * returns besides OK, MISUSE and, where it writes bytes, NOMEM. A later version
 * may return failures that this one does not have: treat every status below
 * zero that you do not know as one.
 *
 * Outputs. A struct election_buffer that a function writes to is the caller's.
 * Its old bytes are replaced, and an input must not stand in it. An output that
 * no status below zero was returned for is set.
 *
 * Callbacks. What a callback is shown is good until it returns. It must return:
 * an exception or a longjmp() out of it leaves the election BUSY for ever. It
 * may call the functions that take a const election. The allocator is called,
 * and nothing else is; it must not call the library.
 *
 * Threads. An election has no lock. Functions that take a const election may
 * run at the same time as one another; any other function needs the election
 * to itself. Different elections are independent. Functions without an election
 * may be called from any thread.
 *
 * Cost. O(1): it grows neither with N, the number of candidates who wait, nor
 * with W, the number of watchers; the size of an input or a name apart. Calls
 * that let candidates in or out do work of O(N) when their number has doubled
 * or fallen to a quarter, which is O(1) each; moves do when memory is out.
 *
 * Since 0.1.0. While the major version is 0, each minor version has an ABI and
 * a SONAME of its own; within one, functions and statuses may be added. From
 * 1.0.0 on the same holds for the major version. A struct that the caller makes
 * (a config, a buffer, a command) grows at its end only, with 0 as the default:
 * initialise by name, or from zero. Values of enums and the bytes of inputs,
 * outputs and snapshots never change their meaning.
 */
#ifndef ELECTION_ELECTION_H
#define ELECTION_ELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ELECTION_API __attribute__((visibility("default")))
#define ELECTION_MUST_USE __attribute__((warn_unused_result))
#else
#define ELECTION_API
#define ELECTION_MUST_USE
#endif

#define ELECTION_VERSION_MAJOR 0
#define ELECTION_VERSION_MINOR 1
#define ELECTION_VERSION_PATCH 0
/** The version as one number, for #if: 1.2.3 is 10203. */
#define ELECTION_VERSION_NUMBER                                                \
    (ELECTION_VERSION_MAJOR * 10000 + ELECTION_VERSION_MINOR * 100 +           \
     ELECTION_VERSION_PATCH)

/** Longest name of a candidate, in bytes. The shortest is 1. */
#define ELECTION_NAME_SIZE_MAX 255
/** Most candidates that may wait in one election, the leader not counted. */
#define ELECTION_WAITING_MAX 65535
/** Highest index that a snapshot may carry, so that it can never wrap. */
#define ELECTION_INDEX_MAX INT64_MAX
/** Largest encoded message, in bytes: protobuf allows no larger one. */
#define ELECTION_MESSAGE_SIZE_MAX INT32_MAX
/** Largest chunk that election_snapshot_write() hands out, in bytes. */
#define ELECTION_SNAPSHOT_CHUNK_MAX 65536

/** Statuses: X(name, value, text). Values never change. */
#define ELECTION_STATUS_MAP(X)                                                 \
    X(OK, 0, "done")                                                           \
    X(UNCHANGED, 1, "nothing to do: the election is already so")               \
    X(NOT_FOUND, 2, "no candidate of that name")                               \
    X(NOT_OWNER, 3, "the candidate belongs to another session")                \
    X(CONFLICT, 4, "another session holds that name")                          \
    X(FULL, 5, "no more candidates may wait in this election")                 \
    X(INVALID, 6, "malformed input, or a name that breaks the name rule")      \
    X(UNSUPPORTED, 7, "no command that this version knows here")               \
    X(SKIPPED, 8, "the entry was applied before")                              \
    X(NO_SESSION, 9, "the session never was, or is no more")                   \
    X(STALE, 10, "the sequence number, or the incarnation, is too old")        \
    X(ABORTED, 11, "a guard of the proposal did not hold")                     \
    X(NOMEM, -1, "out of memory: free some and repeat the call")               \
    X(BUSY, -2, "called from inside a watch callback: call after it returns")  \
    X(MISUSE, -3, "an argument that must not be NULL is, or a bad value")      \
    X(CORRUPT, -4, "the snapshot is malformed or breaks an invariant")         \
    X(VERSION, -5, "written by a newer version: this replica must stop")       \
    X(IO, -6, "a callback of the caller's could not read or write")            \
    X(DIVERGED, -7, "the log is not the leader's: this replica must stop")

enum election_status {
#define ELECTION_STATUS_VALUE(name, value, text) ELECTION_##name = (value),
    ELECTION_STATUS_MAP(ELECTION_STATUS_VALUE)
#undef ELECTION_STATUS_VALUE
};

/**
 * Operations, commands and reads: X(name, value, name_field). The value is the
 * field number of the operation in LeaderElectionInput and in
 * LeaderElectionOutput; name_field is the number of the field that carries the
 * candidate's name in its message, and 0 for a read, which names nobody.
 */
#define ELECTION_OP_MAP(X)                                                     \
    X(ENTER, 1, 1)                                                             \
    X(WITHDRAW, 2, 1)                                                          \
    X(ANOINT, 3, 1)                                                            \
    X(PROMOTE, 4, 2)                                                           \
    X(EVICT, 5, 1)                                                             \
    X(GET_TERM, 6, 0)                                                          \
    X(WATCH, 7, 0)                                                             \
    X(DEMOTE, 8, 2)

enum election_op {
#define ELECTION_OP_VALUE(name, value, name_field) ELECTION_OP_##name = (value),
    ELECTION_OP_MAP(ELECTION_OP_VALUE)
#undef ELECTION_OP_VALUE
};

/** One election. */
struct election;

/** What one log entry asks for. */
struct election_command {
    enum election_op op;
    const char *name; /* of the candidate; NULL only with size 0 */
    size_t name_size; /* bytes; 0 for a read */
};

/** A candidate, or the leader. */
struct election_candidate {
    const char *name;
    size_t name_size; /* bytes */
    uint64_t session_id;
};

/* ---- lifetime ----------------------------------------------------------- */

/**
 * Where memory comes from, in the shape of a ProtobufCAllocator. Both functions
 * NULL = malloc() and free(). `alloc` returns memory aligned for any object, or
 * NULL when there is none; `free` is never given NULL. Each thread that uses
 * the election calls them.
 */
struct election_allocator {
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *pointer);
    void *context;
};

/** How to create an election. All zero = the defaults. */
struct election_config {
    struct election_allocator allocator;
    /**
     * Makes it hard to choose names that are slow to find together. It changes
     * no outcome; replicas may differ in it. 0 = the election's address, which
     * is as secret as the system lays out memory at random.
     */
    uint64_t hash_seed;
    /**
     * The index to start from, at most ELECTION_INDEX_MAX. An election that was
     * thrown away and is created again must go on from its last index, so that
     * no fencing token is given out twice. All replicas must agree in it.
     */
    uint64_t first_index;
};

/**
 * Creates an election that nobody has entered: vacant.
 *
 * @param config  How; copied. NULL = the defaults.
 * @param election  Where to put the new election, which is the caller's until
 *     election_destroy().
 *
 * @retval ELECTION_MISUSE  Also if the allocator has only one of its two
 *     functions, or first_index is too large.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_create(const struct election_config *config,
                struct election **election);

/**
 * Releases an election with its watchers, which are not called. Not from inside
 * a watch callback.
 *
 * @param election  The election, not used afterwards. NULL = nothing to do.
 *
 * Cost: O(N).
 */
ELECTION_API void election_destroy(struct election *election);

/* ---- buffers ------------------------------------------------------------ */

/**
 * Bytes that the library writes and the caller keeps. Start with
 * ELECTION_BUFFER_INIT and hand the same buffer to call after call: each
 * replaces its `size` bytes and grows `capacity` only when it must. Release it
 * with election_buffer_free(). `allocator` is set when the buffer first grows,
 * to that of the election, and kept; it may be set before instead. A buffer of
 * the caller's own memory, with no allocator, is released by free().
 */
struct election_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    struct election_allocator allocator;
};

/* clang-format off */
#define ELECTION_BUFFER_INIT { NULL, 0, 0, { NULL, NULL, NULL } }
/* clang-format on */

/**
 * Releases the bytes of a buffer and leaves it empty, ready for use again.
 *
 * @param buffer  The buffer. NULL = nothing to do.
 */
ELECTION_API void election_buffer_free(struct election_buffer *buffer);

/* ---- commands ----------------------------------------------------------- */

/**
 * Applies one log entry. The outcome depends on the state, session and input,
 * and on nothing else.
 *
 * @param session_id  The session that proposed the entry, replicated with it;
 *     it decides who owns a candidate. For a host without sessions it is 0 for
 *     all; then two processes that enter one name are one candidate.
 * @param input  An encoded LeaderElectionInput.
 * @param output  The answer, an encoded LeaderElectionOutput of the command's
 *     own kind with the Term after it; empty with INVALID and UNSUPPORTED. NULL
 *     on a follower or in a replay: nothing is encoded.
 *
 * @retval ELECTION_OK  The Term changed, or it was a read.
 * @retval ELECTION_UNCHANGED  Nothing to do.
 * @retval ELECTION_NOT_FOUND  Anoint, Promote, Demote or Evict of an unknown
 *     name.
 * @retval ELECTION_NOT_OWNER  Withdraw of another session's candidate.
 * @retval ELECTION_CONFLICT  Enter of a name that another session holds.
 * @retval ELECTION_FULL  Enter while ELECTION_WAITING_MAX candidates wait.
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionInput, or the name
 *     breaks the name rule.
 * @retval ELECTION_UNSUPPORTED  No command that this version knows.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 *
 * Calls: each watcher once if there is news for it, after the output is set.
 * Cost: O(1); O(N) with an output, or if the Term changes while somebody
 *     watches it; O(W) if it changes.
 * Source: SEMANTICS.md, the command table.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_apply(struct election *election, uint64_t session_id,
               const void *input, size_t input_size,
               struct election_buffer *output);

/**
 * Removes every candidate of a session that has ended, in one step: if the
 * leader was among them, the first survivor leads; the index steps at most
 * once. The end of a session must be agreed by the log, like any command. No
 * memory is needed.
 *
 * @retval ELECTION_UNCHANGED  It owned none.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 *
 * Calls: each watcher once if there is news for it.
 * Cost: O(k) for k candidates; what is told as in election_apply().
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_close_session(struct election *election, uint64_t session_id);

/**
 * The same for several sessions that end together, in one step for all.
 *
 * @param session_ids  So many as `count`, in any order; NULL only for none.
 *
 * @retval ELECTION_UNCHANGED  None of them owned a candidate.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 *
 * Calls: each watcher once if there is news for it.
 * Cost: O(count + k) for k candidates.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_close_sessions(struct election *election, const uint64_t *session_ids,
                        size_t count);

/* ---- watching ----------------------------------------------------------- */

/**
 * Is told of a change of the Term by the encoded LeaderElectionOutput{watch}.
 * It may unwatch; every other call that needs the election to itself returns
 * ELECTION_BUSY. It must not destroy the election.
 */
typedef void election_watch_fn(void *context, struct election *election,
                               const uint8_t *event, size_t event_size);

/** Who leads, without those who wait. */
struct election_leadership {
    uint64_t index; /* of the present tenure, or of the last one */
    struct election_candidate leader; /* name NULL while vacant */
    size_t waiting_count;
};

/** Is told of a tenure that starts, or of a vacancy; like a watch_fn. */
typedef void election_leader_fn(void *context, struct election *election,
                                const struct election_leadership *leadership);

/**
 * Registers a watcher: told the present Term at once, then of every change.
 *
 * Watchers run in the order of registration, before the call that made the
 * change returns. They belong to this process: no other replica has them, nor
 * a snapshot. They outlive election_restore(), which tells them once if the
 * Term is another one then. The event is encoded once for all.
 *
 * @param context  Handed to the callback; may be NULL.
 * @param watch_id  Where to put the number to unwatch with, never 0 and never
 *     used again; written before the first call of `fn`. NULL = not wanted.
 *
 * @retval ELECTION_NOMEM  The allocator returned NULL: not registered.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 *
 * Calls: `fn` once, even if nobody has ever led.
 * Cost: O(N), and O(N) for each change from now on.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_watch(struct election *election, election_watch_fn *fn, void *context,
               uint64_t *watch_id);

/**
 * Registers a watcher that is told who leads at once, and then whenever a
 * tenure starts or the election becomes vacant. No Term is encoded for it.
 * After a restore it is told if index, leader or the leader's session differ.
 * In everything else it is as one of election_watch().
 *
 * Cost: O(1), and O(1) for each change from now on.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_watch_leader(struct election *election, election_leader_fn *fn,
                      void *context, uint64_t *watch_id);

/**
 * Removes a watcher of either kind: it is not called again, not even for the
 * present change. From inside a watch callback too.
 *
 * @retval ELECTION_NOT_FOUND  There is no such watcher.
 *
 * Cost: O(log W); O(W) once for every W / 4 of them, which sweeps the list.
 */
ELECTION_API enum election_status election_unwatch(struct election *election,
                                                   uint64_t watch_id);

/* ---- reading ------------------------------------------------------------ */

/**
 * Answers a GetTerm or Watch without a log entry. The state is that of this
 * replica, which may lag behind; a linearizable read needs the host's own read
 * index or lease.
 *
 * @param input  An encoded LeaderElectionInput.
 * @param output  The answer; empty with INVALID and UNSUPPORTED.
 *
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionInput.
 * @retval ELECTION_UNSUPPORTED  A command, or nothing this version knows.
 *
 * Cost: O(N).
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_query(const struct election *election, const void *input,
               size_t input_size, struct election_buffer *output);

/**
 * Gives the present Term as the answer to any operation: what to tell a client
 * whose command was applied before, and who asks again.
 *
 * @param output  A LeaderElectionOutput of this kind.
 *
 * @retval ELECTION_MISUSE  Also for an operation that does not exist.
 *
 * Cost: O(N).
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_answer(const struct election *election, enum election_op op,
                struct election_buffer *output);

/**
 * Returns the number of the present tenure, or of the last one: the fencing
 * token. 0 while nobody has ever led; 0 for NULL.
 */
ELECTION_API uint64_t election_index(const struct election *election);

/**
 * Tells who leads.
 *
 * @param leader  Name and session; the name is good until the election next
 *     changes.
 *
 * @retval ELECTION_NOT_FOUND  The election is vacant; *leader is untouched.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_leader(const struct election *election,
                struct election_candidate *leader);

/**
 * Tells who is in the election under a name, and how many stand before.
 *
 * @param candidate  As from election_leader(). NULL = not wanted.
 * @param rank  0 = leads, 1 = first in the queue, and so on. NULL = not wanted.
 *
 * @retval ELECTION_NOT_FOUND  Nobody; *candidate and *rank are untouched.
 *
 * Cost: O(1); O(N) with a rank, some dozens of candidates in a step.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_find(const struct election *election, const char *name,
              size_t name_size, struct election_candidate *candidate,
              size_t *rank);

/** Returns how many wait, without the leader; 0 for NULL. */
ELECTION_API size_t election_candidate_count(const struct election *election);

/** Is shown one candidate. Returns false to see no more. */
typedef bool election_candidate_fn(void *context,
                                   const struct election_candidate *candidate);

/**
 * Shows the candidates that wait, in order of succession, without the leader.
 *
 * @param fn  Is called for each, until it returns false.
 *
 * Cost: O(N).
 */
ELECTION_API enum election_status
election_each_candidate(const struct election *election,
                        election_candidate_fn *fn, void *context);

/* ---- snapshots ---------------------------------------------------------- */

/**
 * Encodes the whole state as a LeaderElectionSnapshot. The same state gives the
 * same bytes everywhere. Watchers are no part of it.
 *
 * Neither a length nor a checksum is in it: what is cut off may be a snapshot
 * too, and no bytes at all are one of an election that nobody has entered. The
 * host stores both beside it. To restore an older one than the last hands
 * fencing tokens out again.
 *
 * Cost: O(N).
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_snapshot(const struct election *election,
                  struct election_buffer *output);

/** Returns the size of the snapshot in bytes; 0 for NULL. Cost: O(N). */
ELECTION_API size_t election_snapshot_size(const struct election *election);

/**
 * Takes one chunk of a snapshot. Returns ELECTION_OK to go on; anything else
 * stops the writing and becomes its status: ELECTION_IO if it could not write,
 * or what means something to the caller.
 */
typedef enum election_status
election_write_fn(void *context, const uint8_t *chunk, size_t chunk_size);

/**
 * Hands out the bytes of election_snapshot() in chunks, and allocates nothing.
 *
 * @param fn  Takes each chunk in order, of 1 to ELECTION_SNAPSHOT_CHUNK_MAX
 *     bytes. Not called for an empty snapshot.
 *
 * @return  Besides OK and MISUSE what `fn` returned to stop.
 *
 * Cost: O(N), and some 5 KiB of stack.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_snapshot_write(const struct election *election, election_write_fn *fn,
                        void *context);

/**
 * Replaces the state by that of a snapshot: all of it, or nothing.
 *
 * @param snapshot  An encoded LeaderElectionSnapshot.
 *
 * @retval ELECTION_CORRUPT  The bytes are malformed, have a field that this
 *     version does not know, or break an invariant.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 *
 * Calls: each watcher once if there is news for it.
 * Cost: O(N), of the old state and of the new one, which both take memory.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_restore(struct election *election, const void *snapshot,
                 size_t snapshot_size);

/* ---- the client's side, and the host's ---------------------------------- */

/**
 * Encodes a LeaderElectionInput, so that a client needs no protobuf code. The
 * name is not judged here: that is done by election_apply(), the same way on
 * every replica.
 *
 * @param output  The bytes. A new buffer grows by malloc(), unless its
 *     allocator was set before.
 *
 * @retval ELECTION_MISUSE  Also if there is no such operation, a read has a
 *     name, or the message would be larger than any decoder takes.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_input_encode(const struct election_command *command,
                      struct election_buffer *output);

/**
 * Decodes a LeaderElectionInput: what an entry asks, for a host that
 * authorises, routes or logs. Only this tells it: the first tag may lie, as the
 * last case of a oneof wins.
 *
 * @param command  Set only with OK. The name points into the input; it is
 *     UTF-8, but may break the rest of the name rule.
 *
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionInput.
 * @retval ELECTION_UNSUPPORTED  No command that this version knows.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_input_decode(const void *input, size_t input_size,
                      struct election_command *command);

/** What an encoded output says, apart from the names that wait. */
struct election_term {
    enum election_op op; /* which command it answers; WATCH in an event */
    uint64_t index;
    const char *leader; /* NULL while the election is vacant */
    size_t leader_size; /* bytes; 0 while the election is vacant */
    size_t candidate_count;
};

/** Is shown one name. Returns false to see no more. */
typedef bool election_name_fn(void *context, const char *name,
                              size_t name_size);

/**
 * Decodes a LeaderElectionOutput, an answer or an event, without copying: the
 * names point into it.
 *
 * @param term  Set only with OK, and before `fn` is first called.
 * @param fn  Is shown each waiting name in order of succession, until it
 *     returns false. NULL = nobody wants to know.
 *
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionOutput.
 * @retval ELECTION_UNSUPPORTED  They hold no answer that this version knows:
 *     the input they answer was itself INVALID or UNSUPPORTED, or newer.
 *
 * Cost: O(N).
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_output_decode(const void *output, size_t output_size,
                       struct election_term *term, election_name_fn *fn,
                       void *context);

/* ---- texts -------------------------------------------------------------- */

/** Names a status as its constant does, "NOT_FOUND", or "UNKNOWN". */
ELECTION_API const char *election_status_name(enum election_status status);

/** Says in a few words what a status means, or "unknown status". */
ELECTION_API const char *election_status_text(enum election_status status);

/**
 * Returns the version of the library that runs, "major.minor.patch". The
 * ELECTION_VERSION macros tell that of the header.
 */
ELECTION_API const char *election_version(void);

#ifdef __cplusplus
}
#endif

#endif
