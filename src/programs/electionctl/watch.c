/* SPDX-License-Identifier: Apache-2.0 */
/* Tells of each change of an election, from whatever node can be reached. */
#include <string.h>

#include "commands.h"
#include "election/wire.h"
#include "link.h"
#include "print.h"

struct watching {
    struct link link;
    const char *election;
    uint64_t last_id;
    uint64_t applied; /* of the last event */
    bool has_event;
    int exit_status;
};

static void take_event(struct watching *watching,
                       const struct service_span *message)
{
    const struct election_registry_visitor visitor = {.candidate =
                                                          print_candidate};
    struct election_registry_event event;

    if (election_registry_event_decode(message->bytes, message->size, &event,
                                       NULL) != ELECTION_OK)
        return;
    /* What another node shows once more is no news. */
    if (watching->has_event && event.applied <= watching->applied)
        return;
    watching->has_event = true;
    watching->applied = event.applied;
    print_begin();
    print_text("election", event.election, event.election_size);
    print_word("cause", election_cause_name(event.cause));
    print_leadership(&event.leadership);
    print_list_begin("queue");
    if (election_registry_event_decode(message->bytes, message->size, &event,
                                       &visitor) == ELECTION_OK)
        print_list_end();
    print_end();
}

static void begin(struct watching *watching)
{
    (void)link_send(&watching->link,
                    &(struct service_request){
                        .id = ++watching->last_id,
                        .kind = SERVICE_WATCH,
                        .election = service_text(watching->election),
                        .after = watching->applied,
                        .with_candidates = true,
                    });
}

static void refuse(struct watching *watching,
                   const struct service_response *response)
{
    link_refused(&watching->link, response);
    watching->exit_status = EXIT_REFUSED;
    uv_stop(watching->link.loop);
}

static void on_link(void *context, enum link_news news,
                    const struct service_response *response)
{
    struct watching *watching = context;

    switch (news) {
    case LINK_UP:
        begin(watching);
        break;
    case LINK_DOWN:
        print_error("%s is gone: the next node is asked",
                    watching->link.address);
        break;
    case LINK_RESPONSE:
        if (response->kind == SERVICE_EVENT)
            take_event(watching, &response->message);
        else if (response->kind == SERVICE_REFUSED)
            refuse(watching, response);
        if (ferror(stdout))
            uv_stop(watching->link.loop);
        break;
    case LINK_REFUSED:
        refuse(watching, response);
        break;
    }
}

int command_watch(const struct options *options, uv_loop_t *loop)
{
    static struct watching watching;

    if (!commands_check(options, 1, "watch NAME"))
        return EXIT_USAGE;
    watching.election = options->words[1];
    watching.link = (struct link){
        .loop = loop,
        .options = options,
        .silence_ms = 10000, /* a node that lags may begin late */
        .fn = on_link,
        .context = &watching,
    };
    link_start(&watching.link);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    link_stop(&watching.link);
    return watching.exit_status;
}
