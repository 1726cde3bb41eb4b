/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/messages.h"

#include <string.h>

/** Bytes of a text with NULs, without its own one. */
#define BYTES(text) (text), sizeof(text) - 1

/* ---- strict: a SessionState has every kind of field --------------------- */

static bool read_strictly(const char *bytes, size_t size,
                          struct election__session_state *saved)
{
    static const struct election__reading strict = {true, NULL};
    struct election__reader reader;

    memset(saved, 0, sizeof *saved);
    return election__reader_open(&reader, bytes, size) &&
           election__message_read(&election__session_state_message, &reader,
                                  &strict, saved);
}

static void assert_refused(const char *bytes, size_t size)
{
    struct election__session_state saved;

    assert_false(read_strictly(bytes, size, &saved));
}

static void what_is_canonical_is_read(void **state)
{
    static const char nonce[] = "\x08\x81\x01\x12\x01"
                                "c\x21\1\2\3\4\5\6\7\x88";
    struct election__session_state saved;
    uint8_t written[64];

    (void)state;
    assert_true(read_strictly("", 0, &saved));
    assert_true(read_strictly(BYTES(nonce), &saved));
    assert_int_equal(saved.id, 129);
    assert_int_equal(saved.client_id_size, 1);
    assert_memory_equal(saved.client_id, "c", 1);
    assert_int_equal(saved.nonce, UINT64_C(0x8807060504030201));
    assert_int_equal(
        election__message_size(&election__session_state_message, &saved),
        sizeof nonce - 1);
    (void)election__message_write(&election__session_state_message, written,
                                  &saved);
    assert_memory_equal(written, nonce, sizeof nonce - 1);
    /* The longest number there is. */
    assert_true(read_strictly(
        BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), &saved));
    assert_int_equal(saved.id, UINT64_MAX);
}

static void order_and_number_of_fields(void **state)
{
    (void)state;
    assert_refused(BYTES("\x08\x01\x08\x01")); /* twice */
    assert_refused(BYTES("\x18\x01\x08\x01")); /* falling */
    assert_refused(BYTES("\x12\x01"
                         "c\x12\x01"
                         "c")); /* bytes twice */
    assert_refused(BYTES("\x21\1\2\3\4\5\6\7\x08"
                         "\x21\1\2\3\4\5\6\7\x08")); /* fixed64 twice */
    assert_refused(BYTES("\x58\x01"));               /* unknown number */
    assert_refused(BYTES("\x00\x01"));               /* no number */
    assert_refused(BYTES("\x0a\x01"
                         "a")); /* other wire types */
    assert_refused(BYTES("\x10\x01"));
    assert_refused(BYTES("\x20\x01"));
    assert_refused(BYTES("\x09\1\2\3\4\5\6\7\x08"));
    assert_refused(BYTES("\x0d\1\2\3\4"));
    assert_refused(BYTES("\x0b\x0c")); /* a group */
}

static void defaults_are_not_written(void **state)
{
    (void)state;
    assert_refused(BYTES("\x08\x00"));
    assert_refused(BYTES("\x12\x00"));
    assert_refused(BYTES("\x21\0\0\0\0\0\0\0\0"));
}

/** Elements of a snapshot are written one by one, not as a part of its head. */
static void elements_take_no_room(void **state)
{
    struct election__snapshot_head head = {.version = 1, .applied = 300};
    uint8_t bytes[16];

    (void)state;
    assert_int_equal(election__message_size(&election__snapshot_message, &head),
                     2 + 3);
    assert_ptr_equal(
        election__message_write(&election__snapshot_message, bytes, &head),
        bytes + 2 + 3);
}

static void numbers_are_as_short_as_can_be(void **state)
{
    (void)state;
    assert_refused(BYTES("\x08\x81\x00")); /* value */
    assert_refused(BYTES("\x88\x00\x01")); /* tag */
    assert_refused(BYTES("\x12\x81\x00"
                         "c")); /* length */
    assert_refused(BYTES("\xa1\x00\1\2\3\4\5\6\7\x08"));
    assert_refused(
        BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")); /* 70 bits */
    assert_refused(BYTES("\x08\x80"));                          /* cut off */
    assert_refused(BYTES("\x12\x02"
                         "c"));
    assert_refused(BYTES("\x21\1\2\3\4\5\6\7"));
    assert_refused(BYTES("\x08"));
}

/** A uint32 of more bits, a text that is no UTF-8. */
static void narrow_numbers_and_texts(void **state)
{
    static const struct election__reading strict = {true, NULL};
    struct election__snapshot_head head = {0};
    struct election__election_state saved = {0};
    struct election__reader reader;

    (void)state;
    assert_true(election__reader_open(&reader, "\x08\x81\x80\x80\x80\x10", 6));
    assert_false(election__message_read(&election__snapshot_message, &reader,
                                        &strict, &head));
    assert_true(election__reader_open(&reader, "\x08\xff\xff\xff\xff\x0f", 6));
    assert_true(election__message_read(&election__snapshot_message, &reader,
                                       &strict, &head));
    assert_int_equal(head.version, UINT32_MAX);
    assert_true(election__reader_open(&reader, "\x12\x01\xff", 3));
    assert_false(election__message_read(&election__election_state_message,
                                        &reader, &strict, &saved));
}

/** What no snapshot has: lists, names and flags keep the same rules. */
static void strict_lists_names_and_flags(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } sound[] = {
        {BYTES("\x22\x04\x0a\x00\x0a\x00")}, /* elections */
        {BYTES("\x2a\x04\x0a\x00\x0a\x00")}, /* sessions */
        {BYTES("\x1a\x05\x32\x01"
               "A\x32\x00")}, /* candidates */
        {BYTES("\x1a\x00")},
    };
    static const struct election__reading strict = {true, NULL};
    struct election__command command = {.which = {0}};
    struct election__reader reader;

    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        struct election__answer answer = {.which = {0}};

        assert_true(
            election__reader_open(&reader, sound[i].bytes, sound[i].size));
        assert_true(election__message_read(&election__answer_message, &reader,
                                           &strict, &answer));
    }
    assert_true(election__reader_open(&reader, "\x3a\x02\x08\x01", 4));
    assert_true(election__message_read(&election__command_message, &reader,
                                       &strict, &command));
    assert_true(command.view.takes_office);
    assert_true(election__reader_open(&reader, "\x3a\x02\x08\x02", 4));
    assert_false(election__message_read(&election__command_message, &reader,
                                        &strict, &command));
}

