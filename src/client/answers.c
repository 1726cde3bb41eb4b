/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: answers to requests, and events. */
#include "client.h"

enum {
    /** How long until something is asked again that the leader refused. */
    RETRY_MS = 100
};

/** An answer, and what it answers. */
struct answer {
    struct election__sending sending;
    struct election__proposal *proposal; /* NULL = it is of none */
    const struct election_registry_result *result;
};

/**
 * Returns a time of sending such that it is due again in a moment. It may lie
 * before the clock's origin: only differences count.
 */
static uint64_t retried(const struct election_client *client)
{
    return client->now_ms + RETRY_MS - election__client_interval(client);
}

/** Something that renews was answered, and so the session lived then. */
static void renew(struct election_client *client, uint64_t sent_ms,
                  uint64_t applied)
{
    struct election__stand *stand = client->stands;

    election__client_renew(client, sent_ms);
    for (; stand != NULL; stand = stand->next)
        if (applied > stand->evicted)
            stand->is_doubtful = false;
}

/* ---- sessions ----------------------------------------------------------- */

/** The session is open already: by another sending of the same OpenSession. */
static enum election_status take_open_again(struct election_client *client,
                                            const struct answer *answer)
{
    const struct election_registry_result *result = answer->result;

    if (result->session_id < client->session_id)
        return ELECTION_UNCHANGED; /* it ended before ours began */
    if (result->session_id > client->session_id)
        election__client_lose_session(client); /* ours ended before it began */
    else
        renew(client, answer->sending.sent_ms, result->applied);
    return ELECTION_OK;
}

static enum election_status take_open(struct election_client *client,
                                      const struct answer *answer)
{
    const struct election_registry_result *result = answer->result;
    uint64_t sent_ms = answer->sending.sent_ms;
    bool is_granted =
        result->status == ELECTION_OK || result->status == ELECTION_UNCHANGED;

    if (is_granted && (result->kind != ELECTION_REGISTRY_RESULT_SESSION ||
                       result->session_id == 0 ||
                       result->timeout_ms < ELECTION_TIMEOUT_MS_MIN ||
                       result->timeout_ms > ELECTION_TIMEOUT_MS_MAX))
        return ELECTION_INVALID;
    if (result->status == ELECTION_CONFLICT ||
        result->status == ELECTION_STALE) {
        election__client_end(client, result->status, ELECTION_CLIENT_REPLACED);
        return ELECTION_OK;
    }
    if (!is_granted && client->is_closing) {
        election__client_end(client, ELECTION_OK, ELECTION_CLIENT_WITHDRAWN);
        return ELECTION_OK;
    }
    if (!is_granted) { /* not in office, or full */
        client->asked_ms = retried(client);
        return ELECTION_OK;
    }
    if (client->session_id != 0)
        return take_open_again(client, answer);
    client->phase = client->is_closing ? ELECTION__CLOSING : ELECTION__OPEN;
    client->is_asked = false;
    client->session_id = result->session_id;
    client->timeout_ms = result->timeout_ms;
    client->renewed_ms = sent_ms;
    renew(client, sent_ms, result->applied);
    return ELECTION_OK;
}

static enum election_status take_keep_alive(struct election_client *client,
                                            const struct answer *answer)
{
    const struct election_registry_result *result = answer->result;

    if (result->status == ELECTION_OK)
        renew(client, answer->sending.sent_ms, result->applied);
    else if (result->status == ELECTION_NO_SESSION)
        election__client_lose_session(client);
    else
        client->renewed_ms = retried(client);
    return ELECTION_OK;
}

static enum election_status take_close(struct election_client *client,
                                       const struct answer *answer)
{
    const struct election_registry_result *result = answer->result;

    if (result->status == ELECTION_OK || result->status == ELECTION_UNCHANGED)
        election__client_end(client, ELECTION_OK, ELECTION_CLIENT_WITHDRAWN);
    else
        client->asked_ms = retried(client);
    return ELECTION_OK;
}

/* ---- proposals ---------------------------------------------------------- */

