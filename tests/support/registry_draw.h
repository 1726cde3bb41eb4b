/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Draws entries and reads for a registry at random: such as suit its state, and
 * some that do not; written down plainly, or in any other way that a decoder
 * must understand, or in none.
 */
#ifndef SUPPORT_REGISTRY_DRAW_H
#define SUPPORT_REGISTRY_DRAW_H

#include "random.h"
#include "registry_model.h"

enum {
    REGISTRY_DRAW_IDS = 32,       /* of sessions, that are remembered */
    REGISTRY_DRAW_PROPOSALS = 24, /* that may be sent again */
};

/** What the entries of a round are like. */
struct registry_mood {
    uint32_t clients;
    uint32_t elections;
    uint32_t names;
    uint32_t short_timeouts; /* of ten sessions */
    uint32_t haste;          /* of ten entries, those that let time pass */
    uint32_t enters;         /* of ten proposals, about */
    uint32_t wild_one_in;    /* entries of which one is written strangely */
    bool is_orderly;         /* clients come once; few sessions end */
};

struct registry_draw {
    struct random random;
    struct registry_mood mood;
    uint64_t ids[REGISTRY_DRAW_IDS];
    size_t id_count;
    struct election_registry_command proposals[REGISTRY_DRAW_PROPOSALS];
    size_t proposal_count;
    bool is_writable; /* the last entry was written plainly */
    struct election_registry_command command; /* what it says */
};

void registry_draw_init(struct registry_draw *draw, uint64_t seed);

/** Draws an entry for the registry as it is. */
void registry_draw_entry(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct model_bytes *entry);

/** Draws a read. */
void registry_draw_query(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct model_bytes *query);

/** Draws the name of an election: returns its size, 0 = of all. */
size_t registry_draw_watched(struct registry_draw *draw, const char **name);

/** Writes a Command plainly, as any encoder does. */
void registry_write(const struct election_registry_command *command,
                    struct model_bytes *entry);

/** Writes it in a way that few encoders do, and sometimes breaks it. */
void registry_write_wildly(struct random *random,
                           const struct election_registry_command *command,
                           struct model_bytes *entry);

/** Breaks some bytes. */
void registry_break(struct random *random, struct model_bytes *bytes);

#endif
