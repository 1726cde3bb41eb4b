/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log entry, step by step.
 *
 * Source: proto/REGISTRY.md, One entry
 */
#include "audience.h"
#include "candidacies.h"
#include "check.h"
#include "core/embed.h"
#include "elections.h"
#include "entry.h"
#include "limits.h"
#include "sessions.h"
#include "watch.h"

/* ---- step 2: what the entry is ------------------------------------------ */

static bool takes_office(const struct election__entry *entry)
{
    return entry->command.which.number == ELECTION_REGISTRY_TICK &&
           entry->command.view.takes_office;
}

/** Decodes the entry. False = malformed, or of another office. */
static bool read_entry(struct election__entry *entry, const void *bytes,
                       size_t size)
{
    uint64_t epoch = entry->registry->state.clock.epoch;

    if (!election__message_open(&election__command_message, bytes, size,
                                &entry->command))
        return false;
    return takes_office(entry) ||
           (epoch != 0 && entry->command.view.epoch == epoch);
}

/** Tells whether this replica may go on with an entry: OK, or why not. */
static enum election_status check_entry(const struct election__entry *entry)
{
    const struct election_registry_command *command = &entry->command.view;

    if (!entry->is_read)
        return ELECTION_OK;
    if (entry->command.which.number == ELECTION_REGISTRY_UPGRADE &&
        command->version > ELECTION__VERSION_KNOWN)
        return ELECTION_VERSION;
    if (entry->command.which.number == ELECTION_REGISTRY_TICK &&
        command->log_digest != 0 &&
        election__digests_differ(&entry->registry->digests, command->applied,
                                 command->log_digest))
        return ELECTION_DIVERGED;
    return ELECTION_OK;
}

/* ---- step 3: time ------------------------------------------------------- */

/** Finds out what time it will be, and whether sessions end by then. */
static void look_ahead(struct election__entry *entry)
{
    struct election__state *state = &entry->registry->state;
    uint64_t time_ms = entry->command.view.time_ms;

    entry->clock = state->clock;
    if (takes_office(entry))
        election__clock_take_office(&entry->clock, entry->index, time_ms);
    else
        election__clock_advance(&entry->clock, time_ms);
    if (entry->clock.now_ms <= state->sessions.quiet_until_ms)
        return;
    state->sessions.quiet_until_ms =
        election__sessions_deadline(state, &entry->clock);
    entry->expires = state->sessions.quiet_until_ms < entry->clock.now_ms;
}

/* ---- step 5: expiry ----------------------------------------------------- */

static void expire_queue(struct election__entry *entry,
                         struct election__queue *queue)
{
    struct election__state *state = &entry->registry->state;

    while (queue->first != NULL &&
           election__session_is_over(&state->clock, queue->first))
        election__changes_end(&entry->changes, state, queue->first);
}

static void expire(struct election__entry *entry)
{
    struct election__state *state = &entry->registry->state;
    struct election__queue *queue = state->sessions.queues;

    if (!entry->expires)
        return;
    for (; queue != NULL; queue = queue->next)
        expire_queue(entry, queue);
    election__changes_settle(&entry->changes, state, election__by_expiry);
}

/* ---- step 7: afterwards ------------------------------------------------- */

/** Tells whether sessions may have ended, or one was prepared in vain. */
static bool may_end_sessions(const struct election__entry *entry)
{
    switch (entry->command.which.number) {
    case ELECTION_REGISTRY_OPEN_SESSION:
    case ELECTION_REGISTRY_CLOSE_SESSION:
    case ELECTION_REGISTRY_RECOVER:
        return true;
    default:
        return entry->expires;
    }
}

/** Takes out of sight what does not exist, and gives memory back. */
static void tidy_up(struct election__entry *entry)
{
    struct election__state *state = &entry->registry->state;
    struct election__office *office = entry->changes.first;

    for (; office != NULL; office = office->next_changed) {
        election__trim(office->election);
        if (office->id == 0)
            election__office_retire(state, office);
    }
    election__entry_release(entry);
    if (may_end_sessions(entry))
        election__sessions_trim(state);
    election__elections_trim(state);
    election__candidacies_trim(state);
}

/** Keeps an office that does not exist for the next to come, or releases it. */
static void discard(struct election_registry *registry,
                    struct election__office *office)
{
    if (registry->spare == NULL)
        registry->spare = office;
    else
        election__office_free(&registry->state.allocator, office);
}

/** Tells the watchers of all changes, and lets go of what is no more. */
static void conclude(struct election__entry *entry)
{
    struct election_registry *registry = entry->registry;
    struct election__office *office;

    if (election__audience_is_there(registry)) {
        election__changes_sort(&entry->changes);
        for (office = entry->changes.first; office != NULL;
             office = office->next_changed)
            election__audience_tell(registry, office, entry->cause,
                                    entry->by_session_id);
        election__audience_rest(registry);
    }
    while ((office = entry->changes.first) != NULL) {
        entry->changes.first = office->next_changed;
        office->changes = 0;
        if (office->id == 0)
            discard(registry, office);
    }
}

/* ---- an entry ----------------------------------------------------------- */

/** Carries out an entry that has all the memory it needs. */
static void carry_out(struct election__entry *entry)
{
    struct election__state *state = &entry->registry->state;

    if (entry->is_read) {
        state->clock = entry->clock;
        election__entry_renew(entry);
        expire(entry);
        election__entry_execute(entry);
    } else {
        entry->result.status = ELECTION_INVALID;
    }
    state->applied = entry->index;
    entry->result.applied = entry->index;
    election__entry_answer(entry);
    tidy_up(entry);
    election__registry_check(entry->registry);
}

/** An entry that was applied before: nothing happens. */
static enum election_status skip(struct election__entry *entry)
{
    entry->result.status = ELECTION_SKIPPED;
    entry->result.applied = entry->registry->state.applied;
    if (!election__entry_reserve_bare(entry))
        return ELECTION_NOMEM;
    election__entry_answer(entry);
    return ELECTION_SKIPPED;
}

static enum election_status apply_new(struct election__entry *entry,
                                      const void *bytes, size_t size)
{
    struct election_registry *registry = entry->registry;
    struct election__state *state = &registry->state;
    enum election_status status;

    entry->is_read = read_entry(entry, bytes, size);
    if (!entry->is_read)
        entry->command.which.number = ELECTION_REGISTRY_NOTHING;
    status = check_entry(entry);
    if (status != ELECTION_OK)
        return status;
    if (entry->is_read)
        look_ahead(entry);
    if (!election__entry_reserve(entry)) {
        election__entry_release(entry);
        return ELECTION_NOMEM;
    }
    state->log_digest =
        election__digest_entry(state->log_digest, entry->index, bytes, size);
    election__digests_put(&registry->digests, entry->index, state->log_digest);
    carry_out(entry);
    conclude(entry);
    return (enum election_status)entry->result.status;
}

enum election_status election_registry_apply(struct election_registry *registry,
                                             uint64_t index, const void *entry,
                                             size_t entry_size,
                                             struct election_buffer *output)
{
    struct election__entry applied = {
        .registry = registry,
        .index = index,
        .output = output,
    };
    enum election_status status;

    if (registry == NULL || index == 0 || (entry == NULL && entry_size > 0) ||
        !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry))
        return ELECTION_BUSY;
    if (registry->failed_index != 0 && registry->failed_index != index)
        return ELECTION_MISUSE;
    if (index <= registry->state.applied)
        status = skip(&applied);
    else
        status = apply_new(&applied, entry, entry_size);
    registry->failed_index = status < 0 ? index : 0;
    return status;
}
