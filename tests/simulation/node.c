/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "checker.h"

struct node nodes[NODES];

static void wake(void *context, uint64_t number);

static void wake_after(struct node *node, uint64_t delay_us)
{
    world_after(delay_us, wake, node, ++node->wake);
}

/** Reads the clock, freshly, unless a fault is planted. */
static uint64_t read_clock(struct node *node)
{
    if (planted != PLANT_CACHE)
        return clock_ms(&node->clock);
    if (world.now_us - node->cached_us > 1900 * MS) {
        node->cached_us = world.now_us;
        node->cached_ms = clock_ms(&node->clock);
    }
    return node->cached_ms;
}

/** Lets some of what follows find no memory. */
static void run_short(struct node *node)
{
    if (mishap(20))
        node->heap.allowed = dice(6);
}

/* ---- the leader's half -------------------------------------------------- */

static void drive(struct node *node)
{
    uint64_t wait_ms;
    enum election_status status;

    do {
        run_short(node);
        status = election_driver_next(&node->driver, node->registry,
                                      read_clock(node), &node->entry, &wait_ms);
        node->heap.allowed = HEAP_UNLIMITED;
    } while (status == ELECTION_NOMEM);
    if (status != ELECTION_OK)
        world_fail("node %u: driver_next is %d", node->number, (int)status);
    if (node->entry.size > 0)
        log_append(node->number, node->entry.data, node->entry.size,
                   node->driver.epoch, (struct ticket){NULL, 0, 0, 0, 0});
    if (wait_ms != UINT64_MAX)
        wake_after(node, wait_ms * MS + MS);
}

static enum election_status stamp(struct node *node, const void *command,
                                  size_t size)
{
    enum election_status status;

    do {
        run_short(node);
        status = election_driver_stamp(&node->driver, node->registry, command,
                                       size, read_clock(node), &node->entry);
        node->heap.allowed = HEAP_UNLIMITED;
    } while (status == ELECTION_NOMEM);
    return status;
}

void node_propose(struct node *node, const struct election_buffer *command)
{
    if (node->registry != NULL &&
        stamp(node, command->data, command->size) == ELECTION_OK)
        log_append(node->number, node->entry.data, node->entry.size,
                   node->driver.epoch, (struct ticket){NULL, 0, 0, 0, 0});
}

void node_lead(struct node *node)
{
    if (node->registry == NULL)
        return; /* an office that nobody takes */
    election_driver_lead(&node->driver);
    wake_after(node, 0);
}

void node_follow(struct node *node)
{
    election_driver_follow(&node->driver);
}

/* ---- proposing again ---------------------------------------------------- */

/** An entry that the host proposes again, as it does not know its fate. */
struct again {
    struct ticket ticket;
    size_t stamped_size;
    size_t size;
    uint8_t bytes[]; /* the command, and it stamped */
};

static void propose_again(void *context, uint64_t number)
{
    struct again *again = context;
    struct node *node = &nodes[again->ticket.node];

    (void)number;
    if (node->registry == NULL || node->life != again->ticket.life ||
        stamp(node, again->bytes, again->size) != ELECTION_OK) {
        return;
    }
    if (planted == PLANT_STAMP)
        log_append(node->number, again->bytes + again->size,
                   again->stamped_size, node->driver.epoch, again->ticket);
    else
        log_append(node->number, node->entry.data, node->entry.size,
                   node->driver.epoch, again->ticket);
}

static void remember(const struct node *node, const struct message *message,
                     struct ticket ticket)
{
    struct again *again =
        malloc(sizeof *again + message->size + node->entry.size);

    if (again == NULL)
        abort();
    *again = (struct again){ticket, node->entry.size, message->size};
    memcpy(again->bytes, message->bytes, message->size);
    memcpy(again->bytes + message->size, node->entry.data, node->entry.size);
    world_after_owned(between(10 * MS, 3 * SECOND), propose_again, again);
}

/* ---- what processes ask for --------------------------------------------- */

static void answer(const struct node *node, enum message_kind kind,
                   const struct ticket *ticket)
{
    network_send(
        (struct message){
            .kind = kind,
            .process = ticket->process,
            .node = node->number,
            .connection = ticket->connection,
            .number = ticket->number,
            .applied = election_registry_applied(node->registry),
        },
        node->output.data, kind == MESSAGE_ANSWER ? node->output.size : 0);
}

static void take_request(struct node *node, const struct message *message)
{
    struct ticket ticket = {message->process, node->number, node->life,
                            message->connection, message->number};

    if (stamp(node, message->bytes, message->size) != ELECTION_OK) {
        answer(node, MESSAGE_REFUSAL, &ticket);
        return;
    }
    if (mishap(30))
        remember(node, message, ticket);
    if (!mishap(10)) /* the Raft library takes it */
        log_append(node->number, node->entry.data, node->entry.size,
                   node->driver.epoch, ticket);
    drive(node);
}

static void take_watch(struct node *node, const struct message *message)
{
    struct ticket ticket = {message->process, node->number, node->life,
                            message->connection, message->number};

    watches_add(&node->watches, node->registry, message);
    node->output.size = 0;
    if (world.is_ordered) /* else events may be lost: it asks again and again */
        answer(node, MESSAGE_ANSWER, &ticket);
}

