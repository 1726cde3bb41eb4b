/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A slotted page: the records of some neighbouring candidates, side by side.
 *
 *     previous <- | used, count, capacity | -> next
 *                 +-----------------------+
 *         payload | 12 5 alice 12 3 bob 12| records, in order of succession,
 *                 | 5 carol               | without gaps: ready to be copied
 *                 |        ...            | into a Term
 *                 |                       |
 *                 |    (2,12)(7,7)(4,0)   | slots (id, offset), from the end
 *                 +-----------------------+
 *
 * Slot i, counted from the end, tells whose record is the i-th and where it
 * starts. Records and slots grow towards each other; the page is full where
 * they meet. What a page costs does not depend on how many others there are.
 */
#ifndef ELECTION_PAGE_H
#define ELECTION_PAGE_H

#include "base/checks.h"

#include "record.h"

enum {
    /**
     * Bytes of a whole page. The first starts small and doubles, others are
     * made of full size. The smallest has room for four names of 18 bytes. The
     * largest is no power of two, or else all pages that are half full would
     * use the same half of the cache.
     */
    ELECTION__PAGE_SIZE_MIN = 120,
    ELECTION__PAGE_SIZE_MAX = 2160,
    /** Bytes of a slot. */
    ELECTION__SLOT_SIZE = 4,
    /** Most records of a page, if all are of the smallest size. */
    ELECTION__PAGE_COUNT_MAX = ELECTION__PAGE_SIZE_MAX /
                               (ELECTION__RECORD_SIZE_MIN + ELECTION__SLOT_SIZE)
};

_Static_assert(ELECTION__PAGE_SIZE_MAX <= UINT16_MAX, "offsets have 16 bits");

struct election__slot {
    uint16_t id;     /* of the candidate in the roll */
    uint16_t offset; /* of its record in the payload, bytes */
};

_Static_assert(sizeof(struct election__slot) == ELECTION__SLOT_SIZE,
               "a slot has no padding");

struct election__page {
    struct election__page *previous;
    struct election__page *next;
    uint16_t capacity; /* bytes of payload */
    uint16_t used;     /* bytes of records */
    uint16_t count;    /* records, and slots */
    uint8_t payload[];
};

_Static_assert(ELECTION__PAGE_SIZE_MIN % _Alignof(struct election__slot) == 0 &&
                   ELECTION__PAGE_SIZE_MAX % _Alignof(struct election__slot) ==
                       0,
               "slots are aligned at the end of a page");

/** Where a record stands; good until the next edit. */
struct election__place {
    struct election__page *page;
    size_t position;
};

/** Bytes of payload in a page of `size` bytes. */
static inline size_t election__page_capacity(size_t size)
{
    return size - offsetof(struct election__page, payload);
}

static inline struct election__slot *
election__page_slot(const struct election__page *page, size_t position)
{
    const void *end = page->payload + page->capacity;

    return (struct election__slot *)end - 1 - position;
}

/** Bytes that records and slots take. */
static inline size_t election__page_load(const struct election__page *page)
{
    return page->used + page->count * sizeof(struct election__slot);
}

/** Bytes that a record of this size takes with its slot. */
static inline size_t election__page_need(size_t record_size)
{
    return record_size + sizeof(struct election__slot);
}

static inline bool election__page_fits(const struct election__page *page,
                                       size_t record_size)
{
    return election__page_load(page) + election__page_need(record_size) <=
           page->capacity;
}

/** Returns where a record starts in the payload; behind the last: its end. */
static inline size_t election__page_offset(const struct election__page *page,
                                           size_t position)
{
    if (position == page->count)
        return page->used;
    return election__page_slot(page, position)->offset;
}

static inline const uint8_t *
election__page_record(const struct election__page *page, size_t position)
{
    return page->payload + election__page_slot(page, position)->offset;
}

/** Returns the size of a record in bytes. */
static inline size_t
election__page_record_size(const struct election__page *page, size_t position)
{
    return election__page_offset(page, position + 1) -
           election__page_slot(page, position)->offset;
}

/** Returns the position of a candidate, who must be in the page. */
static inline size_t election__page_position(const struct election__page *page,
                                             uint16_t id)
{
    size_t position = 0;

    while (election__page_slot(page, position)->id != id) {
        position++;
        assert(position < page->count);
    }
    return position;
}

/** Makes room for a record behind all others and returns where to write it. */
static inline uint8_t *election__page_push(struct election__page *page,
                                           uint16_t id, size_t record_size)
{
    uint8_t *record = page->payload + page->used;

    assert(election__page_fits(page, record_size));
    *election__page_slot(page, page->count) =
        (struct election__slot){id, page->used};
    page->used = (uint16_t)(page->used + record_size);
    page->count++;
    return record;
}

/**
 * Opens a gap for a record before the one at `position` and returns where to
 * write it. It must fit.
 */
uint8_t *election__page_open(struct election__page *page, size_t position,
                             uint16_t id, size_t record_size);

/** Closes the gap that the record at `position` leaves. */
void election__page_close(struct election__page *page, size_t position);

/** Lets the records at `position` and `position` + 1 change places. */
void election__page_swap(struct election__page *page, size_t position);

/** Moves the first `count` records of another page, which must fit, behind. */
void election__page_take(struct election__page *to, struct election__page *from,
                         size_t count);

#endif
