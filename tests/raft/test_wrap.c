/* SPDX-License-Identifier: Apache-2.0 */
/* What a follower claims, with a libraft that does what a test says. */
#include "../support/cmocka_all.h"

#include "raft/adapter.h"

enum { TERM = 4, COMMITTED = 3, LAST = 20 };

static struct raft raft;
static struct raft_io io;
static struct election_registry *registry;
static struct election_raft *adapter;
static struct raft_message sent; /* the last one */
static raft_io_recv_cb receive;

/** What libraft does with the message that it is given. */
static enum { APPENDS, ANSWERS, REJECTS } behaviour;

static int fake_append(struct raft_io *at, struct raft_io_append *request,
                       const struct raft_entry entries[], unsigned count,
                       raft_io_append_cb callback)
{
    (void)at;
    (void)request;
    (void)entries;
    (void)count;
    (void)callback;
    return 0;
}

static int fake_send(struct raft_io *at, struct raft_io_send *request,
                     const struct raft_message *message,
                     raft_io_send_cb callback)
{
    (void)at;
    (void)request;
    (void)callback;
    sent = *message;
    return 0;
}

static int fake_start(struct raft_io *at, unsigned msecs, raft_io_tick_cb tick,
                      raft_io_recv_cb recv)
{
    (void)at;
    (void)msecs;
    (void)tick;
    receive = recv;
    return 0;
}

/** Answers as libraft does: that all is well up to the last index. */
static raft_index claim(raft_index rejected)
{
    const struct raft_message message = {
        .type = RAFT_IO_APPEND_ENTRIES_RESULT,
        .append_entries_result = {raft.current_term, rejected, LAST},
    };

    assert_int_equal(io.send(&io, NULL, &message, NULL), 0);
    assert_int_equal(sent.type, RAFT_IO_APPEND_ENTRIES_RESULT);
    assert_int_equal(sent.append_entries_result.rejected, rejected);
    assert_int_equal(sent.append_entries_result.term, raft.current_term);
    return sent.append_entries_result.last_log_index;
}

static raft_index claimed; /* while a message is judged */

static void libraft_recv(struct raft_io *at, struct raft_message *message)
{
    (void)message;
    if (behaviour == APPENDS)
        assert_int_equal(at->append(at, NULL, NULL, 1, NULL), 0);
    else
        claimed = claim(behaviour == REJECTS ? 1 : 0);
}

static void libraft_tick(struct raft_io *at)
{
    (void)at;
}

static uint64_t no_time(void *context)
{
    (void)context;
    return 0;
}

static int set_up(void **state)
{
    struct election_raft_config config = {.clock = no_time};

    (void)state;
    assert_int_equal(election_registry_create(NULL, &registry), ELECTION_OK);
    config.registry = registry;
    assert_int_equal(election_raft_create(&config, &adapter), ELECTION_OK);
    io = (struct raft_io){
        .data = &raft,
        .start = fake_start,
        .append = fake_append,
        .send = fake_send,
    };
    raft = (struct raft){
        .io = &io,
        .fsm = election_raft_fsm(adapter),
        .state = RAFT_FOLLOWER,
        .current_term = TERM,
        .commit_index = COMMITTED,
    };
    election_raft_wrap(adapter, &raft, &io);
    assert_int_equal(io.start(&io, 100, libraft_tick, libraft_recv), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    election_raft_destroy(adapter);
    election_registry_destroy(registry);
    return 0;
}

/** A leader of that term sends entries. */
static void send_entries(raft_term term, raft_index prev, unsigned count)
{
    struct raft_message message = {
        .type = RAFT_IO_APPEND_ENTRIES,
        .append_entries = {.term = term,
                           .prev_log_index = prev,
                           .n_entries = count},
    };

    receive(&io, &message);
}

static void an_answer_is_about_what_was_sent(void **state)
{
    (void)state;
    behaviour = ANSWERS;
    send_entries(TERM, 5, 2);
    assert_int_equal(claimed, 7);
    send_entries(TERM, 4, 0); /* it knows more already */
    assert_int_equal(claimed, 7);
    send_entries(TERM, LAST, 5); /* libraft has not so much */
    assert_int_equal(claimed, LAST);
}

static void a_later_answer_is_about_what_was_appended(void **state)
{
    (void)state;
    behaviour = APPENDS;
    send_entries(TERM, 5, 2);
    assert_int_equal(claim(0), 7);
}

static void what_is_committed_is_every_leaders(void **state)
{
    (void)state;
    assert_int_equal(claim(0), COMMITTED);
    behaviour = ANSWERS;
    send_entries(TERM, 1, 0);
    assert_int_equal(claimed, COMMITTED);
}

static void another_leader_has_sent_nothing_yet(void **state)
{
    (void)state;
    behaviour = APPENDS;
    send_entries(TERM, 5, 4);
    raft.current_term++;
    assert_int_equal(claim(0), COMMITTED);
    behaviour = ANSWERS;
    send_entries(TERM + 1, 5, 1);
    assert_int_equal(claimed, 6);
}

static void an_old_leader_is_not_agreed_with(void **state)
{
    (void)state;
    behaviour = ANSWERS;
    send_entries(TERM - 1, 5, 4);
    assert_int_equal(claimed, COMMITTED);
}

static void what_was_rejected_is_not_agreed_on(void **state)
{
    (void)state;
    behaviour = REJECTS;
    send_entries(TERM, 5, 4);
    assert_int_equal(claimed, LAST); /* only a hint where to go on */
    assert_int_equal(claim(0), COMMITTED);
}

static void a_snapshot_is_agreed_on(void **state)
{
    struct raft_message message = {
        .type = RAFT_IO_INSTALL_SNAPSHOT,
        .install_snapshot = {.term = TERM, .last_index = 9},
    };

    (void)state;
    behaviour = ANSWERS;
    receive(&io, &message);
    assert_int_equal(claimed, 9);
}

static void other_messages_pass(void **state)
{
    const struct raft_message message = {
        .type = RAFT_IO_REQUEST_VOTE,
        .request_vote = {.term = TERM, .last_log_index = LAST},
    };

    (void)state;
    assert_int_equal(io.send(&io, NULL, &message, NULL), 0);
    assert_int_equal(sent.type, RAFT_IO_REQUEST_VOTE);
    assert_int_equal(sent.request_vote.last_log_index, LAST);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_about_what_was_sent),
        TEST(a_later_answer_is_about_what_was_appended),
        TEST(what_is_committed_is_every_leaders),
        TEST(another_leader_has_sent_nothing_yet),
        TEST(an_old_leader_is_not_agreed_with),
        TEST(what_was_rejected_is_not_agreed_on),
        TEST(a_snapshot_is_agreed_on),
        TEST(other_messages_pass),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
