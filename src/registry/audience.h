/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who watches what. Watchers of one election stand in a group under its name,
 * whether the election exists or not; those of all in a group of their own.
 * Both groups are in the order of registration, and are merged when an election
 * changes, so telling costs nothing for those who watch another one.
 */
#ifndef ELECTION_AUDIENCE_H
#define ELECTION_AUDIENCE_H

#include "base/buffer.h"
#include "leadership.h"
#include "registry.h"

enum {
    /** Most bytes of an event without candidates. */
    ELECTION__EVENT_SIZE_MAX = 11 + 3 + ELECTION_NAME_SIZE_MAX + 2 + 11 + 6 +
                               ELECTION__LEADERSHIP_SIZE_MAX +
                               ELECTION__DATA_FIELD_SIZE_MAX
};

struct election__watcher {
    struct election__chained by_id;
    uint64_t id;
    struct election__group *group;
    struct election__watcher *previous; /* in the group, in order of ids */
    struct election__watcher *next;
    struct election__watcher *next_gone;
    enum election_scope scope;
    election_registry_watch_fn *fn; /* NULL = was unwatched while told */
    void *context;
};

/** Those who watch the same. */
struct election__group {
    struct election__chained by_name;
    struct election__watcher *first;
    struct election__watcher *last;
    size_t term_count; /* whose scope is the Term */
    size_t leader_count;
    size_t name_size; /* 0 = of all elections */
    char name[];
};

struct election__audience {
    struct election__chains by_id;
    struct election__chains by_name; /* groups */
    struct election__group *all;
    uint64_t last_id;
    size_t count;
    size_t term_count;
    struct election__watcher *gone; /* to be swept */
    bool is_notifying;
    struct election_buffer event; /* for the scope TERM */
    size_t event_peak;            /* most bytes of it that were needed lately */
    unsigned tellings;            /* since then */
    uint8_t leader_event[ELECTION__EVENT_SIZE_MAX];
};

/** Finds the group of a name; NULL = nobody watches it. */
struct election__group *
election__group_find(const struct election_registry *registry, const char *name,
                     size_t name_size);

/** Finds or makes the group of a name, or that of all. NULL = no memory. */
struct election__group *
election__group_obtain(struct election_registry *registry, const char *name,
                       size_t name_size);

/** Registers a watcher, whose id is the highest, in its group. */
void election__watcher_join(struct election_registry *registry,
                            struct election__watcher *watcher);

/** Finds a watcher by its id, or NULL. */
struct election__watcher *
election__watcher_find(const struct election_registry *registry, uint64_t id);

/** Lets a watcher go, who is not called any more, as soon as nobody is. */
void election__watcher_leave(struct election_registry *registry,
                             struct election__watcher *watcher);

/** Makes sure that there is an audience. False = no memory. */
bool election__audience_create(struct election_registry *registry);

/** Releases all watchers. */
void election__audience_free(struct election_registry *registry);

/** After all was told: sweeps, and gives back what nobody needs. */
void election__audience_rest(struct election_registry *registry);

#endif
