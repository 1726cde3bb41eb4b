/* SPDX-License-Identifier: Apache-2.0 */
/** One question after the other, each asked until a node has answered it. */
#ifndef ELECTIONCTL_ASK_H
#define ELECTIONCTL_ASK_H

#include "election/wire.h"
#include "link.h"

/** Is shown a response. Returns true if it was the last one. */
typedef bool ask_fn(void *context, const struct service_response *response);

struct ask {
    struct link link;
    uv_timer_t timer;
    const struct options *options;
    struct service_request request;
    bool is_asked; /* and not answered */
    ask_fn *fn;
    void *context;
    int exit_status;
    uint64_t last_id;
    struct service_response welcome; /* of the present line: numbers alone */
    struct election_buffer query;
};

/**
 * Opens the way to the cluster.
 *
 * @param node  If not NULL, this node alone is asked.
 */
void ask_open(struct ask *ask, uv_loop_t *loop, const struct options *options,
              const char *node);

/**
 * Asks, and runs the loop until that is answered, or nobody has in time.
 *
 * @param request  Its id is given here.
 * @param fn  Is shown the response, or all of them. NULL = only that it came.
 * @return  EXIT_DONE, or how the process ends; that was said.
 */
int ask_for(struct ask *ask, struct service_request request, ask_fn *fn,
            void *context);

/** Asks a Query; the response is an Answer. */
int ask_query(struct ask *ask, const struct election_registry_query *query,
              bool is_local, ask_fn *fn, void *context);

/** Asks what the registry says of itself. */
int ask_status(struct ask *ask, bool is_local,
               struct election_registry_answer *answer);

void ask_close(struct ask *ask);

/** Asks one node alone, for two seconds at most, who it is and what it has. */
int ask_node(const struct options *options, uv_loop_t *loop, const char *node,
             struct service_response *welcome,
             struct election_registry_answer *answer);

#endif
