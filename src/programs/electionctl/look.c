/* SPDX-License-Identifier: Apache-2.0 */
/* What elections, sessions and nodes are like. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "commands.h"
#include "print.h"

/* ---- one election ------------------------------------------------------- */

/** Prints an answer's Leadership; its candidates come after the rest. */
static bool print_term(void *context, const struct service_response *response)
{
    const struct election_registry_visitor visitor = {.candidate =
                                                          print_candidate};
    const struct service_span *message = &response->message;
    struct election_registry_answer answer;
    bool is_whole;

    if (election_registry_answer_decode(message->bytes, message->size, &answer,
                                        NULL) != ELECTION_OK)
        return false;
    print_begin();
    print_word("election", context);
    print_leadership(&answer.leadership);
    print_list_begin("queue");
    is_whole =
        election_registry_answer_decode(message->bytes, message->size, &answer,
                                        &visitor) == ELECTION_OK;
    print_list_end();
    print_end();
    return is_whole;
}

int command_term(const struct options *options, uv_loop_t *loop)
{
    struct election_registry_query query = {.kind = ELECTION_REGISTRY_GET_TERM};
    struct ask ask;
    int ended;

    if (!commands_check(options, 1, "term NAME"))
        return EXIT_USAGE;
    query.election = options->words[1];
    query.election_size = strlen(query.election);
    ask_open(&ask, loop, options, NULL);
    ended = ask_query(&ask, &query, false, print_term, options->words[1]);
    ask_close(&ask);
    return ended;
}

/* ---- lists -------------------------------------------------------------- */

/** One page of a list: how many there were, and where the next one begins. */
struct page {
    uint64_t last_id;
    unsigned count;
};

static bool put_election(void *context,
                         const struct election_registry_election *shown)
{
    struct page *page = context;

    page->last_id = shown->id;
    page->count++;
    print_begin();
    print_text("election", shown->name, shown->name_size);
    print_leadership(&shown->leadership);
    print_end();
    return true;
}

static bool put_session(void *context,
                        const struct election_registry_session *shown)
{
    struct page *page = context;

    page->last_id = shown->id;
    page->count++;
    print_begin();
    print_number("session", shown->id);
    print_hex("client_id", shown->client_id, shown->client_id_size);
    print_number("incarnation", shown->incarnation);
    print_number("timeout_ms", shown->timeout_ms);
    print_number("remaining_ms", shown->remaining_ms);
    print_number("candidacies", shown->candidate_count);
    if (shown->data != NULL)
        print_text("address", (const char *)shown->data, shown->data_size);
    print_end();
    return true;
}

static bool take_page(void *context, const struct service_response *response)
{
    const struct election_registry_visitor visitor = {
        .election = put_election,
        .session = put_session,
        .context = context,
    };
    struct election_registry_answer answer;

    return election_registry_answer_decode(response->message.bytes,
                                           response->message.size, &answer,
                                           &visitor) == ELECTION_OK;
}

/** Prints all pages of a list. */
static int print_list(struct ask *ask, enum election_registry_query_kind kind)
{
    struct page page = {0, 1};

    while (page.count > 0) {
        struct election_registry_query query = {.kind = kind,
                                                .after = page.last_id};
        int ended;

        page.count = 0;
        /* The operator's socket is for what its node has. */
        ended = ask_query(ask, &query, ask->options->socket != NULL, take_page,
                          &page);
        if (ended != EXIT_DONE)
            return ended;
    }
    return EXIT_DONE;
}

