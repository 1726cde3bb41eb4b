/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <string.h>

#include "core/embed.h"

/* ---- lifetime ----------------------------------------------------------- */

/** Tells whether a lease is worth to be renewed: half a timeout at least. */
static bool is_lease_enough(const struct election_client_config *config)
{
    return config->margin_ms >= ELECTION_CLIENT_MARGIN_MS_MIN &&
           election__lease_size(config, config->timeout_ms) >=
               config->timeout_ms / 2;
}

static bool is_usable(const struct election_client_config *config)
{
    return election__allocator_valid(&config->allocator) &&
           config->client_id != NULL && config->client_id_size >= 1 &&
           config->client_id_size <= ELECTION_CLIENT_ID_SIZE_MAX &&
           config->timeout_ms >= ELECTION_TIMEOUT_MS_MIN &&
           config->timeout_ms <= ELECTION_TIMEOUT_MS_MAX &&
           config->data_size <= ELECTION_DATA_SIZE_MAX &&
           (config->data != NULL || config->data_size == 0) &&
           is_lease_enough(config);
}

/** Makes a client whose bytes stand behind it. NULL = no memory. */
static struct election_client *
create(const struct election_client_config *config)
{
    struct election_client *client = election__allocate(
        &config->allocator,
        sizeof *client + config->client_id_size + config->data_size);
    uint8_t *bytes;

    if (client == NULL)
        return NULL;
    bytes = (uint8_t *)(client + 1);
    *client = (struct election_client){
        .config = *config,
        .timeout_ms = config->timeout_ms,
    };
    memcpy(bytes, config->client_id, config->client_id_size);
    client->config.client_id = bytes;
    bytes += config->client_id_size;
    if (config->data_size > 0)
        memcpy(bytes, config->data, config->data_size);
    client->config.data = bytes;
    return client;
}

enum election_status
election_client_create(const struct election_client_config *config,
                       struct election_client **client)
{
    struct election_client_config used;
    struct election_client *created;

    if (config == NULL || client == NULL)
        return ELECTION_MISUSE;
    used = *config;
    if (used.drift_ppm == 0)
        used.drift_ppm = ELECTION_CLIENT_DRIFT_PPM_DEFAULT;
    if (used.margin_ms == 0)
        used.margin_ms = ELECTION_CLIENT_MARGIN_MS_DEFAULT;
    if (!is_usable(&used))
        return ELECTION_MISUSE;
    if (used.allocator.alloc == NULL)
        used.allocator = election__allocator_default;
    created = create(&used);
    if (created == NULL)
        return ELECTION_NOMEM;
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

/** Judges the call and the arguments of a proposal. */
static enum election_status judge(const struct election_client *client,
                                  enum election_op op, const char *election,
                                  size_t election_size, const char *name,
                                  size_t name_size)
{
    const struct election_command command = {op, name, name_size};
    const struct election_command same = {ELECTION_OP_ENTER, election,
                                          election_size};

    if (client == NULL || election == NULL || name == NULL ||
        election__command_judge(&command) != ELECTION_OK ||
        election__command_judge(&same) != ELECTION_OK)
        return ELECTION_MISUSE;
    if (client->is_telling)
        return ELECTION_BUSY;
    if (client->is_closing || client->phase == ELECTION__CLOSED)
        return ELECTION_MISUSE;
    return ELECTION_OK;
}

/* ---- entering and leaving ----------------------------------------------- */

/** Tells whether this client's own Evict of a candidate is under way. */
static bool is_about_to_be_evicted(const struct election_client *client,
                                   const struct election__proposal *same,
                                   const char *election, const char *name)
{
    const struct election__proposal *proposal = client->proposals;

    for (; proposal != NULL; proposal = proposal->next)
        if (proposal->op == ELECTION_OP_EVICT &&
            proposal->election_size == same->election_size &&
            proposal->name_size == same->name_size &&
            memcmp(proposal->text, election, same->election_size) == 0 &&
            memcmp(proposal->text + same->election_size, name,
                   same->name_size) == 0)
            return true;
    return false;
}

static enum election_status enter(struct election_client *client,
                                  const char *election, size_t election_size,
                                  const char *name, size_t name_size,
                                  bool if_vacant, uint64_t *sequence)
{
    struct election__proposal proposal = {
        .op = ELECTION_OP_ENTER,
        .if_vacant = if_vacant,
        .election_size = election_size,
        .name_size = name_size,
    };
    enum election_status status;

    status =
        judge(client, proposal.op, election, election_size, name, name_size);
    if (status != ELECTION_OK)
        return status;
    proposal.stand = election__stand_obtain(client, election, election_size,
                                            name, name_size);
    if (proposal.stand == NULL)
        return ELECTION_NOMEM;
    if (proposal.stand->wants_in && proposal.stand->evicted == 0 &&
        !is_about_to_be_evicted(client, &proposal, election, name))
        return ELECTION_UNCHANGED;
    status =
        election__client_propose(client, &proposal, election, name, sequence);
    if (status != ELECTION_OK) {
        election__stand_settle(client, proposal.stand);
        return status;
    }
    proposal.stand->wants_in = true;
    proposal.stand->evicted = 0;
    proposal.stand->is_doubtful = false;
    proposal.stand->is_proposed = true;
    return ELECTION_OK;
}

enum election_status election_client_enter(struct election_client *client,
                                           const char *election,
                                           size_t election_size,
                                           const char *name, size_t name_size,
                                           uint64_t *sequence)
{
    return enter(client, election, election_size, name, name_size, false,
                 sequence);
}

enum election_status election_client_enter_vacant(
    struct election_client *client, const char *election, size_t election_size,
    const char *name, size_t name_size, uint64_t *sequence)
{
    return enter(client, election, election_size, name, name_size, true,
                 sequence);
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

    status =
        judge(client, proposal.op, election, election_size, name, name_size);
    if (status != ELECTION_OK)
        return status;
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
    enum election_status status;

    if (op != ELECTION_OP_ANOINT && op != ELECTION_OP_PROMOTE &&
        op != ELECTION_OP_DEMOTE && op != ELECTION_OP_EVICT)
        return ELECTION_MISUSE;
    status = judge(client, op, election, election_size, name, name_size);
    if (status != ELECTION_OK)
        return status;
    return election__client_propose(client, &proposal, election, name,
                                    sequence);
}
