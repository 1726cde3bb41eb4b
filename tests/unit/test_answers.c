/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "election/wire.h"

/* What clients read: bytes that another implementation may have written. */

#define BYTES(text) (text), sizeof(text) - 1
#define HIGH UINT64_C(0xfedcba9876543210)

static struct draft_bytes bytes, part, inner;

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

/** Writes a Leadership as a field. */
static void put_leadership(struct draft_bytes *to, unsigned field)
{
    inner.size = 0;
    put_number(&inner, 1, HIGH);
    put_span(&inner, 2, "A", 1);
    put_number(&inner, 3, 300);
    put_span(&inner, 4, "dat\xff", 4);
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
    assert_memory_equal(leadership->leader_data, "dat\xff", 4);
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

/** What is malformed within a list, however deep. */
static void malformed_lists(void **state)
{
    struct election_registry_answer answer;
    struct election_registry_result result;
    struct election_registry_event event;

    (void)state;
    assert_int_equal(
        election_registry_result_decode(/* a packed number */
                                        BYTES("\x22\x04\x0a\x02\x01\x80"),
                                        &result, NULL),
        ELECTION_INVALID);
    assert_int_equal(
        election_registry_event_decode(/* a candidate's name */
                                       BYTES("\x2a\x03\x32\x01\xff"), &event,
                                       NULL),
        ELECTION_INVALID);
    assert_int_equal(
        election_registry_answer_decode(/* an election's id */
                                        BYTES("\x22\x03\x0a\x01\x08"), &answer,
                                        NULL),
        ELECTION_INVALID);
    assert_int_equal(
        election_registry_answer_decode(/* a session's id */
                                        BYTES("\x2a\x03\x0a\x01\x08"), &answer,
                                        NULL),
        ELECTION_INVALID);
}

/** Numbers are counted in both forms: one by one, and packed. */
static void lost_sessions_in_both_forms(void **state)
{
    struct election_registry_result result;

    (void)state;
    assert_int_equal(
        election_registry_result_decode(
            BYTES("\x22\x08\x08\x05\x0a\x02\x06\x07\x08\x08"), &result, NULL),
        ELECTION_OK);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_KEEP_ALIVE);
    assert_int_equal(result.lost_count, 4);
}

/** Numbers of a later version, and the last ones of this. */
static void statuses_and_causes_to_come(void **state)
{
    struct election_registry_result result;
    struct election_registry_answer answer;
    struct election_registry_event event;

    (void)state;
    assert_int_equal(
        election_registry_result_decode("\x08\x0b", 2, &result, NULL),
        ELECTION_OK);
    assert_int_equal(result.status, ELECTION_ABORTED);
    assert_int_equal(
        election_registry_result_decode("\x08\x0c", 2, &result, NULL),
        ELECTION_OK);
    assert_int_equal(result.status, ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_answer_decode("\x08\x0c", 2, &answer, NULL),
        ELECTION_OK);
    assert_int_equal(answer.status, ELECTION_UNSUPPORTED);
    assert_int_equal(
        election_registry_event_decode("\x18\x0d", 2, &event, NULL),
        ELECTION_OK);
    assert_int_equal(event.cause, ELECTION_CAUSE_RESTORED);
    assert_int_equal(
        election_registry_event_decode("\x18\x0e", 2, &event, NULL),
        ELECTION_OK);
    assert_int_equal(event.cause, ELECTION_CAUSE_UNKNOWN);
}

/** Texts that are written though they are empty: nobody, and no data. */
static void empty_texts(void **state)
{
    struct election_registry_event event;

    (void)state;
    assert_int_equal(election_registry_event_decode(
                         BYTES("\x2a\x04\x12\x00\x22\x00"), &event, NULL),
                     ELECTION_OK);
    assert_null(event.leadership.leader);
    assert_int_equal(event.leadership.leader_size, 0);
    assert_null(event.leadership.leader_data);
    assert_int_equal(event.leadership.leader_data_size, 0);
}

/** No bytes are a message, in which all is zero. */
static void no_bytes(void **state)
{
    struct election_registry_answer answer;
    struct election_registry_result result;
    struct election_registry_event event;

    (void)state;
    assert_int_equal(election_registry_result_decode(NULL, 0, &result, NULL),
                     ELECTION_OK);
    assert_int_equal(result.kind, ELECTION_REGISTRY_RESULT_BARE);
    assert_int_equal(election_registry_answer_decode(NULL, 0, &answer, NULL),
                     ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_BARE);
    assert_int_equal(election_registry_event_decode(NULL, 0, &event, NULL),
                     ELECTION_OK);
    assert_int_equal(event.cause, ELECTION_CAUSE_INITIAL);
}

/** A visitor may want to see none of what there is. */
static void a_visitor_without_members(void **state)
{
    static const struct election_registry_visitor visitor;
    struct election_registry_answer answer;
    struct election_registry_result result;
    struct election_registry_event event;

    (void)state;
    assert_int_equal(election_registry_result_decode(
                         BYTES("\x22\x04\x0a\x02\x01\x02"), &result, &visitor),
                     ELECTION_OK);
    assert_int_equal(result.lost_count, 2);
    assert_int_equal(election_registry_event_decode(BYTES("\x2a\x03\x32\x01"
                                                          "B"),
                                                    &event, &visitor),
                     ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(
                         BYTES("\x22\x04\x0a\x02\x08\x05"), &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_ELECTIONS);
    assert_int_equal(election_registry_answer_decode(
                         BYTES("\x2a\x04\x0a\x02\x08\x05"), &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_SESSIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results),
        cmocka_unit_test(lost_sessions_are_shown_until_it_is_enough),
        cmocka_unit_test(events),
        cmocka_unit_test(lists),
        cmocka_unit_test(the_status),
        cmocka_unit_test(malformed_lists),
        cmocka_unit_test(lost_sessions_in_both_forms),
        cmocka_unit_test(statuses_and_causes_to_come),
        cmocka_unit_test(empty_texts),
        cmocka_unit_test(no_bytes),
        cmocka_unit_test(a_visitor_without_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
