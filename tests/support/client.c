/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <inttypes.h>
#include <string.h>

#include "cmocka_all.h"
#include "draft.h"

/* ---- what it tells ------------------------------------------------------ */

static const char *reason_name(enum election_client_reason reason)
{
    static const char *const names[] = {"LEASE", "DEPOSED", "SESSION",
                                        "REPLACED", "WITHDRAWN"};

    assert_in_range(reason, 0, 4);
    return names[reason];
}

static const char *status_name(enum election_status status)
{
    switch (status) {
#define STATUS_NAME(name, value, text)                                         \
    case ELECTION_##name:                                                      \
        return #name;
        ELECTION_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    }
    return "?";
}

/** Appends to a text, which must be large enough. */
static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(text + used, ACTOR_TEXT_SIZE - used, format, arguments);
    va_end(arguments);
    assert_in_range(size, 0, ACTOR_TEXT_SIZE - used - 1);
}

/** What a piece of news does not have is zero. */
static void check_zeros(const struct election_client_report *report)
{
    bool is_of_stand = report->news == ELECTION_CLIENT_GAINED ||
                       report->news == ELECTION_CLIENT_LOST;
    bool is_changed = report->news == ELECTION_CLIENT_CHANGED;
    bool is_of_proposal = report->news == ELECTION_CLIENT_ANSWERED ||
                          report->news == ELECTION_CLIENT_UNKNOWN;
    bool is_of_name = is_of_stand || is_of_proposal;

    assert_int_equal(report->election != NULL, is_of_name || is_changed);
    assert_int_equal(report->election_size != 0, is_of_name || is_changed);
    assert_int_equal(report->name != NULL, is_of_name);
    assert_int_equal(report->name_size != 0, is_of_name);
    assert_int_equal(report->leadership != NULL, is_changed);
    assert_int_equal(report->sequence != 0, is_of_proposal);
    if (report->news != ELECTION_CLIENT_LOST)
        assert_int_equal(report->reason, 0);
    if (!is_of_stand && !is_changed)
        assert_int_equal(report->index, 0);
}

static void append_change(char *text,
                          const struct election_client_report *report)
{
    const struct election_registry_leadership *shown = report->leadership;

    assert_int_equal(report->index, shown->index);
    append(text, "CHANGED %.*s %" PRIu64 " ", (int)report->election_size,
           report->election, report->index);
    if (shown->leader == NULL)
        append(text, "-; ");
    else
        append(text, "%.*s/%" PRIu64 "; ", (int)shown->leader_size,
               shown->leader, shown->leader_session_id);
}

/** The client may be asked from inside the callback: it must agree. */
static void note_report(void *context, const struct election_client *client,
                        const struct election_client_report *report)
{
    struct actor *actor = context;
    uint64_t index = 0;
    bool leads = false;

    check_zeros(report);
    if (report->name != NULL)
        leads = election_client_leads(client, report->election,
                                      report->election_size, report->name,
                                      report->name_size, actor->now_ms, &index);
    switch (report->news) {
    case ELECTION_CLIENT_GAINED:
        assert_true(leads && index == report->index);
        append(actor->told, "GAINED %.*s %.*s %" PRIu64 "; ",
               (int)report->election_size, report->election,
               (int)report->name_size, report->name, report->index);
        break;
    case ELECTION_CLIENT_LOST:
        assert_true(!leads || index != report->index);
        append(actor->told, "LOST %.*s %.*s %" PRIu64 " %s; ",
               (int)report->election_size, report->election,
               (int)report->name_size, report->name, report->index,
               reason_name(report->reason));
        break;
    case ELECTION_CLIENT_CHANGED:
        append_change(actor->told, report);
        break;
    case ELECTION_CLIENT_ANSWERED:
        append(actor->told, "ANSWERED %" PRIu64 " %s; ", report->sequence,
               status_name(report->status));
        break;
    case ELECTION_CLIENT_UNKNOWN:
        append(actor->told, "UNKNOWN %" PRIu64 " %s; ", report->sequence,
               status_name(report->status));
        break;
    case ELECTION_CLIENT_SESSION_LOST:
        append(actor->told, "SESSION_LOST; ");
        break;
    case ELECTION_CLIENT_CLOSED:
        append(actor->told, "CLOSED %s; ", status_name(report->status));
        break;
    }
}

