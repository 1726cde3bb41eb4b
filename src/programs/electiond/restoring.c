/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node that is made of a snapshot of another one's state, after all disks
 * were lost: libraft is given a snapshot of its own, at the index that the
 * state has applied, so that the new log goes on behind it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "members.h"

/** What is written. */
struct restoring {
    struct node *node;
    struct raft_snapshot snapshot;
    struct raft_buffer bytes;
    struct raft_io_snapshot_put put;
    bool is_over;
    int status;
};

/** Reads a whole file. False = that can't be done, and was told. */
static bool read_file(const char *path, struct raft_buffer *bytes)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    *bytes = (struct raft_buffer){NULL, 0};
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size > 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes->base = raft_malloc((size_t)size);
    if (bytes->base != NULL)
        bytes->len = fread(bytes->base, 1, (size_t)size, file);
    if (file == NULL || size < 0 || bytes->len != (size_t)size)
        journal("no-data", "%s: %s", path, strerror(errno));
    if (file != NULL)
        (void)fclose(file);
    return size >= 0 && bytes->len == (size_t)size;
}

/** Tells whether the bytes are a state that something was applied to. */
static bool is_state(struct node *node, const struct raft_buffer *bytes)
{
    enum election_status status =
        election_registry_restore(node->registry, bytes->base, bytes->len);

    if (status == ELECTION_OK && election_registry_applied(node->registry) > 0)
        return true;
    if (status == ELECTION_OK)
        status = ELECTION_CORRUPT;
    journal("no-data", "%s: %s", node->options.restored,
            election_status_text(status));
    return false;
}

static void on_put(struct raft_io_snapshot_put *put, int status)
{
    struct restoring *restoring = put->data;

    restoring->status = status;
    restoring->is_over = true;
    uv_stop(&restoring->node->loop);
}

/** Writes it as if a leader had sent it, in the first term. */
static bool put(struct restoring *restoring)
{
    struct node *node = restoring->node;
    struct raft_io *io = &node->io;

    restoring->put.data = restoring;
    restoring->status = io->set_term(io, 1);
    if (restoring->status == 0)
        restoring->status = io->snapshot_put(io, 0, &restoring->put,
                                             &restoring->snapshot, on_put);
    while (restoring->status == 0 && !restoring->is_over)
        (void)uv_run(&node->loop, UV_RUN_DEFAULT);
    if (restoring->status != 0)
        journal("no-data", "%s: %s %s", node->folder.log,
                raft_strerror(restoring->status), io->errmsg);
    return restoring->status == 0;
}

/** Writes the state that was read. Returns how the process ends. */
static int write_state(struct restoring *restoring)
{
    struct node *node = restoring->node;
    struct raft_snapshot *snapshot = &restoring->snapshot;
    int status = members_of_peers(&node->options, &snapshot->configuration);
    bool is_put;

    if (status != 0) {
        journal("failed", "%s", raft_strerror(status));
        return EXIT_FAILED;
    }
    snapshot->index = election_registry_applied(node->registry);
    snapshot->term = 1;
    snapshot->configuration_index = snapshot->index;
    snapshot->bufs = &restoring->bytes;
    snapshot->n_bufs = 1;
    is_put = put(restoring) && folder_mark(&node->folder, &node->options);
    raft_configuration_close(&snapshot->configuration);
    if (!is_put)
        return EXIT_NO_DATA;
    journal("restored",
            "%s, up to index %llu. When each node was, start them without "
            "--restore, and let an operator say what was lost: electionctl "
            "recover",
            node->options.restored, (unsigned long long)snapshot->index);
    return EXIT_IN_ORDER;
}

int restoring_run(struct node *node)
{
    struct restoring restoring = {.node = node};
    int ended = EXIT_NO_DATA;

    if (read_file(node->options.restored, &restoring.bytes) &&
        is_state(node, &restoring.bytes))
        ended = write_state(&restoring);
    raft_free(restoring.bytes.base);
    return ended;
}
