/* SPDX-License-Identifier: Apache-2.0 */
/*
 * electiond: a node of an election service; see electiond(8).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "connection.h"
#include "journal.h"
#include "members.h"

enum {
    /** Open files that are not for clients. */
    FILES_SPARED = 128
};

static struct node node;

/* ---- turn by turn ------------------------------------------------------- */

static void each_connection(void (*fn)(struct connection *))
{
    struct connection *connection = node.connections;

    while (connection != NULL) {
        struct connection *next = connection->next;

        fn(connection);
        connection = next;
    }
}

static void drop(struct connection *connection)
{
    connection_drop(connection, NULL);
}

static void check(struct connection *connection)
{
    connection_check(connection, service_clock_ms());
}

static void on_idle(uv_idle_t *busy)
{
    (void)busy;
}

void node_go_on(struct node *busy_node)
{
    (void)uv_idle_start(&busy_node->busy, on_idle);
}

/** Before the loop waits: what was answered meanwhile is sent. */
static void on_turn(uv_prepare_t *turn)
{
    (void)turn;
    (void)uv_idle_stop(&node.busy);
    members_turn(&node);
    each_connection(connection_turn);
    if (node.wants_end && !node.is_ending)
        server_end(&node);
}

static void on_second(uv_timer_t *timer)
{
    (void)timer;
    each_connection(check);
    server_check(&node);
    measuring_check(&node);
    http_check(&node);
    if (!folder_is_there(&node.folder)) {
        journal("failed", "%s is gone: what is written now would be lost",
                node.options.data);
        _Exit(EXIT_NO_DATA);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
    if (!node.is_leaving)
        server_leave(&node);
    else
        node.wants_end = true; /* told twice */
}

/* ---- start and end ------------------------------------------------------ */

static bool start_handles(void)
{
    static const int signals[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (uv_signal_init(&node.loop, &node.signals[i]) != 0 ||
            uv_signal_start(&node.signals[i], on_signal, signals[i]) != 0)
            return false;
    node.patience.data = &node;
    return uv_timer_init(&node.loop, &node.patience) == 0 &&
           uv_timer_init(&node.loop, &node.second) == 0 &&
           uv_timer_start(&node.second, on_second, 1000, 1000) == 0 &&
           uv_idle_init(&node.loop, &node.busy) == 0 &&
           uv_prepare_init(&node.loop, &node.turn) == 0 &&
           uv_prepare_start(&node.turn, on_turn) == 0 && gathering_open(&node);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/** Raft is closed. All that has to do with clients is, too. */
static void end(void)
{
    door_close(&node);
    http_close(&node);
    each_connection(drop);
    gathering_close(&node);
    uv_walk(&node.loop, close_handle, NULL);
    (void)uv_run(&node.loop, UV_RUN_DEFAULT);
    server_release(&node); /* nothing calls back any more */
    (void)uv_loop_close(&node.loop);
    election_buffer_free(&node.command);
    election_buffer_free(&node.answer);
    election_buffer_free(&node.frame);
    election_buffer_free(&node.gathering.command);
    election_buffer_free(&node.gathering.result);
}

/** Where the operator's socket is, if not where it was said. */
static const char *default_socket(void)
{
    static char path[PATH_SIZE];
    int size = snprintf(path, sizeof path, "%s/socket", node.options.data);

    return size > 0 && size < PATH_SIZE ? path : NULL;
}

/** Leaves some files to the log, whatever clients do. */
static void limit_connections(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < FILES_SPARED + node.options.connections_max) {
        node.options.connections_max =
            files.rlim_cur > FILES_SPARED ? files.rlim_cur - FILES_SPARED : 1;
        journal("limits", "%llu connections, as no more files may be open",
                (unsigned long long)node.options.connections_max);
    }
}

static int start(void)
{
    const char *fault = NULL;

    limit_connections();
    if (!folder_open(&node.folder, &node.options))
        return EXIT_NO_DATA;
    if (!node.options.is_new)
        fault = options_settle(&node.options, node.folder.address);
    if (fault != NULL) {
        fprintf(stderr, "electiond: %s; --help shows all\n", fault);
        return EXIT_WRONG;
    }
    if (uv_loop_init(&node.loop) != 0 || !start_handles()) {
        journal("failed", "there is no memory to start");
        return EXIT_FAILED;
    }
    /* Before the folder is filled: what can't listen is no node yet. */
    if (node.options.restored == NULL &&
        (!door_open(&node) || !http_open(&node)))
        return EXIT_NO_PORT;
    return server_start(&node);
}

int main(int argc, char **argv)
{
    int ended;

    switch (options_read(&node.options, argc, argv)) {
    case OPTIONS_HELP:
        return EXIT_IN_ORDER;
    case OPTIONS_WRONG:
        return EXIT_WRONG;
    case OPTIONS_GOOD:
        break;
    }
    journal_be_json(node.options.logs_json);
    if (node.options.socket == NULL)
        node.options.socket = default_socket();
    /* A peer, a client or a disk quota that is gone is no end. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    ended = start();
    if (ended != EXIT_IN_ORDER || node.options.restored != NULL)
        return ended; /* the rest is the system's to release */
    journal("starts", "node %llu of %u: %s for nodes, %s for clients, %s",
            (unsigned long long)node.options.id, node.raft.configuration.n,
            node.options.raft, node.options.client, node.options.socket);
    node.exit_status = EXIT_FAILED;
    (void)uv_run(&node.loop, UV_RUN_DEFAULT);
    end();
    return node.exit_status;
}
