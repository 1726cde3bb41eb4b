/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchers of the naive registry: what each of them must have been told by
 * the last call, in order.
 */
#include "registry_model_parts.h"

#include <string.h>

void registry_model__forget_events(struct registry_model *model)
{
    REGISTRY_MODEL_EACH(struct registry_model_event, event, model->events)
    model_bytes_free(&event->bytes);
    model->events.count = 0;
}

static bool watches(const struct registry_model_watcher *watcher,
                    const struct registry_model_name *name)
{
    return watcher->is_of_all ||
           registry_model__is_name(&watcher->name, name->text, name->size);
}

static void tell(struct registry_model *model,
                 const struct registry_model_watcher *watcher,
                 const struct registry_model_name *name,
                 enum election_cause cause, uint64_t by_session_id)
{
    struct registry_model_event *event =
        registry_model__add(&model->events, sizeof *event);

    event->watcher_id = watcher->id;
    registry_model__event(model, name, cause, by_session_id, watcher->scope,
                          &event->bytes);
}

/* ---- entries ------------------------------------------------------------- */

static const struct registry_model_change *
change_of(const struct registry_model *model,
          const struct registry_model_name *name)
{
    REGISTRY_MODEL_EACH(struct registry_model_change, change, model->changes)
    if (registry_model__is_name(&change->name, name->text, name->size))
        return change;
    return NULL;
}

static void tell_change(struct registry_model *model,
                        const struct registry_model_watcher *watcher,
                        const struct registry_model_name *name)
{
    const struct registry_model_change *change = change_of(model, name);

    if (change == NULL || !watches(watcher, name))
        return;
    if (watcher->scope == ELECTION_SCOPE_TERM)
        tell(model, watcher, name, change->cause, change->by_session_id);
    else if (change->is_of_leader)
        tell(model, watcher, name, change->leader_cause,
             change->leader_by_session_id);
}

static bool was_there(const struct registry_model *model,
                      const struct registry_model_name *name)
{
    REGISTRY_MODEL_EACH(struct registry_model_election, election, model->before)
    if (registry_model__is_name(&election->name, name->text, name->size))
        return true;
    return false;
}

void registry_model__tell(struct registry_model *model)
{
    REGISTRY_MODEL_EACH(struct registry_model_watcher, watcher, model->watchers)
    {
        REGISTRY_MODEL_EACH(struct registry_model_election, election,
                            model->before)
        tell_change(model, watcher, &election->name);
        REGISTRY_MODEL_EACH(struct registry_model_election, election,
                            model->elections)
        if (!was_there(model, &election->name))
            tell_change(model, watcher, &election->name);
    }
}

/* ---- restores ------------------------------------------------------------ */

static bool is_same(const struct model_candidate *a,
                    const struct model_candidate *b)
{
    return a->name_size == b->name_size &&
           memcmp(a->name, b->name, a->name_size) == 0;
}

/** Tells whether a watcher of that scope would see the two apart. */
static bool differs(const struct model *was, const struct model *now,
                    enum election_scope scope)
{
    if (was->index != now->index || was->has_leader != now->has_leader)
        return true;
    if (was->has_leader && (!is_same(&was->leader, &now->leader) ||
                            was->leader.session_id != now->leader.session_id))
        return true;
    if (scope == ELECTION_SCOPE_LEADER)
        return false;
    if (was->queue_count != now->queue_count)
        return true;
    for (size_t rank = 0; rank < was->queue_count; rank++)
        if (!is_same(&was->queue[rank], &now->queue[rank]))
            return true;
    return false;
}

/** Tells of the elections that were there before; one may be no more. */
static void tell_old(struct registry_model *model,
                     const struct registry_model_watcher *watcher)
{
    REGISTRY_MODEL_EACH(struct registry_model_election, was, model->before)
    {
        const struct registry_model_election *now =
            registry_model_election(model, was->name.text, was->name.size);

        if (watches(watcher, &was->name) &&
            (now == NULL || differs(&was->model, &now->model, watcher->scope)))
            tell(model, watcher, &was->name, ELECTION_CAUSE_RESTORED, 0);
    }
}

static void tell_new(struct registry_model *model,
                     const struct registry_model_watcher *watcher)
{
    REGISTRY_MODEL_EACH(struct registry_model_election, now, model->elections)
    if (watches(watcher, &now->name) && !was_there(model, &now->name))
        tell(model, watcher, &now->name, ELECTION_CAUSE_RESTORED, 0);
}

/** What was ever given out on either side counts from now on. */
static void join_history(struct registry_model *model,
                         const struct registry_model *other)
{
    if (model->highest_id < other->highest_id)
        model->highest_id = other->highest_id;
    REGISTRY_MODEL_EACH(struct registry_model_token, theirs, other->tokens)
    {
        struct registry_model_token *mine = NULL;

        REGISTRY_MODEL_EACH(struct registry_model_token, token, model->tokens)
        if (registry_model__is_name(&token->name, theirs->name.text,
                                    theirs->name.size))
            mine = token;
        if (mine == NULL) {
            mine = registry_model__add(&model->tokens, sizeof *mine);
            *mine = *theirs;
        }
        if (mine->index < theirs->index)
            mine->index = theirs->index;
    }
}

void registry_model_restore(struct registry_model *model,
                            const struct registry_model *other)
{
    struct registry_model_digest *digest;

    registry_model__forget_events(model);
    registry_model__copy_elections(&model->before, &model->elections);
    registry_model__copy_state(model, other);
    join_history(model, other);
    model->failed_index = 0;
    model->digests.count = 0;
    if (model->applied > 0) {
        digest = registry_model__add(&model->digests, sizeof *digest);
        *digest =
            (struct registry_model_digest){model->applied, model->log_digest};
    }
    REGISTRY_MODEL_EACH(struct registry_model_watcher, watcher, model->watchers)
    {
        tell_old(model, watcher);
        tell_new(model, watcher);
    }
}

/* ---- coming and going ---------------------------------------------------- */

static void tell_first(struct registry_model *model,
                       const struct registry_model_watcher *watcher)
{
    if (!watcher->is_of_all) {
        tell(model, watcher, &watcher->name, ELECTION_CAUSE_INITIAL, 0);
        return;
    }
    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    tell(model, watcher, &election->name, ELECTION_CAUSE_INITIAL, 0);
}

uint64_t registry_model_watch(struct registry_model *model, const void *name,
                              size_t size, enum election_scope scope)
{
    struct registry_model_watcher *watcher =
        registry_model__add(&model->watchers, sizeof *watcher);

    registry_model__forget_events(model);
    watcher->id = ++model->watch_count;
    watcher->is_of_all = name == NULL;
    if (name != NULL)
        watcher->name = registry_model__name(name, size);
    watcher->scope = scope;
    tell_first(model, watcher);
    return watcher->id;
}

void registry_model_unwatch(struct registry_model *model, uint64_t watcher_id)
{
    struct registry_model_watcher *watchers = model->watchers.items;
    size_t i = 0;

    while (watchers[i].id != watcher_id)
        i++;
    registry_model__remove(&model->watchers, i, sizeof *watchers);
}
