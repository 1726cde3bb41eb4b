/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* for mmap() of no file */

#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/field.h"

/*
 * What is accepted here is what Google's parser accepts, byte for byte; the
 * cases at the edges were put to that parser too (tests/golden/edges.txt).
 */

/** A string literal that may hold NUL, as bytes and size. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static enum election_status decode(const char *bytes, size_t size,
                                   struct election_command *command)
{
    enum election_status status;
    /* On the heap and of this very size, so that reading on is caught. */
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    if (size > 0)
        memcpy(copy + 1, bytes, size);
    status = election_input_decode(copy + 1, size, command);
    if (status == ELECTION_OK && command->name_size > 0) {
        size_t offset = (size_t)(command->name - copy - 1);

        assert_true(offset + command->name_size <= size);
        command->name = bytes + offset;
    }
    free(copy);
    return status;
}

static void assert_input(const char *bytes, size_t size, enum election_op op,
                         const char *name, size_t name_size)
{
    struct election_command command;

    assert_int_equal(decode(bytes, size, &command), ELECTION_OK);
    assert_int_equal(command.op, op);
    assert_int_equal(command.name_size, name_size);
    assert_memory_equal(command.name, name, name_size);
}

static void every_command_is_decoded_and_encoded(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum election_op op;
        const char *name;
    } rows[] = {
        {BYTES("\x0a\x03\x0a\x01x"), ELECTION_OP_ENTER, "x"},
        {BYTES("\x12\x03\x0a\x01x"), ELECTION_OP_WITHDRAW, "x"},
        {BYTES("\x1a\x03\x0a\x01x"), ELECTION_OP_ANOINT, "x"},
        {BYTES("\x22\x03\x12\x01x"), ELECTION_OP_PROMOTE, "x"},
        {BYTES("\x2a\x03\x0a\x01x"), ELECTION_OP_EVICT, "x"},
        {BYTES("\x32\x00"), ELECTION_OP_GET_TERM, ""},
        {BYTES("\x3a\x00"), ELECTION_OP_WATCH, ""},
        {BYTES("\x42\x03\x12\x01x"), ELECTION_OP_DEMOTE, "x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election_command command = {rows[i].op, rows[i].name,
                                           strlen(rows[i].name)};
        struct election_buffer bytes = ELECTION_BUFFER_INIT;

        assert_input(rows[i].bytes, rows[i].size, rows[i].op, rows[i].name,
                     strlen(rows[i].name));
        assert_int_equal(election_input_encode(&command, &bytes), ELECTION_OK);
        assert_int_equal(bytes.size, rows[i].size);
        assert_memory_equal(bytes.data, rows[i].bytes, rows[i].size);
        election_buffer_free(&bytes);
    }
}

static void long_names_have_long_sizes(void **state)
{
    static char name[300];
    struct election_buffer bytes = ELECTION_BUFFER_INIT;

    (void)state;
    memset(name, 'n', sizeof name);
    for (size_t size = 120; size <= sizeof name; size++) {
        struct election_command command = {ELECTION_OP_DEMOTE, name, size};

        assert_int_equal(election_input_encode(&command, &bytes), ELECTION_OK);
        /* Each length takes a second byte above 127. */
        assert_int_equal(bytes.size, size + 4 + (size > 127) + (size > 125));
        assert_input((const char *)bytes.data, bytes.size, ELECTION_OP_DEMOTE,
                     name, size);
    }
    election_buffer_free(&bytes);
}

static void the_last_case_wins_and_the_same_case_merges(void **state)
{
    (void)state;
    assert_input(BYTES("\x0a\x03\x0a\x01"
                       "a"
                       "\x0a\x03\x0a\x01"
                       "b"),
                 ELECTION_OP_ENTER, "b", 1);
    assert_input(BYTES("\x0a\x03\x0a\x01"
                       "a"
                       "\x0a\x00"),
                 ELECTION_OP_ENTER, "a", 1);
    assert_input(BYTES("\x0a\x03\x0a\x01"
                       "a"
                       "\x12\x00"),
                 ELECTION_OP_WITHDRAW, "", 0);
    assert_input(BYTES("\x0a\x03\x0a\x01"
                       "a"
                       "\x12\x00\x0a\x00"),
                 ELECTION_OP_ENTER, "", 0);
}

