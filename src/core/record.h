/**
 * A candidate's record: its name as it stands in an encoded Term.
 *
 *     12 LENGTH NAME
 *
 * that is the tag of Term.candidates, the size of the name as a varint of one
 * or two bytes, the name. It never changes while the candidate is in the
 * election, so records are kept as they will be sent.
 */
#ifndef ELECTION_RECORD_H
#define ELECTION_RECORD_H

#include "election/election.h"

#include <string.h>

enum {
    ELECTION__TAG_TERM_LEADER = 1 << 3 | 2,
    ELECTION__TAG_TERM_CANDIDATE = 2 << 3 | 2,
    /** Largest record: tag, size in two bytes, name. */
    ELECTION__RECORD_SIZE_MAX = 1 + 2 + ELECTION_NAME_SIZE_MAX
};

static inline size_t election__record_size(size_t name_size)
{
    return (name_size < 0x80 ? 2 : 3) + name_size;
}

static inline void election__record_write(uint8_t *record, const char *name,
                                          size_t name_size)
{
    *record++ = ELECTION__TAG_TERM_CANDIDATE;
    if (name_size < 0x80) {
        *record++ = (uint8_t)name_size;
    } else {
        *record++ = (uint8_t)(name_size | 0x80);
        *record++ = (uint8_t)(name_size >> 7);
    }
    memcpy(record, name, name_size);
}

/** Copies a record; most are as long as two pieces that may overlap. */
static inline void election__record_copy(uint8_t *to, const uint8_t *record,
                                         size_t size)
{
    if (size < 16 || size > 32) {
        memcpy(to, record, size);
        return;
    }
    memcpy(to, record, 16);
    memcpy(to + size - 16, record + size - 16, 16);
}

/** Tells where the name of a record stands, and its size. */
static inline const char *election__record_name(const uint8_t *record,
                                                size_t *name_size)
{
    if (record[1] < 0x80) {
        *name_size = record[1];
        return (const char *)record + 2;
    }
    *name_size = (size_t)(record[1] & 0x7f) | (size_t)record[2] << 7;
    return (const char *)record + 3;
}

#endif
