/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "election/registry.h"
#include "service/service.h"

/* What a node and its clients say to each other, byte by byte. */

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1
#define HIGH UINT64_C(0xfedcba9876543210)
#define HIGH_REST "\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01"
#define HIGH_BYTES "\x90" HIGH_REST
#define MOST_BYTES "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
#define SPAN(text)                                                             \
    {                                                                          \
        BYTES(text)                                                            \
    }

/** Fails the test unless both have the same content, or both are missing. */
static void assert_span(struct service_span read, struct service_span written)
{
    assert_int_equal(read.bytes == NULL, written.bytes == NULL);
    assert_int_equal(read.size, written.size);
    if (read.size > 0)
        assert_memory_equal(read.bytes, written.bytes, read.size);
}

static void assert_request(const struct service_request *read,
                           const struct service_request *written)
{
    assert_int_equal(read->id, written->id);
    assert_int_equal(read->kind, written->kind);
    assert_span(read->message, written->message);
    assert_int_equal(read->version, written->version);
    assert_span(read->token, written->token);
    assert_span(read->client_id, written->client_id);
    assert_int_equal(read->is_local, written->is_local);
    assert_span(read->election, written->election);
    assert_int_equal(read->after, written->after);
    assert_int_equal(read->with_candidates, written->with_candidates);
    assert_int_equal(read->watch_id, written->watch_id);
    assert_int_equal(read->change, written->change);
    assert_int_equal(read->node_id, written->node_id);
    assert_span(read->address, written->address);
}

static void assert_response(const struct service_response *read,
                            const struct service_response *written)
{
    assert_int_equal(read->id, written->id);
    assert_int_equal(read->kind, written->kind);
    assert_span(read->message, written->message);
    assert_span(read->text, written->text);
    assert_int_equal(read->version, written->version);
    assert_int_equal(read->node_id, written->node_id);
    assert_int_equal(read->is_leader, written->is_leader);
    assert_int_equal(read->raft_term, written->raft_term);
    assert_int_equal(read->last_index, written->last_index);
    assert_int_equal(read->applied, written->applied);
    assert_span(read->release, written->release);
    assert_int_equal(read->connections, written->connections);
    assert_int_equal(read->registry_version, written->registry_version);
    assert_int_equal(read->role, written->role);
    assert_int_equal(read->is_last, written->is_last);
    assert_int_equal(read->has_ended, written->has_ended);
    assert_int_equal(read->offset, written->offset);
    assert_int_equal(read->size, written->size);
}

/** The frame in a buffer is of this message, which is returned. */
static struct service_span assert_frame(const struct election_buffer *output,
                                        struct service_span expected)
{
    struct service_span message = {output->data + SERVICE_HEAD_SIZE,
                                   expected.size};

    assert_int_equal(output->size, SERVICE_HEAD_SIZE + expected.size);
    assert_int_equal(output->data[0] << 24 | output->data[1] << 16 |
                         output->data[2] << 8 | output->data[3],
                     expected.size);
    assert_span(message, expected);
    return message;
}

/* ---- what there is ------------------------------------------------------ */

/** With all that its kind has, and its bytes. */
struct sound_request {
    struct service_request request;
    struct service_span bytes;
};

struct sound_response {
    struct service_response response;
    struct service_span bytes;
};

static const struct sound_request requests[] = {
    {{.id = HIGH,
      .kind = SERVICE_HELLO,
      .version = 300,
      .token = SPAN("\xff\0t"),
      .client_id = SPAN("id")},
     SPAN("\x08" HIGH_BYTES "\x12\x0c\x08\xac\x02\x12\x03\xff\0t\x1a\x02id")},
    {{.id = UINT64_MAX, .kind = SERVICE_COMMAND, .message = SPAN("\x22\0")},
     SPAN("\x08" MOST_BYTES "\x1a\x02\x22\0")},
    {{.id = 2, .kind = SERVICE_COMMAND, .message = SPAN("")},
     SPAN("\x08\x02\x1a\0")},
    {{.id = 3,
      .kind = SERVICE_READ,
      .message = SPAN("\x22\0"),
      .is_local = true},
     SPAN("\x08\x03\x22\x06\x0a\x02\x22\0\x10\x01")},
    {{.id = 3, .kind = SERVICE_READ}, SPAN("\x08\x03\x22\0")},
    {{.id = 4,
      .kind = SERVICE_WATCH,
      .election = SPAN("\xc3\xa4"),
      .after = HIGH,
      .with_candidates = true},
     SPAN("\x08\x04\x2a\x11\x0a\x02\xc3\xa4\x10" HIGH_BYTES "\x18\x01")},
    {{.id = 5, .kind = SERVICE_UNWATCH, .watch_id = UINT64_MAX},
     SPAN("\x08\x05\x32\x0b\x08" MOST_BYTES)},
    {{.id = 6, .kind = SERVICE_GET_SNAPSHOT}, SPAN("\x08\x06\x3a\0")},
    {{.id = 7, .kind = SERVICE_GET_NODE}, SPAN("\x08\x07\x42\0")},
    {{.id = 8,
      .kind = SERVICE_CHANGE_MEMBER,
      .change = SERVICE_REMOVE,
      .node_id = HIGH,
      .address = SPAN("h:1/2")},
     SPAN("\x08\x08\x4a\x14\x08\x03\x10" HIGH_BYTES "\x1a\x05h:1/2")},
    {{.id = 9, .kind = SERVICE_GET_MEMBERS}, SPAN("\x08\x09\x52\0")},
};

