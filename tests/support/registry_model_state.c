/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elections of the naive registry, those who are in them, and what must
 * hold of both.
 */
#include "cmocka_all.h"

#include "registry_model_parts.h"

#include <string.h>

struct registry_model_session *
registry_model_session(const struct registry_model *model, uint64_t id)
{
    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    if (session->id == id)
        return session;
    return NULL;
}

struct registry_model_session *
registry_model_session_of(const struct registry_model *model,
                          const void *client_id, size_t size)
{
    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    if (session->client_id_size == size &&
        memcmp(session->client_id, client_id, size) == 0)
        return session;
    return NULL;
}

struct registry_model_election *
registry_model_election(const struct registry_model *model, const void *name,
                        size_t size)
{
    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    if (registry_model__is_name(&election->name, name, size))
        return election;
    return NULL;
}

/** Adds the candidates of one election, of one session or of all (NULL). */
static size_t count_in(const struct registry_model_election *election,
                       const uint64_t *session_id)
{
    const struct model *model = &election->model;
    size_t count = 0;

    if (model->has_leader &&
        (session_id == NULL || model->leader.session_id == *session_id))
        count++;
    for (size_t rank = 0; rank < model->queue_count; rank++)
        if (session_id == NULL || model->queue[rank].session_id == *session_id)
            count++;
    return count;
}

size_t registry_model__candidacies(const struct registry_model *model,
                                   uint64_t session_id)
{
    size_t count = 0;

    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    count += count_in(election, &session_id);
    return count;
}

size_t registry_model__candidates(const struct registry_model *model)
{
    size_t count = 0;

    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    count += count_in(election, NULL);
    return count;
}

uint64_t registry_model__new_id(struct registry_model *model)
{
    uint64_t id = model->id_floor + 1;

    if (id < model->applied)
        id = model->applied;
    model->id_floor = id;
    assert_true(id > model->highest_id);
    model->highest_id = id;
    return id;
}

/* ---- what changes an election -------------------------------------------- */

/** A tenure has begun: its token must be above all that there ever were. */
static void note_tenure(struct registry_model *model,
                        const struct registry_model_election *election)
{
    struct registry_model_token *added;

    /* The dead are out of the list before the living lead. */
    assert_non_null(
        registry_model_session(model, election->model.leader.session_id));
    REGISTRY_MODEL_EACH(struct registry_model_token, token, model->tokens)
    if (registry_model__is_name(&token->name, election->name.text,
                                election->name.size)) {
        assert_true(election->model.index > token->index);
        token->index = election->model.index;
        return;
    }
    added = registry_model__add(&model->tokens, sizeof *added);
    added->name = election->name;
    added->index = election->model.index;
}

static struct registry_model_change *
change_of(struct registry_model *model, const struct registry_model_name *name)
{
    struct registry_model_change *added;

    REGISTRY_MODEL_EACH(struct registry_model_change, change, model->changes)
    if (registry_model__is_name(&change->name, name->text, name->size))
        return change;
    added = registry_model__add(&model->changes, sizeof *added);
    added->name = *name;
    return added;
}

/** Notes a change of an election that had that index before. */
static void note_change(struct registry_model *model,
                        const struct registry_model_election *election,
                        uint64_t index_before, enum election_cause cause,
                        uint64_t by_session_id)
{
    struct registry_model_change *change = change_of(model, &election->name);
    bool has_begun = election->model.index != index_before;

    assert_true(election->model.index - index_before <= 1);
    change->cause = cause;
    change->by_session_id = by_session_id;
    if (has_begun)
        note_tenure(model, election);
    if (!has_begun && election->model.has_leader)
        return;
    change->is_of_leader = true;
    change->leader_cause = cause;
    change->leader_by_session_id = by_session_id;
}

/** Drops the elections that are vacant. */
static void drop_vacant(struct registry_model *model)
{
    for (size_t i = 0; i < model->elections.count;) {
        struct registry_model_election *election = model->elections.items;

        election += i;
        if (election->model.has_leader) {
            i++;
            continue;
        }
        if (model->index_floor < election->model.index)
            model->index_floor = election->model.index;
        registry_model__remove_election(&model->elections, i);
    }
}

static void remove_session(struct registry_model *model, uint64_t id)
{
    const struct registry_model_session *sessions = model->sessions.items;
    size_t i = 0;

    while (sessions[i].id != id)
        i++;
    registry_model__remove(&model->sessions, i, sizeof *sessions);
}

