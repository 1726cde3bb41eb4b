/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and Responses by their tables: each is an id and one case, and a
 * case is a message as it is, or has parts. What a client knows of the registry
 * is not looked at here.
 */
#include "service.h"

#include <string.h>

#include "base/buffer.h"
#include "base/field.h"

/** What a part of a case is. */
enum part_type { NUMBER, FLAG, BYTES, TEXT };

struct part {
    uint8_t number;
    uint8_t type;
    uint16_t at; /* where it is in the struct */
};

enum { PARTS_MAX = 8 };

struct shape {
    uint32_t kind;
    bool is_whole; /* the message is its body, and it has no parts */
    struct part parts[PARTS_MAX]; /* up to number 0 */
};

/** How a struct is written. */
struct form {
    const struct shape *shapes;
    size_t count;
    size_t size;    /* of the struct */
    size_t kind_at; /* where they are in the struct */
    size_t message_at;
};

#define ASKED(member) offsetof(struct service_request, member)

static const struct shape request_shapes[] = {
    {SERVICE_HELLO,
     false,
     {{1, NUMBER, ASKED(version)},
      {2, BYTES, ASKED(token)},
      {3, BYTES, ASKED(client_id)}}},
    {SERVICE_COMMAND, true, {{0}}},
    {SERVICE_READ,
     false,
     {{1, BYTES, ASKED(message)}, {2, FLAG, ASKED(is_local)}}},
    {SERVICE_WATCH,
     false,
     {{1, TEXT, ASKED(election)},
      {2, NUMBER, ASKED(after)},
      {3, FLAG, ASKED(with_candidates)}}},
    {SERVICE_UNWATCH, false, {{1, NUMBER, ASKED(watch_id)}}},
    {SERVICE_GET_SNAPSHOT, false, {{0}}},
    {SERVICE_GET_NODE, false, {{0}}},
    {SERVICE_CHANGE_MEMBER,
     false,
     {{1, NUMBER, ASKED(change)},
      {2, NUMBER, ASKED(node_id)},
      {3, TEXT, ASKED(address)}}},
    {SERVICE_GET_MEMBERS, false, {{0}}},
};

static const struct form request_form = {
    request_shapes,
    sizeof request_shapes / sizeof *request_shapes,
    sizeof(struct service_request),
    ASKED(kind),
    ASKED(message),
};

#define TOLD(member) offsetof(struct service_response, member)

static const struct shape response_shapes[] = {
    {SERVICE_WELCOME,
     false,
     {{1, NUMBER, TOLD(version)},
      {2, NUMBER, TOLD(node_id)},
      {3, FLAG, TOLD(is_leader)},
      {4, NUMBER, TOLD(registry_version)}}},
    {SERVICE_RESULT, true, {{0}}},
    {SERVICE_ANSWER, true, {{0}}},
    {SERVICE_EVENT, true, {{0}}},
    {SERVICE_WATCHING, false, {{1, FLAG, TOLD(has_ended)}}},
    {SERVICE_NOT_LEADER, false, {{1, TEXT, TOLD(text)}}},
    {SERVICE_UNAVAILABLE, false, {{1, TEXT, TOLD(text)}}},
    {SERVICE_REFUSED, false, {{1, TEXT, TOLD(text)}}},
    {SERVICE_PIECE,
     false,
     {{1, NUMBER, TOLD(offset)},
      {2, BYTES, TOLD(message)},
      {3, NUMBER, TOLD(size)}}},
    {SERVICE_NODE,
     false,
     {{1, NUMBER, TOLD(node_id)},
      {2, FLAG, TOLD(is_leader)},
      {3, TEXT, TOLD(text)},
      {4, NUMBER, TOLD(raft_term)},
      {5, NUMBER, TOLD(last_index)},
      {6, NUMBER, TOLD(applied)},
      {7, TEXT, TOLD(release)},
      {8, NUMBER, TOLD(connections)}}},
    {SERVICE_MEMBER,
     false,
     {{1, NUMBER, TOLD(node_id)},
      {2, TEXT, TOLD(text)},
      {3, NUMBER, TOLD(role)},
      {4, FLAG, TOLD(is_leader)},
      {5, FLAG, TOLD(is_last)}}},
    {SERVICE_CHANGED, false, {{0}}},
};

