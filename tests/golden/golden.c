/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays the golden files through the library:
 *
 *     golden log.txt    commands, and the bytes of inputs, outputs, snapshots
 *     golden edges.txt  inputs at the edge of what is accepted
 *
 * compare.py holds the same files against Google's protobuf.
 */
#include "../support/cmocka_all.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "election/election.h"
#include "row.h"

static const char *path;

struct bytes {
    uint8_t data[ROW_BYTES_MAX];
    size_t size;
};

static enum election_op op_of(const char *name)
{
    size_t op = 0;

    while (strcmp(row_cases[op], name) != 0) {
        op++;
        assert_true(op < sizeof row_cases / sizeof *row_cases);
    }
    return (enum election_op)op;
}

static void unhex(const char *word, struct bytes *bytes)
{
    bytes->size = row_unhex(word, bytes->data);
    assert_int_not_equal(bytes->size, SIZE_MAX);
}

static void assert_bytes(const struct election_buffer *buffer, const char *word)
{
    static struct bytes expected;

    unhex(word, &expected);
    assert_int_equal(buffer->size, expected.size);
    if (expected.size > 0)
        assert_memory_equal(buffer->data, expected.data, expected.size);
}

/** Splits a line into so many words. False = it holds none. */
static bool split(char *line, char **words, size_t count)
{
    char *rest = NULL;
    char *comment = strchr(line, '#');
    size_t found = 0;

    if (comment != NULL)
        *comment = '\0';
    for (char *word = strtok_r(line, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        assert_true(found < count);
        words[found++] = word;
    }
    assert_true(found == 0 || found == count);
    return found > 0;
}

/** One line: op, session, name, status, input, output, snapshot after it. */
static void play_entry(struct election *election, char **words)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    static struct bytes name;
    uint64_t session_id = strtoull(words[1], NULL, 10);
    enum election_status status;

    if (strcmp(words[0], "close") == 0) {
        status = election_close_session(election, session_id);
    } else {
        unhex(words[2], &name);
        assert_int_equal(
            election_input_encode(
                &(struct election_command){op_of(words[0]),
                                           (const char *)name.data, name.size},
                &input),
            ELECTION_OK);
        assert_bytes(&input, words[4]);
        status = election_apply(election, session_id, input.data, input.size,
                                &output);
        assert_bytes(&output, words[5]);
    }
    assert_string_equal(election_status_name(status), words[3]);
    assert_int_equal(election_snapshot(election, &output), ELECTION_OK);
    assert_bytes(&output, words[6]);
    election_buffer_free(&input);
    election_buffer_free(&output);
}

static void the_log_has_these_bytes(void **state)
{
    static char line[ROW_SIZE_MAX];
    struct election *election;
    FILE *file = fopen(path, "r");
    size_t count = 0;
    char *words[7];

    (void)state;
    assert_non_null(file);
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    while (fgets(line, sizeof line, file) != NULL)
        if (split(line, words, 7)) {
            play_entry(election, words);
            count++;
        }
    assert_true(count > 0);
    election_destroy(election);
    (void)fclose(file);
}

/** One line: input, case, name. */
static void judge_edge(char **words)
{
    static struct bytes input, name;
    struct election_command command;
    enum election_status status;

    unhex(words[0], &input);
    unhex(words[2], &name);
    status = election_input_decode(input.data, input.size, &command);
    if (strcmp(words[1], "malformed") == 0) {
        assert_int_equal(status, ELECTION_INVALID);
    } else if (strcmp(words[1], "none") == 0) {
        assert_int_equal(status, ELECTION_UNSUPPORTED);
    } else {
        assert_int_equal(status, ELECTION_OK);
        assert_int_equal(command.op, op_of(words[1]));
        assert_int_equal(command.name_size, name.size);
        assert_memory_equal(command.name, name.data, name.size);
    }
}

static void edges_are_judged_so(void **state)
{
    static char line[ROW_SIZE_MAX];
    FILE *file = fopen(path, "r");
    size_t count = 0;
    char *words[3];

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (split(line, words, 3)) {
            judge_edge(words);
            count++;
        }
    assert_true(count > 0);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest log_tests[] = {
        cmocka_unit_test(the_log_has_these_bytes),
    };
    const struct CMUnitTest edge_tests[] = {
        cmocka_unit_test(edges_are_judged_so),
    };

    if (argc != 2)
        return EXIT_FAILURE;
    path = argv[1];
    if (strstr(path, "log.txt") != NULL)
        return cmocka_run_group_tests(log_tests, NULL, NULL);
    return cmocka_run_group_tests(edge_tests, NULL, NULL);
}
