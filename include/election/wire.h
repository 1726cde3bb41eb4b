/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registry's messages, for clients and hosts: how they are written and
 * read, so that nobody who uses it in C needs protobuf code.
 *
 * Reading copies nothing: texts and bytes point into the message, and are not
 * terminated by NUL. What election.h says of arguments, statuses and outputs
 * holds here too. All functions may be called from any thread.
 */
#ifndef ELECTION_WIRE_H
#define ELECTION_WIRE_H

#include "election.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- words -------------------------------------------------------------- */

/** What an entry asks for: X(name, value). The values are field numbers. */
#define ELECTION_REGISTRY_COMMAND_MAP(X)                                       \
    X(OPEN_SESSION, 3)                                                         \
    X(KEEP_ALIVE, 4)                                                           \
    X(CLOSE_SESSION, 5)                                                        \
    X(PROPOSE, 6)                                                              \
    X(TICK, 7)                                                                 \
    X(UPGRADE, 8)                                                              \
    X(RECOVER, 9)

enum election_registry_command_kind {
    ELECTION_REGISTRY_NOTHING = 0, /* no command that this version knows */
#define ELECTION_REGISTRY_COMMAND_VALUE(name, value)                           \
    ELECTION_REGISTRY_##name = (value),
    ELECTION_REGISTRY_COMMAND_MAP(ELECTION_REGISTRY_COMMAND_VALUE)
#undef ELECTION_REGISTRY_COMMAND_VALUE
};

/** What changed an election last: X(name, value). */
#define ELECTION_CAUSE_MAP(X)                                                  \
    X(INITIAL, 0)                                                              \
    X(ENTER, 1)                                                                \
    X(WITHDRAW, 2)                                                             \
    X(ANOINT, 3)                                                               \
    X(PROMOTE, 4)                                                              \
    X(EVICT, 5)                                                                \
    X(DEMOTE, 8)                                                               \
    X(CLOSED, 9)                                                               \
    X(EXPIRED, 10)                                                             \
    X(REPLACED, 11)                                                            \
    X(RECOVERED, 12)                                                           \
    X(RESTORED, 13)

enum election_cause {
#define ELECTION_CAUSE_VALUE(name, value) ELECTION_CAUSE_##name = (value),
    ELECTION_CAUSE_MAP(ELECTION_CAUSE_VALUE)
#undef ELECTION_CAUSE_VALUE
        ELECTION_CAUSE_UNKNOWN = 15 /* of a later version than this one */
};

/** Names a cause as its constant does, "EXPIRED", or "UNKNOWN". */
ELECTION_API const char *election_cause_name(enum election_cause cause);

/* ---- what answers and events are made of -------------------------------- */

/** Who leads one election. Texts are not terminated by NUL. */
struct election_registry_leadership {
    uint64_t index;     /* the fencing token */
    const char *leader; /* NULL while vacant */
    size_t leader_size; /* bytes */
    uint64_t leader_session_id;
    const uint8_t *leader_data; /* of the leader's session; NULL = none */
    size_t leader_data_size;    /* bytes */
    uint64_t waiting_count;
};

/** One election. */
struct election_registry_election {
    uint64_t id;
    const char *name;
    size_t name_size; /* bytes */
    struct election_registry_leadership leadership;
};

/** One session. */
struct election_registry_session {
    uint64_t id;
    const uint8_t *client_id;
    size_t client_id_size; /* bytes */
    uint64_t incarnation;
    uint64_t timeout_ms;
    uint64_t remaining_ms;    /* of log time */
    uint64_t candidate_count; /* in all elections */
    uint64_t highest_sequence;
    const uint8_t *data; /* NULL = none */
    size_t data_size;    /* bytes */
};

/** Is shown one election, or session. Returns false to see no more. */
typedef bool
election_registry_election_fn(void *context,
                              const struct election_registry_election *shown);
typedef bool
election_registry_session_fn(void *context,
                             const struct election_registry_session *shown);

/* ---- commands ----------------------------------------------------------- */

/**
 * A Command. Only what its kind has counts; the rest is zero. Spans of bytes
 * may be NULL with size 0.
 */
struct election_registry_command {
    enum election_registry_command_kind kind;
    uint64_t epoch; /* both are put in by the Raft leader */
    uint64_t time_ms;
    /* OpenSession */
    const uint8_t *client_id;
    size_t client_id_size; /* bytes */
    uint64_t incarnation;
    uint64_t nonce;
    uint64_t timeout_ms;
    const uint8_t *data;
    size_t data_size; /* bytes */
    /* KeepAlive; decoding shows the ids to a visitor, and counts them */
    const uint64_t *session_ids;
    size_t session_count;
    /* CloseSession, Propose */
    uint64_t session_id;
    /* Propose */
    uint64_t sequence;
    const char *election;
    size_t election_size; /* bytes */
    struct election_command
        command; /* its op is 0 if this version knows none */
    uint64_t if_index;
    bool if_vacant;
    bool with_output;
    /* Tick */
    bool takes_office;
    uint64_t applied;
    uint64_t log_digest;
    /* Upgrade */
    uint32_t version;
    /* Recover */
    uint64_t lost_entries;
};

/** Is shown the id of a session. Returns false to see no more. */
typedef bool election_session_id_fn(void *context, uint64_t session_id);

/** Who is shown what a message has any number of. NULL = nobody wants it. */
struct election_registry_visitor {
    election_session_id_fn *session_id; /* of a KeepAlive, or lost */
    election_name_fn *candidate;        /* who waits, in order */
    election_registry_election_fn *election;
    election_registry_session_fn *session;
    void *context;
};

