/* SPDX-License-Identifier: Apache-2.0 */
/** One client: bytes in, frames out. */
#ifndef ELECTIOND_CONNECTION_H
#define ELECTIOND_CONNECTION_H

#include "node.h"

enum {
    /** Requests of one connection that wait; then no more are read. */
    TICKETS_MAX = 256,
    /** Bytes that wait for one connection, and for all of them, at most. */
    QUEUED_MAX = 32 << 20,
    QUEUED_MAX_IN_ALL = 512 << 20
};

/** Something to be sent: frames of answers, or one event. */
struct parcel {
    struct parcel *next;
    struct watch *watch; /* of an event that may change yet; NULL = none */
    struct election_buffer bytes;
    size_t counted; /* bytes of memory that count as queued */
    size_t name_size;
    char name[]; /* of the election */
};

struct watch;

struct connection {
    struct node *node;
    struct connection *next;
    struct connection **link; /* what points at it */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    bool is_operator;
    bool has_greeted;
    bool is_closing;
    bool is_ending; /* closed once all is sent: nothing more is taken */
    bool is_shut;   /* all was sent: it may still hear it, and go */
    bool is_silent; /* it will send nothing more */
    bool is_paused; /* too many requests wait */
    char address[ADDRESS_SIZE];
    uint8_t client_id[ELECTION_CLIENT_ID_SIZE_MAX];
    size_t client_id_size;
    uint64_t came_ms;
    /** When it came, or a whole message did, or one began. */
    uint64_t heard_ms;

    struct service_inbox inbox;
    struct ticket *tickets;
    size_t ticket_count;
    size_t proposal_count; /* of them, those that propose */
    unsigned taken_count;  /* messages, in this turn */
    struct watch *watches;
    size_t watch_count;
    size_t waiting_count; /* of them, those that have not begun */

    uint8_t *snapshot; /* being sent; NULL = none */
    size_t snapshot_size;
    uint64_t snapshot_id; /* of the request */
    uint64_t snapshot_offset;

    struct parcel *queue; /* to be sent, in order */
    struct parcel *last;  /* of the queue */
    size_t queued_size;   /* bytes, those under way too */
    struct parcel *sending;
    size_t sending_size;
    size_t left_size;    /* of it, when that was looked at */
    uint64_t sending_ms; /* since when nothing of it was taken */
    uv_write_t write;
    uv_shutdown_t shutdown;
};

/** Makes a connection, to be accepted into. NULL = no memory. */
struct connection *connection_create(struct node *node, bool is_operator);

/** It was accepted: begins to read. */
void connection_start(struct connection *connection);

/** Closes it: what it asked for is not answered, but done. */
void connection_drop(struct connection *connection, const char *why);

/** Sends a response. What is too large for a frame is refused instead. */
void connection_send(struct connection *connection,
                     const struct service_response *response);

/**
 * Puts an event behind all that is to be sent.
 *
 * @return  It may be replaced until watch_sent() is called. NULL = it is not
 *     sent, and the connection may be gone.
 */
struct parcel *connection_send_event(struct connection *connection,
                                     struct watch *watch,
                                     const struct service_response *response,
                                     const char *name, size_t name_size);

/** Puts a newer event in the place of one that was not sent. */
void connection_replace(struct connection *connection, struct parcel *parcel,
                        const struct service_response *response);

/** Sends what waits, if nothing is under way; before the loop waits. */
void connection_turn(struct connection *connection);

/** Drops it, if it has kept this node waiting for too long. */
void connection_check(struct connection *connection, uint64_t now_ms);

/** Makes a ticket with room for so many sessions. NULL = no memory. */
struct ticket *connection_ticket(struct connection *connection, uint64_t id,
                                 size_t session_count);

/** It was answered. */
void ticket_free(struct ticket *ticket);

#endif
