/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "connection.h"
#include "journal.h"

enum { BACKLOG = 511 };

static void on_client(uv_stream_t *listener, int status)
{
    struct node *node = listener->data;
    bool is_operator = (void *)listener == (void *)&node->socket;
    struct connection *connection;

    if (status != 0) {
        if (complaints_add(&node->complaints, "the door", service_clock_ms()))
            journal("no-client", "one can't be let in: %s",
                    uv_strerror(status));
        return;
    }
    connection = connection_create(node, is_operator);
    if (connection == NULL) {
        journal("failed", "there is no memory for a connection");
        exit(EXIT_FAILED);
    }
    if (uv_accept(listener, &connection->stream) != 0) {
        connection_drop(connection, NULL);
        return;
    }
    connection_start(connection);
    if (!is_operator && node->connection_count > node->options.connections_max)
        connection_drop(connection, "there are too many: --connections");
}

static bool open_port(struct node *node)
{
    struct sockaddr_in address = address_resolve(node->options.client);
    int status;

    node->port.data = node;
    status = uv_tcp_init(&node->loop, &node->port);
    if (status == 0)
        status = uv_tcp_bind(&node->port, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&node->port, BACKLOG, on_client);
    if (status != 0)
        journal("no-port", "can't listen for clients at %s: %s",
                node->options.client, uv_strerror(status));
    return status == 0;
}

/** Tells whether somebody answers at a socket. */
static bool is_taken(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_answered =
        probe >= 0 &&
        connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;

    if (probe >= 0)
        (void)close(probe);
    return is_answered;
}

/** Removes what a node has left that was killed. False = it is not that. */
static bool clear_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;

    if (strlen(path) >= sizeof address.sun_path) {
        journal("no-port", "%s: a socket's path has %zu bytes at most", path,
                sizeof address.sun_path - 1);
        return false;
    }
    if (lstat(path, &there) != 0)
        return true;
    memcpy(address.sun_path, path, strlen(path));
    if (S_ISSOCK(there.st_mode) && !is_taken(&address) && unlink(path) == 0)
        return true;
    journal("no-port", "%s is there already, and not a socket that was left",
            path);
    return false;
}

static bool open_socket(struct node *node)
{
    const char *path = node->options.socket;
    mode_t mask;
    int status;

    if (!clear_path(path))
        return false;
    node->socket.data = node;
    status = uv_pipe_init(&node->loop, &node->socket, 0);
    if (status != 0)
        return false;
    mask = umask(0177);
    status = uv_pipe_bind(&node->socket, path);
    (void)umask(mask);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&node->socket, BACKLOG, on_client);
    if (status != 0)
        journal("no-port", "can't listen at %s: %s", path, uv_strerror(status));
    return status == 0;
}

/** Tells whether libraft will be able to listen for nodes, before there is a
 * folder for it. */
static bool is_free(const char *raft)
{
    struct sockaddr_in address = address_resolve(raft);
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int reuse = 1;
    bool is_bound =
        probe >= 0 &&
        setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) ==
            0 &&
        bind(probe, (const struct sockaddr *)&address, sizeof address) == 0;

    if (!is_bound)
        journal("no-port", "can't listen for nodes at %s: %s", raft,
                strerror(errno));
    if (probe >= 0)
        (void)close(probe);
    return is_bound;
}

bool door_open(struct node *node)
{
    return is_free(node->options.raft) && open_port(node) && open_socket(node);
}

static void close_if_open(uv_handle_t *handle)
{
    if (handle->type != UV_UNKNOWN_HANDLE && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

void door_close(struct node *node)
{
    close_if_open((uv_handle_t *)&node->port);
    close_if_open((uv_handle_t *)&node->socket);
}
