/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The naive registry's decoder. It knows protobuf from the page "The wire" of
 * proto/SEMANTICS.md, and reads one field after another.
 */
#include "registry_model_parts.h"

#include <stdlib.h>
#include <string.h>

/** What is left of a message. */
struct reader {
    const uint8_t *data;
    size_t size;
    unsigned depth; /* how many levels more there may be */
    bool is_bad;
};

/** One field. Of a group, which no message here has, only the number counts. */
struct field {
    uint32_t number;
    unsigned wire;
    uint64_t value;
    struct registry_model_span bytes;
};

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, GROUP = 3, GROUP_END = 4 };
enum { FIXED32 = 5, DEPTH_MAX = 100 };

/** Takes some bytes from the front. */
static struct registry_model_span take(struct reader *reader, uint64_t size)
{
    struct registry_model_span taken = {reader->data, (size_t)size};

    if (size > reader->size) {
        reader->is_bad = true;
        return (struct registry_model_span){NULL, 0};
    }
    if (size > 0) {
        reader->data += size;
        reader->size -= (size_t)size;
    }
    return taken;
}

/** Reads a varint of at most so many bytes; bits above 64 are lost. */
static uint64_t read_varint(struct reader *reader, unsigned size_max)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size_max; i++) {
        struct registry_model_span byte = take(reader, 1);

        if (reader->is_bad)
            return 0;
        value |= (uint64_t)(byte.data[0] % 128) << 7 * i;
        if (byte.data[0] < 128)
            return value;
    }
    reader->is_bad = true;
    return 0;
}

/** Reads a number of so many bytes, little end first. */
static uint64_t read_fixed(struct reader *reader, unsigned size)
{
    struct registry_model_span bytes = take(reader, size);
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes.size; i++)
        value |= (uint64_t)bytes.data[i] << 8 * i;
    return value;
}

static void skip_group(struct reader *reader, uint32_t number);

/** Reads what follows a tag. */
static void read_value(struct reader *reader, struct field *field)
{
    uint64_t size;

    if (field->wire == VARINT) {
        field->value = read_varint(reader, 10);
    } else if (field->wire == FIXED64) {
        field->value = read_fixed(reader, 8);
    } else if (field->wire == FIXED32) {
        field->value = read_fixed(reader, 4);
    } else if (field->wire == BYTES) {
        size = read_varint(reader, 5);
        if (size > (uint64_t)INT32_MAX - 16)
            reader->is_bad = true;
        else
            field->bytes = take(reader, size);
    } else if (field->wire == GROUP) {
        skip_group(reader, field->number);
    } else {
        reader->is_bad = true;
    }
}

static void read_tag(struct reader *reader, struct field *field)
{
    uint32_t tag = (uint32_t)read_varint(reader, 5);

    *field = (struct field){.number = tag / 8, .wire = tag % 8};
    if (field->number == 0)
        reader->is_bad = true;
}

/** Skips to the end of a group, which must have the same number. */
static void skip_group(struct reader *reader, uint32_t number)
{
    struct field field;

    if (reader->depth == 0) {
        reader->is_bad = true;
        return;
    }
    reader->depth--;
    for (;;) {
        read_tag(reader, &field);
        if (reader->is_bad || field.wire == GROUP_END)
            break;
        read_value(reader, &field);
    }
    reader->depth++;
    if (field.number != number)
        reader->is_bad = true;
}

/** Reads the next field. False at the end, and if it is bad. */
static bool read_field(struct reader *reader, struct field *field)
{
    if (reader->is_bad || reader->size == 0)
        return false;
    read_tag(reader, field);
    if (!reader->is_bad)
        read_value(reader, field);
    return !reader->is_bad;
}

/** Begins to read a message that is a field of another one. */
static struct reader inside(struct reader *outer, const struct field *field)
{
    struct reader reader = {field->bytes.data, field->bytes.size, outer->depth,
                            false};

    if (reader.depth == 0)
        reader.is_bad = true;
    else
        reader.depth--;
    return reader;
}

static bool is_field(const struct field *field, unsigned number, unsigned wire)
{
    return field->number == number && field->wire == wire;
}

static struct registry_model_span text(struct reader *reader,
                                       const struct field *field)
{
    if (!model_is_utf8(field->bytes.data, field->bytes.size))
        reader->is_bad = true;
    return field->bytes;
}

/* ---- the messages of a Command ------------------------------------------ */

static bool read_open_session(struct reader reader,
                              struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field)) {
        if (is_field(&field, 1, BYTES))
            command->client_id = field.bytes;
        else if (is_field(&field, 2, VARINT))
            command->incarnation = field.value;
        else if (is_field(&field, 3, FIXED64))
            command->nonce = field.value;
        else if (is_field(&field, 4, VARINT))
            command->timeout_ms = field.value;
        else if (is_field(&field, 5, BYTES))
            command->data = field.bytes;
    }
    return !reader.is_bad;
}

static void add_id(struct registry_model_command *command, uint64_t id)
{
    uint64_t *added = registry_model__add(&command->session_ids, sizeof id);

    *added = id;
}

/** Numbers one behind the other, without tags. */
static bool read_packed(struct reader reader,
                        struct registry_model_command *command)
{
    while (reader.size > 0 && !reader.is_bad) {
        uint64_t id = read_varint(&reader, 10);

        if (!reader.is_bad)
            add_id(command, id);
    }
    return !reader.is_bad;
}

static bool read_keep_alive(struct reader reader,
                            struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field)) {
        struct reader packed = {field.bytes.data, field.bytes.size, 0, false};

        if (is_field(&field, 1, VARINT))
            add_id(command, field.value);
        else if (is_field(&field, 1, BYTES))
            reader.is_bad = !read_packed(packed, command);
    }
    return !reader.is_bad;
}

