/* SPDX-License-Identifier: Apache-2.0 */
/** What a node asks its own registry. */
#ifndef ELECTIOND_QUERIES_H
#define ELECTIOND_QUERIES_H

#include "node.h"

/** Asks. False = no memory. Texts live until the next answer. */
bool queries_ask(struct node *node, const struct election_registry_query *query,
                 struct election_registry_answer *answer);

/** Returns what it says of itself; without memory there are 2^64 - 1 sessions
 * and elections, so that nobody takes it for empty. */
struct election_registry_answer queries_status(struct node *node);

#endif
