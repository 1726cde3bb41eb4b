/* SPDX-License-Identifier: Apache-2.0 */
/** Events: the latest of each election that a client watches. */
#ifndef ELECTIOND_WATCHES_H
#define ELECTIOND_WATCHES_H

#include "connection.h"

enum {
    /** Watches of one connection. */
    WATCHES_MAX = 4096
};

/** Begins a watch, or refuses it. */
void watches_begin(struct connection *connection,
                   const struct service_request *request);

/** Ends one, whether there is such a watch or not. */
void watches_end(struct connection *connection, uint64_t request_id,
                 uint64_t watch_id);

/** Begins those that have waited for what this node had not applied. */
void watches_turn(struct connection *connection);

/** Ends all of a connection. */
void watches_drop(struct connection *connection);

/** An event that waited is on its way: it can't be replaced any more. */
void watch_sent(struct parcel *parcel);

#endif