/**
 * Encodes a Command. What it says is not judged here, but by the registry.
 *
 * @param output  The bytes. A new buffer grows by malloc(), unless its
 *     allocator was set before.
 *
 * @retval ELECTION_MISUSE  Also if there is no such kind, or a span has more
 *     than 2^27 - 2 bytes or ids: so no message is larger than a decoder takes.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_command_encode(
    const struct election_registry_command *command,
    struct election_buffer *output);

/**
 * Decodes a Command: what an entry asks, for a host that authorises, routes or
 * logs. Only this tells it, as the last case of a oneof wins.
 *
 * @param command  Set only with OK; spans point into the bytes.
 * @param visitor  Is shown the sessions of a KeepAlive. NULL = nobody.
 *
 * @retval ELECTION_INVALID  The bytes are no Command.
 * @retval ELECTION_UNSUPPORTED  No command that this version knows.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_command_decode(
    const void *bytes, size_t size, struct election_registry_command *command,
    const struct election_registry_visitor *visitor);

/** What a query asks for. The values are field numbers. */
enum election_registry_query_kind {
    ELECTION_REGISTRY_GET_TERM = 1,
    ELECTION_REGISTRY_LIST_ELECTIONS = 2,
    ELECTION_REGISTRY_LIST_SESSIONS = 3,
    ELECTION_REGISTRY_GET_STATUS = 4
};

/** A Query. */
struct election_registry_query {
    enum election_registry_query_kind kind;
    const char *election; /* of GetTerm */
    size_t election_size; /* bytes */
    uint64_t after;       /* of a list: the last id of the page before */
    uint32_t limit;       /* of a list: 0 = ELECTION_LIST_LIMIT_DEFAULT */
};

/** Encodes a Query; as election_registry_command_encode(). */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_query_encode(const struct election_registry_query *query,
                               struct election_buffer *output);

/** What a Result has beside its status. The values are field numbers. */
enum election_registry_result_kind {
    ELECTION_REGISTRY_RESULT_BARE = 0,
    ELECTION_REGISTRY_RESULT_SESSION = 3,
    ELECTION_REGISTRY_RESULT_KEEP_ALIVE = 4,
    ELECTION_REGISTRY_RESULT_PROPOSE = 5
};

/** A decoded Result; spans point into its bytes. */
struct election_registry_result {
    enum election_status status; /* UNSUPPORTED, if of a later version */
    uint64_t applied;            /* the entry's index */
    enum election_registry_result_kind kind;
    /* SessionResult */
    uint64_t session_id;
    uint64_t incarnation;
    uint64_t timeout_ms;
    /* KeepAliveResult */
    size_t lost_count;
    /* ProposeResult */
    bool has_leadership;
    struct election_registry_leadership leadership;
    const uint8_t *output; /* a LeaderElectionOutput, not looked
                               at; NULL = none */
    size_t output_size;    /* bytes */
    bool is_repeated;
};

/**
 * Decodes a Result.
 *
 * @param result  Set only with OK, and before the visitor is first called.
 * @param visitor  Is shown the ids of lost sessions. NULL = nobody.
 *
 * @retval ELECTION_INVALID  The bytes are no Result.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_result_decode(
    const void *bytes, size_t size, struct election_registry_result *result,
    const struct election_registry_visitor *visitor);

/** What an Answer has beside its status. The values are field numbers. */
enum election_registry_answer_kind {
    ELECTION_REGISTRY_ANSWER_BARE = 0,
    ELECTION_REGISTRY_ANSWER_LEADERSHIP = 3,
    ELECTION_REGISTRY_ANSWER_ELECTIONS = 4,
    ELECTION_REGISTRY_ANSWER_SESSIONS = 5,
    ELECTION_REGISTRY_ANSWER_STATUS = 6
};

/** A decoded Answer; spans point into its bytes. */
struct election_registry_answer {
    enum election_status status;
    uint64_t applied;
    enum election_registry_answer_kind kind;
    struct election_registry_leadership leadership;
    /* RegistryStatus */
    uint32_t version;
    uint64_t epoch;
    uint64_t now_ms;
    uint64_t index_floor;
    uint64_t id_floor;
    uint64_t session_count;
    uint64_t election_count;
    uint64_t candidate_count;
    uint64_t log_digest;
};

/**
 * Decodes an Answer.
 *
 * @param answer  Set only with OK, and before the visitor is first called.
 * @param visitor  Is shown candidates, elections or sessions. NULL = nobody.
 *
 * @retval ELECTION_INVALID  The bytes are no Answer.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_answer_decode(
    const void *bytes, size_t size, struct election_registry_answer *answer,
    const struct election_registry_visitor *visitor);

/** A decoded Event; spans point into its bytes. */
struct election_registry_event {
    uint64_t applied; /* orders the events of an election, on every replica */
    const char *election;
    size_t election_size; /* bytes */
    enum election_cause cause;
    uint64_t by_session_id; /* who changed it; 0 = nobody's command */
    struct election_registry_leadership leadership;
};

/**
 * Decodes an Event.
 *
 * @param event  Set only with OK, and before the visitor is first called.
 * @param visitor  Is shown the candidates, which come with the scope TERM.
 *     NULL = nobody.
 *
 * @retval ELECTION_INVALID  The bytes are no Event.
 */
ELECTION_API ELECTION_MUST_USE enum election_status
election_registry_event_decode(const void *bytes, size_t size,
                               struct election_registry_event *event,
                               const struct election_registry_visitor *visitor);

#ifdef __cplusplus
}
#endif

#endif
