/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <string.h>

#include "../../support/cmocka_all.h"
#include "hash.h"

/** An entry while it is looked at. */
struct reading {
    struct ledger *ledger;
    const struct ledger_line *line;
    struct election_registry_command command;
    struct election_registry_result result;
    const struct election_registry_election *election; /* shown now */
    uint64_t name;                                     /* of it, a hash */
    struct election_buffer query, answer;
};

/* ---- who is there ------------------------------------------------------- */

static bool add_session(void *context,
                        const struct election_registry_session *shown)
{
    struct ledger_page *page = context;

    assert_true(page->session_count < LEDGER_SESSIONS);
    page->sessions[page->session_count++] = (struct ledger_session){
        .id = shown->id,
        .client = hash_bytes(3, shown->client_id, shown->client_id_size),
        .candidate_count = shown->candidate_count,
        .is_fresh = shown->remaining_ms == shown->timeout_ms,
    };
    return true;
}

static bool add_election(void *context,
                         const struct election_registry_election *shown)
{
    struct ledger_page *page = context;

    assert_true(page->election_count < LEDGER_ELECTIONS);
    assert_non_null(shown->leadership.leader);
    page->elections[page->election_count++] = (struct ledger_election){
        .id = shown->id,
        .name = hash_bytes(4, shown->name, shown->name_size),
    };
    page->candidate_count += shown->leadership.waiting_count + 1;
    return true;
}

/** Asks for the log time. */
static uint64_t read_time(const struct election_registry *registry)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS,
    };
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_answer answer;

    assert_int_equal(election_registry_query_encode(&query, &bytes),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_query(registry, bytes.data, bytes.size, &output),
        ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(output.data, output.size,
                                                     &answer, NULL),
                     ELECTION_OK);
    election_buffer_free(&bytes);
    election_buffer_free(&output);
    return answer.now_ms;
}

static void read_page(struct ledger_page *page,
                      const struct election_registry *registry)
{
    page->session_count = 0;
    page->election_count = 0;
    page->candidate_count = 0;
    page->now_ms = read_time(registry);
    assert_int_equal(
        election_registry_each_session(registry, 0, add_session, page),
        ELECTION_OK);
    assert_int_equal(
        election_registry_each_election(registry, 0, add_election, page),
        ELECTION_OK);
}

static struct ledger_session *find_session(struct ledger_page *page,
                                           uint64_t id)
{
    for (size_t i = 0; i < page->session_count; i++)
        if (page->sessions[i].id == id)
            return &page->sessions[i];
    return NULL;
}

static const struct ledger_election *
find_election(const struct ledger_page *page, uint64_t id)
{
    for (size_t i = 0; i < page->election_count; i++)
        if (page->elections[i].id == id)
            return &page->elections[i];
    return NULL;
}

void ledger_reopen(struct ledger *ledger,
                   const struct election_registry *registry)
{
    read_page(&ledger->page, registry);
    ledger->event_count = 0;
}

/* ---- ids and leases ----------------------------------------------------- */

/** An id that was not there before must be above all that ever were. */
static void take_id(struct ledger *ledger, uint64_t id)
{
    assert_true(id > ledger->highest_id);
    ledger->highest_id = id;
}

static void check_new_sessions(struct reading *reading)
{
    struct ledger *ledger = reading->ledger;

    for (size_t i = 0; i < ledger->page.session_count; i++) {
        struct ledger_session *session = &ledger->page.sessions[i];
        const struct ledger_session *before =
            find_session(&ledger->before, session->id);

        if (before != NULL) {
            assert_true(before->client == session->client);
            session->lease_ms = before->lease_ms;
            continue;
        }
        take_id(ledger, session->id);
        ledger->session_count++;
        assert_int_equal(reading->command.kind, ELECTION_REGISTRY_OPEN_SESSION);
        assert_int_equal(reading->result.status, ELECTION_OK);
        assert_true(reading->result.session_id == session->id);
    }
}

