/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setting memory aside for an entry. What the command will meet is not known
 * yet if sessions end before it: then it is prepared for anything.
 */
#include "candidacies.h"
#include "core/embed.h"
#include "elections.h"
#include "entry.h"
#include "leadership.h"
#include "sessions.h"
#include "watch.h"

enum {
    /** Status and index of a Result. */
    BARE_SIZE_MAX = 2 + 11,
    SESSION_RESULT_SIZE_MAX = 2 + 3 * 11,
    /** What is around lost sessions, or a Leadership and an output. */
    FRAME_SIZE_MAX = 2 * 6 + 2,
    /** What an output grows by beside a name: its index, its own size. */
    OUTPUT_GROWTH_MAX = 2 * 10 + 3 * 5,
    NAME_CAPACITY_STEP = 16
};

static const struct election_registry_command *
command_of(const struct election__entry *entry)
{
    return &entry->command.view;
}

/* ---- sessions ----------------------------------------------------------- */

static bool reserve_session(struct election__entry *entry)
{
    const struct election_registry_command *open = command_of(entry);
    struct election__state *state = &entry->registry->state;

    entry->prepared =
        election__session_prepare(state, open->client_id, open->client_id_size,
                                  election__timeout_rounded(open->timeout_ms));
    return entry->prepared != NULL;
}

static bool reserve_data(struct election__entry *entry)
{
    const struct election_registry_command *open = command_of(entry);

    if (open->data_size == 0)
        return true;
    entry->data = election__data_copy(&entry->registry->state.allocator,
                                      open->data, open->data_size);
    return entry->data != NULL;
}

static bool reserve_open(struct election__entry *entry)
{
    const struct election_registry_command *open = command_of(entry);
    const struct election__session *session;

    if (!election__session_asks_well(open))
        return true;
    entry->session = election__session_of_client(
        &entry->registry->state, open->client_id, open->client_id_size);
    session = entry->session;
    if (session != NULL && election__session_is_same(session, open))
        return election__session_has_data(session, open) || reserve_data(entry);
    if (session != NULL && session->incarnation >= open->incarnation &&
        !entry->expires)
        return true; /* it is refused */
    return reserve_session(entry) && reserve_data(entry);
}

/* ---- proposals ---------------------------------------------------------- */

/** Makes sure that there is a spare office with room for a name. */
static bool reserve_spare(struct election_registry *registry, size_t name_size)
{
    struct election__office *spare = registry->spare;
    size_t capacity = name_size + NAME_CAPACITY_STEP - 1;

    if (spare != NULL && spare->name_capacity >= name_size)
        return true;
    capacity -= capacity % NAME_CAPACITY_STEP;
    if (capacity > ELECTION_NAME_SIZE_MAX)
        capacity = ELECTION_NAME_SIZE_MAX;
    spare = election__office_create(&registry->state, capacity);
    if (spare == NULL)
        return false;
    election__office_free(&registry->state.allocator, registry->spare);
    registry->spare = spare;
    return true;
}

/** Prepares for an Enter that may succeed. */
static bool reserve_enter(struct election__entry *entry)
{
    struct election_registry *registry = entry->registry;

    if (!election__office_reserve(&registry->state))
        return false;
    if (registry->spare_candidacy != NULL)
        return election__candidacy_reserve(&registry->state);
    registry->spare_candidacy = election__candidacy_prepare(&registry->state);
    return registry->spare_candidacy != NULL;
}

/** Prepares the election of a proposal for its command. */
static bool reserve_command(struct election__entry *entry)
{
    const struct election_command *command = &command_of(entry)->command;
    const struct election *election = entry->office->election;

    entry->verdict = election__command_judge(command);
    if (entry->verdict != ELECTION_OK)
        return true;
    if (command->op == ELECTION_OP_ENTER) {
        if (!entry->expires &&
            election_find(election, command->name, command->name_size, NULL,
                          NULL) == ELECTION_OK)
            return true; /* it is in already */
        if (!reserve_enter(entry))
            return false;
    }
    return election__reserve(entry->office->election, command) == ELECTION_OK;
}

static bool reserve_propose(struct election__entry *entry)
{
    const struct election_registry_command *propose = command_of(entry);
    struct election_registry *registry = entry->registry;
    bool is_new;

    entry->session =
        election__session_find(&registry->state, propose->session_id);
    if (entry->session == NULL || propose->sequence == 0)
        return true;
    entry->sequence = election__window_find(
        &entry->session->window, propose->sequence, &entry->first_status);
    is_new = entry->sequence == ELECTION__SEQUENCE_NEW;
    entry->office = election__office_find(&registry->state, propose->election,
                                          propose->election_size);
    if (entry->office == NULL) {
        size_t capacity = 0;

        if (is_new && !election__election_name_valid(propose->election,
                                                     propose->election_size))
            return true;
        if (is_new && propose->command.op == ELECTION_OP_ENTER)
            capacity = propose->election_size;
        if (!reserve_spare(registry, capacity))
            return false;
        entry->office = registry->spare;
    }
    return !is_new || reserve_command(entry);
}

/* ---- what is written ---------------------------------------------------- */

/** Sums up the sizes of the ids of sessions that do not live. */
struct lost {
    const struct election__state *state;
    size_t size;
};

