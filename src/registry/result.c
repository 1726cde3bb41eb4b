/* SPDX-License-Identifier: Apache-2.0 */
/* The Result of an entry, as bytes. */
#include "base/checks.h"
#include "core/embed.h"
#include "entry.h"
#include "leadership.h"
#include "sessions.h"

void election__command_show(const struct election__command *command,
                            const struct election_registry_visitor *visitor)
{
    struct election__command scratch = {.which = {0}};

    election__message_show(&election__command_message, &command->which.since,
                           visitor, &scratch);
}

/** Puts in what a ProposeResult shows of its election. */
static void fill_in(struct election__entry *entry)
{
    struct election__state *state = &entry->registry->state;
    struct election__office *office = entry->office;

    if (!entry->result.has_leadership)
        return;
    entry->result.leadership = election__leadership_of(state, office);
    if (!entry->command.view.with_output || entry->command.view.command.op == 0)
        return;
    if (office->id == 0)
        election__rebase(office->election, state->index_floor);
    entry->result.answer = (struct election__answer_of){
        office->election, entry->command.view.command.op};
}

/** Where the ids of lost sessions are written. */
struct lost_ids {
    const struct election__state *state;
    uint8_t *at;
};

static bool write_lost(void *context, uint64_t session_id)
{
    struct lost_ids *lost = context;

    if (election__session_find(lost->state, session_id) == NULL)
        lost->at = election__varint_write(lost->at, session_id);
    return true;
}

/** Writes the KeepAliveResult behind status and index. */
static uint8_t *write_keep_alive(const struct election__entry *entry,
                                 uint8_t *at)
{
    struct lost_ids lost = {&entry->registry->state, NULL};
    struct election_registry_visitor visitor = {
        .session_id = write_lost,
        .context = &lost,
    };

    at = election__bytes_open(at, ELECTION__RESULT_KEEP_ALIVE,
                              election__bytes_size(entry->lost_size));
    lost.at =
        election__bytes_open(at, ELECTION__KEEP_ALIVE_LOST, entry->lost_size);
    election__command_show(&entry->command, &visitor);
    return lost.at;
}

void election__entry_answer(struct election__entry *entry)
{
    struct election_buffer *output = entry->output;
    uint8_t *end;

    if (output == NULL)
        return;
    election__buffer_commit(output, &entry->room);
    fill_in(entry);
    end = election__message_write(&election__result_message, output->data,
                                  &entry->result);
    if (entry->lost_size > 0)
        end = write_keep_alive(entry, end);
    output->size = (size_t)(end - output->data);
    assert(output->size <= output->capacity);
}
