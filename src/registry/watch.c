/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "audience.h"
#include "base/checks.h"
#include "core/embed.h"
#include "elections.h"
#include "restore.h"

bool election__registry_is_notifying(const struct election_registry *registry)
{
    return registry->audience != NULL && registry->audience->is_notifying;
}

bool election__audience_is_there(const struct election_registry *registry)
{
    return registry->audience != NULL && registry->audience->count > 0;
}

/* ---- telling ------------------------------------------------------------ */

bool election__audience_wants(const struct election_registry *registry,
                              const char *name, size_t name_size)
{
    const struct election__group *group;

    if (registry->audience->term_count == 0)
        return false;
    if (registry->audience->all->term_count > 0)
        return true;
    group = election__group_find(registry, name, name_size);
    return group != NULL && group->term_count > 0;
}

bool election__audience_reserve(struct election_registry *registry,
                                size_t output_size)
{
    struct election__audience *audience = registry->audience;
    struct election__room room;
    size_t size = ELECTION__EVENT_SIZE_MAX + output_size;

    if (audience == NULL || audience->term_count == 0)
        return true;
    if (!election__buffer_reserve(&audience->event, &registry->state.allocator,
                                  size, &room))
        return false;
    election__buffer_commit(&audience->event, &room);
    if (audience->event_peak < size)
        audience->event_peak = size;
    return true;
}

static struct election__event
event_of(const struct election_registry *registry,
         const struct election__message_of *message)
{
    const struct election__state *state = &registry->state;
    struct election__event event = {
        .applied = state->applied,
        .election = message->name,
        .election_size = message->name_size,
        .cause = (uint32_t)message->cause,
        .has_leadership = true,
        .leadership = election__leadership_of(state, message->office),
    };

    election__leadership_add_data(state, &event.leadership);
    return event;
}

/** Encodes an event with candidates, for which there is room. */
static void encode_term(struct election__audience *audience,
                        const struct election__message_of *message,
                        struct election__event *event)
{
    uint8_t *end;

    if (message->office != NULL)
        event->leadership.candidates = message->office->election;
    end = election__message_write(&election__event_message,
                                  audience->event.data, event);
    audience->event.size = (size_t)(end - audience->event.data);
    assert(audience->event.size <= audience->event.capacity);
}

/** The events of one election, and who is told next. */
struct telling {
    struct election__watcher *of_all;
    struct election__watcher *of_one;
    bool is_of_term;
    bool is_of_leader;
    size_t leader_size; /* of the event in the scope LEADER */
};

static struct election__watcher *next_watcher(struct telling *telling)
{
    struct election__watcher **next = &telling->of_all;
    struct election__watcher *watcher;

    if (telling->of_one != NULL &&
        (telling->of_all == NULL || telling->of_one->id < telling->of_all->id))
        next = &telling->of_one;
    watcher = *next;
    if (watcher != NULL)
        *next = watcher->next;
    return watcher;
}

static void call(struct election_registry *registry,
                 struct election__watcher *watcher,
                 const struct telling *telling)
{
    struct election__audience *audience = registry->audience;

    if (watcher->fn == NULL)
        return;
    /* What is told at all is told in the scope TERM. */
    if (watcher->scope == ELECTION_SCOPE_TERM)
        watcher->fn(watcher->context, registry, audience->event.data,
                    audience->event.size);
    else if (telling->is_of_leader)
        watcher->fn(watcher->context, registry, audience->leader_event,
                    telling->leader_size);
}

/** Encodes what is told, each scope once, and tells everybody. */
static void tell(struct election_registry *registry,
                 const struct election__message_of *message,
                 struct telling *telling, struct election__event *term_event,
                 struct election__event *leader_event)
{
    struct election__audience *audience = registry->audience;
    struct election__watcher *watcher;

    if (telling->is_of_term)
        encode_term(audience, message, term_event);
    if (telling->is_of_leader) {
        uint8_t *end = election__message_write(
            &election__event_message, audience->leader_event, leader_event);

        telling->leader_size = (size_t)(end - audience->leader_event);
        assert(telling->leader_size <= sizeof audience->leader_event);
    }
    audience->is_notifying = true;
    while ((watcher = next_watcher(telling)) != NULL)
        call(registry, watcher, telling);
    audience->is_notifying = false;
}

/** Finds who is told of an election. */
static struct telling audience_of(const struct election_registry *registry,
                                  const char *name, size_t name_size,
                                  bool is_of_term, bool is_of_leader)
{
    const struct election__group *all = registry->audience->all;
    const struct election__group *group =
        election__group_find(registry, name, name_size);
    struct telling telling = {.of_all = all->first};
    size_t term_count = all->term_count;
    size_t leader_count = all->leader_count;

    if (group != NULL) {
        telling.of_one = group->first;
        term_count += group->term_count;
        leader_count += group->leader_count;
    }
    telling.is_of_term = is_of_term && term_count > 0;
    telling.is_of_leader = is_of_leader && leader_count > 0;
    return telling;
}

void election__audience_tell(struct election_registry *registry,
                             const struct election__office *office,
                             enum election_cause cause, uint64_t by_session_id)
{
    unsigned changes = office->changes;
    struct election__message_of message = {
        office->name, office->name_size, office, cause, false, false};
    struct telling telling = audience_of(
        registry, office->name, office->name_size,
        (changes & (ELECTION__TERM_BY_COMMAND | ELECTION__TERM_BY_EXPIRY)) != 0,
        (changes &
         (ELECTION__LEADER_BY_COMMAND | ELECTION__LEADER_BY_EXPIRY)) != 0);
    struct election__event term_event, leader_event;

