/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The adapter for libraft, and what its files share.
 *
 *     adapter.c   lifetime
 *     disk.c      writes that fail
 *     machine.c   what libraft calls: apply, snapshot, restore
 *     office.c    changes of role, and no commit by counting
 *     requests.c  proposals and reads
 *     wrap.c      what goes between libraft and its I/O
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

/** A write of entries that is under way. */
struct election__appending {
    struct raft_io_append append;
    struct election_raft *adapter;
    struct raft_io_append *asked; /* libraft's own */
    raft_io_append_cb cb;
    struct election__appending *next; /* idle, or unheard of */
};

/** How libraft has its raft_io write entries, and snapshots. */
typedef int election__append_fn(struct raft_io *io, struct raft_io_append *req,
                                const struct raft_entry entries[], unsigned n,
                                raft_io_append_cb cb);
typedef int election__put_fn(struct raft_io *io, unsigned trailing,
                             struct raft_io_snapshot_put *req,
                             const struct raft_snapshot *snapshot,
                             raft_io_snapshot_put_cb cb);

struct election_raft {
    struct election_raft_config config;
    struct raft_fsm fsm;
    struct raft *raft;
    struct election_driver driver;
    struct election_buffer entry;                /* the next one for the log */
    struct election_buffer output;               /* the last Result or Answer */
    struct election_registry_snapshot *snapshot; /* being written */

    /* What was applied since the last snapshot, and how large that was. */
    uint64_t log_size; /* bytes */
    unsigned log_count;
    uint64_t snapshot_size; /* bytes */

    /* The wrap. */
    int (*start)(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick,
                 raft_io_recv_cb recv);
    election__append_fn *append;
    election__put_fn *put;
    void (*close)(struct raft_io *io, raft_io_close_cb cb);
    int (*send)(struct raft_io *io, struct raft_io_send *request,
                const struct raft_message *message, raft_io_send_cb callback);
    raft_io_tick_cb tick;
    raft_io_recv_cb recv;
    raft_io_close_cb closed; /* NULL = was told, or is not asked for */
    raft_term offered_term;  /* of the message that is judged now; 0 = none */
    raft_index offered;      /* its last index */
    raft_term agreed_term;   /* of the leader whose messages did fit */
    raft_index agreed;       /* up to here */

    /* Writes: the first ones need no memory, the others keep what they had. */
    struct election__appending appendings[16];
    struct election__appending *idle;
    struct election__appending *unheard; /* ended since one has failed */

    /* The snapshot that is written. */
    struct raft_io_snapshot_put putting;
    struct raft_io_snapshot_put *asked_put; /* libraft's own */
    raft_io_snapshot_put_cb put_cb;
    bool is_installed; /* it came from the leader */

    /* The office. */
    bool is_leader;    /* as was seen last */
    raft_term term;    /* then */
    raft_index office; /* index of the barrier of this office; 0 = none yet */
    bool has_barrier;  /* it is under way */
    bool has_failed;   /* that was told */
    struct raft_barrier barrier;

    /* Reads. */
    struct election__request *waiting; /* for the next barrier */
    struct election__request **waiting_end;
    struct election__request *asked; /* for the one that is under way */
    struct raft_barrier read_barrier;
};

/* ---- machine.c ---------------------------------------------------------- */

/** Returns the state machine of an adapter. */
struct raft_fsm election__machine_of(struct election_raft *adapter);

/** Returns an entry as libraft's log needs it. No base = no memory. */
struct raft_buffer election__entry_pad(const struct election_buffer *entry);

/** Returns how large an entry was; what was not padded is judged as it is. */
size_t election__entry_size(const struct raft_buffer *entry);

/* ---- office.c ----------------------------------------------------------- */

/** Looks what a callback has changed. */
void election__office_look(struct election_raft *adapter);

/** Tells whether what libraft may commit is of this term. */
bool election__office_is_safe(const struct election_raft *adapter);

/** Lets the Raft leader take office, and time pass. */
void election__office_drive(struct election_raft *adapter);

/** Tells once that the node must stop, if this status of libraft says so. */
void election__office_check(struct election_raft *adapter, int status);

/** The same, whatever libraft says. */
void election__office_fail(struct election_raft *adapter);

/**
 * A request failed with this status of libraft; 0 = it did not. Before anybody
 * is told: libraft fails them while it still says that it leads, and does not
 * survive to be asked for more.
 */
void election__office_end(struct election_raft *adapter, int status);

/* ---- disk.c ------------------------------------------------------------- */

/** Makes the writes idle; and releases them. */
void election__disk_begin(struct election_raft *adapter);
void election__disk_end(struct election_raft *adapter);

/** Writes entries, unless a write has failed before. */
election__append_fn election__disk_append;

/** Writes a snapshot, unless a write has failed before. */
election__put_fn election__disk_put;

/** Closes; libraft is unavailable by now, and hears that all writes ended, and
 * of the end once. */
void election__disk_close(struct raft_io *io, raft_io_close_cb cb);

/* ---- wrap.c ------------------------------------------------------------- */

/** Returns the adapter that has wrapped this. */
struct election_raft *election__adapter_of(const struct raft_io *io);

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