void assert_told(struct actor *actor, const char *expected)
{
    assert_string_equal(actor->told, expected);
    actor->told[0] = '\0';
}

bool actor_leads_at(const struct actor *actor, const char *election,
                    const char *name, uint64_t time_ms, uint64_t index)
{
    uint64_t token = UINT64_MAX;
    bool leads =
        election_client_leads(actor->client, election, strlen(election), name,
                              strlen(name), time_ms, &token);

    assert_int_equal(token, leads ? index : UINT64_MAX);
    return leads;
}

/* ---- the client --------------------------------------------------------- */

struct election_client_config actor_config(struct actor *actor)
{
    return (struct election_client_config){
        .allocator = heap_allocator(&actor->heap),
        .client_id = (const uint8_t *)"c",
        .client_id_size = 1,
        .incarnation = 5,
        .nonce = 6,
        .timeout_ms = 10000,
        .data = (const uint8_t *)"d",
        .data_size = 1,
        .fn = note_report,
        .context = actor,
    };
}

void actor_open_with(struct actor *actor,
                     const struct election_client_config *config)
{
    assert_int_equal(election_client_create(config, &actor->client),
                     ELECTION_OK);
}

void actor_prepare(struct actor *actor)
{
    *actor = (struct actor){.now_ms = 1000000};
    heap_init(&actor->heap);
}

void actor_open(struct actor *actor)
{
    struct election_client_config config;

    actor_prepare(actor);
    config = actor_config(actor);
    actor_open_with(actor, &config);
}

void actor_close(struct actor *actor)
{
    election_client_destroy(actor->client);
    heap_assert_empty(&actor->heap);
    election_buffer_free(&actor->output);
    if (actor->has_stage)
        stage_close(&actor->stage);
}

uint64_t actor_enter(struct actor *actor, const char *election,
                     const char *name)
{
    uint64_t sequence = 0;

    assert_int_equal(election_client_enter(actor->client, election,
                                           strlen(election), name, strlen(name),
                                           &sequence),
                     ELECTION_OK);
    return sequence;
}

uint64_t actor_withdraw(struct actor *actor, const char *election,
                        const char *name)
{
    uint64_t sequence = 0;

    assert_int_equal(election_client_withdraw(actor->client, election,
                                              strlen(election), name,
                                              strlen(name), &sequence),
                     ELECTION_OK);
    return sequence;
}

uint64_t actor_operate(struct actor *actor, enum election_op op,
                       const char *election, const char *name)
{
    uint64_t sequence = 0;

    assert_int_equal(election_client_operate(actor->client, op, election,
                                             strlen(election), name,
                                             strlen(name), 0, &sequence),
                     ELECTION_OK);
    return sequence;
}

/* ---- what it sends ------------------------------------------------------ */

/** Keeps the only id of a KeepAlive. */
static bool see_id(void *context, uint64_t id)
{
    *(uint64_t *)context = id;
    return true;
}

static const char *op_name(enum election_op op)
{
    switch (op) {
#define OP_NAME(name, value, field)                                            \
    case ELECTION_OP_##name:                                                   \
        return #name;
        ELECTION_OP_MAP(OP_NAME)
#undef OP_NAME
    }
    return "?";
}

static void append_propose(char *text,
                           const struct election_registry_command *command)
{
    assert_false(command->with_output);
    append(text, "%s %" PRIu64 " %" PRIu64 " %.*s %.*s",
           op_name(command->command.op), command->sequence, command->session_id,
           (int)command->election_size, command->election,
           (int)command->command.name_size, command->command.name);
    if (command->if_index != 0)
        append(text, " %" PRIu64, command->if_index);
    if (command->if_vacant)
        append(text, " VACANT");
}

