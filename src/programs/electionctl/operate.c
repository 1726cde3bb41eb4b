/* SPDX-License-Identifier: Apache-2.0 */
/* The operators' commands: proposed once, whatever becomes of a node. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "print.h"
#include "session.h"

struct operation {
    struct session session;
    const struct options *options;
    enum election_op op;
    bool is_proposed;
    bool is_answered;
    uv_timer_t patience;
    int exit_status;
};

static void propose(struct operation *operation)
{
    char **words = operation->options->words;

    if (operation->is_proposed)
        return;
    operation->is_proposed = true;
    if (election_client_operate(operation->session.client, operation->op,
                                words[1], strlen(words[1]), words[2],
                                strlen(words[2]), operation->options->if_index,
                                NULL) == ELECTION_OK)
        return;
    print_error("a name has 1 to 255 bytes of UTF-8");
    operation->exit_status = EXIT_USAGE;
    uv_stop(operation->session.loop);
}

/** What an answer means to who has asked. */
static const char *meaning(enum election_status status)
{
    switch (status) {
    case ELECTION_NOT_FOUND:
        return "there is no such candidate";
    case ELECTION_ABORTED:
        return "the election has another index";
    default:
        return election_status_text(status);
    }
}

static void take_report(struct operation *operation,
                        const struct election_client_report *report)
{
    char **words = operation->options->words;

    if (report->news == ELECTION_CLIENT_UNKNOWN) {
        print_error("the session was lost: it may have been done, or not");
        operation->exit_status = EXIT_UNAVAILABLE;
    } else if (report->news != ELECTION_CLIENT_ANSWERED) {
        return;
    } else if (report->status != ELECTION_OK &&
               report->status != ELECTION_UNCHANGED) {
        print_error("%s %s %s: %s", words[0], words[1], words[2],
                    meaning(report->status));
        operation->exit_status = EXIT_NO;
    } else {
        print_begin();
        print_status(report->status);
        print_end();
    }
    operation->is_answered = true;
}

static void on_session(void *context,
                       const struct election_client_report *report)
{
    struct operation *operation = context;
    struct session *session = &operation->session;

    if (report != NULL) {
        take_report(operation, report);
        return;
    }
    if (session->failure != 0)
        operation->exit_status = session->failure;
    if (session->is_closed || session->failure != 0)
        uv_stop(session->loop);
    else if (operation->is_answered)
        session_close(session);
    else
        propose(operation);
}

static void on_patience(uv_timer_t *timer)
{
    struct operation *operation = timer->data;

    if (!operation->is_answered) {
        link_complain(&operation->session.link,
                      operation->options->patience_ms);
        print_error("it may have been done, or will be, or not");
        operation->exit_status = EXIT_UNAVAILABLE;
    }
    uv_stop(operation->session.loop);
}

static int operate(enum election_op op, const struct options *options,
                   uv_loop_t *loop)
{
    static struct operation operation;
    int ended;

    if (!commands_check(options, 2,
                        "anoint|promote|demote|evict NAME "
                        "CANDIDATE"))
        return EXIT_USAGE;
    operation.options = options;
    operation.op = op;
    ended =
        session_open(&operation.session, loop, options, on_session, &operation);
    if (ended != EXIT_DONE)
        return ended;
    operation.patience.data = &operation;
    (void)uv_timer_init(loop, &operation.patience);
    (void)uv_timer_start(&operation.patience, on_patience, options->patience_ms,
                         0);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&operation.patience, NULL);
    session_release(&operation.session);
    return operation.exit_status;
}

int command_anoint(const struct options *options, uv_loop_t *loop)
{
    return operate(ELECTION_OP_ANOINT, options, loop);
}

int command_promote(const struct options *options, uv_loop_t *loop)
{
    return operate(ELECTION_OP_PROMOTE, options, loop);
}

int command_demote(const struct options *options, uv_loop_t *loop)
{
    return operate(ELECTION_OP_DEMOTE, options, loop);
}

int command_evict(const struct options *options, uv_loop_t *loop)
{
    return operate(ELECTION_OP_EVICT, options, loop);
}
