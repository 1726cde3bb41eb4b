/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include "registry_model_parts.h"
#include "registry_replica.h"

#include <stdlib.h>
#include <string.h>

/* ---- events -------------------------------------------------------------- */

/** Inside a callback the registry can be read, and not be changed. */
static void look_around(struct registry_replica *replica,
                        struct election_registry *registry)
{
    struct election_registry_snapshot *snapshot;

    assert_ptr_equal(registry, replica->registry);
    assert_int_equal(election_registry_apply(registry, UINT64_MAX, "", 0, NULL),
                     ELECTION_BUSY);
    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_BUSY);
    replica->told_applied = election_registry_applied(registry);
    replica->told_digest = election_registry_log_digest(registry);
}

static void note_event(void *context, struct election_registry *registry,
                       const uint8_t *event, size_t size)
{
    struct registry_replica_watcher *watcher = context;
    struct registry_replica *replica = watcher->replica;
    struct registry_model_event *told =
        registry_model__add(&replica->told, sizeof *told);

    told->watcher_id = watcher->model_id;
    model_put(&told->bytes, event, size);
    replica->event_count++;
    look_around(replica, registry);
    assert_false(watcher->has_left);
    if (!watcher->leaves)
        return;
    assert_int_equal(election_registry_unwatch(registry, watcher->watch_id),
                     ELECTION_OK);
    watcher->has_left = true;
}

static void forget_events(struct registry_replica *replica)
{
    REGISTRY_MODEL_EACH(struct registry_model_event, event, replica->told)
    model_bytes_free(&event->bytes);
    replica->told.count = 0;
}

/** Returns the next event of a watcher from number `i` on, or NULL. */
static const struct registry_model_event *
next_event(const struct registry_model_list *list, size_t *i,
           uint64_t watcher_id)
{
    const struct registry_model_event *events = list->items;

    while (*i < list->count && events[*i].watcher_id != watcher_id)
        ++*i;
    return *i < list->count ? &events[(*i)++] : NULL;
}

/** What a watcher was told must be what it had to be told, in order. */
static void compare_events_of(const struct registry_replica *replica,
                              const struct registry_replica_watcher *watcher)
{
    const struct registry_model_event *a, *b;
    uint64_t id = watcher->model_id;
    size_t i = 0;
    size_t j = 0;

    while ((a = next_event(&replica->model.events, &i, id)) != NULL) {
        b = next_event(&replica->told, &j, id);
        assert_non_null(b);
        assert_true(model_bytes_equal(&a->bytes, b->bytes.data, b->bytes.size));
        if (watcher->has_left)
            break;
    }
    assert_null(next_event(&replica->told, &j, id));
}

static void forget_watcher(struct registry_replica *replica,
                           struct registry_replica_watcher *watcher)
{
    registry_model_unwatch(&replica->model, watcher->model_id);
    *watcher = (struct registry_replica_watcher){.replica = replica};
}

void registry_replica_compare_events(struct registry_replica *replica)
{
    if (replica->told.count > 0) {
        assert_true(replica->told_applied == replica->model.applied);
        assert_true(replica->told_digest == replica->model.log_digest);
    }
    for (unsigned place = 0; place < REGISTRY_REPLICA_WATCHERS; place++) {
        struct registry_replica_watcher *watcher = &replica->watchers[place];

        if (watcher->watch_id == 0)
            continue;
        compare_events_of(replica, watcher);
        if (watcher->has_left)
            forget_watcher(replica, watcher);
    }
    forget_events(replica);
}

/* ---- lifetime ------------------------------------------------------------ */

void registry_replica_open(struct registry_replica *replica,
                           const struct registry_model_limits *limits)
{
    struct election_registry_config config = {.hash_seed = 1};

    memset(replica, 0, sizeof *replica);
    heap_init(&replica->heap);
    config.allocator = heap_allocator(&replica->heap);
    assert_int_equal(election_registry_create(&config, &replica->registry),
                     ELECTION_OK);
    registry_model_init(&replica->model, limits);
    for (unsigned i = 0; i < REGISTRY_REPLICA_WATCHERS; i++)
        replica->watchers[i].replica = replica;
}

void registry_replica_close(struct registry_replica *replica)
{
    forget_events(replica);
    free(replica->told.items);
    registry_model_free(&replica->model);
    model_bytes_free(&replica->expected);
    election_buffer_free(&replica->output);
    election_registry_destroy(replica->registry);
    heap_assert_empty(&replica->heap);
}

/* ---- snapshots ----------------------------------------------------------- */

/** Begins a snapshot, perhaps after there was no memory for it. */
static struct election_registry_snapshot *
begin_snapshot(struct registry_replica *replica, struct random *random)
{
    struct election_registry_snapshot *snapshot;
    enum election_status status;

    if (random_below(random, 4) == 0)
        replica->heap.allowed = random_below(random, 4);
    status = election_registry_snapshot_begin(replica->registry, &snapshot);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_OK)
        return snapshot;
    assert_int_equal(status, ELECTION_NOMEM);
    assert_int_equal(
        election_registry_snapshot_begin(replica->registry, &snapshot),
        ELECTION_OK);
    return snapshot;
}

static bool is_snapshot(struct registry_replica *replica,
                        const struct model_bytes *expected,
                        struct random *random)
{
    struct election_registry_snapshot *snapshot =
        begin_snapshot(replica, random);
    struct election_registry_snapshot *second;
    struct model_bytes bytes = {0};
    uint8_t piece[300];
    size_t size, capacity;
    bool is_equal;

