/* SPDX-License-Identifier: Apache-2.0 */
#include "embed.h"
#include "op.h"
#include "state.h"

enum {
    CHUNK_SIZE = 4096,
    /** Most bytes of a field with a number. */
    NUMBER_SIZE_MAX = 1 + ELECTION__VARINT_SIZE_MAX,
    /** Most bytes of a candidate: tag, size, name as in its record, session. */
    CANDIDATE_SIZE_MAX = 1 + 2 + ELECTION__RECORD_SIZE_MAX + NUMBER_SIZE_MAX
};

_Static_assert(CHUNK_SIZE >= NUMBER_SIZE_MAX + CANDIDATE_SIZE_MAX,
               "a chunk holds the index and a candidate");
_Static_assert(CHUNK_SIZE <= ELECTION_SNAPSHOT_CHUNK_MAX,
               "no chunk is larger than was promised");

/** Where a snapshot is written to: all of it, or chunk by chunk. */
struct sink {
    uint8_t *data;
    uint8_t *at;
    uint8_t *end;
    election_write_fn *fn; /* NULL = there is room for all */
    void *context;
};

static enum election_status flush(struct sink *sink)
{
    enum election_status status = ELECTION_OK;

    if (sink->at > sink->data)
        status = sink->fn(sink->context, sink->data,
                          (size_t)(sink->at - sink->data));
    sink->at = sink->data;
    return status;
}

/** Bytes of a candidate's message: the record stands for the name's field. */
static size_t candidate_size(size_t record_size, uint64_t session_id)
{
    return record_size + election__number_size(session_id);
}

/**
 * Writes one candidate; returns the end. The name is taken from its record,
 * where it stands as it does here but for the tag.
 */
static inline uint8_t *write_candidate(uint8_t *at, uint32_t number,
                                       const uint8_t *record,
                                       size_t record_size, uint64_t session_id)
{
    uint8_t *body = at + 2; /* behind the tag and, mostly, all of the size */
    uint8_t *end = election__number_write(
        body + record_size, ELECTION__CANDIDATE_SESSION_ID, session_id);
    size_t size = (size_t)(end - body);

    election__record_copy(body, record, record_size);
    (void)election__tag_write(body, ELECTION__CANDIDATE_NAME, ELECTION__BYTES);
    if (size >= 0x80)
        memmove(body + 1, body, size);
    return election__bytes_open(at, number, size) + size;
}

/** Writes the candidates of a page. */
static enum election_status write_page(const struct election__roll *roll,
                                       const struct election__page *page,
                                       struct sink *sink)
{
    uint64_t owners[ELECTION__PAGE_COUNT_MAX];
    uint32_t number = ELECTION__SNAPSHOT_CANDIDATES;
    uint8_t *at = sink->at;

    if (page->previous == NULL)
        number = ELECTION__SNAPSHOT_LEADER;
    /* Each look at the roll may miss the cache: all at once they overlap. */
    for (size_t i = 0; i < page->count; i++)
        owners[i] = roll->entries[election__page_slot(page, i)->id].session_id;
    for (size_t i = 0; i < page->count; i++) {
        if (sink->fn != NULL && sink->end - at < CANDIDATE_SIZE_MAX) {
            enum election_status status;

            sink->at = at;
            status = flush(sink);
            if (status != ELECTION_OK)
                return status;
            at = sink->at;
        }
        at = write_candidate(at, number, election__page_record(page, i),
                             election__page_record_size(page, i), owners[i]);
        number = ELECTION__SNAPSHOT_CANDIDATES;
    }
    sink->at = at;
    return ELECTION_OK;
}

/** Writes all of the snapshot but what remains to be flushed. */
static enum election_status write_snapshot(const struct election *election,
                                           struct sink *sink)
{
    const struct election__succession *succession = &election->succession;
    const struct election__page *page = succession->first;
    enum election_status status = ELECTION_OK;

    sink->at = election__number_write(sink->at, ELECTION__SNAPSHOT_TERM,
                                      election->index);
    for (; page != NULL && status == ELECTION_OK; page = page->next)
        status = write_page(succession->roll, page, sink);
    return status;
}

/** Returns the most bytes that a snapshot may have, without looking at all. */
static size_t snapshot_size_max(const struct election *election)
{
    return NUMBER_SIZE_MAX + election->succession.records_size +
           election__succession_count(&election->succession) *
               (CANDIDATE_SIZE_MAX - ELECTION__RECORD_SIZE_MAX);
}

size_t election_snapshot_size(const struct election *election)
{
    const struct election__succession *succession;
    struct election__place place;
    size_t size;
    bool is_there;

    if (election == NULL)
        return 0;
    succession = &election->succession;
    size = election__number_size(election->index);
    is_there = election__succession_begin(succession, &place);
    for (; is_there; is_there = election__succession_next(&place))
        size += election__bytes_size(candidate_size(
            election__page_record_size(place.page, place.position),
            election__succession_owner(succession, &place)));
    return size;
}

enum election_status election_snapshot(const struct election *election,
                                       struct election_buffer *output)
{
    struct sink sink = {.data = NULL};

    if (election == NULL || output == NULL || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    sink.data = election__buffer_place(output, &election->succession.allocator,
                                       0, snapshot_size_max(election));
    if (sink.data == NULL)
        return ELECTION_NOMEM;
    sink.at = sink.data;
    (void)write_snapshot(election, &sink);
    output->size = (size_t)(sink.at - sink.data);
    return ELECTION_OK;
}

enum election_status election_snapshot_write(const struct election *election,
                                             election_write_fn *fn,
                                             void *context)
{
    uint8_t chunk[CHUNK_SIZE];
    struct sink sink = {chunk, chunk, chunk + sizeof chunk, fn, context};
    enum election_status status;

    if (election == NULL || fn == NULL)
        return ELECTION_MISUSE;
    status = write_snapshot(election, &sink);
    return status == ELECTION_OK ? flush(&sink) : status;
}
