/* SPDX-License-Identifier: Apache-2.0 */
/* What libraft calls. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter.h"

enum {
    /** How often a lack of memory is met before the process ends. */
    TRIES = 100,
    /** Bytes of a snapshot that are read at once. */
    PIECE_SIZE = 1 << 20,
    /** raft_uv's log takes entries of whole words, and does not say so: others
     * come out of it, and at followers, as other bytes. */
    WORD = 8
};

/**
 * Tells whether to call again, after a lack of memory. All else below zero is
 * the end of the process: after an error libraft would skip the entry, or vote
 * on without ever applying again.
 */
static bool must_repeat(enum election_status status, int *tries)
{
    if (status >= 0)
        return false;
    if (status == ELECTION_NOMEM && ++*tries < TRIES)
        return true;
    (void)fprintf(stderr, "election: this replica must stop: %s\n",
                  election_status_text(status));
    abort();
}

/** Adds 1 to 8 bytes, each of which says how many they are. */
struct raft_buffer election__entry_pad(const struct election_buffer *entry)
{
    size_t size = (entry->size / WORD + 1) * WORD;
    size_t added = size - entry->size;
    uint8_t *bytes = raft_malloc(size);

    if (bytes != NULL) {
        memcpy(bytes, entry->data, entry->size);
        memset(bytes + entry->size, (int)added, added);
    }
    return (struct raft_buffer){bytes, size};
}

size_t election__entry_size(const struct raft_buffer *entry)
{
    const uint8_t *bytes = entry->base;
    size_t added = entry->len == 0 ? 0 : bytes[entry->len - 1];

    return added > WORD || added > entry->len ? entry->len : entry->len - added;
}

/* ---- entries ------------------------------------------------------------ */

/** Tells whether libraft shall take a snapshot once this entry is applied. */
static bool is_snapshot_due(const struct election_raft *adapter)
{
    uint64_t limit = adapter->config.log_size_min;

    if (limit < 2 * adapter->snapshot_size)
        limit = 2 * adapter->snapshot_size;
    return adapter->log_size > limit;
}

/** An entry was applied. libraft knows a number of entries alone. */
static void weigh(struct election_raft *adapter, size_t size)
{
    if (adapter->config.log_size_min == 0)
        return;
    adapter->log_size += size;
    adapter->log_count++;
    raft_set_snapshot_threshold(adapter->raft,
                                is_snapshot_due(adapter) ? 1 : UINT_MAX);
}

/**
 * There is a snapshot of this size, of all that was applied. The next one is
 * not due at once, when a barrier is applied. At least one entry stays: raft_uv
 * takes a trailing of 0 for a snapshot that the leader has sent, and numbers
 * anew what it appends, behind the snapshot and not behind its log.
 */
static void begin_log(struct election_raft *adapter, uint64_t snapshot_size)
{
    unsigned trailing = 1;

    if (adapter->config.log_size_min == 0)
        return;
    if (adapter->log_count > trailing)
        trailing = adapter->log_count;
    raft_set_snapshot_trailing(adapter->raft, trailing);
    raft_set_snapshot_threshold(adapter->raft, UINT_MAX);
    adapter->snapshot_size = snapshot_size;
    adapter->log_size = 0;
    adapter->log_count = 0;
}

/** libraft counts entries of its own too, so indexes have gaps. */
static int apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                 void **result)
{
    struct election_raft *adapter = fsm->data;
    struct election_buffer *output = NULL;
    uint64_t index = raft_last_applied(adapter->raft) + 1;
    enum election_status status;
    int tries = 0;

    if (adapter->raft->state == RAFT_LEADER) /* somebody here may wait for it */
        output = &adapter->output;
    do
        status = election_registry_apply(adapter->config.registry, index,
                                         entry->base,
                                         election__entry_size(entry), output);
    while (must_repeat(status, &tries));
    *result = NULL; /* nothing is theirs to free */
    weigh(adapter, entry->len);
    return 0;
}

/* ---- snapshots ---------------------------------------------------------- */

/** On the loop: captures the state. BUSY puts it off; NOMEM would be final. A
 * change of the members that is not committed would get into the snapshot, as
 * if it were, and stay in it where a new leader drops it from the log. */
static int snapshot_begin(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                          unsigned *n_bufs)
{
    struct election_raft *adapter = fsm->data;

    *bufs = NULL;
    *n_bufs = 0;
    if (adapter->raft->configuration_uncommitted_index != 0 ||
        election_registry_snapshot_begin(adapter->config.registry,
                                         &adapter->snapshot) != ELECTION_OK)
        return RAFT_BUSY;
    begin_log(adapter, election_registry_snapshot_size(adapter->snapshot));
    return 0;
}

/** Reads one piece; false = no memory. */
static bool read_piece(struct election_raft *adapter, struct raft_buffer *piece)
{
    piece->base = raft_malloc(PIECE_SIZE);
    return piece->base != NULL && election_registry_snapshot_read(
                                      adapter->snapshot, piece->base,
                                      PIECE_SIZE, &piece->len) == ELECTION_OK;
}

/** On a thread of its own, beside entries: reads it, in pieces. */
static int snapshot_read(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                         unsigned *n_bufs)
{
    struct election_raft *adapter = fsm->data;
    uint64_t size = election_registry_snapshot_size(adapter->snapshot);
    unsigned count = (unsigned)((size + PIECE_SIZE - 1) / PIECE_SIZE);

    *bufs = raft_calloc(count, sizeof **bufs);
    if (*bufs == NULL)
        return RAFT_NOMEM;
    *n_bufs = count;
    for (unsigned i = 0; i < count; i++)
        if (!read_piece(adapter, &(*bufs)[i]))
            return RAFT_NOMEM;
    return 0;
}

/** On the loop: it is on the disk, or was given up. The pieces are ours. */
static int snapshot_end(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                        unsigned *n_bufs)
{
    struct election_raft *adapter = fsm->data;

    for (unsigned i = 0; i < *n_bufs; i++)
        raft_free((*bufs)[i].base);
    raft_free(*bufs);
    *bufs = NULL;
    *n_bufs = 0;
    election_registry_snapshot_end(adapter->snapshot);
    adapter->snapshot = NULL;
    return 0;
}

/** The bytes are ours if this succeeds, and it does, or nothing does. */
static int restore(struct raft_fsm *fsm, struct raft_buffer *snapshot)
{
    struct election_raft *adapter = fsm->data;
    enum election_status status;
    int tries = 0;

    do
        status = election_registry_restore(adapter->config.registry,
                                           snapshot->base, snapshot->len);
    while (must_repeat(status, &tries));
    begin_log(adapter, snapshot->len);
    raft_free(snapshot->base);
    return 0;
}

struct raft_fsm election__machine_of(struct election_raft *adapter)
{
    return (struct raft_fsm){
        .version = 3,
        .data = adapter,
        .apply = apply,
        .snapshot = snapshot_begin,
        .snapshot_async = snapshot_read,
        .snapshot_finalize = snapshot_end,
        .restore = restore,
    };
}
