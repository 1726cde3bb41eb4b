/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command table of proto/REGISTRY.md, row by row. All memory was set aside.
 */
#include "base/checks.h"
#include "candidacies.h"
#include "core/embed.h"
#include "elections.h"
#include "entry.h"
#include "limits.h"
#include "sessions.h"

static struct election__state *state_of(const struct election__entry *entry)
{
    return &entry->registry->state;
}

/* ---- renewing ----------------------------------------------------------- */

static bool renew_one(void *context, uint64_t session_id)
{
    struct election__state *state = context;
    struct election__session *session =
        election__session_find(state, session_id);

    if (session != NULL)
        election__session_renew(state, session);
    return true;
}

void election__entry_renew(struct election__entry *entry)
{
    const struct election_registry_command *command = &entry->command.view;
    struct election__state *state = state_of(entry);
    struct election_registry_visitor visitor = {
        .session_id = renew_one,
        .context = state,
    };

    switch (entry->command.which.number) {
    case ELECTION_REGISTRY_KEEP_ALIVE:
        election__command_show(&entry->command, &visitor);
        break;
    case ELECTION_REGISTRY_OPEN_SESSION:
        if (entry->session != NULL &&
            election__session_is_same(entry->session, command))
            election__session_renew(state, entry->session);
        break;
    case ELECTION_REGISTRY_PROPOSE:
        if (entry->session != NULL && command->sequence != 0 &&
            entry->sequence == ELECTION__SEQUENCE_NEW)
            election__session_renew(state, entry->session);
        break;
    default:
        break;
    }
}

/* ---- sessions ----------------------------------------------------------- */

/** Ends one session by the command. */
static void end_session(struct election__entry *entry,
                        struct election__session *session,
                        enum election_cause cause)
{
    entry->cause = cause;
    entry->by_session_id = session->id;
    election__changes_end(&entry->changes, state_of(entry), session);
    election__changes_settle(&entry->changes, state_of(entry),
                             election__by_command);
}

static void answer_session(struct election__entry *entry,
                           const struct election__session *session)
{
    entry->result.which.number = ELECTION_REGISTRY_RESULT_SESSION;
    entry->result.session_id = session->id;
    entry->result.incarnation = session->incarnation;
    entry->result.timeout_ms = session->queue->timeout_ms;
}

/** Takes over the data of a client; OK if they differ, UNCHANGED if not. */
static enum election_status take_data(struct election__entry *entry,
                                      struct election__session *session)
{
    const struct election_registry_command *open = &entry->command.view;

    if (election__session_has_data(session, open))
        return ELECTION_UNCHANGED;
    election__release(&state_of(entry)->allocator, session->data);
    session->data = entry->data;
    session->data_size = (uint16_t)open->data_size;
    entry->data = NULL;
    return ELECTION_OK;
}

static enum election_status open_new(struct election__entry *entry)
{
    const struct election_registry_command *open = &entry->command.view;
    struct election__state *state = state_of(entry);
    struct election__session *session = entry->prepared;

    if (state->sessions.order.count >= ELECTION__SESSIONS_MAX ||
        !election__state_has_id(state))
        return ELECTION_FULL;
    entry->prepared = NULL;
    session->id = election__state_new_id(state, entry->index);
    session->incarnation = open->incarnation;
    session->nonce = open->nonce;
    session->renewed_ms = state->clock.now_ms;
    (void)take_data(entry, session);
    election__session_open(state, session);
    answer_session(entry, session);
    return ELECTION_OK;
}

static enum election_status open_session(struct election__entry *entry)
{
    const struct election_registry_command *open = &entry->command.view;
    struct election__session *session = entry->session;

    if (!election__session_asks_well(open))
        return ELECTION_INVALID;
    if (session == NULL)
        return open_new(entry);
    if (election__session_is_same(session, open)) {
        answer_session(entry, session);
        return take_data(entry, session);
    }
    if (session->incarnation >= open->incarnation) {
        entry->result.which.number = ELECTION_REGISTRY_RESULT_SESSION;
        entry->result.incarnation = session->incarnation;
        if (session->incarnation > open->incarnation)
            return ELECTION_STALE;
        return ELECTION_CONFLICT;
    }
    end_session(entry, session, ELECTION_CAUSE_REPLACED);
    return open_new(entry);
}

static enum election_status keep_alive(struct election__entry *entry)
{
    if (entry->lost_size == 0)
        return ELECTION_OK;
    return ELECTION_NO_SESSION;
}

