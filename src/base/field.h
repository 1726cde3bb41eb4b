/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One field of a message: how it is read, and how it is written.
 *
 * A field is a tag, which holds its number and its wire type, and a value. Any
 * form that Google's parser takes is read; what is written is canonical.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
#ifndef ELECTION_FIELD_H
#define ELECTION_FIELD_H

#include "election/election.h"
#include "utf8.h"

/** Wire types. */
enum {
    ELECTION__VARINT = 0,
    ELECTION__FIXED64 = 1,
    ELECTION__BYTES = 2,
    ELECTION__GROUP = 3,
    ELECTION__GROUP_END = 4,
    ELECTION__FIXED32 = 5
};

enum {
    /** Levels of messages and groups, one within the other. */
    ELECTION__DEPTH_MAX = 100,
    /**
     * Most bytes of a field within a message: Google's parser keeps 16 bytes
     * free below the largest message.
     */
    ELECTION__LENGTH_MAX = ELECTION_MESSAGE_SIZE_MAX - 16,
    /** Most bytes of a varint. */
    ELECTION__VARINT_SIZE_MAX = 10
};

/** Bytes still to be read. */
struct election__reader {
    const uint8_t *at;
    const uint8_t *end;
    size_t depth; /* levels of messages or groups that may still be entered */
};

/** One field: a number, and what its wire type holds. */
struct election__field {
    uint32_t number;
    int type;
    uint64_t varint;              /* if ELECTION__VARINT */
    uint64_t fixed64;             /* if ELECTION__FIXED64 */
    struct election__reader body; /* if ELECTION__BYTES */
};

/* ---- reading ------------------------------------------------------------ */

/**
 * Starts to read a whole message, which is borrowed; NULL only with size 0.
 * False = larger than any message may be.
 */
static inline bool election__reader_open(struct election__reader *reader,
                                         const void *bytes, size_t size)
{
    static const uint8_t nothing[1];

    if (size > ELECTION_MESSAGE_SIZE_MAX)
        return false;
    reader->at = bytes != NULL ? bytes : nothing;
    reader->end = reader->at + size;
    reader->depth = ELECTION__DEPTH_MAX;
    return true;
}

static inline bool
election__reader_at_end(const struct election__reader *reader)
{
    return reader->at == reader->end;
}

static inline bool election__field_is(const struct election__field *field,
                                      uint32_t number, int type)
{
    return field->number == number && field->type == type;
}

/** Reads a number, as in a packed field. False = malformed. */
ELECTION_API bool election__varint_read(struct election__reader *reader,
                                        uint64_t *value);

/** Reads a field of any kind, skips a group. False = malformed. */
ELECTION_API bool election__field_read_any(struct election__reader *reader,
                                           struct election__field *field);

/** The same; nearly all hold bytes, and tag and length have one byte each. */
static inline bool election__field_read(struct election__reader *reader,
                                        struct election__field *field)
{
    const uint8_t *at = reader->at;
    ptrdiff_t left = reader->end - at;

    if (left < 2 || (at[0] & 0x87) != ELECTION__BYTES || at[0] < 1 << 3 ||
        at[1] >= 0x80 || at[1] > left - 2)
        return election__field_read_any(reader, field);
    field->number = at[0] >> 3;
    field->type = ELECTION__BYTES;
    field->body.at = at + 2;
    field->body.end = at + 2 + at[1];
    field->body.depth = reader->depth - 1;
    reader->at = field->body.end;
    return true;
}

/** Takes the string out of a field that holds bytes. False = not UTF-8. */
static inline bool election__field_string(const struct election__field *field,
                                          const char **string, size_t *size)
{
    *string = (const char *)field->body.at;
    *size = (size_t)(field->body.end - field->body.at);
    return election__utf8_valid(field->body.at, *size);
}

/* ---- writing ------------------------------------------------------------ */

static inline size_t election__varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static inline uint8_t *election__varint_write(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *election__tag_write(uint8_t *at, uint32_t number,
                                           int type)
{
    *at++ = (uint8_t)(number << 3 | (uint32_t)type);
    return at;
}

/** Size of a field with a number that is left out if it is 0. */
static inline size_t election__number_size(uint64_t value)
{
    return value == 0 ? 0 : 1 + election__varint_size(value);
}

static inline uint8_t *election__number_write(uint8_t *at, uint32_t number,
                                              uint64_t value)
{
    if (value == 0)
        return at;
    return election__varint_write(
        election__tag_write(at, number, ELECTION__VARINT), value);
}

/** Without a loop, so that compilers see one load of eight bytes. */
static inline uint64_t election__fixed64_at(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
           (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 |
           (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

/** Size of a field of so many bytes. */
static inline size_t election__bytes_size(size_t size)
{
    return 1 + election__varint_size(size) + size;
}

static inline uint8_t *election__bytes_open(uint8_t *at, uint32_t number,
                                            size_t size)
{
    return election__varint_write(
        election__tag_write(at, number, ELECTION__BYTES), size);
}

#endif