static const struct form response_form = {
    response_shapes,
    sizeof response_shapes / sizeof *response_shapes,
    sizeof(struct service_response),
    TOLD(kind),
    TOLD(message),
};

/* Both begin with the id, and end their parts well within 16 bits. */
_Static_assert(ASKED(id) == 0 && TOLD(id) == 0, "the id comes first");
_Static_assert(sizeof(struct service_response) < UINT16_MAX, "offsets fit");
_Static_assert(sizeof(enum service_request_kind) == sizeof(uint32_t) &&
                   sizeof(enum service_response_kind) == sizeof(uint32_t),
               "kinds are copied so");

static const struct shape *find_shape(const struct form *form, uint32_t kind)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->shapes[i].kind == kind)
            return &form->shapes[i];
    return NULL;
}

static const struct part *find_part(const struct shape *shape, uint32_t number)
{
    const struct part *part = shape->parts;

    for (; part < shape->parts + PARTS_MAX && part->number != 0; part++)
        if (part->number == number)
            return part;
    return NULL;
}

struct service_span service_text(const char *text)
{
    return (struct service_span){(const uint8_t *)text, strlen(text)};
}

/* ---- reading ------------------------------------------------------------ */

static struct service_span span_of(const struct election__field *field)
{
    size_t size = (size_t)(field->body.end - field->body.at);

    return (struct service_span){field->body.at, size};
}

/** Takes the value of a part. False = malformed. */
static bool take_part(const struct part *part,
                      const struct election__field *field, uint8_t *to)
{
    struct service_span span;
    bool flag;

    switch ((enum part_type)part->type) {
    case NUMBER:
        memcpy(to, &field->varint, sizeof field->varint);
        return true;
    case FLAG:
        flag = field->varint != 0;
        memcpy(to, &flag, sizeof flag);
        return true;
    case BYTES:
    case TEXT:
        span = span_of(field);
        memcpy(to, &span, sizeof span);
        return part->type == BYTES ||
               election__utf8_valid(span.bytes, span.size);
    }
    return false;
}

static int wire_type(const struct part *part)
{
    if (part->type == NUMBER || part->type == FLAG)
        return ELECTION__VARINT;
    return ELECTION__BYTES;
}

/** Reads the parts of a case. False = malformed. */
static bool read_parts(const struct shape *shape, struct election__reader body,
                       uint8_t *message)
{
    struct election__field field;

    while (!election__reader_at_end(&body)) {
        const struct part *part;

        if (!election__field_read(&body, &field))
            return false;
        part = find_part(shape, field.number);
        if (part != NULL && field.type == wire_type(part) &&
            !take_part(part, &field, message + part->at))
            return false;
    }
    return true;
}

/** Reads a case that the form knows. False = malformed. */
static bool read_case(const struct form *form, const struct shape *shape,
                      const struct election__field *field, uint8_t *message)
{
    struct service_span whole = span_of(field);

    memcpy(message + form->kind_at, &shape->kind, sizeof shape->kind);
    if (!shape->is_whole)
        return read_parts(shape, field->body, message);
    memcpy(message + form->message_at, &whole, sizeof whole);
    return true;
}

static enum election_status read_message(const struct form *form,
                                         const uint8_t *bytes, size_t size,
                                         uint8_t *message)
{
    struct election__reader reader;
    struct election__field field;
    bool has_case = false;

    memset(message, 0, form->size);
    if (!election__reader_open(&reader, bytes, size))
        return ELECTION_INVALID;
    while (!election__reader_at_end(&reader)) {
        const struct shape *shape;

        if (!election__field_read(&reader, &field))
            return ELECTION_INVALID;
        shape = find_shape(form, field.number);
        if (election__field_is(&field, 1, ELECTION__VARINT))
            memcpy(message, &field.varint, sizeof field.varint);
        if (shape == NULL || field.type != ELECTION__BYTES)
            continue;
        if (has_case || !read_case(form, shape, &field, message))
            return ELECTION_INVALID;
        has_case = true;
    }
    return has_case ? ELECTION_OK : ELECTION_UNSUPPORTED;
}

