/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The client's half of a session: who opens it, keeps it alive, proposes,
 * proposes again, and knows when it leads and when it must stop.
 *
 * It does no I/O and reads no clock. Bytes go in and out by function calls, and
 * each call is given the time: milliseconds of any origin, of one clock that
 * runs on while the machine sleeps (CLOCK_BOOTTIME), read for this call. Time
 * that goes back counts as no time passed.
 *
 *     do {
 *         election_client_request()   -> send what is due
 *         election_client_wait_ms()   -> wait so long, or for what arrives
 *         election_client_response(), election_client_event() <- what arrived
 *     } while (it shall go on);
 *
 * The life of a session:
 *
 *     create -> opening -> open --- NO_SESSION ---> opening, incarnation + 1
 *                            |
 *                            +-- close() --> closing --> closed
 *                            +-- CONFLICT or STALE when opening --> closed
 *
 * What election.h says of arguments, statuses and outputs holds here too. A
 * client has no lock: functions that take a const client may run at the same
 * time as one another, any other needs the client to itself.
 *
 * The promise of election_client_leads(). Let t be the time it is given, read
 * during the call. If it is true, no replica has ended, by its timeout, the
 * session that leads, at t. So at most one client is told so at any time,
 * provided that (a) no operator's command, replacement, foreign CloseSession or
 * Recover has touched the election since the lease began; (b) client_id,
 * incarnation and nonce belong to one process; (c) its clock counts suspended
 * time, and differs in rate from the Raft leader's by at most `drift`; (d)
 * stamps are fresh readings; (e) the Raft library keeps one log. Without (a), a
 * client that was deposed by a command may be told so until it hears of it, at
 * most one timeout after the command, if the events up to a log index reach it
 * before the answer of that index. It says nothing of the moment after the
 * call: who acts sends the token, and the resource decides.
 */
#ifndef ELECTION_CLIENT_H
#define ELECTION_CLIENT_H

#include "election.h"
#include "wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most proposals that may be unanswered at a time; the others wait. */
#define ELECTION_CLIENT_REQUESTS_MAX 32
/** How far this clock's rate and the Raft leader's differ, together. */
#define ELECTION_CLIENT_DRIFT_PPM_DEFAULT 1000
/** How long before the lease's end the client stops to lead. Drift and margin
 * together leave at least half of the timeout. */
#define ELECTION_CLIENT_MARGIN_MS_DEFAULT 50
#define ELECTION_CLIENT_MARGIN_MS_MIN 3

/** One session, with any number of candidates. */
struct election_client;

/* ---- what it tells ------------------------------------------------------ */

/** What has happened. */
enum election_client_news {
    ELECTION_CLIENT_GAINED,       /* a candidate leads: election, name, index */
    ELECTION_CLIENT_LOST,         /* it leads no more: and why */
    ELECTION_CLIENT_CHANGED,      /* another leads: election, leadership */
    ELECTION_CLIENT_ANSWERED,     /* a proposal: sequence, election, name,
                                     status */
    ELECTION_CLIENT_SESSION_LOST, /* a new one is being opened */
    ELECTION_CLIENT_UNKNOWN,      /* a proposal whose fate is not known, nor
                                     will be: sequence, election, name */
    ELECTION_CLIENT_CLOSED        /* for good: OK, as was asked; CONFLICT or
                                     STALE, as another process acts for this
                                     client; NO_SESSION, as no incarnation is
                                     left */
};

/** Why a candidate leads no more. */
enum election_client_reason {
    ELECTION_CLIENT_LEASE,    /* nothing that renews was answered in time */
    ELECTION_CLIENT_DEPOSED,  /* another one leads, or nobody */
    ELECTION_CLIENT_SESSION,  /* the session is lost */
    ELECTION_CLIENT_REPLACED, /* another process acts for this client, as an
                                 OpenSession tells; mostly it is heard of as
                                 the loss of the session */
    ELECTION_CLIENT_WITHDRAWN /* withdraw() or close() was called */
};

