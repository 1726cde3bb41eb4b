/* SPDX-License-Identifier: Apache-2.0
 * A unit test of an application's fail-over: a job must run only while its
 * runner leads, with the token of the present tenure. No cluster is needed: the
 * test plays an election line by line, and the runner watches it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <election/testing.h>

/* The application. */
struct runner {
    uint64_t session_id;  /* of this process */
    bool is_running;      /* the job */
    uint64_t token;       /* what the job shows with each request */
    unsigned start_count; /* how often the job was started */
};

static void runner_start_job(struct runner *runner, uint64_t token)
{
    runner->is_running = true;
    runner->token = token;
    runner->start_count++;
}

/* Is told of each tenure that starts, and of a vacancy. */
static void runner_follow(void *context, struct election *election,
                          const struct election_leadership *leadership)
{
    struct runner *runner = context;
    bool leads = leadership->leader.name != NULL &&
                 leadership->leader.session_id == runner->session_id;

    (void)election;
    if (!leads)
        runner->is_running = false;
    else if (!runner->is_running || runner->token != leadership->index)
        runner_start_job(runner, leadership->index);
}

static struct election *watched_by(struct runner *runner)
{
    struct election *election;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(
        election_watch_leader(election, runner_follow, runner, NULL),
        ELECTION_OK);
    return election;
}

static void a_job_runs_only_while_its_runner_leads(void **state)
{
    struct runner runner = {.session_id = 2};
    struct election *election = watched_by(&runner);

    (void)state;
    assert_play(election, "enter 1 a", "ok index=1 leader=a queue=[]");
    assert_play(election, "enter 2 b", "ok index=1 leader=a queue=[b]");
    assert_false(runner.is_running);
    assert_play(election, "close 1", "ok index=2 leader=b queue=[]");
    assert_true(runner.is_running);
    assert_int_equal(runner.token, 2);
    assert_play(election, "evict b", "ok index=2 leader=- queue=[]");
    assert_false(runner.is_running);
    election_destroy(election);
}

/* A replica that lags behind is restored past a tenure of somebody else. */
static void a_job_gets_the_token_of_the_new_tenure(void **state)
{
    static const char later[] = "\x08\x03\x12\x05\x0a\x01\x61\x10\x01";
    struct runner runner = {.session_id = 1};
    struct election *election = watched_by(&runner);

    (void)state;
    assert_play(election, "enter 1 a", "ok index=1 leader=a queue=[]");
    assert_play(election, "enter 2 b", "ok index=1 leader=a queue=[b]");
    assert_int_equal(runner.start_count, 1); /* the queue is no news */
    assert_int_equal(election_restore(election, later, sizeof later - 1),
                     ELECTION_OK);
    assert_election(election, "index=3 leader=a queue=[]");
    assert_true(runner.is_running);
    assert_int_equal(runner.start_count, 2);
    assert_int_equal(runner.token, 3);
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_runs_only_while_its_runner_leads),
        cmocka_unit_test(a_job_gets_the_token_of_the_new_tenure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
