/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A client's half of a session, and what its files share.
 *
 *     client.c     lifetime; what it shall do
 *     proposals.c  what is to be proposed
 *     candidates.c what is noted of elections and candidates
 *     session.c    how a session ends, and a connection
 *     requests.c   which request is due, and when
 *     sendings.c   which number stands for which request
 *     answers.c    what comes in
 *     belief.c     who leads, as far as is known; the lease; what is told
 */
#ifndef ELECTION_CLIENT_CLIENT_H
#define ELECTION_CLIENT_CLIENT_H

#include "base/allocator.h"
#include "election/client.h"
#include "election/registry.h"

/** What a request asks for. */
enum election__asking {
    ELECTION__ASKS_NOTHING,
    ELECTION__ASKS_OPEN,
    ELECTION__ASKS_KEEP_ALIVE,
    ELECTION__ASKS_CLOSE,
    ELECTION__ASKS_PROPOSE,
    ELECTION__ASKS_WATCH
};

/** One sending that is unanswered. */
struct election__sending {
    enum election__asking asking; /* NOTHING = there is none */
    uint64_t number;
    uint64_t sent_ms;
};

/**
 * The latest sendings of one request, the newest first: an answer to any of
 * them is one. They go out at each third of the timeout, so what is older than
 * these comes too late to be of use.
 */
struct election__trail {
    struct election__sending sendings[3];
};

/** An election that the client cares for. */
struct election__cared {
    struct election__cared *next;
    uint64_t applied; /* of the newest Leadership that was known */
    uint64_t index;
    struct election__stand *leader; /* a candidate of this client, or NULL */
    uint64_t leader_session_id;     /* 0 = nobody, or not known */
    bool is_watched;                /* this was answered since it was asked */
    bool is_asked;
    uint64_t asked_ms;
    struct election__trail trail;
    size_t name_size;
    char name[];
};

/** A candidate of the client. */
struct election__stand {
    struct election__stand *next;
    struct election__cared *cared;
    uint64_t gone_index; /* its withdrawal was called for when this was known */
    unsigned withdrawals; /* that are not answered yet */
    bool wants_in;
    uint64_t evicted; /* log index: so it stays out of the next session; or 0 */
    bool is_doubtful; /* unless an answer shows that the session outlived it */
    bool is_proposed; /* an Enter is under way, or was answered */
    uint64_t told_index; /* of the tenure that was told of; 0 = none */
    size_t name_size;
    char name[];
};

/** A proposal that was not answered yet. */
struct election__proposal {
    struct election__proposal *next; /* in order of sequences */
    uint64_t sequence;
    bool is_sent;
    bool is_due; /* at once, as the connection broke, or it was refused */
    uint64_t first_sent_ms;
    uint64_t sent_ms; /* last */
    struct election__trail trail;
    enum election_op op;
    uint64_t if_index;
    bool if_vacant;
    struct election__stand *stand; /* of an Enter or Withdraw */
    size_t election_size;
    size_t name_size;
    char text[]; /* the election's name, and the candidate's */
};

enum election__session_phase {
    ELECTION__OPENING,
    ELECTION__OPEN,
    ELECTION__CLOSING,
    ELECTION__CLOSED
};

struct election_client {
    struct election_client_config config; /* client_id and data are its own */
    enum election__session_phase phase;
    uint64_t now_ms; /* the latest time it was given */
    uint64_t session_id;
    uint64_t timeout_ms; /* as granted, or asked for */
    bool has_lease;
    uint64_t lease_ms; /* when it began */
    bool is_asked;     /* OpenSession or CloseSession was sent */
    uint64_t asked_ms;
    uint64_t renewed_ms; /* when something that may renew was sent last */
    bool is_lapsing;     /* what renews is due at once, as it was lost */
    bool is_closing;     /* close() was called */
    bool may_live;       /* OpenSession was sent in this incarnation */
    bool is_telling;     /* the callback runs */
    uint64_t last_sequence;
    uint64_t last_number;
    uint64_t ignored;
    uint64_t forgotten_applied; /* of elections that are not cared for now */
    struct election__cared *cared;
    struct election__stand *stands;
    struct election__proposal *proposals;
    struct election__trail trail; /* of what is about the session itself */
};