/** One piece of news; what it does not have is zero. */
struct election_client_report {
    enum election_client_news news;
    const char *election;
    size_t election_size; /* bytes */
    const char *name;     /* of the candidate */
    size_t name_size;     /* bytes */
    uint64_t index;       /* the fencing token */
    enum election_client_reason reason;
    uint64_t sequence; /* of the proposal */
    enum election_status status;
    const struct election_registry_leadership *leadership;
};

/**
 * Is told what has happened, from inside the call that found it out. It may
 * call the functions that take a const client; the others return BUSY, and
 * election_client_disconnected() does nothing. What the report points at lives
 * as long as this call.
 */
typedef void election_client_fn(void *context,
                                const struct election_client *client,
                                const struct election_client_report *report);

/* ---- lifetime ----------------------------------------------------------- */

/** How to create a client. Zero = the default, where there is one. */
struct election_client_config {
    struct election_allocator allocator;
    const uint8_t *client_id; /* 1 to 64 bytes; copied */
    size_t client_id_size;
    /** Higher than any that this client_id has had. It rises by 1 with each
     * session that is lost, so let starts lie apart: a count of starts << 32,
     * or the time in nanoseconds. Or take a new client_id. */
    uint64_t incarnation;
    uint64_t nonce;      /* random, one for each process */
    uint64_t timeout_ms; /* 1,000 to 86,000,000 */
    const uint8_t *data; /* what others may know; at most 1,024 bytes; copied */
    size_t data_size;
    uint32_t drift_ppm;     /* 0 = 1,000 */
    uint32_t margin_ms;     /* 0 = 50; at least 3 */
    election_client_fn *fn; /* NULL = nobody wants to know */
    void *context;
};

/**
 * Creates a client whose session is to be opened.
 *
 * @param config  How; copied.
 * @param client  Where to put it; the caller's until election_client_destroy().
 *
 * @retval ELECTION_MISUSE  Also for what is out of bounds.
 * @retval ELECTION_NOMEM
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_create(const struct election_client_config *config,
                       struct election_client **client);

/** Releases a client; its session ends by its timeout. NULL = nothing to do. */
ELECTION_API void election_client_destroy(struct election_client *client);

/* ---- what it shall do --------------------------------------------------- */

/**
 * Enters an election, and again in each session that follows, until it is
 * withdrawn, refused, or evicted. An Enter that follows by itself has the next
 * sequence, and is told of as any other.
 *
 * That it was evicted while it waited, or while the connection was broken, it
 * does not hear: withdraw, and enter, to be sure to be in.
 *
 * @param election  The election's name, and the candidate's, 1 to 255 bytes of
 *     UTF-8 without NUL.
 * @param sequence  Where to put the number of the proposal. NULL = not wanted.
 *
 * @retval ELECTION_UNCHANGED  It is in already, or about to be.
 * @retval ELECTION_MISUSE  Also for a name that breaks the rule, and when the
 *     client was closed.
 * @retval ELECTION_NOMEM
 * @retval ELECTION_BUSY  Called from inside the callback; so all below.
 *
 * Cost: O(candidates + proposals) of this client, as all calls below: it is
 *     made for some thousands. A proposal takes memory until it is answered.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_enter(struct election_client *client, const char *election,
                      size_t election_size, const char *name, size_t name_size,
                      uint64_t *sequence);

/**
 * The same, if the election is vacant when the Enter takes effect: else the
 * answer is ABORTED, and the candidate is not in. The guard is of this Enter
 * alone: what follows by itself, in another session, has none.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_enter_vacant(struct election_client *client,
                             const char *election, size_t election_size,
                             const char *name, size_t name_size,
                             uint64_t *sequence);

/**
 * Withdraws a candidate. From this call on it does not lead.
 *
 * @retval ELECTION_NOT_FOUND  It was not entered here, or left since: its
 *     withdrawal was answered, or its Enter refused.
 * @retval ELECTION_MISUSE, ELECTION_NOMEM  As above.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_withdraw(struct election_client *client, const char *election,
                         size_t election_size, const char *name,
                         size_t name_size, uint64_t *sequence);

/**
 * Proposes an operator's command: Anoint, Promote, Demote or Evict.
 *
 * @param if_index  If not 0, the election's index must be this.
 *
 * @retval ELECTION_MISUSE, ELECTION_NOMEM  As above.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_operate(struct election_client *client, enum election_op op,
                        const char *election, size_t election_size,
                        const char *name, size_t name_size, uint64_t if_index,
                        uint64_t *sequence);

/**
 * Closes the session. From this call on nobody here leads. CLOSED is told when
 * the cluster has answered, or at once if no session can be there.
 *
 * @retval ELECTION_UNCHANGED  It was called before, or the client is closed.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_close(struct election_client *client);

/* ---- what goes out and comes in ----------------------------------------- */

