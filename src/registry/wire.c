/* SPDX-License-Identifier: Apache-2.0 */
/* What clients and hosts write and read: election/wire.h. */
#include "base/buffer.h"
#include "core/embed.h"
#include "election/registry.h"
#include "messages.h"

const char *election_cause_name(enum election_cause cause)
{
    switch (cause) {
#define CAUSE_NAME(name, value)                                                \
    case ELECTION_CAUSE_##name:                                                \
        return #name;
        ELECTION_CAUSE_MAP(CAUSE_NAME)
#undef CAUSE_NAME
    case ELECTION_CAUSE_UNKNOWN:
        break;
    }
    return "UNKNOWN";
}

/* ---- writing ------------------------------------------------------------ */

/** Writes a whole message, which is not too large. OK or NOMEM. */
static enum election_status
encode_message(const struct election__message *message, const void *object,
               struct election_buffer *output)
{
    size_t size = election__message_size(message, object);
    uint8_t *at =
        election__buffer_place(output, &election__allocator_default, 0, size);

    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__message_write(message, at, object);
    output->size = (size_t)(at - output->data);
    return ELECTION_OK;
}

/**
 * Tells whether a span can be written: bytes or numbers that are there, and so
 * few that no message is too large, as a number takes at most ten bytes.
 */
static bool is_span(const void *span, size_t count)
{
    return count <= ELECTION__LENGTH_MAX / 16 && (span != NULL || count == 0);
}

static bool is_kind(enum election_registry_command_kind kind)
{
    switch (kind) {
#define COMMAND_CASE(name, value) case ELECTION_REGISTRY_##name:
        ELECTION_REGISTRY_COMMAND_MAP(COMMAND_CASE)
#undef COMMAND_CASE
        return true;
    case ELECTION_REGISTRY_NOTHING:
        break;
    }
    return false;
}

static bool is_writable(const struct election_registry_command *command)
{
    if (!is_kind(command->kind) ||
        !is_span(command->client_id, command->client_id_size) ||
        !is_span(command->data, command->data_size) ||
        !is_span(command->election, command->election_size) ||
        !is_span(command->session_ids, command->session_count))
        return false;
    return command->command.op == 0 ||
           (is_span(command->command.name, command->command.name_size) &&
            election__input_is_writable(&command->command));
}

enum election_status election_registry_command_encode(
    const struct election_registry_command *command,
    struct election_buffer *output)
{
    struct election__command written = {.which = {0}};

    if (command == NULL || output == NULL || !election__buffer_valid(output) ||
        !is_writable(command))
        return ELECTION_MISUSE;
    written.which.number = command->kind;
    written.view = *command;
    return encode_message(&election__command_message, &written, output);
}

enum election_status
election_registry_query_encode(const struct election_registry_query *query,
                               struct election_buffer *output)
{
    struct election__query written = {.which = {0}};

    if (query == NULL || output == NULL || !election__buffer_valid(output) ||
        query->kind < ELECTION_REGISTRY_GET_TERM ||
        query->kind > ELECTION_REGISTRY_GET_STATUS ||
        !is_span(query->election, query->election_size))
        return ELECTION_MISUSE;
    written.which.number = query->kind;
    written.view = *query;
    return encode_message(&election__query_message, &written, output);
}

/* ---- reading ------------------------------------------------------------ */

/** Returns a status of the wire; one of a later version is UNSUPPORTED. */
static enum election_status status_of(uint32_t number)
{
    if (number > ELECTION_ABORTED)
        return ELECTION_UNSUPPORTED;
    return (enum election_status)number;
}

/** Returns a cause of the wire; one of a later version is UNKNOWN. */
static enum election_cause cause_of(uint32_t number)
{
    if (number > ELECTION_CAUSE_RESTORED)
        return ELECTION_CAUSE_UNKNOWN;
    return (enum election_cause)number;
}

enum election_status election_registry_command_decode(
    const void *bytes, size_t size, struct election_registry_command *command,
    const struct election_registry_visitor *visitor)
{
    struct election__command read = {.which = {0}};
    struct election__command scratch = {.which = {0}};

    if (command == NULL || (bytes == NULL && size > 0))
        return ELECTION_MISUSE;
    if (!election__message_open(&election__command_message, bytes, size, &read))
        return ELECTION_INVALID;
    if (read.which.number == 0)
        return ELECTION_UNSUPPORTED;
    *command = read.view;
    command->kind = (enum election_registry_command_kind)read.which.number;
    election__message_show(&election__command_message, &read.which.since,
                           visitor, &scratch);
    return ELECTION_OK;
}

enum election_status
election_registry_result_decode(const void *bytes, size_t size,
                                struct election_registry_result *result,
                                const struct election_registry_visitor *visitor)
{
    struct election__result read = {.which = {0}};
    struct election__result scratch = {.which = {0}};

    if (result == NULL || (bytes == NULL && size > 0))
        return ELECTION_MISUSE;
    if (!election__message_open(&election__result_message, bytes, size, &read))
        return ELECTION_INVALID;
    *result = (struct election_registry_result){
        .status = status_of(read.status),
        .applied = read.applied,
        .kind = (enum election_registry_result_kind)read.which.number,
        .session_id = read.session_id,
        .incarnation = read.incarnation,
        .timeout_ms = read.timeout_ms,
        .lost_count = read.lost_count,
        .has_leadership = read.has_leadership,
        .leadership = read.leadership.view,
        .output = read.output,
        .output_size = read.output_size,
        .is_repeated = read.is_repeated,
    };
    election__message_show(&election__result_message, &read.which.since,
                           visitor, &scratch);
    return ELECTION_OK;
}

enum election_status
election_registry_answer_decode(const void *bytes, size_t size,
                                struct election_registry_answer *answer,
                                const struct election_registry_visitor *visitor)
{
    struct election__answer read = {.which = {0}};
    struct election__answer scratch = {.which = {0}};

    if (answer == NULL || (bytes == NULL && size > 0))
        return ELECTION_MISUSE;
    if (!election__message_open(&election__answer_message, bytes, size, &read))
        return ELECTION_INVALID;
    *answer = (struct election_registry_answer){
        .status = status_of(read.status),
        .applied = read.applied,
        .kind = (enum election_registry_answer_kind)read.which.number,
        .leadership = read.leadership.view,
        .version = read.version,
        .epoch = read.epoch,
        .now_ms = read.now_ms,
        .index_floor = read.index_floor,
        .id_floor = read.id_floor,
        .session_count = read.session_count,
        .election_count = read.election_count,
        .candidate_count = read.candidate_count,
        .log_digest = read.log_digest,
    };
    election__message_show(&election__answer_message, &read.which.since,
                           visitor, &scratch);
    return ELECTION_OK;
}

enum election_status
election_registry_event_decode(const void *bytes, size_t size,
                               struct election_registry_event *event,
                               const struct election_registry_visitor *visitor)
{
    struct election__event read = {0};
    struct election__event scratch = {0};
    struct election__reader since;

    if (event == NULL || (bytes == NULL && size > 0))
        return ELECTION_MISUSE;
    if (!election__message_open(&election__event_message, bytes, size, &read))
        return ELECTION_INVALID;
    *event = (struct election_registry_event){
        .applied = read.applied,
        .election = read.election,
        .election_size = read.election_size,
        .cause = cause_of(read.cause),
        .by_session_id = read.by_session_id,
        .leadership = read.leadership.view,
    };
    (void)election__reader_open(&since, bytes, size);
    election__message_show(&election__event_message, &since, visitor, &scratch);
    return ELECTION_OK;
}
