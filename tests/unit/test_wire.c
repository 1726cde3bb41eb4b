/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "../support/play.h"
#include "../support/registry.h"

/* What clients and hosts write and read. */

#define BYTES(text) (text), sizeof(text) - 1
#define HIGH UINT64_C(0xfedcba9876543210)

static struct draft_bytes bytes, part, inner;

/* ---- commands ----------------------------------------------------------- */

/** Encodes a command; it must become these bytes, and be read again. */
static struct election_registry_command
round_trip(const struct election_registry_command *command,
           const char *expected, size_t size)
{
    static struct election_buffer output; /* the result points into it */
    struct election_registry_command read;

    election_buffer_free(&output);
    assert_int_equal(election_registry_command_encode(command, &output),
                     ELECTION_OK);
    assert_int_equal(output.size, size);
    assert_memory_equal(output.data, expected, size);
    memset(&read, 0xa5, sizeof read);
    assert_int_equal(
        election_registry_command_decode(output.data, size, &read, NULL),
        ELECTION_OK);
    assert_int_equal(read.kind, command->kind);
    assert_int_equal(read.epoch, command->epoch);
    assert_int_equal(read.time_ms, command->time_ms);
    return read;
}

static void open_session(void **state)
{
    struct election_registry_command command = open_of("id", 1000);

    (void)state;
    command.epoch = 5;
    command.time_ms = HIGH;
    command.incarnation = UINT64_MAX;
    command.nonce = HIGH;
    command.data = (const uint8_t *)"\0";
    command.data_size = 1;
    command = round_trip(
        &command, BYTES("\x08\x05\x10\x90\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01"
                        "\x1a\x1e\x0a\x02id"
                        "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                        "\x19\x10\x32\x54\x76\x98\xba\xdc\xfe"
                        "\x20\xe8\x07\x2a\x01\x00"));
    assert_int_equal(command.client_id_size, 2);
    assert_memory_equal(command.client_id, "id", 2);
    assert_int_equal(command.incarnation, UINT64_MAX);
    assert_int_equal(command.nonce, HIGH);
    assert_int_equal(command.timeout_ms, 1000);
    assert_int_equal(command.data_size, 1);
    assert_int_equal(command.data[0], 0);
}

struct ids {
    uint64_t ids[8];
    size_t count;
    size_t most;
};

static bool note_id(void *context, uint64_t session_id)
{
    struct ids *ids = context;

    ids->ids[ids->count++] = session_id;
    return ids->count < ids->most;
}

static void keep_alive(void **state)
{
    static const uint64_t session_ids[] = {1, 300, 1, UINT64_MAX};
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_ids = session_ids,
        .session_count = 4,
    };
    static const char expected[] = "\x22\x10\x0a\x0e\x01\xac\x02\x01"
                                   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    struct ids ids = {.most = 8};
    struct election_registry_visitor visitor = {
        .session_id = note_id,
        .context = &ids,
    };

    (void)state;
    command = round_trip(&command, BYTES(expected));
    assert_int_equal(command.session_count, 4);
    assert_null(command.session_ids);
    assert_int_equal(
        election_registry_command_decode(BYTES(expected), &command, &visitor),
        ELECTION_OK);
    assert_int_equal(ids.count, 4);
    assert_memory_equal(ids.ids, session_ids, sizeof session_ids);
    /* It may have seen enough; that is no failure, and all are counted. */
    ids = (struct ids){.most = 2};
    assert_int_equal(
        election_registry_command_decode(BYTES(expected), &command, &visitor),
        ELECTION_OK);
    assert_int_equal(ids.count, 2);
    assert_int_equal(command.session_count, 4);
    /* Only those of the last case are shown. */
    ids = (struct ids){.most = 8};
    assert_int_equal(election_registry_command_decode(
                         BYTES("\x22\x02\x08\x05\x3a\x00\x22\x02\x08\x06"),
                         &command, &visitor),
                     ELECTION_OK);
    assert_int_equal(ids.count, 1);
    assert_int_equal(ids.ids[0], 6);
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_KEEP_ALIVE};
    round_trip(&command, BYTES("\x22\x00"));
}

