/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_play.h"

#include <string.h>

/* ---- texts -------------------------------------------------------------- */

static void put_number(const struct election__text *text, const char *label,
                       uint64_t number)
{
    election__text_put(text, label);
    election__text_number(text, number);
}

static void put_bytes(const struct election__text *text, const char *label,
                      const void *bytes, size_t size)
{
    election__text_put(text, label);
    election__text_name(text, bytes, size);
}

void election__registry_text_bare(const struct election__text *text,
                                  enum election_status status, uint64_t applied)
{
    election__text_status(text, status);
    if (status >= 0)
        put_number(text, " applied=", applied);
}

static void put_leadership(const struct election__text *text,
                           const struct election_registry_leadership *shown)
{
    put_number(text, " index=", shown->index);
    if (shown->leader == NULL) {
        election__text_put(text, " leader=-");
        return;
    }
    put_bytes(text, " leader=", shown->leader, shown->leader_size);
    put_number(text, " session=", shown->leader_session_id);
    if (shown->leader_data_size > 0)
        put_bytes(text, " data=", shown->leader_data, shown->leader_data_size);
    put_number(text, " waiting=", shown->waiting_count);
}

/** A list of words or numbers in brackets, as far as it is written. */
struct bracket {
    const struct election__text *text;
    bool is_begun;
};

static void separate(struct bracket *bracket)
{
    if (bracket->is_begun)
        election__text_put(bracket->text, " ");
    bracket->is_begun = true;
}

static bool put_candidate(void *context, const char *name, size_t name_size)
{
    struct bracket *bracket = context;

    separate(bracket);
    election__text_name(bracket->text, name, name_size);
    return true;
}

static bool put_session_id(void *context, uint64_t session_id)
{
    struct bracket *bracket = context;

    separate(bracket);
    election__text_number(bracket->text, session_id);
    return true;
}

static bool put_election(void *context,
                         const struct election_registry_election *shown)
{
    struct bracket *bracket = context;

    put_number(bracket->text, "election id=", shown->id);
    put_bytes(bracket->text, " name=", shown->name, shown->name_size);
    put_leadership(bracket->text, &shown->leadership);
    election__text_put(bracket->text, "\n");
    return true;
}

static bool put_session(void *context,
                        const struct election_registry_session *shown)
{
    struct bracket *bracket = context;

    put_number(bracket->text, "session id=", shown->id);
    put_bytes(bracket->text, " client=", shown->client_id,
              shown->client_id_size);
    put_number(bracket->text, " incarnation=", shown->incarnation);
    put_number(bracket->text, " timeout=", shown->timeout_ms);
    put_number(bracket->text, " remaining=", shown->remaining_ms);
    put_number(bracket->text, " candidates=", shown->candidate_count);
    put_number(bracket->text, " sequence=", shown->highest_sequence);
    if (shown->data_size > 0)
        put_bytes(bracket->text, " data=", shown->data, shown->data_size);
    election__text_put(bracket->text, "\n");
    return true;
}

void election__registry_text_event(const struct election__text *text,
                                   enum election_scope scope,
                                   const uint8_t *bytes, size_t size)
{
    struct bracket bracket = {text, false};
    struct election_registry_visitor visitor = {
        .candidate = put_candidate,
        .context = &bracket,
    };
    struct election_registry_event event;

    if (election_registry_event_decode(bytes, size, &event, NULL) !=
        ELECTION_OK)
        return;
    put_number(text, "event applied=", event.applied);
    put_bytes(text, " election=", event.election, event.election_size);
    election__text_put(text, " cause=");
    election__text_lower(text, election_cause_name(event.cause));
    if (event.by_session_id != 0)
        put_number(text, " by=", event.by_session_id);
    put_leadership(text, &event.leadership);
    if (scope == ELECTION_SCOPE_TERM) {
        election__text_put(text, " queue=[");
        if (election_registry_event_decode(bytes, size, &event, &visitor) !=
            ELECTION_OK)
            return;
        election__text_put(text, "]");
    }
    election__text_put(text, "\n");
}

/* ---- entries ------------------------------------------------------------ */

static const char *op_name(enum election_op op)
{
    switch (op) {
#define OP_NAME(name, value, name_field)                                       \
    case ELECTION_OP_##name:                                                   \
        return #name;
        ELECTION_OP_MAP(OP_NAME)
#undef OP_NAME
    }
    return "UNKNOWN";
}

