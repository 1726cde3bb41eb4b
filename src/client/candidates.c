/* SPDX-License-Identifier: Apache-2.0 */
/* What is noted of an election and of a candidate, and for how long. */
#include "client.h"

#include <string.h>

struct election__cared *
election__cared_find(const struct election_client *client, const char *name,
                     size_t name_size)
{
    struct election__cared *cared = client->cared;

    while (cared != NULL && (cared->name_size != name_size ||
                             memcmp(cared->name, name, name_size) != 0))
        cared = cared->next;
    return cared;
}

struct election__stand *
election__stand_find(const struct election_client *client,
                     const struct election__cared *cared, const char *name,
                     size_t name_size)
{
    struct election__stand *stand = client->stands;

    while (stand != NULL &&
           (stand->cared != cared || stand->name_size != name_size ||
            memcmp(stand->name, name, name_size) != 0))
        stand = stand->next;
    return stand;
}

/** Removes the record of an election in which no candidate is left. */
static void settle_cared(struct election_client *client,
                         struct election__cared *cared)
{
    struct election__cared **at = &client->cared;
    const struct election__stand *stand = client->stands;

    for (; stand != NULL; stand = stand->next)
        if (stand->cared == cared)
            return;
    while (*at != cared)
        at = &(*at)->next;
    *at = cared->next;
    if (client->forgotten_applied < cared->applied)
        client->forgotten_applied = cared->applied;
    election__release(&client->config.allocator, cared);
}

void election__stand_settle(struct election_client *client,
                            struct election__stand *stand)
{
    struct election__stand **at = &client->stands;
    const struct election__proposal *proposal = client->proposals;
    struct election__cared *cared = stand->cared;

    for (; proposal != NULL; proposal = proposal->next)
        if (proposal->stand == stand)
            return;
    if (stand->wants_in)
        return;
    while (*at != stand)
        at = &(*at)->next;
    *at = stand->next;
    if (cared->leader == stand)
        cared->leader = NULL;
    election__release(&client->config.allocator, stand);
    settle_cared(client, cared);
}

void election__stand_evict(const struct election_client *client,
                           struct election__stand *stand, uint64_t applied,
                           bool is_doubtful)
{
    const struct election__proposal *proposal = client->proposals;

    for (; proposal != NULL; proposal = proposal->next)
        if (proposal->stand == stand && proposal->op == ELECTION_OP_ENTER &&
            !proposal->is_sent)
            return; /* it was asked for since, and comes after */
    stand->evicted = applied;
    stand->is_doubtful = is_doubtful;
}

/** Finds or makes the record of an election. NULL = no memory. */
static struct election__cared *obtain_cared(struct election_client *client,
                                            const char *name, size_t name_size)
{
    struct election__cared *cared =
        election__cared_find(client, name, name_size);

    if (cared != NULL)
        return cared;
    cared = election__allocate(&client->config.allocator,
                               sizeof *cared + name_size);
    if (cared == NULL)
        return NULL;
    *cared = (struct election__cared){
        .next = client->cared,
        .applied = client->forgotten_applied,
        .name_size = name_size,
    };
    memcpy(cared->name, name, name_size);
    client->cared = cared;
    return cared;
}

/** Finds or makes the record of a candidate. NULL = no memory. */
static struct election__stand *obtain_stand(struct election_client *client,
                                            struct election__cared *cared,
                                            const char *name, size_t name_size)
{
    struct election__stand *stand =
        election__stand_find(client, cared, name, name_size);

    if (stand != NULL)
        return stand;
    stand = election__allocate(&client->config.allocator,
                               sizeof *stand + name_size);
    if (stand == NULL)
        return NULL;
    *stand = (struct election__stand){
        .next = client->stands,
        .cared = cared,
        .name_size = name_size,
    };
    memcpy(stand->name, name, name_size);
    client->stands = stand;
    return stand;
}

struct election__stand *
election__stand_obtain(struct election_client *client, const char *election,
                       size_t election_size, const char *name, size_t name_size)
{
    struct election__cared *cared =
        obtain_cared(client, election, election_size);
    struct election__stand *stand;

    if (cared == NULL)
        return NULL;
    stand = obtain_stand(client, cared, name, name_size);
    if (stand == NULL)
        settle_cared(client, cared);
    return stand;
}
