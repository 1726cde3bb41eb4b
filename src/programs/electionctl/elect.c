/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command while it leads. All decisions are made in one place, decide(),
 * which is called after whatever has happened; what is to be told of a lease
 * that ends is seen there by the clock, so that a node which says nothing is
 * enough to stop.
 *
 *     lease   |<------------------ timeout ------------------>|
 *     left    all      renewed again at 2/3     3/8    1/4    0
 *                                               TERM   KILL   others may lead
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "commands.h"
#include "print.h"
#include "session.h"

enum {
    SIGNALS = 7,
    /** The longest time between two looks at the clock. */
    LOOK_MS = 100
};

struct run {
    struct session session;
    const struct options *options;
    const char *election;
    char candidate[256];
    struct child child;
    uint64_t index;   /* of the tenure that the child runs in */
    bool is_stopping; /* TERM was sent, as it does not lead any more */
    uint64_t kill_ms; /* then KILL is, at the latest */
    bool is_killed;
    bool is_passing;    /* a signal was passed on: what ends then is the end */
    bool is_in;         /* that was answered */
    bool is_evicted;    /* while it waited: or it would lead */
    uint64_t withdrawn; /* the sequence of its last Withdraw */
    uint64_t began_ms;
    bool is_entered; /* again, if it was evicted */
    bool is_leaving;
    bool is_over;
    int exit_status;
    uv_signal_t signals[SIGNALS];
};

static const int passed_on[SIGNALS] = {SIGTERM, SIGINT,  SIGHUP, SIGQUIT,
                                       SIGUSR1, SIGUSR2, SIGCHLD};

static uint64_t lease_left(const struct run *run)
{
    return election_client_lease_ms(run->session.client, service_clock_ms());
}

/** Tells whether it leads, with so much of its lease left. */
static bool leads(const struct run *run, uint64_t lease_ms, uint64_t *index)
{
    return election_client_leads(run->session.client, run->election,
                                 strlen(run->election), run->candidate,
                                 strlen(run->candidate), service_clock_ms(),
                                 index) &&
           lease_left(run) > lease_ms;
}

/* ---- the command -------------------------------------------------------- */

/**
 * If this process does not act an eighth of the time before the lease ends, it
 * can't: the kernel kills it then, and the command with it. Where the lease is
 * over already, it is acting now.
 */
static void limit(const struct run *run)
{
    uint64_t spared_ms = run->options->ttl_ms / 8;
    uint64_t wait_ms = lease_left(run);

    if (wait_ms > spared_ms)
        wait_ms -= spared_ms;
    else
        wait_ms = 2 * spared_ms;
    child_limit(&run->child, wait_ms);
}

static void start(struct run *run, uint64_t index)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, index);
    (void)setenv("ELECTION_NAME", run->election, 1);
    (void)setenv("ELECTION_INDEX", text, 1);
    (void)setenv("ELECTION_CANDIDATE", run->candidate, 1);
    print_error("%s leads %s, token %" PRIu64, run->candidate, run->election,
                index);
    run->index = index;
    run->is_stopping = run->is_killed = false;
    limit(run);
    if (!child_start(&run->child, run->options->command)) {
        child_limit(&run->child, 0);
        run->exit_status = EXIT_SOFTWARE;
        run->is_leaving = true;
    }
}

static void stop(struct run *run)
{
    uint64_t index;

    run->is_stopping = true;
    run->kill_ms = service_clock_ms() + run->options->ttl_ms / 8;
    child_signal(&run->child, SIGTERM);
    if (leads(run, 0, &index) && index == run->index)
        print_error("no node has renewed the session in time: the command is "
                    "stopped");
    else
        print_error("%s leads %s no more: the command is stopped",
                    run->candidate, run->election);
}

static void kill_child(struct run *run)
{
    run->is_killed = true;
    child_signal(&run->child, SIGKILL);
}

/** It has ended: by itself, or as it was told to. */
static void end(struct run *run)
{
    child_limit(&run->child, 0);
    run->exit_status = run->child.status;
    if (!run->is_stopping || run->is_passing || run->options->is_once)
        run->is_leaving = true;
    run->is_stopping = false;
}

/** What runs must not outlast its tenure. */
static void watch_child(struct run *run)
{
    uint64_t ttl_ms = run->options->ttl_ms;
    uint64_t index;

    if (!run->is_killed)
        limit(run);
    if (!run->is_stopping &&
        (!leads(run, ttl_ms * 3 / 8, &index) || index != run->index))
        stop(run);
    if (run->is_stopping && !run->is_killed &&
        (service_clock_ms() >= run->kill_ms || lease_left(run) <= ttl_ms / 4))
        kill_child(run);
}

/* ---- the candidate ------------------------------------------------------ */

