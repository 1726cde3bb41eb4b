/* SPDX-License-Identifier: Apache-2.0 */
#include "calendar.h"

#include "election/registry.h"

static uint64_t office, stamp_ms, now_ms, extended_ms;
static uint64_t office_us; /* true time at which the office's Tick was appended,
                              or the leader was found to have been stalled */
static struct session sessions[SESSIONS_MAX];
static size_t count, live_count;

void calendar_begin(void)
{
    office = 0;
    stamp_ms = 0;
    now_ms = 0;
    extended_ms = 0;
    office_us = 0;
    count = 0;
    live_count = 0;
}

uint64_t calendar_office(void)
{
    return office;
}

struct session *calendar_find(uint64_t id)
{
    for (size_t i = count; i > 0; i--)
        if (sessions[i - 1].id == id)
            return &sessions[i - 1];
    return NULL;
}

size_t calendar_count(void)
{
    return live_count;
}

const struct session *calendar_of(const struct process *process)
{
    for (size_t i = count; i > 0; i--)
        if (sessions[i - 1].process == process &&
            sessions[i - 1].ending == ENDING_NONE)
            return &sessions[i - 1];
    return NULL;
}

static void end(struct session *session, enum ending ending)
{
    session->ending = ending;
    live_count--;
}

/* ---- time --------------------------------------------------------------- */

static void pass_time(const struct deed *deed)
{
    const struct election_registry_command *command = &deed->command;
    uint64_t step_ms = command->time_ms - stamp_ms;

    if (command->kind == ELECTION_REGISTRY_TICK && command->takes_office) {
        office = deed->entry->index;
        stamp_ms = command->time_ms;
        extended_ms = now_ms;
        office_us = deed->entry->appended_us;
    } else if (command->time_ms > stamp_ms) {
        stamp_ms = command->time_ms;
        if (step_ms <= ELECTION_STEP_MS_MAX)
            now_ms += step_ms;
        else
            extended_ms = now_ms;
    }
}

/* ---- renewing and expiring ---------------------------------------------- */

static bool is_named(const struct deed *deed, const struct session *session)
{
    for (size_t i = 0; i < deed->named_count; i++)
        if (deed->named[i] == session->id)
            return true;
    return false;
}

static bool renews(const struct deed *deed, const struct session *session)
{
    const struct election_registry_result *result = &deed->result;

    switch (deed->command.kind) {
    case ELECTION_REGISTRY_KEEP_ALIVE:
        return is_named(deed, session);
    case ELECTION_REGISTRY_PROPOSE:
        return deed->command.session_id == session->id &&
               !result->is_repeated && result->status != ELECTION_STALE &&
               result->status != ELECTION_NO_SESSION;
    case ELECTION_REGISTRY_OPEN_SESSION:
        return deed->opener != NULL && deed->opener == session->process &&
               deed->command.incarnation == session->incarnation;
    default:
        return false;
    }
}

/** A session ends: its clients had the time that they count on. */
static void check_early(const struct deed *deed, const struct session *session)
{
    uint64_t since_us = session->renewed_us;
    uint64_t lived_us;

    if (since_us < office_us)
        since_us = office_us;
    lived_us = deed->entry->appended_us - since_us;
    /* Stamps are whole milliseconds; the leader's clock runs too fast. */
    if (lived_us + 2 * MS + session->timeout_ms < session->timeout_ms * MS)
        world_fail("session %llu ended after %llu us, before its timeout",
                   (unsigned long long)session->id,
                   (unsigned long long)lived_us);
}

static void pass_sessions(const struct deed *deed)
{
    for (size_t i = 0; i < count; i++) {
        struct session *session = &sessions[i];
        uint64_t since_ms;

        if (session->ending != ENDING_NONE)
            continue;
        if (renews(deed, session)) {
            session->renewed_ms = now_ms;
            session->renewed_us = deed->entry->appended_us;
        }
        since_ms = session->renewed_ms;
        if (since_ms < extended_ms)
            since_ms = extended_ms;
        if (since_ms + session->timeout_ms >= now_ms)
            continue;
        check_early(deed, session);
        end(session, ENDING_EXPIRY);
    }
}

/* ---- commands ----------------------------------------------------------- */

static void open_session(const struct deed *deed)
{
    const struct election_registry_result *result = &deed->result;

    if (result->status != ELECTION_OK ||
        calendar_find(result->session_id) != NULL)
        return;
    for (size_t i = 0; i < count; i++)
        if (sessions[i].ending == ENDING_NONE &&
            sessions[i].process->slot == deed->opener->slot)
            end(&sessions[i], ENDING_OTHERS);
    if (count == SESSIONS_MAX) {
        world_fail("too many sessions for the checker");
        return;
    }
    sessions[count++] = (struct session){
        .id = result->session_id,
        .process = deed->opener,
        .incarnation = deed->command.incarnation,
        .timeout_ms = result->timeout_ms,
        .renewed_ms = now_ms,
        .renewed_us = deed->entry->appended_us,
    };
    live_count++;
}

static void close_session(const struct deed *deed)
{
    struct session *session = calendar_find(deed->command.session_id);

    if (session == NULL || session->ending != ENDING_NONE)
        return;
    if (deed->entry->ticket.process == session->process)
        end(session, ENDING_SELF);
    else
        end(session, ENDING_OTHERS);
}

void calendar_pass(const struct deed *deed)
{
    pass_time(deed);
    pass_sessions(deed);
    switch (deed->command.kind) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        open_session(deed);
        break;
    case ELECTION_REGISTRY_CLOSE_SESSION:
        close_session(deed);
        break;
    case ELECTION_REGISTRY_RECOVER:
        for (size_t i = 0; i < count; i++)
            if (sessions[i].ending == ENDING_NONE)
                end(&sessions[i], ENDING_OTHERS);
        break;
    default:
        break;
    }
}
