/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

enum {
    TAG_SIZE_MAX = 5,
    LENGTH_SIZE_MAX = 5,
};

/**
 * Reads a varint of at most `size_max` bytes; what is above 64 bits is lost.
 * Returns its end, or NULL.
 */
static const uint8_t *read_long_varint(const uint8_t *at, const uint8_t *end,
                                       int size_max, uint64_t *value)
{
    uint64_t result = 0;

    if (end - at > size_max)
        end = at + size_max;
    for (int shift = 0; at < end; shift += 7) {
        uint8_t byte = *at++;

        result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = result;
            return at;
        }
    }
    return NULL;
}

/** The same; nearly all have one byte. */
static inline bool read_varint(struct election__reader *reader, int size_max,
                               uint64_t *value)
{
    const uint8_t *end;

    if (reader->at < reader->end && *reader->at < 0x80) {
        *value = *reader->at++;
        return true;
    }
    end = read_long_varint(reader->at, reader->end, size_max, value);
    if (end == NULL)
        return false;
    reader->at = end;
    return true;
}

bool election__varint_read(struct election__reader *reader, uint64_t *value)
{
    return read_varint(reader, ELECTION__VARINT_SIZE_MAX, value);
}

/** Reads a tag: what is above 32 bits is lost, and field 0 does not exist. */
static bool read_tag(struct election__reader *reader,
                     struct election__field *field)
{
    uint64_t value;

    if (!read_varint(reader, TAG_SIZE_MAX, &value))
        return false;
    field->number = (uint32_t)value >> 3;
    field->type = (int)(value & 7);
    return field->number != 0;
}

static bool skip(struct election__reader *reader, uint64_t size)
{
    if (size > (uint64_t)(reader->end - reader->at))
        return false;
    reader->at += size;
    return true;
}

static bool read_body(struct election__reader *reader,
                      struct election__reader *body)
{
    uint64_t size;

    if (!read_varint(reader, LENGTH_SIZE_MAX, &size) ||
        size > ELECTION__LENGTH_MAX)
        return false;
    body->at = reader->at;
    if (!skip(reader, size))
        return false;
    body->end = reader->at;
    body->depth = reader->depth - 1;
    return true;
}

static bool read_fixed64(struct election__reader *reader, uint64_t *value)
{
    const uint8_t *at = reader->at;

    if (!skip(reader, 8))
        return false;
    *value = election__fixed64_at(at);
    return true;
}

static bool read_value(struct election__reader *reader,
                       struct election__field *field)
{
    switch (field->type) {
    case ELECTION__VARINT:
        return read_varint(reader, ELECTION__VARINT_SIZE_MAX, &field->varint);
    case ELECTION__FIXED64:
        return read_fixed64(reader, &field->fixed64);
    case ELECTION__BYTES:
        return read_body(reader, &field->body);
    case ELECTION__FIXED32:
        return skip(reader, 4);
    default: /* the end of a group that did not start, or no type at all */
        return false;
    }
}

/**
 * Skips to the end of the group that starts with the field `number`. Returns
 * its end, or NULL.
 */
static const uint8_t *skip_group(struct election__reader reader,
                                 uint32_t number)
{
    struct election__field field = {.number = number, .type = ELECTION__GROUP};
    uint32_t
        open[ELECTION__DEPTH_MAX]; /* numbers of the groups that are open */
    size_t count = 0;

    do {
        if (field.type == ELECTION__GROUP) {
            if (count == reader.depth)
                return NULL;
            open[count++] = field.number;
        } else if (field.type == ELECTION__GROUP_END) {
            if (open[--count] != field.number)
                return NULL;
        } else if (!read_value(&reader, &field)) {
            return NULL;
        }
    } while (count > 0 && read_tag(&reader, &field));
    return count == 0 ? reader.at : NULL;
}

bool election__field_read_any(struct election__reader *reader,
                              struct election__field *field)
{
    const uint8_t *end;

    if (!read_tag(reader, field))
        return false;
    if (field->type != ELECTION__GROUP)
        return read_value(reader, field);
    end = skip_group(*reader, field->number);
    if (end == NULL)
        return false;
    reader->at = end;
    return true;
}
