/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does that stands for election itself, without a command. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "print.h"
#include "session.h"

/** One candidate, and what is to become of it. */
struct stand {
    struct session session;
    const struct options *options;
    const char *election;
    char candidate[256];
    bool is_vacant; /* it enters where nobody leads, or not at all */
    bool is_fencing;
    bool is_withdrawing; /* it only ends the session before */
    bool is_entered;
    bool is_leaving;
    int exit_status;
    uv_signal_t signals[2];
};

/* ---- what is told ------------------------------------------------------- */

static void print_report(const char *event,
                         const struct election_client_report *report)
{
    print_begin();
    print_word("event", event);
    if (report->election != NULL)
        print_text("election", report->election, report->election_size);
    if (report->name != NULL)
        print_text("candidate", report->name, report->name_size);
    if (report->leadership != NULL)
        print_leadership(report->leadership);
    else if (report->index != 0)
        print_number("index", report->index);
    print_end();
}

/** A new token: it was never given out, and whoever leads next has a higher. */
static void print_token(const struct election_client_report *report)
{
    print_begin();
    print_text("election", report->election, report->election_size);
    print_number("index", report->index);
    print_end();
}

static void take_answer(struct stand *stand,
                        const struct election_client_report *report)
{
    if (report->status == ELECTION_OK || report->status == ELECTION_UNCHANGED)
        return;
    if (report->status == ELECTION_ABORTED)
        print_error("somebody leads %s: evict first", stand->election);
    else
        print_error("%s can't enter %s: %s", stand->candidate, stand->election,
                    election_status_text(report->status));
    stand->exit_status = EXIT_NO;
    stand->is_leaving = true;
}

static void take_report(struct stand *stand,
                        const struct election_client_report *report)
{
    switch (report->news) {
    case ELECTION_CLIENT_GAINED:
        if (stand->is_fencing) {
            print_token(report);
            stand->is_leaving = true;
        } else {
            print_report("gained", report);
        }
        break;
    case ELECTION_CLIENT_LOST:
        if (!stand->is_fencing)
            print_report("lost", report);
        break;
    case ELECTION_CLIENT_CHANGED:
        if (!stand->is_fencing)
            print_report("changed", report);
        break;
    case ELECTION_CLIENT_ANSWERED:
        take_answer(stand, report);
        break;
    case ELECTION_CLIENT_SESSION_LOST:
        print_error("the session is lost: a new one is opened");
        break;
    case ELECTION_CLIENT_UNKNOWN:
    case ELECTION_CLIENT_CLOSED:
        break;
    }
}

/* ---- what is done ------------------------------------------------------- */

static void enter_once(struct stand *stand)
{
    struct election_client *client = stand->session.client;
    size_t size = strlen(stand->election);
    size_t name_size = strlen(stand->candidate);
    enum election_status status;

    if (stand->is_entered)
        return;
    stand->is_entered = true;
    if (stand->is_vacant)
        status = election_client_enter_vacant(
            client, stand->election, size, stand->candidate, name_size, NULL);
    else
        status = election_client_enter(client, stand->election, size,
                                       stand->candidate, name_size, NULL);
    if (status == ELECTION_OK)
        return;
    print_error("a name has 1 to 255 bytes of UTF-8");
    stand->exit_status = EXIT_USAGE;
    stand->is_leaving = true;
}

static void decide(struct stand *stand)
{
    struct session *session = &stand->session;

    if (session->is_closed && session->closed_status != ELECTION_OK)
        stand->exit_status = EXIT_NO;
    if (session->failure != 0)
        stand->exit_status = session->failure;
    if (session->is_closed || session->failure != 0 ||
        (stand->is_leaving && !session->link.is_up &&
         election_client_lease_ms(session->client, service_clock_ms()) == 0))
        uv_stop(session->loop);
    else if (stand->is_leaving)
        session_close(session);
    else if (!stand->is_withdrawing)
        enter_once(stand);
    else if (election_client_lease_ms(session->client, service_clock_ms()) > 0)
        stand->is_leaving = true; /* it is open: the one before is not */
}

static void on_session(void *context,
                       const struct election_client_report *report)
{
    struct stand *stand = context;

    if (report == NULL)
        decide(stand);
    else
        take_report(stand, report);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct stand *stand = handle->data;

    (void)number;
    if (stand->is_leaving) /* told twice: no node answers */
        uv_stop(stand->session.loop);
    stand->is_leaving = true;
    session_step(&stand->session);
}

static void on_patience(uv_timer_t *timer)
{
    struct stand *stand = timer->data;

    if (stand->is_leaving) {
        uv_stop(stand->session.loop);
        return;
    }
    link_complain(&stand->session.link, stand->options->patience_ms);
    stand->exit_status = EXIT_UNAVAILABLE;
    uv_stop(stand->session.loop);
}

/** Lets it happen. What is done once is given up after a while. */
static int run(struct stand *stand, const struct options *options,
               uv_loop_t *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_timer_t patience;
    int ended;

    stand->options = options;
    stand->election = options->words[1];
    ended = session_open(&stand->session, loop, options, on_session, stand);
    if (ended != EXIT_DONE)
        return ended;
    for (int i = 0; i < 2; i++) {
        stand->signals[i].data = stand;
        (void)uv_signal_init(loop, &stand->signals[i]);
        (void)uv_signal_start(&stand->signals[i], on_signal, numbers[i]);
    }
    patience.data = stand;
    (void)uv_timer_init(loop, &patience);
    if (stand->is_fencing || stand->is_withdrawing)
        (void)uv_timer_start(&patience, on_patience, options->patience_ms, 0);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&stand->signals[i], NULL);
    uv_close((uv_handle_t *)&patience, NULL);
    session_release(&stand->session);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return stand->exit_status;
}

int command_enter(const struct options *options, uv_loop_t *loop)
{
    static struct stand stand;
    struct options own = *options;

    if (options->word_count == 3 && options->candidate == NULL)
        own.candidate = options->words[2];
    else if (!commands_check(options, 1, "enter NAME [CANDIDATE]"))
        return EXIT_USAGE;
    if (!commands_candidate(&own, stand.candidate, sizeof stand.candidate))
        return EXIT_USAGE;
    stand.is_vacant = options->is_once;
    return run(&stand, options, loop);
}

int command_withdraw(const struct options *options, uv_loop_t *loop)
{
    static struct stand stand = {.is_withdrawing = true};

    if (!commands_check(options, 1, "withdraw NAME --identity FILE"))
        return EXIT_USAGE;
    if (options->identity == NULL) {
        print_error("whose candidates shall leave? Name the --identity under "
                    "which they entered; to remove those of others, evict");
        return EXIT_USAGE;
    }
    if (access(options->identity, F_OK) != 0) {
        print_error("%s: there is no such identity", options->identity);
        return EXIT_FILE;
    }
    return run(&stand, options, loop);
}

int command_fence(const struct options *options, uv_loop_t *loop)
{
    static struct stand stand = {.is_fencing = true, .is_vacant = true};

    if (!commands_check(options, 1, "fence NAME"))
        return EXIT_USAGE;
    (void)snprintf(stand.candidate, sizeof stand.candidate, "fence");
    return run(&stand, options, loop);
}