static void check_new_elections(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->page.election_count; i++) {
        const struct ledger_election *election = &ledger->page.elections[i];
        const struct ledger_election *before =
            find_election(&ledger->before, election->id);

        if (before != NULL) {
            assert_true(before->name == election->name);
            continue;
        }
        take_id(ledger, election->id);
        ledger->election_count++;
    }
}

/** Tells whether a command may end a session, whatever its time. */
static bool is_ended_by(const struct reading *reading,
                        const struct ledger_session *session)
{
    const struct election_registry_command *command = &reading->command;

    switch (command->kind) {
    case ELECTION_REGISTRY_CLOSE_SESSION:
        return command->session_id == session->id;
    case ELECTION_REGISTRY_OPEN_SESSION:
        return hash_bytes(3, command->client_id, command->client_id_size) ==
                   session->client &&
               reading->result.status == ELECTION_OK;
    case ELECTION_REGISTRY_RECOVER:
        return true;
    default:
        return false;
    }
}

/** A new office, and a stall, end nobody's session, but extend all. */
static void check_time(const struct reading *reading)
{
    const struct ledger_page *page = &reading->ledger->page;
    uint64_t before_ms = reading->ledger->before.now_ms;

    assert_true(page->now_ms >= before_ms);
    assert_true(page->now_ms - before_ms <= ELECTION_STEP_MS_MAX);
    if (!reading->command.takes_office || reading->result.status != ELECTION_OK)
        return;
    assert_true(page->now_ms == before_ms);
    for (size_t i = 0; i < page->session_count; i++)
        assert_true(page->sessions[i].is_fresh);
}

/** No session expires while its client may rely on it. */
static void check_ended_sessions(struct reading *reading)
{
    struct ledger *ledger = reading->ledger;

    for (size_t i = 0; i < ledger->before.session_count; i++) {
        const struct ledger_session *session = &ledger->before.sessions[i];

        if (find_session(&ledger->page, session->id) != NULL ||
            is_ended_by(reading, session))
            continue;
        assert_true(reading->line->stamped_ms > session->lease_ms);
        ledger->expired_count++;
    }
}

/** The answer to a request renews a lease, from when that was sent. */
static bool renew(void *context, uint64_t session_id)
{
    struct reading *reading = context;
    struct ledger_session *session =
        find_session(&reading->ledger->page, session_id);
    uint64_t lease_ms = reading->line->sent_ms;

    if (session == NULL)
        return true;
    /* The timeout that was granted, in the place where a client saw it. */
    lease_ms +=
        *memory_find(&reading->ledger->owners, hash_number(11, session_id));
    if (session->lease_ms < lease_ms)
        session->lease_ms = lease_ms;
    return true;
}

static void renew_leases(struct reading *reading)
{
    struct ledger *ledger = reading->ledger;
    enum election_status status = reading->result.status;
    struct election_registry_visitor visitor = {
        .session_id = renew,
        .context = reading,
    };

    if (reading->command.kind == ELECTION_REGISTRY_OPEN_SESSION &&
        (status == ELECTION_OK || status == ELECTION_UNCHANGED)) {
        memory_put(&ledger->owners, hash_number(11, reading->result.session_id),
                   reading->result.timeout_ms);
        (void)renew(reading, reading->result.session_id);
    }
    if (reading->command.kind == ELECTION_REGISTRY_KEEP_ALIVE &&
        (status == ELECTION_OK || status == ELECTION_NO_SESSION))
        assert_int_equal(
            election_registry_command_decode(reading->line->entry->data,
                                             reading->line->entry->size,
                                             &reading->command, &visitor),
            ELECTION_OK);
    if (reading->command.kind == ELECTION_REGISTRY_PROPOSE &&
        status != ELECTION_INVALID && status != ELECTION_STALE &&
        status != ELECTION_NO_SESSION && !reading->result.is_repeated)
        (void)renew(reading, reading->command.session_id);
}

/* ---- fencing tokens ----------------------------------------------------- */