/** A request to be sent. */
struct election_client_request {
    uint64_t number; /* of this sending; 0 = nothing is due */
    /** If not NULL, no Command is to be proposed: this election is to be
     * watched, in the scope LEADER, and its events given to the client. That
     * the watch stands is the response to this number. It replaces what the
     * client watched of this election before. The text lives until the next
     * call that needs the client to itself. */
    const char *watch;
    size_t watch_size; /* bytes */
};

/**
 * Tells what to send next. Sent in this order over one connection, the watch of
 * what is led goes before what renews the lease.
 *
 * @param output  The encoded Command; empty for a watch.
 * @param request  Where to put its number; 0 = nothing is due.
 *
 * @retval ELECTION_NOMEM  Nothing is sent; but time has passed.
 *
 * Calls: `fn`, if the lease has run out.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_request(struct election_client *client, uint64_t time_ms,
                        struct election_buffer *output,
                        struct election_client_request *request);

/**
 * Takes the answer to a request: an encoded Result; that a watch stands, which
 * needs no bytes. An event does not tell that: it may come from an earlier
 * connection. Where events may be lost without election_client_disconnected(),
 * say nothing: the client asks again at each third of the timeout.
 *
 * @retval ELECTION_INVALID  The bytes are none that answer this request, which
 *     waits on.
 * @retval ELECTION_UNCHANGED  There is no such request any more: ignored.
 *
 * Calls: `fn`.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_response(struct election_client *client, uint64_t time_ms,
                         uint64_t number, const void *result,
                         size_t result_size);

/**
 * Takes an event of an election that is watched: an encoded Event.
 *
 * @retval ELECTION_INVALID  The bytes are no Event.
 * @retval ELECTION_UNCHANGED  Something newer is known, or it is of no election
 *     that this client cares for: ignored.
 *
 * Calls: `fn`.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_client_event(struct election_client *client, uint64_t time_ms,
                      const void *event, size_t event_size);

/** The connection broke: what is unanswered, and watched, is due again. */
ELECTION_API void election_client_disconnected(struct election_client *client);

/** Returns how long nothing will be due, at most; 0 = something is. */
ELECTION_API uint64_t
election_client_wait_ms(const struct election_client *client, uint64_t time_ms);

/* ---- what it knows ------------------------------------------------------ */

/**
 * Tells whether a candidate leads; see the promise above.
 *
 * @param index  Where to put the fencing token, if it does. NULL = not wanted.
 */
ELECTION_API bool election_client_leads(const struct election_client *client,
                                        const char *election,
                                        size_t election_size, const char *name,
                                        size_t name_size, uint64_t time_ms,
                                        uint64_t *index);

/** Returns how much of the lease is left; 0 = none. */
ELECTION_API uint64_t election_client_lease_ms(
    const struct election_client *client, uint64_t time_ms);

/** Returns how many answers and events came to no request, or too late. */
ELECTION_API uint64_t
election_client_ignored(const struct election_client *client);

#ifdef __cplusplus
}
#endif

#endif
