/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry after another, as the page "One entry" of proto/REGISTRY.md says.
 */
#include "registry_model_parts.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_SESSION = 3, KEEP_ALIVE, CLOSE_SESSION, PROPOSE, TICK };
enum { UPGRADE = 8, RECOVER, DIGESTS = 1024 };

/** What a Result has. */
struct outcome {
    enum election_status status;
    unsigned field; /* of the oneof; 0 = none */
    struct model_bytes body;
};

/* ---- lifetime ------------------------------------------------------------ */

void registry_model_init(struct registry_model *model,
                         const struct registry_model_limits *limits)
{
    memset(model, 0, sizeof *model);
    model->limits = *limits;
    model->version = 1;
}

void registry_model_free(struct registry_model *model)
{
    registry_model__clear_elections(&model->elections);
    registry_model__clear_elections(&model->before);
    registry_model__forget_events(model);
    free(model->sessions.items);
    free(model->memories.items);
    free(model->elections.items);
    free(model->digests.items);
    free(model->tokens.items);
    free(model->before.items);
    free(model->changes.items);
    free(model->watchers.items);
    free(model->events.items);
    memset(model, 0, sizeof *model);
}

void registry_model__copy_state(struct registry_model *model,
                                const struct registry_model *other)
{
    model->applied = other->applied;
    model->log_digest = other->log_digest;
    model->epoch = other->epoch;
    model->stamp_ms = other->stamp_ms;
    model->now_ms = other->now_ms;
    model->extended_ms = other->extended_ms;
    model->index_floor = other->index_floor;
    model->id_floor = other->id_floor;
    model->version = other->version;
    registry_model__copy_list(&model->sessions, &other->sessions,
                              sizeof(struct registry_model_session));
    registry_model__copy_list(&model->memories, &other->memories,
                              sizeof(struct registry_model_memory));
    registry_model__copy_elections(&model->elections, &other->elections);
}

void registry_model_copy(struct registry_model *model,
                         const struct registry_model *other)
{
    registry_model__copy_state(model, other);
    registry_model__copy_list(&model->digests, &other->digests,
                              sizeof(struct registry_model_digest));
    registry_model__copy_list(&model->tokens, &other->tokens,
                              sizeof(struct registry_model_token));
    model->highest_id = other->highest_id;
    model->failed_index = other->failed_index;
}

/* ---- steps 1 and 2: what is taken in ------------------------------------- */

const struct registry_model_digest *
registry_model_digest(const struct registry_model *model, uint64_t index)
{
    const struct registry_model_digest *digests = model->digests.items;
    size_t count = model->digests.count;

    for (size_t i = 0; i < count; i++)
        if (digests[i].index == index && count - i <= DIGESTS)
            return &digests[i];
    return NULL;
}

/** Tells whether this replica must stop here. OK = it need not. */
static enum election_status refuse(const struct registry_model *model,
                                   const struct registry_model_command *command)
{
    const struct registry_model_digest *had;

    if (command->kind == UPGRADE && command->version > model->limits.version)
        return ELECTION_VERSION;
    if (command->kind != TICK || command->log_digest == 0)
        return ELECTION_OK;
    had = registry_model_digest(model, command->applied);
    if (had != NULL && had->digest != command->log_digest)
        return ELECTION_DIVERGED;
    return ELECTION_OK;
}

static void take_in(struct registry_model *model, uint64_t index,
                    const void *entry, size_t size)
{
    struct registry_model_digest *digest;

    model->log_digest =
        registry_model__take_in(model->log_digest, index, entry, size);
    model->applied = index;
    digest = registry_model__add(&model->digests, sizeof *digest);
    *digest = (struct registry_model_digest){index, model->log_digest};
}

/* ---- step 3: time -------------------------------------------------------- */

static bool is_in_office(const struct registry_model *model,
                         const struct registry_model_command *command)
{
    if (command->takes_office)
        return true;
    return command->epoch != 0 && command->epoch == model->epoch;
}