void registry_model__end(struct registry_model *model, const uint64_t *ids,
                         size_t count, enum election_cause cause,
                         uint64_t by_session_id)
{
    for (size_t i = 0; i < count; i++)
        remove_session(model, ids[i]);
    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    {
        uint64_t index = election->model.index;

        if (model_close_all(&election->model, ids, count) == ELECTION_OK)
            note_change(model, election, index, cause, by_session_id);
    }
    drop_vacant(model);
}

/* ---- a Propose ----------------------------------------------------------- */

static bool is_full(const struct registry_model *model,
                    const struct registry_model_command *command,
                    const struct registry_model_election *election)
{
    const struct registry_model_limits *limits = &model->limits;

    /* The one that is being tried stands in the list already. */
    if (election->id == 0 && model->elections.count > limits->elections)
        return true;
    if (election->model.has_leader &&
        election->model.queue_count >= limits->waiting)
        return true;
    return registry_model__candidates(model) >= limits->candidates ||
           registry_model__candidacies(model, command->session_id) >=
               limits->session_candidates;
}

static enum election_status run_in(struct registry_model *model,
                                   const struct registry_model_command *command,
                                   struct registry_model_election *election)
{
    enum election_op op = (enum election_op)command->op;
    bool is_read = op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH;
    struct registry_model_span name = command->candidate;
    uint64_t index = election->model.index;
    enum election_status status;

    if (command->if_index != 0 && command->if_index != index)
        return ELECTION_ABORTED;
    if (command->if_vacant && election->model.has_leader)
        return ELECTION_ABORTED;
    if (command->op == 0)
        return ELECTION_UNSUPPORTED;
    if (op == ELECTION_OP_ENTER && model_is_name(name.data, name.size) &&
        !model_has(&election->model, name.data, name.size) &&
        is_full(model, command, election))
        return ELECTION_FULL;
    status = model_apply(&election->model, op, command->session_id, name.data,
                         name.size);
    if (status == ELECTION_OK && !is_read)
        note_change(model, election, index, (enum election_cause)op,
                    command->session_id);
    return status;
}

/** Puts in an election that nobody is in. */
static struct registry_model_election *try_new(struct registry_model *model,
                                               struct registry_model_span name)
{
    struct registry_model_election *election =
        registry_model__add(&model->elections, sizeof *election);

    election->name = registry_model__name(name.data, name.size);
    model_init(&election->model, 2);
    election->model.index = model->index_floor;
    return election;
}

enum election_status
registry_model__run(struct registry_model *model,
                    const struct registry_model_command *command)
{
    struct registry_model_span name = command->election;
    struct registry_model_election *election;
    enum election_status status;

    if (!model_is_name(name.data, name.size))
        return ELECTION_INVALID;
    election = registry_model_election(model, name.data, name.size);
    if (election == NULL)
        election = try_new(model, name);
    status = run_in(model, command, election);
    if (election->id == 0 && election->model.has_leader)
        election->id = registry_model__new_id(model);
    drop_vacant(model);
    return status;
}

/* ---- what must hold ------------------------------------------------------ */

static void check_owner(const struct registry_model *model,
                        const struct model_candidate *candidate)
{
    assert_non_null(registry_model_session(model, candidate->session_id));
}

static void check_election(const struct registry_model *model,
                           const struct registry_model_election *election)
{
    const struct model *of = &election->model;

    assert_true(of->has_leader);
    assert_true(of->index > 0);
    check_owner(model, &of->leader);
    for (size_t rank = 0; rank < of->queue_count; rank++)
        check_owner(model, &of->queue[rank]);
    assert_true(election->id > 0);
    assert_ptr_equal(registry_model_election(model, election->name.text,
                                             election->name.size),
                     election);
}

static void check_session(const struct registry_model *model,
                          const struct registry_model_session *session)
{
    assert_true(session->renewed_ms <= model->now_ms);
    assert_true(registry_model__deadline(model, session) >= model->now_ms);
    assert_ptr_equal(registry_model_session_of(model, session->client_id,
                                               session->client_id_size),
                     session);
    assert_true(registry_model__candidacies(model, session->id) <=
                model->limits.session_candidates);
}

void registry_model__check(const struct registry_model *model)
{
    uint64_t last = 0;

    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    {
        assert_true(session->id > last);
        last = session->id;
        check_session(model, session);
    }
    last = 0;
    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    {
        assert_true(election->id > last);
        assert_null(registry_model_session(model, election->id));
        last = election->id;
        check_election(model, election);
    }
    assert_true(model->sessions.count <= model->limits.sessions);
    assert_true(model->elections.count <= model->limits.elections);
    assert_true(registry_model__candidates(model) <= model->limits.candidates);
    assert_true(model->highest_id == 0 || model->id_floor >= last);
}