void node_take(const struct message *message)
{
    struct node *node = &nodes[message->node];

    if (node->registry == NULL) {
        process_refuse(message->process, message->connection);
        return;
    }
    if (node->lag_until_us > world.now_us)
        network_keep(message, node->lag_until_us);
    else if (message->kind == MESSAGE_REQUEST)
        take_request(node, message);
    else
        take_watch(node, message);
}

void node_hang_up(void *context, uint64_t connection)
{
    const struct process *process = context;

    for (unsigned i = 0; i < NODES; i++)
        watches_hang_up(&nodes[i].watches, nodes[i].registry, process,
                        connection);
}

/* ---- applying ----------------------------------------------------------- */

/** Applies again what was applied: nothing may happen. */
static void apply_again(struct node *node)
{
    const struct entry *entry;

    if (node->applied == 0)
        return;
    entry = log_at((size_t)between(0, node->applied));
    if (election_registry_apply(node->registry, entry->index, entry->bytes,
                                entry->size, NULL) != ELECTION_SKIPPED)
        world_fail("node %u applied an entry twice", node->number);
}

static void apply_next(struct node *node)
{
    const struct entry *entry = log_at(node->applied);
    enum election_status status;

    if (mishap(10))
        apply_again(node);
    do {
        run_short(node);
        status =
            election_registry_apply(node->registry, entry->index, entry->bytes,
                                    entry->size, &node->output);
        node->heap.allowed = HEAP_UNLIMITED;
    } while (status == ELECTION_NOMEM);
    node->applied++;
    checker_replica(node->registry, node->number, node->applied, status,
                    &node->disk, &node->disk_applied);
    watches_check(&node->watches, node->registry);
    if (entry->ticket.process != NULL && entry->ticket.node == node->number &&
        entry->ticket.life == node->life)
        answer(node, MESSAGE_ANSWER, &entry->ticket);
}

static void wake(void *context, uint64_t number)
{
    struct node *node = context;

    if (number != node->wake || node->registry == NULL)
        return;
    if (node->lag_until_us > world.now_us) {
        wake_after(node, node->lag_until_us - world.now_us);
        return;
    }
    while (node->applied < log_committed() && !world.has_failed)
        apply_next(node);
    drive(node);
}

void node_hear_of_commit(struct node *node)
{
    bool is_leader = node->number == log_leader();

    if (node->registry != NULL)
        wake_after(node, is_leader ? between(10, 200) : between(300, 8 * MS));
}

void node_stall(struct node *node, uint64_t for_us)
{
    node->lag_until_us = world_later(node->lag_until_us, world.now_us + for_us);
}

/* ---- starting ----------------------------------------------------------- */

/** Restores a snapshot that comes in pieces, some of them twice. */
static void restore(struct node *node, const struct election_buffer *snapshot)
{
    struct election_registry *registry = node->registry;
    uint64_t at = 0, wanted;
    enum election_status status = election_registry_restore_begin(registry);

    while (status == ELECTION_OK && at < snapshot->size) {
        uint64_t from = mishap(100) ? between(0, at + 1) : at;
        uint64_t size = between(1, 200);

        if (size > snapshot->size - from)
            size = snapshot->size - from;
        run_short(node);
        status = election_registry_restore_write(
            registry, from, snapshot->data + from, (size_t)size, &wanted);
        node->heap.allowed = HEAP_UNLIMITED;
        if (status == ELECTION_NOMEM)
            status = ELECTION_OK;
        at = wanted;
    }
    if (status == ELECTION_OK)
        status = election_registry_restore_commit(registry);
    if (status != ELECTION_OK)
        world_fail("node %u: restore is %d", node->number, (int)status);
}

static void start(void *context, uint64_t number)
{
    struct node *node = context;
    struct election_registry_config config = {
        .allocator = heap_allocator(&node->heap),
        .hash_seed = 1 + node->number,
    };

    (void)number;
    if (election_registry_create(&config, &node->registry) != ELECTION_OK)
        abort();
    node->applied = node->disk_applied;
    if (node->disk_applied > 0)
        restore(node, &node->disk);
    wake_after(node, 0);
    if (node->number == log_leader())
        log_elect(); /* who was down leads no more */
}

void node_crash(struct node *node, uint64_t down_us)
{
    if (node->registry == NULL)
        return;
    election_driver_follow(&node->driver);
    election_registry_destroy(node->registry);
    node->registry = NULL;
    node->life++;
    memset(&node->watches, 0, sizeof node->watches);
    processes_lose_node(node->number);
    world_after(down_us, start, node, 0);
}

void node_install(struct node *node, const struct node *from)
{
    if (node->registry == NULL || from->disk_applied <= node->applied)
        return;
    restore(node, &from->disk);
    watches_check(&node->watches, node->registry);
    node->applied = from->disk_applied;
    wake_after(node, 0);
}

void nodes_begin(void)
{
    memset(nodes, 0, sizeof nodes);
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i].number = i;
        nodes[i].clock = clock_draw();
        heap_init(&nodes[i].heap);
        start(&nodes[i], 0);
    }
}

void nodes_end(void)
{
    for (unsigned i = 0; i < NODES; i++) {
        election_registry_destroy(nodes[i].registry);
        election_buffer_free(&nodes[i].disk);
        election_buffer_free(&nodes[i].output);
        election_buffer_free(&nodes[i].entry);
        if (!heap_is_empty(&nodes[i].heap))
            world_fail("node %u has lost memory", i);
    }
}
