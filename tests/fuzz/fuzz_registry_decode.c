/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoders of clients and hosts, given any bytes: they read nothing else,
 * point nowhere else, and stop when the visitor says so; a command that was
 * read is written and read again as the same.
 *
 * A case is a byte that says which decoder, and when the visitor has seen
 * enough, and the bytes of a message.
 */
#include <string.h>

#include "election/registry.h"
#include "fuzz.h"

enum { IDS_MAX = 2048 };

/** The bytes of the case, and what a visitor was shown. */
struct seen {
    const uint8_t *start;
    const uint8_t *end;
    size_t wanted; /* times that a visitor is shown something */
    size_t count;
    size_t id_count; /* of what was shown */
    uint64_t ids[IDS_MAX];
};

/** A span lies within the bytes, all of it; or it is empty. */
static void check_span(const struct seen *seen, const void *span, size_t size)
{
    const uint8_t *at = span;

    require(size == 0 || (at != NULL && at >= seen->start && at <= seen->end &&
                          size <= (size_t)(seen->end - at)));
}

static void
check_leadership(const struct seen *seen,
                 const struct election_registry_leadership *leadership)
{
    check_span(seen, leadership->leader, leadership->leader_size);
    check_span(seen, leadership->leader_data, leadership->leader_data_size);
}

/** Counts what is shown; false when it is enough. */
static bool go_on(struct seen *seen)
{
    require(seen->count < seen->wanted);
    return ++seen->count < seen->wanted;
}

static bool see_id(void *context, uint64_t id)
{
    struct seen *seen = context;

    if (seen->id_count < IDS_MAX)
        seen->ids[seen->id_count] = id;
    seen->id_count++;
    return go_on(seen);
}

static bool see_candidate(void *context, const char *name, size_t size)
{
    check_span(context, name, size);
    return go_on(context);
}

static bool see_election(void *context,
                         const struct election_registry_election *shown)
{
    check_span(context, shown->name, shown->name_size);
    check_leadership(context, &shown->leadership);
    return go_on(context);
}

static bool see_session(void *context,
                        const struct election_registry_session *shown)
{
    check_span(context, shown->client_id, shown->client_id_size);
    check_span(context, shown->data, shown->data_size);
    return go_on(context);
}

static void check_result(const struct seen *seen,
                         const struct election_registry_visitor *visitor)
{
    struct election_registry_result result;
    size_t size = (size_t)(seen->end - seen->start);
    enum election_status status =
        election_registry_result_decode(seen->start, size, &result, visitor);

    require(status == ELECTION_OK || status == ELECTION_INVALID);
    if (status != ELECTION_OK)
        return;
    check_leadership(seen, &result.leadership);
    check_span(seen, result.output, result.output_size);
    require(seen->id_count <= result.lost_count);
    require(seen->id_count == result.lost_count || seen->count == seen->wanted);
}

static void check_answer(const struct seen *seen,
                         const struct election_registry_visitor *visitor)
{
    struct election_registry_answer answer;
    size_t size = (size_t)(seen->end - seen->start);
    enum election_status status =
        election_registry_answer_decode(seen->start, size, &answer, visitor);

    require(status == ELECTION_OK || status == ELECTION_INVALID);
    if (status == ELECTION_OK)
        check_leadership(seen, &answer.leadership);
}

static void check_event(const struct seen *seen,
                        const struct election_registry_visitor *visitor)
{
    struct election_registry_event event;
    size_t size = (size_t)(seen->end - seen->start);
    enum election_status status =
        election_registry_event_decode(seen->start, size, &event, visitor);

    require(status == ELECTION_OK || status == ELECTION_INVALID);
    if (status != ELECTION_OK)
        return;
    check_span(seen, event.election, event.election_size);
    check_leadership(seen, &event.leadership);
}

/** Writes what was read, reads that, and writes it again. */
static void check_again(struct election_registry_command *command)
{
    struct election_buffer once = ELECTION_BUFFER_INIT;
    struct election_buffer twice = ELECTION_BUFFER_INIT;
    struct election_registry_command read;
    const uint64_t *ids = command->session_ids;

    require(election_registry_command_encode(command, &once) == ELECTION_OK);
    require(election_registry_command_decode(once.data, once.size, &read,
                                             NULL) == ELECTION_OK);
    require(read.kind == command->kind && read.epoch == command->epoch);
    require(read.session_count == command->session_count);
    read.session_ids = ids;
    require(election_registry_command_encode(&read, &twice) == ELECTION_OK);
    require(once.size == twice.size &&
            (once.size == 0 || memcmp(once.data, twice.data, once.size) == 0));
    election_buffer_free(&once);
    election_buffer_free(&twice);
}

static void check_command(const struct seen *seen,
                          const struct election_registry_visitor *visitor)
{
    struct election_registry_command command;
    size_t size = (size_t)(seen->end - seen->start);
    enum election_status status =
        election_registry_command_decode(seen->start, size, &command, visitor);

    require(status == ELECTION_OK || status == ELECTION_INVALID ||
            status == ELECTION_UNSUPPORTED);
    if (status != ELECTION_OK)
        return;
    check_span(seen, command.client_id, command.client_id_size);
    check_span(seen, command.data, command.data_size);
    check_span(seen, command.election, command.election_size);
    check_span(seen, command.command.name, command.command.name_size);
    require(seen->count == command.session_count ||
            seen->count == seen->wanted);
    if (seen->count < command.session_count || seen->count > IDS_MAX)
        return;
    command.session_ids = seen->ids;
    check_again(&command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen seen;
    const struct election_registry_visitor visitor = {
        see_id, see_candidate, see_election, see_session, &seen,
    };

    if (size == 0)
        return 0;
    seen = (struct seen){.start = data + 1, .end = data + size};
    seen.wanted = data[0] < 128 ? SIZE_MAX : data[0] - 127u;
    switch (data[0] % 4) {
    case 0:
        check_command(&seen, &visitor);
        break;
    case 1:
        check_result(&seen, &visitor);
        break;
    case 2:
        check_answer(&seen, &visitor);
        break;
    default:
        check_event(&seen, &visitor);
    }
    return 0;
}