static void on_second(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/** Shows the list each second, over the one before where that can be. */
static int keep_printing(struct ask *ask, uv_loop_t *loop)
{
    uv_timer_t second;
    int ended;

    (void)uv_timer_init(loop, &second);
    for (;;) {
        if (isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        ended = print_list(ask, ELECTION_REGISTRY_LIST_ELECTIONS);
        if (ended != EXIT_DONE || ferror(stdout))
            break;
        if (!isatty(STDOUT_FILENO))
            puts("");
        (void)fflush(stdout);
        (void)uv_timer_start(&second, on_second, 1000, 0);
        (void)uv_run(loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&second, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    return ended;
}

int command_list(const struct options *options, uv_loop_t *loop)
{
    struct ask ask;
    int ended;

    if (!commands_check(options, 0, "list [--watch]"))
        return EXIT_USAGE;
    ask_open(&ask, loop, options, NULL);
    if (options->is_watching)
        ended = keep_printing(&ask, loop);
    else
        ended = print_list(&ask, ELECTION_REGISTRY_LIST_ELECTIONS);
    ask_close(&ask);
    return ended;
}

int command_sessions(const struct options *options, uv_loop_t *loop)
{
    struct ask ask;
    int ended;

    if (!commands_check(options, 0, "sessions"))
        return EXIT_USAGE;
    ask_open(&ask, loop, options, NULL);
    ended = print_list(&ask, ELECTION_REGISTRY_LIST_SESSIONS);
    ask_close(&ask);
    return ended;
}

/* ---- nodes -------------------------------------------------------------- */

static void print_member(const struct service_response *welcome,
                         const struct election_registry_answer *answer)
{
    print_number("node", welcome->node_id);
    print_flag("leads", welcome->is_leader);
    print_number("applied", answer->applied);
    print_number("sessions", answer->session_count);
    print_number("elections", answer->election_count);
    print_number("candidates", answer->candidate_count);
    print_number("version", answer->version);
}

static void print_applied(const struct service_response *welcome,
                          const struct election_registry_answer *answer)
{
    print_number("node", welcome->node_id);
    print_number("applied", answer->applied);
    print_digest("log_digest", answer->log_digest);
}

typedef void print_fn(const struct service_response *welcome,
                      const struct election_registry_answer *answer);

/** Asks one node, which may not answer: that is an answer too. */
static bool print_node(const struct options *options, uv_loop_t *loop,
                       const char *node, print_fn *print)
{
    struct service_response welcome;
    struct election_registry_answer answer;
    int ended = ask_node(options, loop, node, &welcome, &answer);

    print_begin();
    print_word("address", node);
    if (ended == EXIT_DONE)
        print(&welcome, &answer);
    else
        print_word("state", ended == EXIT_REFUSED ? "refused" : "unreachable");
    print_end();
    return ended == EXIT_DONE;
}

/** Asks each node; returns how many have answered. */
static unsigned print_nodes(const struct options *options, uv_loop_t *loop,
                            print_fn *print)
{
    unsigned count = 0;

    if (options->socket != NULL)
        return print_node(options, loop, options->socket, print);
    for (unsigned i = 0; i < options->node_count; i++)
        count += print_node(options, loop, options->nodes[i], print);
    return count;
}

int command_status(const struct options *options, uv_loop_t *loop)
{
    struct election_registry_answer answer;
    struct ask ask;
    int ended;

    if (!commands_check(options, 0, "status"))
        return EXIT_USAGE;
    if (print_nodes(options, loop, print_member) == 0) {
        print_begin();
        print_flag("quorum", false);
        print_end();
        return EXIT_UNAVAILABLE;
    }
    if (options->socket != NULL)
        return EXIT_DONE;
    /* That is answered only where most nodes can be reached. */
    ask_open(&ask, loop, options, NULL);
    ended = ask_status(&ask, false, &answer);
    ask_close(&ask);
    print_begin();
    print_flag("quorum", ended == EXIT_DONE);
    print_end();
    return ended;
}

int command_digest(const struct options *options, uv_loop_t *loop)
{
    if (!commands_check(options, 0, "digest"))
        return EXIT_USAGE;
    if (print_nodes(options, loop, print_applied) <
        (options->socket != NULL ? 1 : options->node_count))
        return EXIT_UNAVAILABLE;
    return EXIT_DONE;
}
