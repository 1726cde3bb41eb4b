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

/* ---- proposals ---------------------------------------------------------- */

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

/** Removes the record of an election in which no candidate is left. */
static void settle_cared(struct election_client *client,
                         struct election__cared *cared)
{
    struct election__cared **at = &client->cared;
    const struct election__stand *stand = client->stands;

    for (; stand != NULL; stand = stand->next)
        if (stand->cared == cared)
            return;
    for (size_t i = 0; i < ELECTION_CLIENT_REQUESTS_MAX; i++)
        if (client->sendings[i].cared == cared)
            client->sendings[i] = (struct election__sending){0};
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
                           struct election__stand *stand, uint64_t applied)
{
    const struct election__proposal *proposal = client->proposals;

    for (; proposal != NULL; proposal = proposal->next)
        if (proposal->stand == stand && proposal->op == ELECTION_OP_ENTER &&
            !proposal->is_sent)
            return; /* it was asked for since, and comes after */
    stand->evicted = applied;
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
    struct election__cared *cared;
    enum election_status status;

    if (!is_well_asked(client, proposal.op, election, election_size, name,
                       name_size))
        return ELECTION_MISUSE;
    cared = obtain_cared(client, election, election_size);
    if (cared == NULL)
        return ELECTION_NOMEM;
    proposal.stand = obtain_stand(client, cared, name, name_size);
    if (proposal.stand == NULL) {
        settle_cared(client, cared);
        return ELECTION_NOMEM;
    }
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

/* ---- the end of a session ----------------------------------------------- */

/** Nothing that was sent is waited for any more. */
static void forget_sendings(struct election_client *client)
{
    memset(client->sendings, 0, sizeof client->sendings);
    client->is_asked = false;
}

/** Drops a proposal of which nobody will know what came of it. */
static void give_up(struct election_client *client,
                    struct election__proposal *proposal)
{
    struct election_client_report report = {
        .news = ELECTION_CLIENT_UNKNOWN,
        .sequence = proposal->sequence,
    };
    struct election__stand *stand = proposal->stand;

    election__client_forget(client, proposal);
    if (stand != NULL)
        election__stand_settle(client, stand);
    election__client_tell(client, &report);
}

void election__client_end(struct election_client *client,
                          enum election_status status,
                          enum election_client_reason reason)
{
    client->phase = ELECTION__CLOSED;
    client->has_lease = false;
    forget_sendings(client);
    election__client_tell_leads(client, reason);
    while (client->proposals != NULL)
        give_up(client, client->proposals);
    election__client_tell(client, &(struct election_client_report){
                                      .news = ELECTION_CLIENT_CLOSED,
                                      .status = status,
                                  });
}

/** Drops the proposals that were sent; the others go out in the next one. */
static void give_up_sent(struct election_client *client)
{
    struct election__proposal *proposal = client->proposals;

    while (proposal != NULL) {
        struct election__proposal *next = proposal->next;

        if (proposal->is_sent)
            give_up(client, proposal);
        else if (proposal->op == ELECTION_OP_ENTER)
            proposal->stand->is_proposed = true;
        proposal = next;
    }
}

/** In the next session, all are to be entered again that nobody evicted. */
static void leave_session(struct election_client *client)
{
    struct election__stand *stand = client->stands;

    while (stand != NULL) {
        struct election__stand *next = stand->next;

        stand->is_proposed = false;
        if (stand->evicted != 0) {
            stand->wants_in = false;
            stand->evicted = 0;
            election__stand_settle(client, stand);
        }
        stand = next;
    }
}

void election__client_lose_session(struct election_client *client)
{
    struct election__cared *cared = client->cared;

    client->phase = ELECTION__OPENING;
    client->has_lease = false;
    election__client_tell_leads(client, ELECTION_CLIENT_SESSION);
    client->session_id = 0;
    client->timeout_ms = client->config.timeout_ms;
    client->config.incarnation++;
    client->may_live = false;
    client->is_lapsing = false;
    forget_sendings(client);
    for (; cared != NULL; cared = cared->next) {
        cared->leader = NULL;
        cared->leader_session_id = 0;
        cared->is_watched = false;
        cared->is_asked = false;
    }
    leave_session(client);
    election__client_tell(client, &(struct election_client_report){
                                      .news = ELECTION_CLIENT_SESSION_LOST,
                                  });
    give_up_sent(client);
    if (client->config.incarnation == 0) /* all are used up */
        election__client_end(client, ELECTION_NO_SESSION,
                             ELECTION_CLIENT_SESSION);
}

enum election_status election_client_close(struct election_client *client)
{
    if (client == NULL)
        return ELECTION_MISUSE;
    if (client->is_closing || client->phase == ELECTION__CLOSED)
        return ELECTION_UNCHANGED;
    if (client->phase == ELECTION__OPENING && !client->may_live) {
        election__client_end(client, ELECTION_OK, ELECTION_CLIENT_WITHDRAWN);
        return ELECTION_OK;
    }
    client->is_closing = true;
    if (client->phase == ELECTION__OPEN) {
        client->phase = ELECTION__CLOSING;
        forget_sendings(client);
    }
    election__client_tell_leads(client, ELECTION_CLIENT_WITHDRAWN);
    while (client->proposals != NULL)
        give_up(client, client->proposals);
    return ELECTION_OK;
}

void election_client_disconnected(struct election_client *client)
{
    struct election__proposal *proposal;
    struct election__cared *cared;

    if (client == NULL)
        return;
    for (size_t i = 0; i < ELECTION_CLIENT_REQUESTS_MAX; i++)
        if (client->sendings[i].asking == ELECTION__ASKS_KEEP_ALIVE)
            client->is_lapsing = true;
    forget_sendings(client);
    for (proposal = client->proposals; proposal != NULL;
         proposal = proposal->next)
        proposal->is_due = true;
    for (cared = client->cared; cared != NULL; cared = cared->next) {
        cared->is_watched = false;
        cared->is_asked = false;
    }
}