/** Learns from the Leadership in a result. */
static void learn(struct election_client *client,
                  const struct election__proposal *proposal,
                  const struct election_registry_result *result)
{
    struct election__cared *cared =
        election__cared_find(client, proposal->text, proposal->election_size);

    if (cared != NULL && result->has_leadership)
        (void)election__cared_learn(client, cared, result->applied,
                                    &result->leadership);
}

/** An Enter that was refused: he is not in, unless another is under way. */
static void note_refused(struct election_client *client,
                         const struct election__proposal *proposal)
{
    const struct election__proposal *other = client->proposals;

    for (; other != NULL; other = other->next)
        if (other != proposal && other->stand == proposal->stand)
            return;
    proposal->stand->wants_in = false;
    election__client_tell_leads(client, ELECTION_CLIENT_DEPOSED);
}

static void settle(struct election_client *client,
                   struct election__proposal *proposal,
                   enum election_client_news news, enum election_status status)
{
    if (proposal->op == ELECTION_OP_ENTER && status != ELECTION_OK &&
        status != ELECTION_UNCHANGED)
        note_refused(client, proposal);
    election__client_settle(client, proposal, news, status);
}

/** A candidate of this client was evicted by its own command. */
static void note_evicted(const struct election_client *client,
                         const struct election__proposal *proposal,
                         uint64_t applied)
{
    const struct election__cared *cared =
        election__cared_find(client, proposal->text, proposal->election_size);
    struct election__stand *stand = NULL;

    if (cared != NULL)
        stand = election__stand_find(client, cared,
                                     proposal->text + proposal->election_size,
                                     proposal->name_size);
    if (stand != NULL)
        election__stand_evict(client, stand, applied, false);
}

/** Notes who is in or out since the entry that the answer is of. */
static void note_effect(const struct election_client *client,
                        const struct election__proposal *proposal,
                        const struct election_registry_result *result)
{
    if (proposal->op == ELECTION_OP_EVICT && result->status == ELECTION_OK)
        note_evicted(client, proposal, result->applied);
    /* A repeat was executed earlier: nobody knows when. */
    if (proposal->op == ELECTION_OP_ENTER && !result->is_repeated)
        election__stand_see(proposal->stand, result->applied);
}

static enum election_status take_propose(struct election_client *client,
                                         const struct answer *answer)
{
    const struct election_registry_result *result = answer->result;
    struct election__proposal *proposal = answer->proposal;

    switch (result->status) {
    case ELECTION_NO_SESSION:
        election__client_lose_session(client);
        return ELECTION_OK;
    case ELECTION_INVALID: /* not in office: our names keep the rule */
        proposal->sent_ms = retried(client);
        return ELECTION_OK;
    case ELECTION_STALE:
        settle(client, proposal, ELECTION_CLIENT_UNKNOWN, result->status);
        return ELECTION_OK;
    default:
        break;
    }
    if (!result->has_leadership && result->status != ELECTION_UNSUPPORTED)
        return ELECTION_INVALID; /* belief would stay behind the answer */
    renew(client, proposal->first_sent_ms, result->applied);
    note_effect(client, proposal, result);
    learn(client, proposal, result);
    settle(client, proposal, ELECTION_CLIENT_ANSWERED, result->status);
    return ELECTION_OK;
}

/* ---- events ------------------------------------------------------------- */

/** Tells whether an eviction met who led with this index: none came between. */
static bool is_evicted(const struct election_registry_event *event,
                       uint64_t index)
{
    return event->cause == ELECTION_CAUSE_EVICT &&
           (event->leadership.leader == NULL ||
            event->leadership.index == index + 1);
}

/**
 * Takes in an event of an election; UNCHANGED if something newer is known. If
 * an eviction left nobody, with a higher index, he may have met his end just
 * before, by the end of his session, and the next one was evicted. Or another
 * election had that index.
 */
static enum election_status
take_news(struct election_client *client, struct election__cared *cared,
          const struct election_registry_event *event)
{
    struct election__stand *leader = NULL;
    uint64_t index = cared->index;

    if (cared->leader_session_id == client->session_id)
        leader = cared->leader;
    if (!election__cared_learn(client, cared, event->applied,
                               &event->leadership))
        return ELECTION_UNCHANGED;
    if (leader != NULL && is_evicted(event, index))
        election__stand_evict(client, leader, event->applied,
                              event->leadership.leader == NULL &&
                                  event->leadership.index > index);
    return ELECTION_OK;
}

