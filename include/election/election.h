/**
 * libelection: a replicated leader election as a state machine in memory.
 *
 * A Raft host hands every committed log entry to election_apply() on every
 * replica. The same entries in the same order give the same state, the same
 * answers and the same snapshot bytes everywhere. The library opens no file or
 * socket, starts no thread, and reads no clock and no random numbers.
 *
 * The rules of the election stand in proto/SEMANTICS.md.
 *
 * Statuses. Every function that can go wrong returns an enum election_status.
 * Zero and above is an outcome: it is the same on every replica. Below zero is
 * a failure of this call on this machine: the election, the output buffer and
 * the watchers are as they were, and the call may be repeated.
 *
 * Threads. An election has no lock. Functions that take a const election may
 * run at the same time as one another; any other function needs the election
 * to itself. Different elections are independent.
 *
 * Memory. All memory comes from the allocator given to election_create().
 * Inputs are borrowed for the length of the call, and every pointer handed to
 * a callback is good until the callback returns.
 *
 * Names. A name is a pointer and a size in bytes; it is not terminated by NUL.
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
    X(NOMEM, -1, "out of memory: free some and repeat the call")               \
    X(BUSY, -2, "called from inside a watch callback: call after it returns")  \
    X(MISUSE, -3, "an argument that must not be NULL is, or a bad value")      \
    X(CORRUPT, -4, "the snapshot is malformed or breaks an invariant")

enum election_status {
#define ELECTION_STATUS_VALUE(name, value, text) ELECTION_##name = (value),
    ELECTION_STATUS_MAP(ELECTION_STATUS_VALUE)
#undef ELECTION_STATUS_VALUE
};

/** Commands and reads. The values are the field numbers of the wire format. */
enum election_op {
    ELECTION_OP_ENTER = 1,
    ELECTION_OP_WITHDRAW = 2,
    ELECTION_OP_ANOINT = 3,
    ELECTION_OP_PROMOTE = 4,
    ELECTION_OP_EVICT = 5,
    ELECTION_OP_GET_TERM = 6,
    ELECTION_OP_WATCH = 7,
    ELECTION_OP_DEMOTE = 8
};

/** One election. */
struct election;

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

/**
 * How to create an election. All zero = the defaults.
 *
 * The seed makes it hard to choose names that are slow to find together. It
 * changes no outcome; replicas may differ in it. 0 = the election's address,
 * which is as secret as the system lays out memory at random.
 */
struct election_config {
    struct election_allocator allocator;
    uint64_t hash_seed;
};

/**
 * Bytes that the library writes and the caller keeps. Start with
 * ELECTION_BUFFER_INIT and hand the same buffer to call after call: each
 * replaces its `size` bytes and grows `capacity` only when it must. Release it
 * with election_buffer_free(). `allocator` is set when the buffer first grows,
 * to that of the election, and kept; it may be set before instead.
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

/** A candidate, or the leader. */
struct election_candidate {
    const char *name;
    size_t name_size; /* bytes */
    uint64_t session_id;
};

/** What an encoded output says, apart from the names that wait. */
struct election_term {
    enum election_op op; /* which command it answers; WATCH in an event */
    uint64_t index;
    const char *leader; /* NULL while the election is vacant */
    size_t leader_size; /* bytes; 0 while the election is vacant */
    size_t candidate_count;
};

/**
 * Is told of a change of the Term by the encoded LeaderElectionOutput{watch}.
 * It may read the election and may unwatch; every other call that needs the
 * election to itself returns ELECTION_BUSY. It must not destroy the election.
 */
typedef void election_watch_fn(void *context, struct election *election,
                               const uint8_t *event, size_t event_size);

/** Is shown one candidate. Returns false to see no more. */
typedef bool election_candidate_fn(void *context,
                                   const struct election_candidate *candidate);

/** Is shown one name. Returns false to see no more. */
typedef bool election_name_fn(void *context, const char *name,
                              size_t name_size);

/**
 * Takes one chunk of a snapshot. Returns ELECTION_OK to go on; anything else
 * stops the writing and becomes its status.
 */
typedef enum election_status
election_write_fn(void *context, const uint8_t *chunk, size_t chunk_size);

