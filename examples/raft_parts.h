/* SPDX-License-Identifier: Apache-2.0
 *
 * Three servers of libraft, each with a registry: raft_cluster.c has them,
 * raft.c is what happens to them.
 */
#ifndef RAFT_PARTS_H
#define RAFT_PARTS_H

#include <election/registry.h>

void cluster_start(void);

/* Proposes a command at the Raft leader, and returns the answer to it. */
struct election_registry_result
cluster_propose(const struct election_registry_command *asked);

/* The Raft leader is cut off from the others; and connected again. */
void cluster_cut_off(void);
void cluster_connect(void);

void cluster_stop(void);

#endif
