/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a snapshot unsound stands here, field by field.
 *
 * Source: proto/REGISTRY.md, Snapshots
 */
#include "loading.h"

#include <string.h>

#include "candidacies.h"
#include "core/embed.h"
#include "elections.h"
#include "limits.h"
#include "sessions.h"

/** Reads a message, part of one, that must be canonical. */
static bool read_strictly(const struct election__message *message,
                          const uint8_t *bytes, size_t size, void *object)
{
    static const struct election__reading strict = {true, NULL};
    struct election__reader reader = {NULL, NULL, 0};

    (void)election__reader_open(&reader, bytes, size);
    return election__message_read(message, &reader, &strict, object);
}

enum election_status
election__load_head(struct election__state *state,
                    const struct election__snapshot_head *head)
{
    /* One that is too high was refused when it was read. */
    if (head->version == 0)
        return ELECTION_CORRUPT;
    if (head->epoch > head->applied || head->extended_ms > head->now_ms ||
        head->index_floor > ELECTION_INDEX_MAX)
        return ELECTION_CORRUPT;
    state->version = head->version;
    state->applied = head->applied;
    state->log_digest = head->log_digest;
    state->clock = (struct election__clock){head->epoch, head->stamp_ms,
                                            head->now_ms, head->extended_ms};
    state->index_floor = head->index_floor;
    state->id_floor = head->id_floor;
    return ELECTION_OK;
}

/** Tells whether an id rises within its list, and is not too high. */
static bool is_next_id(const struct election__state *state,
                       const struct election__order *order, uint64_t id)
{
    uint64_t last = order->used > 0 ? order->list[order->used - 1].id : 0;

    return id > last && id <= state->id_floor;
}

/* ---- sessions ----------------------------------------------------------- */

/** Tells whether a window can have come about, but for its statuses. */
static bool is_window_sound(const struct election__session_state *saved)
{
    uint64_t highest = saved->highest_sequence;

    if (highest == 0)
        return saved->seen == 0 && saved->statuses_size == 0;
    return (saved->seen & 1) != 0 &&
           (highest >= ELECTION_WINDOW || saved->seen >> highest == 0) &&
           saved->statuses_size == ELECTION_WINDOW / 2;
}

static bool is_session_sound(const struct election__state *state,
                             const struct election__session_state *saved)
{
    const struct election_registry_command open = {
        .client_id_size = saved->client_id_size,
        .data_size = saved->data_size,
        .timeout_ms = saved->timeout_ms,
    };

    return is_next_id(state, &state->sessions.order, saved->id) &&
           state->sessions.order.count < ELECTION__SESSIONS_MAX &&
           election__session_asks_well(&open) &&
           election__timeout_rounded(saved->timeout_ms) == saved->timeout_ms &&
           saved->renewed_ms <= state->clock.now_ms &&
           election__clock_deadline(&state->clock, saved->renewed_ms,
                                    saved->timeout_ms) >= state->clock.now_ms &&
           is_window_sound(saved) &&
           election__session_of_client(state, saved->client_id,
                                       saved->client_id_size) == NULL;
}

/** Fills a prepared session; false = its statuses are unsound. */
static bool fill_session(struct election__session *session,
                         const struct election__session_state *saved)
{
    session->id = saved->id;
    session->incarnation = saved->incarnation;
    session->nonce = saved->nonce;
    session->renewed_ms = saved->renewed_ms;
    session->data_size = (uint16_t)saved->data_size;
    session->window.highest = saved->highest_sequence;
    session->window.seen = saved->seen;
    return saved->highest_sequence == 0 ||
           election__window_load(&session->window, saved->statuses);
}

enum election_status election__load_session(struct election__state *state,
                                            const uint8_t *bytes, size_t size)
{
    struct election__session_state saved = {0};
    struct election__session *session;
    enum election_status status = ELECTION_NOMEM;

    if (!read_strictly(&election__session_state_message, bytes, size, &saved) ||
        !is_session_sound(state, &saved))
        return ELECTION_CORRUPT;
    session = election__session_prepare(state, saved.client_id,
                                        saved.client_id_size, saved.timeout_ms);
    if (session == NULL)
        return ELECTION_NOMEM;
    session->data =
        election__data_copy(&state->allocator, saved.data, saved.data_size);
    if (session->data == NULL && saved.data_size > 0)
        goto refused;
    status = ELECTION_CORRUPT;
    if (!fill_session(session, &saved))
        goto refused;
    election__session_open(state, session);
    return ELECTION_OK;

refused:
    election__session_free(&state->allocator, session);
    return status;
}