/**
 * Creates an election that nobody has entered: index 0, vacant.
 *
 * @param config  How; copied. NULL = the defaults.
 * @param election  Where to put the new election, which is the caller's until
 *     election_destroy(). Must not be NULL.
 *
 * @retval ELECTION_OK  *election is new.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_MISUSE  `election` is NULL, or the allocator has only one
 *     of its two functions.
 *
 * On error: *election is untouched.
 * Threads: any.
 * Calls: the allocator.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_create(const struct election_config *config,
                struct election **election);

/**
 * Releases an election with its watchers, which are not called.
 *
 * @param election  The election, not used afterwards. NULL = nothing to do.
 *
 * On error: none.
 * Threads: the election to itself. Not from inside a watch callback.
 * Calls: the allocator.
 * Since: 0.1.0
 */
ELECTION_API void election_destroy(struct election *election);

/**
 * Applies one log entry.
 *
 * The outcome depends on the state, session and input, and on nothing else.
 *
 * @param election  The election. Must not be NULL.
 * @param session_id  The session that proposed the entry, replicated with it;
 *     0 for a host without sessions. It decides who owns a candidate.
 * @param input  An encoded LeaderElectionInput; borrowed. NULL only with
 *     size 0.
 * @param input_size  Its size in bytes.
 * @param output  Where to put the answer, an encoded LeaderElectionOutput of
 *     the command's own kind with the Term after it; its old bytes are
 *     replaced. NULL on a follower or in a replay: nothing is encoded.
 *
 * @retval ELECTION_OK  The Term changed, or it was a read.
 * @retval ELECTION_UNCHANGED  Nothing to do.
 * @retval ELECTION_NOT_FOUND  Anoint, Promote, Demote or Evict of an unknown
 *     name.
 * @retval ELECTION_NOT_OWNER  Withdraw of another session's candidate.
 * @retval ELECTION_CONFLICT  Enter of a name that another session holds.
 * @retval ELECTION_FULL  Enter while ELECTION_WAITING_MAX candidates wait.
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionInput, or the name
 *     breaks the name rule. The output is empty.
 * @retval ELECTION_UNSUPPORTED  No command that this version knows. The output
 *     is empty.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 * @retval ELECTION_MISUSE  `election` is NULL, or `input` is NULL with a size.
 *
 * On error: below zero, election, output and watchers are as they were.
 * Threads: the election to itself.
 * Calls: the allocator; each watcher once if the Term changed, after the output
 *     is written.
 * Since: 0.1.0
 * Source: proto/SEMANTICS.md, the command table.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_apply(struct election *election, uint64_t session_id,
               const void *input, size_t input_size,
               struct election_buffer *output);

/**
 * Answers a GetTerm or Watch without a log entry.
 *
 * The answer depends on the state of this replica, which may lag behind; a
 * linearizable read needs the host's own read index or lease.
 *
 * @param election  The election. Must not be NULL.
 * @param input  An encoded LeaderElectionInput; borrowed. NULL only with
 *     size 0.
 * @param input_size  Its size in bytes.
 * @param output  Where to put the answer; its old bytes are replaced. Must not
 *     be NULL, nor shared with another thread.
 *
 * @retval ELECTION_OK  The output holds the Term.
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionInput. The output
 *     is empty.
 * @retval ELECTION_UNSUPPORTED  A command, or nothing this version knows. The
 *     output is empty.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_MISUSE  `election` or `output` is NULL, or `input` is NULL
 *     with a size.
 *
 * On error: below zero, the output is as it was.
 * Threads: together with other functions that take a const election.
 * Calls: the allocator.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_query(const struct election *election, const void *input,
               size_t input_size, struct election_buffer *output);

/**
 * Removes every candidate of a session that has ended, in one step.
 *
 * If the leader was among them, the first survivor leads; the index steps at
 * most once. The end of a session must be agreed by the log, like any command.
 *
 * @param election  The election. Must not be NULL.
 * @param session_id  The session.
 *
 * @retval ELECTION_OK  Its candidates are gone.
 * @retval ELECTION_UNCHANGED  It owned none.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 * @retval ELECTION_MISUSE  `election` is NULL.
 *
 * On error: below zero, election and watchers are as they were. No memory is
 * needed.
 * Threads: the election to itself.
 * Calls: the allocator, to release; each watcher once if the Term changed.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_close_session(struct election *election, uint64_t session_id);

/**
 * Registers a watcher: told the present Term at once, then of every change.
 *
 * Watchers run in the order of registration, before the call that made the
 * change returns. They belong to this process: no other replica has them, nor
 * a snapshot. They outlive election_restore().
 *
 * @param election  The election. Must not be NULL.
 * @param fn  The callback. Must not be NULL.
 * @param context  Handed to the callback; kept until election_unwatch().
 * @param watch_id  Where to put the number to unwatch with, never 0; written
 *     before the first call of `fn`. NULL = it will never be unwatched.
 *
 * @retval ELECTION_OK  Registered, and told the present Term.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 * @retval ELECTION_MISUSE  `election` or `fn` is NULL.
 *
 * On error: not registered, not called, *watch_id untouched.
 * Threads: the election to itself.
 * Calls: the allocator; `fn` once, even if nobody has ever led.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_watch(struct election *election, election_watch_fn *fn, void *context,
               uint64_t *watch_id);

/**
 * Removes a watcher: it is not called again, not even for the present change.
 *
 * @param election  The election. Must not be NULL.
 * @param watch_id  The number that election_watch() gave.
 *
 * @retval ELECTION_OK  Removed.
 * @retval ELECTION_NOT_FOUND  There is no such watcher.
 * @retval ELECTION_MISUSE  `election` is NULL.
 *
 * On error: nothing is changed.
 * Threads: the election to itself, or from inside a watch callback.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API enum election_status election_unwatch(struct election *election,
                                                   uint64_t watch_id);

/**
 * Tells the number of the present tenure, or of the last one: the fencing
 * token.
 *
 * @param election  The election. NULL = 0.
 * @return  The index; 0 while nobody has ever led.
 *
 * On error: none.
 * Threads: together with other functions that take a const election.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API uint64_t election_index(const struct election *election);

/**
 * Tells who leads.
 *
 * @param election  The election. Must not be NULL.
 * @param leader  Where to put name and session. The name is good until the
 *     election next changes. Must not be NULL.
 *
 * @retval ELECTION_OK  *leader is set.
 * @retval ELECTION_NOT_FOUND  The election is vacant.
 * @retval ELECTION_MISUSE  An argument is NULL.
 *
 * On error: *leader is untouched.
 * Threads: together with other functions that take a const election.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_leader(const struct election *election,
                struct election_candidate *leader);

/**
 * Counts the candidates that wait. The leader is not one of them.
 *
 * @param election  The election. NULL = 0.
 * @return  Their number, at most ELECTION_WAITING_MAX.
 *
 * On error: none.
 * Threads: together with other functions that take a const election.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API size_t election_candidate_count(const struct election *election);

/**
 * Shows the candidates that wait, in order of succession, without the leader.
 *
 * @param election  The election. Must not be NULL, nor changed by `fn`.
 * @param fn  The callback. Must not be NULL.
 * @param context  Handed to the callback.
 *
 * @retval ELECTION_OK  All were shown, or `fn` returned false.
 * @retval ELECTION_MISUSE  `election` or `fn` is NULL.
 *
 * On error: `fn` is not called.
 * Threads: together with other functions that take a const election.
 * Calls: `fn` for each, until it returns false.
 * Since: 0.1.0
 */
