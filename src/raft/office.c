/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office of the Raft leader, and what is committed in it.
 *
 * Up to version 0.16 libraft commits the last entry that most servers have,
 * whatever its term. Figure 8 of the Raft paper shows what comes of it, here
 * with the terms of the entries at each index:
 *
 *     index   1  2      1  2      1  2  3      1  2      1  2  3
 *       S1    1  2      1  2      1  2  4      1  3      1  2  4
 *       S2    1  2      1  2      1  2         1  3      1  2  4
 *       S3    1         1         1  2         1  3      1  2
 *       S5    1         1  3      1  3         1  3      1  3
 *            (a)        (b)       (c)          (d)       (e)
 *
 * In (c) S1 leads in term 4, has sent entry 2 of term 2 to most, and must not
 * take it for committed: S5 can still be elected, and put its own there (d).
 * Only an entry of its own term, on most servers, commits those before (e).
 *
 * So a leader appends one at once, a barrier, and hears of no success of
 * others until it is on its own disk: from then on the last entry that libraft
 * looks at is of this term. What is not heard of is sent again, so Raft stands
 * this. From version 0.17.1 on libraft does it right, and cowsql's raft does.
 */
#include "adapter.h"

/* ---- the office --------------------------------------------------------- */

bool election__office_is_safe(const struct election_raft *adapter)
{
    return adapter->is_leader && adapter->office != 0 &&
           adapter->raft->last_stored >= adapter->office;
}

static void on_barrier(struct raft_barrier *barrier, int status)
{
    struct election_raft *adapter = barrier->data;

    adapter->has_barrier = false;
    election__office_end(adapter, status);
}

/** Appends the first entry of this term. If it can't be, the next tick does. */
static void begin(struct election_raft *adapter)
{
    int status;

    if (ELECTION_RAFT_IS_SOUND) {
        adapter->office = 1;
        return;
    }
    if (adapter->has_barrier)
        return;
    adapter->barrier.data = adapter;
    status = raft_barrier(adapter->raft, &adapter->barrier, on_barrier);
    if (status == 0) {
        adapter->has_barrier = true;
        adapter->office = adapter->barrier.index;
    }
    election__office_check(adapter, status);
}

static void tell(struct election_raft *adapter, enum election_raft_news news)
{
    if (adapter->config.fn != NULL)
        adapter->config.fn(adapter->config.context, news);
}

static void change_role(struct election_raft *adapter, bool is_leader)
{
    adapter->is_leader = is_leader;
    adapter->term = adapter->raft->current_term;
    adapter->office = 0;
    if (is_leader) {
        election_driver_lead(&adapter->driver);
        tell(adapter, ELECTION_RAFT_LEADS);
    } else {
        election_driver_follow(&adapter->driver);
        election__reads_end(adapter);
        tell(adapter, ELECTION_RAFT_FOLLOWS);
    }
}

void election__office_look(struct election_raft *adapter)
{
    const struct raft *raft = adapter->raft;
    bool is_leader = raft->state == RAFT_LEADER && !adapter->has_failed;

    if (is_leader != adapter->is_leader ||
        (is_leader && raft->current_term != adapter->term))
        change_role(adapter, is_leader);
    if (is_leader && adapter->office == 0)
        begin(adapter);
    if (election__office_is_safe(adapter)) {
        election__office_drive(adapter);
        election__reads_go_on(adapter);
    }
    election__office_check(adapter, 0);
}

void election__office_drive(struct election_raft *adapter)
{
    for (;;) {
        struct election_driver before = adapter->driver;
        uint64_t wait_ms;

        if (election_driver_next(&adapter->driver, adapter->config.registry,
                                 adapter->config.clock(adapter->config.context),
                                 &adapter->entry, &wait_ms) != ELECTION_OK ||
            adapter->entry.size == 0)
            return;
        if (election__entry_append(adapter, NULL, NULL) == ELECTION_OK)
            continue;
        if (adapter->driver.is_leader)
            adapter->driver = before; /* it was not proposed */
        return;
    }
}

void election__office_check(struct election_raft *adapter, int status)
{
    if (status == RAFT_IOERR || status == RAFT_NOSPACE ||
        adapter->raft->state == RAFT_UNAVAILABLE)
        election__office_fail(adapter);
}

void election__office_fail(struct election_raft *adapter)
{
    if (adapter->has_failed)
        return;
    adapter->has_failed = true;
    tell(adapter, ELECTION_RAFT_FAILED);
}

void election__office_end(struct election_raft *adapter, int status)
{
    if (status == 0)
        return;
    if (adapter->is_leader)
        change_role(adapter, false);
    election__office_check(adapter, status);
}

bool election_raft_leads(const struct election_raft *adapter)
{
    return adapter != NULL && adapter->is_leader && adapter->driver.epoch != 0;
}