enum election_status service_request_read(const uint8_t *bytes, size_t size,
                                          struct service_request *request)
{
    return read_message(&request_form, bytes, size, (uint8_t *)request);
}

enum election_status service_response_read(const uint8_t *bytes, size_t size,
                                           struct service_response *response)
{
    return read_message(&response_form, bytes, size, (uint8_t *)response);
}

/* ---- writing ------------------------------------------------------------ */

/** The value of a part; of a number or a flag, `number`. */
struct value {
    uint64_t number;
    struct service_span span;
};

static struct value value_of(const struct part *part, const uint8_t *message)
{
    struct value value = {0};
    bool flag;

    switch ((enum part_type)part->type) {
    case NUMBER:
        memcpy(&value.number, message + part->at, sizeof value.number);
        break;
    case FLAG:
        memcpy(&flag, message + part->at, sizeof flag);
        value.number = flag;
        break;
    case BYTES:
    case TEXT:
        memcpy(&value.span, message + part->at, sizeof value.span);
        break;
    }
    return value;
}

/** A message that is there is written even if it is empty. */
static bool is_written(const struct value *value)
{
    return value->span.bytes != NULL;
}

static size_t parts_size(const struct shape *shape, const uint8_t *message)
{
    size_t size = 0;

    for (const struct part *part = shape->parts;
         part < shape->parts + PARTS_MAX && part->number != 0; part++) {
        struct value value = value_of(part, message);

        size += election__number_size(value.number);
        if (is_written(&value))
            size += election__bytes_size(value.span.size);
    }
    return size;
}

static uint8_t *write_span(uint8_t *at, uint32_t number,
                           const struct service_span *span)
{
    at = election__bytes_open(at, number, span->size);
    if (span->size > 0)
        memcpy(at, span->bytes, span->size);
    return at + span->size;
}

static uint8_t *write_parts(uint8_t *at, const struct shape *shape,
                            const uint8_t *message)
{
    for (const struct part *part = shape->parts;
         part < shape->parts + PARTS_MAX && part->number != 0; part++) {
        struct value value = value_of(part, message);

        at = election__number_write(at, part->number, value.number);
        if (is_written(&value))
            at = write_span(at, part->number, &value.span);
    }
    return at;
}

static uint8_t *write_head(uint8_t *at, size_t size)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(size >> shift);
    return at;
}

static enum election_status write_message(const struct form *form,
                                          const uint8_t *message,
                                          struct election_buffer *output)
{
    const struct shape *shape;
    struct service_span whole;
    uint32_t kind;
    uint64_t id;
    size_t body_size, size;
    uint8_t *at;

    memcpy(&id, message, sizeof id);
    memcpy(&kind, message + form->kind_at, sizeof kind);
    memcpy(&whole, message + form->message_at, sizeof whole);
    shape = find_shape(form, kind);
    if (shape == NULL)
        return ELECTION_MISUSE;
    body_size = shape->is_whole ? whole.size : parts_size(shape, message);
    if (body_size > SERVICE_MESSAGE_SIZE_MAX)
        return ELECTION_FULL;
    size = election__number_size(id) + election__bytes_size(body_size);
    if (size > SERVICE_MESSAGE_SIZE_MAX)
        return ELECTION_FULL;
    at = election__buffer_place(output, &election__allocator_default, 0,
                                SERVICE_HEAD_SIZE + size);
    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__number_write(write_head(at, size), 1, id);
    if (shape->is_whole)
        (void)write_span(at, kind, &whole);
    else
        (void)write_parts(election__bytes_open(at, kind, body_size), shape,
                          message);
    output->size = SERVICE_HEAD_SIZE + size;
    return ELECTION_OK;
}

enum election_status
service_request_write(const struct service_request *request,
                      struct election_buffer *output)
{
    return write_message(&request_form, (const uint8_t *)request, output);
}

enum election_status
service_response_write(const struct service_response *response,
                       struct election_buffer *output)
{
    return write_message(&response_form, (const uint8_t *)response, output);
}
