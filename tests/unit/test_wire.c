/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/registry.h"

/* What clients and hosts write, and a host reads again. */

#define BYTES(text) (text), sizeof(text) - 1
#define HIGH UINT64_C(0xfedcba9876543210)

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

/** Another case leaves nothing of the one before. */
static void the_last_case_stands_alone(void **state)
{
    struct election_registry_command command;

    (void)state;
    assert_int_equal(
        election_registry_command_decode(
            BYTES("\x1a\x04\x0a\x02id\x2a\x02\x08\x05"), &command, NULL),
        ELECTION_OK);
    assert_int_equal(command.kind, ELECTION_REGISTRY_CLOSE_SESSION);
    assert_int_equal(command.session_id, 5);
    assert_null(command.client_id);
    assert_int_equal(command.client_id_size, 0);
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
    /* So many that they might take too many bytes; nobody looks at them. */
    command.session_ids = &command.session_id;
    command.session_count = (size_t)1 << 27;
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
    assert_string_equal(election_cause_name(ELECTION_CAUSE_UNKNOWN), "UNKNOWN");
}

/* ---- arguments ---------------------------------------------------------- */

static void half_an_allocator(void **state)
{
    struct election_registry_command command = open_of("id", 1000);
    struct election_registry_query query = {.kind =
                                                ELECTION_REGISTRY_GET_STATUS};
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct heap heap;

    (void)state;
    heap_init(&heap);
    output.allocator = heap_allocator(&heap);
    output.allocator.free = NULL;
    assert_int_equal(election_registry_command_encode(&command, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_query_encode(&query, &output),
                     ELECTION_MISUSE);
    assert_int_equal(heap.allocations, 0);
}

/** Nothing is read of a message that is larger than any may be. */
static void nothing_and_too_much(void **state)
{
    size_t too_much = (size_t)ELECTION_MESSAGE_SIZE_MAX + 1;
    struct election_registry_command command;

    (void)state;
    assert_int_equal(election_registry_command_decode(NULL, 0, &command, NULL),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_command_decode("", too_much, &command, NULL),
        ELECTION_INVALID);
}

/** A visitor may want to see none of what there is. */
static void a_visitor_without_members(void **state)
{
    static const struct election_registry_visitor visitor;
    struct election_registry_command command;

    (void)state;
    assert_int_equal(election_registry_command_decode(
                         BYTES("\x22\x04\x0a\x02\x01\x02"), &command, &visitor),
                     ELECTION_OK);
    assert_int_equal(command.session_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_session),
        cmocka_unit_test(keep_alive),
        cmocka_unit_test(propose),
        cmocka_unit_test(a_proposal_without_a_command),
        cmocka_unit_test(the_other_commands),
        cmocka_unit_test(the_last_case_stands_alone),
        cmocka_unit_test(what_is_no_command),
        cmocka_unit_test(commands_that_cannot_be_written),
        cmocka_unit_test(queries),
        cmocka_unit_test(names_of_causes),
        cmocka_unit_test(half_an_allocator),
        cmocka_unit_test(nothing_and_too_much),
        cmocka_unit_test(a_visitor_without_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
