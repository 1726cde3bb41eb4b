/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "election/election.h"

/** A string literal that may hold NUL, as bytes and size. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static bool collect(void *context, const char *name, size_t size)
{
    char *text = context;

    strncat(text, name, size);
    strcat(text, ",");
    return strlen(text) < 6;
}

static void outputs_are_decoded(void **state)
{
    struct election_term term;
    char names[32] = "";

    (void)state;
    assert_int_equal(election_output_decode(BYTES("\x0a\x0d\x0a\x0b\x0a\x01"
                                                  "A\x12\x01"
                                                  "B\x12\x01"
                                                  "C\x18\x07"),
                                            &term, collect, names),
                     ELECTION_OK);
    assert_int_equal(term.op, ELECTION_OP_ENTER);
    assert_int_equal(term.index, 7);
    assert_int_equal(term.leader_size, 1);
    assert_memory_equal(term.leader, "A", 1);
    assert_int_equal(term.candidate_count, 2);
    assert_string_equal(names, "B,C,");
}

static void a_vacant_output_has_no_leader(void **state)
{
    struct election_term term;

    (void)state;
    assert_int_equal(
        election_output_decode(BYTES("\x3a\x02\x0a\x00"), &term, NULL, NULL),
        ELECTION_OK);
    assert_int_equal(term.op, ELECTION_OP_WATCH);
    assert_int_equal(term.index, 0);
    assert_null(term.leader);
    assert_int_equal(term.leader_size, 0);
    assert_int_equal(term.candidate_count, 0);
}

static void outputs_merge_like_inputs(void **state)
{
    struct election_term term;
    char names[32] = "";

    (void)state;
    /* Enter with B; then Watch twice: the first case is gone, its names too. */
    assert_int_equal(election_output_decode(BYTES("\x0a\x05\x0a\x03\x12\x01"
                                                  "B"
                                                  "\x3a\x05\x0a\x03\x12\x01"
                                                  "C"
                                                  "\x48\x01"
                                                  "\x3a\x07\x0a\x05\x12\x01"
                                                  "D\x18\x02"),
                                            &term, collect, names),
                     ELECTION_OK);
    assert_int_equal(term.op, ELECTION_OP_WATCH);
    assert_int_equal(term.index, 2);
    assert_int_equal(term.candidate_count, 2);
    assert_string_equal(names, "C,D,");
}

static void a_visitor_may_stop(void **state)
{
    struct election_term term;
    char names[32] = "";

    (void)state;
    assert_int_equal(election_output_decode(BYTES("\x0a\x0e\x0a\x0c\x12\x02"
                                                  "BB\x12\x02"
                                                  "CC\x12\x02"
                                                  "DD"),
                                            &term, collect, names),
                     ELECTION_OK);
    assert_string_equal(names, "BB,CC,");
    assert_int_equal(term.candidate_count, 3);
}

static void unknown_fields_of_an_output_are_skipped(void **state)
{
    struct election_term term;

    (void)state;
    /* In the output, in the answer, in the Term. */
    assert_int_equal(election_output_decode(BYTES("\x4a\x01z\x08\x01"
                                                  "\x0a\x0b\x10\x01\x0a\x07"
                                                  "\x20\x05\x18\x09\x0a\x01"
                                                  "A"),
                                            &term, NULL, NULL),
                     ELECTION_OK);
    assert_int_equal(term.index, 9);
    assert_memory_equal(term.leader, "A", 1);
}

static void an_empty_leader_is_a_vacancy(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *leader;
    } rows[] = {
        {BYTES("\x3a\x04\x0a\x02\x0a\x00"), NULL},
        {BYTES("\x3a\x07\x0a\x05\x0a\x01"
               "A\x0a\x00"),
         NULL}, /* the last one wins */
        {BYTES("\x3a\x08\x0a\x06\x0a\x01"
               "A\x0a\x01"
               "B"),
         "B"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election_term term;

        assert_int_equal(election_output_decode(rows[i].bytes, rows[i].size,
                                                &term, NULL, NULL),
                         ELECTION_OK);
        assert_int_equal(term.leader_size, rows[i].leader != NULL);
        if (rows[i].leader == NULL)
            assert_null(term.leader);
        else
            assert_memory_equal(term.leader, rows[i].leader, 1);
    }
}

static void an_index_has_64_bits(void **state)
{
    struct election_term term;

    (void)state;
    assert_int_equal(
        election_output_decode(BYTES("\x3a\x0c\x0a\x0a\x18\xff\xff\xff\xff"
                                     "\xff\xff\xff\xff\x7f"),
                               &term, NULL, NULL),
        ELECTION_OK);
    assert_int_equal(term.index, UINT64_C(9223372036854775807));
}

static bool look_at_term(void *context, const char *name, size_t size)
{
    const struct election_term *term = context;

    assert_int_equal(term->op, ELECTION_OP_ENTER);
    assert_int_equal(term->index, 7);
    assert_int_equal(term->leader_size, 1);
    assert_memory_equal(term->leader, "A", 1);
    assert_int_equal(term->candidate_count, 2);
    assert_int_equal(size, 1);
    return name[0] != 'C';
}

static void the_term_is_set_before_the_first_name_is_shown(void **state)
{
    struct election_term term = {.index = 99};

    (void)state;
    assert_int_equal(election_output_decode(BYTES("\x0a\x0d\x0a\x0b\x0a\x01"
                                                  "A\x12\x01"
                                                  "B\x12\x01"
                                                  "C\x18\x07"),
                                            &term, look_at_term, &term),
                     ELECTION_OK);
    assert_int_equal(term.index, 7);
}

static void bad_outputs_leave_everything_alone(void **state)
{
    struct election_term term = {.index = 99};
    char names[32] = "";

    (void)state;
    assert_int_equal(election_output_decode(BYTES("\x0a\x06\x0a\x03\x12\x01"
                                                  "B\x0a"),
                                            &term, collect, names),
                     ELECTION_INVALID);
    assert_int_equal(election_output_decode(BYTES("\x0a\x05\x0a\x03\x12\x01"
                                                  "\xff"),
                                            &term, collect, names),
                     ELECTION_INVALID);
    assert_int_equal(election_output_decode(BYTES("\x0a\x05\x0a\x03\x0a\x01"
                                                  "\xff"),
                                            &term, collect, names),
                     ELECTION_INVALID);
    assert_int_equal(election_output_decode(BYTES("\x0a\x03\x0a\x01\x12"),
                                            &term, collect, names),
                     ELECTION_INVALID);
    assert_int_equal(
        election_output_decode("", (size_t)ELECTION_MESSAGE_SIZE_MAX + 1, &term,
                               collect, names),
        ELECTION_INVALID);
    assert_int_equal(
        election_output_decode(BYTES("\x0a"), &term, collect, names),
        ELECTION_INVALID);
    assert_int_equal(election_output_decode(BYTES(""), &term, collect, names),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_output_decode(BYTES("\x4a\x00"), &term, collect, names),
        ELECTION_UNSUPPORTED);
    assert_int_equal(term.index, 99);
    assert_string_equal(names, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_decoded),
        cmocka_unit_test(a_vacant_output_has_no_leader),
        cmocka_unit_test(outputs_merge_like_inputs),
        cmocka_unit_test(a_visitor_may_stop),
        cmocka_unit_test(unknown_fields_of_an_output_are_skipped),
        cmocka_unit_test(an_empty_leader_is_a_vacancy),
        cmocka_unit_test(an_index_has_64_bits),
        cmocka_unit_test(the_term_is_set_before_the_first_name_is_shown),
        cmocka_unit_test(bad_outputs_leave_everything_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