static void propose(void **state)
{
    struct election_registry_command command =
        propose_of(HIGH, 300, "e", ELECTION_OP_DEMOTE, "A");

    (void)state;
    command.if_index = UINT64_MAX;
    command.if_vacant = command.with_output = true;
    command = round_trip(
        &command, BYTES("\x32\x27\x08\x90\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01"
                        "\x10\xac\x02\x1a\x01"
                        "e\x22\x05\x42\x03\x12\x01"
                        "A\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                        "\x30\x01\x38\x01"));
    assert_int_equal(command.session_id, HIGH);
    assert_int_equal(command.sequence, 300);
    assert_int_equal(command.election_size, 1);
    assert_memory_equal(command.election, "e", 1);
    assert_int_equal(command.command.op, ELECTION_OP_DEMOTE);
    assert_int_equal(command.command.name_size, 1);
    assert_memory_equal(command.command.name, "A", 1);
    assert_int_equal(command.if_index, UINT64_MAX);
    assert_true(command.if_vacant && command.with_output);
}

/** One that this version does not know, or none, has no op. */
static void a_proposal_without_a_command(void **state)
{
    struct election_registry_command command =
        propose_of(1, 2, "e", (enum election_op)0, "");

    (void)state;
    command = round_trip(&command, BYTES("\x32\x07\x08\x01\x10\x02\x1a\x01"
                                         "e"));
    assert_int_equal(command.command.op, 0);
    assert_int_equal(
        election_registry_command_decode(
            BYTES("\x32\x06\x08\x01\x22\x02\x4a\x00"), &command, NULL),
        ELECTION_OK);
    assert_int_equal(command.command.op, 0);
}

static void the_other_commands(void **state)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_CLOSE_SESSION,
        .session_id = 300,
    };

    (void)state;
    command = round_trip(&command, BYTES("\x2a\x03\x08\xac\x02"));
    assert_int_equal(command.session_id, 300);
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = true,
        .applied = 300,
        .log_digest = HIGH,
    };
    command = round_trip(&command, BYTES("\x3a\x0e\x08\x01\x10\xac\x02\x19\x10"
                                         "\x32\x54\x76\x98\xba\xdc\xfe"));
    assert_true(command.takes_office);
    assert_int_equal(command.applied, 300);
    assert_int_equal(command.log_digest, HIGH);
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = UINT32_MAX,
    };
    command = round_trip(&command, BYTES("\x42\x06\x08\xff\xff\xff\xff\x0f"));
    assert_int_equal(command.version, UINT32_MAX);
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_RECOVER,
        .lost_entries = HIGH,
    };
    command = round_trip(&command,
                         BYTES("\x4a\x0b\x08\x90\xe4\xd0\xb2\x87\xd3\xae\xee"
                               "\xfe\x01"));
    assert_int_equal(command.lost_entries, HIGH);
}

static void what_is_no_command(void **state)
{
    struct election_registry_command command = {.epoch = 99};

    (void)state;
    assert_int_equal(election_registry_command_decode("", 0, &command, NULL),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_command_decode(BYTES("\x08\x01"), &command, NULL),
        ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_command_decode(BYTES("\x52\x00"), &command, NULL),
        ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_command_decode(BYTES("\x2a\x01"), &command, NULL),
        ELECTION_INVALID);
    assert_int_equal(command.epoch, 99); /* set only with OK */
    assert_int_equal(election_registry_command_decode(NULL, 1, &command, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_command_decode("", 0, NULL, NULL),
                     ELECTION_MISUSE);
}

static void assert_misuse(const struct election_registry_command *command)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    assert_int_equal(election_registry_command_encode(command, &output),
                     ELECTION_MISUSE);
    assert_null(output.data);
}

