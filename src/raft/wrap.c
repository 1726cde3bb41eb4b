/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wrap of a raft's I/O: what libraft is called back with goes through here,
 * so each change of role is seen in the callback in which it happens; and what
 * libraft sends and writes.
 *
 * A follower of libraft answers a leader with the last index that it has on its
 * disk, whatever was asked. Behind what the leader has sent there may be
 * entries of others:
 *
 *     index    1  2  3  4
 *       S1     1  4           leads in term 4; its heartbeat says: 1 is at 1
 *       S2     1  2  2  2     agrees, and says that it has all up to 4
 *
 * If S1 has appended entry 2 by then, it takes it for stored by S2 and commits
 * it, although S2 has another one there, and may be elected with that. The same
 * comes of entries that an earlier leader has sent, and that get to the disk
 * when there is a new one. So a follower claims no more than it knows to be the
 * leader's: what is committed, and what the leader of this term has sent and
 * was found to fit.
 */
#include "adapter.h"

struct election_raft *election__adapter_of(const struct raft_io *io)
{
    const struct raft *raft = io->data;

    return raft->fsm->data;
}

/* ---- what a follower claims --------------------------------------------- */

/** What a leader sends is on its way to be judged. */
static void offer(struct election_raft *adapter,
                  const struct raft_message *message)
{
    const struct raft_append_entries *entries = &message->append_entries;
    const struct raft_install_snapshot *snapshot = &message->install_snapshot;

    if (message->type == RAFT_IO_APPEND_ENTRIES) {
        adapter->offered_term = entries->term;
        adapter->offered = entries->prev_log_index + entries->n_entries;
    } else if (message->type == RAFT_IO_INSTALL_SNAPSHOT) {
        adapter->offered_term = snapshot->term;
        adapter->offered = snapshot->last_index;
    }
}

/** It fits. */
static void accept(struct election_raft *adapter)
{
    raft_term term = adapter->raft->current_term;

    if (adapter->offered_term != term)
        return;
    if (adapter->agreed_term != term)
        adapter->agreed = 0;
    adapter->agreed_term = term;
    if (adapter->agreed < adapter->offered)
        adapter->agreed = adapter->offered;
}

/** Returns up to where this log is the leader's. */
static raft_index agreed(const struct election_raft *adapter)
{
    const struct raft *raft = adapter->raft;

    if (adapter->agreed_term == raft->current_term &&
        adapter->agreed > raft->commit_index)
        return adapter->agreed;
    return raft->commit_index;
}

/** Called while a leader's entries are judged, it is for them that fit. */
static int on_append(struct raft_io *io, struct raft_io_append *request,
                     const struct raft_entry entries[], unsigned count,
                     raft_io_append_cb callback)
{
    struct election_raft *adapter = election__adapter_of(io);

    accept(adapter);
    return election__disk_append(io, request, entries, count, callback);
}

static int on_send(struct raft_io *io, struct raft_io_send *request,
                   const struct raft_message *message, raft_io_send_cb callback)
{
    struct election_raft *adapter = election__adapter_of(io);
    struct raft_message claim = *message;
    struct raft_append_entries_result *result = &claim.append_entries_result;

    if (message->type != RAFT_IO_APPEND_ENTRIES_RESULT || result->rejected > 0)
        return adapter->send(io, request, message, callback);
    accept(adapter);
    if (result->last_log_index > agreed(adapter))
        result->last_log_index = agreed(adapter);
    return adapter->send(io, request, &claim, callback);
}

/* ---- what libraft is called back with ----------------------------------- */

static void on_tick(struct raft_io *io)
{
    struct election_raft *adapter = election__adapter_of(io);

    adapter->tick(io);
    election__office_look(adapter);
}

/** Tells whether a message would make libraft count for an earlier term. */
static bool is_early(const struct election_raft *adapter,
                     const struct raft_message *message)
{
    return adapter->raft->state == RAFT_LEADER &&
           message->type == RAFT_IO_APPEND_ENTRIES_RESULT &&
           message->append_entries_result.term == adapter->raft->current_term &&
           !election__office_is_safe(adapter);
}

static void on_recv(struct raft_io *io, struct raft_message *message)
{
    struct election_raft *adapter = election__adapter_of(io);

    offer(adapter, message);
    if (!is_early(adapter, message))
        adapter->recv(io, message);
    adapter->offered_term = 0;
    election__office_look(adapter);
}

static int on_start(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick,
                    raft_io_recv_cb recv)
{
    struct election_raft *adapter = election__adapter_of(io);

    adapter->tick = tick;
    adapter->recv = recv;
    return adapter->start(io, msecs, on_tick, on_recv);
}

void election_raft_wrap(struct election_raft *adapter, struct raft *raft,
                        struct raft_io *io)
{
    adapter->raft = raft;
    adapter->start = io->start;
    adapter->append = io->append;
    adapter->send = io->send;
    adapter->put = io->snapshot_put;
    adapter->close = io->close;
    io->start = on_start;
    io->append = on_append;
    io->send = on_send;
    io->snapshot_put = election__disk_put;
    io->close = election__disk_close;
    if (io->version < 2 && io->async_work != NULL)
        io->version = 2; /* raft_uv has it, and does not say so */
}
