/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <string.h>

#include "print.h"

/** How long no node may answer before that is said. */
enum { SILENCE_MS = 3000 };

/** Says once that no node answers. */
static void complain(struct session *session)
{
    uint64_t now_ms = service_clock_ms();

    if (session->link.is_up) {
        session->down_ms = now_ms;
        session->has_complained = false;
    } else if (!session->has_complained &&
               now_ms - session->down_ms > SILENCE_MS) {
        session->has_complained = true;
        link_complain(&session->link, now_ms - session->down_ms);
        print_error("it is tried on");
    }
}

/* ---- what is sent ------------------------------------------------------- */

/** Sends one request, if one is due. False = none is, or none can be sent. */
static bool send_next(struct session *session)
{
    struct election_client_request next;
    struct service_request request = {0};

    if (!session->link.is_up ||
        election_client_request(session->client, service_clock_ms(),
                                &session->command, &next) != ELECTION_OK ||
        next.number == 0)
        return false;
    request.id = next.number;
    request.kind = SERVICE_COMMAND;
    request.message =
        (struct service_span){session->command.data, session->command.size};
    if (next.watch != NULL) {
        request.kind = SERVICE_WATCH;
        request.election =
            (struct service_span){(const uint8_t *)next.watch, next.watch_size};
    }
    return link_send(&session->link, &request);
}

static void on_timer(uv_timer_t *timer)
{
    session_step(timer->data);
}

void session_step(struct session *session)
{
    uint64_t wait_ms = 0;

    complain(session);
    while (send_next(session))
        continue;
    session->fn(session->context, NULL);
    if (uv_is_closing((uv_handle_t *)&session->timer))
        return;
    if (session->link.is_up)
        wait_ms = election_client_wait_ms(session->client, service_clock_ms());
    if (!session->link.is_up || wait_ms > session->longest_wait_ms)
        wait_ms = session->longest_wait_ms;
    (void)uv_timer_start(&session->timer, on_timer, wait_ms, 0);
}

/* ---- what arrives ------------------------------------------------------- */

static void refuse(struct session *session,
                   const struct service_response *response)
{
    if (session->failure == 0)
        link_refused(&session->link, response);
    session->failure = EXIT_REFUSED;
}

/** Gives the client what it is answered. */
static void take_answer(struct session *session,
                        const struct service_response *response)
{
    const struct service_span *message = &response->message;
    enum election_status status;

    if (response->kind == SERVICE_EVENT)
        status = election_client_event(session->client, service_clock_ms(),
                                       message->bytes, message->size);
    else /* that a watch stands has no bytes */
        status = election_client_response(session->client, service_clock_ms(),
                                          response->id, message->bytes,
                                          message->size);
    if (status < 0 || status == ELECTION_INVALID)
        link_move(&session->link, NULL, "sends what answers nothing");
}

static void take(struct session *session,
                 const struct service_response *response)
{
    switch (response->kind) {
    case SERVICE_RESULT:
    case SERVICE_EVENT:
    case SERVICE_WATCHING:
        take_answer(session, response);
        break;
    case SERVICE_NOT_LEADER:
        if (!link_follow(&session->link, response))
            session->failure = EXIT_UNAVAILABLE;
        break;
    case SERVICE_UNAVAILABLE:
        link_move(&session->link, NULL, "knows no leader: is there a quorum?");
        break;
    case SERVICE_REFUSED:
        refuse(session, response);
        break;
    default:
        break;
    }
}

static void on_link(void *context, enum link_news news,
                    const struct service_response *response)
{
    struct session *session = context;

    switch (news) {
    case LINK_UP:
        break;
    case LINK_DOWN:
        election_client_disconnected(session->client);
        break;
    case LINK_RESPONSE:
        take(session, response);
        break;
    case LINK_REFUSED:
        refuse(session, response);
        break;
    }
    session_step(session);
}

static void on_report(void *context, const struct election_client *client,
                      const struct election_client_report *report)
{
    struct session *session = context;

    (void)client;
    if (report->news == ELECTION_CLIENT_CLOSED) {
        session->is_closed = true;
        session->closed_status = report->status;
        if (report->status != ELECTION_OK)
            print_error("another process acts for this identity");
    }
    session->fn(session->context, report);
}

/* ---- open and closed ---------------------------------------------------- */

static enum election_status create_client(struct session *session)
{
    const struct options *options = session->options;
    struct election_client_config config = {
        .client_id = session->identity.client_id,
        .client_id_size = IDENTITY_SIZE,
        .incarnation = session->identity.incarnation,
        .nonce = session->identity.nonce,
        .timeout_ms = options->ttl_ms,
        .fn = on_report,
        .context = session,
    };

    if (options->address != NULL) {
        config.data = (const uint8_t *)options->address;
        config.data_size = strlen(options->address);
    }
    return election_client_create(&config, &session->client);
}

int session_open(struct session *session, uv_loop_t *loop,
                 const struct options *options, session_fn *fn, void *context)
{
    enum election_status status;

    *session = (struct session){
        .loop = loop,
        .options = options,
        .fn = fn,
        .context = context,
        .longest_wait_ms = 1000,
        .link = {.loop = loop, .options = options, .fn = on_link},
    };
    if (!identity_open(&session->identity, options->identity))
        return EXIT_FILE;
    status = create_client(session);
    if (status != ELECTION_OK) {
        print_error("no session can be like this: %s",
                    election_status_text(status));
        return status == ELECTION_NOMEM ? EXIT_SOFTWARE : EXIT_USAGE;
    }
    session->link.client_id = session->identity.client_id;
    session->link.client_id_size = IDENTITY_SIZE;
    session->link.silence_ms = options->ttl_ms / 6;
    session->link.context = session;
    session->timer.data = session;
    (void)uv_timer_init(loop, &session->timer);
    (void)uv_timer_start(&session->timer, on_timer, 0, 0);
    session->down_ms = service_clock_ms();
    link_start(&session->link);
    return EXIT_DONE;
}

void session_close(struct session *session)
{
    if (election_client_close(session->client) < 0)
        uv_stop(session->loop); /* nothing more can be done for it */
}

void session_release(struct session *session)
{
    uv_close((uv_handle_t *)&session->timer, NULL);
    link_stop(&session->link);
    election_client_destroy(session->client);
    session->client = NULL;
    election_buffer_free(&session->command);
}
