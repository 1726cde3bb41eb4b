/* SPDX-License-Identifier: Apache-2.0 */
#include "tenures.h"

#include <string.h>

enum { TENURES_MAX = 4000 };

static struct tenure tenures[ELECTIONS][TENURES_MAX];
static size_t counts[ELECTIONS];

void tenures_begin(void)
{
    memset(counts, 0, sizeof counts);
}

struct tenure *tenures_present(unsigned election)
{
    size_t count = counts[election];

    if (count == 0 || tenures[election][count - 1].ending != ENDING_NONE)
        return NULL;
    return &tenures[election][count - 1];
}

struct tenure *tenures_find(unsigned election, uint64_t token)
{
    for (size_t i = counts[election]; i > 0; i--)
        if (tenures[election][i - 1].token == token)
            return &tenures[election][i - 1];
    return NULL;
}

/** Finds out why a tenure is over. */
static enum ending ending_of(const struct tenure *tenure,
                             const struct election_registry_event *event)
{
    if (tenure->session->ending != ENDING_NONE)
        return tenure->session->ending;
    if (event->cause == ELECTION_CAUSE_WITHDRAW)
        return ENDING_SELF;
    return ENDING_OTHERS;
}

static void begin(unsigned election,
                  const struct election_registry_leadership *leadership)
{
    size_t count = counts[election]++;

    if (count == TENURES_MAX) {
        world_fail("too many tenures for the checker");
        counts[election]--;
        return;
    }
    if (count > 0 && tenures[election][count - 1].token >= leadership->index)
        world_fail("token %llu of %s does not rise",
                   (unsigned long long)leadership->index,
                   election_names[election]);
    tenures[election][count] = (struct tenure){
        .token = leadership->index,
        .session = calendar_find(leadership->leader_session_id),
    };
    if (tenures[election][count].session == NULL ||
        tenures[election][count].session->ending != ENDING_NONE)
        world_fail("a session that has ended leads %s",
                   election_names[election]);
}

void tenures_hear(const struct election_registry_event *event)
{
    const struct election_registry_leadership *leadership = &event->leadership;
    unsigned election = (unsigned)event->election_size - 1;
    struct tenure *present = tenures_present(election);

    if (present != NULL && leadership->leader != NULL &&
        present->token == leadership->index)
        return;
    if (present != NULL) {
        present->ending = ending_of(present, event);
        present->ended_us = world.now_us;
        present->ended_index = event->applied;
    }
    if (leadership->leader != NULL)
        begin(election, leadership);
}
