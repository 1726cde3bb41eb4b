/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>

#include "journal.h"
#include "members.h"

enum {
    /** raft_uv writes its log in files of this size, and keeps a few ready. */
    SEGMENT_SIZE = 2 << 20,
    RECONNECT_MS = 200,
    /** How long a leader that leaves waits for another one. */
    LEAVING_MS = 3000
};

static uint64_t read_clock(void *context)
{
    (void)context;
    return service_clock_ms();
}

/* ---- what happens to it ------------------------------------------------- */

/** The process ends in this call: raft_uv may write on, at wrong places. */
_Noreturn static void fail(struct node *node)
{
    if (!folder_is_there(&node->folder)) {
        journal("failed", "%s is gone", node->options.data);
        _Exit(EXIT_NO_DATA);
    }
    journal("failed",
            "the log can't be written in %s, or libraft has given up: %s. Is "
            "the disk full? What was acknowledged is on it; start again when "
            "there is room",
            node->folder.log, raft_errmsg(&node->raft));
    _Exit(EXIT_DISK);
}

static void on_news(void *context, enum election_raft_news news)
{
    struct node *node = context;
    unsigned long long term = node->raft.current_term;

    switch (news) {
    case ELECTION_RAFT_LEADS:
        journal("leads", "in Raft's term %llu", term);
        break;
    case ELECTION_RAFT_FOLLOWS:
        journal("follows", "in Raft's term %llu", term);
        break;
    case ELECTION_RAFT_FAILED:
        if (!node->is_ending) /* then what is written is given up, and told */
            fail(node);
    }
}

const char *server_leader_address(struct node *node)
{
    raft_id id = 0;
    const char *address = NULL;

    raft_leader(&node->raft, &id, &address);
    if (id == 0 || !members_address(node, id, node->leader_address))
        return NULL;
    return node->leader_address;
}

void server_check(struct node *node)
{
    if (node->folder.has_joined || !members_has_self(node))
        return;
    journal("members", "this node was added to a cluster");
    if (!folder_join(&node->folder))
        _Exit(EXIT_DISK);
}

/* ---- start -------------------------------------------------------------- */

static int create_adapter(struct node *node)
{
    struct election_raft_config config = {
        .clock = read_clock,
        .fn = on_news,
        .context = node,
        .log_size_min = node->options.log_size_min,
    };

    if (election_registry_create(NULL, &node->registry) == ELECTION_OK) {
        config.registry = node->registry;
        if (election_raft_create(&config, &node->adapter) == ELECTION_OK)
            return measuring_start(node);
    }
    journal("failed", "there is no memory to start");
    return EXIT_FAILED;
}

/** libraft has an address of two ports, and means the first. */
static int on_connect(struct raft_uv_transport *transport,
                      struct raft_uv_connect *request, raft_id id,
                      const char *address, raft_uv_connect_cb callback)
{
    size_t offset = offsetof(struct node, transport);
    struct node *node = (struct node *)((char *)transport - offset);
    char raft[ADDRESS_SIZE];

    if (!address_for_nodes(address, raft))
        return RAFT_NOCONNECTION;
    return node->connect(transport, request, id, raft, callback);
}

static int create_io(struct node *node)
{
    struct raft_io *io = &node->io;
    int status = raft_uv_tcp_init(&node->transport, &node->loop);

    if (status == 0)
        status =
            raft_uv_tcp_set_bind_address(&node->transport, node->options.raft);
    if (status == 0)
        status =
            raft_uv_init(io, &node->loop, node->folder.log, &node->transport);
    if (status != 0) {
        journal("failed", "libraft can't start: %s", raft_strerror(status));
        return EXIT_FAILED;
    }
    node->connect = node->transport.connect;
    node->transport.connect = on_connect;
    raft_uv_set_connect_retry_delay(io, RECONNECT_MS);
    raft_uv_set_segment_size(io, SEGMENT_SIZE);
    /* It would set aside what was acknowledged, and go on without. */
    raft_uv_set_auto_recovery(io, false);
    election_raft_wrap(node->adapter, &node->raft, io);
    return EXIT_IN_ORDER;
}