static const struct sound_response responses[] = {
    {{.id = HIGH,
      .kind = SERVICE_WELCOME,
      .version = 300,
      .node_id = HIGH,
      .is_leader = true,
      .registry_version = 2},
     SPAN("\x08" HIGH_BYTES "\x12\x12\x08\xac\x02\x10" HIGH_BYTES
          "\x18\x01\x20\x02")},
    {{.id = 1, .kind = SERVICE_RESULT, .message = SPAN("\x08\x01")},
     SPAN("\x08\x01\x1a\x02\x08\x01")},
    {{.id = 2, .kind = SERVICE_ANSWER, .message = SPAN("\xff")},
     SPAN("\x08\x02\x22\x01\xff")},
    {{.id = 3, .kind = SERVICE_EVENT, .message = SPAN("")},
     SPAN("\x08\x03\x2a\0")},
    {{.id = 4, .kind = SERVICE_WATCHING, .has_ended = true},
     SPAN("\x08\x04\x32\x02\x08\x01")},
    {{.id = 5, .kind = SERVICE_NOT_LEADER, .text = SPAN("h:1")},
     SPAN("\x08\x05\x3a\x05\x0a\x03h:1")},
    {{.id = 6, .kind = SERVICE_UNAVAILABLE, .text = SPAN("why")},
     SPAN("\x08\x06\x42\x05\x0a\x03why")},
    {{.id = 7, .kind = SERVICE_REFUSED, .text = SPAN("\xe2\x82\xac")},
     SPAN("\x08\x07\x4a\x05\x0a\x03\xe2\x82\xac")},
    {{.id = 8,
      .kind = SERVICE_PIECE,
      .offset = HIGH,
      .message = SPAN("\0\xff"),
      .size = UINT64_MAX},
     SPAN("\x08\x08\x52\x1a\x08" HIGH_BYTES "\x12\x02\0\xff\x18" MOST_BYTES)},
    {{.id = 9,
      .kind = SERVICE_NODE,
      .node_id = HIGH,
      .is_leader = true,
      .text = SPAN("h:1"),
      .raft_term = HIGH + 1,
      .last_index = HIGH + 2,
      .applied = HIGH + 3,
      .release = SPAN("0"),
      .connections = UINT64_MAX},
     SPAN("\x08\x09\x5a\x41\x08" HIGH_BYTES "\x10\x01\x1a\x03h:1\x20\x91"
          "\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01\x28\x92"
          "\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01\x30\x93"
          "\xe4\xd0\xb2\x87\xd3\xae\xee\xfe\x01\x3a\x01"
          "0\x40" MOST_BYTES)},
    {{.id = 10,
      .kind = SERVICE_MEMBER,
      .node_id = HIGH,
      .text = SPAN("h:1/2"),
      .role = SERVICE_SPARE,
      .is_leader = true,
      .is_last = true},
     SPAN("\x08\x0a\x62\x18\x08" HIGH_BYTES
          "\x12\x05h:1/2\x18\x02\x20\x01\x28\x01")},
    {{.id = 11, .kind = SERVICE_CHANGED}, SPAN("\x08\x0b\x6a\0")},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void each_request(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct sound_request *sound = &requests[i];
        struct service_request read;
        struct service_span span;

        assert_int_equal(service_request_write(&sound->request, &output),
                         ELECTION_OK);
        span = assert_frame(&output, sound->bytes);
        memset(&read, 0xa5, sizeof read);
        assert_int_equal(service_request_read(span.bytes, span.size, &read),
                         ELECTION_OK);
        assert_request(&read, &sound->request);
    }
    election_buffer_free(&output);
}

static void each_response(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(responses); i++) {
        const struct sound_response *sound = &responses[i];
        struct service_response read;
        struct service_span span;

        assert_int_equal(service_response_write(&sound->response, &output),
                         ELECTION_OK);
        span = assert_frame(&output, sound->bytes);
        memset(&read, 0xa5, sizeof read);
        assert_int_equal(service_response_read(span.bytes, span.size, &read),
                         ELECTION_OK);
        assert_response(&read, &sound->response);
    }
    election_buffer_free(&output);
}

