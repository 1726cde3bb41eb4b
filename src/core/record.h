/* SPDX-License-Identifier: Apache-2.0 */
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

#include <string.h>

#include "base/field.h"
#include "election/election.h"
#include "fsm.h"

enum {
    /** Smallest and largest record: tag, size in one or two bytes, name. */
    ELECTION__RECORD_SIZE_MIN = 1 + 1 + 1,
    ELECTION__RECORD_SIZE_MAX = 1 + 2 + ELECTION_NAME_SIZE_MAX
};

_Static_assert(ELECTION_NAME_SIZE_MAX >= 1 << 7 &&
                   ELECTION_NAME_SIZE_MAX < 1 << 14,
               "the size of the longest name is a varint of two bytes");

static inline size_t election__record_size(size_t name_size)
{
    return election__bytes_size(name_size);
}

static inline void election__record_write(uint8_t *record, const char *name,
                                          size_t name_size)
{
    record = election__bytes_open(record, ELECTION__TERM_CANDIDATES, name_size);
    memcpy(record, name, name_size);
}

/** Makes the copy of a record the leader's: its field is another one. */
static inline void election__record_crown(uint8_t *record)
{
    (void)election__tag_write(record, ELECTION__TERM_LEADER, ELECTION__BYTES);
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

/** Returns where the name of a record stands, and its size. */
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
