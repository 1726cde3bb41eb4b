/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "candidacies.h"
#include "core/embed.h"
#include "elections.h"
#include "sessions.h"
#include "sort.h"

const struct election__by election__by_expiry = {ELECTION__TERM_BY_EXPIRY,
                                                 ELECTION__LEADER_BY_EXPIRY};
const struct election__by election__by_command = {ELECTION__TERM_BY_COMMAND,
                                                  ELECTION__LEADER_BY_COMMAND};

/** Puts an election at the end of the list, if it is not there yet. */
static void list(struct election__changes *changes,
                 struct election__office *office)
{
    if ((office->changes & ELECTION__LISTED) != 0)
        return;
    office->changes |= ELECTION__LISTED;
    office->told_id = office->id;
    office->next_changed = NULL;
    if (changes->last != NULL)
        changes->last->next_changed = office;
    else
        changes->first = office;
    changes->last = office;
}

void election__changes_add(struct election__changes *changes,
                           struct election__office *office,
                           struct election__by by, bool is_of_leader)
{
    list(changes, office);
    office->changes |= by.term;
    if (is_of_leader)
        office->changes |= by.leader;
}

void election__changes_end(struct election__changes *changes,
                           struct election__state *state,
                           struct election__session *session)
{
    while (session->candidacies != NULL) {
        struct election__office *office = session->candidacies->office;

        if ((office->changes & ELECTION__LEAVING) == 0) {
            office->leader_before = election__leave_begin(office->election);
            list(changes, office);
            office->changes |= ELECTION__LEAVING;
        }
        election__leave(office->election, session->id);
        election__candidacy_end(state, session);
    }
    election__session_forget(state, session);
}

static void settle(struct election__changes *changes,
                   struct election__state *state,
                   struct election__office *office, struct election__by by)
{
    uint64_t index = election_index(office->election);
    bool is_vacant;

    election__leave_end(office->election, office->leader_before);
    is_vacant = election__office_is_vacant(office);
    election__changes_add(changes, office, by,
                          is_vacant ||
                              election_index(office->election) != index);
    if (is_vacant)
        election__office_drop(state, office);
}

void election__changes_settle(struct election__changes *changes,
                              struct election__state *state,
                              struct election__by by)
{
    struct election__office *office = changes->first;

    for (; office != NULL; office = office->next_changed) {
        if ((office->changes & ELECTION__LEAVING) == 0)
            continue;
        office->changes &= (uint8_t)~ELECTION__LEAVING;
        settle(changes, state, office, by);
    }
}

void election__changes_sort(struct election__changes *changes)
{
    if (changes->first == changes->last)
        return;
    changes->first = election__sort(
        changes->first, offsetof(struct election__office, next_changed),
        offsetof(struct election__office, told_id));
}
