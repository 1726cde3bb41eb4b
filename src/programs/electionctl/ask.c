/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include "print.h"

enum { SILENCE_MS = 2000, NODE_MS = 2000 };

static void end(struct ask *ask, int exit_status)
{
    ask->is_asked = false;
    ask->exit_status = exit_status;
    uv_stop(ask->link.loop);
}

static void send_request(struct ask *ask)
{
    if (ask->is_asked && ask->link.is_up)
        (void)link_send(&ask->link, &ask->request);
}

static void refuse(struct ask *ask, const struct service_response *response)
{
    link_refused(&ask->link, response);
    end(ask, EXIT_REFUSED);
}

static void take(struct ask *ask, const struct service_response *response)
{
    char text[FAULT_SIZE];

    if (!ask->is_asked || response->id != ask->request.id)
        return;
    switch (response->kind) {
    case SERVICE_NOT_LEADER:
        if (!link_follow(&ask->link, response))
            end(ask, EXIT_UNAVAILABLE);
        break;
    case SERVICE_UNAVAILABLE:
        (void)snprintf(text, sizeof text, "%.*s", (int)response->text.size,
                       (const char *)response->text.bytes);
        link_move(&ask->link, NULL, text);
        break;
    case SERVICE_REFUSED:
        refuse(ask, response);
        break;
    default:
        if (ask->fn == NULL || ask->fn(ask->context, response))
            end(ask, EXIT_DONE);
    }
}

static void on_link(void *context, enum link_news news,
                    const struct service_response *response)
{
    struct ask *ask = context;

    switch (news) {
    case LINK_UP:
        ask->welcome = *response;
        send_request(ask);
        break;
    case LINK_DOWN:
        break;
    case LINK_RESPONSE:
        take(ask, response);
        break;
    case LINK_REFUSED:
        refuse(ask, response);
        break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct ask *ask = timer->data;

    link_complain(&ask->link, ask->options->patience_ms);
    end(ask, EXIT_UNAVAILABLE);
}

void ask_open(struct ask *ask, uv_loop_t *loop, const struct options *options,
              const char *node)
{
    *ask = (struct ask){
        .options = options,
        .link = {.loop = loop,
                 .options = options,
                 .silence_ms = SILENCE_MS,
                 .fn = on_link,
                 .is_fixed = node != NULL},
    };
    if (node != NULL)
        (void)snprintf(ask->link.address, NODE_SIZE, "%s", node);
    ask->link.context = ask;
    ask->timer.data = ask;
    (void)uv_timer_init(loop, &ask->timer);
    link_start(&ask->link);
}

int ask_for(struct ask *ask, struct service_request request, ask_fn *fn,
            void *context)
{
    request.id = ++ask->last_id;
    ask->request = request;
    ask->fn = fn;
    ask->context = context;
    ask->is_asked = true;
    (void)uv_timer_start(&ask->timer, on_timer, ask->options->patience_ms, 0);
    send_request(ask);
    (void)uv_run(ask->link.loop, UV_RUN_DEFAULT);
    (void)uv_timer_stop(&ask->timer);
    return ask->exit_status;
}

int ask_query(struct ask *ask, const struct election_registry_query *query,
              bool is_local, ask_fn *fn, void *context)
{
    if (election_registry_query_encode(query, &ask->query) != ELECTION_OK) {
        print_error("there is no memory");
        return EXIT_SOFTWARE;
    }
    return ask_for(ask,
                   (struct service_request){
                       .kind = SERVICE_READ,
                       .message = {ask->query.data, ask->query.size},
                       .is_local = is_local,
                   },
                   fn, context);
}

static bool keep_answer(void *context, const struct service_response *response)
{
    return election_registry_answer_decode(response->message.bytes,
                                           response->message.size, context,
                                           NULL) == ELECTION_OK;
}

int ask_status(struct ask *ask, bool is_local,
               struct election_registry_answer *answer)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};

    return ask_query(ask, &query, is_local, keep_answer, answer);
}

void ask_close(struct ask *ask)
{
    uv_close((uv_handle_t *)&ask->timer, NULL);
    link_stop(&ask->link);
    election_buffer_free(&ask->query);
    /* What is being closed lies in the caller's ask. */
    if (!link_is_looking_up())
        (void)uv_run(ask->link.loop, UV_RUN_DEFAULT);
}

int ask_node(const struct options *options, uv_loop_t *loop, const char *node,
             struct service_response *welcome,
             struct election_registry_answer *answer)
{
    struct options brief = *options;
    struct ask ask;
    int ended;

    if (brief.patience_ms > NODE_MS)
        brief.patience_ms = NODE_MS;
    ask_open(&ask, loop, &brief, node);
    ended = ask_status(&ask, true, answer);
    *welcome = ask.welcome;
    ask_close(&ask);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return ended;
}
