/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics and /healthz, by libmicrohttpd. It runs on the node's loop: what it
 * would wait for is one epoll descriptor, which the loop watches.
 */
#include "http.h"

#include <stdlib.h>
#include <string.h>

#include "exposition.h"
#include "journal.h"

enum { CONNECTIONS_MAX = 16, PATIENCE_S = 5, CONNECTION_MEMORY = 16384 };

/* ---- answers ------------------------------------------------------------ */

static enum MHD_Result answer(struct MHD_Connection *connection,
                              unsigned status, const char *type, char *text,
                              size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result;

    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status,
                           const char *text)
{
    char *line = NULL;
    int size = asprintf(&line, "%s\n", text);

    if (size < 0)
        return MHD_NO;
    return answer(connection, status, "text/plain; charset=utf-8", line,
                  (size_t)size);
}

static enum MHD_Result tell_metrics(struct node *node,
                                    struct MHD_Connection *connection)
{
    size_t size = 0;
    char *text = exposition_write(node, &size);

    if (text == NULL)
        return MHD_NO;
    return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4", text,
                  size);
}

static enum MHD_Result tell_health(struct node *node,
                                   struct MHD_Connection *connection)
{
    const char *fault = exposition_find_fault(node);

    if (fault != NULL)
        return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, fault);
    return say(connection, MHD_HTTP_OK, "ok");
}

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    struct node *node = context;

    (void)version;
    (void)upload;
    (void)request;
    if ((strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
         strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) ||
        *upload_size > 0)
        return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET is");
    if (strcmp(path, "/metrics") == 0)
        return tell_metrics(node, connection);
    if (strcmp(path, "/healthz") == 0)
        return tell_health(node, connection);
    return say(connection, MHD_HTTP_NOT_FOUND, "/metrics and /healthz are");
}

/* ---- on the loop -------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

/** Does what is to be done, and looks when the next time is. */
static void run(struct http *http)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;

    (void)MHD_run(http->daemon);
    if (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES)
        (void)uv_timer_start(&http->timer, on_timer, wait_ms, 0);
    else
        (void)uv_timer_stop(&http->timer);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static bool start_handles(struct http *http, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    http->poll.data = http->timer.data = http;
    return info != NULL && uv_timer_init(loop, &http->timer) == 0 &&
           uv_poll_init(loop, &http->poll, info->epoll_fd) == 0 &&
           uv_poll_start(&http->poll, UV_READABLE, on_poll) == 0;
}

bool http_open(struct node *node)
{
    struct http *http = &node->http;
    const char *address = node->options.metrics;
    struct sockaddr_in resolved = address_resolve(address);

    if (address[0] == '\0')
        return true;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, node, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&resolved, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)PATIENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_END);
    if (http->daemon != NULL && start_handles(http, &node->loop))
        return true;
    journal("no-port", "can't listen at %s for --metrics", address);
    return false;
}

/* With as many connections as there may be, no more are looked for, and the
 * descriptor does not tell when there are fewer again. */
void http_check(struct node *node)
{
    if (node->http.daemon != NULL)
        run(&node->http);
}

void http_close(struct node *node)
{
    struct http *http = &node->http;

    if (http->daemon == NULL)
        return;
    uv_close((uv_handle_t *)&http->poll, NULL);
    uv_close((uv_handle_t *)&http->timer, NULL);
    MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
}
