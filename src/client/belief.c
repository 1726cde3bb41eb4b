/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

/* ---- the lease ---------------------------------------------------------- */

uint64_t election__lease_size(const struct election_client_config *config,
                              uint64_t timeout_ms)
{
    uint64_t drift_ms = (timeout_ms * config->drift_ppm + 999999) / 1000000;
    uint64_t lost_ms = drift_ms + config->margin_ms;

    return timeout_ms > lost_ms ? timeout_ms - lost_ms : 0;
}

uint64_t election__lease_left(const struct election_client *client,
                              uint64_t now_ms)
{
    uint64_t passed_ms = now_ms - client->lease_ms;
    uint64_t size_ms =
        election__lease_size(&client->config, client->timeout_ms);

    if (!client->has_lease || passed_ms >= size_ms)
        return 0;
    return size_ms - passed_ms;
}

void election__client_renew(struct election_client *client, uint64_t sent_ms)
{
    if (client->has_lease && client->lease_ms >= sent_ms)
        return;
    client->has_lease = true;
    client->lease_ms = sent_ms;
}

/* ---- who leads ---------------------------------------------------------- */

bool election__stand_leads(const struct election_client *client,
                           const struct election__stand *stand, uint64_t now_ms)
{
    const struct election__cared *cared = stand->cared;

    return client->phase == ELECTION__OPEN && stand->wants_in &&
           stand->withdrawals == 0 && cared->leader == stand &&
           cared->leader_session_id == client->session_id &&
           cared->index > stand->gone_index &&
           election__lease_left(client, now_ms) > 0;
}

bool election__cared_learn(struct election_client *client,
                           struct election__cared *cared, uint64_t applied,
                           const struct election_registry_leadership *shown)
{
    bool is_other = cared->index != shown->index ||
                    cared->leader_session_id != shown->leader_session_id;

    if (applied < cared->applied)
        return false;
    cared->applied = applied;
    cared->index = shown->index;
    cared->leader = NULL;
    cared->leader_session_id = 0;
    if (shown->leader != NULL) {
        cared->leader_session_id = shown->leader_session_id;
        cared->leader = election__stand_find(client, cared, shown->leader,
                                             shown->leader_size);
    }
    if (cared->leader != NULL && shown->leader_session_id == client->session_id)
        election__stand_see(cared->leader, applied);
    if (is_other)
        election__client_tell(client, &(struct election_client_report){
                                          .news = ELECTION_CLIENT_CHANGED,
                                          .election = cared->name,
                                          .election_size = cared->name_size,
                                          .index = shown->index,
                                          .leadership = shown,
                                      });
    return true;
}

/* ---- telling ------------------------------------------------------------ */

void election__client_tell(struct election_client *client,
                           const struct election_client_report *report)
{
    if (client->config.fn == NULL)
        return;
    client->is_telling = true;
    client->config.fn(client->config.context, client, report);
    client->is_telling = false;
}

/** Tells that a tenure of a candidate begins, or is over. */
static void tell_tenure(struct election_client *client,
                        const struct election__stand *stand,
                        enum election_client_news news,
                        enum election_client_reason reason)
{
    election__client_tell(client, &(struct election_client_report){
                                      .news = news,
                                      .election = stand->cared->name,
                                      .election_size = stand->cared->name_size,
                                      .name = stand->name,
                                      .name_size = stand->name_size,
                                      .index = stand->told_index,
                                      .reason = reason,
                                  });
}

void election__client_tell_leads(struct election_client *client,
                                 enum election_client_reason reason)
{
    struct election__stand *stand = client->stands;

    for (; stand != NULL; stand = stand->next) {
        uint64_t index = 0;

        if (election__stand_leads(client, stand, client->now_ms))
            index = stand->cared->index;
        if (index == stand->told_index)
            continue;
        if (stand->told_index != 0)
            tell_tenure(client, stand, ELECTION_CLIENT_LOST, reason);
        stand->told_index = index;
        if (index != 0)
            tell_tenure(client, stand, ELECTION_CLIENT_GAINED,
                        (enum election_client_reason)0);
    }
}

void election__client_pass(struct election_client *client, uint64_t time_ms)
{
    client->now_ms = election__client_time(client, time_ms);
    election__client_tell_leads(client, ELECTION_CLIENT_LEASE);
}