enum election_status election_client_event(struct election_client *client,
                                           uint64_t time_ms, const void *event,
                                           size_t event_size)
{
    struct election_registry_event decoded;
    struct election__cared *cared;
    enum election_status status = ELECTION_UNCHANGED;

    if (client == NULL || (event == NULL && event_size > 0))
        return ELECTION_MISUSE;
    if (client->is_telling)
        return ELECTION_BUSY;
    election__client_pass(client, time_ms);
    if (election_registry_event_decode(event, event_size, &decoded, NULL) !=
        ELECTION_OK)
        return ELECTION_INVALID;
    cared =
        election__cared_find(client, decoded.election, decoded.election_size);
    if (cared != NULL && client->phase != ELECTION__CLOSED)
        status = take_news(client, cared, &decoded);
    if (status == ELECTION_UNCHANGED)
        client->ignored++;
    election__client_tell_leads(client, ELECTION_CLIENT_DEPOSED);
    return status;
}

/* ---- the calls ---------------------------------------------------------- */

static enum election_status stand_watched(struct election__cared *cared)
{
    cared->is_watched = true;
    return ELECTION_OK;
}

typedef enum election_status take_fn(struct election_client *client,
                                     const struct answer *answer);

static take_fn *const takers[] = {
    [ELECTION__ASKS_OPEN] = take_open,
    [ELECTION__ASKS_KEEP_ALIVE] = take_keep_alive,
    [ELECTION__ASKS_CLOSE] = take_close,
    [ELECTION__ASKS_PROPOSE] = take_propose,
};

enum election_status election_client_response(struct election_client *client,
                                              uint64_t time_ms, uint64_t number,
                                              const void *result,
                                              size_t result_size)
{
    struct election_registry_result decoded;
    struct election__asked asked;
    struct answer answer = {.result = &decoded};
    enum election_status status = ELECTION_INVALID;

    if (client == NULL || (result == NULL && result_size > 0))
        return ELECTION_MISUSE;
    if (client->is_telling)
        return ELECTION_BUSY;
    election__client_pass(client, time_ms);
    asked = election__asked_find(client, number);
    if (asked.sending == NULL) {
        client->ignored++;
        return ELECTION_UNCHANGED;
    }
    answer.sending = *asked.sending;
    answer.proposal = asked.proposal;
    *asked.sending = (struct election__sending){0};
    if (asked.cared != NULL)
        status = stand_watched(asked.cared);
    else if (election_registry_result_decode(result, result_size, &decoded,
                                             NULL) == ELECTION_OK)
        status = takers[answer.sending.asking](client, &answer);
    if (status == ELECTION_INVALID)
        *asked.sending = answer.sending;
    if (status == ELECTION_UNCHANGED)
        client->ignored++;
    election__client_tell_leads(client, ELECTION_CLIENT_DEPOSED);
    return status;
}

/* ---- what it knows ------------------------------------------------------ */

bool election_client_leads(const struct election_client *client,
                           const char *election, size_t election_size,
                           const char *name, size_t name_size, uint64_t time_ms,
                           uint64_t *index)
{
    const struct election__cared *cared;
    const struct election__stand *stand = NULL;

    if (client == NULL || election == NULL || name == NULL)
        return false;
    cared = election__cared_find(client, election, election_size);
    if (cared != NULL)
        stand = election__stand_find(client, cared, name, name_size);
    if (stand == NULL ||
        !election__stand_leads(client, stand,
                               election__client_time(client, time_ms)))
        return false;
    if (index != NULL)
        *index = cared->index;
    return true;
}

uint64_t election_client_lease_ms(const struct election_client *client,
                                  uint64_t time_ms)
{
    if (client == NULL)
        return 0;
    return election__lease_left(client, election__client_time(client, time_ms));
}

uint64_t election_client_ignored(const struct election_client *client)
{
    return client == NULL ? 0 : client->ignored;
}