/** An election's index never falls, and means one tenure only. */
static void check_tenure(struct reading *reading)
{
    const struct election_registry_leadership *led =
        &reading->election->leadership;
    struct ledger *ledger = reading->ledger;
    uint64_t tenure = hash_number(reading->name, led->index);
    uint64_t leader =
        hash_bytes(led->leader_session_id, led->leader, led->leader_size);
    const uint64_t *highest = memory_find(&ledger->tokens, reading->name);
    const uint64_t *known = memory_find(&ledger->tenures, tenure);

    assert_true(highest == NULL || led->index >= *highest);
    if (highest != NULL && led->index == *highest) {
        assert_true(known != NULL && *known == leader);
        return;
    }
    assert_true(known == NULL);
    memory_put(&ledger->tokens, reading->name, led->index);
    memory_put(&ledger->tenures, tenure, leader);
    ledger->tenure_count++;
}

/** The Term of an election that nobody is in counts, too. */
static void check_vacancy(struct reading *reading)
{
    const struct election_registry_command *command = &reading->command;
    struct ledger *ledger = reading->ledger;
    uint64_t name = hash_bytes(4, command->election, command->election_size);
    const struct election_registry_leadership *led =
        &reading->result.leadership;
    const uint64_t *highest = memory_find(&ledger->tokens, name);

    if (command->kind != ELECTION_REGISTRY_PROPOSE ||
        !reading->result.has_leadership)
        return;
    assert_true(highest == NULL || led->index >= *highest);
    if (led->leader != NULL)
        assert_true(highest != NULL && led->index == *highest);
    else
        /* Who leads next needs an index that is higher than this one. */
        memory_put(&ledger->tokens, name, led->index);
    if (led->leader == NULL)
        memory_put(&ledger->tenures, hash_number(name, led->index), 0);
}

/* ---- candidates --------------------------------------------------------- */

static uint64_t candidacy(uint64_t election, const char *name, size_t name_size)
{
    return hash_number(hash_bytes(5, name, name_size), election);
}

/** Every candidate is one that entered, and its session lives. */
static bool check_candidate(void *context, const char *name, size_t name_size)
{
    struct reading *reading = context;
    struct ledger *ledger = reading->ledger;
    const uint64_t *owner =
        memory_find(&ledger->owners, candidacy(reading->name, name, name_size));

    assert_non_null(owner);
    assert_non_null(find_session(&ledger->page, *owner));
    return true;
}

static void check_leader(struct reading *reading)
{
    const struct election_registry_leadership *led =
        &reading->election->leadership;
    const uint64_t *owner =
        memory_find(&reading->ledger->owners,
                    candidacy(reading->name, led->leader, led->leader_size));

    assert_non_null(owner);
    assert_true(*owner == led->leader_session_id);
    assert_non_null(find_session(&reading->ledger->page, *owner));
}

static void check_candidates(struct reading *reading)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_TERM,
        .election = reading->election->name,
        .election_size = reading->election->name_size,
    };
    struct election_registry_visitor visitor = {
        .candidate = check_candidate,
        .context = reading,
    };
    struct election_registry_answer answer;

    assert_int_equal(election_registry_query_encode(&query, &reading->query),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_query(reading->line->registry, reading->query.data,
                                reading->query.size, &reading->answer),
        ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(reading->answer.data,
                                                     reading->answer.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
}

static bool check_election(void *context,
                           const struct election_registry_election *shown)
{
    struct reading *reading = context;

    reading->election = shown;
    reading->name = hash_bytes(4, shown->name, shown->name_size);
    check_tenure(reading);
    check_leader(reading);
    check_candidates(reading);
    return true;
}

/** What sessions own is all there is. */
static void check_sum(const struct ledger_page *page)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < page->session_count; i++)
        sum += page->sessions[i].candidate_count;
    assert_true(sum == page->candidate_count);
}

/* ---- proposals ---------------------------------------------------------- */

static size_t count_effects(const struct ledger *ledger)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->event_count; i++) {
        enum election_cause cause = ledger->events[i].cause;

        if (cause >= ELECTION_CAUSE_ENTER && cause <= ELECTION_CAUSE_DEMOTE)
            count++;
    }
    return count;
}

