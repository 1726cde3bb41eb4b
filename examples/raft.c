/* SPDX-License-Identifier: Apache-2.0
 * A leader is elected and hands over, on three libraft servers with a registry
 * each. The Raft leader is cut off meanwhile, and comes back by a snapshot. In
 * the end all three have applied the same.
 */
#include "raft_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Asks for a command, and tells what came of it. */
static uint64_t ask(const char *story, struct election_registry_command asked)
{
    struct election_registry_result result = cluster_propose(&asked);

    printf("  %-22s %s%s", story, election_status_name(result.status),
           result.is_repeated ? " before" : "");
    if (result.has_leadership)
        printf(", token %" PRIu64 ": %.*s leads", result.leadership.index,
               (int)result.leadership.leader_size, result.leadership.leader);
    printf("\n");
    return result.session_id;
}

static uint64_t open(const char *story, const char *client)
{
    return ask(story, (struct election_registry_command){
                          .kind = ELECTION_REGISTRY_OPEN_SESSION,
                          .client_id = (const uint8_t *)client,
                          .client_id_size = strlen(client),
                          .timeout_ms = 5000,
                      });
}

static void propose(const char *story, uint64_t session_id, uint64_t sequence,
                    enum election_op op, const char *name)
{
    (void)ask(story, (struct election_registry_command){
                         .kind = ELECTION_REGISTRY_PROPOSE,
                         .session_id = session_id,
                         .sequence = sequence,
                         .election = "db",
                         .election_size = strlen("db"),
                         .command = {op, name, strlen(name)},
                     });
}

int main(void)
{
    uint64_t alice, bob;

    cluster_start();
    alice = open("alice opens a session", "alice's host");
    bob = open("bob opens a session", "bob's host");
    propose("alice enters", alice, 1, ELECTION_OP_ENTER, "alice");
    propose("bob enters", bob, 1, ELECTION_OP_ENTER, "bob");
    cluster_cut_off();
    propose("bob asks once more", bob, 1, ELECTION_OP_ENTER, "bob");
    propose("alice hands over", alice, 2, ELECTION_OP_ANOINT, "bob");
    propose("alice leaves", alice, 3, ELECTION_OP_WITHDRAW, "alice");
    cluster_connect();
    cluster_stop();
}
