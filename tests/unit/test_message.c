/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "../support/random.h"
#include "election/message.h"

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput Input;
typedef Atomix__Multiraft__Election__V1__LeaderElectionOutput Output;

static ProtobufCAllocator allocator_of(struct heap *heap)
{
    struct election_allocator allocator = heap_allocator(heap);

    return (ProtobufCAllocator){allocator.alloc, allocator.free,
                                allocator.context};
}

static void free_output(Output *output, struct heap *heap)
{
    ProtobufCAllocator allocator = allocator_of(heap);

    atomix__multiraft__election__v1__leader_election_output__free_unpacked(
        output, &allocator);
}

/** The message of a command, by way of its bytes. */
static Input *message_of(enum election_op op, const char *name)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    Input *input;

    assert_int_equal(
        election_input_encode(
            &(struct election_command){op, name, strlen(name)}, &bytes),
        ELECTION_OK);
    input = atomix__multiraft__election__v1__leader_election_input__unpack(
        NULL, bytes.size, bytes.data);
    assert_non_null(input);
    election_buffer_free(&bytes);
    return input;
}

static void free_input(Input *input)
{
    atomix__multiraft__election__v1__leader_election_input__free_unpacked(input,
                                                                          NULL);
}

static enum election_status play_message(struct election *election,
                                         enum election_op op,
                                         uint64_t session_id, const char *name,
                                         Output **output)
{
    Input *input = message_of(op, name);
    enum election_status status =
        election_apply_message(election, session_id, input, output);

    free_input(input);
    return status;
}

/** Fails the test unless protobuf-c packs the message to these bytes. */
static void assert_packs_to(const Output *output,
                            const struct election_buffer *bytes)
{
    static uint8_t packed[65536];
    size_t size = protobuf_c_message_get_packed_size(&output->base);

    assert_int_equal(size, bytes->size);
    assert_true(size <= sizeof packed);
    protobuf_c_message_pack(&output->base, packed);
    assert_memory_equal(packed, bytes->data, size);
}

/** Applies the same command both ways and compares all there is to compare. */
static void play_both(struct election *by_message, struct election *by_bytes,
                      struct heap *heap, enum election_op op,
                      uint64_t session_id, const char *name)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer snapshot, other;
    Output *output = NULL;
    enum election_status status =
        play_with(by_bytes, op, session_id, name, &bytes);

    assert_int_equal(play_message(by_message, op, session_id, name, &output),
                     status);
    if (status == ELECTION_INVALID) {
        assert_null(output);
    } else {
        assert_packs_to(output, &bytes);
        free_output(output, heap);
    }
    snapshot = snapshot_of(by_message);
    other = snapshot_of(by_bytes);
    assert_same_bytes(&snapshot, &other);
    election_buffer_free(&snapshot);
    election_buffer_free(&other);
    election_buffer_free(&bytes);
}

static void messages_and_bytes_lead_to_the_same(void **state)
{
    /* Some are the beginning of others. */
    static const char *const names[] = {
        "A", "B", "C", "D", "E", "", "\xff", "a long", "AB", "a long name"};
    static const uint64_t sessions[] = {0, 1, (UINT64_C(1) << 32) + 1};
    /* An index beyond 32 bits. */
    static const char origin[] = "\x08\x80\x80\x80\x80\x20";
    struct heap heap;
    struct election *by_message, *by_bytes;
    struct random random = {20240607};

    (void)state;
    heap_init(&heap);
    by_message = heap_election(&heap);
    assert_int_equal(election_create(NULL, &by_bytes), ELECTION_OK);
    assert_int_equal(election_restore(by_message, origin, sizeof origin - 1),
                     ELECTION_OK);
    assert_int_equal(election_restore(by_bytes, origin, sizeof origin - 1),
                     ELECTION_OK);
    for (int i = 0; i < 20000; i++) {
        enum election_op op = (enum election_op)(random_below(&random, 8) + 1);
        bool is_read = op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH;
        const char *name = is_read ? "" : names[random_below(&random, 10)];

        play_both(by_message, by_bytes, &heap, op,
                  sessions[random_below(&random, 3)], name);
    }
    election_destroy(by_message);
    election_destroy(by_bytes);
    heap_assert_empty(&heap);
}

