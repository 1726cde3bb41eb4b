/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

enum { TERM_TEXT_SIZE = 4096 };

enum election_status play_with(struct election *election, enum election_op op,
                               uint64_t session_id, const char *name,
                               struct election_buffer *output)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    enum election_status status;

    assert_int_equal(
        election_input_encode(
            &(struct election_command){op, name, strlen(name)}, &input),
        ELECTION_OK);
    status =
        election_apply(election, session_id, input.data, input.size, output);
    election_buffer_free(&input);
    return status;
}

enum election_status play(struct election *election, enum election_op op,
                          uint64_t session_id, const char *name)
{
    return play_with(election, op, session_id, name, NULL);
}

void play_enter_all(struct election *election, const char *entries)
{
    char name[ELECTION_NAME_SIZE_MAX + 1];
    uint64_t session_id;
    int length;

    while (sscanf(entries, " %255[^/ ]/%" SCNu64 "%n", name, &session_id,
                  &length) == 2) {
        assert_int_equal(play(election, ELECTION_OP_ENTER, session_id, name),
                         ELECTION_OK);
        entries += length;
    }
    assert_string_equal(entries, "");
}

/** A Term as text, while it is being put together. */
struct text {
    char bytes[TERM_TEXT_SIZE];
    size_t size;
    bool has_names;
};

static void add(struct text *text, const char *bytes, size_t size)
{
    assert_true(text->size + size < sizeof text->bytes);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

static void begin_text(struct text *text, uint64_t index, const char *leader,
                       size_t leader_size)
{
    text->has_names = false;
    text->size = (size_t)snprintf(text->bytes, sizeof text->bytes,
                                  "%" PRIu64 " ", index);
    if (leader_size == 0)
        add(text, "-", 1);
    else
        add(text, leader, leader_size);
    add(text, " [", 2);
}

static bool add_name(void *context, const char *name, size_t size)
{
    struct text *text = context;

    if (text->has_names)
        add(text, " ", 1);
    text->has_names = true;
    add(text, name, size);
    return true;
}

static bool add_candidate(void *context,
                          const struct election_candidate *candidate)
{
    return add_name(context, candidate->name, candidate->name_size);
}

void assert_term(const struct election *election, const char *term)
{
    struct election_candidate leader = {"", 0, 0};
    struct text text;

    (void)!election_leader(election, &leader);
    begin_text(&text, election_index(election), leader.name, leader.name_size);
    assert_int_equal(election_each_candidate(election, add_candidate, &text),
                     ELECTION_OK);
    add(&text, "]", 1);
    assert_string_equal(text.bytes, term);
}

void assert_output_bytes(const uint8_t *output, size_t size,
                         enum election_op op, const char *term)
{
    struct election_term decoded;
    struct text text;

    assert_int_equal(election_output_decode(output, size, &decoded, NULL, NULL),
                     ELECTION_OK);
    assert_int_equal(decoded.op, op);
    begin_text(&text, decoded.index, decoded.leader, decoded.leader_size);
    assert_int_equal(
        election_output_decode(output, size, &decoded, add_name, &text),
        ELECTION_OK);
    add(&text, "]", 1);
    assert_string_equal(text.bytes, term);
}

void assert_output(const struct election_buffer *output, enum election_op op,
                   const char *term)
{
    assert_output_bytes(output->data, output->size, op, term);
}

void assert_same_bytes(const struct election_buffer *a,
                       const struct election_buffer *b)
{
    assert_int_equal(a->size, b->size);
    if (a->size > 0)
        assert_memory_equal(a->data, b->data, a->size);
}

struct election_buffer snapshot_of(const struct election *election)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;

    assert_int_equal(election_snapshot(election, &snapshot), ELECTION_OK);
    return snapshot;
}

const char *numbered_name(unsigned number, size_t size)
{
    static char name[ELECTION_NAME_SIZE_MAX + 1];

    assert_in_range(size, 8, ELECTION_NAME_SIZE_MAX);
    snprintf(name, sizeof name, "%0*u", (int)size, number);
    return name;
}