static void commands_that_cannot_be_written(void **state)
{
    struct election_registry_command command = open_of("id", 1000);

    (void)state;
    assert_misuse(NULL);
    assert_int_equal(election_registry_command_encode(&command, NULL),
                     ELECTION_MISUSE);
    command.kind = ELECTION_REGISTRY_NOTHING;
    assert_misuse(&command);
    command.kind = (enum election_registry_command_kind)10;
    assert_misuse(&command);
    command = open_of("id", 1000);
    command.client_id = NULL;
    assert_misuse(&command);
    command = open_of("id", 1000);
    command.data_size = 1;
    assert_misuse(&command);
    command.data = (const uint8_t *)"";
    command.data_size = SIZE_MAX;
    assert_misuse(&command);
    command = propose_of(1, 1, "e", ELECTION_OP_ENTER, "A");
    command.election = NULL;
    assert_misuse(&command);
    command = propose_of(1, 1, "e", ELECTION_OP_ENTER, "A");
    command.command.name = NULL;
    assert_misuse(&command);
    command = propose_of(1, 1, "e", (enum election_op)9, "A");
    assert_misuse(&command);
    command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_KEEP_ALIVE, .session_count = 1};
    assert_misuse(&command);
}

/* ---- queries ------------------------------------------------------------ */

static void assert_query(const struct election_registry_query *query,
                         const char *expected, size_t size)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    assert_int_equal(election_registry_query_encode(query, &output),
                     ELECTION_OK);
    assert_int_equal(output.size, size);
    assert_memory_equal(output.data, expected, size);
    election_buffer_free(&output);
}

static void queries(void **state)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_TERM,
        .election = "e",
        .election_size = 1,
    };
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    assert_query(&query, BYTES("\x0a\x03\x0a\x01"
                               "e"));
    query = (struct election_registry_query){
        .kind = ELECTION_REGISTRY_LIST_ELECTIONS, .after = 300, .limit = 7};
    assert_query(&query, BYTES("\x12\x05\x08\xac\x02\x10\x07"));
    query.kind = ELECTION_REGISTRY_LIST_SESSIONS;
    assert_query(&query, BYTES("\x1a\x05\x08\xac\x02\x10\x07"));
    query.kind = ELECTION_REGISTRY_GET_STATUS;
    assert_query(&query, BYTES("\x22\x00"));
    query.kind = (enum election_registry_query_kind)0;
    assert_int_equal(election_registry_query_encode(&query, &output),
                     ELECTION_MISUSE);
    query.kind = (enum election_registry_query_kind)5;
    assert_int_equal(election_registry_query_encode(&query, &output),
                     ELECTION_MISUSE);
    query.kind = ELECTION_REGISTRY_GET_TERM;
    query.election_size = 1;
    assert_int_equal(election_registry_query_encode(&query, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_query_encode(NULL, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_query_encode(&query, NULL),
                     ELECTION_MISUSE);
}

/* ---- answers that another implementation may have written --------------- */

/** Writes a Leadership as a field. */
static void put_leadership(struct draft_bytes *to, unsigned field)
{
    inner.size = 0;
    put_number(&inner, 1, HIGH);
    put_span(&inner, 2, "A", 1);
    put_number(&inner, 3, 300);
    put_span(&inner, 4, "data", 4);
    put_number(&inner, 5, 2);
    put_span(&inner, 6, "B", 1);
    put_span(&inner, 6, "C", 1);
    put_span(to, field, inner.data, inner.size);
}

static void assert_leads(const struct election_registry_leadership *leadership)
{
    assert_int_equal(leadership->index, HIGH);
    assert_int_equal(leadership->leader_size, 1);
    assert_memory_equal(leadership->leader, "A", 1);
    assert_int_equal(leadership->leader_session_id, 300);
    assert_int_equal(leadership->leader_data_size, 4);
    assert_memory_equal(leadership->leader_data, "data", 4);
    assert_int_equal(leadership->waiting_count, 2);
}

static void results(void **state)
{
    struct election_registry_result result;

    (void)state;
    part.size = bytes.size = 0;
    put_leadership(&part, 1);
    put_span(&part, 2, "\x0a\x00", 2);
    put_number(&part, 3, 1);
    put_number(&bytes, 1, ELECTION_ABORTED);
    put_number(&bytes, 2, HIGH);
    put_span(&bytes, 5, part.data, part.size);
    assert_int_equal(
        election_registry_result_decode(bytes.data, bytes.size, &result, NULL),
        ELECTION_OK);
    assert_int_equal(result.status, ELECTION_ABORTED);
    assert_int_equal(result.applied, HIGH);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_PROPOSE);
    assert_true(result.has_leadership && result.is_repeated);
    assert_leads(&result.leadership);
    assert_int_equal(result.output_size, 2);
    assert_int_equal(
        election_registry_result_decode(
            BYTES("\x1a\x08\x08\xac\x02\x10\x01\x18\xe8\x07"), &result, NULL),
        ELECTION_OK);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_SESSION);
    assert_int_equal(result.session_id, 300);
    assert_int_equal(result.incarnation, 1);
    assert_int_equal(result.timeout_ms, 1000);
    assert_int_equal(election_registry_result_decode("", 0, &result, NULL),
                     ELECTION_OK);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_BARE);
    assert_int_equal(election_registry_result_decode("\x08", 1, &result, NULL),
                     ELECTION_INVALID);
    assert_int_equal(election_registry_result_decode(NULL, 1, &result, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_result_decode("", 0, NULL, NULL),
                     ELECTION_MISUSE);
}

