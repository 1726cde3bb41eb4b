/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A node, and what its files share. All runs on one loop, in one thread, but
 * for libraft's writes.
 *
 *     main.c         start and end
 *     options.c      the command line
 *     address.c      where a member is
 *     journal.c      what a person should know
 *     folder.c       the data folder
 *     server.c       the Raft server: roles, failure, leaving in order
 *     members.c      who belongs to the cluster, and changes of that
 *     restoring.c    a folder that is made of a snapshot
 *     door.c         where clients come in
 *     connection.c   one client: bytes in, frames out
 *     requests.c     what it asks for
 *     rights.c       whose sessions it may name, and how much it may have
 *     gathering.c    KeepAlives that become one entry
 *     watches.c      events
 *     complaints.c   what is told once in a while
 *     measuring.c    what happens that is counted
 *     metrics.c      how often it has
 *     exposition.c   and how that is told
 *     http.c         where: --metrics
 */
#ifndef ELECTIOND_NODE_H
#define ELECTIOND_NODE_H

#include <raft/uv.h>
#include <uv.h>

#include "complaints.h"
#include "election/raft.h"
#include "folder.h"
#include "http.h"
#include "metrics.h"
#include "options.h"
#include "service/service.h"

struct connection;
struct node;

/** How the process ends. */
enum {
    EXIT_IN_ORDER = 0,
    EXIT_FAILED = 1,  /* out of memory, or libraft gave up */
    EXIT_WRONG = 2,   /* the options */
    EXIT_NO_DATA = 3, /* the data folder can't be used, or is gone */
    EXIT_NO_PORT = 4, /* it can't listen */
    EXIT_DISK = 5     /* a write failed: the disk is full, or broken */
};

/** One request that waits for its answer. */
struct ticket {
    struct ticket *next;           /* of its connection */
    struct ticket *gathered;       /* the next one of its gathering */
    struct connection *connection; /* NULL = it is gone */
    struct node *node;
    uint64_t id;
    uint64_t asked_ns; /* when, if that is counted */
    bool is_proposal;
    /* of a KeepAlive */
    size_t session_count;
    uint64_t session_ids[];
};

/** A change of the members that is under way. */
struct change {
    struct raft_change request;
    struct ticket *ticket; /* of who has asked for it; NULL = none is */
    enum service_change kind;
    uint64_t id;  /* of the member */
    bool is_due;  /* its next step, from outside libraft's callbacks */
    bool is_last; /* the step that is under way, or due */
};

/** KeepAlives: those that come within a while become one entry. */
struct gathering {
    uv_timer_t timer;
    struct ticket *first; /* in the order in which they came */
    struct ticket **end;
    size_t session_count;
    struct election_buffer command;
    struct election_buffer result;
};

struct node {
    struct options options;
    struct folder folder;
    uv_loop_t loop;
    int exit_status;

    /* Raft */
    struct raft_uv_transport transport;
    struct raft_io io;
    struct raft raft;
    struct raft_transfer transfer;
    struct change change;
    int (*connect)(struct raft_uv_transport *transport,
                   struct raft_uv_connect *request, raft_id id,
                   const char *address, raft_uv_connect_cb callback);
    struct election_registry *registry;
    struct election_raft *adapter;
    char leader_address[ADDRESS_SIZE]; /* the latest that was asked for */
    bool is_leaving;                   /* it was told to end */
    bool wants_end; /* nothing is waited for any more: raft is to be closed */
    bool is_ending; /* it is being closed */

    /* clients */
    uv_tcp_t port;
    uv_pipe_t socket;
    struct connection *connections;
    size_t connection_count;
    size_t ticket_count;  /* of those too that are gone */
    bool is_saving;       /* one of them is sent a snapshot */
    uint64_t queued_size; /* bytes for all of them */
    struct gathering gathering;
    struct election_buffer command; /* being judged */
    struct election_buffer answer;
    struct election_buffer frame;
    struct complaints complaints;
    struct metrics metrics;
    struct http http;

    uv_timer_t second; /* each second: what has waited too long */
    uv_idle_t busy;    /* active while there is something to be done */
    uv_prepare_t turn; /* before the loop waits: what is to be sent */
    uv_signal_t signals[2];
    uv_timer_t patience; /* of a node that leaves */
};

/** Something is left to be done: the loop does not wait. */
void node_go_on(struct node *node);

/* ---- server.c ----------------------------------------------------------- */

/** Starts the Raft server. Returns how the process ends, or EXIT_IN_ORDER. */
int server_start(struct node *node);

/** Leaves: hands the Raft leadership on, if there is one, and then ends. */
void server_leave(struct node *node);

/** Once raft is closed: releases what start() has made. */
void server_release(struct node *node);

/** Raft is to be closed, from outside its callbacks. */
void server_end(struct node *node);

/** Returns where clients reach the leader; NULL = it is not known. */
const char *server_leader_address(struct node *node);

/** Once a second: a node that has joined is a member from then on. */
void server_check(struct node *node);

/* ---- measuring.c -------------------------------------------------------- */

/** Counts from now on, if --metrics says so. Returns how the process ends. */
int measuring_start(struct node *node);

/** Raft has started: its log is from before. */
void measuring_begin(struct node *node);

/** Once a second: looks whether all sessions were extended. */
void measuring_check(struct node *node);

/* ---- restoring.c -------------------------------------------------------- */

/** Fills a new folder from a snapshot; returns how the process ends. */
int restoring_run(struct node *node);

/* ---- door.c ------------------------------------------------------------- */

/** Listens for clients, and at the operator's socket. False = that failed. */
bool door_open(struct node *node);

/** Closes it: nobody comes in any more. */
void door_close(struct node *node);

/* ---- requests.c --------------------------------------------------------- */

/** Takes a message of a client. */
void requests_take(struct connection *connection,
                   const struct service_span *message);

/** This node can't answer: tells who may. */
void requests_send_elsewhere(struct connection *connection, uint64_t id);

/** Sends what is left of a snapshot, where all else was sent. */
void requests_go_on(struct connection *connection);

/** Nothing more of a snapshot is sent. */
void requests_end_snapshot(struct connection *connection);

/** Answers so. */
void requests_refuse(struct connection *connection, uint64_t id,
                     const char *text);

/* ---- rights.c ----------------------------------------------------------- */

/** Tells whether a query may be asked here: fails where it can't be told. */
bool rights_may_read(const struct connection *connection,
                     const struct service_span *query);

/**
 * Judges a client's command at a leader in office.
 *
 * @param ids  The sessions of a KeepAlive.
 * @return  NULL = it may be proposed; else why not.
 */
const char *rights_judge(const struct connection *connection,
                         const struct election_registry_command *command,
                         const uint64_t *ids);

/* ---- gathering.c -------------------------------------------------------- */

bool gathering_open(struct node *node);
void gathering_close(struct node *node);

/** Takes over a KeepAlive, which is answered later. */
void gathering_add(struct node *node, struct ticket *ticket);

#endif