    assert_int_equal(
        election_registry_snapshot_begin(replica->registry, &second),
        ELECTION_BUSY);
    assert_int_equal(election_registry_snapshot_size(snapshot), expected->size);
    do {
        capacity = 1 + random_below(random, sizeof piece);
        assert_int_equal(
            election_registry_snapshot_read(snapshot, piece, capacity, &size),
            ELECTION_OK);
        assert_true(size <= capacity);
        model_put(&bytes, piece, size);
    } while (size > 0);
    election_registry_snapshot_end(snapshot);
    is_equal = model_bytes_equal(expected, bytes.data, bytes.size);
    model_bytes_free(&bytes);
    return is_equal;
}

void registry_replica_compare(struct registry_replica *replica,
                              struct random *random)
{
    registry_model_snapshot(&replica->model, &replica->expected);
    assert_true(is_snapshot(replica, &replica->expected, random));
}

/* ---- entries ------------------------------------------------------------- */

static void compare_progress(const struct registry_replica *replica)
{
    assert_true(election_registry_applied(replica->registry) ==
                replica->model.applied);
    assert_true(election_registry_log_digest(replica->registry) ==
                replica->model.log_digest);
}

/** A failure must have changed nothing, and lets only one index follow. */
static void assert_no_trace(struct registry_replica *replica, uint64_t index)
{
    struct election_registry *registry = replica->registry;
    struct random random = {index};

    assert_int_equal(replica->told.count, 0);
    compare_progress(replica);
    registry_replica_compare(replica, &random);
    assert_int_equal(election_registry_apply(registry, index + 1, "", 0, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_apply(registry, index - 1, "", 0, NULL),
                     ELECTION_MISUSE);
}

static void take_result(struct registry_replica *replica, uint64_t index,
                        const struct model_bytes *entry,
                        enum election_status status, bool has_output)
{
    assert_int_equal(registry_model_apply(&replica->model, index, entry->data,
                                          entry->size, &replica->expected),
                     status);
    if (has_output && status >= 0)
        assert_true(model_bytes_equal(&replica->expected, replica->output.data,
                                      replica->output.size));
    registry_replica_compare_events(replica);
    compare_progress(replica);
}

enum election_status registry_replica_apply(struct registry_replica *replica,
                                            uint64_t index,
                                            const struct model_bytes *entry,
                                            bool has_output, size_t allowed)
{
    struct election_buffer before = replica->output;
    struct model_bytes bytes = {0};
    size_t denied = replica->heap.denied;
    enum election_status status;

    model_put(&bytes, before.data, before.size);
    replica->heap.allowed = allowed;
    status = election_registry_apply(replica->registry, index, entry->data,
                                     entry->size,
                                     has_output ? &replica->output : NULL);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_NOMEM) {
        assert_true(replica->heap.denied > denied);
        registry_model_fail(&replica->model, index);
    } else {
        take_result(replica, index, entry, status, has_output);
    }
    if (status < 0) {
        assert_memory_equal(&replica->output, &before, sizeof before);
        assert_true(model_bytes_equal(&bytes, before.data, before.size));
    }
    if (status < 0 && status != ELECTION_MISUSE)
        assert_no_trace(replica, index);
    model_bytes_free(&bytes);
    return status;
}

/* ---- watchers and reads -------------------------------------------------- */

void registry_replica_watch(struct registry_replica *replica, unsigned place,
                            const char *name, size_t size,
                            enum election_scope scope, bool leaves,
                            size_t allowed)
{
    struct registry_replica_watcher *watcher = &replica->watchers[place];
    enum election_status status;

    assert_int_equal(watcher->watch_id, 0);
    watcher->leaves = leaves;
    watcher->model_id =
        registry_model_watch(&replica->model, name, size, scope);
    replica->heap.allowed = allowed;
    status = election_registry_watch(replica->registry, name, size, scope,
                                     note_event, watcher, &watcher->watch_id);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_OK) {
        assert_true(watcher->watch_id != 0);
        registry_replica_compare_events(replica);
        return;
    }
    assert_int_equal(status, ELECTION_NOMEM);
    assert_int_equal(replica->told.count, 0);
    forget_watcher(replica, watcher);
}

void registry_replica_unwatch(struct registry_replica *replica, unsigned place)
{
    struct registry_replica_watcher *watcher = &replica->watchers[place];

    assert_int_equal(
        election_registry_unwatch(replica->registry, watcher->watch_id),
        ELECTION_OK);
    assert_int_equal(
        election_registry_unwatch(replica->registry, watcher->watch_id),
        ELECTION_NOT_FOUND);
    forget_watcher(replica, watcher);
}

void registry_replica_query(struct registry_replica *replica,
                            const struct model_bytes *query, size_t allowed)
{
    enum election_status expected = registry_model_query(
        &replica->model, query->data, query->size, &replica->expected);
    struct election_buffer before = replica->output;
    enum election_status status;

    replica->heap.allowed = allowed;
    status = election_registry_query(replica->registry, query->data,
                                     query->size, &replica->output);
    replica->heap.allowed = HEAP_UNLIMITED;
    if (status == ELECTION_NOMEM) {
        assert_memory_equal(&replica->output, &before, sizeof before);
        status = election_registry_query(replica->registry, query->data,
                                         query->size, &replica->output);
    }
    assert_int_equal(status, expected);
    assert_true(model_bytes_equal(&replica->expected, replica->output.data,
                                  replica->output.size));
}
