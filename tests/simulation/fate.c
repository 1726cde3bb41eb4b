/* SPDX-License-Identifier: Apache-2.0 */
#include "fate.h"

#include <stdlib.h>

#include "checker.h"
#include "node.h"
#include "resource.h"

static struct election_buffer command;
static uint64_t starts; /* so that each process has an incarnation of its own */

/* ---- processes ---------------------------------------------------------- */

/** Incarnations that a process may count up to by itself. */
enum { INCARNATIONS = 1000 };

static void start(unsigned slot)
{
    (void)process_start(slot, ++starts * INCARNATIONS,
                        random_next(&world.random));
}

/** Ends a process, or leaves it to itself, and starts the next one. */
static void replace(unsigned slot)
{
    struct process *process = slots[slot];
    uint64_t incarnation = process->incarnation;

    if (dice(3) > 0 || process->is_closed)
        process_crash(process);
    else if (dice(2) == 0)
        process_stall(process, between(SECOND, 20 * SECOND));
    else
        process->cut_to_us = world.now_us + between(SECOND, 20 * SECOND);
    slots[slot] = NULL;
    if (dice(4) == 0) /* a process that thinks it is the first */
        (void)process_start(slot, incarnation, random_next(&world.random));
    else if (planted == PLANT_TWINS && process->client != NULL)
        (void)process_start(slot, incarnation, process->nonce);
    else if (dice(3) > 0)
        start(slot);
}

static void cut(struct process *process)
{
    uint64_t until_us = world.now_us + between(100 * MS, 10 * SECOND);

    if (dice(3) > 0)
        process->cut_to_us = until_us;
    if (dice(3) > 0)
        process->cut_from_us = until_us;
}

static void trouble_process(void)
{
    unsigned slot = dice(SLOTS);
    struct process *process = slots[slot];
    uint32_t number = dice(100);

    if (process == NULL)
        start(slot);
    else if (process->is_closed || number < 10)
        replace(slot);
    else if (number < 20)
        process_stall(process, between(10 * MS, 10 * SECOND));
    else if (number < 30)
        cut(process);
    else
        process_act(process);
}

/* ---- operators ---------------------------------------------------------- */

/** Sends a command that no client sends. */
static void operate(void)
{
    struct election_registry_command sent = {
        .kind = ELECTION_REGISTRY_CLOSE_SESSION,
    };
    const struct process *process = slots[dice(SLOTS)];
    uint32_t number = dice(20);

    if (number == 0) {
        sent.kind = ELECTION_REGISTRY_RECOVER;
        sent.lost_entries = dice(50);
    } else if (number == 1) {
        sent.kind = ELECTION_REGISTRY_UPGRADE;
        sent.version = 1;
    } else if (process != NULL) {
        sent.session_id = checker_session_of(process);
    }
    if (election_registry_command_encode(&sent, &command) == ELECTION_OK)
        node_propose(&nodes[log_leader()], &command);
}

/* ---- nodes -------------------------------------------------------------- */

static void trouble_nodes(void)
{
    struct node *node = &nodes[dice(NODES)];

    switch (dice(5)) {
    case 0:
        log_elect();
        break;
    case 1:
        node_stall(node, between(MS, 7 * SECOND));
        break;
    case 2:
        node_crash(node, between(100 * MS, 5 * SECOND));
        if (node->number == log_leader())
            log_elect();
        break;
    case 3:
        node_install(node, &nodes[dice(NODES)]);
        break;
    default:
        log_elect();
        break;
    }
}

/* ---- a seed ------------------------------------------------------------- */

static void trouble(void *context, uint64_t calm_us)
{
    uint32_t number = dice(100);

    (void)context;
    if (world.now_us >= world.quiet_us)
        return;
    if (number < 70)
        trouble_process();
    else if (number < 97)
        trouble_nodes();
    else
        operate();
    world_after(between(calm_us / 10, calm_us * 2), trouble, NULL, calm_us);
}

/** From now on all nodes are up, and each slot has one process. */
static void calm_down(void)
{
    for (unsigned i = 0; i < process_count; i++) {
        struct process *process = &processes[i];

        if (process->client == NULL)
            continue;
        process->cut_to_us = 0;
        process->cut_from_us = 0;
        if (process != slots[process->slot] || process->is_closed)
            process_crash(process);
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i] == NULL)
            start(i);
}

static void settle(void (*settle_one)(struct process *process))
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i] != NULL && slots[i]->client != NULL)
            settle_one(slots[i]);
}

static void play(void)
{
    uint64_t time_us = FATE_TROUBLE_S * SECOND;

    world_run(time_us);
    if (world.has_failed)
        return;
    calm_down();
    /* Some were about to close, or hear only now that they are replaced. */
    time_us += FATE_GRACE_S * SECOND;
    world_run(time_us);
    if (world.has_failed)
        return;
    calm_down();
    time_us += FATE_RECOVERY_S * SECOND;
    world_run(time_us);
    if (world.has_failed)
        return;
    checker_leaders_live();
    settle(process_leave_all);
    time_us += FATE_SETTLE_S * SECOND;
    world_run(time_us);
    settle(process_enter_all);
    time_us += FATE_SETTLE_S * SECOND;
    world_run(time_us);
    if (world.has_failed)
        return;
    checker_leaders_live();
    checker_all_are_in();
}

void fate_play(uint64_t seed)
{
    world_begin(seed);
    world.quiet_us = FATE_TROUBLE_S * SECOND;
    world.is_ordered = seed % 2 == 0;
    starts = 0;
    checker_begin();
    processes_begin();
    resource_begin();
    log_begin();
    nodes_begin();
    log_elect();
    for (unsigned i = 0; i < SLOTS; i++)
        start(i);
    world_after(SECOND, trouble, NULL, between(50 * MS, SECOND));
    play();
    processes_end();
    nodes_end();
    checker_end();
    log_end();
    world_end();
    election_buffer_free(&command);
}
