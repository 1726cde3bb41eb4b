/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The way to the cluster: a connection to one of its nodes, and to another one
 * when that is gone, silent, or not the one that leads.
 */
#ifndef ELECTIONCTL_LINK_H
#define ELECTIONCTL_LINK_H

#include <uv.h>

#include "options.h"
#include "service/service.h"

struct link;
struct line;

/** What has happened to a link. */
enum link_news {
    LINK_UP,       /* a node has said welcome: that is the response */
    LINK_DOWN,     /* what was not answered will not be */
    LINK_RESPONSE, /* one has arrived */
    LINK_REFUSED   /* the hello was: nothing will come of this */
};

typedef void link_fn(void *context, enum link_news news,
                     const struct service_response *response);

enum { FAULT_SIZE = 160 };

/** Why a node was no good when it was asked last. */
struct fault {
    char address[NODE_SIZE]; /* "" = not asked yet */
    char text[FAULT_SIZE];
};

struct link {
    uv_loop_t *loop;
    const struct options *options;
    const uint8_t *client_id; /* NULL = it sends no commands */
    size_t client_id_size;
    uint64_t silence_ms; /* so long may an answer take */
    link_fn *fn;
    void *context;

    char address[NODE_SIZE];        /* of the present line, or the next one */
    struct fault faults[NODES_MAX]; /* of the nodes that were asked */
    bool is_up;
    bool has_hint;  /* the address comes from a node */
    bool is_fixed;  /* no other node is looked for */
    unsigned hints; /* since a node has answered what was asked */
    unsigned next;  /* of the nodes */
    unsigned unanswered;
    uint64_t waiting_ms; /* since when an answer is waited for */
    uv_timer_t timer;
    struct line *line; /* NULL = between two */
    struct election_buffer frame;
};

/** Starts to connect. The loop is to be run. */
void link_start(struct link *link);

/** Sends a request. False = there is no line now, or no memory. */
bool link_send(struct link *link, const struct service_request *request);

/** Gives up this line, and tries another one: at the address, if not NULL. */
void link_move(struct link *link, const char *address, const char *why);

/**
 * Goes to the leader that a node has named.
 *
 * @return  False = this link is of one node alone; that was said.
 */
bool link_follow(struct link *link, const struct service_response *response);

/** Says what this node has refused, and why. */
void link_refused(const struct link *link,
                  const struct service_response *response);

/** Says that nobody has answered for so long, and why each node has not. */
void link_complain(const struct link *link, uint64_t waited_ms);

/** Ends it; the loop is to be run until nothing is left in it. */
void link_stop(struct link *link);

/** Tells whether a name is still being looked up, which can't be stopped. */
bool link_is_looking_up(void);

#endif
