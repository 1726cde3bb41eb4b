/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

enum {
    /** How long a node may take to be connected, and to say welcome. */
    CONNECT_MS = 1000,
    /** Before the next node is tried. */
    PAUSE_MS = 100,
    /** How often a line is looked at. */
    LOOK_MS = 100
};

/** Of a hello: no other request has it. */
static const uint64_t hello_id = UINT64_C(1) << 63;

/** One connection, which outlives its link's interest in it. */
struct line {
    struct link *link; /* NULL = nobody's any more */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_getaddrinfo_t resolving;
    uv_connect_t connecting;
    bool is_resolving;
    bool has_handle;
    struct service_inbox inbox;
};

/** Lines whose name is looked up, wanted or not: one at a time, as each keeps
 * a thread. */
static unsigned lookups;

bool link_is_looking_up(void)
{
    return lookups > 0;
}

/** Bytes under way. */
struct letter {
    uv_write_t write;
    uint8_t bytes[];
};

static void try_next(uv_timer_t *timer);

/* ---- the end of a line -------------------------------------------------- */

static void free_line(struct line *line)
{
    service_inbox_free(&line->inbox);
    free(line);
}

static void on_closed(uv_handle_t *handle)
{
    free_line((struct line *)((char *)handle - offsetof(struct line, handle)));
}

/** The line ends; who is resolving its address frees it later. */
static void end_line(struct link *link)
{
    struct line *line = link->line;

    link->line = NULL;
    link->is_up = false;
    link->unanswered = 0;
    if (line == NULL)
        return;
    line->link = NULL;
    if (line->is_resolving)
        (void)uv_cancel((uv_req_t *)&line->resolving);
    else if (line->has_handle)
        uv_close(&line->handle, on_closed);
    else
        free_line(line);
}

/** Notes why the present node is no good. */
static void note_fault(struct link *link, const char *why)
{
    struct fault *fault = link->faults;

    while (fault < link->faults + NODES_MAX - 1 && fault->address[0] != '\0' &&
           strcmp(fault->address, link->address) != 0)
        fault++;
    memcpy(fault->address, link->address, NODE_SIZE);
    (void)snprintf(fault->text, FAULT_SIZE, "%s", why);
}

void link_complain(const struct link *link, uint64_t waited_ms)
{
    print_error("no answer in %.1f s", (double)waited_ms / 1000);
    for (const struct fault *fault = link->faults;
         fault < link->faults + NODES_MAX && fault->address[0] != '\0'; fault++)
        print_error("%s: %s", fault->address, fault->text);
}

void link_move(struct link *link, const char *address, const char *why)
{
    bool was_up = link->is_up;

    note_fault(link, why);
    end_line(link);
    link->has_hint = address != NULL && !link->is_fixed;
    if (link->has_hint)
        (void)snprintf(link->address, NODE_SIZE, "%s", address);
    /* Nodes that name one another are not asked without end. */
    link->hints = link->has_hint ? link->hints + 1 : 0;
    (void)uv_timer_start(&link->timer, try_next,
                         link->hints == 1 ? 0 : PAUSE_MS, 0);
    if (was_up)
        link->fn(link->context, LINK_DOWN, NULL);
}

bool link_follow(struct link *link, const struct service_response *response)
{
    char address[NODE_SIZE];

    (void)snprintf(address, sizeof address, "%.*s", (int)response->text.size,
                   (const char *)response->text.bytes);
    if (link->options->socket == NULL && !link->is_fixed) {
        link_move(link, address, "is not the leader");
        return true;
    }
    print_error("%s is not the leader: ask the node whose client address is %s",
                link->address, address);
    return false;
}

void link_refused(const struct link *link,
                  const struct service_response *response)
{
    print_error("%s has refused: %.*s", link->address, (int)response->text.size,
                (const char *)response->text.bytes);
}

/* ---- what arrives ------------------------------------------------------- */

