/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <string.h>

#include "embed.h"
#include "output.h"

enum {
    WATCHERS_MIN = 4,
    /** Bytes of the event buffer that are not worth giving back. */
    EVENT_KEPT = 1024
};

/** Somebody who watches the Term, or the leader: one of the two is set. */
struct watcher {
    uint64_t id;
    election_watch_fn *term_fn;
    election_leader_fn *leader_fn;
    void *context;
};

/**
 * Invariants: the list is in the order of the ids. While anybody watches the
 * Term, the event buffer has room for the present one.
 */
struct election__watchers {
    struct election_buffer event;
    struct watcher *list;
    size_t count;      /* in the list */
    size_t gone;       /* of those unwatched, but not yet swept away */
    size_t term_count; /* who watch the Term */
    size_t capacity;
    uint64_t last_id;
    bool is_notifying;
};

static bool is_gone(const struct watcher *watcher)
{
    return watcher->term_fn == NULL && watcher->leader_fn == NULL;
}

bool election__is_notifying(const struct election *election)
{
    return election->watchers != NULL && election->watchers->is_notifying;
}

/* ---- memory ------------------------------------------------------------- */

bool election__watch_reserve(const struct election *election, size_t size,
                             struct election__room *room)
{
    const struct election__watchers *watchers = election->watchers;
    const struct election_buffer *event = NULL;

    if (watchers != NULL && watchers->term_count > 0)
        event = &watchers->event;
    return election__buffer_reserve(event, &election->succession.allocator,
                                    size, room);
}

void election__watch_commit(struct election *election,
                            const struct election__room *room)
{
    if (room->data != NULL)
        election__buffer_commit(&election->watchers->event, room);
}

static struct election__watchers *
create_watchers(const struct election_allocator *allocator)
{
    struct election__watchers *watchers =
        election__allocate(allocator, sizeof *watchers);

    if (watchers != NULL)
        *watchers = (struct election__watchers){.event.allocator = *allocator};
    return watchers;
}

/** Makes the list one of this capacity. False = no memory. */
static bool resize_list(struct election__watchers *watchers,
                        const struct election_allocator *allocator,
                        size_t capacity)
{
    struct watcher *list =
        election__allocate(allocator, capacity * sizeof *list);

    if (list == NULL)
        return false;
    if (watchers->count > 0)
        memcpy(list, watchers->list, watchers->count * sizeof *list);
    election__release(allocator, watchers->list);
    watchers->list = list;
    watchers->capacity = capacity;
    return true;
}

/** Makes room in the list for one more. False = no memory. */
static bool grow_list(struct election__watchers *watchers,
                      const struct election_allocator *allocator)
{
    if (watchers->count < watchers->capacity)
        return true;
    if (watchers->capacity == 0)
        return resize_list(watchers, allocator, WATCHERS_MIN);
    return resize_list(watchers, allocator, 2 * watchers->capacity);
}

/** Returns what the buffer must have room for: the present Term. */
static size_t event_size_max(const struct election *election)
{
    return election__output_size_max(election->succession.records_size);
}

/**
 * Gives back most of an event buffer that has room for a multiple of the Term,
 * and all of one that nobody needs.
 */
static void trim_event(const struct election *election,
                       struct election__watchers *watchers)
{
    struct election_buffer *event = &watchers->event;
    struct election_buffer smaller = {.allocator = event->allocator};

    if (watchers->term_count == 0) {
        election_buffer_free(event);
        return;
    }
    if (event->capacity <= EVENT_KEPT + 3 * event_size_max(election))
        return;
    /* Without memory to save memory it stays, until the next change. */
    if (election__buffer_place(&smaller, &event->allocator, 0,
                               2 * event_size_max(election)) == NULL)
        return;
    election_buffer_free(event);
    *event = smaller;
}

/** Gives back most of a list that has room for a multiple of the watchers. */
static void trim_list(struct election__watchers *watchers,
                      const struct election_allocator *allocator)
{
    if (watchers->count == 0) {
        election__release(allocator, watchers->list);
        watchers->list = NULL;
        watchers->capacity = 0;
    } else if (watchers->capacity > WATCHERS_MIN + 3 * watchers->count) {
        (void)resize_list(watchers, allocator,
                          watchers->count + watchers->count / 2);
    }
}

void election__watchers_free(struct election *election)
{
    const struct election_allocator *allocator =
        &election->succession.allocator;
    struct election__watchers *watchers = election->watchers;

    if (watchers == NULL)
        return;
    election_buffer_free(&watchers->event);
    election__release(allocator, watchers->list);
    election__release(allocator, watchers);
    election->watchers = NULL;
}

/* ---- telling ------------------------------------------------------------ */

/** Takes those out of the list who are gone. */
static void sweep(struct election__watchers *watchers)
{
    size_t kept = 0;

    for (size_t i = 0; i < watchers->count; i++)
        if (!is_gone(&watchers->list[i]))
            watchers->list[kept++] = watchers->list[i];
    watchers->count = kept;
    watchers->gone = 0;
}

/**
 * Sweeps if a quarter of the list is gone, which makes unwatching all of them
 * linear, and gives back what the rest does not need.
 */
