/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Watches a registry, and holds what it hears against what it heard before, and
 * against what there is.
 */
#ifndef PROOF_REGISTRY_LISTENER_H
#define PROOF_REGISTRY_LISTENER_H

#include "election/registry.h"

enum { LISTENER_ELECTIONS = 256 };

/** What a listener heard last of one election. */
struct heard {
    char name[ELECTION_NAME_SIZE_MAX];
    size_t name_size;
    uint64_t applied;
    bool is_led;
    uint64_t leadership; /* a hash */
    uint64_t event;      /* a hash */
};

struct listener {
    const char *election; /* NULL = all */
    enum election_scope scope;
    uint64_t watch_id; /* 0 = does not listen */
    uint64_t applied;  /* of the last event */
    uint64_t hash;     /* of all events since it was set to 0 */
    size_t count;      /* of events, for ever */
    struct heard heard[LISTENER_ELECTIONS];
    size_t heard_count;
    const struct listener *elder; /* hears each event just before this one */
    void (*note)(void *context, const struct election_registry_event *event);
    void *context; /* of note, which may be NULL */
};

/** Begins to listen, anew if it did: nothing heard before counts any more. */
void listener_start(struct listener *listener,
                    struct election_registry *registry);
void listener_stop(struct listener *listener,
                   struct election_registry *registry);

/** Fails the test unless the last it heard is what there is. */
void listener_check(const struct listener *listener,
                    const struct election_registry *registry);

#endif
