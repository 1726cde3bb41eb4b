/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <string.h>

#include "base/buffer.h"
#include "base/field.h"
#include "op.h"

/* ---- reading ------------------------------------------------------------ */

/** Reads the message of one case; a repeated one merges into the command. */
static inline bool read_command(struct election__reader *body,
                                struct election_command *command)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, election__op_name_field(command->op),
                               ELECTION__BYTES) &&
            !election__field_string(&field, &command->name,
                                    &command->name_size))
            return false;
    }
    return true;
}

/**
 * Reads all fields of an input, on top of what was read before: *command has
 * the operation of the last case, or 0.
 */
static inline bool read_input(struct election__reader *reader,
                              struct election_command *command)
{
    struct election__field field;

    while (!election__reader_at_end(reader)) {
        if (!election__field_read(reader, &field))
            return false;
        if (!election__field_is_case(&field))
            continue;
        if (field.number != (uint32_t)command->op)
            *command = (struct election_command){(enum election_op)field.number,
                                                 "", 0};
        if (!read_command(&field.body, command))
            return false;
    }
    return true;
}

enum election_status election__input_read(const void *input, size_t size,
                                          struct election_command *command)
{
    struct election__reader reader;

    command->op = (enum election_op)0;
    if (!election__reader_open(&reader, input, size) ||
        !read_input(&reader, command))
        return ELECTION_INVALID;
    return command->op == 0 ? ELECTION_UNSUPPORTED : ELECTION_OK;
}

bool election__input_merge(struct election__reader *body,
                           struct election_command *command)
{
    return read_input(body, command);
}

enum election_status election_input_decode(const void *input, size_t input_size,
                                           struct election_command *command)
{
    struct election_command decoded;
    enum election_status status;

    if (command == NULL || (input == NULL && input_size > 0))
        return ELECTION_MISUSE;
    status = election__input_read(input, input_size, &decoded);
    if (status == ELECTION_OK)
        *command = decoded;
    return status;
}

/* ---- writing ------------------------------------------------------------ */

/** Size of the message of the command's case. */
static size_t case_size(const struct election_command *command)
{
    if (command->name_size == 0)
        return 0;
    return election__bytes_size(command->name_size);
}

bool election__input_is_writable(const struct election_command *command)
{
    if (!election__op_exists((uint32_t)command->op))
        return false;
    if (command->name == NULL || election__op_reads(command->op))
        return command->name_size == 0;
    return command->name_size <= ELECTION__LENGTH_MAX &&
           case_size(command) <= ELECTION__LENGTH_MAX;
}

size_t election__input_size(const struct election_command *command)
{
    return election__bytes_size(case_size(command));
}

uint8_t *election__input_write(uint8_t *at,
                               const struct election_command *command)
{
    at = election__bytes_open(at, command->op, case_size(command));
    if (command->name_size > 0) {
        at = election__bytes_open(at, election__op_name_field(command->op),
                                  command->name_size);
        memcpy(at, command->name, command->name_size);
        at += command->name_size;
    }
    return at;
}

enum election_status
election_input_encode(const struct election_command *command,
                      struct election_buffer *output)
{
    uint8_t *at;

    if (command == NULL || output == NULL || !election__buffer_valid(output) ||
        !election__input_is_writable(command))
        return ELECTION_MISUSE;
    at = election__buffer_place(output, &election__allocator_default, 0,
                                election__input_size(command));
    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__input_write(at, command);
    output->size = (size_t)(at - output->data);
    return ELECTION_OK;
}