static bool add_lost(void *context, uint64_t session_id)
{
    struct lost *lost = context;

    if (election__session_find(lost->state, session_id) == NULL)
        lost->size += election__varint_size(session_id);
    return true;
}

static size_t lost_size(const struct election__entry *entry)
{
    struct lost lost = {&entry->registry->state, 0};
    struct election_registry_visitor visitor = {
        .session_id = add_lost,
        .context = &lost,
    };

    election__command_show(&entry->command, &visitor);
    return lost.size;
}

/** Returns how much longer a proposal can make its election's output. */
static size_t growth_of(const struct election__entry *entry)
{
    const struct election_command *command = &command_of(entry)->command;

    if (command->op != ELECTION_OP_ENTER)
        return OUTPUT_GROWTH_MAX;
    return OUTPUT_GROWTH_MAX + election__bytes_size(command->name_size);
}

static size_t result_size_max(const struct election__entry *entry)
{
    size_t size = BARE_SIZE_MAX;

    switch (entry->command.which.number) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        return size + SESSION_RESULT_SIZE_MAX;
    case ELECTION_REGISTRY_KEEP_ALIVE:
        return size + FRAME_SIZE_MAX + entry->lost_size;
    case ELECTION_REGISTRY_PROPOSE:
        size += FRAME_SIZE_MAX + ELECTION__LEADERSHIP_SIZE_MAX;
        if (command_of(entry)->with_output && entry->office != NULL)
            size += growth_of(entry) +
                    election__answer_size(entry->office->election);
        return size;
    default:
        return size;
    }
}

static bool reserve_result(struct election__entry *entry)
{
    if (entry->output == NULL)
        return true;
    return election__buffer_reserve(entry->output,
                                    &entry->registry->state.allocator,
                                    result_size_max(entry), &entry->room);
}

bool election__entry_reserve_bare(struct election__entry *entry)
{
    return election__buffer_reserve(entry->output,
                                    &entry->registry->state.allocator,
                                    BARE_SIZE_MAX, &entry->room);
}

/* ---- events ------------------------------------------------------------- */

/** Keeps the most bytes that an election's output may have. */
static void look_at(const struct election_registry *registry,
                    const struct election__office *office, size_t growth,
                    size_t *size_max)
{
    size_t size = election__answer_size(office->election) + growth;

    if (size > *size_max &&
        election__audience_wants(registry, office->name, office->name_size))
        *size_max = size;
}

static void look_at_session(const struct election_registry *registry,
                            const struct election__session *session,
                            size_t *size_max)
{
    const struct election__candidacy *candidacy = session->candidacies;

    for (; candidacy != NULL; candidacy = candidacy->next)
        look_at(registry, candidacy->office, OUTPUT_GROWTH_MAX, size_max);
}

static void look_at_expiring(const struct election__entry *entry,
                             size_t *size_max)
{
    const struct election_registry *registry = entry->registry;
    const struct election__queue *queue = registry->state.sessions.queues;

    for (; queue != NULL; queue = queue->next) {
        const struct election__session *session = queue->first;

        for (; session != NULL &&
               election__session_is_over(&entry->clock, session);
             session = session->next)
            look_at_session(registry, session, size_max);
    }
}

/** Makes room for the largest event of the entry, if anybody wants it. */
static bool reserve_event(struct election__entry *entry)
{
    const struct election_registry *registry = entry->registry;
    const struct election_registry_command *command = command_of(entry);
    const struct election__session *session = entry->session;
    size_t size_max = 0;

    if (!election__audience_is_there(registry))
        return true;
    if (entry->expires)
        look_at_expiring(entry, &size_max);
    switch (entry->command.which.number) {
    case ELECTION_REGISTRY_CLOSE_SESSION:
        session = election__session_find(&registry->state, command->session_id);
        if (session != NULL)
            look_at_session(registry, session, &size_max);
        break;
    case ELECTION_REGISTRY_OPEN_SESSION:
        if (session != NULL && entry->prepared != NULL)
            look_at_session(registry, session, &size_max);
        break;
    case ELECTION_REGISTRY_PROPOSE:
        if (entry->office == registry->spare && entry->office != NULL)
            size_max = growth_of(entry) + OUTPUT_GROWTH_MAX;
        else if (entry->office != NULL)
            look_at(registry, entry->office, growth_of(entry), &size_max);
        break;
    default:
        break;
    }
    return election__audience_reserve(entry->registry, size_max);
}

bool election__entry_reserve(struct election__entry *entry)
{
    bool is_reserved = true;

    if (entry->command.which.number == ELECTION_REGISTRY_OPEN_SESSION)
        is_reserved = reserve_open(entry);
    else if (entry->command.which.number == ELECTION_REGISTRY_PROPOSE)
        is_reserved = reserve_propose(entry);
    else if (entry->command.which.number == ELECTION_REGISTRY_KEEP_ALIVE)
        entry->lost_size = lost_size(entry);
    return is_reserved && reserve_event(entry) && reserve_result(entry);
}

void election__entry_release(struct election__entry *entry)
{
    struct election_registry *registry = entry->registry;
    const struct election_allocator *allocator = &registry->state.allocator;

    election__release(allocator, entry->data);
    election__session_free(allocator, entry->prepared);
    if (entry->office != NULL)
        election__trim(entry->office->election);
}
