/* SPDX-License-Identifier: Apache-2.0 */
#include "candidacies.h"

#include "base/checks.h"
#include "base/hash.h"
#include "core/embed.h"

/**
 * A hash of two numbers under two keys; see election__hash_number(). Pairs with
 * the same session never have the same.
 */
static uint64_t hash_of_pair(const struct election__state *state,
                             const struct election__session *session,
                             const struct election__office *office)
{
    return election__hash_number(state->hash_seed, session->id) +
           office->id * (election__hash_key(state->hash_seed, 1) | 1);
}

static struct election__candidacy *
find_pair(const struct election__state *state,
          const struct election__session *session,
          const struct election__office *office)
{
    struct election__chained *item = election__chains_find(
        &state->candidacies, hash_of_pair(state, session, office));

    for (; item != NULL; item = election__chains_next(item)) {
        struct election__candidacy *candidacy =
            ELECTION__ITEM_OF(struct election__candidacy, by_pair, item);

        if (candidacy->session == session)
            return candidacy;
    }
    return NULL;
}

bool election__candidacy_reserve(struct election__state *state)
{
    return election__chains_reserve(&state->candidacies, &state->allocator);
}

struct election__candidacy *
election__candidacy_prepare(struct election__state *state)
{
    if (!election__candidacy_reserve(state))
        return NULL;
    return election__allocate(&state->allocator,
                              sizeof(struct election__candidacy));
}

bool election__candidacy_enter(struct election__state *state,
                               struct election__session *session,
                               struct election__office *office,
                               struct election__candidacy *prepared)
{
    session->candidate_count++;
    state->candidate_count++;
    if (find_pair(state, session, office) != NULL)
        return false;
    prepared->session = session;
    prepared->office = office;
    prepared->previous = NULL;
    prepared->next = session->candidacies;
    if (session->candidacies != NULL)
        session->candidacies->previous = prepared;
    session->candidacies = prepared;
    election__chains_add(&state->candidacies, &prepared->by_pair,
                         hash_of_pair(state, session, office));
    return true;
}

static void remove_record(struct election__state *state,
                          struct election__candidacy *candidacy)
{
    if (candidacy->previous != NULL)
        candidacy->previous->next = candidacy->next;
    else
        candidacy->session->candidacies = candidacy->next;
    if (candidacy->next != NULL)
        candidacy->next->previous = candidacy->previous;
    election__chains_remove(&state->candidacies, &candidacy->by_pair);
    election__release(&state->allocator, candidacy);
}

/** Removes the record of a pair, if it is there. */
static void forget_pair(struct election__state *state,
                        const struct election__session *session,
                        const struct election__office *office)
{
    struct election__candidacy *candidacy = find_pair(state, session, office);

    if (candidacy != NULL)
        remove_record(state, candidacy);
}

void election__candidacy_leave(struct election__state *state,
                               struct election__session *session,
                               const struct election__office *office)
{
    session->candidate_count--;
    state->candidate_count--;
    if (!election__session_holds(office->election, session->id))
        forget_pair(state, session, office);
}

void election__candidacy_undo(struct election__state *state,
                              struct election__session *session,
                              const struct election__office *office)
{
    session->candidate_count--;
    state->candidate_count--;
    forget_pair(state, session, office);
}

void election__candidacy_end(struct election__state *state,
                             struct election__session *session)
{
    assert(session->candidacies != NULL);
    state->candidate_count -= session->candidate_count;
    session->candidate_count = 0;
    remove_record(state, session->candidacies);
}

void election__candidacies_trim(struct election__state *state)
{
    election__chains_trim(&state->candidacies, &state->allocator);
}