static void what_cannot_be_written(void **state)
{
    struct service_request request = {.id = 1, .kind = SERVICE_NO_REQUEST};
    struct service_response response = {.id = 1, .kind = SERVICE_NO_RESPONSE};
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct heap heap;

    (void)state;
    assert_int_equal(service_request_write(&request, &output), ELECTION_MISUSE);
    assert_int_equal(service_response_write(&response, &output),
                     ELECTION_MISUSE);
    assert_null(output.data);
    heap_init(&heap);
    heap.allowed = 0;
    output.allocator = heap_allocator(&heap);
    request.kind = SERVICE_GET_NODE;
    response.kind = SERVICE_WATCHING;
    assert_int_equal(service_request_write(&request, &output), ELECTION_NOMEM);
    assert_int_equal(service_response_write(&response, &output),
                     ELECTION_NOMEM);
    assert_int_equal(service_keep_alive_result(1, NULL, 0, &output),
                     ELECTION_NOMEM);
    assert_null(output.data);
    heap_assert_empty(&heap);
}

/* ---- what is read ------------------------------------------------------- */

static void assert_invalid(const uint8_t *bytes, size_t size)
{
    struct service_request request;
    struct service_response response;

    assert_int_equal(service_request_read(bytes, size, &request),
                     ELECTION_INVALID);
    assert_int_equal(service_response_read(bytes, size, &response),
                     ELECTION_INVALID);
}

static void one_case_alone(void **state)
{
    (void)state;
    /* Two of one kind, and of two kinds that both know. */
    assert_invalid(BYTES("\x08\x01\x12\0\x12\0"));
    assert_invalid(BYTES("\x08\x01\x12\0\x1a\0"));
    assert_invalid(BYTES("\x1a\0\x08\x01\x42\0"));
    assert_invalid(BYTES("\x32\0\x32\0\x08\x01"));
}

/** A later version may have other cases: they are not known, but have an id. */
static void other_cases(void **state)
{
    static const struct {
        struct service_span span;
        uint64_t id;
    } others[] = {
        {SPAN(""), 0},
        {SPAN("\x08" HIGH_BYTES), HIGH},
        {SPAN("\x08\x05\x7a\0"), 5},
        {SPAN("\x7a\x02\x08\x07\x08\x05"), 5},
        {SPAN("\xfa\xff\xff\xff\x0f\x01x\x08\x05"), 5},
        /* Those that are known, in another wire type. */
        {SPAN("\x08\x05\x10\x01\x18\x01"), 5},
        {SPAN("\x13\x08\x07\x14\x08\x05"), 5},
        /* An id that is none. */
        {SPAN("\x0a\x01\x05"), 0},
    };
    struct service_request request;
    struct service_response response;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        struct service_span span = others[i].span;

        assert_int_equal(service_request_read(span.bytes, span.size, &request),
                         ELECTION_UNSUPPORTED);
        assert_int_equal(request.kind, SERVICE_NO_REQUEST);
        assert_int_equal(request.id, others[i].id);
        assert_int_equal(
            service_response_read(span.bytes, span.size, &response),
            ELECTION_UNSUPPORTED);
        assert_int_equal(response.kind, SERVICE_NO_RESPONSE);
        assert_int_equal(response.id, others[i].id);
    }
    assert_int_equal(service_request_read(NULL, 0, &request),
                     ELECTION_UNSUPPORTED);
}

/** Of every wire type, before, within and after what is known. */
static void unknown_fields(void **state)
{
#define UNKNOWN                                                                \
    "\xa0\x01\x05\xa1\x01........\xa2\x01\x02..\xa5\x01....\xa3\x01\xa4\x01"
    static const char bytes[] =
        UNKNOWN "\x08\x05" UNKNOWN "\x2a\x62" UNKNOWN "\x0a\x01"
                "e" UNKNOWN "\x10\x07\x18\x02"
                /* Parts that are known, in another wire type. */
                "\x1a\x01.\x08\x05\x12\0" UNKNOWN;
    struct service_request request;

    (void)state;
    assert_int_equal(service_request_read(BYTES(bytes), &request), ELECTION_OK);
    assert_request(&request, &(struct service_request){
                                 .id = 5,
                                 .kind = SERVICE_WATCH,
                                 .election = SPAN("e"),
                                 .after = 7,
                                 .with_candidates = true,
                             });
}