ELECTION_API enum election_status
election_each_candidate(const struct election *election,
                        election_candidate_fn *fn, void *context);

/**
 * Encodes the whole state as a LeaderElectionSnapshot.
 *
 * The same state gives the same bytes everywhere. Watchers are no part of it.
 *
 * @param election  The election. Must not be NULL.
 * @param output  Where to put the bytes; its old ones are replaced. Must not
 *     be NULL, nor shared with another thread.
 *
 * @retval ELECTION_OK  The output holds the snapshot; empty for an election
 *     that nobody has ever entered.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_MISUSE  An argument is NULL.
 *
 * On error: the output is as it was.
 * Threads: together with other functions that take a const election.
 * Calls: the allocator.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_snapshot(const struct election *election,
                  struct election_buffer *output);

/**
 * Hands out the bytes of election_snapshot() in chunks, and allocates nothing.
 *
 * @param election  The election. Must not be NULL, nor changed by `fn`.
 * @param fn  Takes each chunk, of 1 to ELECTION_SNAPSHOT_CHUNK_MAX bytes. Must
 *     not be NULL. Not called for an empty snapshot.
 * @param context  Handed to the callback.
 *
 * @retval ELECTION_OK  All chunks were taken.
 * @retval ELECTION_MISUSE  `election` or `fn` is NULL.
 * @return  Otherwise what `fn` returned to stop.
 *
 * On error: the election is as it was; the chunks so far were handed out.
 * Threads: together with other functions that take a const election.
 * Calls: `fn` for each chunk, in order.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_snapshot_write(const struct election *election, election_write_fn *fn,
                        void *context);

/**
 * Replaces the state by that of a snapshot: all of it, or nothing.
 *
 * @param election  The election. Must not be NULL.
 * @param snapshot  An encoded LeaderElectionSnapshot; borrowed. NULL only with
 *     size 0.
 * @param snapshot_size  Its size in bytes; 0 = an election nobody has entered.
 *
 * @retval ELECTION_OK  The state is that of the snapshot.
 * @retval ELECTION_CORRUPT  The bytes are malformed, have a field that this
 *     version does not know, or break an invariant.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 * @retval ELECTION_MISUSE  `election` is NULL, or `snapshot` is NULL with a
 *     size.
 *
 * On error: election and watchers are as they were.
 * Threads: the election to itself.
 * Calls: the allocator; each watcher once if the Term is another one.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_restore(struct election *election, const void *snapshot,
                 size_t snapshot_size);

/**
 * Encodes a LeaderElectionInput, so that a client needs no protobuf code.
 *
 * The name is not judged here: that is done by election_apply(), the same way
 * on every replica.
 *
 * @param op  The command or read.
 * @param name  The candidate's name; borrowed, and not from `output`. NULL only
 *     with size 0.
 * @param name_size  Its size in bytes; 0 for GetTerm and Watch.
 * @param output  Where to put the bytes; its old ones are replaced. Must not
 *     be NULL. A new buffer grows by malloc().
 *
 * @retval ELECTION_OK  The output holds the input's bytes.
 * @retval ELECTION_NOMEM  The buffer's allocator returned NULL.
 * @retval ELECTION_MISUSE  `op` is unknown, `name` is NULL with a size or has
 *     one for a read, the message would be larger than
 *     ELECTION_MESSAGE_SIZE_MAX, or `output` is NULL.
 *
 * On error: the output is as it was.
 * Threads: any.
 * Calls: the buffer's allocator.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_input_encode(enum election_op op, const char *name, size_t name_size,
                      struct election_buffer *output);

/**
 * Decodes a LeaderElectionOutput, an answer or an event, without copying.
 *
 * @param output  The bytes; borrowed, and pointed into by the names. NULL only
 *     with size 0.
 * @param output_size  Their size.
 * @param term  Where to put what they say; set before `fn` is first called.
 *     Must not be NULL.
 * @param fn  Is shown each waiting name in order of succession. NULL = nobody
 *     wants to know.
 * @param context  Handed to the callback.
 *
 * @retval ELECTION_OK  *term is set.
 * @retval ELECTION_INVALID  The bytes are no LeaderElectionOutput.
 * @retval ELECTION_UNSUPPORTED  They hold no answer that this version knows:
 *     the input they answer was itself INVALID or UNSUPPORTED, or newer.
 * @retval ELECTION_MISUSE  `term` is NULL, or `output` is NULL with a size.
 *
 * On error: any status but OK leaves *term untouched, and `fn` is not called.
 * Threads: any.
 * Calls: `fn` for each name, until it returns false.
 * Since: 0.1.0
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_output_decode(const void *output, size_t output_size,
                       struct election_term *term, election_name_fn *fn,
                       void *context);

/**
 * Releases the bytes of a buffer and leaves it empty, ready for use again.
 *
 * @param buffer  The buffer. NULL = nothing to do.
 *
 * On error: none.
 * Threads: the buffer to itself.
 * Calls: the buffer's allocator.
 * Since: 0.1.0
 */
ELECTION_API void election_buffer_free(struct election_buffer *buffer);

/**
 * Names a status as its constant does, without prefix: "NOT_FOUND".
 *
 * @param status  Any number.
 * @return  A constant string; "UNKNOWN" for a number that is no status.
 *
 * On error: none.
 * Threads: any.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API const char *election_status_name(enum election_status status);

/**
 * Says in a few words what a status means.
 *
 * @param status  Any number.
 * @return  A constant string; "unknown status" for a number that is none.
 *
 * On error: none.
 * Threads: any.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API const char *election_status_text(enum election_status status);

/**
 * Tells the version of the library that runs, as "major.minor.patch". The
 * ELECTION_VERSION macros tell that of the header.
 *
 * @return  A constant string.
 *
 * On error: none.
 * Threads: any.
 * Calls: none.
 * Since: 0.1.0
 */
ELECTION_API const char *election_version(void);

#ifdef __cplusplus
}
#endif

#endif
