/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include "base/checks.h"

/** Two slots, moved at once as one word. */
struct pair {
    struct election__slot slots[2];
};

_Static_assert(sizeof(struct pair) == sizeof(uint64_t), "a pair is a word");

static inline void move_pair(struct election__slot *to,
                             const struct election__slot *from, uint64_t steps)
{
    uint64_t word;

    memcpy(&word, from, sizeof word);
    word += steps;
    memcpy(to, &word, sizeof word);
}

/**
 * Moves the slots from position `from` on by so many positions, and adds
 * `distance` to their offsets. No offset leaves the page, so in a word none
 * carries into the id beside it.
 */
static inline void shift_slots(struct election__page *page, size_t from,
                               ptrdiff_t positions, ptrdiff_t distance)
{
    static const struct pair ones = {{{0, 1}, {0, 1}}};
    size_t count = page->count - from;
    struct election__slot *old = election__page_slot(page, from) + 1 - count;
    struct election__slot *new = old - positions;
    size_t pairs_end = count & ~(size_t)1;
    uint64_t steps;

    memcpy(&steps, &ones, sizeof steps);
    steps *= (uint64_t)distance;
    /* They overlap: those in the way go first. */
    if (positions > 0)
        for (size_t i = 0; i < pairs_end; i += 2)
            move_pair(new + i, old + i, steps);
    if (count > pairs_end)
        new[pairs_end] = (struct election__slot){
            old[pairs_end].id, (uint16_t)(old[pairs_end].offset + distance)};
    if (positions < 0)
        for (size_t i = pairs_end; i > 0; i -= 2)
            move_pair(new + i - 2, old + i - 2, steps);
}

uint8_t *election__page_open(struct election__page *page, size_t position,
                             uint16_t id, size_t record_size)
{
    size_t offset = election__page_offset(page, position);
    uint8_t *record = page->payload + offset;

    assert(position <= page->count);
    assert(election__page_fits(page, record_size));
    memmove(record + record_size, record, page->used - offset);
    shift_slots(page, position, 1, (ptrdiff_t)record_size);
    *election__page_slot(page, position) =
        (struct election__slot){id, (uint16_t)offset};
    page->used = (uint16_t)(page->used + record_size);
    page->count++;
    return record;
}

void election__page_close(struct election__page *page, size_t position)
{
    size_t offset = election__page_offset(page, position);
    size_t record_size = election__page_record_size(page, position);
    uint8_t *record = page->payload + offset;

    memmove(record, record + record_size, page->used - offset - record_size);
    shift_slots(page, position + 1, -1, -(ptrdiff_t)record_size);
    page->used = (uint16_t)(page->used - record_size);
    page->count--;
}

void election__page_swap(struct election__page *page, size_t position)
{
    struct election__slot *upper = election__page_slot(page, position);
    struct election__slot *lower = election__page_slot(page, position + 1);
    size_t upper_size = election__page_record_size(page, position);
    size_t lower_size = election__page_record_size(page, position + 1);
    uint8_t *record = page->payload + upper->offset;
    uint8_t aside[ELECTION__RECORD_SIZE_MAX];
    uint16_t id = upper->id;

    memcpy(aside, record, upper_size);
    memmove(record, record + upper_size, lower_size);
    memcpy(record + lower_size, aside, upper_size);
    upper->id = lower->id;
    lower->id = id;
    lower->offset = (uint16_t)(upper->offset + lower_size);
}

void election__page_take(struct election__page *to, struct election__page *from,
                         size_t count)
{
    size_t size = election__page_offset(from, count);

    assert(count <= from->count);
    assert(election__page_load(to) + size +
               count * sizeof(struct election__slot) <=
           to->capacity);
    memcpy(to->payload + to->used, from->payload, size);
    for (size_t i = 0; i < count; i++) {
        const struct election__slot *slot = election__page_slot(from, i);

        *election__page_slot(to, to->count + i) = (struct election__slot){
            slot->id, (uint16_t)(to->used + slot->offset)};
    }
    to->used = (uint16_t)(to->used + size);
    to->count = (uint16_t)(to->count + count);

    memmove(from->payload, from->payload + size, from->used - size);
    for (size_t i = count; i < from->count; i++) {
        const struct election__slot *slot = election__page_slot(from, i);

        *election__page_slot(from, i - count) =
            (struct election__slot){slot->id, (uint16_t)(slot->offset - size)};
    }
    from->used = (uint16_t)(from->used - size);
    from->count = (uint16_t)(from->count - count);
}
