#include "state.h"

#include "check.h"
#include "name.h"
#include "watch.h"

enum { CHUNK_SIZE = 4096 };

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

/** Writes the candidates of a page. */
static enum election_status write_page(const struct election__roll *roll,
                                       const struct election__page *page,
                                       struct sink *sink)
{
    uint64_t owners[ELECTION__PAGE_COUNT_MAX];
    uint8_t *at = sink->at;

    /* Each look at the roll may miss the cache: all at once they overlap. */
    for (size_t i = 0; i < page->count; i++)
        owners[i] = roll->entries[election__page_slot(page, i)->id].session_id;
    for (size_t i = 0; i < page->count; i++) {
        if (sink->fn != NULL &&
            sink->end - at < ELECTION__SNAPSHOT_CANDIDATE_MAX) {
            enum election_status status;

            sink->at = at;
            status = flush(sink);
            if (status != ELECTION_OK)
                return status;
            at = sink->at;
        }
        at = election__snapshot_write_candidate(
            at, page->previous == NULL && i == 0,
            election__page_record(page, i), election__page_record_size(page, i),
            owners[i]);
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

    sink->at = election__snapshot_write_index(sink->at, election->index);
    for (; page != NULL && status == ELECTION_OK; page = page->next)
        status = write_page(succession->roll, page, sink);
    return status;
}

/** Tells how large a snapshot may be: a record already counts the name. */
static size_t snapshot_size_max(const struct election *election)
{
    return ELECTION__SNAPSHOT_INDEX_MAX + election->succession.records_size +
           election__succession_count(&election->succession) *
               (ELECTION__SNAPSHOT_CANDIDATE_MAX - ELECTION__RECORD_SIZE_MAX);
}

enum election_status election_snapshot(const struct election *election,
                                       struct election_buffer *output)
{
    struct election__room room;
    struct sink sink = {0};

    if (election == NULL || output == NULL || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (!election__buffer_reserve(output, &election->allocator,
                                  snapshot_size_max(election), &room))
        return ELECTION_NOMEM;
    election__buffer_commit(output, &room);
    sink.data = output->data;
    sink.at = output->data;
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

/** Adds one candidate of a snapshot at the tail. */
static enum election_status
restore_candidate(struct election__succession *succession,
                  const struct election_allocator *allocator,
                  const struct election_candidate *candidate)
{
    if (!election__name_valid(candidate->name, candidate->name_size))
        return ELECTION_CORRUPT;
    return election__succession_load(succession, allocator, candidate)
               ? ELECTION_OK
               : ELECTION_NOMEM;
}

static enum election_status
restore_candidates(struct election__succession *succession,
                   const struct election_allocator *allocator,
                   const struct election__snapshot *snapshot)
{
    struct election__reader waiting = snapshot->waiting;
    struct election_candidate candidate;
    enum election_status status = ELECTION_OK;

    if (snapshot->has_leader)
        status = restore_candidate(succession, allocator, &snapshot->leader);
    for (size_t i = 0; i < snapshot->waiting_count; i++) {
        if (status != ELECTION_OK)
            break;
        status = election__snapshot_next(&waiting, &candidate)
                     ? restore_candidate(succession, allocator, &candidate)
                     : ELECTION_CORRUPT;
    }
    if (status == ELECTION_OK && !election__succession_index(succession))
        status = ELECTION_CORRUPT;
    return status;
}

/** Tells whether the parts of a snapshot that stand once make sense. */
static bool is_sound(const struct election__snapshot *snapshot)
{
    if (snapshot->index > ELECTION_INDEX_MAX)
        return false;
    if (snapshot->has_leader)
        return snapshot->index > 0 &&
               snapshot->waiting_count <= ELECTION_WAITING_MAX;
    return snapshot->waiting_count == 0;
}

/** Builds the succession of a snapshot; on error there is none. */
static enum election_status
restore_succession(struct election__succession *succession,
                   const struct election_allocator *allocator,
                   const struct election__snapshot *snapshot,
                   uint64_t hash_seed)
{
    enum election_status status;

    if (!election__succession_init(
            succession, allocator,
            snapshot->has_leader + snapshot->waiting_count, hash_seed))
        return ELECTION_NOMEM;
    status = restore_candidates(succession, allocator, snapshot);
    if (status != ELECTION_OK)
        election__succession_free(succession, allocator);
    return status;
}

enum election_status election_restore(struct election *election,
                                      const void *snapshot,
                                      size_t snapshot_size)
{
    struct election__snapshot decoded;
    struct election__succession restored;
    struct election__room event;
    enum election_status status;
    bool is_told;

    if (election == NULL || (snapshot == NULL && snapshot_size > 0))
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    if (!election__snapshot_decode(snapshot, snapshot_size, &decoded) ||
        !is_sound(&decoded))
        return ELECTION_CORRUPT;
    status = restore_succession(
        &restored, &election->allocator, &decoded,
        election__succession_hash_seed(&election->succession));
    if (status != ELECTION_OK)
        return status;
    if (!election__watch_reserve(
            election, election__output_size_max(restored.records_size),
            &event)) {
        election__succession_free(&restored, &election->allocator);
        return ELECTION_NOMEM;
    }
    is_told =
        election__is_watched(election) &&
        (election->index != decoded.index ||
         !election__succession_same_names(&election->succession, &restored));
    election__watch_commit(election, &event);
    election__succession_free(&election->succession, &election->allocator);
    election->succession = restored;
    election->index = decoded.index;
    election__check(election);
    if (is_told)
        election__notify(election);
    return ELECTION_OK;
}
