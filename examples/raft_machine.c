/* SPDX-License-Identifier: Apache-2.0
 * What libraft calls: an entry is applied, a snapshot taken, one installed. An
 * outcome is never an error. A server that lacks memory tries again and then
 * dies with words: one that went on would skip an entry, or would go on voting
 * without ever applying.
 */
#include "raft_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 9 };

/* Tells whether to call again, after a lack of memory; a host frees some here.
 * Another failure, or one lack too many, is the end: better than to diverge. */
static bool must_repeat(enum election_status status, int *tries)
{
    if (status >= 0)
        return false;
    if (status == ELECTION_NOMEM && ++*tries < TRIES)
        return true;
    fprintf(stderr, "the replica is lost: %s\n", election_status_text(status));
    abort();
}

static int on_apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                    void **result)
{
    struct machine *machine = fsm->data;
    int tries = 0;

    do
        machine->status = entry_apply(entry, machine->election);
    while (must_repeat(machine->status, &tries));
    *result = machine; /* always set; libraft does not free it */
    return 0;
}

/* BUSY puts the snapshot off, where NOMEM would stop a follower for good. */
static int on_snapshot(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                       unsigned *n_bufs)
{
    struct machine *machine = fsm->data;
    struct election_buffer *bytes = &machine->bytes;
    struct raft_buffer *buf = raft_malloc(sizeof *buf);

    if (buf == NULL ||
        election_snapshot(machine->election, bytes) != ELECTION_OK ||
        (buf->base = raft_malloc(bytes->size + 1)) == NULL) {
        raft_free(buf);
        return RAFT_BUSY;
    }
    buf->len = bytes->size;
    if (buf->len > 0)
        memcpy(buf->base, bytes->data, buf->len);
    *bufs = buf; /* libraft frees both */
    *n_bufs = 1;
    return 0;
}

static int on_restore(struct raft_fsm *fsm, struct raft_buffer *buf)
{
    struct machine *machine = fsm->data;
    enum election_status status;
    int tries = 0;

    do
        status = election_restore(machine->election, buf->base, buf->len);
    while (must_repeat(status, &tries));
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
    return election_create(NULL, &machine->election) == ELECTION_OK;
}

void machine_close(struct machine *machine)
{
    election_destroy(machine->election);
    election_buffer_free(&machine->bytes);
}

bool machine_equal(struct machine *one, struct machine *other)
{
    return election_snapshot(one->election, &one->bytes) == ELECTION_OK &&
           election_snapshot(other->election, &other->bytes) == ELECTION_OK &&
           one->bytes.size == other->bytes.size &&
           memcmp(one->bytes.data, other->bytes.data, one->bytes.size) == 0;
}
