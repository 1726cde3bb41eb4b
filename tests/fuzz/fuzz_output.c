/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs of any bytes: decoded to names that lie within them, as many as are
 * counted, the same each time.
 */
#include <string.h>

#include "fuzz.h"
#include "base/utf8.h"

struct reader {
    const uint8_t *data;
    size_t size;
    size_t count;
    size_t stop_after;
};

static void check_within(const struct reader *reader, const char *name,
                         size_t size)
{
    const uint8_t *bytes = (const uint8_t *)name;

    require(bytes >= reader->data);
    require(bytes + size <= reader->data + reader->size);
    require(election__utf8_valid(bytes, size));
}

static bool read_name(void *context, const char *name, size_t size)
{
    struct reader *reader = context;

    check_within(reader, name, size);
    reader->count++;
    return reader->count < reader->stop_after;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = {data, size, 0, SIZE_MAX};
    struct election_term term = {.index = 77};
    struct election_term again;
    enum election_status status =
        election_output_decode(data, size, &term, read_name, &reader);

    if (status != ELECTION_OK) {
        require(status == ELECTION_INVALID || status == ELECTION_UNSUPPORTED);
        require(term.index == 77 && reader.count == 0);
        return 0;
    }
    require(reader.count == term.candidate_count);
    require((term.leader == NULL) == (term.leader_size == 0));
    if (term.leader != NULL)
        check_within(&reader, term.leader, term.leader_size);
    reader.count = 0;
    reader.stop_after = 1;
    require(election_output_decode(data, size, &again, read_name, &reader) ==
            ELECTION_OK);
    require(reader.count == (term.candidate_count > 0));
    require(again.op == term.op && again.index == term.index);
    return 0;
}
