/* SPDX-License-Identifier: Apache-2.0 */
#include "leadership.h"

#include "sessions.h"

struct election__leadership
election__leadership_of(const struct election__state *state,
                        const struct election__office *office)
{
    struct election__leadership leadership = {
        .view.index = state->index_floor,
    };
    struct election_candidate leader;

    if (office == NULL ||
        election_leader(office->election, &leader) != ELECTION_OK)
        return leadership;
    leadership.view.index = election_index(office->election);
    leadership.view.leader = leader.name;
    leadership.view.leader_size = leader.name_size;
    leadership.view.leader_session_id = leader.session_id;
    leadership.view.waiting_count = election_candidate_count(office->election);
    return leadership;
}

void election__leadership_add_data(const struct election__state *state,
                                   struct election__leadership *leadership)
{
    const struct election__session *session;

    if (leadership->view.leader == NULL)
        return;
    session = election__session_find(state, leadership->view.leader_session_id);
    leadership->view.leader_data = session->data;
    leadership->view.leader_data_size = session->data_size;
}

struct election__election_summary
election__office_summary(const struct election__state *state,
                         const struct election__office *office)
{
    struct election__election_summary summary = {
        .id = office->id,
        .name = office->name,
        .name_size = office->name_size,
        .has_leadership = true,
        .leadership = election__leadership_of(state, office),
    };

    election__leadership_add_data(state, &summary.leadership);
    return summary;
}

struct election_registry_session
election__session_summary(const struct election__state *state,
                          const struct election__session *session)
{
    return (struct election_registry_session){
        .id = session->id,
        .client_id = session->client_id,
        .client_id_size = session->client_id_size,
        .incarnation = session->incarnation,
        .timeout_ms = session->queue->timeout_ms,
        .remaining_ms = election__session_deadline(&state->clock, session) -
                        state->clock.now_ms,
        .candidate_count = session->candidate_count,
        .highest_sequence = session->window.highest,
        .data = session->data,
        .data_size = session->data_size,
    };
}
