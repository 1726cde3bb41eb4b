/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The adapter for libraft, and what its files share.
 *
 *     adapter.c   lifetime
 *     machine.c   what libraft calls: apply, snapshot, restore
 *     office.c    the wrap: changes of role, and no commit by counting
 *     requests.c  proposals and reads
 */
#ifndef ELECTION_ADAPTER_H
#define ELECTION_ADAPTER_H

#include "base/allocator.h"
#include "election/raft.h"

/** A proposal, or a read. */
struct election__request {
    struct raft_apply apply; /* of a proposal */
    struct election_raft *adapter;
    election_raft_fn *fn; /* NULL = nobody is told */
    void *context;
    struct election__request *next; /* read */
    size_t size;                    /* of the query */
    uint8_t query[];
};

struct election_raft {
    struct election_raft_config config;
    struct raft_fsm fsm;
    struct raft *raft;
    struct election_driver driver;
    struct election_buffer entry;                /* the next one for the log */
    struct election_buffer output;               /* the last Result or Answer */
    struct election_registry_snapshot *snapshot; /* being written */

    /* The wrap. */
    int (*start)(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick,
                 raft_io_recv_cb recv);
    raft_io_tick_cb tick;
    raft_io_recv_cb recv;
    bool is_leader;    /* as was seen last */
    raft_term term;    /* then */
    raft_index office; /* index of the barrier of this office; 0 = none yet */
    bool has_barrier;  /* it is under way */
    bool has_failed;   /* that was told */
    struct raft_barrier barrier;

    /* Reads. */
    struct election__request *waiting; /* for the next barrier */
    struct election__request *asked;   /* for the one that is under way */
    struct raft_barrier read_barrier;
};

/* ---- machine.c ---------------------------------------------------------- */

/** Returns the state machine of an adapter. */
struct raft_fsm election__machine_of(struct election_raft *adapter);

/* ---- office.c ----------------------------------------------------------- */

/** Lets the Raft leader take office, and time pass. */
void election__office_drive(struct election_raft *adapter);

/** Tells once that the node must stop, if this status of libraft says so. */
void election__office_check(struct election_raft *adapter, int status);

/**
 * A request failed with this status of libraft; 0 = it did not. Before anybody
 * is told: libraft fails them while it still says that it leads, and does not
 * survive to be asked for more.
 */
void election__office_end(struct election_raft *adapter, int status);

/* ---- requests.c --------------------------------------------------------- */

/** Appends the adapter's entry; `fn` is told what came of it, if not NULL. */
enum election_status election__entry_append(struct election_raft *adapter,
                                            election_raft_fn *fn,
                                            void *context);

/** Asks for a barrier, if reads wait for one. */
void election__reads_go_on(struct election_raft *adapter);

/** Nothing can be read here any more. */
void election__reads_end(struct election_raft *adapter);

#endif
