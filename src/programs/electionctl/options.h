/* SPDX-License-Identifier: Apache-2.0 */
/** What electionctl is told to do. */
#ifndef ELECTIONCTL_OPTIONS_H
#define ELECTIONCTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/service.h"

enum {
    NODES_MAX = 16,
    NODE_SIZE = 128 /* "HOST:PORT" and a NUL */
};

/** How it ends, if not as COMMAND does: the codes of sysexits.h. */
enum {
    EXIT_DONE = 0,
    EXIT_NO = 1,           /* the answer is no: the text says why */
    EXIT_USAGE = 64,       /* the command line */
    EXIT_UNAVAILABLE = 69, /* no node has answered in time */
    EXIT_SOFTWARE = 70,    /* out of memory, or an answer that makes no sense */
    EXIT_FILE = 74,        /* a file can't be read or written */
    EXIT_REFUSED = 77      /* a node has refused it: the text says why */
};

struct options {
    char nodes[NODES_MAX][NODE_SIZE]; /* where to look for the leader */
    unsigned node_count;
    const char *socket;         /* path of an operator's socket; NULL = none */
    struct service_token token; /* empty = none */
    bool is_json;
    uint64_t patience_ms; /* until a command that is asked once gives up */

    const char *candidate; /* --as */
    const char *address;   /* told to all who ask; NULL = nothing */
    uint64_t ttl_ms;       /* of a session */
    const char *identity;  /* path; NULL = a new one each time */
    bool is_once;
    bool is_watching; /* list --watch */
    uint64_t if_index;
    uint64_t lost_entries;
    bool has_lost_entries;
    uint64_t version; /* upgrade --to */

    char **words; /* behind the options: the subcommand and its arguments */
    int word_count;
    char **command; /* behind "--"; ends with NULL; NULL = none */
};

/** What came of reading options. */
enum options_outcome { OPTIONS_GOOD, OPTIONS_WRONG, OPTIONS_HELP };

/**
 * Reads the command line and the environment. What is wrong was said.
 *
 * @param options  Texts point into argv and the environment.
 */
enum options_outcome options_read(struct options *options, int argc,
                                  char **argv);

#endif