static enum election_status close_session(struct election__entry *entry)
{
    struct election__session *session =
        election__session_find(state_of(entry), entry->command.view.session_id);

    if (session == NULL)
        return ELECTION_UNCHANGED;
    end_session(entry, session, ELECTION_CAUSE_CLOSED);
    return ELECTION_OK;
}

/* ---- proposals ---------------------------------------------------------- */

/** Tells whether a proposal's guards hold. */
static bool is_guarded_well(const struct election__entry *entry)
{
    const struct election_registry_command *propose = &entry->command.view;
    const struct election__office *office = entry->office;

    if (propose->if_vacant && office->id != 0)
        return false;
    return propose->if_index == 0 ||
           propose->if_index == election_index(office->election);
}

/** Tells whether one candidate more would be too many. */
static bool is_full(const struct election__entry *entry)
{
    const struct election__state *state = state_of(entry);

    return state->candidate_count >= ELECTION__CANDIDATES_MAX ||
           entry->session->candidate_count >=
               ELECTION__SESSION_CANDIDATES_MAX ||
           (entry->office->id == 0 &&
            (state->elections.order.count >= ELECTION__ELECTIONS_MAX ||
             !election__state_has_id(state)));
}

/** Somebody has entered, in an election that may not have existed. */
static void enter_registry(struct election__entry *entry)
{
    const struct election_registry_command *propose = &entry->command.view;
    struct election_registry *registry = entry->registry;
    struct election__state *state = &registry->state;
    struct election__office *office = entry->office;

    if (office == registry->spare) {
        registry->spare = NULL;
        election__office_name(state, office, propose->election,
                              propose->election_size);
    }
    if (office->id == 0)
        election__office_found(state, office,
                               election__state_new_id(state, entry->index));
    if (election__candidacy_enter(state, entry->session, office,
                                  registry->spare_candidacy))
        registry->spare_candidacy = NULL;
}

/** A candidate of `owner_id` was removed. */
static void leave_registry(struct election__entry *entry, uint64_t owner_id)
{
    struct election__state *state = state_of(entry);

    election__candidacy_leave(state, election__session_find(state, owner_id),
                              entry->office);
    if (election__office_is_vacant(entry->office))
        election__office_drop(state, entry->office);
}

/** Carries a change of an election over to sessions and watchers. */
static void follow_up(struct election__entry *entry, uint64_t index_before,
                      uint64_t owner_id)
{
    enum election_op op = entry->command.view.command.op;
    struct election__office *office = entry->office;
    uint64_t index = election_index(office->election);

    if (op == ELECTION_OP_ENTER)
        enter_registry(entry);
    election__changes_add(&entry->changes, office, election__by_command,
                          index != index_before ||
                              election__office_is_vacant(office));
    if (op == ELECTION_OP_WITHDRAW || op == ELECTION_OP_EVICT)
        leave_registry(entry, owner_id);
    entry->cause = (enum election_cause)op;
    entry->by_session_id = entry->session->id;
}

/** Returns whose candidate the command names; 0 = there is none. */
static uint64_t owner_of(const struct election__entry *entry)
{
    const struct election_command *command = &entry->command.view.command;
    struct election_candidate candidate;

    if (election_find(entry->office->election, command->name,
                      command->name_size, &candidate, NULL) != ELECTION_OK)
        return 0;
    return candidate.session_id;
}

/** Runs the command of a proposal whose guards hold. */
static enum election_status run_command(struct election__entry *entry)
{
    const struct election_command *command = &entry->command.view.command;
    struct election *election = entry->office->election;
    uint64_t index = election_index(election);
    uint64_t owner_id = entry->session->id; /* Withdraw takes no other's */
    enum election_status status = entry->verdict;

    if (status != ELECTION_OK)
        return status;
    if (command->op == ELECTION_OP_EVICT)
        owner_id = owner_of(entry);
    if (command->op == ELECTION_OP_ENTER && is_full(entry) &&
        owner_of(entry) == 0)
        return ELECTION_FULL;
    status =
        election__command_apply(election, entry->session->id, command, NULL);
    assert(status >= 0);
    if (status == ELECTION_OK && command->op != ELECTION_OP_GET_TERM &&
        command->op != ELECTION_OP_WATCH)
        follow_up(entry, index, owner_id);
    return status;
}

