/* SPDX-License-Identifier: Apache-2.0 */
#include "resource.h"

#include <stdlib.h>
#include <string.h>

struct resource {
    uint64_t token; /* the highest that was accepted */
    unsigned holder;
};

struct visit {
    unsigned election;
    unsigned process;
    uint64_t token;
};

static struct resource resources[ELECTIONS];

void resource_begin(void)
{
    memset(resources, 0, sizeof resources);
}

/** A write arrives, perhaps after others that were sent later. */
static void arrive(void *context, uint64_t number)
{
    struct visit *visit = context;
    struct resource *resource = &resources[visit->election];

    (void)number;
    if (visit->token == resource->token && visit->process != resource->holder)
        world_fail("processes %u and %u have the same token %llu",
                   visit->process, resource->holder,
                   (unsigned long long)visit->token);
    if (visit->token > resource->token)
        *resource = (struct resource){visit->token, visit->process};
}

void resource_visit(const struct process *process)
{
    for (unsigned i = 0; i < ELECTIONS; i++) {
        uint64_t token = process_leads(process, i);
        struct visit *visit;

        if (token == 0)
            continue;
        visit = malloc(sizeof *visit);
        if (visit == NULL)
            abort();
        *visit = (struct visit){i, process->number, token};
        world_after_owned(between(MS, mishap(50) ? 5 * SECOND : 20 * MS),
                          arrive, visit);
    }
}
