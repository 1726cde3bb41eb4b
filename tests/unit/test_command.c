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
/* Sessions that are 0 and 1 in their lower 32 bits; as text, too. */
#define HIGH_0 UINT64_C(4294967296)
#define HIGH_1 UINT64_C(4294967297)
#define HIGH_0_TEXT "4294967296"
#define HIGH_1_TEXT "4294967297"

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

    /* Owners are told apart by all bits of their sessions. */
    {"A/" HIGH_1_TEXT, ELECTION_OP_ENTER, 1, "A", ELECTION_CONFLICT, "1 A []"},
    {"A/1", ELECTION_OP_ENTER, HIGH_1, "A", ELECTION_CONFLICT, "1 A []"},
    {"A/" HIGH_1_TEXT, ELECTION_OP_ENTER, HIGH_1, "A", ELECTION_UNCHANGED,
     "1 A []"},
    {"A/" HIGH_1_TEXT, ELECTION_OP_WITHDRAW, 1, "A", ELECTION_NOT_OWNER,
     "1 A []"},
    {"A/1", ELECTION_OP_WITHDRAW, HIGH_1, "A", ELECTION_NOT_OWNER, "1 A []"},
    {"A/0", ELECTION_OP_WITHDRAW, HIGH_0, "A", ELECTION_NOT_OWNER, "1 A []"},
    {"A/" HIGH_0_TEXT, ELECTION_OP_WITHDRAW, 0, "A", ELECTION_NOT_OWNER,
     "1 A []"},
    {"A/" HIGH_0_TEXT, ELECTION_OP_WITHDRAW, HIGH_0, "A", ELECTION_OK,
     "1 - []"},
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
        {"A/" HIGH_1_TEXT " B/1 C/1", 1, ELECTION_OK, "1 A []"},
        {"A/1 B/" HIGH_1_TEXT " C/1", HIGH_1, ELECTION_OK, "1 A [C]"},
        {"A/" HIGH_1_TEXT " B/1 C/" HIGH_1_TEXT, HIGH_1, ELECTION_OK, "2 B []"},
        {"A/" HIGH_1_TEXT, 1, ELECTION_UNCHANGED, "1 A []"},
        {"A/0", HIGH_0, ELECTION_UNCHANGED, "1 A []"},
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

/** Sessions that differ above bit 31 only. */
static uint64_t high_session(unsigned number)
{
    return (uint64_t)number << 32 | 7;
}

static void many_sessions_differ_above_bit_31_only(void **state)
{
    enum { COUNT = 100 };
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    for (unsigned i = 0; i < 2 * COUNT; i++)
        assert_int_equal(play(election, ELECTION_OP_ENTER,
                              high_session(i % COUNT), numbered_name(i, 8)),
                         ELECTION_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        size_t before = election_candidate_count(election);

        assert_int_equal(play(election, ELECTION_OP_WITHDRAW,
                              high_session(i + 1), numbered_name(i, 8)),
                         ELECTION_NOT_OWNER);
        /* The last one of all is the leader, with nobody waiting behind. */
        assert_int_equal(election_close_session(election, high_session(i)),
                         ELECTION_OK);
        assert_int_equal(before - election_candidate_count(election),
                         i == COUNT - 1 ? 1 : 2);
        assert_int_equal(election_close_session(election, high_session(i)),
                         ELECTION_UNCHANGED);
    }
    assert_term(election, "100 - []");
    election_destroy(election);
}

/* ---- so many that ids need all their bits -------------------------------- */

static void enter_number(struct election *election, unsigned number,
                         uint64_t session_id)
{
    assert_int_equal(
        play(election, ELECTION_OP_ENTER, session_id, numbered_name(number, 8)),
        ELECTION_OK);
}

/** Fails the test unless each has its session; of three one may be `gone`. */
static void assert_sessions(const struct election *election, unsigned count,
                            unsigned gone)
{
    for (unsigned i = 0; i < count; i++) {
        struct election_candidate candidate = {NULL, 0, 0};
        enum election_status status =
            election_find(election, numbered_name(i, 8), 8, &candidate, NULL);

        if (i % 3 == gone) {
            assert_int_equal(status, ELECTION_NOT_FOUND);
            continue;
        }
        assert_int_equal(status, ELECTION_OK);
        assert_memory_equal(candidate.name, numbered_name(i, 8), 8);
        assert_int_equal(candidate.session_id, high_session(i));
    }
}

