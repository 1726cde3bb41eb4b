/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a node and its clients say to each other: service.proto, written and
 * read without I/O; and the clock and the secret that both have.
 *
 *     clock.c     time that runs on while the machine sleeps
 *     frame.c     bytes as they arrive, and the frames in them
 *     messages.c  Requests and Responses
 *     result.c    a Result that a node makes by itself
 *     token.c     a file with a token
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "election/wire.h"

enum {
    /** The highest version of the protocol that is spoken here. */
    SERVICE_VERSION = 1,
    /** Bytes before a message: its size, the highest first. */
    SERVICE_HEAD_SIZE = 4,
    /** Most bytes of a message. */
    SERVICE_MESSAGE_SIZE_MAX = 1 << 20,
    /** Most bytes of a token. */
    SERVICE_TOKEN_SIZE_MAX = 1024
};

/** Bytes within a message that was read; no bytes = NULL. */
struct service_span {
    const uint8_t *bytes;
    size_t size;
};

/* ---- requests ----------------------------------------------------------- */

/** What a client asks for. The values are field numbers. */
enum service_request_kind {
    SERVICE_NO_REQUEST = 0, /* none that this version knows */
    SERVICE_HELLO = 2,
    SERVICE_COMMAND = 3,
    SERVICE_READ = 4,
    SERVICE_WATCH = 5,
    SERVICE_UNWATCH = 6,
    SERVICE_GET_SNAPSHOT = 7,
    SERVICE_GET_NODE = 8,
    SERVICE_CHANGE_MEMBER = 9,
    SERVICE_GET_MEMBERS = 10
};

/** How the members are to change. */
enum service_change {
    SERVICE_NO_CHANGE = 0,
    SERVICE_ADD = 1,
    SERVICE_PROMOTE = 2,
    SERVICE_REMOVE = 3
};

/** A Request. Only what its kind has counts; the rest is zero. */
struct service_request {
    uint64_t id;
    enum service_request_kind kind;
    struct service_span message; /* the Command; the Query of a Read */
    /* Hello */
    uint64_t version;
    struct service_span token;
    struct service_span client_id;
    /* Read */
    bool is_local;
    /* Watch */
    struct service_span election;
    uint64_t after;
    bool with_candidates;
    /* Unwatch */
    uint64_t watch_id;
    /* ChangeMember */
    uint64_t change; /* enum service_change */
    uint64_t node_id;
    struct service_span address;
};

/**
 * Writes a frame with a Request.
 *
 * @retval ELECTION_FULL  It would be larger than a frame may be.
 * @retval ELECTION_NOMEM
 */
enum election_status
service_request_write(const struct service_request *request,
                      struct election_buffer *output);

/**
 * Reads a Request; spans point into the bytes.
 *
 * @retval ELECTION_INVALID  The bytes are none, or it has more than one case.
 * @retval ELECTION_UNSUPPORTED  No case that this version knows; it has an id.
 */
enum election_status service_request_read(const uint8_t *bytes, size_t size,
                                          struct service_request *request);

/* ---- responses ---------------------------------------------------------- */

/** What a node answers. The values are field numbers. */
enum service_response_kind {
    SERVICE_NO_RESPONSE = 0,
    SERVICE_WELCOME = 2,
    SERVICE_RESULT = 3,
    SERVICE_ANSWER = 4,
    SERVICE_EVENT = 5,
    SERVICE_WATCHING = 6,
    SERVICE_NOT_LEADER = 7,
    SERVICE_UNAVAILABLE = 8,
    SERVICE_REFUSED = 9,
    SERVICE_PIECE = 10,
    SERVICE_NODE = 11,
    SERVICE_MEMBER = 12,
    SERVICE_CHANGED = 13
};

/** What a member does. The values are libraft's, too. */
enum service_role {
    SERVICE_STAND_BY = 0,
    SERVICE_VOTER = 1,
    SERVICE_SPARE = 2
};

/** A Response. Only what its kind has counts; the rest is zero. */
struct service_response {
    uint64_t id;
    enum service_response_kind kind;
    /** The Result, Answer or Event; the bytes of a Piece. */
    struct service_span message;
    /** The address of NotLeader, Node or Member; the text of Unavailable,
     * Refused. */
    struct service_span text;
    /* Welcome, Node, Member */
    uint64_t version;
    uint64_t node_id;
    bool is_leader;
    uint64_t registry_version;
    uint64_t raft_term;
    uint64_t last_index;
    uint64_t applied;
    struct service_span release;
    uint64_t connections;
    /* Member */
    uint64_t role; /* enum service_role */
    bool is_last;
    /* Watching */
    bool has_ended;
    /* Piece */
    uint64_t offset;
    uint64_t size;
};

/** The same for a Response. */
enum election_status
service_response_write(const struct service_response *response,
                       struct election_buffer *output);
enum election_status service_response_read(const uint8_t *bytes, size_t size,
                                           struct service_response *response);

/** Returns a span of a text that ends with NUL. */
struct service_span service_text(const char *text);

/* ---- a Result that a node makes ----------------------------------------- */

/** Writes the Result of a KeepAlive: OK, or NO_SESSION with the lost ids. */
enum election_status service_keep_alive_result(uint64_t applied,
                                               const uint64_t *lost_ids,
                                               size_t lost_count,
                                               struct election_buffer *output);

/* ---- the clock, and the secret ------------------------------------------ */

/** Returns the milliseconds of CLOCK_BOOTTIME, read now. */
uint64_t service_clock_ms(void);

/** What clients must know. */
struct service_token {
    uint8_t bytes[SERVICE_TOKEN_SIZE_MAX];
    size_t size; /* 0 = nothing */
};

/**
 * Reads all of a file, but for a line's end at its end.
 *
 * @return  NULL = that is a token; else why not.
 */
const char *service_token_read(struct service_token *token, const char *path);

/* ---- frames ------------------------------------------------------------- */

/** Bytes that have arrived. Start from zero. */
struct service_inbox {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t taken;            /* of frames that were taken out */
    size_t message_size_max; /* 0 = SERVICE_MESSAGE_SIZE_MAX */
};

/**
 * Tells where the next bytes that arrive are to be put. What was taken is
 * forgotten. Room grows with what arrives, and not with what is announced.
 *
 * @return  False = no memory; or nobody has taken out what is there, and it is
 *     more than a frame.
 */
bool service_inbox_room(struct service_inbox *inbox, uint8_t **room,
                        size_t *size);

/** So many bytes were put there. */
void service_inbox_add(struct service_inbox *inbox, size_t size);

/**
 * Takes the next message out.
 *
 * @param message  It lives until service_inbox_room() is called.
 *
 * @retval ELECTION_OK
 * @retval ELECTION_NOT_FOUND  It has not arrived yet.
 * @retval ELECTION_INVALID  It is too large; nothing else can be taken out.
 */
enum election_status service_inbox_take(struct service_inbox *inbox,
                                        struct service_span *message);

/** Tells whether a part of a frame waits for the rest. */
bool service_inbox_is_waiting(const struct service_inbox *inbox);

/** Gives back what an idle inbox does not need; messages are gone. */
void service_inbox_trim(struct service_inbox *inbox);

void service_inbox_free(struct service_inbox *inbox);

#endif
