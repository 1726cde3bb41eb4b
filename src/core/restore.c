/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a snapshot, by the rules of input.h but for one: a field that is not
 * known makes it CORRUPT, as dropping it would lose state.
 */
#include "check.h"
#include "embed.h"
#include "fsm.h"
#include "name.h"
#include "output.h"
#include "watch.h"

/** Bytes of a candidate in a snapshot at least: its name, without a session. */
enum { CANDIDATE_SIZE_MIN = ELECTION__RECORD_SIZE_MIN };

/** The parts of a snapshot that stand once. */
struct parts {
    uint64_t index;
    bool has_leader;
    struct election_candidate leader;
    size_t waiting_count;
    struct election__reader waiting; /* for read_waiting() */
};

/* ---- decoding ----------------------------------------------------------- */

/** Reads a candidate; a repeated one merges. False = malformed or unknown. */
static bool read_candidate(struct election__reader *body,
                           struct election_candidate *candidate)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, ELECTION__CANDIDATE_NAME,
                               ELECTION__BYTES)) {
            if (!election__field_string(&field, &candidate->name,
                                        &candidate->name_size))
                return false;
        } else if (election__field_is(&field, ELECTION__CANDIDATE_SESSION_ID,
                                      ELECTION__VARINT)) {
            candidate->session_id = field.varint;
        } else {
            return false;
        }
    }
    return true;
}

/** Reads one field of a snapshot. False = malformed or unknown. */
static bool read_part(struct election__field *field, struct parts *parts)
{
    if (election__field_is(field, ELECTION__SNAPSHOT_TERM, ELECTION__VARINT)) {
        parts->index = field->varint;
        return true;
    }
    if (election__field_is(field, ELECTION__SNAPSHOT_LEADER, ELECTION__BYTES)) {
        parts->has_leader = true;
        return read_candidate(&field->body, &parts->leader);
    }
    /* Memory is allocated for as many as wait: they must have cost bytes. */
    parts->waiting_count++;
    return election__field_is(field, ELECTION__SNAPSHOT_CANDIDATES,
                              ELECTION__BYTES) &&
           field->body.end - field->body.at >= CANDIDATE_SIZE_MIN;
}

/** Reads the parts that stand once. False = malformed or unknown. */
static bool read_parts(const void *snapshot, size_t size, struct parts *parts)
{
    struct election__reader reader;
    struct election__field field;

    if (!election__reader_open(&reader, snapshot, size))
        return false;
    *parts = (struct parts){
        .leader = {"", 0, 0},
        .waiting = reader,
    };
    while (!election__reader_at_end(&reader))
        if (!election__field_read(&reader, &field) || !read_part(&field, parts))
            return false;
    return true;
}

/** Reads the next of those who wait, of whom one must be left. */
static bool read_waiting(struct election__reader *waiting,
                         struct election_candidate *candidate)
{
    struct election__field field = {0};

    /* All fields were read once before, by read_parts(). */
    do
        (void)election__field_read(waiting, &field);
    while (!election__field_is(&field, ELECTION__SNAPSHOT_CANDIDATES,
                               ELECTION__BYTES));
    *candidate = (struct election_candidate){"", 0, 0};
    return read_candidate(&field.body, candidate);
}

/** Tells whether the parts of a snapshot that stand once make sense. */
static bool is_sound(const struct parts *parts)
{
    if (parts->index > ELECTION_INDEX_MAX)
        return false;
    if (parts->has_leader)
        return parts->index > 0 && parts->waiting_count <= ELECTION_WAITING_MAX;
    return parts->waiting_count == 0;
}

/* ---- building ----------------------------------------------------------- */

/** Adds one candidate of a snapshot at the tail. */
static enum election_status
load_candidate(struct election__succession *succession,
               const struct election_candidate *candidate)
{
    if (!election__name_valid(candidate->name, candidate->name_size))
        return ELECTION_CORRUPT;
    if (!election__succession_load(succession, candidate))
        return ELECTION_NOMEM;
    return ELECTION_OK;
}

static enum election_status
load_candidates(struct election__succession *succession,
                const struct parts *parts)
{
    struct election__reader waiting = parts->waiting;
    struct election_candidate candidate;
    enum election_status status = ELECTION_OK;

    if (parts->has_leader)
        status = load_candidate(succession, &parts->leader);
    for (size_t i = 0; i < parts->waiting_count; i++) {
        if (status != ELECTION_OK)
            return status;
        if (!read_waiting(&waiting, &candidate))
            return ELECTION_CORRUPT;
        status = load_candidate(succession, &candidate);
    }
    if (status == ELECTION_OK && !election__succession_index(succession))
        return ELECTION_CORRUPT;
    return status;
}

/** Builds the succession of a snapshot; on error there is none. */
static enum election_status
build_succession(struct election__succession *succession,
                 const struct election__succession *old,
                 const struct parts *parts)
{
    enum election_status status;

    if (!election__succession_init(succession, &old->allocator,
                                   parts->has_leader + parts->waiting_count,
                                   election__succession_hash_seed(old)))
        return ELECTION_NOMEM;
    status = load_candidates(succession, parts);
    if (status != ELECTION_OK)
        election__succession_free(succession);
    return status;
}

/* ---- replacing ---------------------------------------------------------- */

struct election__news election__compare(const struct election *election,
                                        const struct election *other)
{
    const struct election__succession *here = &election->succession;
    const struct election__succession *there = &other->succession;
    bool is_same_index = election->index == other->index;

    return (struct election__news){
        .is_of_term =
            !is_same_index || !election__succession_same_names(here, there),
        .is_of_leader =
            !is_same_index || !election__succession_same_leader(here, there),
    };
}

enum election_status election_restore(struct election *election,
                                      const void *snapshot,
                                      size_t snapshot_size)
{
    struct parts parts;
    struct election restored = {0};
    struct election__room event;
    struct election__news news = {false, false};
    enum election_status status;

    if (election == NULL || (snapshot == NULL && snapshot_size > 0))
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    if (!read_parts(snapshot, snapshot_size, &parts) || !is_sound(&parts))
        return ELECTION_CORRUPT;
    status =
        build_succession(&restored.succession, &election->succession, &parts);
    if (status != ELECTION_OK)
        return status;
    restored.index = parts.index;
    if (!election__watch_reserve(
            election,
            election__output_size_max(restored.succession.records_size),
            &event)) {
        election__succession_free(&restored.succession);
        return ELECTION_NOMEM;
    }
    election__watch_commit(election, &event);
    restored.watchers = election->watchers;
    if (restored.watchers != NULL)
        news = election__compare(election, &restored);
    election__succession_free(&election->succession);
    *election = restored;
    election__check(election);
    if (news.is_of_term || news.is_of_leader)
        election__notify(election, news);
    return ELECTION_OK;
}
