/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <string.h>

#include "core/embed.h"

/* ---- lifetime ----------------------------------------------------------- */

static bool is_usable(const struct election_client_config *config)
{
    return election__allocator_valid(&config->allocator) &&
           config->client_id != NULL && config->client_id_size >= 1 &&
           config->client_id_size <= ELECTION_CLIENT_ID_SIZE_MAX &&
           config->timeout_ms >= ELECTION_TIMEOUT_MS_MIN &&
           config->timeout_ms <= ELECTION_TIMEOUT_MS_MAX &&
           config->data_size <= ELECTION_DATA_SIZE_MAX &&
           (config->data != NULL || config->data_size == 0) &&
           config->drift_ppm < 1000000 &&
           (config->margin_ms == 0 ||
            config->margin_ms >= ELECTION_CLIENT_MARGIN_MS_MIN);
}

enum election_status
election_client_create(const struct election_client_config *config,
                       struct election_client **client)
{
    struct election_allocator allocator;
    struct election_client *created;
    uint8_t *bytes;

    if (config == NULL || client == NULL || !is_usable(config))
        return ELECTION_MISUSE;
    allocator = config->allocator;
    if (allocator.alloc == NULL)
        allocator = election__allocator_default;
    created = election__allocate(&allocator, sizeof *created +
                                                 config->client_id_size +
                                                 config->data_size);
    if (created == NULL)
        return ELECTION_NOMEM;
    *created = (struct election_client){
        .config = *config,
        .timeout_ms = config->timeout_ms,
    };
    bytes = (uint8_t *)(created + 1);
    memcpy(bytes, config->client_id, config->client_id_size);
    created->config.client_id = bytes;
    if (config->data_size > 0)
        memcpy(bytes + config->client_id_size, config->data, config->data_size);
    created->config.data = bytes + config->client_id_size;
    created->config.allocator = allocator;
    if (config->drift_ppm == 0)
        created->config.drift_ppm = ELECTION_CLIENT_DRIFT_PPM_DEFAULT;
    if (config->margin_ms == 0)
        created->config.margin_ms = ELECTION_CLIENT_MARGIN_MS_DEFAULT;
    *client = created;
    return ELECTION_OK;
}

void election_client_destroy(struct election_client *client)
{
    struct election_allocator allocator;

    if (client == NULL)
        return;
    allocator = client->config.allocator;
    while (client->proposals != NULL)
        election__client_forget(client, client->proposals);
    while (client->stands != NULL) {
        struct election__stand *stand = client->stands;

        client->stands = stand->next;
        election__release(&allocator, stand);
    }
    while (client->cared != NULL) {
        struct election__cared *cared = client->cared;

        client->cared = cared->next;
        election__release(&allocator, cared);
    }
    election__release(&allocator, client);
}

/** Judges the arguments of a proposal. */
static bool is_well_asked(const struct election_client *client,
                          enum election_op op, const char *election,
                          size_t election_size, const char *name,
                          size_t name_size)
{
    const struct election_command command = {op, name, name_size};
    const struct election_command same = {ELECTION_OP_ENTER, election,
                                          election_size};

    return client != NULL && election != NULL && name != NULL &&
           !client->is_closing && client->phase != ELECTION__CLOSED &&
           election__command_judge(&command) == ELECTION_OK &&
           election__command_judge(&same) == ELECTION_OK;
}

/* ---- entering and leaving ----------------------------------------------- */

enum election_status election_client_enter(struct election_client *client,
                                           const char *election,
                                           size_t election_size,
                                           const char *name, size_t name_size,
                                           uint64_t *sequence)
{
    struct election__proposal proposal = {
        .op = ELECTION_OP_ENTER,
        .election_size = election_size,
        .name_size = name_size,
    };
    enum election_status status;

    if (!is_well_asked(client, proposal.op, election, election_size, name,
                       name_size))
        return ELECTION_MISUSE;
    proposal.stand = election__stand_obtain(client, election, election_size,
                                            name, name_size);
    if (proposal.stand == NULL)
        return ELECTION_NOMEM;
    if (proposal.stand->wants_in && proposal.stand->evicted == 0)
        return ELECTION_UNCHANGED;
    status =
        election__client_propose(client, &proposal, election, name, sequence);
    if (status != ELECTION_OK) {
        election__stand_settle(client, proposal.stand);
        return status;
    }
    proposal.stand->wants_in = true;
    proposal.stand->evicted = 0;
    proposal.stand->is_proposed = true;
    return ELECTION_OK;
}

enum election_status
election_client_withdraw(struct election_client *client, const char *election,
                         size_t election_size, const char *name,
                         size_t name_size, uint64_t *sequence)
{
    struct election__proposal proposal = {
        .op = ELECTION_OP_WITHDRAW,
        .election_size = election_size,
        .name_size = name_size,
    };
    struct election__cared *cared;
    enum election_status status;

    if (!is_well_asked(client, proposal.op, election, election_size, name,
                       name_size))
        return ELECTION_MISUSE;
    cared = election__cared_find(client, election, election_size);
    if (cared != NULL)
        proposal.stand = election__stand_find(client, cared, name, name_size);
    if (proposal.stand == NULL)
        return ELECTION_NOT_FOUND;
    status =
        election__client_propose(client, &proposal, election, name, sequence);
    if (status != ELECTION_OK)
        return status;
    proposal.stand->withdrawals++;
    proposal.stand->wants_in = false;
    proposal.stand->gone_index = cared->index;
    election__client_tell_leads(client, ELECTION_CLIENT_WITHDRAWN);
    return ELECTION_OK;
}

enum election_status
election_client_operate(struct election_client *client, enum election_op op,
                        const char *election, size_t election_size,
                        const char *name, size_t name_size, uint64_t if_index,
                        uint64_t *sequence)
{
    struct election__proposal proposal = {
        .op = op,
        .if_index = if_index,
        .election_size = election_size,
        .name_size = name_size,
    };

    if (op != ELECTION_OP_ANOINT && op != ELECTION_OP_PROMOTE &&
        op != ELECTION_OP_DEMOTE && op != ELECTION_OP_EVICT)
        return ELECTION_MISUSE;
    if (!is_well_asked(client, op, election, election_size, name, name_size))
        return ELECTION_MISUSE;
    return election__client_propose(client, &proposal, election, name,
                                    sequence);
}
