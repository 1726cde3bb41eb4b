/* SPDX-License-Identifier: Apache-2.0 */
/** What electiond is told to do, by its command line and its file. */
#ifndef ELECTIOND_OPTIONS_H
#define ELECTIOND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "service/service.h"

enum {
    PEERS_MAX = 8 /* members of a cluster */
};

/** A member of the cluster. */
struct peer {
    uint64_t id;
    char address[ADDRESS_SIZE]; /* IPV4:RAFTPORT/CLIENTPORT */
};

struct options {
    uint64_t id;
    const char *data;             /* folder */
    struct peer peers[PEERS_MAX]; /* of a new cluster */
    unsigned peer_count;
    char address[ADDRESS_SIZE]; /* its own, as a member */
    char raft[ADDRESS_SIZE];    /* where it listens */
    char client[ADDRESS_SIZE];  /* where it listens */
    const char *socket;         /* path; NULL = in the data folder */
    struct service_token token; /* empty = none is asked for */
    bool is_new;
    bool joins;           /* a cluster that is there already */
    const char *restored; /* path of a snapshot to be made of; NULL = none */
    bool logs_json;
    char metrics[ADDRESS_SIZE]; /* where it tells of itself; empty = nowhere */
    uint64_t connections_max;
    uint64_t sessions_max;
    uint64_t elections_max;
    uint64_t candidates_max; /* of one client */
    uint64_t patience_ms;    /* before another Raft leader is sought */
    uint64_t log_size_min;   /* bytes, before the log is compacted */
};

/** What came of reading options. */
enum options_outcome { OPTIONS_GOOD, OPTIONS_WRONG, OPTIONS_HELP };

/**
 * Reads the command line. What is wrong, or the help, was printed.
 *
 * @param options  Texts point into argv, or into memory that stays.
 */
enum options_outcome options_read(struct options *options, int argc,
                                  char **argv);

/**
 * Takes over where this node is, once that is known: for an old one its folder
 * knows.
 *
 * @return  NULL = it may listen there; else why not.
 */
const char *options_settle(struct options *options, const char *address);

#endif