static void unknown_fields_are_skipped(void **state)
{
    (void)state;
    /* Of each wire type, before and inside the command. */
    assert_input(BYTES("\x48\x81\x01"
                       "\x49"
                       "12345678"
                       "\x4a\x02zz"
                       "\x4b\x08\x01\x4c"
                       "\x4d"
                       "1234"
                       "\x0a\x03\x0a\x01"
                       "a"),
                 ELECTION_OP_ENTER, "a", 1);
    assert_input(BYTES("\x0a\x0a\x48\x81\x01\x4a\x02zz\x0a\x01"
                       "a"),
                 ELECTION_OP_ENTER, "a", 1);
    /* A known number of another wire type is unknown too. */
    assert_input(BYTES("\x08\x05\x32\x00"), ELECTION_OP_GET_TERM, "", 0);
    assert_input(BYTES("\x0a\x05\x08\x07\x0a\x01"
                       "a"),
                 ELECTION_OP_ENTER, "a", 1);
    /* Promote has its name in field 2; field 1 is unknown there. */
    assert_input(BYTES("\x22\x03\x0a\x01"
                       "a"),
                 ELECTION_OP_PROMOTE, "", 0);
    /* Bytes that nobody knows need not be UTF-8. */
    assert_input(BYTES("\x32\x03\x0a\x01\xff"), ELECTION_OP_GET_TERM, "", 0);
}

static void names_keep_their_length(void **state)
{
    (void)state;
    assert_input(BYTES("\x0a\x05\x0a\x03"
                       "a\0b"),
                 ELECTION_OP_ENTER, "a\0b", 3);
}

static void nothing_known_is_unsupported(void **state)
{
    struct election_command command;

    (void)state;
    assert_int_equal(decode(BYTES(""), &command), ELECTION_UNSUPPORTED);
    assert_int_equal(election_input_decode(NULL, 0, &command),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(decode(BYTES("\x4a\x00"), &command), ELECTION_UNSUPPORTED);
    assert_int_equal(decode(BYTES("\x08\x01"), &command), ELECTION_UNSUPPORTED);
}

static void malformed_bytes_are_invalid(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {BYTES("\x0a")},                 /* no length */
        {BYTES("\x0a\x01")},             /* no body */
        {BYTES("\x0a\x02\x0a\x01")},     /* no name */
        {BYTES("\x0a\x02\x0a\x02xx")},   /* a name beyond its message */
        {BYTES("\x00\x00")},             /* field 0 */
        {BYTES("\x02\x00")},             /* field 0 */
        {BYTES("\x0c")},                 /* a group ends unbegun */
        {BYTES("\x0e")},                 /* no such wire type */
        {BYTES("\x0f")},                 /* no such wire type */
        {BYTES("\x4b")},                 /* a group without end */
        {BYTES("\x4b\x54")},             /* another group's end */
        {BYTES("\x4b\x00\x00\x4c")},     /* field 0 in a group */
        {BYTES("\x49\x31\x32\x33")},     /* fixed64 cut short */
        {BYTES("\x4d\x31\x32\x33")},     /* fixed32 cut short */
        {BYTES("\x48\x80")},             /* a varint cut short */
        {BYTES("\x0a\x03\x0a\x01\xff")}, /* not UTF-8 */
        {BYTES("\x0a\x03\x0a\x01\xff\x0a\x03\x0a\x01"
               "a")},                            /* not UTF-8, overridden */
        {BYTES("\x0a\x03\x0a\x01\xff\x32\x00")}, /* in an overridden case */
        {BYTES("\x32\x02\x0a\x05")},             /* inside a read */
        {BYTES("\x8a\x80\x80\x80\x80\x00\x00")}, /* tag of 6 bytes */
        {BYTES("\x0a\x80\x80\x80\x80\x80\x00")}, /* length of 6 bytes */
        {BYTES("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x00")}, /* 11 */
    };
    struct election_command command;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (decode(rows[i].bytes, rows[i].size, &command) != ELECTION_INVALID)
            fail_msg("row %zu", i);
}

static void long_varints_are_read_to_their_limits(void **state)
{
    (void)state;
    /* Tag and length of five bytes; what a tag has above 32 bits is lost. */
    assert_input(BYTES("\x8a\x80\x80\x80\x70\x83\x80\x80\x80\x00\x0a\x01"
                       "a"),
                 ELECTION_OP_ENTER, "a", 1);
    assert_input(BYTES("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x32\x00"),
                 ELECTION_OP_GET_TERM, "", 0);
    /* A length of 2^28 and more counts in full. */
    {
        struct election_command command;

        assert_int_equal(decode(BYTES("\x0a\x83\x80\x80\x80\x01\x0a\x01"
                                      "a"),
                                &command),
                         ELECTION_INVALID);
        assert_int_equal(decode(BYTES("\x0a\x83\x80\x80\x80\x10\x0a\x01"
                                      "a"),
                                &command),
                         ELECTION_INVALID);
    }
}

