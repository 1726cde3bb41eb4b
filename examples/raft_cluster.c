/* SPDX-License-Identifier: Apache-2.0
 * Three servers on libraft's fixture, whose time is made up. On raft_uv a node
 * does the same, with a loop and a disk of its own.
 */
#include "raft_parts.h"

#include <election/raft.h>

#include <inttypes.h>
#include <raft/fixture.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVERS = 3, WAIT = 9999 /* ms */ };
static struct raft_fixture net;
static struct election_registry *registries[SERVERS];
static struct election_raft *adapters[SERVERS];
static struct election_buffer command;
static struct election_registry_result answer;
static bool is_answered;

#define require(good) ((good) ? (void)0 : abort())

static uint64_t clock_ms(void *context) /* CLOCK_BOOTTIME, in earnest */
{
    (void)context;
    return raft_fixture_time(&net);
}

static void take_answer(void *context, enum election_raft_fate fate,
                        const uint8_t *bytes, size_t size)
{
    (void)context;
    require(fate == ELECTION_RAFT_ANSWERED);
    require(!election_registry_result_decode(bytes, size, &answer, NULL));
    is_answered = true;
}

/* Whoever is not in office is BUSY: a client asks the next one, or again. */
static bool propose_somewhere(void)
{
    for (int i = 0; i < SERVERS; i++)
        if (election_raft_propose(adapters[i], command.data, command.size,
                                  take_answer, NULL) == ELECTION_OK)
            return true;
    return false;
}

struct election_registry_result
cluster_propose(const struct election_registry_command *asked)
{
    require(!election_registry_command_encode(asked, &command));
    while (!propose_somewhere())
        raft_fixture_step(&net);
    for (is_answered = false; !is_answered;)
        raft_fixture_step(&net);
    return answer;
}

void cluster_start(void)
{
    struct election_raft_config config = {.clock = clock_ms};
    struct raft_configuration all;

    require(raft_fixture_initialize(&net) == 0);
    for (int i = 0; i < SERVERS; i++) {
        struct raft_fixture_server *server = &net.servers[i];

        require(!election_registry_create(NULL, &registries[i]));
        config.registry = registries[i];
        require(!election_raft_create(&config, &adapters[i]));
        server->io.version = 2; /* the fixture does not say that it is */
        require(!raft_fixture_grow(&net, election_raft_fsm(adapters[i])));
        election_raft_wrap(adapters[i], &server->raft, &server->io);
        raft_set_snapshot_threshold(&server->raft, 4);
        raft_set_snapshot_trailing(&server->raft, 1);
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
    require(raft_fixture_step_until_applied(&net, 0, net.commit_index, WAIT));
    puts("Server 1 is connected again, and restored by a snapshot.");
}

void cluster_stop(void)
{
    raft_fixture_close(&net);
    for (int i = 0; i < SERVERS; i++) {
        printf("  server %d: digest %016" PRIx64 "\n", i + 1,
               election_registry_log_digest(registries[i]));
        election_raft_destroy(adapters[i]);
        election_registry_destroy(registries[i]);
    }
    election_buffer_free(&command);
}
