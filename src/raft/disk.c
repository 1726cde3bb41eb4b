/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A raft's writes. A follower whose write fails tells only the
 * leader, who sends the entries again, for ever; but the follower has them in
 * its memory by then, and raft_uv may write what comes next in their place. So
 * after the first write that fails there is no other, none has succeeded, and
 * the host is told.
 */
#include "adapter.h"

/** Returns what libraft is told of a write that ended with this status. */
static int judge(struct election_raft *adapter, int status)
{
    if (status != 0 && status != RAFT_CANCELED) /* it is being closed */
        election__office_fail(adapter);
    return status == 0 && adapter->has_failed ? RAFT_IOERR : status;
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

static void on_appended(struct raft_io_append *append, int status)
{
    struct election__appending *appending = append->data;
    struct election_raft *adapter = appending->adapter;
    struct raft_io_append *asked = appending->asked;
    raft_io_append_cb cb = appending->cb;

    push(adapter, appending);
    cb(asked, judge(adapter, status));
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

/* ---- snapshots ---------------------------------------------------------- */

/** One of its own it can do without, and libraft tries again. But before one
 * from the leader it has forgotten its log. */
static void on_put(struct raft_io_snapshot_put *put, int status)
{
    struct election_raft *adapter = put->data;

    if (adapter->is_installed)
        status = judge(adapter, status);
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
