/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "../support/heap.h"
#include "../support/play.h"
#include "core/command.h"

/*
 * The command table of proto/SEMANTICS.md, row by row, in the order of the
 * status codes. Each row starts from an election of its own.
 */

#define ABC "A/1 B/2 C/3"

static const struct row {
    const char *entries;
    enum election_op op;
    uint64_t session_id;
    const char *name;
    enum election_status status;
    const char *term;
} rows[] = {
    {"", ELECTION_OP_ENTER, 1, "A", ELECTION_OK, "1 A []"},
    {"", ELECTION_OP_ENTER, 0, "A", ELECTION_OK, "1 A []"},
    {"A/1", ELECTION_OP_ENTER, 2, "B", ELECTION_OK, "1 A [B]"},
    {"A/1", ELECTION_OP_ENTER, 1, "B", ELECTION_OK, "1 A [B]"},
    {ABC, ELECTION_OP_WITHDRAW, 2, "B", ELECTION_OK, "1 A [C]"},
    {ABC, ELECTION_OP_WITHDRAW, 1, "A", ELECTION_OK, "2 B [C]"},
    {"A/1", ELECTION_OP_WITHDRAW, 1, "A", ELECTION_OK, "1 - []"},
    {ABC, ELECTION_OP_ANOINT, 9, "B", ELECTION_OK, "2 B [A C]"},
    {ABC, ELECTION_OP_ANOINT, 9, "C", ELECTION_OK, "2 C [A B]"},
    {ABC, ELECTION_OP_PROMOTE, 9, "C", ELECTION_OK, "1 A [C B]"},
    {ABC, ELECTION_OP_PROMOTE, 9, "B", ELECTION_OK, "2 B [A C]"},
    {ABC, ELECTION_OP_DEMOTE, 9, "B", ELECTION_OK, "1 A [C B]"},
    {ABC, ELECTION_OP_DEMOTE, 9, "A", ELECTION_OK, "2 B [A C]"},
    {ABC, ELECTION_OP_EVICT, 9, "C", ELECTION_OK, "1 A [B]"},
    {ABC, ELECTION_OP_EVICT, 9, "A", ELECTION_OK, "2 B [C]"},
    {"A/1", ELECTION_OP_EVICT, 9, "A", ELECTION_OK, "1 - []"},
    {ABC, ELECTION_OP_GET_TERM, 9, "", ELECTION_OK, "1 A [B C]"},
    {ABC, ELECTION_OP_WATCH, 9, "", ELECTION_OK, "1 A [B C]"},

    {ABC, ELECTION_OP_ENTER, 1, "A", ELECTION_UNCHANGED, "1 A [B C]"},
    {ABC, ELECTION_OP_ENTER, 3, "C", ELECTION_UNCHANGED, "1 A [B C]"},
    {ABC, ELECTION_OP_WITHDRAW, 1, "Z", ELECTION_UNCHANGED, "1 A [B C]"},
    {"", ELECTION_OP_WITHDRAW, 1, "A", ELECTION_UNCHANGED, "0 - []"},
    {ABC, ELECTION_OP_ANOINT, 1, "A", ELECTION_UNCHANGED, "1 A [B C]"},
    {ABC, ELECTION_OP_PROMOTE, 1, "A", ELECTION_UNCHANGED, "1 A [B C]"},
    {ABC, ELECTION_OP_DEMOTE, 3, "C", ELECTION_UNCHANGED, "1 A [B C]"},
    {"A/1", ELECTION_OP_DEMOTE, 1, "A", ELECTION_UNCHANGED, "1 A []"},

    {ABC, ELECTION_OP_ANOINT, 1, "Z", ELECTION_NOT_FOUND, "1 A [B C]"},
    {ABC, ELECTION_OP_PROMOTE, 1, "Z", ELECTION_NOT_FOUND, "1 A [B C]"},
    {ABC, ELECTION_OP_DEMOTE, 1, "Z", ELECTION_NOT_FOUND, "1 A [B C]"},
    {ABC, ELECTION_OP_EVICT, 1, "Z", ELECTION_NOT_FOUND, "1 A [B C]"},
    {"", ELECTION_OP_ANOINT, 1, "A", ELECTION_NOT_FOUND, "0 - []"},

    {ABC, ELECTION_OP_WITHDRAW, 2, "A", ELECTION_NOT_OWNER, "1 A [B C]"},
    {ABC, ELECTION_OP_WITHDRAW, 1, "C", ELECTION_NOT_OWNER, "1 A [B C]"},
    {ABC, ELECTION_OP_WITHDRAW, 0, "C", ELECTION_NOT_OWNER, "1 A [B C]"},

    {ABC, ELECTION_OP_ENTER, 2, "A", ELECTION_CONFLICT, "1 A [B C]"},
    {ABC, ELECTION_OP_ENTER, 1, "C", ELECTION_CONFLICT, "1 A [B C]"},
};

static void every_row_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct election_buffer output = ELECTION_BUFFER_INIT;
        struct heap heap;
        struct election *election;

        heap_init(&heap);
        election = heap_election(&heap);
        play_enter_all(election, row->entries);
        assert_int_equal(
            play_with(election, row->op, row->session_id, row->name, &output),
            row->status);
        assert_term(election, row->term);
        assert_output(&output, row->op, row->term);
        election_buffer_free(&output);
        election_destroy(election);
        heap_assert_empty(&heap);
    }
}

