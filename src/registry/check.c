/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small registries are checked in whole, so a test that takes a wrong turn
 * stops there and then.
 */
#include "check.h"

#include "base/checks.h"

#ifdef ELECTION_CHECKS

#include "core/embed.h"
#include "elections.h"
#include "sessions.h"

/** Largest number of sessions, and of elections, that are checked. */
enum { REGISTRY_CHECKED_MAX = 64 };

/** A session is found by all its ways, lives, and holds what it says. */
static void check_session(const struct election__state *state,
                          const struct election__session *session)
{
    const struct election__candidacy *candidacy = session->candidacies;

    assert(session->id <= state->id_floor);
    assert(election__session_find(state, session->id) == session);
    assert(election__session_of_client(state, session->client_id,
                                       session->client_id_size) == session);
    assert(session->renewed_ms <= state->clock.now_ms);
    assert(!election__session_is_over(&state->clock, session));
    assert(election__session_deadline(&state->clock, session) >=
           state->sessions.quiet_until_ms);
    assert(session->next == NULL ||
           session->next->renewed_ms >= session->renewed_ms);
    assert(session->next != NULL || session->queue->last == session);
    assert((session->candidacies == NULL) == (session->candidate_count == 0));
    for (; candidacy != NULL; candidacy = candidacy->next) {
        assert(candidacy->session == session);
        assert(candidacy->office->id != 0);
        assert(
            election__session_holds(candidacy->office->election, session->id));
    }
}

/** An election is found, exists, and has a leader who lives. */
static uint64_t check_office(const struct election__state *state,
                             const struct election__office *office)
{
    struct election_candidate leader;

    assert(office->id != 0 && office->id <= state->id_floor);
    assert(election__office_find(state, office->name, office->name_size) ==
           office);
    assert(election_leader(office->election, &leader) == ELECTION_OK);
    assert(election__session_find(state, leader.session_id) != NULL);
    return 1 + election_candidate_count(office->election);
}

void election__registry_check(const struct election_registry *registry)
{
    const struct election__state *state = &registry->state;
    const struct election__session *session;
    const struct election__office *office;
    uint64_t of_sessions = 0;
    uint64_t of_elections = 0;
    size_t position = 0;

    assert(state->clock.epoch <= state->applied);
    assert(state->clock.extended_ms <= state->clock.now_ms);
    if (state->sessions.order.count > REGISTRY_CHECKED_MAX ||
        state->elections.order.count > REGISTRY_CHECKED_MAX)
        return;
    while ((session = election__order_next(&state->sessions.order,
                                           &position)) != NULL) {
        check_session(state, session);
        of_sessions += session->candidate_count;
    }
    position = 0;
    while ((office = election__order_next(&state->elections.order,
                                          &position)) != NULL)
        of_elections += check_office(state, office);
    assert(of_sessions == of_elections);
    assert(of_sessions == state->candidate_count);
    assert(state->sessions.by_id.count == state->sessions.order.count);
    assert(state->elections.by_name.count == state->elections.order.count);
}

#endif
