/* SPDX-License-Identifier: Apache-2.0
 * Three servers on libraft's fixture, whose time is made up. */
#include "raft_parts.h"
#include <inttypes.h>
#include <raft/fixture.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVERS = 3, WAIT = 9999 /* ms */ };
static struct raft_fixture net;
static struct machine machines[SERVERS];
static struct election_buffer command;

#define require(good) ((good) ? (void)0 : abort())

/* Appends the entry of the Raft leader, and waits until it is applied there. */
static void append(unsigned i)
{
    struct raft_apply apply;

    require(machine_append(&machines[i], &apply));
    require(raft_fixture_step_until_applied(&net, i, apply.index, WAIT));
}

struct election_registry_result
cluster_propose(const struct election_registry_command *asked)
{
    unsigned leader = raft_fixture_leader_index(&net);
    struct machine *machine = &machines[leader];
    struct election_registry_result result;

    for (unsigned i = 0; i < SERVERS; i++)
        while (machine_drive(&machines[i], raft_fixture_time(&net)))
            append(i);
    require(!election_registry_command_encode(asked, &command));
    require(!election_driver_stamp(&machine->driver, machine->registry,
                                   command.data, command.size,
                                   raft_fixture_time(&net), &machine->entry));
    append(leader);
    require(!election_registry_result_decode(
        machine->output.data, machine->output.size, &result, NULL));
    return result;
}

void cluster_start(void)
{
    struct raft_configuration all;

    require(raft_fixture_initialize(&net) == 0);
    for (unsigned i = 0; i < SERVERS; i++) {
        require(machine_init(&machines[i]) &&
                raft_fixture_grow(&net, &machines[i].fsm) == 0);
        machines[i].raft = raft_fixture_get(&net, i);
        raft_set_snapshot_threshold(machines[i].raft, 4);
        raft_set_snapshot_trailing(machines[i].raft, 1);
    }
    require(!raft_fixture_configuration(&net, SERVERS, &all) &&
            !raft_fixture_bootstrap(&net, &all) && !raft_fixture_start(&net));
    raft_configuration_close(&all);
    raft_fixture_elect(&net, 0);
    printf("Server %llu is the Raft leader.\n", net.leader_id);
}

/* Changes all connections of the first server, both ways. */
static void each_link(void (*change)(struct raft_fixture *, unsigned, unsigned))
{
    for (unsigned i = 1; i < SERVERS; i++) {
        change(&net, 0, i);
        change(&net, i, 0);
    }
}

void cluster_cut_off(void)
{
    each_link(raft_fixture_saturate);
    require(raft_fixture_step_until_has_no_leader(&net, WAIT) &&
            raft_fixture_step_until_has_leader(&net, WAIT));
    printf("It is cut off, and server %llu takes over.\n", net.leader_id);
}

void cluster_connect(void)
{
    each_link(raft_fixture_desaturate);
    require(raft_fixture_step_until_applied(&net, 0, net.commit_index, WAIT) &&
            machines[0].restore_count == 1);
    puts("Server 1 is connected again, and restored by a snapshot.");
}

void cluster_stop(void)
{
    raft_fixture_close(&net);
    for (unsigned i = 0; i < SERVERS; i++) {
        printf("  server %u: digest %016" PRIx64 "\n", i + 1,
               election_registry_log_digest(machines[i].registry));
        machine_close(&machines[i]);
    }
    election_buffer_free(&command);
}