static void closing_a_session(void **state)
{
    static const struct {
        const char *entries;
        uint64_t session_id;
        enum election_status status;
        const char *term;
    } closes[] = {
        {"A/1", 1, ELECTION_OK, "1 - []"},
        {ABC, 1, ELECTION_OK, "2 B [C]"},
        {ABC, 2, ELECTION_OK, "1 A [C]"},
        {"A/1 B/2 C/1 D/3", 1, ELECTION_OK, "2 B [D]"},
        {"A/1 B/1 C/1 D/2", 1, ELECTION_OK, "2 D []"},
        {"A/1 B/1", 1, ELECTION_OK, "1 - []"},
        {"A/0 B/1", 0, ELECTION_OK, "2 B []"},
        {ABC, 7, ELECTION_UNCHANGED, "1 A [B C]"},
        {"", 1, ELECTION_UNCHANGED, "0 - []"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++) {
        struct election *election;

        assert_int_equal(election_create(NULL, &election), ELECTION_OK);
        play_enter_all(election, closes[i].entries);
        assert_int_equal(election_close_session(election, closes[i].session_id),
                         closes[i].status);
        assert_term(election, closes[i].term);
        election_destroy(election);
    }
}

static void one_more_than_the_limit_is_full(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election *election;
    struct election_term term;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    for (unsigned i = 0; i <= ELECTION_WAITING_MAX; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, i, numbered_name(i, 8)),
            ELECTION_OK);
    assert_int_equal(election_candidate_count(election), ELECTION_WAITING_MAX);
    assert_int_equal(play_with(election, ELECTION_OP_ENTER, 1, "late", &output),
                     ELECTION_FULL);
    assert_int_equal(
        election_output_decode(output.data, output.size, &term, NULL, NULL),
        ELECTION_OK);
    assert_int_equal(term.candidate_count, ELECTION_WAITING_MAX);
    /* The limit is on those who wait: when one goes, one may come. */
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, numbered_name(0, 8)),
                     ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 1, "late"), ELECTION_OK);
    assert_int_equal(election_index(election), 2);
    election_buffer_free(&output);
    election_destroy(election);
}

static void the_name_rule(void **state)
{
    static const struct {
        const char *name;
        size_t size;
        enum election_status status;
    } names[] = {
        {"", 0, ELECTION_INVALID},     {"x", 1, ELECTION_OK},
        {"\xc3\xa9", 2, ELECTION_OK},  {"-", 1, ELECTION_OK},
        {"a\0b", 3, ELECTION_INVALID}, {"\0", 1, ELECTION_INVALID},
        {"\xff", 1, ELECTION_INVALID}, {"\xed\xa0\x80", 3, ELECTION_INVALID},
    };
    static const enum election_op ops[] = {
        ELECTION_OP_ENTER,   ELECTION_OP_WITHDRAW, ELECTION_OP_ANOINT,
        ELECTION_OP_PROMOTE, ELECTION_OP_EVICT,    ELECTION_OP_DEMOTE,
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof ops / sizeof *ops; j++) {
            struct election_buffer input = ELECTION_BUFFER_INIT;
            struct election_buffer output = ELECTION_BUFFER_INIT;
            enum election_status status;
            struct election *election;

            assert_int_equal(election_create(NULL, &election), ELECTION_OK);
            assert_int_equal(election_input_encode(
                                 &(struct election_command){
                                     ops[j], names[i].name, names[i].size},
                                 &input),
                             ELECTION_OK);
            status =
                election_apply(election, 1, input.data, input.size, &output);
            /* A bad name comes before anything that the table says. */
            assert_int_equal(status == ELECTION_INVALID,
                             names[i].status == ELECTION_INVALID);
            assert_int_equal(output.size == 0, status == ELECTION_INVALID);
            election_buffer_free(&input);
            election_buffer_free(&output);
            election_destroy(election);
        }
}

static void the_longest_name(void **state)
{
    char name[ELECTION_NAME_SIZE_MAX + 2] = "";
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    for (size_t i = 0; i <= ELECTION_NAME_SIZE_MAX; i++)
        name[i] = 'n';
    assert_int_equal(play(election, ELECTION_OP_ENTER, 1, name),
                     ELECTION_INVALID);
    name[ELECTION_NAME_SIZE_MAX] = '\0';
    assert_int_equal(play(election, ELECTION_OP_ENTER, 1, name), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 1, name),
                     ELECTION_UNCHANGED);
    election_destroy(election);
}

static void a_read_decides_nothing(void **state)
{
    struct election_command command = {ELECTION_OP_WATCH, "", 0};
    struct election__edit edit;
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    assert_int_equal(election__command_decide(election, 1, &command, &edit),
                     ELECTION_UNCHANGED);
    command.op = ELECTION_OP_GET_TERM;
    assert_int_equal(election__command_decide(election, 1, &command, &edit),
                     ELECTION_UNCHANGED);
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table),
        cmocka_unit_test(closing_a_session),
        cmocka_unit_test(one_more_than_the_limit_is_full),
        cmocka_unit_test(the_name_rule),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(a_read_decides_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