/** Writes `depth` groups of field 9, one inside the other. */
static size_t write_groups(char *bytes, size_t depth)
{
    memset(bytes, 0x4b, depth);
    memset(bytes + depth, 0x4c, depth);
    return 2 * depth;
}

static void groups_are_skipped_a_hundred_deep(void **state)
{
    struct election_command command;
    char bytes[256];
    size_t size;

    (void)state;
    size = write_groups(bytes, 100);
    assert_int_equal(decode(bytes, size, &command), ELECTION_UNSUPPORTED);
    size = write_groups(bytes, 101);
    assert_int_equal(decode(bytes, size, &command), ELECTION_INVALID);
    /* A message is a level too. */
    bytes[0] = 0x0a;
    bytes[1] = (char)198;
    bytes[2] = 1;
    size = 3 + write_groups(bytes + 3, 99);
    assert_int_equal(decode(bytes, size, &command), ELECTION_OK);
    bytes[1] = (char)200;
    size = 3 + write_groups(bytes + 3, 100);
    assert_int_equal(decode(bytes, size, &command), ELECTION_INVALID);
}

static void a_short_message_may_be_full_of_groups(void **state)
{
    struct election_command command;
    char bytes[256] = "\x0a";

    (void)state;
    /* As many as fit where the length has one byte. */
    for (size_t depth = 1; depth <= 63; depth++) {
        bytes[1] = (char)write_groups(bytes + 2, depth);
        assert_int_equal(decode(bytes, 2 + 2 * depth, &command), ELECTION_OK);
        assert_int_equal(command.op, ELECTION_OP_ENTER);
        assert_int_equal(command.name_size, 0);
    }
}

static void a_message_has_no_more_than_2_gib(void **state)
{
    struct election_command command;

    (void)state;
    /* Told from the size alone: the bytes are not there. */
    assert_int_equal(election_input_decode(
                         "", (size_t)ELECTION_MESSAGE_SIZE_MAX + 1, &command),
                     ELECTION_INVALID);
}

/** Judges an unknown field of so many bytes, which are not written. */
static enum election_status judge_length(uint8_t *bytes, uint64_t length)
{
    struct election_command command;
    uint8_t *end = election__bytes_open(bytes, 9, length);

    return election_input_decode(bytes, (size_t)(end - bytes) + length,
                                 &command);
}

/** Judges a whole message of so many bytes: two unknown fields. */
static enum election_status judge_size(uint8_t *bytes, size_t size)
{
    struct election_command command;
    size_t first = (size_t)1 << 30;
    /* Each has a tag, and a length of five bytes. */
    size_t second = size - first - 2 * (1 + 5);

    (void)election__bytes_open(bytes, 9, first);
    (void)election__bytes_open(bytes + 1 + 5 + first, 9, second);
    return election_input_decode(bytes, size, &command);
}

static void a_length_has_googles_limit(void **state)
{
    size_t size = (size_t)ELECTION_MESSAGE_SIZE_MAX + 1;
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);

    (void)state;
    if (bytes == MAP_FAILED) {
        print_message("left out: no address space of 2 GiB here\n");
        skip();
    }
    assert_int_equal(judge_length(bytes, 2147483631), ELECTION_UNSUPPORTED);
    assert_int_equal(judge_length(bytes, 2147483632), ELECTION_INVALID);
    assert_int_equal(judge_size(bytes, size - 1), ELECTION_UNSUPPORTED);
    assert_int_equal(judge_size(bytes, size), ELECTION_INVALID);
    assert_int_equal(munmap(bytes, size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_decoded_and_encoded),
        cmocka_unit_test(long_names_have_long_sizes),
        cmocka_unit_test(the_last_case_wins_and_the_same_case_merges),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(names_keep_their_length),
        cmocka_unit_test(nothing_known_is_unsupported),
        cmocka_unit_test(malformed_bytes_are_invalid),
        cmocka_unit_test(long_varints_are_read_to_their_limits),
        cmocka_unit_test(groups_are_skipped_a_hundred_deep),
        cmocka_unit_test(a_short_message_may_be_full_of_groups),
        cmocka_unit_test(a_message_has_no_more_than_2_gib),
        cmocka_unit_test(a_length_has_googles_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
