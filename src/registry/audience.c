/* SPDX-License-Identifier: Apache-2.0 */
#include "audience.h"

#include <string.h>

#include "base/checks.h"
#include "base/hash.h"
#include "restore.h"

enum {
    /** Entries that were told of, after which the event buffer is looked at. */
    TELLINGS_UNTIL_TRIM = 256
};

/* ---- groups ------------------------------------------------------------- */

struct election__group *
election__group_find(const struct election_registry *registry, const char *name,
                     size_t size)
{
    struct election__chained *item = election__chains_find(
        &registry->audience->by_name,
        election__chains_hash(registry->state.hash_seed, name, size));

    for (; item != NULL; item = election__chains_next(item)) {
        struct election__group *group =
            ELECTION__ITEM_OF(struct election__group, by_name, item);

        if (group->name_size == size && memcmp(group->name, name, size) == 0)
            return group;
    }
    return NULL;
}

static struct election__group *
create_group(const struct election_allocator *allocator, const char *name,
             size_t size)
{
    struct election__group *group =
        election__allocate(allocator, sizeof *group + size);

    if (group == NULL)
        return NULL;
    *group = (struct election__group){.name_size = size};
    if (size > 0)
        memcpy(group->name, name, size);
    return group;
}

/** Finds or makes the group of a name. NULL = no memory. */
struct election__group *
election__group_obtain(struct election_registry *registry, const char *name,
                       size_t size)
{
    const struct election_allocator *allocator = &registry->state.allocator;
    struct election__audience *audience = registry->audience;
    struct election__group *group = audience->all;

    if (size > 0)
        group = election__group_find(registry, name, size);
    if (group != NULL)
        return group;
    if (!election__chains_reserve(&audience->by_name, allocator))
        return NULL;
    group = create_group(allocator, name, size);
    if (group != NULL)
        election__chains_add(
            &audience->by_name, &group->by_name,
            election__chains_hash(registry->state.hash_seed, name, size));
    return group;
}

/** Releases a group that nobody is in, but not that of all. */
static void release_group(struct election_registry *registry,
                          struct election__group *group)
{
    if (group->first != NULL || group->name_size == 0)
        return;
    election__chains_remove(&registry->audience->by_name, &group->by_name);
    election__release(&registry->state.allocator, group);
}

static uint64_t id_hash(const struct election_registry *registry, uint64_t id)
{
    return election__hash_number(registry->state.hash_seed, id);
}

/* ---- watchers ----------------------------------------------------------- */

static void count_watcher(struct election__audience *audience,
                          const struct election__watcher *watcher, size_t by)
{
    audience->count += by;
    if (watcher->scope == ELECTION_SCOPE_TERM) {
        audience->term_count += by;
        watcher->group->term_count += by;
    } else {
        watcher->group->leader_count += by;
    }
}

void election__watcher_join(struct election_registry *registry,
                            struct election__watcher *watcher)
{
    struct election__audience *audience = registry->audience;
    struct election__group *group = watcher->group;

    watcher->previous = group->last;
    if (group->last != NULL)
        group->last->next = watcher;
    else
        group->first = watcher;
    group->last = watcher;
    election__chains_add(&audience->by_id, &watcher->by_id,
                         id_hash(registry, watcher->id));
    count_watcher(audience, watcher, 1);
}

/** Takes a watcher out, and releases it. */
static void remove_watcher(struct election_registry *registry,
                           struct election__watcher *watcher)
{
    struct election__group *group = watcher->group;

    if (watcher->previous != NULL)
        watcher->previous->next = watcher->next;
    else
        group->first = watcher->next;
    if (watcher->next != NULL)
        watcher->next->previous = watcher->previous;
    else
        group->last = watcher->previous;
    election__release(&registry->state.allocator, watcher);
    release_group(registry, group);
}

struct election__watcher *
election__watcher_find(const struct election_registry *registry, uint64_t id)
{
    struct election__chained *item = election__chains_find(
        &registry->audience->by_id, id_hash(registry, id));

    /* No two ids have the same hash. */
    if (item == NULL)
        return NULL;
    return ELECTION__ITEM_OF(struct election__watcher, by_id, item);
}

void election__watcher_leave(struct election_registry *registry,
                             struct election__watcher *watcher)
{
    struct election__audience *audience = registry->audience;

    election__chains_remove(&audience->by_id, &watcher->by_id);
    count_watcher(audience, watcher, (size_t)-1);
    watcher->fn = NULL;
    watcher->next_gone = audience->gone;
    audience->gone = watcher;
    election__audience_rest(registry);
}

/* ---- memory ------------------------------------------------------------- */

static void trim_event(struct election_registry *registry)
{
    struct election__audience *audience = registry->audience;
    struct election_buffer *event = &audience->event;
    struct election_buffer smaller = {.allocator = event->allocator};

    if (audience->term_count == 0) {
        election_buffer_free(event);
        return;
    }
    if (++audience->tellings < TELLINGS_UNTIL_TRIM)
        return;
    audience->tellings = 0;
    if (event->capacity > 4 * audience->event_peak &&
        election__buffer_place(&smaller, &event->allocator, 0,
                               2 * audience->event_peak) != NULL) {
        election_buffer_free(event);
        *event = smaller;
    }
    /* A commit that is to come needs no memory. */
    audience->event_peak =
        ELECTION__EVENT_SIZE_MAX + election__restore_output_size(registry);
}

void election__audience_rest(struct election_registry *registry)
{
    struct election__audience *audience = registry->audience;
    const struct election_allocator *allocator = &registry->state.allocator;

    if (audience->is_notifying)
        return;
    while (audience->gone != NULL) {
        struct election__watcher *watcher = audience->gone;

        audience->gone = watcher->next_gone;
        remove_watcher(registry, watcher);
    }
    election__chains_trim(&audience->by_id, allocator);
    election__chains_trim(&audience->by_name, allocator);
    trim_event(registry);
}

void election__audience_free(struct election_registry *registry)
{
    const struct election_allocator *allocator = &registry->state.allocator;
    struct election__audience *audience = registry->audience;

    if (audience == NULL)
        return;
    assert(!audience->is_notifying);
    for (size_t i = 0;
         audience->by_id.heads != NULL && i < (size_t)1 << audience->by_id.bits;
         i++)
        while (audience->by_id.heads[i].first != NULL) {
            struct election__watcher *watcher =
                ELECTION__ITEM_OF(struct election__watcher, by_id,
                                  audience->by_id.heads[i].first);

            audience->by_id.heads[i].first = watcher->by_id.next;
            remove_watcher(registry, watcher);
        }
    election__release(allocator, audience->all);
    election__chains_free(&audience->by_id, allocator);
    election__chains_free(&audience->by_name, allocator);
    election_buffer_free(&audience->event);
    election__release(allocator, audience);
    registry->audience = NULL;
}

bool election__audience_create(struct election_registry *registry)
{
    const struct election_allocator *allocator = &registry->state.allocator;
    struct election__audience *audience;

    if (registry->audience != NULL)
        return true;
    audience = election__allocate(allocator, sizeof *audience);
    if (audience == NULL)
        return false;
    *audience = (struct election__audience){
        .all = create_group(allocator, NULL, 0),
        .event.allocator = *allocator,
        .event_peak = ELECTION__EVENT_SIZE_MAX,
    };
    if (audience->all == NULL) {
        election__release(allocator, audience);
        return false;
    }
    registry->audience = audience;
    return true;
}
