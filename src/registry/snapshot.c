/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot: all bytes of a moment, in a list of chunks, so that none is ever
 * copied to make room, and each can go as soon as it was read.
 */
#include <string.h>

#include "base/checks.h"
#include "core/embed.h"
#include "messages.h"
#include "registry.h"
#include "watch.h"

enum {
    /** Bytes of the first chunk, and of each other. */
    FIRST_CAPACITY = 4096 - 64,
    CHUNK_CAPACITY = 65536 - 64,
    /** Most bytes that are written at once: a session, or a name. */
    PIECE_SIZE_MAX = 2048,
    /** Of a message, mostly: a tag, and a length below 128. */
    HEAD_SIZE = 2
};

struct chunk {
    struct chunk *next;
    size_t size;
    size_t capacity;
    uint8_t bytes[];
};

struct election_registry_snapshot {
    struct election_registry *registry;
    struct election_allocator allocator;
    struct chunk *first;
    struct chunk *last;
    size_t read; /* bytes of the first chunk that were handed out */
    uint64_t size;
    struct election__digest digest;
};

/* ---- writing ------------------------------------------------------------ */

/** Returns the chunk where so many bytes can be written. NULL = no memory. */
static struct chunk *room_for(struct election_registry_snapshot *snapshot,
                              size_t size)
{
    struct chunk *chunk = snapshot->last;
    size_t capacity = chunk == NULL ? FIRST_CAPACITY : CHUNK_CAPACITY;

    if (chunk != NULL && chunk->capacity - chunk->size >= size)
        return chunk;
    chunk = election__allocate(&snapshot->allocator, sizeof *chunk + capacity);
    if (chunk == NULL)
        return NULL;
    *chunk = (struct chunk){NULL, 0, capacity};
    if (snapshot->last != NULL)
        snapshot->last->next = chunk;
    else
        snapshot->first = chunk;
    snapshot->last = chunk;
    return chunk;
}

/** Counts what was written behind a chunk's end. */
static void take(struct election_registry_snapshot *snapshot,
                 struct chunk *chunk, const uint8_t *end)
{
    uint8_t *start = chunk->bytes + chunk->size;
    size_t size = (size_t)(end - start);

    assert(size <= chunk->capacity - chunk->size);
    election__digest_add(&snapshot->digest, start, size);
    chunk->size += size;
    snapshot->size += size;
}

/** Writes bytes of any number. */
static enum election_status put(void *context, const uint8_t *bytes,
                                size_t size)
{
    struct election_registry_snapshot *snapshot = context;

    while (size > 0) {
        struct chunk *chunk = room_for(snapshot, 1);
        size_t taken = size;

        if (chunk == NULL)
            return ELECTION_NOMEM;
        if (taken > chunk->capacity - chunk->size)
            taken = chunk->capacity - chunk->size;
        memcpy(chunk->bytes + chunk->size, bytes, taken);
        take(snapshot, chunk, chunk->bytes + chunk->size + taken);
        bytes += taken;
        size -= taken;
    }
    return ELECTION_OK;
}

/**
 * Puts tag and length before a message, which was written where it stands if
 * its length has one byte; `more` bytes will follow. Returns its end.
 */
static uint8_t *put_before(uint8_t *at, uint32_t number, uint8_t *end,
                           size_t more)
{
    uint8_t *body = at + HEAD_SIZE;
    size_t size = (size_t)(end - body);
    size_t shift = election__varint_size(size + more) - 1;

    if (shift > 0)
        memmove(body + shift, body, size);
    (void)election__bytes_open(at, number, size + more);
    return end + shift;
}

/** Writes a message of at most PIECE_SIZE_MAX bytes; false = no memory. */
static bool put_message(struct election_registry_snapshot *snapshot,
                        const struct election__message *message,
                        const void *object, uint32_t number, size_t more)
{
    struct chunk *chunk = room_for(snapshot, PIECE_SIZE_MAX);
    uint8_t *at;

    if (chunk == NULL)
        return false;
    at = chunk->bytes + chunk->size;
    if (number == 0)
        at = election__message_write(message, at, object);
    else
        at = put_before(
            at, number,
            election__message_write(message, at + HEAD_SIZE, object), more);
    take(snapshot, chunk, at);
    return true;
}

static bool put_head(struct election_registry_snapshot *snapshot)
{
    const struct election__state *state = &snapshot->registry->state;
    struct election__snapshot_head head = {
        .version = state->version,
        .applied = state->applied,
        .epoch = state->clock.epoch,
        .stamp_ms = state->clock.stamp_ms,
        .now_ms = state->clock.now_ms,
        .extended_ms = state->clock.extended_ms,
        .index_floor = state->index_floor,
        .id_floor = state->id_floor,
        .log_digest = state->log_digest,
    };

    return put_message(snapshot, &election__snapshot_message, &head, 0, 0);
}