/** Writes down who the members are, on a disk that has nothing yet. */
static int bootstrap(struct node *node)
{
    struct raft_configuration members;
    int status = members_of_peers(&node->options, &members);

    if (status == 0)
        status = raft_bootstrap(&node->raft, &members);
    raft_configuration_close(&members);
    if (status != 0) {
        journal("no-data", "%s: %s", node->folder.log,
                raft_errmsg(&node->raft));
        return EXIT_NO_DATA;
    }
    return EXIT_IN_ORDER;
}

/** Fills a new folder; who joins is told by the leader who the members are. */
static int fill(struct node *node)
{
    if (!node->options.joins) {
        int ended = bootstrap(node);

        if (ended != EXIT_IN_ORDER)
            return ended;
    }
    if (!folder_mark(&node->folder, &node->options))
        return EXIT_NO_DATA;
    return EXIT_IN_ORDER;
}

static void set_pace(struct node *node)
{
    unsigned patience = (unsigned)node->options.patience_ms;

    raft_set_election_timeout(&node->raft, patience);
    raft_set_heartbeat_timeout(&node->raft, patience / 10);
    /* One that came while a snapshot was taken is lost: do not wait 30 s. */
    raft_set_install_snapshot_timeout(&node->raft, 10 * patience);
    raft_set_pre_vote(&node->raft, true);
}

static int start_raft(struct node *node)
{
    int status =
        raft_init(&node->raft, &node->io, election_raft_fsm(node->adapter),
                  node->options.id, node->options.address);

    if (status != 0) {
        journal("failed", "libraft can't start in %s: %s", node->folder.log,
                raft_errmsg(&node->raft));
        return EXIT_NO_DATA;
    }
    set_pace(node);
    if (node->options.restored != NULL)
        return restoring_run(node);
    if (node->options.is_new) {
        int ended = fill(node);

        if (ended != EXIT_IN_ORDER)
            return ended;
    }
    status = raft_start(&node->raft);
    if (status == 0) {
        measuring_begin(node);
        return EXIT_IN_ORDER;
    }
    journal("failed",
            "libraft can't start at %s, in %s: %s. Is the address in use, or "
            "not this machine's?",
            node->options.raft, node->folder.log, raft_strerror(status));
    return status == RAFT_IOERR ? EXIT_NO_PORT : EXIT_NO_DATA;
}

int server_start(struct node *node)
{
    int ended = create_adapter(node);

    if (ended == EXIT_IN_ORDER)
        ended = create_io(node);
    if (ended == EXIT_IN_ORDER)
        ended = start_raft(node);
    if (ended == EXIT_IN_ORDER && node->folder.has_joined &&
        node->options.restored == NULL && node->raft.configuration.n == 0) {
        journal("no-data", "%s has lost its log", node->folder.log);
        ended = EXIT_NO_DATA;
    }
    return ended;
}

/* ---- end ---------------------------------------------------------------- */

static void on_patience(uv_timer_t *timer)
{
    struct node *node = timer->data;

    node->wants_end = true;
}

static void on_transferred(struct raft_transfer *transfer)
{
    struct node *node = transfer->data;

    node->wants_end = true;
}

void server_leave(struct node *node)
{
    node->is_leaving = true;
    node->transfer.data = node;
    if (raft_state(&node->raft) == RAFT_LEADER &&
        members_voter_count(node) > 1 &&
        raft_transfer(&node->raft, &node->transfer, 0, on_transferred) == 0) {
        journal("leaves", "and hands the Raft leadership on");
        (void)uv_timer_start(&node->patience, on_patience, LEAVING_MS, 0);
        return;
    }
    journal("leaves", "in order");
    node->wants_end = true;
}

static void on_raft_closed(struct raft *raft)
{
    struct node *node = raft->data;

    node->exit_status = EXIT_IN_ORDER;
    uv_stop(&node->loop);
}

void server_end(struct node *node)
{
    node->is_ending = true;
    node->raft.data = node;
    raft_close(&node->raft, on_raft_closed);
}

void server_release(struct node *node)
{
    election_raft_destroy(node->adapter);
    election_registry_destroy(node->registry);
    raft_uv_close(&node->io);
    raft_uv_tcp_close(&node->transport);
}