/** Executes a proposal that is new. */
static enum election_status execute_new(struct election__entry *entry)
{
    if (entry->office == NULL) /* its name breaks the rule */
        return ELECTION_INVALID;
    if (entry->office->id == 0)
        election__rebase(entry->office->election, state_of(entry)->index_floor);
    if (!is_guarded_well(entry))
        return ELECTION_ABORTED;
    return run_command(entry);
}

/** Tells whether a proposal's result has more than its status. */
static bool is_answered(enum election_status status)
{
    return status != ELECTION_INVALID && status != ELECTION_UNSUPPORTED;
}

static enum election_status run_proposal(struct election__entry *entry)
{
    uint64_t sequence = entry->command.view.sequence;
    enum election_status status = entry->first_status;

    if (entry->session == NULL)
        return ELECTION_NO_SESSION;
    if (sequence == 0)
        return ELECTION_INVALID;
    if (entry->sequence == ELECTION__SEQUENCE_BELOW)
        return ELECTION_STALE;
    if (entry->sequence == ELECTION__SEQUENCE_SEEN) {
        entry->result.is_repeated = true;
    } else {
        status = execute_new(entry);
        election__window_put(&entry->session->window, sequence, status);
    }
    entry->result.has_leadership = is_answered(status);
    if (entry->result.has_leadership || entry->result.is_repeated)
        entry->result.which.number = ELECTION_REGISTRY_RESULT_PROPOSE;
    return status;
}

/* ---- the rest ----------------------------------------------------------- */

static enum election_status upgrade(struct election__entry *entry)
{
    struct election__state *state = state_of(entry);
    uint32_t version = entry->command.view.version;

    if (version <= state->version)
        return ELECTION_UNCHANGED;
    state->version = version;
    return ELECTION_OK;
}

/** Raises a floor, not above the highest index that a snapshot may have. */
static void raise_floor(uint64_t *floor, uint64_t by)
{
    uint64_t raised = election__sum(*floor, by);

    if (raised > ELECTION_INDEX_MAX)
        raised = ELECTION_INDEX_MAX;
    if (*floor < raised)
        *floor = raised;
}

static enum election_status recover(struct election__entry *entry)
{
    struct election__state *state = state_of(entry);
    uint64_t lost_entries = entry->command.view.lost_entries;
    struct election__session *session;
    size_t position = 0;

    if (lost_entries > ELECTION_LOST_ENTRIES_MAX)
        return ELECTION_INVALID;
    while ((session = election__order_next(&state->sessions.order,
                                           &position)) != NULL)
        election__changes_end(&entry->changes, state, session);
    election__changes_settle(&entry->changes, state, election__by_command);
    entry->cause = ELECTION_CAUSE_RECOVERED;
    raise_floor(&state->index_floor, 2 * lost_entries);
    if (state->id_floor < entry->index)
        state->id_floor = entry->index;
    raise_floor(&state->id_floor, lost_entries);
    return ELECTION_OK;
}

/** Finds the session once more, after others have ended. */
static void find_again(struct election__entry *entry)
{
    const struct election_registry_command *command = &entry->command.view;
    const struct election__state *state = state_of(entry);

    if (entry->session == NULL)
        return;
    if (entry->command.which.number == ELECTION_REGISTRY_PROPOSE)
        entry->session = election__session_find(state, command->session_id);
    else
        entry->session = election__session_of_client(state, command->client_id,
                                                     command->client_id_size);
}

static enum election_status dispatch(struct election__entry *entry)
{
    switch ((enum election_registry_command_kind)entry->command.which.number) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        return open_session(entry);
    case ELECTION_REGISTRY_KEEP_ALIVE:
        return keep_alive(entry);
    case ELECTION_REGISTRY_CLOSE_SESSION:
        return close_session(entry);
    case ELECTION_REGISTRY_PROPOSE:
        return run_proposal(entry);
    case ELECTION_REGISTRY_TICK:
        return ELECTION_OK;
    case ELECTION_REGISTRY_UPGRADE:
        return upgrade(entry);
    case ELECTION_REGISTRY_RECOVER:
        return recover(entry);
    case ELECTION_REGISTRY_NOTHING:
        break;
    }
    return ELECTION_UNSUPPORTED;
}

void election__entry_execute(struct election__entry *entry)
{
    if (entry->expires)
        find_again(entry);
    entry->result.status = (uint32_t)dispatch(entry);
}
