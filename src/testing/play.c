/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include <string.h>

#include "election/testing.h"

enum {
    LINE_SIZE_MAX = ELECTION__LINE_SIZE_MAX,
    INPUT_SIZE_MAX = LINE_SIZE_MAX + 16
};

/** A candidate, and what stands before it. */
struct listing {
    const struct election__text *text;
    uint64_t place;
};

static bool list_candidate(void *context,
                           const struct election_candidate *candidate)
{
    struct listing *listing = context;

    election__text_put(listing->text, "candidate place=");
    election__text_number(listing->text, listing->place++);
    election__text_put(listing->text, " session=");
    election__text_number(listing->text, candidate->session_id);
    election__text_put(listing->text, " name=");
    election__text_name(listing->text, candidate->name, candidate->name_size);
    election__text_put(listing->text, "\n");
    return true;
}

static void list(const struct election *election,
                 const struct election__text *text)
{
    struct election_candidate leader;
    struct listing listing = {text, 0};

    if (election_leader(election, &leader) != ELECTION_OK)
        return;
    list_candidate(&listing, &leader);
    (void)election_each_candidate(election, list_candidate, &listing);
}

bool election__play_line(struct election *election,
                         const struct election__line *line,
                         const struct election__text *text,
                         struct election_buffer *input,
                         enum election_status *status)
{
    struct election_command command = {line->op, line->text, line->text_size};

    switch (line->verb) {
    case ELECTION__LINE_APPLY:
        *status = election_input_encode(&command, input);
        if (*status == ELECTION_OK)
            *status = election_apply(election, line->session_id, input->data,
                                     input->size, NULL);
        return true;
    case ELECTION__LINE_CLOSE:
        *status = election_close_session(election, line->session_id);
        return true;
    case ELECTION__LINE_LIST:
        list(election, text);
        *status = ELECTION_OK;
        return true;
    default:
        return false;
    }
}

void election__play_answer(const struct election *election,
                           enum election_status status,
                           const struct election__text *text)
{
    election__text_status(text, status);
    if (status < 0 || status == ELECTION_INVALID ||
        status == ELECTION_UNSUPPORTED)
        return;
    election__text_put(text, " ");
    election__text_term(text, election);
}

/* ---- for tests ---------------------------------------------------------- */

/** Plays a line that has been copied. */
static enum election_status play_copy(struct election *election, char *bytes,
                                      size_t size,
                                      const struct election__text *text)
{
    uint8_t encoded[INPUT_SIZE_MAX];
    struct election_buffer input = {.data = encoded,
                                    .capacity = sizeof encoded};
    char error[ELECTION__LINE_ERROR_SIZE];
    struct election__line line;
    enum election_status status;

    if (!election__line_parse(bytes, size, &line, error)) {
        election__text_put(text, "error: ");
        election__text_put(text, error);
        return ELECTION_MISUSE;
    }
    if (line.verb == ELECTION__LINE_BLANK)
        return ELECTION_OK;
    if (!election__play_line(election, &line, text, &input, &status)) {
        election__text_put(text, "error: this is for the shell alone");
        return ELECTION_MISUSE;
    }
    election__play_answer(election, status, text);
    return status;
}

enum election_status election_play(struct election *election, const char *line,
                                   char *text, size_t text_size)
{
    struct election__text_room room = {text, text_size, 0};
    struct election__text words = election__text_room(&room);
    char copy[LINE_SIZE_MAX];
    enum election_status status = ELECTION_MISUSE;
    size_t size;

    if (election == NULL || line == NULL || (text == NULL && text_size > 0))
        return ELECTION_MISUSE;
    size = strlen(line);
    if (size < sizeof copy) {
        memcpy(copy, line, size);
        status = play_copy(election, copy, size, &words);
    } else {
        election__text_put(&words, "error: the line is too long");
    }
    (void)election__text_room_end(&room);
    return status;
}

size_t election_term_text(const struct election *election, char *text,
                          size_t text_size)
{
    struct election__text_room room = {text, text_size, 0};
    struct election__text words = election__text_room(&room);

    if (election == NULL || (text == NULL && text_size > 0))
        return 0;
    election__text_term(&words, election);
    return election__text_room_end(&room);
}
