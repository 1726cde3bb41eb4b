/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <string.h>

enum election_status election__client_propose(
    struct election_client *client, const struct election__proposal *proposal,
    const char *election, const char *name, uint64_t *sequence)
{
    struct election__proposal **end = &client->proposals;
    struct election__proposal *added = election__allocate(
        &client->config.allocator,
        sizeof *added + proposal->election_size + proposal->name_size);

    if (added == NULL)
        return ELECTION_NOMEM;
    *added = *proposal;
    memcpy(added->text, election, proposal->election_size);
    memcpy(added->text + proposal->election_size, name, proposal->name_size);
    added->sequence = ++client->last_sequence;
    while (*end != NULL)
        end = &(*end)->next;
    *end = added;
    if (sequence != NULL)
        *sequence = added->sequence;
    return ELECTION_OK;
}

void election__client_forget(struct election_client *client,
                             struct election__proposal *proposal)
{
    struct election__proposal **at = &client->proposals;

    while (*at != proposal)
        at = &(*at)->next;
    *at = proposal->next;
    if (proposal->op == ELECTION_OP_WITHDRAW)
        proposal->stand->withdrawals--;
    election__release(&client->config.allocator, proposal);
}
