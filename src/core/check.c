/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold after every change, asserted with ELECTION_CHECKS. Small
 * elections are checked in whole, so a test that takes a wrong turn stops there
 * and then.
 */
#include "check.h"

#include "base/checks.h"

#include "roll.h"

#ifdef ELECTION_CHECKS

/** Largest election that is checked, as each check costs time in its size. */
enum { CHECKED_COUNT_MAX = 256 };

/** What the roll says of a candidate is where it stands in the pages. */
static void check_candidate(const struct election__succession *succession,
                            const struct election__place *place)
{
    const struct election__roll *roll = succession->roll;
    uint16_t id = election__page_slot(place->page, place->position)->id;
    const struct election__entry *entry = &roll->entries[id];
    struct election_candidate candidate =
        election__succession_at(succession, place);
    struct election__place found = {NULL, 0};
    uint32_t peer = election__roll_find_session(roll, candidate.session_id);

    assert(election__succession_find(succession, candidate.name,
                                     candidate.name_size, &found));
    assert(found.page == place->page && found.position == place->position);
    assert(entry->page == place->page);
    assert(entry->next == id || roll->entries[entry->next].previous == id);
    assert(entry->previous == id || roll->entries[entry->previous].next == id);
    while (peer != id) {
        assert(peer != ELECTION__NOBODY);
        peer = election__roll_next_of_session(roll, (uint16_t)peer);
    }
}

/** A page is linked both ways, and neither empty nor too full. */
static void check_page(const struct election__succession *succession,
                       const struct election__page *page)
{
    const struct election__page *next = page->next;

    assert(page->count > 0 && page->count <= ELECTION__PAGE_COUNT_MAX);
    assert(election__page_load(page) <= page->capacity);
    assert(next != NULL || succession->last == page);
    assert(next == NULL || next->previous == page);
}

static void check_succession(const struct election__succession *succession)
{
    struct election__place place;
    bool is_there = election__succession_begin(succession, &place);
    size_t count = 0;
    size_t records_size = 0;
    size_t pages = 0;

    for (; is_there; is_there = election__succession_next(&place)) {
        if (place.position == 0) {
            check_page(succession, place.page);
            pages++;
        }
        check_candidate(succession, &place);
        records_size += election__page_record_size(place.page, place.position);
        count++;
    }
    assert(count == succession->roll->count);
    assert(pages == succession->page_count);
    assert(succession->spare_count <= 3 + pages);
    assert(pages == 0 || succession->spare == NULL ||
           succession->spare->capacity ==
               election__page_capacity(ELECTION__PAGE_SIZE_MAX));
    assert(records_size == succession->records_size);
}

/** The free list holds as many ids as were used and are not. */
static void check_roll(const struct election__roll *roll)
{
    uint32_t id = roll->vacated;

    assert(roll->count <= roll->fresh &&
           roll->fresh <= election__roll_capacity(roll));
    for (uint32_t i = roll->count; i < roll->fresh; i++) {
        assert(id < roll->fresh);
        id = roll->entries[id].next;
    }
}

void election__check_whole(const struct election *election)
{
    size_t count = election__succession_count(&election->succession);

    assert(count == 0 || election->index > 0);
    assert(count <= ELECTION__ROLL_MAX);
    check_roll(election->succession.roll);
    check_succession(&election->succession);
}

void election__check(const struct election *election)
{
    if (election__succession_count(&election->succession) <= CHECKED_COUNT_MAX)
        election__check_whole(election);
}

#endif
