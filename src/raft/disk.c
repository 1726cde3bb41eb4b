/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A raft's writes. A follower whose write fails tells only the leader, who
 * sends the entries again, for ever; but the follower has them in its memory by
 * then, and raft_uv may write what comes next in their place. A leader takes
 * each write that failed, or was cancelled by raft_close(), out of its log by
 * itself: the second is looked for where nothing is any more, and the process
 * crashes.
 *
 * So libraft never hears that entries were not written. The host does, at the
 * first write that fails; after it there is no other, and none has succeeded.
 * When the raft is closed all have ended well, for it looks at nothing then but
 * that they have ended.
 */
#include "adapter.h"

static bool is_live(const struct election_raft *adapter)
{
    return adapter->raft->state != RAFT_UNAVAILABLE;
}

/** Tells the host, if a write ended so. Closing cancels some. */
static void check_write(struct election_raft *adapter, int status)
{
    if (status != 0 && (status != RAFT_CANCELED || is_live(adapter)))
        election__office_fail(adapter);
}

/* ---- entries ------------------------------------------------------------ */

static void push(struct election_raft *adapter,
                 struct election__appending *appending)
{
    appending->next = adapter->idle;
    adapter->idle = appending;
}

void election__disk_begin(struct election_raft *adapter)
{
    size_t count = sizeof adapter->appendings / sizeof *adapter->appendings;

    for (size_t i = 0; i < count; i++)
        push(adapter, &adapter->appendings[i]);
}

void election__disk_end(struct election_raft *adapter)
{
    const struct election__appending *first = adapter->appendings;
    size_t count = sizeof adapter->appendings / sizeof *first;

    while (adapter->idle != NULL) {
        struct election__appending *idle = adapter->idle;

        adapter->idle = idle->next;
        if (idle < first || idle >= first + count)
            election__release(&adapter->config.allocator, idle);
    }
}

/** Takes an idle one, or a new one. NULL = no memory. */
static struct election__appending *pop(struct election_raft *adapter)
{
    struct election__appending *idle = adapter->idle;

    if (idle == NULL)
        return election__allocate(&adapter->config.allocator, sizeof *idle);
    adapter->idle = idle->next;
    return idle;
}

static void end_write(struct election__appending *appending)
{
    struct raft_io_append *asked = appending->asked;
    raft_io_append_cb cb = appending->cb;

    push(appending->adapter, appending);
    cb(asked, 0);
}

static void on_appended(struct raft_io_append *append, int status)
{
    struct election__appending *appending = append->data;
    struct election_raft *adapter = appending->adapter;

    check_write(adapter, status);
    if (adapter->has_failed && is_live(adapter)) {
        appending->next = adapter->unheard;
        adapter->unheard = appending;
    } else {
        end_write(appending);
    }
}

int election__disk_append(struct raft_io *io, struct raft_io_append *asked,
                          const struct raft_entry entries[], unsigned n,
                          raft_io_append_cb cb)
{
    struct election_raft *adapter = election__adapter_of(io);
    struct election__appending *appending;
    int status;

    if (adapter->has_failed)
        return RAFT_IOERR;
    appending = pop(adapter);
    if (appending == NULL)
        return RAFT_NOMEM;
    *appending = (struct election__appending){
        {.data = appending}, adapter, asked, cb, NULL};
    status = adapter->append(io, &appending->append, entries, n, on_appended);
    if (status != 0)
        push(adapter, appending);
    return status;
}

/** raft_uv may tell of its end twice, and libraft would free what it has. */
static void on_closed(struct raft_io *io)
{
    struct election_raft *adapter = election__adapter_of(io);
    raft_io_close_cb closed = adapter->closed;

    adapter->closed = NULL;
    if (closed != NULL)
        closed(io);
}

void election__disk_close(struct raft_io *io, raft_io_close_cb cb)
{
    struct election_raft *adapter = election__adapter_of(io);

    while (adapter->unheard != NULL) {
        struct election__appending *appending = adapter->unheard;

        adapter->unheard = appending->next;
        end_write(appending);
    }
    adapter->closed = cb;
    adapter->close(io, on_closed);
}

/* ---- snapshots ---------------------------------------------------------- */

/** One of its own it can do without, and libraft tries again. But before one
 * from the leader it has forgotten its log. */
static void on_put(struct raft_io_snapshot_put *put, int status)
{
    struct election_raft *adapter = put->data;

    if (adapter->is_installed)
        check_write(adapter, status);
    adapter->put_cb(adapter->asked_put, status);
}

/** libraft writes one at a time. */
int election__disk_put(struct raft_io *io, unsigned trailing,
                       struct raft_io_snapshot_put *asked,
                       const struct raft_snapshot *snapshot,
                       raft_io_snapshot_put_cb cb)
{
    struct election_raft *adapter = election__adapter_of(io);

    if (adapter->has_failed)
        return RAFT_IOERR;
    adapter->putting.data = adapter;
    adapter->asked_put = asked;
    adapter->put_cb = cb;
    adapter->is_installed = trailing == 0;
    return adapter->put(io, trailing, &adapter->putting, snapshot, on_put);
}