/** An EnterInput or one of its like: at most one field counts. */
static bool read_operation(struct reader reader, unsigned name_field,
                           struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field))
        if (is_field(&field, name_field, BYTES))
            command->candidate = text(&reader, &field);
    return !reader.is_bad;
}

/** Which field of each operation has the name; the reads have none. */
static const unsigned name_fields[] = {0, 1, 1, 1, 2, 1, 0, 0, 2};

static bool read_input(struct reader reader,
                       struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field)) {
        if (field.number > 8 || field.wire != BYTES)
            continue;
        /* The same case merges, another one takes its place. */
        if (command->op != field.number)
            command->candidate = (struct registry_model_span){NULL, 0};
        command->op = field.number;
        if (!read_operation(inside(&reader, &field), name_fields[field.number],
                            command))
            reader.is_bad = true;
    }
    return !reader.is_bad;
}

static bool read_propose(struct reader reader,
                         struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field)) {
        if (is_field(&field, 1, VARINT))
            command->session_id = field.value;
        else if (is_field(&field, 2, VARINT))
            command->sequence = field.value;
        else if (is_field(&field, 3, BYTES))
            command->election = text(&reader, &field);
        else if (is_field(&field, 4, BYTES))
            reader.is_bad = !read_input(inside(&reader, &field), command);
        else if (is_field(&field, 5, VARINT))
            command->if_index = field.value;
        else if (is_field(&field, 6, VARINT))
            command->if_vacant = field.value != 0;
        else if (is_field(&field, 7, VARINT))
            command->with_output = field.value != 0;
    }
    return !reader.is_bad;
}

static bool read_tick(struct reader reader,
                      struct registry_model_command *command)
{
    struct field field;

    while (read_field(&reader, &field)) {
        if (is_field(&field, 1, VARINT))
            command->takes_office = field.value != 0;
        else if (is_field(&field, 2, VARINT))
            command->applied = field.value;
        else if (is_field(&field, 3, FIXED64))
            command->log_digest = field.value;
    }
    return !reader.is_bad;
}

/** CloseSession, Upgrade and Recover have one number each. */
static bool read_one_number(struct reader reader, uint64_t *number)
{
    struct field field;

    while (read_field(&reader, &field))
        if (is_field(&field, 1, VARINT))
            *number = field.value;
    return !reader.is_bad;
}

static bool read_case(struct reader reader,
                      struct registry_model_command *command)
{
    uint64_t version = command->version;
    bool is_sound;

    switch (command->kind) {
    case 3:
        return read_open_session(reader, command);
    case 4:
        return read_keep_alive(reader, command);
    case 5:
        return read_one_number(reader, &command->session_id);
    case 6:
        return read_propose(reader, command);
    case 7:
        return read_tick(reader, command);
    case 8:
        is_sound = read_one_number(reader, &version);
        /* A 32-bit number loses what is above. */
        command->version = (uint32_t)version;
        return is_sound;
    default:
        return read_one_number(reader, &command->lost_entries);
    }
}

/** Another case of the oneof is set: nothing of the old one stays. */
static void change_case(struct registry_model_command *command, unsigned kind)
{
    uint64_t epoch = command->epoch;
    uint64_t time_ms = command->time_ms;

    if (command->kind == kind)
        return;
    registry_model__free_command(command);
    memset(command, 0, sizeof *command);
    command->kind = kind;
    command->epoch = epoch;
    command->time_ms = time_ms;
}

bool registry_model__read_command(const void *bytes, size_t size,
                                  struct registry_model_command *command)
{
    struct reader reader = {bytes, size, DEPTH_MAX, size > INT32_MAX};
    struct field field;

    memset(command, 0, sizeof *command);
    while (read_field(&reader, &field)) {
        if (is_field(&field, 1, VARINT))
            command->epoch = field.value;
        if (is_field(&field, 2, VARINT))
            command->time_ms = field.value;
        if (field.wire != BYTES || field.number < 3 || field.number > 9)
            continue;
        change_case(command, field.number);
        if (!read_case(inside(&reader, &field), command))
            reader.is_bad = true;
    }
    return !reader.is_bad;
}

void registry_model__free_command(struct registry_model_command *command)
{
    free(command->session_ids.items);
    memset(&command->session_ids, 0, sizeof command->session_ids);
}

/* ---- queries ------------------------------------------------------------- */

static bool read_question(struct reader reader,
                          struct registry_model_query *query)
{
    struct field field;

    while (read_field(&reader, &field)) {
        if (query->kind == 1 && is_field(&field, 1, BYTES))
            query->election = text(&reader, &field);
        if (query->kind != 2 && query->kind != 3)
            continue;
        if (is_field(&field, 1, VARINT))
            query->after = field.value;
        if (is_field(&field, 2, VARINT))
            query->limit = (uint32_t)field.value;
    }
    return !reader.is_bad;
}

bool registry_model__read_query(const void *bytes, size_t size,
                                struct registry_model_query *query)
{
    struct reader reader = {bytes, size, DEPTH_MAX, size > INT32_MAX};
    struct field field;

    memset(query, 0, sizeof *query);
    while (read_field(&reader, &field)) {
        if (field.wire != BYTES || field.number > 4)
            continue;
        if (query->kind != field.number)
            memset(query, 0, sizeof *query);
        query->kind = field.number;
        if (!read_question(inside(&reader, &field), query))
            reader.is_bad = true;
    }
    return !reader.is_bad;
}