static void look(uv_timer_t *timer)
{
    struct link *link = timer->data;

    if (link->unanswered > 0 &&
        service_clock_ms() - link->waiting_ms > link->silence_ms)
        link_move(link, NULL, "does not answer");
}

static void take_welcome(struct link *link,
                         const struct service_response *response)
{
    if (response->kind == SERVICE_WELCOME) {
        link->is_up = true;
        link->unanswered = 0;
        (void)uv_timer_start(&link->timer, look, LOOK_MS, LOOK_MS);
        link->fn(link->context, LINK_UP, response);
    } else if (response->kind == SERVICE_REFUSED) {
        link->fn(link->context, LINK_REFUSED, response);
    } else {
        link_move(link, NULL, "is no node of this protocol");
    }
}

static void take_response(struct link *link,
                          const struct service_response *response)
{
    if (!link->is_up) {
        take_welcome(link, response);
        return;
    }
    if (response->kind != SERVICE_EVENT && link->unanswered > 0)
        link->unanswered--;
    if (response->kind != SERVICE_NOT_LEADER)
        link->hints = 0;
    link->waiting_ms = service_clock_ms();
    link->fn(link->context, LINK_RESPONSE, response);
}

static void take_messages(struct line *line)
{
    while (line->link != NULL) {
        struct service_response response;
        struct service_span message;
        enum election_status status =
            service_inbox_take(&line->inbox, &message);

        if (status == ELECTION_NOT_FOUND)
            return;
        if (status == ELECTION_OK)
            status =
                service_response_read(message.bytes, message.size, &response);
        if (status == ELECTION_OK)
            take_response(line->link, &response);
        else if (status != ELECTION_UNSUPPORTED)
            link_move(line->link, NULL, "sends what is no Response");
    }
}

