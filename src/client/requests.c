/* SPDX-License-Identifier: Apache-2.0 */
/* Which request is due, and when. */
#include <string.h>

#include "base/buffer.h"
#include "client.h"

/** The request that is due first. */
struct due {
    enum election__asking asking;
    uint64_t wait_ms;
    struct election__proposal *proposal;
    struct election__cared *cared;
};

/** Keeps what is due earlier; of two at the same time, the first. */
static void consider(struct due *due, struct due other)
{
    if (other.wait_ms < due->wait_ms)
        *due = other;
}

/** Returns how long a request that was sent may stay unanswered. */
static uint64_t patience(const struct election_client *client, bool is_sent,
                         uint64_t sent_ms, uint64_t now_ms)
{
    uint64_t interval_ms = election__client_interval(client);
    uint64_t passed_ms = now_ms - sent_ms;

    if (!is_sent || passed_ms >= interval_ms)
        return 0;
    return interval_ms - passed_ms;
}

/* ---- what is due -------------------------------------------------------- */

/** Tells whether another one to the same election must be answered first. */
static bool is_behind(const struct election_client *client,
                      const struct election__proposal *proposal)
{
    const struct election__proposal *other = client->proposals;

    for (; other != proposal; other = other->next)
        if (other->election_size == proposal->election_size &&
            memcmp(other->text, proposal->text, other->election_size) == 0)
            return true;
    return false;
}

static void consider_proposals(const struct election_client *client,
                               struct due *due, uint64_t now_ms)
{
    struct election__proposal *proposal = client->proposals;
    unsigned unanswered = 0;

    for (; proposal != NULL; proposal = proposal->next) {
        uint64_t wait_ms =
            patience(client, proposal->is_sent, proposal->sent_ms, now_ms);

        if (proposal->is_due)
            wait_ms = 0;
        /* The registry remembers as many, from the highest down. */
        if (proposal->sequence - client->proposals->sequence >= ELECTION_WINDOW)
            return;
        if (is_behind(client, proposal) ||
            unanswered == ELECTION_CLIENT_REQUESTS_MAX)
            continue;
        unanswered++;
        consider(due,
                 (struct due){ELECTION__ASKS_PROPOSE, wait_ms, proposal, NULL});
    }
}

static uint64_t watch_wait(const struct election_client *client,
                           const struct election__cared *cared, uint64_t now_ms)
{
    return patience(client, cared->is_asked, cared->asked_ms, now_ms);
}

/** Considers all watches that do not stand. */
static void consider_watches(const struct election_client *client,
                             struct due *due, uint64_t now_ms)
{
    struct election__cared *cared = client->cared;

    for (; cared != NULL; cared = cared->next)
        if (!cared->is_watched)
            consider(due, (struct due){ELECTION__ASKS_WATCH,
                                       watch_wait(client, cared, now_ms), NULL,
                                       cared});
}

/** Tells whether a watch was asked for before the KeepAlive became due. */
static bool is_asked_before(const struct election_client *client,
                            const struct election__cared *cared,
                            uint64_t now_ms)
{
    uint64_t passed_ms = now_ms - client->renewed_ms;
    uint64_t interval_ms = election__client_interval(client);

    return passed_ms >= interval_ms &&
           now_ms - cared->asked_ms > passed_ms - interval_ms;
}

/**
 * Considers a KeepAlive, and before it the watches of elections that are led
 * from here and do not stand: who was deposed shall know it before an answer
 * renews.
 */
static void consider_renewal(const struct election_client *client,
                             struct due *due, uint64_t now_ms)
{
    struct election__cared *cared = client->cared;

    for (; cared != NULL; cared = cared->next) {
        uint64_t wait_ms = watch_wait(client, cared, now_ms);

        if (cared->is_watched || cared->leader == NULL)
            continue;
        if (is_asked_before(client, cared, now_ms))
            wait_ms = 0;
        consider(due, (struct due){ELECTION__ASKS_WATCH, wait_ms, NULL, cared});
    }
    consider(due,
             (struct due){.asking = ELECTION__ASKS_KEEP_ALIVE,
                          .wait_ms = patience(client, !client->is_lapsing,
                                              client->renewed_ms, now_ms)});
}

/** Returns what is due first. */
static struct due find_due(const struct election_client *client,
                           uint64_t now_ms)
{
    struct due due = {ELECTION__ASKS_NOTHING, UINT64_MAX, NULL, NULL};
    struct due asked = {
        .wait_ms = patience(client, client->is_asked, client->asked_ms, now_ms),
    };

    switch (client->phase) {
    case ELECTION__OPENING:
        asked.asking = ELECTION__ASKS_OPEN;
        return asked;
    case ELECTION__CLOSING:
        asked.asking = ELECTION__ASKS_CLOSE;
        return asked;
    case ELECTION__CLOSED:
        return due;
    case ELECTION__OPEN:
        break;
    }
    consider_renewal(client, &due, now_ms);
    consider_proposals(client, &due, now_ms);
    consider_watches(client, &due, now_ms);
    return due;
}

uint64_t election_client_wait_ms(const struct election_client *client,
                                 uint64_t time_ms)
{
    const struct election__stand *stand;
    uint64_t now_ms, wait_ms, lease_ms;

    if (client == NULL)
        return UINT64_MAX;
    now_ms = election__client_time(client, time_ms);
    wait_ms = find_due(client, now_ms).wait_ms;
    lease_ms = election__lease_left(client, now_ms);
    for (stand = client->stands; stand != NULL; stand = stand->next) {
        if (stand->told_index != 0 && lease_ms < wait_ms)
            wait_ms = lease_ms; /* the end of the lease is to be told */
        if (client->phase == ELECTION__OPEN && stand->wants_in &&
            !stand->is_proposed)
            wait_ms = 0; /* it is to be entered again */
    }
    return wait_ms;
}

