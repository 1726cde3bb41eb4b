/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "elections.h"
#include "sessions.h"

struct election__state
election__state_empty(const struct election_allocator *allocator,
                      uint64_t hash_seed)
{
    return (struct election__state){
        .allocator = *allocator,
        .hash_seed = hash_seed,
        .version = 1,
        .sessions.quiet_until_ms = UINT64_MAX,
    };
}

void election__state_free(struct election__state *state)
{
    const struct election_allocator *allocator = &state->allocator;
    struct election__session *session;
    struct election__office *office;
    size_t position = 0;

    while ((session = election__order_next(&state->sessions.order,
                                           &position)) != NULL) {
        while (session->candidacies != NULL) {
            struct election__candidacy *candidacy = session->candidacies;

            session->candidacies = candidacy->next;
            election__release(allocator, candidacy);
        }
        election__session_free(allocator, session);
    }
    position = 0;
    while ((office = election__order_next(&state->elections.order,
                                          &position)) != NULL)
        election__office_free(allocator, office);
    while (state->sessions.queues != NULL) {
        struct election__queue *queue = state->sessions.queues;

        state->sessions.queues = queue->next;
        election__release(allocator, queue);
    }
    election__chains_free(&state->sessions.by_id, allocator);
    election__chains_free(&state->sessions.by_client, allocator);
    election__order_free(&state->sessions.order, allocator);
    election__chains_free(&state->elections.by_name, allocator);
    election__order_free(&state->elections.order, allocator);
    election__chains_free(&state->candidacies, allocator);
}
