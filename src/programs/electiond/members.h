/* SPDX-License-Identifier: Apache-2.0 */
/** Who belongs to the cluster, as Raft's configuration says. */
#ifndef ELECTIOND_MEMBERS_H
#define ELECTIOND_MEMBERS_H

#include "node.h"

/** Makes a configuration of the --peers. Returns libraft's status. */
int members_of_peers(const struct options *options,
                     struct raft_configuration *members);

/** Tells whether this node is one of them. */
bool members_has_self(const struct node *node);

/** Writes down where clients reach a member; false = that is not known. */
bool members_address(const struct node *node, uint64_t id, char *address);

/** Returns how many have a vote. */
unsigned members_voter_count(const struct node *node);

/** Sends all of them. */
void members_send(struct connection *connection, uint64_t request_id);

/** Changes them, as an operator asks for at the leader. */
void members_change(struct connection *connection,
                    const struct service_request *request);

/** Goes on with a change, from outside libraft's callbacks. */
void members_turn(struct node *node);

#endif
