/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log entries of any bytes, against the model.
 *
 * A case is a series of entries: a byte that says what comes, a session, and a
 * size with so many raw bytes, or a name out of a few.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/model.h"
#include "core/check.h"
#include "fuzz.h"

enum { NAMES = 40 };

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

static uint8_t take(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static void check_state(const struct election *election,
                        const struct model *model)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    struct model_bytes expected = {0};

    require(election_snapshot(election, &snapshot) == ELECTION_OK);
    model_snapshot(model, &expected);
    require(model_bytes_equal(&expected, snapshot.data, snapshot.size));
    election__check_whole(election);
    election_buffer_free(&snapshot);
    model_bytes_free(&expected);
}

static void check_output(const struct model *model, enum election_op op,
                         const struct election_buffer *output)
{
    struct model_bytes expected = {0};

    model_output(model, op, &expected);
    require(model_bytes_equal(&expected, output->data, output->size));
    model_bytes_free(&expected);
}

/** A command by number: the model knows it too. */
static void play_known(struct election *election, struct model *model,
                       uint8_t what, struct input *input)
{
    enum election_op op = (enum election_op)(what % 8 + 1);
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    uint8_t session_id = take(input) % 4;
    uint8_t number = take(input) % NAMES;
    char name[ELECTION_NAME_SIZE_MAX];
    size_t size = number % 2 == 0 ? sizeof name : 1;

    memset(name, '0' + number, size);
    if (op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH)
        size = 0;
    require(election_input_encode(&(struct election_command){op, name, size},
                                  &bytes) == ELECTION_OK);
    require(
        election_apply(election, session_id, bytes.data, bytes.size, &output) ==
        model_apply(model, op, session_id, name, size));
    check_output(model, op, &output);
    election_buffer_free(&bytes);
    election_buffer_free(&output);
}

/** Any bytes: what comes out must be well formed, and agree with itself. */
static void play_raw(struct election *election, struct input *input)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_term term;
    uint64_t index = election_index(election);
    size_t size = take(input);
    enum election_status status;

    if (size > (size_t)(input->end - input->at))
        size = (size_t)(input->end - input->at);
    status = election_apply(election, 1, input->at, size, &output);
    input->at += size;
    require(status >= 0 && status <= ELECTION_UNSUPPORTED);
    require((output.size == 0) == (status >= ELECTION_INVALID));
    require(election_index(election) - index <= (status == ELECTION_OK));
    if (output.size > 0) {
        require(election_output_decode(output.data, output.size, &term, NULL,
                                       NULL) == ELECTION_OK);
        require(term.index == election_index(election));
        require(term.candidate_count == election_candidate_count(election));
    }
    election_buffer_free(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct election *election;
    struct election *raw;
    struct model model;

    require(election_create(NULL, &election) == ELECTION_OK);
    require(election_create(NULL, &raw) == ELECTION_OK);
    model_init(&model, NAMES);
    while (input.at < input.end) {
        uint8_t what = take(&input);

        if (what < 128) {
            play_known(election, &model, what, &input);
        } else if (what < 140) {
            uint8_t session_id = take(&input) % 4;

            require(election_close_session(election, session_id) ==
                    model_close(&model, session_id));
        } else {
            play_raw(raw, &input);
        }
    }
    check_state(election, &model);
    election__check_whole(raw);
    model_free(&model);
    election_destroy(raw);
    election_destroy(election);
    return 0;
}