/** Returns the time, which never goes back. */
static inline uint64_t
election__client_time(const struct election_client *client, uint64_t time_ms)
{
    return time_ms > client->now_ms ? time_ms : client->now_ms;
}

/** Returns how long the client waits for an answer, or to renew. */
static inline uint64_t
election__client_interval(const struct election_client *client)
{
    return client->timeout_ms / 3;
}

/** A candidate was in at this entry: an older eviction is past. */
static inline void election__stand_see(struct election__stand *stand,
                                       uint64_t applied)
{
    if (applied > stand->evicted)
        stand->evicted = 0;
}

/* ---- sendings.c --------------------------------------------------------- */

/** What a number of a request stands for. */
struct election__asked {
    struct election__sending *sending; /* NULL = nothing is waited for */
    struct election__proposal *proposal;
    struct election__cared *cared;
};

struct election__asked election__asked_find(struct election_client *client,
                                            uint64_t number);

void election__trail_add(struct election__trail *trail,
                         struct election__sending sending);

/** What is unanswered is not waited for any more, and nothing is watched. */
void election__requests_forget(struct election_client *client);

/* ---- proposals.c -------------------------------------------------------- */

/** Adds a proposal at the end; *proposal is where. OK or NOMEM. */
enum election_status election__client_propose(
    struct election_client *client, const struct election__proposal *proposal,
    const char *election, const char *name, uint64_t *sequence);

/** Removes a proposal, and tells what came of it. */
void election__client_settle(struct election_client *client,
                             struct election__proposal *proposal,
                             enum election_client_news news,
                             enum election_status status);

/** Removes a proposal of which nothing is told. */
void election__client_forget(struct election_client *client,
                             struct election__proposal *proposal);

/* ---- candidates.c ------------------------------------------------------- */

struct election__cared *
election__cared_find(const struct election_client *client, const char *name,
                     size_t name_size);
struct election__stand *
election__stand_find(const struct election_client *client,
                     const struct election__cared *cared, const char *name,
                     size_t name_size);

/** Finds or makes the records of a candidate. NULL = no memory. */
struct election__stand *election__stand_obtain(struct election_client *client,
                                               const char *election,
                                               size_t election_size,
                                               const char *name,
                                               size_t name_size);

/** An operator has evicted a candidate, and the entry of this index told so. */
void election__stand_evict(const struct election_client *client,
                           struct election__stand *stand, uint64_t applied,
                           bool is_doubtful);

/** Removes a candidate that nothing is to be done for any more. */
void election__stand_settle(struct election_client *client,
                            struct election__stand *stand);

/* ---- session.c ---------------------------------------------------------- */

/** The client is closed for good, for this reason. */
void election__client_end(struct election_client *client,
                          enum election_status status,
                          enum election_client_reason reason);

/** The session is no more; another one is to be opened. */
void election__client_lose_session(struct election_client *client);

/* ---- belief.c ----------------------------------------------------------- */

/** Returns for how long a renewal makes the client safe. */
uint64_t election__lease_size(const struct election_client_config *config,
                              uint64_t timeout_ms);

/** Returns how much of the lease is left. */
uint64_t election__lease_left(const struct election_client *client,
                              uint64_t now_ms);

/** Tells whether a candidate leads. */
bool election__stand_leads(const struct election_client *client,
                           const struct election__stand *stand,
                           uint64_t now_ms);

/** Something that renews, first sent then, was answered. */
void election__client_renew(struct election_client *client, uint64_t sent_ms);

/** Takes over a Leadership, if it is newer; returns whether. */
bool election__cared_learn(struct election_client *client,
                           struct election__cared *cared, uint64_t applied,
                           const struct election_registry_leadership *shown);

/** Time passes: who led may have to be told that the lease is over. */
void election__client_pass(struct election_client *client, uint64_t time_ms);

/** Tells of all who lead now and did not, or the other way. */
void election__client_tell_leads(struct election_client *client,
                                 enum election_client_reason reason);

/** Tells a piece of news, if anybody wants to know. */
void election__client_tell(struct election_client *client,
                           const struct election_client_report *report);

#endif