/** Adds, and stops at the highest number. */
static uint64_t sum(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static void pass_time(struct registry_model *model,
                      const struct registry_model_command *command)
{
    uint64_t time_ms = command->time_ms;

    if (command->takes_office) {
        model->epoch = model->applied;
        model->stamp_ms = time_ms;
        model->extended_ms = model->now_ms;
    } else if (time_ms > model->stamp_ms && time_ms - model->stamp_ms <= 5000) {
        model->now_ms = sum(model->now_ms, time_ms - model->stamp_ms);
        model->stamp_ms = time_ms;
    } else if (time_ms > model->stamp_ms) {
        model->stamp_ms = time_ms;
        model->extended_ms = model->now_ms;
    }
}

/* ---- step 4: renew ------------------------------------------------------- */

/** Returns what a sequence number led to, if the window still has it. */
static const struct registry_model_memory *
recall(const struct registry_model *model,
       const struct registry_model_session *session, uint64_t sequence)
{
    if (session->highest_sequence > sequence &&
        session->highest_sequence - sequence > 63)
        return NULL;
    REGISTRY_MODEL_EACH(struct registry_model_memory, memory, model->memories)
    if (memory->session_id == session->id && memory->sequence == sequence)
        return memory;
    return NULL;
}

static bool is_below_window(const struct registry_model_session *session,
                            uint64_t sequence)
{
    return session->highest_sequence > sequence &&
           session->highest_sequence - sequence > 63;
}

static bool is_in_bounds(const struct registry_model_command *command)
{
    return command->client_id.size >= 1 && command->client_id.size <= 64 &&
           command->data.size <= 1024 && command->timeout_ms >= 1000 &&
           command->timeout_ms <= 86000000;
}

static void renew(struct registry_model *model,
                  const struct registry_model_command *command)
{
    struct registry_model_session *session;

    if (command->kind == KEEP_ALIVE)
        REGISTRY_MODEL_EACH(uint64_t, id, command->session_ids)
        {
            session = registry_model_session(model, *id);
            if (session != NULL)
                session->renewed_ms = model->now_ms;
        }
    if (command->kind == PROPOSE) {
        session = registry_model_session(model, command->session_id);
        if (session != NULL && command->sequence != 0 &&
            recall(model, session, command->sequence) == NULL &&
            !is_below_window(session, command->sequence))
            session->renewed_ms = model->now_ms;
    }
    if (command->kind == OPEN_SESSION && is_in_bounds(command)) {
        session = registry_model_session_of(model, command->client_id.data,
                                            command->client_id.size);
        if (session != NULL && session->incarnation == command->incarnation &&
            session->nonce == command->nonce)
            session->renewed_ms = model->now_ms;
    }
}

/* ---- step 5: expire ------------------------------------------------------ */

uint64_t registry_model__deadline(const struct registry_model *model,
                                  const struct registry_model_session *session)
{
    uint64_t from = session->renewed_ms;

    if (from < model->extended_ms)
        from = model->extended_ms;
    return sum(from, session->timeout_ms);
}

/** Ends all sessions, or those whose deadline has passed. */
static void end_many(struct registry_model *model, bool all,
                     enum election_cause cause)
{
    struct registry_model_list ids = {0};

    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    {
        uint64_t *id;

        if (!all && registry_model__deadline(model, session) >= model->now_ms)
            continue;
        id = registry_model__add(&ids, sizeof *id);
        *id = session->id;
    }
    registry_model__end(model, ids.items, ids.count, cause, 0);
    free(ids.items);
}

/* ---- step 6: execute ----------------------------------------------------- */

/** Rounds up to two significant decimal digits. */
static uint64_t round_timeout(uint64_t timeout_ms)
{
    uint64_t unit = 1;

    while (timeout_ms / unit >= 100)
        unit *= 10;
    return (timeout_ms + unit - 1) / unit * unit;
}

static void put_session(const struct registry_model_session *session,
                        struct outcome *outcome)
{
    outcome->field = 3;
    model_put_number(&outcome->body, 1, session->id);
    model_put_number(&outcome->body, 2, session->incarnation);
    model_put_number(&outcome->body, 3, session->timeout_ms);
}

static void set_data(struct registry_model_session *session,
                     struct registry_model_span data)
{
    if (data.size > 0)
        memcpy(session->data, data.data, data.size);
    session->data_size = data.size;
}

static enum election_status
open_new(struct registry_model *model,
         const struct registry_model_command *command, struct outcome *outcome)
{
    struct registry_model_session *session;

    if (model->sessions.count >= model->limits.sessions)
        return ELECTION_FULL;
    session = registry_model__add(&model->sessions, sizeof *session);
    session->id = registry_model__new_id(model);
    memcpy(session->client_id, command->client_id.data,
           command->client_id.size);
    session->client_id_size = command->client_id.size;
    session->incarnation = command->incarnation;
    session->nonce = command->nonce;
    session->timeout_ms = round_timeout(command->timeout_ms);
    session->renewed_ms = model->now_ms;
    set_data(session, command->data);
    put_session(session, outcome);
    return ELECTION_OK;
}

static enum election_status
open_again(struct registry_model_session *session,
           const struct registry_model_command *command,
           struct outcome *outcome)
{
    bool is_same =
        session->data_size == command->data.size &&
        (session->data_size == 0 ||
         memcmp(session->data, command->data.data, session->data_size) == 0);

    set_data(session, command->data);
    put_session(session, outcome);
    return is_same ? ELECTION_UNCHANGED : ELECTION_OK;
}

static enum election_status
open_session(struct registry_model *model,
             const struct registry_model_command *command,
             struct outcome *outcome)
{
    struct registry_model_session *session;
    uint64_t id;

    if (!is_in_bounds(command))
        return ELECTION_INVALID;
    session = registry_model_session_of(model, command->client_id.data,
                                        command->client_id.size);
    if (session == NULL)
        return open_new(model, command, outcome);
    if (session->incarnation == command->incarnation &&
        session->nonce == command->nonce)
        return open_again(session, command, outcome);
    if (session->incarnation >= command->incarnation) {
        outcome->field = 3;
        model_put_number(&outcome->body, 2, session->incarnation);
        if (session->incarnation > command->incarnation)
            return ELECTION_STALE;
        return ELECTION_CONFLICT;
    }
    id = session->id;
    registry_model__end(model, &id, 1, ELECTION_CAUSE_REPLACED, id);
    return open_new(model, command, outcome);
}

static enum election_status
keep_alive(const struct registry_model *model,
           const struct registry_model_command *command,
           struct outcome *outcome)
{
    struct model_bytes lost = {0};
    enum election_status status = ELECTION_OK;

    REGISTRY_MODEL_EACH(uint64_t, id, command->session_ids)
    if (registry_model_session(model, *id) == NULL) {
        model_put_varint(&lost, *id);
        status = ELECTION_NO_SESSION;
    }
    if (status == ELECTION_NO_SESSION) {
        outcome->field = 4;
        model_put_bytes(&outcome->body, 1, lost.data, lost.size);
    }
    model_bytes_free(&lost);
    return status;
}

static enum election_status
close_session(struct registry_model *model,
              const struct registry_model_command *command)
{
    uint64_t id = command->session_id;

    if (registry_model_session(model, id) == NULL)
        return ELECTION_UNCHANGED;
    registry_model__end(model, &id, 1, ELECTION_CAUSE_CLOSED, id);
    return ELECTION_OK;
}

static bool has_leadership(enum election_status status)
{
    return status != ELECTION_INVALID && status != ELECTION_UNSUPPORTED;
}

/** Puts the ProposeResult of a proposal that was executed now or before. */
static void put_propose(const struct registry_model *model,
                        const struct registry_model_command *command,
                        bool is_repeated, struct outcome *outcome)
{
    const struct registry_model_election *election;
    struct model vacant = {.index = model->index_floor};
    struct model_bytes output = {0};

    if (!has_leadership(outcome->status) && !is_repeated)
        return;
    outcome->field = 5;
    if (has_leadership(outcome->status)) {
        election = registry_model_election(model, command->election.data,
                                           command->election.size);
        registry_model__put_leadership(
            model, &outcome->body, 1, command->election.data,
            command->election.size, REGISTRY_MODEL_BARE);
        model_output(election == NULL ? &vacant : &election->model,
                     (enum election_op)command->op, &output);
        if (command->with_output && command->op != 0)
            model_put_bytes(&outcome->body, 2, output.data, output.size);
        model_bytes_free(&output);
    }
    model_put_number(&outcome->body, 3, is_repeated);
}

static void propose(struct registry_model *model,
                    const struct registry_model_command *command,
                    struct outcome *outcome)
{
    struct registry_model_session *session =
        registry_model_session(model, command->session_id);
    const struct registry_model_memory *memory;
    struct registry_model_memory *added;

    outcome->status = ELECTION_NO_SESSION;
    if (session == NULL)
        return;
    outcome->status = ELECTION_INVALID;
    if (command->sequence == 0)
        return;
    memory = recall(model, session, command->sequence);
    if (memory != NULL) {
        outcome->status = memory->status;
        put_propose(model, command, true, outcome);
        return;
    }
    outcome->status = ELECTION_STALE;
    if (is_below_window(session, command->sequence))
        return;
    outcome->status = registry_model__run(model, command);
    added = registry_model__add(&model->memories, sizeof *added);
    *added = (struct registry_model_memory){session->id, command->sequence,
                                            outcome->status};
    if (session->highest_sequence < command->sequence)
        session->highest_sequence = command->sequence;
    put_propose(model, command, false, outcome);
}

static enum election_status recover(struct registry_model *model, uint64_t lost)
{
    if (lost > UINT64_C(1) << 40)
        return ELECTION_INVALID;
    end_many(model, true, ELECTION_CAUSE_RECOVERED);
    model->index_floor += 2 * lost;
    if (model->id_floor < model->applied)
        model->id_floor = model->applied;
    model->id_floor += lost;
    return ELECTION_OK;
}

static enum election_status upgrade(struct registry_model *model,
                                    uint32_t version)
{
    if (version <= model->version)
        return ELECTION_UNCHANGED;
    model->version = version;
    return ELECTION_OK;
}

static void execute(struct registry_model *model,
                    const struct registry_model_command *command,
                    struct outcome *outcome)
{
    if (command->kind == OPEN_SESSION)
        outcome->status = open_session(model, command, outcome);
    else if (command->kind == KEEP_ALIVE)
        outcome->status = keep_alive(model, command, outcome);
    else if (command->kind == CLOSE_SESSION)
        outcome->status = close_session(model, command);
    else if (command->kind == PROPOSE)
        propose(model, command, outcome);
    else if (command->kind == TICK)
        outcome->status = ELECTION_OK;
    else if (command->kind == UPGRADE)
        outcome->status = upgrade(model, command->version);
    else if (command->kind == RECOVER)
        outcome->status = recover(model, command->lost_entries);
    else
        outcome->status = ELECTION_UNSUPPORTED;
}

/* ---- all together -------------------------------------------------------- */

static enum election_status put_result(const struct registry_model *model,
                                       struct outcome *outcome,
                                       struct model_bytes *result)
{
    result->size = 0;
    model_put_number(result, 1, (uint64_t)outcome->status);
    model_put_number(result, 2, model->applied);
    if (outcome->field != 0)
        model_put_bytes(result, outcome->field, outcome->body.data,
                        outcome->body.size);
    model_bytes_free(&outcome->body);
    return outcome->status;
}

/** Steps 3 to 7. */
static void run(struct registry_model *model,
                const struct registry_model_command *command,
                struct outcome *outcome)
{
    pass_time(model, command);
    renew(model, command);
    end_many(model, false, ELECTION_CAUSE_EXPIRED);
    execute(model, command, outcome);
    registry_model__tell(model);
}

enum election_status registry_model_apply(struct registry_model *model,
                                          uint64_t index, const void *entry,
                                          size_t size,
                                          struct model_bytes *result)
{
    struct registry_model_command command;
    struct outcome outcome = {.status = ELECTION_SKIPPED};
    enum election_status failure;
    bool is_sound;

    registry_model__forget_events(model);
    model->changes.count = 0;
    registry_model__copy_elections(&model->before, &model->elections);
    if (index == 0 ||
        (model->failed_index != 0 && model->failed_index != index))
        return ELECTION_MISUSE;
    model->failed_index = 0;
    if (index <= model->applied)
        return put_result(model, &outcome, result);
    is_sound = registry_model__read_command(entry, size, &command);
    /* Of another epoch is as if malformed: it is not even an Upgrade then. */
    is_sound = is_sound && is_in_office(model, &command);
    failure = is_sound ? refuse(model, &command) : ELECTION_OK;
    if (failure == ELECTION_OK) {
        take_in(model, index, entry, size);
        outcome.status = ELECTION_INVALID;
        if (is_sound)
            run(model, &command, &outcome);
        registry_model__check(model);
        put_result(model, &outcome, result);
    } else {
        model->failed_index = index;
    }
    registry_model__free_command(&command);
    return failure == ELECTION_OK ? outcome.status : failure;
}

void registry_model_fail(struct registry_model *model, uint64_t index)
{
    model->failed_index = index;
}
