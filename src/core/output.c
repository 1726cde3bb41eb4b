/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "embed.h"
#include "op.h"

static size_t term_size(const struct election *election)
{
    return election->succession.records_size +
           election__number_size(election->index);
}

size_t election__answer_size(const struct election *election)
{
    return election__bytes_size(election__bytes_size(term_size(election)));
}

uint8_t *election__answer_write(uint8_t *at, const struct election *election,
                                enum election_op op)
{
    size_t size = term_size(election);
    uint8_t *records, *end;

    at = election__bytes_open(at, op, election__bytes_size(size));
    records = election__bytes_open(at, ELECTION__OUTPUT_TERM, size);
    end = election__succession_copy(&election->succession, records);
    if (end != records)
        election__record_crown(records);
    return election__number_write(end, ELECTION__TERM_INDEX, election->index);
}

void election__output_encode(const struct election *election,
                             enum election_op op,
                             struct election_buffer *output)
{
    uint8_t *end = election__answer_write(output->data, election, op);

    output->size = (size_t)(end - output->data);
}

enum election_status election__answer(const struct election *election,
                                      enum election_op op,
                                      struct election_buffer *output)
{
    const struct election__succession *succession = &election->succession;

    if (election__buffer_place(
            output, &succession->allocator, 0,
            election__output_size_max(succession->records_size)) == NULL)
        return ELECTION_NOMEM;
    election__output_encode(election, op, output);
    return ELECTION_OK;
}

enum election_status election_answer(const struct election *election,
                                     enum election_op op,
                                     struct election_buffer *output)
{
    if (election == NULL || output == NULL || !election__buffer_valid(output) ||
        !election__op_exists((uint32_t)op))
        return ELECTION_MISUSE;
    return election__answer(election, op, output);
}