static void provide(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    struct line *line = handle->data;
    uint8_t *room;

    (void)size;
    *buffer = uv_buf_init(NULL, 0);
    if (service_inbox_room(&line->inbox, &room, &size))
        *buffer = uv_buf_init((char *)room, (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct line *line = stream->data;

    (void)buffer;
    if (line->link == NULL)
        return;
    if (size < 0) {
        link_move(line->link, NULL, uv_strerror((int)size));
        return;
    }
    service_inbox_add(&line->inbox, (size_t)size);
    take_messages(line);
}

/* ---- what is sent ------------------------------------------------------- */

static void on_written(uv_write_t *write, int status)
{
    (void)status; /* reading tells as well */
    free(write->data);
}

/** Sends the frame. */
static bool send_frame(struct link *link)
{
    size_t size = link->frame.size;
    struct letter *letter = malloc(sizeof *letter + size);
    uv_buf_t buffer;

    if (letter == NULL)
        return false;
    memcpy(letter->bytes, link->frame.data, size);
    letter->write.data = letter;
    buffer = uv_buf_init((char *)letter->bytes, (unsigned)size);
    if (uv_write(&letter->write, &link->line->stream, &buffer, 1, on_written) !=
        0) {
        free(letter);
        return false;
    }
    if (link->unanswered++ == 0)
        link->waiting_ms = service_clock_ms();
    return true;
}

bool link_send(struct link *link, const struct service_request *request)
{
    return link->is_up &&
           service_request_write(request, &link->frame) == ELECTION_OK &&
           send_frame(link);
}

static bool say_hello(struct link *link)
{
    const struct service_request hello = {
        .id = hello_id,
        .kind = SERVICE_HELLO,
        .version = SERVICE_VERSION,
        .token = {link->options->token.bytes, link->options->token.size},
        .client_id = {link->client_id, link->client_id_size},
    };

    return service_request_write(&hello, &link->frame) == ELECTION_OK &&
           send_frame(link);
}

/* ---- the beginning of a line -------------------------------------------- */

static void on_connected(uv_connect_t *connecting, int status)
{
    struct line *line = connecting->data;
    struct link *link = line->link;

    if (link == NULL)
        return;
    if (status == 0)
        status = uv_read_start(&line->stream, provide, on_read);
    if (status != 0)
        link_move(link, NULL, uv_strerror(status));
    else if (!say_hello(link))
        link_move(link, NULL, "can't be written to");
}

static int connect_tcp(struct link *link, struct line *line,
                       const struct sockaddr *address)
{
    int status = uv_tcp_init(link->loop, &line->tcp);

    line->has_handle = status == 0;
    if (status != 0)
        return status;
    line->handle.data = line;
    (void)uv_tcp_nodelay(&line->tcp, 1);
    return uv_tcp_connect(&line->connecting, &line->tcp, address, on_connected);
}

static void on_resolved(uv_getaddrinfo_t *resolving, int status,
                        struct addrinfo *found)
{
    struct line *line = resolving->data;
    struct link *link = line->link;

    lookups--;
    line->is_resolving = false;
    if (link == NULL) {
        uv_freeaddrinfo(found);
        free_line(line);
        return;
    }
    if (status == 0)
        status = connect_tcp(link, line, found->ai_addr);
    uv_freeaddrinfo(found);
    if (status != 0)
        link_move(link, NULL, uv_strerror(status));
}

/** Connects to "HOST:PORT": a number at once, a name is looked up first. */
static int connect_node(struct link *link, struct line *line)
{
    const struct addrinfo hints = {.ai_family = AF_INET,
                                   .ai_socktype = SOCK_STREAM};
    struct sockaddr_in address;
    char host[NODE_SIZE];
    char *colon;
    int status;

    (void)snprintf(host, sizeof host, "%s", link->address);
    colon = strrchr(host, ':');
    if (colon == NULL)
        return UV_EINVAL;
    *colon = '\0';
    if (uv_ip4_addr(host, atoi(colon + 1), &address) == 0)
        return connect_tcp(link, line, (const struct sockaddr *)&address);
    if (lookups > 0)
        return UV_EAGAIN;
    status = uv_getaddrinfo(link->loop, &line->resolving, on_resolved, host,
                            colon + 1, &hints);
    line->is_resolving = status == 0;
    lookups += line->is_resolving;
    return status;
}

static int connect_socket(struct link *link, struct line *line)
{
    int status = uv_pipe_init(link->loop, &line->pipe, 0);

    line->has_handle = status == 0;
    if (status == 0) {
        line->handle.data = line;
        uv_pipe_connect(&line->connecting, &line->pipe, link->options->socket,
                        on_connected);
    }
    return status;
}

static void give_up(uv_timer_t *timer)
{
    struct link *link = timer->data;

    link_move(link, NULL, "does not answer");
}

/** Tells where the next line goes, if no node has said so. */
static void choose(struct link *link)
{
    const struct options *options = link->options;

    if (options->socket != NULL)
        (void)snprintf(link->address, NODE_SIZE, "%.*s", NODE_SIZE - 1,
                       options->socket);
    else if (!link->has_hint && !link->is_fixed)
        memcpy(link->address,
               options->nodes[link->next++ % options->node_count], NODE_SIZE);
    link->has_hint = false;
}

static void try_next(uv_timer_t *timer)
{
    struct link *link = timer->data;
    struct line *line = calloc(1, sizeof *line);
    int status;

    (void)uv_timer_start(timer, give_up, CONNECT_MS, 0);
    choose(link);
    if (line == NULL)
        return; /* again, when the time is over */
    line->link = link;
    line->resolving.data = line;
    line->connecting.data = line;
    link->line = line;
    if (link->options->socket != NULL)
        status = connect_socket(link, line);
    else
        status = connect_node(link, line);
    if (status != 0)
        link_move(link, NULL, uv_strerror(status));
}

void link_start(struct link *link)
{
    link->timer.data = link;
    (void)uv_timer_init(link->loop, &link->timer);
    (void)uv_timer_start(&link->timer, try_next, 0, 0);
}

void link_stop(struct link *link)
{
    end_line(link);
    uv_close((uv_handle_t *)&link->timer, NULL);
    election_buffer_free(&link->frame);
}