static void put_output(const struct election__text *text,
                       const struct election_registry_result *result)
{
    struct bracket bracket = {text, false};
    struct election_term term;

    if (election_output_decode(result->output, result->output_size, &term, NULL,
                               NULL) != ELECTION_OK)
        return;
    election__text_put(text, " output=");
    election__text_lower(text, op_name(term.op));
    election__text_put(text, " queue=[");
    if (election_output_decode(result->output, result->output_size, &term,
                               put_candidate, &bracket) != ELECTION_OK)
        return;
    election__text_put(text, "]");
}

static void put_session_result(const struct election__text *text,
                               const struct election_registry_result *result)
{
    if (result->session_id != 0)
        put_number(text, " session=", result->session_id);
    put_number(text, " incarnation=", result->incarnation);
    if (result->timeout_ms != 0)
        put_number(text, " timeout=", result->timeout_ms);
}

/** Writes what a Result says. */
static void put_result(const struct election__text *text,
                       const struct election_buffer *output)
{
    struct bracket bracket = {text, false};
    struct election_registry_visitor visitor = {
        .session_id = put_session_id,
        .context = &bracket,
    };
    struct election_registry_result result;

    if (election_registry_result_decode(output->data, output->size, &result,
                                        NULL) != ELECTION_OK)
        return;
    election__registry_text_bare(text, result.status, result.applied);
    switch (result.kind) {
    case ELECTION_REGISTRY_RESULT_SESSION:
        put_session_result(text, &result);
        break;
    case ELECTION_REGISTRY_RESULT_KEEP_ALIVE:
        election__text_put(text, " lost=[");
        if (election_registry_result_decode(output->data, output->size, &result,
                                            &visitor) != ELECTION_OK)
            return;
        election__text_put(text, "]");
        break;
    case ELECTION_REGISTRY_RESULT_PROPOSE:
        if (result.has_leadership)
            put_leadership(text, &result.leadership);
        if (result.output != NULL)
            put_output(text, &result);
        if (result.is_repeated)
            election__text_put(text, " repeated");
        break;
    case ELECTION_REGISTRY_RESULT_BARE:
        break;
    }
}

/** Applies an entry at the index it is meant to have, and shows the Result. */
static enum election_status apply(struct election_player *player,
                                  const void *entry, size_t entry_size,
                                  const struct election__text *text)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    uint64_t index = player->index;
    enum election_status status;

    if (!player->has_index)
        index = election_registry_applied(player->registry) + 1;
    player->has_index = false;
    status = election_registry_apply(player->registry, index, entry, entry_size,
                                     &output);
    if (status < 0)
        election__text_status(text, status);
    else
        put_result(text, &output);
    election_buffer_free(&output);
    return status;
}

/** Asks the registry which office there is; 0 = none. */
static uint64_t epoch_of(const struct election_registry *registry)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS,
    };
    struct election_registry_answer answer = {.epoch = 0};
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;

    if (election_registry_query_encode(&query, &bytes) != ELECTION_OK ||
        election_registry_query(registry, bytes.data, bytes.size, &output) !=
            ELECTION_OK ||
        election_registry_answer_decode(output.data, output.size, &answer,
                                        NULL) != ELECTION_OK)
        answer.epoch = 0;
    election_buffer_free(&bytes);
    election_buffer_free(&output);
    return answer.epoch;
}

static enum election_status
play_command(struct election_player *player,
             const struct election__registry_line *line,
             const struct election__text *text)
{
    struct election_registry_command command = line->command;
    struct election_buffer entry = ELECTION_BUFFER_INIT;
    enum election_status status;

    command.time_ms = player->time_ms;
    command.epoch = player->epoch;
    if (!player->has_epoch)
        command.epoch = epoch_of(player->registry);
    player->has_epoch = false;
    if (command.kind == ELECTION_REGISTRY_KEEP_ALIVE)
        command.session_ids = line->session_ids;
    status = election_registry_command_encode(&command, &entry);
    if (status == ELECTION_OK)
        status = apply(player, entry.data, entry.size, text);
    else
        election__text_status(text, status);
    election_buffer_free(&entry);
    return status;
}

/* ---- reads -------------------------------------------------------------- */

