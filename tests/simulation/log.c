/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "node.h"

static struct entry *entries;
static size_t count, capacity, committed;
static unsigned leader;
static uint64_t term;

void log_begin(void)
{
    leader = dice(NODES);
    term = 1;
    committed = 0;
    count = 0;
}

static void truncate(size_t to)
{
    while (count > to)
        free(entries[--count].bytes);
}

void log_end(void)
{
    truncate(0);
    free(entries);
    entries = NULL;
    capacity = 0;
}

size_t log_committed(void)
{
    return committed;
}

struct entry *log_at(size_t place)
{
    return &entries[place];
}

unsigned log_leader(void)
{
    return leader;
}

/* ---- committing --------------------------------------------------------- */

/** Commits what was appended so far, if it is still there. */
static void commit_to(size_t to)
{
    for (; committed < to && !world.has_failed; committed++)
        checker_commit(&entries[committed]);
    for (unsigned i = 0; i < NODES; i++)
        node_hear_of_commit(&nodes[i]);
}

/** What a number stands for: a term, and a place in the log. */
static void commit(void *context, uint64_t number)
{
    (void)context;
    if (number >> 32 == term)
        commit_to((size_t)(number & UINT32_MAX));
}

static void commit_later(uint64_t delay_us)
{
    world_after(delay_us, commit, NULL, term << 32 | count);
}

void log_append(unsigned node, const void *bytes, size_t size, uint64_t office,
                struct ticket ticket)
{
    struct entry *entry;

    if (node != leader)
        return; /* one that was deposed: what it appends is lost */
    if (count == capacity) {
        capacity = capacity * 2 + 256;
        entries = realloc(entries, capacity * sizeof *entries);
        if (entries == NULL)
            abort();
    }
    entry = &entries[count];
    *entry = (struct entry){
        .index = 1,
        .appended_us = world.now_us,
        .office = office,
        .ticket = ticket,
        .bytes = malloc(size + 1),
        .size = size,
    };
    if (entry->bytes == NULL)
        abort();
    memcpy(entry->bytes, bytes, size);
    if (count > 0) /* Raft has entries of its own in between */
        entry->index = entries[count - 1].index + 1 + (dice(20) == 0);
    count++;
    commit_later(mishap(5) ? between(0, 2 * SECOND) : between(300, 6 * MS));
}

/* ---- who leads ---------------------------------------------------------- */

static void take_over(void *context, uint64_t number)
{
    struct node *node = context;

    if (number != term)
        return;
    node_lead(node);
    commit_later(between(300, mishap(300) ? 3 * SECOND : 10 * MS));
}

static void step_down(void *context, uint64_t number)
{
    struct node *node = context;

    (void)number;
    if (node->number != leader)
        node_follow(node);
}

void log_elect(void)
{
    unsigned old = leader;

    term++;
    leader = dice(NODES);
    truncate((size_t)between(committed, count + 1));
    if (leader == old)
        node_follow(&nodes[old]);
    else
        world_after(between(0, mishap(300) ? 4 * SECOND : 10 * MS), step_down,
                    &nodes[old], 0);
    world_after(between(MS, mishap(300) ? 5 * SECOND : 50 * MS), take_over,
                &nodes[leader], term);
}