static void large_elections_answer_the_same(void **state)
{
    static const enum election_op ops[] = {
        ELECTION_OP_PROMOTE, ELECTION_OP_DEMOTE, ELECTION_OP_ANOINT,
        ELECTION_OP_ENTER,   ELECTION_OP_EVICT,
    };
    struct heap heap;
    struct election *by_message, *by_bytes;

    (void)state;
    heap_init(&heap);
    by_message = heap_election(&heap);
    assert_int_equal(election_create(NULL, &by_bytes), ELECTION_OK);
    for (unsigned i = 0; i < 400; i++) {
        const char *name = numbered_name(i, 18);

        assert_int_equal(play(by_message, ELECTION_OP_ENTER, i, name),
                         ELECTION_OK);
        assert_int_equal(play(by_bytes, ELECTION_OP_ENTER, i, name),
                         ELECTION_OK);
    }
    for (unsigned i = 0; i < 200; i++)
        play_both(by_message, by_bytes, &heap, ops[i % 5], i,
                  numbered_name(i * 7 % 410, 18));
    election_destroy(by_message);
    election_destroy(by_bytes);
    heap_assert_empty(&heap);
}

static void an_unknown_or_missing_case_is_unsupported(void **state)
{
    Input input = ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INIT;
    struct heap heap;
    struct election *election;
    Output *output = (Output *)&input;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    assert_int_equal(election_apply_message(election, 1, &input, &output),
                     ELECTION_UNSUPPORTED);
    assert_null(output);
    assert_int_equal(election_apply_message(election, 1, &input, NULL),
                     ELECTION_UNSUPPORTED);
    memset(&input.input_case, 0x11, sizeof input.input_case);
    assert_int_equal(election_apply_message(election, 1, &input, &output),
                     ELECTION_UNSUPPORTED);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_name_may_be_missing(void **state)
{
    Input *input = message_of(ELECTION_OP_EVICT, "x");
    struct election *election;
    char *name = input->evict->candidate;
    Output *output;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    input->evict->candidate = NULL;
    assert_int_equal(election_apply_message(election, 1, input, &output),
                     ELECTION_INVALID);
    assert_null(output);
    input->evict->candidate = name;
    free_input(input);
    election_destroy(election);
}

static void sessions_have_64_bits(void **state)
{
    static const uint64_t high = (UINT64_C(1) << 32) + 1;
    struct election_candidate leader;
    struct election *election;
    struct heap heap;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    for (int has_output = 0; has_output < 2; has_output++) {
        Output *output = NULL;
        Output **wanted = has_output ? &output : NULL;

        assert_int_equal(
            play_message(election, ELECTION_OP_ENTER, high, "A", wanted),
            ELECTION_OK);
        assert_int_equal(election_leader(election, &leader), ELECTION_OK);
        assert_int_equal(leader.session_id, high);
        if (output != NULL)
            free_output(output, &heap);
        assert_int_equal(
            play_message(election, ELECTION_OP_WITHDRAW, 1, "A", NULL),
            ELECTION_NOT_OWNER);
        assert_int_equal(
            play_message(election, ELECTION_OP_WITHDRAW, high, "A", NULL),
            ELECTION_OK);
    }
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void misuse(void **state)
{
    Input *input = message_of(ELECTION_OP_ENTER, "x");
    Input bare = {.input_case = input->input_case};
    Output *output = (Output *)&bare;
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(election_apply_message(NULL, 1, input, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_apply_message(election, 1, NULL, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_apply_message(election, 1, &bare, &output),
                     ELECTION_MISUSE);
    bare.base = input->base;
    assert_int_equal(election_apply_message(election, 1, &bare, &output),
                     ELECTION_MISUSE);
    /* The message of another case. */
    bare.watch = (void *)input->enter;
    bare.input_case =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INPUT_WATCH;
    assert_int_equal(election_apply_message(election, 1, &bare, &output),
                     ELECTION_MISUSE);
    assert_ptr_equal(output, (Output *)&bare);
    assert_term(election, "0 - []");
    free_input(input);
    election_destroy(election);
}

static void apply_message_while_busy(void *context, struct election *election,
                                     const uint8_t *event, size_t event_size)
{
    int *calls = context;
    Output *output;

    (void)event;
    (void)event_size;
    assert_int_equal(play_message(election, ELECTION_OP_ENTER, 1, "x", &output),
                     ELECTION_BUSY);
    ++*calls;
}

static void watchers_are_told_of_messages_too(void **state)
{
    struct election *election;
    int calls = 0;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(
        election_watch(election, apply_message_while_busy, &calls, NULL),
        ELECTION_OK);
    assert_int_equal(play_message(election, ELECTION_OP_ENTER, 1, "A", NULL),
                     ELECTION_OK);
    assert_int_equal(calls, 2);
    assert_term(election, "1 A []");
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_bytes_lead_to_the_same),
        cmocka_unit_test(large_elections_answer_the_same),
        cmocka_unit_test(an_unknown_or_missing_case_is_unsupported),
        cmocka_unit_test(a_name_may_be_missing),
        cmocka_unit_test(sessions_have_64_bits),
        cmocka_unit_test(misuse),
        cmocka_unit_test(watchers_are_told_of_messages_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