/** Enters, and after each tenure again: an operator may have evicted it. */
static void enter(struct run *run)
{
    struct election_client *client = run->session.client;
    size_t size = strlen(run->election);
    enum election_status status = ELECTION_OK;

    if (run->is_evicted)
        status = election_client_withdraw(
            client, run->election, size, run->candidate, strlen(run->candidate),
            &run->withdrawn);
    if (run->is_evicted && status >= 0)
        run->is_entered = run->is_in = false;
    run->is_evicted = false;
    if (run->is_entered)
        return;
    if (run->options->is_once)
        status = election_client_enter_vacant(client, run->election, size,
                                              run->candidate,
                                              strlen(run->candidate), NULL);
    else
        status =
            election_client_enter(client, run->election, size, run->candidate,
                                  strlen(run->candidate), NULL);
    run->is_entered = status == ELECTION_OK || status == ELECTION_UNCHANGED;
    if (status == ELECTION_UNCHANGED) /* it has not left since */
        run->is_in = true;
    if (status != ELECTION_MISUSE)
        return;
    print_error("names have 1 to 255 bytes of UTF-8");
    run->exit_status = EXIT_USAGE;
    run->is_leaving = true;
}

/** Leaves: the session is closed, if a node can be told. */
static void leave(struct run *run)
{
    if (run->session.is_closed || run->session.failure != 0 ||
        (!run->session.link.is_up && lease_left(run) == 0)) {
        run->is_over = true;
        uv_stop(run->session.loop);
        return;
    }
    session_close(&run->session);
}

static void judge_answer(struct run *run,
                         const struct election_client_report *report)
{
    if (report->sequence == run->withdrawn || run->is_leaving)
        return;
    if (report->status == ELECTION_OK || report->status == ELECTION_UNCHANGED) {
        run->is_in = true;
        return;
    }
    if (report->status == ELECTION_ABORTED)
        print_error("somebody leads %s", run->election);
    else
        print_error("%s can't enter %s: %s", run->candidate, run->election,
                    election_status_text(report->status));
    run->exit_status = EXIT_NO;
    run->is_leaving = true;
}

static void decide(struct run *run)
{
    uint64_t index;

    if (run->is_over)
        return;
    if (child_has_ended(&run->child))
        end(run);
    if (run->child.pid != 0) {
        watch_child(run);
        return;
    }
    if (run->session.is_closed && run->session.closed_status != ELECTION_OK)
        run->exit_status = EXIT_NO;
    if (run->session.failure != 0)
        run->exit_status = run->session.failure;
    if (run->options->is_once && !run->is_in &&
        service_clock_ms() - run->began_ms > run->options->patience_ms) {
        link_complain(&run->session.link, run->options->patience_ms);
        run->exit_status = EXIT_UNAVAILABLE;
        run->is_over = true;
        uv_stop(run->session.loop);
        return;
    }
    if (run->is_leaving || run->session.is_closed ||
        run->session.failure != 0) {
        leave(run);
        return;
    }
    enter(run);
    if (leads(run, run->options->ttl_ms / 2, &index))
        start(run, index);
}

/** The client opens another one, and enters again; but not if once is enough.
 */
static void lose_session(struct run *run)
{
    run->is_in = false;
    print_error("the session is lost%s",
                run->options->is_once ? "" : ": a new one is opened");
    if (!run->options->is_once || run->child.pid != 0)
        return;
    run->exit_status = EXIT_NO;
    run->is_leaving = true;
}

static void on_session(void *context,
                       const struct election_client_report *report)
{
    struct run *run = context;

    if (report == NULL) {
        decide(run);
        return;
    }
    if (report->news == ELECTION_CLIENT_ANSWERED)
        judge_answer(run, report);
    else if (report->news == ELECTION_CLIENT_LOST)
        run->is_entered = run->is_in = false;
    else if (report->news == ELECTION_CLIENT_CHANGED &&
             report->leadership->leader == NULL)
        run->is_evicted = run->is_in;
    else if (report->news == ELECTION_CLIENT_SESSION_LOST)
        lose_session(run);
}

/* ---- signals ------------------------------------------------------------ */

/** Tells whether a signal asks a process to end. */
static bool is_final(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct run *run = handle->data;

    if (number != SIGCHLD && run->child.pid != 0) {
        run->is_passing = run->is_passing || is_final(number);
        child_signal(&run->child, number);
    } else if (is_final(number) || number == SIGHUP) {
        run->exit_status = 128 + number;
        run->is_leaving = true;
    }
    session_step(&run->session);
}

static void open_signals(struct run *run, uv_loop_t *loop)
{
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction action;

        run->signals[i].data = run;
        (void)uv_signal_init(loop, &run->signals[i]);
        /* What nohup or a shell has it ignore is ignored. */
        if (sigaction(passed_on[i], NULL, &action) != 0 ||
            action.sa_handler != SIG_IGN)
            (void)uv_signal_start(&run->signals[i], on_signal, passed_on[i]);
    }
}

int command_elect(const struct options *options, uv_loop_t *loop)
{
    static struct run run;
    int ended;

    if (options->word_count != 2 || options->command == NULL) {
        print_error("elect NAME -- COMMAND... was expected; --help shows all");
        return EXIT_USAGE;
    }
    run.options = options;
    run.election = options->words[1];
    if (!commands_candidate(options, run.candidate, sizeof run.candidate))
        return EXIT_USAGE;
    if (!child_open(&run.child))
        return EXIT_SOFTWARE;
    ended = session_open(&run.session, loop, options, on_session, &run);
    if (ended != EXIT_DONE)
        return ended;
    run.session.longest_wait_ms = LOOK_MS;
    run.began_ms = service_clock_ms();
    open_signals(&run, loop);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&run.signals[i], NULL);
    session_release(&run.session);
    return run.exit_status;
}