/** Appends how the last request reads. */
static void append_request(const struct actor *actor, char *text)
{
    const struct election_client_request *request = &actor->request;
    uint64_t id = 0;
    struct election_registry_visitor visitor = {.session_id = see_id,
                                                .context = &id};
    struct election_registry_command command;

    if (request->watch != NULL) {
        assert_int_equal(actor->output.size, 0);
        append(text, "WATCH %.*s", (int)request->watch_size, request->watch);
        return;
    }
    assert_int_equal(election_registry_command_decode(actor->output.data,
                                                      actor->output.size,
                                                      &command, &visitor),
                     ELECTION_OK);
    assert_true(command.epoch == 0 && command.time_ms == 0);
    switch (command.kind) {
    case ELECTION_REGISTRY_OPEN_SESSION:
        append(text, "OPEN %" PRIu64, command.incarnation);
        break;
    case ELECTION_REGISTRY_KEEP_ALIVE:
        assert_int_equal(command.session_count, 1);
        append(text, "KEEP_ALIVE %" PRIu64, id);
        break;
    case ELECTION_REGISTRY_CLOSE_SESSION:
        append(text, "CLOSE %" PRIu64, command.session_id);
        break;
    default:
        assert_int_equal(command.kind, ELECTION_REGISTRY_PROPOSE);
        append_propose(text, &command);
    }
}

uint64_t actor_next(struct actor *actor)
{
    struct election_client_request request;
    uint64_t last = actor->request.number;

    assert_int_equal(election_client_request(actor->client, actor->now_ms,
                                             &actor->output, &request),
                     ELECTION_OK);
    actor->sent[0] = '\0';
    if (request.number == 0) {
        assert_null(request.watch);
        assert_int_equal(actor->output.size, 0);
        return 0;
    }
    assert_true(request.number > last);
    actor->request = request;
    append_request(actor, actor->sent);
    return request.number;
}

uint64_t assert_sent(struct actor *actor, const char *expected)
{
    uint64_t number;

    if (*expected != '\0')
        assert_int_equal(election_client_wait_ms(actor->client, actor->now_ms),
                         0);
    number = actor_next(actor);
    assert_string_equal(actor->sent, expected);
    return number;
}

uint64_t assert_sent_after(struct actor *actor, uint64_t wait_ms,
                           const char *expected)
{
    assert_int_equal(election_client_wait_ms(actor->client, actor->now_ms),
                     wait_ms);
    assert_sent(actor, "");
    actor->now_ms += wait_ms - 1;
    assert_int_equal(election_client_wait_ms(actor->client, actor->now_ms), 1);
    assert_sent(actor, "");
    actor->now_ms++;
    return assert_sent(actor, expected);
}

/* ---- what it is answered ------------------------------------------------ */

/** Writes a Leadership as one field of a message. */
static void put_leadership(struct draft_bytes *bytes, unsigned field,
                           uint64_t index, const char *leader,
                           uint64_t leader_session_id)
{
    static struct draft_bytes inner;
    size_t start;

    inner.size = 0;
    put_number(&inner, 1, index);
    if (leader != NULL)
        put_span(&inner, 2, leader, strlen(leader));
    put_number(&inner, 3, leader_session_id);
    start = bytes->size;
    put_span(bytes, field, inner.data, inner.size);
    if (bytes->size == start) { /* it is there even if it is empty */
        bytes->data[bytes->size++] = (uint8_t)(field * 8 + 2);
        bytes->data[bytes->size++] = 0;
    }
}

struct actor_answer actor_led_by(uint64_t applied, uint64_t index,
                                 const char *leader, uint64_t leader_session_id)
{
    return (struct actor_answer){
        .applied = applied,
        .has_leadership = true,
        .index = index,
        .leader = leader,
        .leader_session_id = leader_session_id,
    };
}

enum election_status actor_answer(struct actor *actor, uint64_t number,
                                  struct actor_answer answer)
{
    static struct draft_bytes bytes, inner;