static void put_status(const struct election__text *text,
                       const struct election_registry_answer *answer)
{
    put_number(text, " version=", answer->version);
    put_number(text, " epoch=", answer->epoch);
    put_number(text, " now=", answer->now_ms);
    put_number(text, " index_floor=", answer->index_floor);
    put_number(text, " id_floor=", answer->id_floor);
    put_number(text, " sessions=", answer->session_count);
    put_number(text, " elections=", answer->election_count);
    put_number(text, " candidates=", answer->candidate_count);
    put_number(text, " digest=", answer->log_digest);
}

static void put_answer(const struct election__text *text,
                       const struct election_buffer *output)
{
    struct bracket bracket = {text, false};
    struct election_registry_visitor elements = {
        .election = put_election,
        .session = put_session,
        .context = &bracket,
    };
    struct election_registry_visitor candidates = {
        .candidate = put_candidate,
        .context = &bracket,
    };
    struct election_registry_answer answer;

    /* The lists stand before the status, the candidates behind it. */
    if (election_registry_answer_decode(output->data, output->size, &answer,
                                        &elements) != ELECTION_OK)
        return;
    election__registry_text_bare(text, answer.status, answer.applied);
    if (answer.kind == ELECTION_REGISTRY_ANSWER_STATUS)
        put_status(text, &answer);
    if (answer.kind != ELECTION_REGISTRY_ANSWER_LEADERSHIP)
        return;
    put_leadership(text, &answer.leadership);
    election__text_put(text, " queue=[");
    if (election_registry_answer_decode(output->data, output->size, &answer,
                                        &candidates) != ELECTION_OK)
        return;
    election__text_put(text, "]");
}

static enum election_status
play_query(struct election_player *player,
           const struct election__registry_line *line,
           const struct election__text *text)
{
    struct election_buffer query = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    enum election_status status =
        election_registry_query_encode(&line->query, &query);

    if (status == ELECTION_OK)
        status = election_registry_query(player->registry, query.data,
                                         query.size, &output);
    if (status < 0)
        election__text_status(text, status);
    else
        put_answer(text, &output);
    election_buffer_free(&query);
    election_buffer_free(&output);
    return status;
}

bool election__registry_play_line(struct election_player *player,
                                  const struct election__registry_line *line,
                                  const struct election__text *text,
                                  enum election_status *status)
{
    *status = ELECTION_OK;
    switch (line->verb) {
    case ELECTION__REGISTRY_COMMAND:
        *status = play_command(player, line, text);
        return true;
    case ELECTION__REGISTRY_ENTRY:
        *status = apply(player, line->text.text, line->text.size, text);
        return true;
    case ELECTION__REGISTRY_QUERY:
        *status = play_query(player, line, text);
        return true;
    case ELECTION__REGISTRY_AT:
        player->time_ms = line->number;
        break;
    case ELECTION__REGISTRY_EPOCH:
        player->epoch = line->number;
        player->has_epoch = true;
        break;
    case ELECTION__REGISTRY_INDEX:
        player->index = line->number;
        player->has_index = true;
        break;
    default:
        return false;
    }
    election__text_put(text, "ok");
    return true;
}

/* ---- for tests ---------------------------------------------------------- */

static enum election_status play_copy_of(struct election_player *player,
                                         char *bytes, size_t size,
                                         const struct election__text *text)
{
    char error[ELECTION__LINE_ERROR_SIZE];
    struct election__registry_line line;
    enum election_status status;

    if (!election__registry_line_parse(bytes, size, &line, error)) {
        election__text_put(text, "error: ");
        election__text_put(text, error);
        return ELECTION_MISUSE;
    }
    if (line.verb == ELECTION__REGISTRY_BLANK)
        return ELECTION_OK;
    if (!election__registry_play_line(player, &line, text, &status)) {
        election__text_put(text, "error: this is for the shell alone");
        return ELECTION_MISUSE;
    }
    return status;
}

enum election_status election_registry_play(struct election_player *player,
                                            const char *line, char *text,
                                            size_t text_size)
{
    struct election__text_room room = {text, text_size, 0};
    struct election__text words = election__text_room(&room);
    char copy[ELECTION__LINE_SIZE_MAX];
    enum election_status status = ELECTION_MISUSE;
    size_t size;

    if (player == NULL || player->registry == NULL || line == NULL ||
        (text == NULL && text_size > 0))
        return ELECTION_MISUSE;
    size = strlen(line);
    if (size < sizeof copy) {
        memcpy(copy, line, size);
        status = play_copy_of(player, copy, size, &words);
    } else {
        election__text_put(&words, "error: the line is too long");
    }
    (void)election__text_room_end(&room);
    return status;
}