/** Tells whether the entry is a proposal that runs now, with effect. */
static bool has_effect(const struct reading *reading)
{
    enum election_op op = reading->command.command.op;

    return reading->command.kind == ELECTION_REGISTRY_PROPOSE &&
           reading->result.status == ELECTION_OK &&
           !reading->result.is_repeated && op != ELECTION_OP_GET_TERM &&
           op != ELECTION_OP_WATCH;
}

/** What has an effect is told as such, once; what has none is not told. */
static void check_effects(struct reading *reading)
{
    struct ledger *ledger = reading->ledger;

    if (!has_effect(reading)) {
        assert_int_equal(count_effects(ledger), 0);
        return;
    }
    assert_int_equal(count_effects(ledger), 1);
    ledger->effect_count++;
    for (size_t i = 0; i < ledger->event_count; i++)
        if (ledger->events[i].cause != ELECTION_CAUSE_EXPIRED) {
            assert_int_equal(ledger->events[i].cause,
                             reading->command.command.op);
            assert_true(ledger->events[i].by_session_id ==
                        reading->command.session_id);
        }
}

/** A proposal has one status for ever, and runs once. */
static void check_proposal(struct reading *reading)
{
    const struct election_registry_command *command = &reading->command;
    struct ledger *ledger = reading->ledger;
    enum election_status status = reading->result.status;
    uint64_t key =
        hash_number(hash_number(7, command->session_id), command->sequence);
    const uint64_t *first = memory_find(&ledger->proposals, key);

    if (command->kind != ELECTION_REGISTRY_PROPOSE)
        return;
    if (status == ELECTION_STALE)
        ledger->stale_count++;
    if (status == ELECTION_STALE || status == ELECTION_NO_SESSION)
        return;
    if (reading->result.is_repeated) {
        /* INVALID was not noted. */
        assert_true(first != NULL || status == ELECTION_INVALID);
        assert_true(first == NULL || (uint64_t)status == *first);
        ledger->repeat_count++;
        return;
    }
    /* INVALID is also the status of what was not even read. */
    if (status == ELECTION_INVALID)
        return;
    assert_true(first == NULL);
    memory_put(&ledger->proposals, key, (uint64_t)status);
}

static void note_owner(struct reading *reading)
{
    const struct election_registry_command *command = &reading->command;
    uint64_t name = hash_bytes(4, command->election, command->election_size);

    if (has_effect(reading) && command->command.op == ELECTION_OP_ENTER)
        memory_put(
            &reading->ledger->owners,
            candidacy(name, command->command.name, command->command.name_size),
            command->session_id);
}

/* ---- the ledger --------------------------------------------------------- */

void ledger_note(struct ledger *ledger,
                 const struct election_registry_event *event)
{
    if (event->cause == ELECTION_CAUSE_INITIAL)
        return;
    assert_true(ledger->event_count < LEDGER_EVENTS);
    ledger->events[ledger->event_count++] =
        (struct ledger_event){event->cause, event->by_session_id};
}

static void decode_line(struct reading *reading)
{
    const struct ledger_line *line = reading->line;
    enum election_status status = election_registry_command_decode(
        line->entry->data, line->entry->size, &reading->command, NULL);

    if (status != ELECTION_OK)
        reading->command.kind = ELECTION_REGISTRY_NOTHING;
    assert_int_equal(election_registry_result_decode(line->result->data,
                                                     line->result->size,
                                                     &reading->result, NULL),
                     ELECTION_OK);
}

void ledger_check(struct ledger *ledger, const struct ledger_line *line)
{
    struct reading reading = {.ledger = ledger, .line = line};

    decode_line(&reading);
    ledger->before = ledger->page;
    read_page(&ledger->page, line->registry);
    check_new_sessions(&reading);
    check_new_elections(ledger);
    check_ended_sessions(&reading);
    check_time(&reading);
    check_proposal(&reading);
    check_effects(&reading);
    note_owner(&reading);
    check_sum(&ledger->page);
    assert_int_equal(election_registry_each_election(line->registry, 0,
                                                     check_election, &reading),
                     ELECTION_OK);
    check_vacancy(&reading);
    renew_leases(&reading);
    ledger->event_count = 0;
    election_buffer_free(&reading.query);
    election_buffer_free(&reading.answer);
}
