/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which number stands for which request. Each request has the numbers of its
 * own sendings, so that none can push out those of another.
 */
#include "client.h"

#include <string.h>

void election__trail_add(struct election__trail *trail,
                         struct election__sending sending)
{
    memmove(&trail->sendings[1], &trail->sendings[0],
            sizeof trail->sendings - sizeof trail->sendings[0]);
    trail->sendings[0] = sending;
}

static struct election__sending *find_in(struct election__trail *trail,
                                         uint64_t number)
{
    struct election__sending *sending = trail->sendings;
    const struct election__sending *end =
        sending + sizeof trail->sendings / sizeof *sending;

    for (; sending < end; sending++)
        if (sending->asking != ELECTION__ASKS_NOTHING &&
            sending->number == number)
            return sending;
    return NULL;
}

struct election__asked election__asked_find(struct election_client *client,
                                            uint64_t number)
{
    struct election__proposal *proposal = client->proposals;
    struct election__cared *cared = client->cared;
    struct election__sending *sending = find_in(&client->trail, number);

    if (sending != NULL)
        return (struct election__asked){sending, NULL, NULL};
    for (; proposal != NULL; proposal = proposal->next) {
        sending = find_in(&proposal->trail, number);
        if (sending != NULL)
            return (struct election__asked){sending, proposal, NULL};
    }
    for (; cared != NULL; cared = cared->next) {
        sending = find_in(&cared->trail, number);
        if (sending != NULL)
            return (struct election__asked){sending, NULL, cared};
    }
    return (struct election__asked){NULL, NULL, NULL};
}

void election__requests_forget(struct election_client *client)
{
    struct election__proposal *proposal = client->proposals;
    struct election__cared *cared = client->cared;

    client->trail = (struct election__trail){0};
    client->is_asked = false;
    for (; proposal != NULL; proposal = proposal->next)
        proposal->trail = (struct election__trail){0};
    for (; cared != NULL; cared = cared->next) {
        cared->trail = (struct election__trail){0};
        cared->is_watched = false;
        cared->is_asked = false;
    }
}
