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

/** Takes a proposal out of the list. */
static void take_out(struct election_client *client,
                     struct election__proposal *proposal)
{
    struct election__proposal **at = &client->proposals;

    while (*at != proposal)
        at = &(*at)->next;
    *at = proposal->next;
    if (proposal->op == ELECTION_OP_WITHDRAW)
        proposal->stand->withdrawals--;
}

void election__client_forget(struct election_client *client,
                             struct election__proposal *proposal)
{
    take_out(client, proposal);
    election__release(&client->config.allocator, proposal);
}

void election__client_settle(struct election_client *client,
                             struct election__proposal *proposal,
                             enum election_client_news news,
                             enum election_status status)
{
    take_out(client, proposal);
    if (proposal->stand != NULL)
        election__stand_settle(client, proposal->stand);
    election__client_tell(client,
                          &(struct election_client_report){
                              .news = news,
                              .election = proposal->text,
                              .election_size = proposal->election_size,
                              .name = proposal->text + proposal->election_size,
                              .name_size = proposal->name_size,
                              .sequence = proposal->sequence,
                              .status = status,
                          });
    election__release(&client->config.allocator, proposal);
}