/* ---- sending ------------------------------------------------------------ */

/** Makes the Command of what is due. */
static struct election_registry_command
command_of(const struct election_client *client, const struct due *due)
{
    const struct election__proposal *proposal = due->proposal;
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_id = client->session_id,
        .session_ids = &client->session_id,
        .session_count = 1,
    };

    switch (due->asking) {
    case ELECTION__ASKS_OPEN:
        command.kind = ELECTION_REGISTRY_OPEN_SESSION;
        command.client_id = client->config.client_id;
        command.client_id_size = client->config.client_id_size;
        command.incarnation = client->config.incarnation;
        command.nonce = client->config.nonce;
        command.timeout_ms = client->config.timeout_ms;
        command.data = client->config.data;
        command.data_size = client->config.data_size;
        break;
    case ELECTION__ASKS_CLOSE:
        command.kind = ELECTION_REGISTRY_CLOSE_SESSION;
        break;
    case ELECTION__ASKS_PROPOSE:
        command.kind = ELECTION_REGISTRY_PROPOSE;
        command.sequence = proposal->sequence;
        command.election = proposal->text;
        command.election_size = proposal->election_size;
        command.command = (struct election_command){
            proposal->op, proposal->text + proposal->election_size,
            proposal->name_size};
        command.if_index = proposal->if_index;
        command.if_vacant = proposal->if_vacant;
        break;
    case ELECTION__ASKS_KEEP_ALIVE:
    case ELECTION__ASKS_WATCH:
    case ELECTION__ASKS_NOTHING:
        break;
    }
    return command;
}

static void note_proposed(struct election_client *client,
                          struct election__proposal *proposal)
{
    if (!proposal->is_sent) {
        proposal->first_sent_ms = client->now_ms;
        client->renewed_ms = client->now_ms;
    }
    proposal->is_sent = true;
    proposal->is_due = false;
    proposal->sent_ms = client->now_ms;
}

/** Notes that what is due was sent, under this number. */
static void note(struct election_client *client, const struct due *due,
                 uint64_t number)
{
    struct election__trail *trail = &client->trail;

    if (due->asking == ELECTION__ASKS_WATCH) {
        trail = &due->cared->trail;
        due->cared->is_asked = true;
        due->cared->asked_ms = client->now_ms;
    } else if (due->asking == ELECTION__ASKS_PROPOSE) {
        trail = &due->proposal->trail;
        note_proposed(client, due->proposal);
    } else if (due->asking == ELECTION__ASKS_KEEP_ALIVE) {
        client->renewed_ms = client->now_ms;
        client->is_lapsing = false;
    } else {
        client->is_asked = true;
        client->may_live = true;
        client->asked_ms = client->now_ms;
    }
    election__trail_add(
        trail, (struct election__sending){due->asking, number, client->now_ms});
}

/** Takes back what was called for after this sequence. */
static void take_back(struct election_client *client, uint64_t last_sequence)
{
    struct election__proposal *proposal = client->proposals;

    while (proposal != NULL) {
        struct election__proposal *next = proposal->next;

        if (proposal->sequence > last_sequence) {
            proposal->stand->is_proposed = false;
            election__client_forget(client, proposal);
        }
        proposal = next;
    }
    client->last_sequence = last_sequence;
}

/** Enters again who was in, in the session before: all, or NOMEM and none. */
static enum election_status enter_again(struct election_client *client)
{
    struct election__stand *stand = client->stands;
    uint64_t last_sequence = client->last_sequence;

    if (client->phase != ELECTION__OPEN)
        return ELECTION_OK;
    for (; stand != NULL; stand = stand->next) {
        struct election__proposal proposal = {
            .op = ELECTION_OP_ENTER,
            .stand = stand,
            .election_size = stand->cared->name_size,
            .name_size = stand->name_size,
        };

        if (!stand->wants_in || stand->is_proposed)
            continue;
        if (election__client_propose(client, &proposal, stand->cared->name,
                                     stand->name, NULL) != ELECTION_OK) {
            take_back(client, last_sequence);
            return ELECTION_NOMEM;
        }
        stand->is_proposed = true;
    }
    return ELECTION_OK;
}

enum election_status
election_client_request(struct election_client *client, uint64_t time_ms,
                        struct election_buffer *output,
                        struct election_client_request *request)
{
    struct election_registry_command command;
    struct due due;
    enum election_status status = ELECTION_OK;

    if (client == NULL || output == NULL || request == NULL ||
        !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (client->is_telling)
        return ELECTION_BUSY;
    *request = (struct election_client_request){.number = 0};
    election__client_pass(client, time_ms);
    if (enter_again(client) != ELECTION_OK)
        return ELECTION_NOMEM;
    due = find_due(client, client->now_ms);
    if (due.wait_ms > 0) {
        election__buffer_clear(output);
        return ELECTION_OK;
    }
    command = command_of(client, &due);
    if (due.asking == ELECTION__ASKS_WATCH)
        election__buffer_clear(output);
    else
        status = election_registry_command_encode(&command, output);
    if (status != ELECTION_OK)
        return status;
    request->number = ++client->last_number;
    note(client, &due, request->number);
    if (due.cared != NULL) {
        request->watch = due.cared->name;
        request->watch_size = due.cared->name_size;
    }
    return ELECTION_OK;
}
