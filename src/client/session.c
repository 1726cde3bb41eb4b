/* SPDX-License-Identifier: Apache-2.0 */
/* How a session ends, and a connection. */
#include "client.h"

/** Drops a proposal of which nobody will know what came of it. */
static void give_up(struct election_client *client,
                    struct election__proposal *proposal)
{
    election__client_settle(client, proposal, ELECTION_CLIENT_UNKNOWN,
                            ELECTION_OK);
}

void election__client_end(struct election_client *client,
                          enum election_status status,
                          enum election_client_reason reason)
{
    client->phase = ELECTION__CLOSED;
    client->has_lease = false;
    election__requests_forget(client);
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
        if (stand->evicted != 0 && !stand->is_doubtful)
            stand->wants_in = false;
        stand->evicted = 0;
        stand->is_doubtful = false;
        election__stand_settle(client, stand);
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
    election__requests_forget(client);
    for (; cared != NULL; cared = cared->next) {
        cared->leader = NULL;
        cared->leader_session_id = 0;
    }
    leave_session(client);
    if (client->config.incarnation == 0) { /* all are used up */
        election__client_end(client, ELECTION_NO_SESSION,
                             ELECTION_CLIENT_SESSION);
        return;
    }
    election__client_tell(client, &(struct election_client_report){
                                      .news = ELECTION_CLIENT_SESSION_LOST,
                                  });
    give_up_sent(client);
}

enum election_status election_client_close(struct election_client *client)
{
    if (client == NULL)
        return ELECTION_MISUSE;
    if (client->is_telling)
        return ELECTION_BUSY;
    if (client->is_closing || client->phase == ELECTION__CLOSED)
        return ELECTION_UNCHANGED;
    if (client->phase == ELECTION__OPENING && !client->may_live) {
        election__client_end(client, ELECTION_OK, ELECTION_CLIENT_WITHDRAWN);
        return ELECTION_OK;
    }
    client->is_closing = true;
    if (client->phase == ELECTION__OPEN) {
        client->phase = ELECTION__CLOSING;
        election__requests_forget(client);
    }
    election__client_tell_leads(client, ELECTION_CLIENT_WITHDRAWN);
    while (client->proposals != NULL)
        give_up(client, client->proposals);
    return ELECTION_OK;
}

void election_client_disconnected(struct election_client *client)
{
    struct election__proposal *proposal;

    if (client == NULL || client->is_telling)
        return;
    if (client->trail.sendings[0].asking == ELECTION__ASKS_KEEP_ALIVE)
        client->is_lapsing = true;
    election__requests_forget(client);
    for (proposal = client->proposals; proposal != NULL;
         proposal = proposal->next)
        proposal->is_due = true;
}
