/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client does with an answer or an event: reads the Term out of an
 * encoded LeaderElectionOutput, by the rules of input.h.
 */
#include "base/field.h"
#include "fsm.h"
#include "op.h"

/** Who wants to know the waiting names of an output. */
struct name_sink {
    election_name_fn *fn; /* NULL = nobody, or nobody any more */
    void *context;
};

/** Reads one field of a Term. False = malformed. */
static bool read_term_field(const struct election__field *field,
                            struct election_term *term, struct name_sink *sink)
{
    const char *name;
    size_t size;

    if (election__field_is(field, ELECTION__TERM_LEADER, ELECTION__BYTES))
        return election__field_string(field, &term->leader, &term->leader_size);
    if (election__field_is(field, ELECTION__TERM_INDEX, ELECTION__VARINT))
        term->index = field->varint;
    if (!election__field_is(field, ELECTION__TERM_CANDIDATES, ELECTION__BYTES))
        return true;
    if (!election__field_string(field, &name, &size))
        return false;
    term->candidate_count++;
    if (sink->fn != NULL && !sink->fn(sink->context, name, size))
        sink->fn = NULL;
    return true;
}

static bool read_term(struct election__reader *body, struct election_term *term,
                      struct name_sink *sink)
{
    struct election__field field = {0};

    while (!election__reader_at_end(body))
        if (!election__field_read(body, &field) ||
            !read_term_field(&field, term, sink))
            return false;
    return true;
}

/** Reads the message of one case; a repeated one merges into the term. */
static bool read_answer(struct election__reader *body,
                        struct election_term *term, struct name_sink *sink)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, ELECTION__OUTPUT_TERM,
                               ELECTION__BYTES) &&
            !read_term(&field.body, term, sink))
            return false;
    }
    return true;
}

/**
 * Reads all fields of an output. Leaves *reader where the last case of the
 * oneof starts that no other one follows.
 */
static enum election_status read_output(struct election__reader *reader,
                                        struct election_term *term,
                                        struct name_sink *sink)
{
    struct election__reader rest = *reader;
    struct election__field field;
    uint32_t last_case = 0;

    while (!election__reader_at_end(&rest)) {
        struct election__reader here = rest;

        if (!election__field_read(&rest, &field))
            return ELECTION_INVALID;
        if (!election__field_is_case(&field))
            continue;
        if (field.number != last_case) {
            *term =
                (struct election_term){.op = (enum election_op)field.number};
            *reader = here;
        }
        last_case = field.number;
        if (!read_answer(&field.body, term, sink))
            return ELECTION_INVALID;
    }
    return last_case == 0 ? ELECTION_UNSUPPORTED : ELECTION_OK;
}

enum election_status election_output_decode(const void *output,
                                            size_t output_size,
                                            struct election_term *term,
                                            election_name_fn *fn, void *context)
{
    struct election__reader reader;
    struct election_term decoded = {0};
    struct name_sink nobody = {NULL, NULL};
    struct name_sink sink = {fn, context};
    enum election_status status;

    if (term == NULL || (output == NULL && output_size > 0))
        return ELECTION_MISUSE;
    if (!election__reader_open(&reader, output, output_size))
        return ELECTION_INVALID;
    status = read_output(&reader, &decoded, &nobody);
    if (status != ELECTION_OK)
        return status;
    if (decoded.leader_size == 0)
        decoded.leader = NULL;
    *term = decoded;
    if (fn != NULL)
        (void)read_output(&reader, &decoded, &sink);
    return ELECTION_OK;
}
