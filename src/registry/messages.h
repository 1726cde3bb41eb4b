/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The messages of registry.proto: the objects they are read into and written
 * from, and the tables of their fields.
 */
#ifndef ELECTION_MESSAGES_H
#define ELECTION_MESSAGES_H

#include "codec.h"

/** Field numbers that are written by hand, as their messages are streamed. */
enum {
    ELECTION__COMMAND_EPOCH = 1,
    ELECTION__COMMAND_TIME_MS = 2,
    ELECTION__ANSWER_ELECTIONS = 4,
    ELECTION__ANSWER_SESSIONS = 5,
    ELECTION__LIST_ELEMENT = 1,
    ELECTION__RESULT_KEEP_ALIVE = 4,
    ELECTION__KEEP_ALIVE_LOST = 1,
    ELECTION__SNAPSHOT_SESSION = 10,
    ELECTION__SNAPSHOT_ELECTION = 11,
    ELECTION__SNAPSHOT_DIGEST = 12,
    ELECTION__ELECTION_STATE_ELECTION = 3
};

struct election__leadership {
    struct election_registry_leadership view;
    const struct election *candidates; /* written if not NULL, never read */
};

struct election__command {
    struct election__case which;
    struct election_registry_command view; /* all but the kind */
};

struct election__result {
    struct election__case which;
    uint32_t status;
    uint64_t applied;
    uint64_t session_id;
    uint64_t incarnation;
    uint64_t timeout_ms;
    const uint64_t *lost;
    size_t lost_count;
    bool has_leadership;
    struct election__leadership leadership;
    const uint8_t *output;
    size_t output_size;
    struct election__answer_of answer;
    bool is_repeated;
};

struct election__query {
    struct election__case which;
    struct election_registry_query view; /* all but the kind */
};

struct election__answer {
    struct election__case which;
    uint32_t status;
    uint64_t applied;
    struct election__leadership leadership;
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

struct election__election_summary {
    uint64_t id;
    const char *name;
    size_t name_size;
    bool has_leadership;
    struct election__leadership leadership;
};

struct election__event {
    uint64_t applied;
    const char *election;
    size_t election_size;
    uint32_t cause;
    uint64_t by_session_id;
    bool has_leadership;
    struct election__leadership leadership;
};

/** A Snapshot without its lists, and the element that was read last. */
struct election__snapshot_head {
    uint32_t version;
    uint64_t applied;
    uint64_t epoch;
    uint64_t stamp_ms;
    uint64_t now_ms;
    uint64_t extended_ms;
    uint64_t index_floor;
    uint64_t id_floor;
    uint64_t log_digest;
    const uint8_t *element;
    size_t element_size;
    uint64_t digest;
};

struct election__session_state {
    uint64_t id;
    const uint8_t *client_id;
    size_t client_id_size;
    uint64_t incarnation;
    uint64_t nonce;
    uint64_t timeout_ms;
    uint64_t renewed_ms;
    const uint8_t *data;
    size_t data_size;
    uint64_t highest_sequence;
    uint64_t seen;
    const uint8_t *statuses;
    size_t statuses_size;
};

struct election__election_state {
    uint64_t id;
    const char *name;
    size_t name_size;
    const uint8_t *election; /* a LeaderElectionSnapshot, only read */
    size_t election_size;
};

extern const struct election__message election__command_message;
extern const struct election__message election__result_message;
extern const struct election__message election__query_message;
extern const struct election__message election__answer_message;
extern const struct election__message election__election_summary_message;
extern const struct election__message election__session_summary_message;
extern const struct election__message election__event_message;
extern const struct election__message election__snapshot_message;
extern const struct election__message election__session_state_message;
extern const struct election__message election__election_state_message;

#endif