static void what_is_malformed(void **state)
{
    (void)state;
    assert_invalid(BYTES("\x08\x01\x12\x01"));
    assert_invalid(BYTES("\x08\x01\x12\x02\x08\x80"));
    assert_invalid(BYTES("\x02\0"));     /* field 0 */
    assert_invalid(BYTES("\xa4\x01"));   /* the end of no group */
    assert_invalid(BYTES("\xa3\x01"));   /* no end of a group */
    assert_invalid(BYTES("\x12\0\x08")); /* behind a case, too */
}

/** Texts are UTF-8; tokens, ids and pieces are any bytes. */
static void texts(void **state)
{
    static const struct service_span bad[] = {
        SPAN("\x3a\x03\x0a\x01\xff"),     SPAN("\x42\x03\x0a\x01\x80"),
        SPAN("\x4a\x04\x0a\x02\xc3."),    SPAN("\x5a\x05\x1a\x03\xed\xa0\x80"),
        SPAN("\x5a\x04\x3a\x02\xc0\x80"),
    };
    static const struct service_span piece = SPAN("\x52\x03\x12\x01\xff");
    struct service_request request;
    struct service_response response;

    (void)state;
    assert_int_equal(
        service_request_read(BYTES("\x2a\x03\x0a\x01\xff"), &request),
        ELECTION_INVALID);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(
            service_response_read(bad[i].bytes, bad[i].size, &response),
            ELECTION_INVALID);
    assert_int_equal(service_request_read(
                         BYTES("\x12\x06\x12\x01\xff\x1a\x01\xff"), &request),
                     ELECTION_OK);
    assert_int_equal(service_response_read(piece.bytes, piece.size, &response),
                     ELECTION_OK);
    assert_span(service_text("why"), (struct service_span)SPAN("why"));
    assert_span(service_text(""), (struct service_span)SPAN(""));
}

/* ---- what is nearly sound ----------------------------------------------- */

/** Reads bytes of this very size as both. */
static void read_both(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    struct service_request request;
    struct service_response response;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_in_range(service_request_read(copy, size, &request), ELECTION_OK,
                    ELECTION_UNSUPPORTED);
    assert_in_range(service_response_read(copy, size, &response), ELECTION_OK,
                    ELECTION_UNSUPPORTED);
    free(copy);
}

static void spoil(struct service_span sound)
{
    uint8_t spoilt[128];

    assert_in_range(sound.size, 1, sizeof spoilt);
    for (size_t end = 0; end <= sound.size; end++)
        read_both(sound.bytes, end);
    for (size_t bit = 0; bit < 8 * sound.size; bit++) {
        memcpy(spoilt, sound.bytes, sound.size);
        spoilt[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_both(spoilt, sound.size);
    }
}

static void prefixes_and_flipped_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        spoil(requests[i].bytes);
    for (size_t i = 0; i < COUNT(responses); i++)
        spoil(responses[i].bytes);
}

/* ---- a Result of a node ------------------------------------------------- */

struct ids {
    uint64_t ids[8];
    size_t count;
};

static bool note_id(void *context, uint64_t session_id)
{
    struct ids *ids = context;

    ids->ids[ids->count++] = session_id;
    return true;
}

/** The registry's own decoder reads it so. */
static void assert_keep_alive(uint64_t applied, const uint64_t *lost_ids,
                              size_t lost_count)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_result result;
    struct ids ids = {.count = 0};
    struct election_registry_visitor visitor = {
        .session_id = note_id,
        .context = &ids,
    };

    assert_int_equal(
        service_keep_alive_result(applied, lost_ids, lost_count, &output),
        ELECTION_OK);
    assert_int_equal(election_registry_result_decode(output.data, output.size,
                                                     &result, &visitor),
                     ELECTION_OK);
    assert_int_equal(result.status, lost_count > 0 ? ELECTION_NO_SESSION : 0);
    assert_int_equal(result.applied, applied);
    assert_int_equal(result.lost_count, lost_count);
    assert_int_equal(ids.count, lost_count);
    if (lost_count > 0)
        assert_memory_equal(ids.ids, lost_ids, lost_count * sizeof *lost_ids);
    election_buffer_free(&output);
}

static void results_of_keep_alives(void **state)
{
    static const uint64_t lost_ids[] = {1, 127, 128, HIGH, 1, UINT64_MAX, 0};

    (void)state;
    assert_keep_alive(1, NULL, 0);
    assert_keep_alive(HIGH, NULL, 0);
    for (size_t count = 1; count <= COUNT(lost_ids); count++)
        assert_keep_alive(HIGH, lost_ids, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request),
        cmocka_unit_test(each_response),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(one_case_alone),
        cmocka_unit_test(other_cases),
        cmocka_unit_test(unknown_fields),
        cmocka_unit_test(what_is_malformed),
        cmocka_unit_test(texts),
        cmocka_unit_test(prefixes_and_flipped_bits),
        cmocka_unit_test(results_of_keep_alives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
