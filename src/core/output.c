/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "embed.h"
#include "op.h"

/** Writes the answer to `op`; returns its end. */
static uint8_t *write_output(uint8_t *at, const struct election *election,
                             enum election_op op)
{
    size_t term_size = election->succession.records_size +
                       election__number_size(election->index);
    uint8_t *records, *end;

    at = election__bytes_open(at, op, election__bytes_size(term_size));
    records = election__bytes_open(at, ELECTION__OUTPUT_TERM, term_size);
    end = election__succession_copy(&election->succession, records);
    if (end != records)
        election__record_crown(records);
    return election__number_write(end, ELECTION__TERM_INDEX, election->index);
}

void election__output_encode(const struct election *election,
                             enum election_op op,
                             struct election_buffer *output)
{
    uint8_t *end = write_output(output->data, election, op);

    output->size = (size_t)(end - output->data);
}

enum election_status election__answer(const struct election *election,
                                      enum election_op op, size_t kept,
                                      struct election_buffer *output)
{
    uint8_t *at = election__buffer_place(
        output, &election->succession.allocator, kept,
        election__output_size_max(election->succession.records_size));

    if (at == NULL)
        return ELECTION_NOMEM;
    at = write_output(at, election, op);
    output->size = (size_t)(at - output->data);
    return ELECTION_OK;
}

enum election_status election_answer(const struct election *election,
                                     enum election_op op,
                                     struct election_buffer *output)
{
    if (election == NULL || output == NULL || !election__buffer_valid(output) ||
        !election__op_exists((uint32_t)op))
        return ELECTION_MISUSE;
    return election__answer(election, op, 0, output);
}