static void tidy(const struct election *election,
                 struct election__watchers *watchers)
{
    if (watchers->is_notifying)
        return;
    if (4 * watchers->gone >= watchers->count) {
        sweep(watchers);
        trim_list(watchers, &election->succession.allocator);
    }
    trim_event(election, watchers);
}

static struct election_leadership leadership_of(struct election *election)
{
    struct election_leadership leadership = {
        .index = election_index(election),
        .waiting_count = election_candidate_count(election),
    };

    if (election_leader(election, &leadership.leader) != ELECTION_OK)
        leadership.leader.name = NULL;
    return leadership;
}

/** Tells the watchers from position `from` on. */
static void tell(struct election *election, struct election__news news,
                 size_t from)
{
    struct election__watchers *watchers = election->watchers;
    struct election_leadership leadership = leadership_of(election);

    if (news.is_of_term && watchers->term_count > 0)
        election__output_encode(election, ELECTION_OP_WATCH, &watchers->event);
    watchers->is_notifying = true;
    for (size_t i = from; i < watchers->count; i++) {
        const struct watcher *watcher = &watchers->list[i];

        if (watcher->term_fn != NULL && news.is_of_term)
            watcher->term_fn(watcher->context, election, watchers->event.data,
                             watchers->event.size);
        else if (watcher->leader_fn != NULL && news.is_of_leader)
            watcher->leader_fn(watcher->context, election, &leadership);
    }
    watchers->is_notifying = false;
    tidy(election, watchers);
}

void election__notify(struct election *election, struct election__news news)
{
    if (election->watchers != NULL && election->watchers->count > 0)
        tell(election, news, 0);
}

/* ---- coming and going --------------------------------------------------- */

/** Prepares all that a new watcher needs. False = no memory. */
static bool prepare(const struct election *election,
                    struct election__watchers *watchers,
                    const struct watcher *watcher)
{
    const struct election_allocator *allocator =
        &election->succession.allocator;
    struct election_buffer *event = NULL;
    struct election__room room;

    if (watcher->term_fn != NULL)
        event = &watchers->event;
    if (!election__buffer_reserve(event, allocator, event_size_max(election),
                                  &room))
        return false;
    if (!grow_list(watchers, allocator)) {
        election__buffer_cancel(&room);
        return false;
    }
    election__buffer_commit(event, &room);
    return true;
}

/** Registers a watcher and tells it what there is. */
static enum election_status add(struct election *election,
                                struct watcher *watcher, uint64_t *watch_id)
{
    struct election__news news = {
        .is_of_term = watcher->term_fn != NULL,
        .is_of_leader = watcher->leader_fn != NULL,
    };
    struct election__watchers *watchers = election->watchers;

    if (election__is_notifying(election))
        return ELECTION_BUSY;
    if (watchers == NULL)
        watchers = create_watchers(&election->succession.allocator);
    if (watchers == NULL)
        return ELECTION_NOMEM;
    election->watchers = watchers;
    if (!prepare(election, watchers, watcher)) {
        if (watchers->last_id == 0)
            election__watchers_free(election);
        return ELECTION_NOMEM;
    }
    watcher->id = ++watchers->last_id;
    watchers->list[watchers->count++] = *watcher;
    watchers->term_count += watcher->term_fn != NULL;
    if (watch_id != NULL)
        *watch_id = watcher->id;
    tell(election, news, watchers->count - 1);
    return ELECTION_OK;
}

enum election_status election_watch(struct election *election,
                                    election_watch_fn *fn, void *context,
                                    uint64_t *watch_id)
{
    struct watcher watcher = {.term_fn = fn, .context = context};

    if (election == NULL || fn == NULL)
        return ELECTION_MISUSE;
    return add(election, &watcher, watch_id);
}

enum election_status election_watch_leader(struct election *election,
                                           election_leader_fn *fn,
                                           void *context, uint64_t *watch_id)
{
    struct watcher watcher = {.leader_fn = fn, .context = context};

    if (election == NULL || fn == NULL)
        return ELECTION_MISUSE;
    return add(election, &watcher, watch_id);
}

/** Finds who has an id, by halving. NULL = nobody in the list. */
static struct watcher *find_watcher(const struct election__watchers *watchers,
                                    uint64_t watch_id)
{
    size_t from = 0;
    size_t to = watchers->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (watchers->list[middle].id < watch_id)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == watchers->count || watchers->list[from].id != watch_id)
        return NULL;
    return &watchers->list[from];
}

enum election_status election_unwatch(struct election *election,
                                      uint64_t watch_id)
{
    struct election__watchers *watchers;
    struct watcher *watcher;

    if (election == NULL)
        return ELECTION_MISUSE;
    watchers = election->watchers;
    if (watchers == NULL)
        return ELECTION_NOT_FOUND;
    watcher = find_watcher(watchers, watch_id);
    if (watcher == NULL || is_gone(watcher))
        return ELECTION_NOT_FOUND;
    watchers->term_count -= watcher->term_fn != NULL;
    watcher->term_fn = NULL;
    watcher->leader_fn = NULL;
    watchers->gone++;
    tidy(election, watchers);
    return ELECTION_OK;
}