    if (!telling.is_of_term && !telling.is_of_leader)
        return;
    term_event = event_of(registry, &message);
    term_event.by_session_id = by_session_id;
    leader_event = term_event;
    if ((changes & ELECTION__TERM_BY_COMMAND) == 0) {
        term_event.cause = ELECTION_CAUSE_EXPIRED;
        term_event.by_session_id = 0;
    }
    if ((changes & ELECTION__LEADER_BY_COMMAND) == 0) {
        leader_event.cause = ELECTION_CAUSE_EXPIRED;
        leader_event.by_session_id = 0;
    }
    tell(registry, &message, &telling, &term_event, &leader_event);
}

void election__audience_inform(struct election_registry *registry,
                               const struct election__message_of *message)
{
    struct telling telling =
        audience_of(registry, message->name, message->name_size,
                    message->is_of_term, message->is_of_leader);
    struct election__event term_event, leader_event;

    if (!telling.is_of_term && !telling.is_of_leader)
        return;
    term_event = event_of(registry, message);
    leader_event = term_event;
    tell(registry, message, &telling, &term_event, &leader_event);
}

/* ---- coming and going --------------------------------------------------- */

/** Returns the most bytes of the output of what a watcher may be told of. */
static size_t watched_size_max(const struct election_registry *registry,
                               const char *name, size_t name_size)
{
    const struct election__office *office;
    size_t size_max = election__restore_output_size(registry);
    size_t position = 0;

    if (name_size > 0) {
        office = election__office_find(&registry->state, name, name_size);
        if (office != NULL &&
            size_max < election__answer_size(office->election))
            size_max = election__answer_size(office->election);
        return size_max;
    }
    while ((office = election__order_next(&registry->state.elections.order,
                                          &position)) != NULL)
        if (size_max < election__answer_size(office->election))
            size_max = election__answer_size(office->election);
    return size_max;
}

/** Makes a watcher that is not registered yet; NULL = no memory. */
static struct election__watcher *
prepare_watcher(struct election_registry *registry, const char *name,
                size_t name_size, enum election_scope scope)
{
    const struct election_allocator *allocator = &registry->state.allocator;
    struct election__audience *audience = registry->audience;
    struct election__watcher *watcher;
    bool is_of_term = scope == ELECTION_SCOPE_TERM;

    if (!election__chains_reserve(&audience->by_id, allocator))
        return NULL;
    watcher = election__allocate(allocator, sizeof *watcher);
    if (watcher == NULL)
        return NULL;
    *watcher = (struct election__watcher){.scope = scope};
    audience->term_count += is_of_term;
    if (election__audience_reserve(
            registry,
            is_of_term ? watched_size_max(registry, name, name_size) : 0))
        watcher->group = election__group_obtain(registry, name, name_size);
    audience->term_count -= is_of_term;
    if (watcher->group != NULL)
        return watcher;
    election__release(allocator, watcher);
    return NULL;
}

/** Tells one watcher of one election. */
static void introduce(struct election_registry *registry,
                      struct election__watcher *watcher,
                      const struct election__message_of *message)
{
    struct election__watcher alone = *watcher;
    struct telling telling = {
        .is_of_term = watcher->scope == ELECTION_SCOPE_TERM,
        .is_of_leader = watcher->scope != ELECTION_SCOPE_TERM,
    };
    struct election__event event;

    if (watcher->fn == NULL)
        return;
    telling.of_one = &alone;
    event = event_of(registry, message);
    tell(registry, message, &telling, &event, &event);
}

static void introduce_all(struct election_registry *registry,
                          struct election__watcher *watcher)
{
    const struct election__office *office;
    size_t position = 0;

    while ((office = election__order_next(&registry->state.elections.order,
                                          &position)) != NULL) {
        struct election__message_of message = {
            office->name, office->name_size,
            office,       ELECTION_CAUSE_INITIAL,
            false,        false};

        introduce(registry, watcher, &message);
    }
}

enum election_status election_registry_watch(struct election_registry *registry,
                                             const char *election,
                                             size_t election_size,
                                             enum election_scope scope,
                                             election_registry_watch_fn *fn,
                                             void *context, uint64_t *watch_id)
{
    struct election__message_of message = {
        election, election_size, NULL, ELECTION_CAUSE_INITIAL, false, false};
    struct election__watcher *watcher;

    if (registry == NULL || fn == NULL ||
        (scope != ELECTION_SCOPE_TERM && scope != ELECTION_SCOPE_LEADER) ||
        (election == NULL && election_size > 0) ||
        (election != NULL &&
         !election__election_name_valid(election, election_size)))
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry))
        return ELECTION_BUSY;
    if (!election__audience_create(registry))
        return ELECTION_NOMEM;
    watcher = prepare_watcher(registry, election, election_size, scope);
    if (watcher == NULL) {
        if (registry->audience->last_id == 0)
            election__audience_free(registry);
        return ELECTION_NOMEM;
    }
    watcher->fn = fn;
    watcher->context = context;
    watcher->id = ++registry->audience->last_id;
    election__watcher_join(registry, watcher);
    if (watch_id != NULL)
        *watch_id = watcher->id;
    if (election == NULL) {
        introduce_all(registry, watcher);
    } else {
        message.office =
            election__office_find(&registry->state, election, election_size);
        introduce(registry, watcher, &message);
    }
    election__audience_rest(registry);
    return ELECTION_OK;
}

enum election_status
election_registry_unwatch(struct election_registry *registry, uint64_t watch_id)
{
    struct election__watcher *watcher = NULL;

    if (registry == NULL)
        return ELECTION_MISUSE;
    if (registry->audience != NULL)
        watcher = election__watcher_find(registry, watch_id);
    if (watcher == NULL)
        return ELECTION_NOT_FOUND;
    election__watcher_leave(registry, watcher);
    return ELECTION_OK;
}
