#include "base/allocator.h"
#include "base/buffer.h"
#include "codec.h"
#include "command.h"

static bool is_op(enum election_op op)
{
    return op >= ELECTION_OP_ENTER && op <= ELECTION_OP_DEMOTE;
}

enum election_status election_input_encode(enum election_op op,
                                           const char *name, size_t name_size,
                                           struct election_buffer *output)
{
    struct election__command command = {op, name, name_size};
    struct election__room room;
    uint8_t *end;

    if (output == NULL || !election__buffer_valid(output) || !is_op(op) ||
        (name == NULL && name_size > 0) ||
        (election__op_reads(op) && name_size > 0) ||
        name_size > ELECTION_MESSAGE_SIZE_MAX ||
        election__input_size(&command) > ELECTION_MESSAGE_SIZE_MAX)
        return ELECTION_MISUSE;
    if (!election__buffer_reserve(output, &election__allocator_default,
                                  election__input_size(&command), &room))
        return ELECTION_NOMEM;
    election__buffer_commit(output, &room);
    end = election__input_write(output->data, &command);
    output->size = (size_t)(end - output->data);
    return ELECTION_OK;
}

enum election_status election_output_decode(const void *output,
                                            size_t output_size,
                                            struct election_term *term,
                                            election_name_fn *fn, void *context)
{
    if (term == NULL || (output == NULL && output_size > 0))
        return ELECTION_MISUSE;
    return election__output_decode(output, output_size, term, fn, context);
}
