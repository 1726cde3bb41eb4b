/* SPDX-License-Identifier: Apache-2.0
 * Three libraft servers, each with an election as its state machine. A leader
 * is elected and hands over; then the Raft leader is cut off, and comes back by
 * a snapshot. In the end all three have the same state, byte for byte.
 */
#include "raft_parts.h"

#include <inttypes.h>
#include <raft/fixture.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVERS = 3, WAIT = 9999 /* ms */ };
static struct raft_fixture net;
static struct machine machines[SERVERS];

static void require(bool good)
{
    if (!good)
        abort();
}

static void tell(struct raft_apply *request, int status, void *result)
{
    const struct machine *machine = result;
    struct election_candidate leader;

    require(status == 0 && election_leader(machine->election, &leader) == 0);
    printf("  %-24s tenure %" PRIu64 ": %.*s leads, %s\n",
           (const char *)request->data, election_index(machine->election),
           (int)leader.name_size, leader.name,
           election_status_name(machine->status));
}

static void propose(char *story, enum entry_kind kind, uint64_t session_id,
                    enum election_op op, const char *name)
{
    struct raft_apply apply = {.data = story};
    unsigned i = raft_fixture_leader_index(&net);
    struct raft_buffer entry;

    require(entry_make(&entry, kind, session_id, op, name));
    /* One entry at a time: libraft gives back no more than one result. */
    require(!raft_apply(raft_fixture_get(&net, i), &apply, &entry, 1, tell));
    require(raft_fixture_step_until_applied(&net, i, apply.index, WAIT));
}

static void start(void)
{
    struct raft_configuration all;

    require(raft_fixture_initialize(&net) == 0);
    for (unsigned i = 0; i < SERVERS; i++) {
        require(machine_init(&machines[i]));
        require(raft_fixture_grow(&net, &machines[i].fsm) == 0);
        raft_set_snapshot_threshold(raft_fixture_get(&net, i), 4);
        raft_set_snapshot_trailing(raft_fixture_get(&net, i), 1);
    }
    require(raft_fixture_configuration(&net, SERVERS, &all) == 0);
    require(!raft_fixture_bootstrap(&net, &all) && !raft_fixture_start(&net));
    raft_configuration_close(&all);
    raft_fixture_elect(&net, 0);
}

int main(void)
{
    start();
    printf("Server %llu is the Raft leader.\n", net.leader_id);
    propose("alice enters", ENTRY_COMMAND, 1, ELECTION_OP_ENTER, "alice");
    propose("bob enters", ENTRY_COMMAND, 2, ELECTION_OP_ENTER, "bob");
    propose("carol enters", ENTRY_COMMAND, 3, ELECTION_OP_ENTER, "carol");
    propose("carol takes over", ENTRY_COMMAND, 0, ELECTION_OP_ANOINT, "carol");
    for (unsigned i = 1; i < SERVERS; i++) {
        raft_fixture_saturate(&net, 0, i);
        raft_fixture_saturate(&net, i, 0);
    }
    require(raft_fixture_step_until_has_no_leader(&net, WAIT));
    require(raft_fixture_step_until_has_leader(&net, WAIT));
    printf("It is cut off, and server %llu takes over.\n", net.leader_id);
    propose("bob sends no input", ENTRY_COMMAND, 2, 0, NULL);
    propose("carol's session ends", ENTRY_SESSION_END, 3, 0, NULL);
    propose("alice leaves", ENTRY_COMMAND, 1, ELECTION_OP_WITHDRAW, "alice");
    propose("dave enters", ENTRY_COMMAND, 4, ELECTION_OP_ENTER, "dave");
    for (unsigned i = 1; i < SERVERS; i++) {
        raft_fixture_desaturate(&net, 0, i);
        raft_fixture_desaturate(&net, i, 0);
    }
    require(
        raft_fixture_step_until_applied(&net, SERVERS, net.commit_index, WAIT));
    require(machines[0].restore_count == 1);
    printf("Server 1 is connected again, and restored by a snapshot.\n");
    for (int i = 1; i < SERVERS; i++)
        require(machine_equal(&machines[0], &machines[i]));
    require(election_index(machines[0].election) == 4);
    printf("All three snapshots are equal.\n");
    raft_fixture_close(&net);
    for (int i = 0; i < SERVERS; i++)
        machine_close(&machines[i]);
    return EXIT_SUCCESS;
}
