#include "page.h"

#include "base/checks.h"

uint8_t *election__page_open(struct election__page *page, size_t position,
                             uint16_t id, size_t record_size)
{
    size_t offset = election__page_offset(page, position);
    uint8_t *record = page->payload + offset;

    assert(position <= page->count);
    assert(election__page_fits(page, record_size));
    memmove(record + record_size, record, page->used - offset);
    for (size_t i = page->count; i > position; i--) {
        const struct election__slot *slot = election__page_slot(page, i - 1);

        *election__page_slot(page, i) = (struct election__slot){
            slot->id, (uint16_t)(slot->offset + record_size)};
    }
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
    for (size_t i = position + 1; i < page->count; i++) {
        const struct election__slot *slot = election__page_slot(page, i);

        *election__page_slot(page, i - 1) = (struct election__slot){
            slot->id, (uint16_t)(slot->offset - record_size)};
    }
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

void election__page_append(struct election__page *to,
                           const struct election__page *from)
{
    assert(election__page_load(to) + election__page_load(from) <= to->capacity);
    memcpy(to->payload + to->used, from->payload, from->used);
    for (size_t i = 0; i < from->count; i++) {
        const struct election__slot *slot = election__page_slot(from, i);

        *election__page_slot(to, to->count + i) = (struct election__slot){
            slot->id, (uint16_t)(to->used + slot->offset)};
    }
    to->used = (uint16_t)(to->used + from->used);
    to->count = (uint16_t)(to->count + from->count);
}