static void lost_sessions_are_shown_until_it_is_enough(void **state)
{
    struct ids ids = {.most = 2};
    struct election_registry_visitor visitor = {
        .session_id = note_id,
        .context = &ids,
    };
    struct election_registry_result result;

    (void)state;
    assert_int_equal(election_registry_result_decode(
                         BYTES("\x08\x09\x22\x06\x0a\x04\x05\x06\x07\x08"),
                         &result, &visitor),
                     ELECTION_OK);
    assert_int_equal(result.lost_count, 4);
    assert_int_equal(ids.count, 2);
    assert_int_equal(ids.ids[1], 6);
}

struct names {
    char text[64];
    size_t most;
};

static bool note_name(void *context, const char *name, size_t size)
{
    struct names *names = context;

    strncat(names->text, name, size);
    return strlen(names->text) < names->most;
}

static void events(void **state)
{
    struct names names = {.most = 8};
    struct election_registry_visitor visitor = {
        .candidate = note_name,
        .context = &names,
    };
    struct election_registry_event event;

    (void)state;
    bytes.size = 0;
    put_number(&bytes, 1, HIGH);
    put_span(&bytes, 2, "e", 1);
    put_number(&bytes, 3, ELECTION_CAUSE_DEMOTE);
    put_number(&bytes, 4, HIGH + 1);
    put_leadership(&bytes, 5);
    assert_int_equal(election_registry_event_decode(bytes.data, bytes.size,
                                                    &event, &visitor),
                     ELECTION_OK);
    assert_int_equal(event.applied, HIGH);
    assert_int_equal(event.election_size, 1);
    assert_int_equal(event.cause, ELECTION_CAUSE_DEMOTE);
    assert_int_equal(event.by_session_id, HIGH + 1);
    assert_leads(&event.leadership);
    assert_string_equal(names.text, "BC");
    names = (struct names){.most = 1};
    assert_int_equal(election_registry_event_decode(bytes.data, bytes.size,
                                                    &event, &visitor),
                     ELECTION_OK);
    assert_string_equal(names.text, "B");
    assert_int_equal(election_registry_event_decode("\x10", 1, &event, NULL),
                     ELECTION_INVALID);
    assert_int_equal(
        election_registry_event_decode("\x12\x01\xff", 3, &event, NULL),
        ELECTION_INVALID);
    assert_int_equal(election_registry_event_decode(NULL, 1, &event, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_event_decode("", 0, NULL, NULL),
                     ELECTION_MISUSE);
}

static bool note_election(void *context,
                          const struct election_registry_election *shown)
{
    size_t *count = context;

    assert_int_equal(shown->id, HIGH);
    assert_int_equal(shown->name_size, 1);
    assert_leads(&shown->leadership);
    return ++*count < 2;
}

static bool note_session(void *context,
                         const struct election_registry_session *shown)
{
    size_t *count = context;

    assert_int_equal(shown->id, HIGH);
    assert_int_equal(shown->client_id_size, 2);
    assert_int_equal(shown->incarnation, HIGH + 1);
    assert_int_equal(shown->timeout_ms, 1000);
    assert_int_equal(shown->remaining_ms, HIGH + 2);
    assert_int_equal(shown->candidate_count, 3);
    assert_int_equal(shown->highest_sequence, HIGH + 3);
    assert_int_equal(shown->data_size, 4);
    return ++*count < 2;
}

static void lists(void **state)
{
    struct election_registry_answer answer;
    size_t count = 0;
    struct election_registry_visitor visitor = {
        .election = note_election,
        .session = note_session,
        .context = &count,
    };
    static struct draft_bytes list;

    (void)state;
    part.size = list.size = bytes.size = 0;
    put_number(&part, 1, HIGH);
    put_span(&part, 2, "e", 1);
    put_leadership(&part, 3);
    for (unsigned i = 0; i < 3; i++)
        put_span(&list, 1, part.data, part.size);
    put_span(&bytes, 4, list.data, list.size);
    assert_int_equal(election_registry_answer_decode(bytes.data, bytes.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_ELECTIONS);
    assert_int_equal(count, 2);
    part.size = list.size = bytes.size = count = 0;
    put_number(&part, 1, HIGH);
    put_span(&part, 2, "id", 2);
    put_number(&part, 3, HIGH + 1);
    put_number(&part, 4, 1000);
    put_number(&part, 5, HIGH + 2);
    put_number(&part, 6, 3);
    put_number(&part, 7, HIGH + 3);
    put_span(&part, 8, "data", 4);
    for (unsigned i = 0; i < 3; i++)
        put_span(&list, 1, part.data, part.size);
    put_span(&bytes, 5, list.data, list.size);
    assert_int_equal(election_registry_answer_decode(bytes.data, bytes.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_SESSIONS);
    assert_int_equal(count, 2);
}

static void the_status(void **state)
{
    struct election_registry_answer answer;

    (void)state;
    part.size = bytes.size = 0;
    put_number(&part, 1, UINT32_MAX);
    for (unsigned i = 2; i <= 8; i++)
        put_number(&part, i, HIGH + i);
    put_fixed64(&part, 9, HIGH + 9);
    put_number(&bytes, 2, HIGH);
    put_span(&bytes, 6, part.data, part.size);
    assert_int_equal(
        election_registry_answer_decode(bytes.data, bytes.size, &answer, NULL),
        ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_STATUS);
    assert_int_equal(answer.applied, HIGH);
    assert_int_equal(answer.version, UINT32_MAX);
    assert_int_equal(answer.epoch, HIGH + 2);
    assert_int_equal(answer.now_ms, HIGH + 3);
    assert_int_equal(answer.index_floor, HIGH + 4);
    assert_int_equal(answer.id_floor, HIGH + 5);
    assert_int_equal(answer.session_count, HIGH + 6);
    assert_int_equal(answer.election_count, HIGH + 7);
    assert_int_equal(answer.candidate_count, HIGH + 8);
    assert_int_equal(answer.log_digest, HIGH + 9);
    assert_int_equal(election_registry_answer_decode("\x08", 1, &answer, NULL),
                     ELECTION_INVALID);
    assert_int_equal(election_registry_answer_decode(NULL, 1, &answer, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_answer_decode("", 0, NULL, NULL),
                     ELECTION_MISUSE);
}

static void names_of_causes(void **state)
{
    (void)state;
#define ASSERT_NAMED(name, value)                                              \
    assert_string_equal(election_cause_name(ELECTION_CAUSE_##name), #name);    \
    assert_int_equal(ELECTION_CAUSE_##name, value);
    ELECTION_CAUSE_MAP(ASSERT_NAMED)
#undef ASSERT_NAMED
    assert_string_equal(election_cause_name((enum election_cause)6), "UNKNOWN");
    assert_string_equal(election_cause_name((enum election_cause)14),
                        "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_session),
        cmocka_unit_test(keep_alive),
        cmocka_unit_test(propose),
        cmocka_unit_test(a_proposal_without_a_command),
        cmocka_unit_test(the_other_commands),
        cmocka_unit_test(what_is_no_command),
        cmocka_unit_test(commands_that_cannot_be_written),
        cmocka_unit_test(queries),
        cmocka_unit_test(results),
        cmocka_unit_test(lost_sessions_are_shown_until_it_is_enough),
        cmocka_unit_test(events),
        cmocka_unit_test(lists),
        cmocka_unit_test(the_status),
        cmocka_unit_test(names_of_causes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