/* ---- elections ---------------------------------------------------------- */

static bool is_election_sound(const struct election__state *state,
                              const struct election__election_state *saved)
{
    return is_next_id(state, &state->elections.order, saved->id) &&
           election__session_find(state, saved->id) == NULL &&
           state->elections.order.count < ELECTION__ELECTIONS_MAX &&
           election__election_name_valid(saved->name, saved->name_size) &&
           election__office_find(state, saved->name, saved->name_size) == NULL;
}

/** Compares what an election writes with the bytes that it was read from. */
static enum election_status compare_chunk(void *context, const uint8_t *chunk,
                                          size_t size)
{
    const uint8_t **at = context;

    if (memcmp(*at, chunk, size) != 0)
        return ELECTION_CORRUPT;
    *at += size;
    return ELECTION_OK;
}

static bool is_as_written(const struct election *election,
                          const struct election__election_state *saved)
{
    const uint8_t *at = saved->election;

    return election_snapshot_size(election) == saved->election_size &&
           election_snapshot_write(election, compare_chunk, &at) == ELECTION_OK;
}

/** Enters the candidates of an election for their sessions, one by one. */
struct entering {
    struct election__state *state;
    struct election__office *office;
    size_t count; /* of candidates that were entered */
    enum election_status status;
};

static bool enter_candidate(void *context,
                            const struct election_candidate *candidate)
{
    struct entering *entering = context;
    struct election__state *state = entering->state;
    struct election__session *session =
        election__session_find(state, candidate->session_id);
    struct election__candidacy *prepared;

    entering->status = ELECTION_CORRUPT;
    if (session == NULL ||
        session->candidate_count >= ELECTION__SESSION_CANDIDATES_MAX ||
        state->candidate_count >= ELECTION__CANDIDATES_MAX)
        return false;
    entering->status = ELECTION_NOMEM;
    prepared = election__candidacy_prepare(state);
    if (prepared == NULL)
        return false;
    if (!election__candidacy_enter(state, session, entering->office, prepared))
        election__release(&state->allocator, prepared);
    entering->count++;
    entering->status = ELECTION_OK;
    return true;
}

/** Takes back what enter_candidate() did, in the same order. */
static bool take_back(void *context, const struct election_candidate *candidate)
{
    struct entering *entering = context;

    if (entering->count == 0)
        return false;
    entering->count--;
    election__candidacy_undo(
        entering->state,
        election__session_find(entering->state, candidate->session_id),
        entering->office);
    return true;
}

/** Shows the leader, and then the others, until one says no. */
static void each_candidate(const struct election *election,
                           const struct election_candidate *leader,
                           election_candidate_fn *fn, void *context)
{
    if (fn(context, leader))
        (void)election_each_candidate(election, fn, context);
}

static enum election_status
enter_candidates(struct election__state *state, struct election__office *office,
                 const struct election_candidate *leader)
{
    struct entering entering = {state, office, 0, ELECTION_OK};

    each_candidate(office->election, leader, enter_candidate, &entering);
    if (entering.status != ELECTION_OK)
        each_candidate(office->election, leader, take_back, &entering);
    return entering.status;
}

/** Fills an office with an election that is sound in itself. */
static enum election_status
fill_office(struct election__state *state, struct election__office *office,
            const struct election__election_state *saved)
{
    enum election_status status = election_restore(
        office->election, saved->election, saved->election_size);
    struct election_candidate leader;

    if (status != ELECTION_OK)
        return status;
    if (election_leader(office->election, &leader) != ELECTION_OK ||
        !is_as_written(office->election, saved))
        return ELECTION_CORRUPT;
    return enter_candidates(state, office, &leader);
}

enum election_status election__load_election(struct election__state *state,
                                             const uint8_t *bytes, size_t size)
{
    struct election__election_state saved = {0};
    struct election__office *office;
    enum election_status status;

    if (!read_strictly(&election__election_state_message, bytes, size,
                       &saved) ||
        !is_election_sound(state, &saved))
        return ELECTION_CORRUPT;
    if (!election__office_reserve(state))
        return ELECTION_NOMEM;
    office = election__office_create(state, saved.name_size);
    if (office == NULL)
        return ELECTION_NOMEM;
    office->id = saved.id; /* records of candidates are found by it */
    status = fill_office(state, office, &saved);
    if (status != ELECTION_OK) {
        election__office_free(&state->allocator, office);
        return status;
    }
    election__office_name(state, office, saved.name, saved.name_size);
    election__office_found(state, office, saved.id);
    return ELECTION_OK;
}
