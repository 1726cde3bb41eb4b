/* SPDX-License-Identifier: Apache-2.0
 * What libraft calls. An outcome is never an error. A server that lacks memory
 * dies with words: one that went on would skip an entry, or vote on without
 * ever applying.
 */
#include "raft_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* Tells whether to call again, after a lack of memory. Another failure, or one
 * lack too many, is the end: better than to diverge. */
static bool must_repeat(enum election_status status, int *tries)
{
    if (status >= 0)
        return false;
    if (status == ELECTION_NOMEM && ++*tries < 9)
        return true;
    fprintf(stderr, "the replica is lost: %s\n", election_status_text(status));
    abort();
}

/* libraft counts configurations and barriers too, so indexes have gaps. */
static int on_apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                    void **result)
{
    struct machine *machine = fsm->data;
    uint64_t index = raft_last_applied(machine->raft) + 1;
    enum election_status status;
    int tries = 0;

    do
        status = election_registry_apply(machine->registry, index, entry->base,
                                         entry->len, &machine->output);
    while (must_repeat(status, &tries));
    *result = machine; /* always set; libraft does not free it */
    return 0;
}

/* BUSY puts the snapshot off, where NOMEM would stop a follower for good. */
static int on_snapshot(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                       unsigned *n_bufs)
{
    struct machine *machine = fsm->data;
    struct election_registry_snapshot *snapshot;
    struct raft_buffer *buf = raft_malloc(sizeof *buf);

    if (buf == NULL || election_registry_snapshot_begin(
                           machine->registry, &snapshot) != ELECTION_OK) {
        raft_free(buf);
        return RAFT_BUSY;
    }
    buf->len = (size_t)election_registry_snapshot_size(snapshot);
    buf->base = raft_malloc(buf->len);
    if (buf->base == NULL ||
        election_registry_snapshot_read(snapshot, buf->base, buf->len,
                                        &buf->len) != ELECTION_OK) {
        raft_free(buf->base);
        raft_free(buf);
        buf = NULL;
    }
    election_registry_snapshot_end(snapshot);
    *bufs = buf; /* libraft frees both */
    *n_bufs = 1;
    return buf != NULL ? 0 : RAFT_BUSY;
}

static int on_restore(struct raft_fsm *fsm, struct raft_buffer *buf)
{
    struct machine *machine = fsm->data;
    int tries = 0;

    while (must_repeat(
        election_registry_restore(machine->registry, buf->base, buf->len),
        &tries))
        continue;
    raft_free(buf->base); /* ours, as the restore has not failed */
    machine->restore_count++;
    return 0;
}

bool machine_init(struct machine *machine)
{
    machine->fsm = (struct raft_fsm){
        .version = 1,
        .data = machine,
        .apply = on_apply,
        .snapshot = on_snapshot,
        .restore = on_restore,
    };
    return election_registry_create(NULL, &machine->registry) == ELECTION_OK;
}

void machine_close(struct machine *machine)
{
    election_registry_destroy(machine->registry);
    election_buffer_free(&machine->entry);
    election_buffer_free(&machine->output);
}
