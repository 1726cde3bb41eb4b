/* SPDX-License-Identifier: Apache-2.0 */
/** A session of this process: the client's half, on a link. */
#ifndef ELECTIONCTL_SESSION_H
#define ELECTIONCTL_SESSION_H

#include "election/client.h"
#include "identity.h"
#include "link.h"

struct session;

/** Is told what the client tells, and after each step that something may have
 * changed, without a report. It may call the client in the latter case alone.
 */
typedef void session_fn(void *context,
                        const struct election_client_report *report);

struct session {
    uv_loop_t *loop;
    const struct options *options;
    struct identity identity;
    struct link link;
    struct election_client *client;
    struct election_buffer command;
    uv_timer_t timer;
    session_fn *fn;
    void *context;
    uint64_t longest_wait_ms; /* between two steps */
    bool is_closed;           /* the client said so: with this status */
    enum election_status closed_status;
    int failure;      /* how the process ends; 0 = no node has refused */
    uint64_t down_ms; /* since when no node answers */
    bool has_complained;
};

/**
 * Opens a session; who runs the loop lets it happen.
 *
 * @return  EXIT_DONE, or how the process ends; that was said.
 */
int session_open(struct session *session, uv_loop_t *loop,
                 const struct options *options, session_fn *fn, void *context);

/** The client was told to do something: what is due is sent. */
void session_step(struct session *session);

/** Closes it: once that is answered, it is_closed. */
void session_close(struct session *session);

/** Releases it: it ends by its timeout, if it was not closed. */
void session_release(struct session *session);

#endif