/* ---- lenient ------------------------------------------------------------ */

static struct election__command read_command(const char *bytes, size_t size)
{
    struct election__command command = {.which = {0}};

    assert_true(election__message_open(&election__command_message, bytes, size,
                                       &command));
    return command;
}

static void any_form_is_read(void **state)
{
    /* Long tag, long number, unknown fields and groups, any order. */
    struct election__command command =
        read_command(BYTES("\x2a\x80\x00\x10\x87\x00\x88\x00\x05\x7b\x08\x01"
                           "\x7c\x7d\1\2\3\4\x79\1\2\3\4\5\6\7\x08"));

    (void)state;
    assert_int_equal(command.which.number, ELECTION_REGISTRY_CLOSE_SESSION);
    assert_int_equal(command.view.time_ms, 7);
    assert_int_equal(command.view.epoch, 5);
}

static void the_last_one_wins(void **state)
{
    struct election__command command =
        read_command(BYTES("\x08\x01\x08\x02\x2a\x02\x08\x03"
                           "\x2a\x02\x08\x04"));

    (void)state;
    assert_int_equal(command.view.epoch, 2);
    assert_int_equal(command.view.session_id, 4);
    /* Another case clears what the one before had; a default counts too. */
    command = read_command(BYTES("\x2a\x02\x08\x03\x4a\x02\x08\x05"));
    assert_int_equal(command.which.number, ELECTION_REGISTRY_RECOVER);
    assert_int_equal(command.view.session_id, 0);
    assert_int_equal(command.view.lost_entries, 5);
    command = read_command(BYTES("\x08\x05\x08\x00"));
    assert_int_equal(command.view.epoch, 0);
}

static void a_message_that_comes_twice_is_merged(void **state)
{
    struct election__command command = read_command(
        BYTES("\x32\x04\x08\x01\x10\x02\x32\x02\x10\x03")); /* Propose */

    (void)state;
    assert_int_equal(command.view.session_id, 1);
    assert_int_equal(command.view.sequence, 3);
    /* Not across another case. */
    command =
        read_command(BYTES("\x32\x04\x08\x01\x10\x02\x3a\x00\x32\x02\x10\x03"));
    assert_int_equal(command.view.session_id, 0);
    assert_int_equal(command.view.sequence, 3);
}

static void another_wire_type_is_unknown(void **state)
{
    struct election__command command =
        read_command(BYTES("\x0a\x01\x01\x28\x05\x11\1\2\3\4\5\6\7\x08"));

    (void)state;
    assert_int_equal(command.which.number, 0);
    assert_int_equal(command.view.epoch, 0);
    assert_int_equal(command.view.time_ms, 0);
}

static void what_is_malformed_is_not_read(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } malformed[] = {
        {BYTES("\x08")},
        {BYTES("\x08\x80")},
        {BYTES("\x2a\x02\x08")},
        {BYTES("\x2a\x01\x08")},
        {BYTES("\x00\x01")},
        {BYTES("\x0c")},
        {BYTES("\x0b")},
        {BYTES("\x0e\x01")},
        {BYTES("\x22\x03\x0a\x01\x80")},     /* packed number, cut off */
        {BYTES("\x32\x03\x1a\x01\xff")},     /* a name that is no UTF-8 */
        {BYTES("\x32\x04\x22\x02\x0a\x01")}, /* an input, cut off */
        {BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct election__command command = {.which = {0}};

        assert_false(election__message_open(&election__command_message,
                                            malformed[i].bytes,
                                            malformed[i].size, &command));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_canonical_is_read),
        cmocka_unit_test(order_and_number_of_fields),
        cmocka_unit_test(defaults_are_not_written),
        cmocka_unit_test(elements_take_no_room),
        cmocka_unit_test(numbers_are_as_short_as_can_be),
        cmocka_unit_test(narrow_numbers_and_texts),
        cmocka_unit_test(any_form_is_read),
        cmocka_unit_test(the_last_one_wins),
        cmocka_unit_test(a_message_that_comes_twice_is_merged),
        cmocka_unit_test(another_wire_type_is_unknown),
        cmocka_unit_test(what_is_malformed_is_not_read),
        cmocka_unit_test(strict_lists_names_and_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