    bytes.size = inner.size = 0;
    put_number(&bytes, 1, (uint64_t)answer.status);
    put_number(&bytes, 2, answer.applied);
    if (answer.has_session) {
        put_number(&inner, 1, answer.session_id);
        put_number(&inner, 3, answer.timeout_ms);
        put_span(&bytes, 3, inner.data, inner.size);
        if (inner.size == 0)
            put_raw(&bytes, "\x1a\x00", 2);
    }
    if (answer.has_leadership || answer.is_repeated) {
        if (answer.has_leadership)
            put_leadership(&inner, 1, answer.index, answer.leader,
                           answer.leader_session_id);
        put_number(&inner, 3, answer.is_repeated);
        put_span(&bytes, 5, inner.data, inner.size);
    }
    return election_client_response(actor->client, actor->now_ms, number,
                                    bytes.data, bytes.size);
}

void actor_granted(struct actor *actor, uint64_t number, uint64_t session_id)
{
    assert_int_equal(actor_answer(actor, number,
                                  (struct actor_answer){
                                      .has_session = true,
                                      .applied = session_id,
                                      .session_id = session_id,
                                      .timeout_ms = 10000,
                                  }),
                     ELECTION_OK);
}

void actor_status(struct actor *actor, uint64_t number,
                  enum election_status status)
{
    struct actor_answer answer = {.status = status, .has_leadership = true};

    assert_int_equal(actor_answer(actor, number, answer), ELECTION_OK);
}

enum election_status actor_event(struct actor *actor, uint64_t applied,
                                 const char *election,
                                 enum election_cause cause, uint64_t index,
                                 const char *leader, uint64_t leader_session_id)
{
    static struct draft_bytes bytes;

    bytes.size = 0;
    put_number(&bytes, 1, applied);
    put_span(&bytes, 2, election, strlen(election));
    put_number(&bytes, 3, (uint64_t)cause);
    put_leadership(&bytes, 5, index, leader, leader_session_id);
    return election_client_event(actor->client, actor->now_ms, bytes.data,
                                 bytes.size);
}

void actor_session(struct actor *actor)
{
    actor_granted(actor, assert_sent(actor, "OPEN 5"), 7);
}

void actor_lose_session(struct actor *actor, uint64_t session_id)
{
    actor->now_ms += 3333;
    actor_status(actor, assert_sent(actor, "KEEP_ALIVE 7"),
                 ELECTION_NO_SESSION);
    actor_granted(actor, assert_sent(actor, "OPEN 6"), session_id);
}

void actor_lead(struct actor *actor, uint64_t index)
{
    uint64_t number;

    actor_session(actor);
    actor_enter(actor, "e", "A");
    number = assert_sent(actor, "ENTER 1 7 e A");
    assert_int_equal(
        actor_answer(actor, number, actor_led_by(10, index, "A", 7)),
        ELECTION_OK);
    assert_true(actor_leads_at(actor, "e", "A", actor->now_ms, index));
    number = assert_sent(actor, "WATCH e");
    assert_int_equal(
        election_client_response(actor->client, actor->now_ms, number, NULL, 0),
        ELECTION_OK);
    assert_int_equal(
        actor_event(actor, 10, "e", ELECTION_CAUSE_INITIAL, index, "A", 7),
        ELECTION_OK);
    actor->told[0] = '\0';
}

void assert_closed(struct actor *actor)
{
    assert_sent(actor, "");
    assert_int_equal(election_client_wait_ms(actor->client, actor->now_ms),
                     UINT64_MAX);
    assert_int_equal(election_client_lease_ms(actor->client, actor->now_ms), 0);
    assert_int_equal(election_client_enter(actor->client, "e", 1, "A", 1, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_client_withdraw(actor->client, "e", 1, "A", 1, NULL),
        ELECTION_MISUSE);
    assert_int_equal(election_client_operate(actor->client, ELECTION_OP_EVICT,
                                             "e", 1, "A", 1, 0, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_close(actor->client), ELECTION_UNCHANGED);
    election_client_disconnected(actor->client);
    assert_sent(actor, "");
    assert_told(actor, "");
}
