#include "watch.h"

#include <assert.h>
#include <string.h>

enum { WATCHERS_MIN = 4 };

struct watcher {
    uint64_t id;
    election_watch_fn *fn; /* NULL once unwatched, until it is swept away */
    void *context;
};

/** Invariant: watchers stand in the order of their ids. */
struct election__watchers {
    struct election_buffer event;
    struct watcher *list;
    size_t count;
    size_t capacity;
    uint64_t last_id;
    bool is_notifying;
    bool is_swept; /* no watcher in the list is unwatched */
};

bool election__is_watched(const struct election *election)
{
    return election->watchers != NULL && election->watchers->count > 0;
}

bool election__is_notifying(const struct election *election)
{
    return election->watchers != NULL && election->watchers->is_notifying;
}

bool election__watch_reserve(const struct election *election, size_t size,
                             struct election__room *room)
{
    bool is_watched = election__is_watched(election);

    return election__buffer_reserve(is_watched ? &election->watchers->event
                                               : NULL,
                                    &election->allocator, size, room);
}

void election__watch_commit(struct election *election,
                            const struct election__room *room)
{
    if (room->data != NULL)
        election__buffer_commit(&election->watchers->event, room);
}

/** Takes those out of the list that were unwatched by a callback. */
static void sweep(struct election__watchers *watchers)
{
    size_t kept = 0;

    for (size_t i = 0; i < watchers->count; i++)
        if (watchers->list[i].fn != NULL)
            watchers->list[kept++] = watchers->list[i];
    watchers->count = kept;
    watchers->is_swept = true;
}

/** Tells the watchers from position `from` on. */
static void tell(struct election *election, size_t from)
{
    struct election__watchers *watchers = election->watchers;

    assert(watchers->event.capacity >=
           election__output_size_max(election->succession.records_size));
    election__output_encode(election, ELECTION_OP_WATCH, &watchers->event);
    watchers->is_notifying = true;
    for (size_t i = from; i < watchers->count; i++) {
        const struct watcher *watcher = &watchers->list[i];

        if (watcher->fn != NULL)
            watcher->fn(watcher->context, election, watchers->event.data,
                        watchers->event.size);
    }
    watchers->is_notifying = false;
    if (!watchers->is_swept)
        sweep(watchers);
}

void election__notify(struct election *election)
{
    if (election__is_watched(election))
        tell(election, 0);
}

static struct election__watchers *
create_watchers(const struct election_allocator *allocator)
{
    struct election__watchers *watchers =
        election__allocate(allocator, sizeof *watchers);

    if (watchers != NULL)
        *watchers = (struct election__watchers){
            .event.allocator = *allocator,
            .is_swept = true,
        };
    return watchers;
}

/** Makes room in the list for one more. False = no memory. */
static bool grow_list(struct election__watchers *watchers,
                      const struct election_allocator *allocator)
{
    size_t capacity = 2 * watchers->capacity;
    struct watcher *list;

    if (watchers->count < watchers->capacity)
        return true;
    if (capacity < WATCHERS_MIN)
        capacity = WATCHERS_MIN;
    list = election__allocate(allocator, capacity * sizeof *list);
    if (list == NULL)
        return false;
    if (watchers->count > 0)
        memcpy(list, watchers->list, watchers->count * sizeof *list);
    election__release(allocator, watchers->list);
    watchers->list = list;
    watchers->capacity = capacity;
    return true;
}

static void free_watchers(struct election__watchers *watchers,
                          const struct election_allocator *allocator)
{
    election_buffer_free(&watchers->event);
    election__release(allocator, watchers->list);
    election__release(allocator, watchers);
}

/** Prepares all that a new watcher needs. False = no memory. */
static bool prepare(const struct election *election,
                    struct election__watchers *watchers)
{
    struct election__room room;
    size_t size = election__output_size_max(election->succession.records_size);

    if (!election__buffer_reserve(&watchers->event, &election->allocator, size,
                                  &room))
        return false;
    if (!grow_list(watchers, &election->allocator)) {
        election__buffer_cancel(&room);
        return false;
    }
    election__buffer_commit(&watchers->event, &room);
    return true;
}

enum election_status election_watch(struct election *election,
                                    election_watch_fn *fn, void *context,
                                    uint64_t *watch_id)
{
    struct election__watchers *watchers;

    if (election == NULL || fn == NULL)
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    watchers = election->watchers != NULL
                   ? election->watchers
                   : create_watchers(&election->allocator);
    if (watchers == NULL)
        return ELECTION_NOMEM;
    if (!prepare(election, watchers)) {
        if (election->watchers == NULL)
            free_watchers(watchers, &election->allocator);
        return ELECTION_NOMEM;
    }
    election->watchers = watchers;
    watchers->list[watchers->count++] =
        (struct watcher){++watchers->last_id, fn, context};
    if (watch_id != NULL)
        *watch_id = watchers->last_id;
    tell(election, watchers->count - 1);
    return ELECTION_OK;
}

enum election_status election_unwatch(struct election *election,
                                      uint64_t watch_id)
{
    struct election__watchers *watchers;

    if (election == NULL)
        return ELECTION_MISUSE;
    watchers = election->watchers;
    if (watchers == NULL)
        return ELECTION_NOT_FOUND;
    for (size_t i = 0; i < watchers->count; i++) {
        struct watcher *watcher = &watchers->list[i];

        if (watcher->id != watch_id || watcher->fn == NULL)
            continue;
        watcher->fn = NULL;
        watchers->is_swept = false;
        if (!watchers->is_notifying)
            sweep(watchers);
        return ELECTION_OK;
    }
    return ELECTION_NOT_FOUND;
}

void election__watchers_free(struct election *election)
{
    if (election->watchers != NULL)
        free_watchers(election->watchers, &election->allocator);
}