static bool put_session(struct election_registry_snapshot *snapshot,
                        const struct election__session *session)
{
    uint8_t statuses[ELECTION_WINDOW / 2];
    struct election__session_state saved = {
        .id = session->id,
        .client_id = session->client_id,
        .client_id_size = session->client_id_size,
        .incarnation = session->incarnation,
        .nonce = session->nonce,
        .timeout_ms = session->queue->timeout_ms,
        .renewed_ms = session->renewed_ms,
        .data = session->data,
        .data_size = session->data_size,
        .highest_sequence = session->window.highest,
        .seen = session->window.seen,
    };

    if (session->window.highest != 0) {
        election__window_save(&session->window, statuses);
        saved.statuses = statuses;
        saved.statuses_size = sizeof statuses;
    }
    return put_message(snapshot, &election__session_state_message, &saved,
                       ELECTION__SNAPSHOT_SESSION, 0);
}

static bool put_election(struct election_registry_snapshot *snapshot,
                         const struct election__office *office)
{
    size_t size = election_snapshot_size(office->election);
    uint8_t head[16];
    uint8_t *end =
        election__bytes_open(head, ELECTION__ELECTION_STATE_ELECTION, size);
    struct election__election_state saved = {
        .id = office->id,
        .name = office->name,
        .name_size = office->name_size,
    };

    if (!put_message(snapshot, &election__election_state_message, &saved,
                     ELECTION__SNAPSHOT_ELECTION, (size_t)(end - head) + size))
        return false;
    (void)put(snapshot, head, (size_t)(end - head)); /* there is room left */
    return election_snapshot_write(office->election, put, snapshot) ==
           ELECTION_OK;
}

static bool put_digest(struct election_registry_snapshot *snapshot)
{
    struct election__snapshot_head tail = {
        .digest = election__digest_end(&snapshot->digest),
    };

    return put_message(snapshot, &election__snapshot_message, &tail, 0, 0);
}

/** Encodes the whole state. False = no memory. */
static bool encode(struct election_registry_snapshot *snapshot)
{
    const struct election__state *state = &snapshot->registry->state;
    const struct election__session *session;
    const struct election__office *office;
    size_t position = 0;

    if (!put_head(snapshot))
        return false;
    while ((session = election__order_next(&state->sessions.order,
                                           &position)) != NULL)
        if (!put_session(snapshot, session))
            return false;
    position = 0;
    while ((office = election__order_next(&state->elections.order,
                                          &position)) != NULL)
        if (!put_election(snapshot, office))
            return false;
    return put_digest(snapshot);
}

/* ---- the calls ---------------------------------------------------------- */

static void free_snapshot(struct election_registry_snapshot *snapshot)
{
    struct election_allocator allocator = snapshot->allocator;

    while (snapshot->first != NULL) {
        struct chunk *chunk = snapshot->first;

        snapshot->first = chunk->next;
        election__release(&allocator, chunk);
    }
    election__release(&allocator, snapshot);
}

enum election_status
election_registry_snapshot_begin(struct election_registry *registry,
                                 struct election_registry_snapshot **snapshot)
{
    struct election_registry_snapshot *begun;

    if (registry == NULL || snapshot == NULL)
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry) || registry->snapshot != NULL)
        return ELECTION_BUSY;
    begun = election__allocate(&registry->state.allocator, sizeof *begun);
    if (begun == NULL)
        return ELECTION_NOMEM;
    *begun = (struct election_registry_snapshot){
        .registry = registry,
        .allocator = registry->state.allocator,
    };
    if (!encode(begun)) {
        free_snapshot(begun);
        return ELECTION_NOMEM;
    }
    registry->snapshot = begun;
    *snapshot = begun;
    return ELECTION_OK;
}

uint64_t election_registry_snapshot_size(
    const struct election_registry_snapshot *snapshot)
{
    return snapshot == NULL ? 0 : snapshot->size;
}

enum election_status
election_registry_snapshot_read(struct election_registry_snapshot *snapshot,
                                void *bytes, size_t capacity, size_t *size)
{
    uint8_t *at = bytes;

    if (snapshot == NULL || bytes == NULL || capacity == 0 || size == NULL)
        return ELECTION_MISUSE;
    *size = 0;
    while (snapshot->first != NULL && *size < capacity) {
        struct chunk *chunk = snapshot->first;
        size_t taken = chunk->size - snapshot->read;

        if (taken > capacity - *size)
            taken = capacity - *size;
        memcpy(at + *size, chunk->bytes + snapshot->read, taken);
        *size += taken;
        snapshot->read += taken;
        if (snapshot->read < chunk->size)
            break;
        snapshot->read = 0;
        snapshot->first = chunk->next;
        election__release(&snapshot->allocator, chunk);
    }
    return ELECTION_OK;
}

void election_registry_snapshot_end(struct election_registry_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    assert(snapshot->registry->snapshot == snapshot);
    snapshot->registry->snapshot = NULL;
    free_snapshot(snapshot);
}
