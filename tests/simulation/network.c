/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "node.h"

static bool is_to_node(const struct message *message)
{
    return message->kind == MESSAGE_REQUEST || message->kind == MESSAGE_WATCH;
}

static void deliver(void *context, uint64_t number)
{
    struct message *message = context;

    (void)number;
    if (is_to_node(message))
        node_take(message);
    else
        process_take(message->process, message);
}

/** Delivers a copy. */
static void deliver_at(uint64_t time_us, const struct message *header,
                       const void *bytes, size_t size)
{
    struct message *message = malloc(sizeof *message + size);

    if (message == NULL)
        abort();
    *message = *header;
    message->size = size;
    if (size > 0)
        memcpy(message->bytes, bytes, size);
    world_after_owned(time_us - world.now_us, deliver, message);
}

/** Tells whether this direction is cut for the process. */
static bool is_cut(const struct message *message)
{
    const struct process *process = message->process;

    if (is_to_node(message))
        return world.now_us < process->cut_to_us;
    return world.now_us < process->cut_from_us;
}

static uint64_t draw_delay(void)
{
    if (mishap(10))
        return between(0, 3 * SECOND);
    if (mishap(50))
        return between(0, 200 * MS);
    return between(200, 5 * MS);
}

static void carry(const struct message *header, const void *bytes, size_t size)
{
    uint64_t *last_us = &header->process->last_from_us;
    uint64_t time_us = world.now_us + draw_delay();

    if (is_to_node(header))
        last_us = &header->process->last_to_us;
    if (world.is_ordered && time_us < *last_us)
        time_us = *last_us;
    *last_us = time_us;
    if (planted == PLANT_OVERTAKE && header->kind == MESSAGE_EVENT &&
        world.now_us < world.quiet_us)
        time_us += between(0, 8 * SECOND); /* what comes next does not wait */
    deliver_at(time_us, header, bytes, size);
}

void network_keep(const struct message *message, uint64_t until_us)
{
    deliver_at(until_us, message, message->bytes, message->size);
}

void network_send(struct message header, const void *bytes, size_t size)
{
    bool is_lost = is_cut(&header) || mishap(10);

    if (world.is_ordered && header.connection != header.process->connection)
        return; /* the other end has hung up */
    if (is_lost && world.is_ordered)
        process_break(header.process);
    if (is_lost || (world.is_ordered && header.process->is_broken))
        return;
    carry(&header, bytes, size);
    if (!world.is_ordered && mishap(20))
        carry(&header, bytes, size);
}
