/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>

#include "../support/heap.h"
#include "election/election.h"

static void inputs_are_encoded(void **state)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_PROMOTE, "ab", 2}, &input),
        ELECTION_OK);
    assert_int_equal(input.size, 6);
    assert_memory_equal(input.data,
                        "\x22\x04\x12\x02"
                        "ab",
                        6);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_WATCH, NULL, 0}, &input),
        ELECTION_OK);
    assert_int_equal(input.size, 2);
    assert_memory_equal(input.data, "\x3a\x00", 2);
    election_buffer_free(&input);
}

static void no_name_is_judged(void **state)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, NULL, 0}, &input),
        ELECTION_OK);
    assert_int_equal(input.size, 2);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "\xff\0", 2}, &input),
        ELECTION_OK);
    assert_memory_equal(input.data, "\x0a\x04\x0a\x02\xff\0", 6);
    election_buffer_free(&input);
}

static void misuse(void **state)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_term term;

    (void)state;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){(enum election_op)0, "a", 1}, &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){(enum election_op)9, "a", 1}, &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, NULL, 1}, &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "a", 1}, NULL),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_GET_TERM, "a", 1}, &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "a", SIZE_MAX},
            &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "a",
                                       (size_t)ELECTION_MESSAGE_SIZE_MAX - 4},
            &input),
        ELECTION_MISUSE);
    assert_int_equal(election_input_encode(NULL, &input), ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){(enum election_op) - 1, "a", 1}, &input),
        ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){(enum election_op)(256 + 1), "a", 1},
            &input),
        ELECTION_MISUSE);
    assert_null(input.data);
    assert_int_equal(election_output_decode(NULL, 1, &term, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_output_decode("", 0, NULL, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_output_decode(NULL, 0, &term, NULL, NULL),
                     ELECTION_UNSUPPORTED);
}

static void only_what_exists_is_encoded(void **state)
{
    static const int ops[] = {-1, 0, 9, 31, 32, 33, 256 + 1, 65536 + 8};
    struct election_buffer input = ELECTION_BUFFER_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        struct election_command command = {(enum election_op)ops[i], "a", 1};

        assert_int_equal(election_input_encode(&command, &input),
                         ELECTION_MISUSE);
    }
    assert_null(input.data);
}

static void the_largest_message_is_the_limit(void **state)
{
    /*
     * A tag and a size of five bytes stand within the length of the command,
     * which may be 2^31 - 17. The name is not looked at.
     */
    struct election_command command = {ELECTION_OP_ENTER, "a", 2147483625};
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct heap heap;

    (void)state;
    heap_init(&heap);
    heap.allowed = 0;
    input.allocator = heap_allocator(&heap);
    assert_int_equal(election_input_encode(&command, &input), ELECTION_NOMEM);
    command.name_size++;
    assert_int_equal(election_input_encode(&command, &input), ELECTION_MISUSE);
    command.name_size = SIZE_MAX - 2;
    assert_int_equal(election_input_encode(&command, &input), ELECTION_MISUSE);
    assert_int_equal(heap.denied, 1);
}

static void only_a_whole_command_is_told(void **state)
{
    struct election_command command = {ELECTION_OP_WATCH, "x", 99};

    (void)state;
    assert_int_equal(election_input_decode(NULL, 1, &command), ELECTION_MISUSE);
    assert_int_equal(election_input_decode("", 0, NULL), ELECTION_MISUSE);
    assert_int_equal(election_input_decode(NULL, 0, &command),
                     ELECTION_UNSUPPORTED);
    /* An Enter, and then what is malformed; a case that is not known. */
    assert_int_equal(election_input_decode("\x0a\x03\x0a\x01"
                                           "a\x0a",
                                           6, &command),
                     ELECTION_INVALID);
    assert_int_equal(election_input_decode("\x4a\x00", 2, &command),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(command.op, ELECTION_OP_WATCH);
    assert_int_equal(command.name_size, 99);
    /* The first tag lies: the last case wins. */
    assert_int_equal(election_input_decode("\x0a\x03\x0a\x01"
                                           "a\x42\x03\x12\x01"
                                           "b",
                                           10, &command),
                     ELECTION_OK);
    assert_int_equal(command.op, ELECTION_OP_DEMOTE);
    assert_int_equal(command.name_size, 1);
    assert_memory_equal(command.name, "b", 1);
}

static void no_memory_leaves_the_buffer_alone(void **state)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct heap heap;

    (void)state;
    heap_init(&heap);
    input.allocator = heap_allocator(&heap);
    heap.allowed = 0;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "a", 1}, &input),
        ELECTION_NOMEM);
    assert_null(input.data);
    heap.allowed = 1;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_ENTER, "a", 1}, &input),
        ELECTION_OK);
    election_buffer_free(&input);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_encoded),
        cmocka_unit_test(no_name_is_judged),
        cmocka_unit_test(misuse),
        cmocka_unit_test(only_what_exists_is_encoded),
        cmocka_unit_test(the_largest_message_is_the_limit),
        cmocka_unit_test(only_a_whole_command_is_told),
        cmocka_unit_test(no_memory_leaves_the_buffer_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