/** Takes a snapshot and restores it; all must be as before. */
static void restore_itself(struct election *election)
{
    struct election_buffer before = snapshot_of(election);
    struct election_buffer after;

    assert_int_equal(election_restore(election, before.data, before.size),
                     ELECTION_OK);
    after = snapshot_of(election);
    assert_same_bytes(&before, &after);
    election_buffer_free(&before);
    election_buffer_free(&after);
}

static void every_id_stands_for_somebody(void **state)
{
    static const unsigned counts[] = {33000, ELECTION_WAITING_MAX + 1};
    enum { NOBODY = 3 };

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        unsigned count = counts[i];
        struct election *election;

        assert_int_equal(election_create(NULL, &election), ELECTION_OK);
        for (unsigned n = 0; n < count; n++)
            enter_number(election, n, high_session(n));
        assert_sessions(election, count, NOBODY);
        restore_itself(election);
        assert_sessions(election, count, NOBODY);
        /* The leader and the last one are known by name, too. */
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(0, 8)),
            ELECTION_CONFLICT);
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(count - 1, 8)),
            ELECTION_CONFLICT);
        /* A third leaves by session, and comes back under ids used before. */
        for (unsigned n = 1; n < count; n += 3)
            assert_int_equal(election_close_session(election, high_session(n)),
                             ELECTION_OK);
        assert_sessions(election, count, 1);
        for (unsigned n = 1; n < count; n += 3)
            enter_number(election, n, high_session(n));
        assert_sessions(election, count, NOBODY);
        /* Two thirds leave by name. */
        for (unsigned n = count; n-- > 0;)
            if (n % 3 != 0)
                assert_int_equal(play(election, ELECTION_OP_WITHDRAW,
                                      high_session(n), numbered_name(n, 8)),
                                 ELECTION_OK);
        assert_int_equal(election_candidate_count(election), (count - 1) / 3);
        election_destroy(election);
    }
}

static void sessions_of_thousands_end_at_once(void **state)
{
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    /* Two long chains: the ends of each have the lowest and highest ids. */
    for (unsigned n = 0; n <= ELECTION_WAITING_MAX; n++)
        enter_number(election, n, high_session(n % 2));
    assert_int_equal(election_close_session(election, high_session(0)),
                     ELECTION_OK);
    assert_int_equal(election_candidate_count(election),
                     ELECTION_WAITING_MAX / 2);
    assert_int_equal(election_index(election), 2);
    for (unsigned n = 1; n <= ELECTION_WAITING_MAX; n += 2)
        assert_int_equal(play(election, ELECTION_OP_ENTER, high_session(1),
                              numbered_name(n, 8)),
                         ELECTION_UNCHANGED);
    /* Who leaves first leaves the one with the highest id behind. */
    for (int again = 0; again < 2; again++) {
        assert_int_equal(
            play(election, ELECTION_OP_EVICT, 0, numbered_name(3, 8)),
            ELECTION_OK);
        if (again == 0)
            enter_number(election, 3, high_session(1));
    }
    assert_int_equal(election_close_session(election, high_session(1)),
                     ELECTION_OK);
    assert_term(election, "2 - []");
    election_destroy(election);
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
    /* Who is in already is no one more. */
    assert_int_equal(play(election, ELECTION_OP_ENTER, 7, numbered_name(7, 8)),
                     ELECTION_UNCHANGED);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 8, numbered_name(7, 8)),
                     ELECTION_CONFLICT);
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
        cmocka_unit_test(many_sessions_differ_above_bit_31_only),
        cmocka_unit_test(every_id_stands_for_somebody),
        cmocka_unit_test(sessions_of_thousands_end_at_once),
        cmocka_unit_test(one_more_than_the_limit_is_full),
        cmocka_unit_test(the_name_rule),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(a_read_decides_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
