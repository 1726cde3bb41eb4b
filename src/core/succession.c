/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include "base/checks.h"

bool election__succession_init(struct election__succession *s,
                               const struct election_allocator *allocator,
                               size_t count, uint64_t hash_seed)
{
    *s = (struct election__succession){
        .allocator = *allocator,
        .roll = election__roll_create(allocator, count, hash_seed),
    };
    return s->roll != NULL;
}

void election__succession_free(struct election__succession *s)
{
    election__pages_free(s);
    election__release(&s->allocator, s->roll);
}

uint64_t election__succession_hash_seed(const struct election__succession *s)
{
    return s->roll->hash_seed;
}

static uint16_t id_at(const struct election__place *place)
{
    return election__page_slot(place->page, place->position)->id;
}

uint32_t election__succession_leader(const struct election__succession *s)
{
    struct election__place first = {s->first, 0};

    return s->first == NULL ? ELECTION__NOBODY : id_at(&first);
}

size_t election__succession_rank(const struct election__succession *s,
                                 const struct election__place *place)
{
    const struct election__page *page = s->first;
    size_t rank = place->position;

    for (; page != place->page; page = page->next)
        rank += page->count;
    return rank;
}

bool election__succession_find(const struct election__succession *s,
                               const char *name, size_t name_size,
                               struct election__place *place)
{
    return election__names_find(s->roll, s->first, name, name_size, place);
}

/** Puts another roll of the same candidates, without names, in its place. */
static void replace_roll(struct election__succession *s,
                         struct election__roll *roll)
{
    election__names_rebuild(roll, election__names_indexed(s->roll));
    election__release(&s->allocator, s->roll);
    s->roll = roll;
}

/** Doubles the roll. False = no memory. */
static bool double_roll(struct election__succession *s)
{
    struct election__roll *grown = election__roll_grown(s->roll, &s->allocator);

    if (grown == NULL)
        return false;
    replace_roll(s, grown);
    return true;
}

/** Makes room in the roll for one more. False = no memory. */
static inline bool grow_roll(struct election__succession *s)
{
    return !election__roll_is_full(s->roll) || double_roll(s);
}

/** Puts a record behind all others of a page where it fits; returns its id. */
static inline uint16_t push_record(struct election__succession *s,
                                   struct election__page *page,
                                   const struct election_candidate *candidate,
                                   size_t record_size)
{
    uint16_t id = election__roll_add(s->roll, page, candidate->session_id);

    election__names_hash(s->roll, id, candidate->name, candidate->name_size);
    election__record_write(election__page_push(page, id, record_size),
                           candidate->name, candidate->name_size);
    s->records_size += (uint32_t)record_size;
    return id;
}

bool election__succession_load(struct election__succession *s,
                               const struct election_candidate *candidate)
{
    size_t record_size = election__record_size(candidate->name_size);
    struct election__page *page = election__pages_tail(s, record_size);

    if (page == NULL)
        return false;
    (void)push_record(s, page, candidate, record_size);
    return true;
}

bool election__succession_append(struct election__succession *s,
                                 const struct election_candidate *candidate)
{
    size_t record_size = election__record_size(candidate->name_size);
    struct election__page *page;
    uint16_t id;

    /* A roll that has grown shows nowhere, should the page then fail. */
    if (!grow_roll(s))
        return false;
    page = election__pages_tail(s, record_size);
    if (page == NULL)
        return false;
    id = push_record(s, page, candidate, record_size);
    (void)election__names_index(s->roll, id, id + 1U);
    return true;
}

bool election__succession_reserve(struct election__succession *s,
                                  size_t record_size)
{
    struct election__page *page;

    if (s->roll->count == ELECTION__ROLL_MAX)
        return true; /* nobody can enter */
    if (!grow_roll(s))
        return false;
    page = election__pages_tail(s, record_size);
    if (page == NULL)
        return false;
    /* An empty page must not stand in the sequence: it waits aside. */
    if (page->count == 0)
        election__pages_remove(s, page);
    /* Who leaves lets pages be squeezed, and then the last one may be full. */
    return s->page_count < 2 || election__pages_stock(s, 2);
}

bool election__succession_reserve_move(struct election__succession *s)
{
    return s->page_count < 2 || election__pages_provide(s);
}

/** Tells whether two candidates have the same name, by looking for each. */
static bool has_namesakes(const struct election__succession *s)
{
    struct election__place place, found;
    bool is_there = election__succession_begin(s, &place);

    for (; is_there; is_there = election__succession_next(&place)) {
        struct election_candidate candidate =
            election__succession_at(s, &place);

        (void)election__succession_find(s, candidate.name, candidate.name_size,
                                        &found);
        if (id_at(&found) != id_at(&place))
            return true;
    }
    return false;
}

bool election__succession_index(struct election__succession *s)
{
    if (!election__names_indexed(s->roll))
        return !has_namesakes(s);
    return election__names_index(s->roll, 0, s->roll->count);
}

void election__succession_remove(struct election__succession *s,
                                 const struct election__place *place)
{
    uint16_t id = id_at(place);

    s->records_size -=
        (uint32_t)election__page_record_size(place->page, place->position);
    election__page_close(place->page, place->position);
    election__names_remove(s->roll, id);
    election__roll_remove(s->roll, id);
    election__pages_tidy(s, place->page);
}

/** A record that has been taken out of its page. */
struct loose_record {
    uint16_t id;
    size_t size;
    uint8_t bytes[ELECTION__RECORD_SIZE_MAX];
};

static void take_record(const struct election__place *place,
                        struct loose_record *record)
{
    record->id = id_at(place);
    record->size = election__page_record_size(place->page, place->position);
    memcpy(record->bytes, election__page_record(place->page, place->position),
           record->size);
    election__page_close(place->page, place->position);
}

static void put_record(struct election__succession *s,
                       const struct loose_record *record,
                       const struct election__place *place)
{
    uint8_t *at = election__page_open(place->page, place->position, record->id,
                                      record->size);

    memcpy(at, record->bytes, record->size);
    s->roll->entries[record->id].page = place->page;
}

/** Moves a record to another place, maybe of the same page, where it fits. */
static void move_record(struct election__succession *s,
                        const struct election__place *from,
                        const struct election__place *to)
{
    struct loose_record record;

    take_record(from, &record);
    put_record(s, &record, to);
}

/**
 * Makes sure that there is a page to insert, and finds again who stands at a
 * place, who may have been moved for that. False = no memory.
 */
static bool provide_page(struct election__succession *s,
                         struct election__place *place)
{
    uint16_t id = id_at(place);
    bool is_provided = election__pages_provide(s);

    *place = election__roll_place(s->roll, id);
    return is_provided;
}

/** Puts a page before all others for who stands at a place to move there. */
static bool open_front(struct election__succession *s,
                       struct election__place *place)
{
    struct election__page *front;

    if (!provide_page(s, place))
        return false;
    front = election__pages_insert(s, ELECTION__PAGE_SIZE_MAX, NULL, s->first);
    assert(front != NULL); /* it was provided */
    (void)front;
    return true;
}

bool election__succession_move_to_front(struct election__succession *s,
                                        const struct election__place *place)
{
    size_t size = election__page_record_size(place->page, place->position);
    struct election__place from = *place;
    struct election__place front = {s->first, 0};

    if (from.page != front.page && !election__page_fits(front.page, size)) {
        if (!open_front(s, &from))
            return false;
        front.page = s->first;
    }
    move_record(s, &from, &front);
    if (from.page != front.page)
        election__pages_tidy(s, from.page);
    return true;
}

/** Lets the last record of a page and the first of the next change places. */
static void exchange(struct election__succession *s,
                     const struct election__place *upper,
                     const struct election__place *lower)
{
    struct loose_record down, up;

    take_record(upper, &down);
    take_record(lower, &up);
    put_record(s, &up, upper);
    put_record(s, &down, lower);
}

/** Tells whether the two on both sides of a page's end fit vice versa. */
static bool can_exchange(const struct election__place *upper,
                         const struct election__place *lower)
{
    size_t upper_size =
        election__page_record_size(upper->page, upper->position);
    size_t lower_size =
        election__page_record_size(lower->page, lower->position);

    return election__page_load(upper->page) - upper_size + lower_size <=
               upper->page->capacity &&
           election__page_load(lower->page) - lower_size + upper_size <=
               lower->page->capacity;
}

/** Puts a page between two and lets it have the last and the first of them. */
static void swap_between(struct election__succession *s,
                         const struct election__place *upper,
                         const struct election__place *lower)
{
    struct election__place joint = {NULL, 0};

    joint.page = election__pages_insert(s, ELECTION__PAGE_SIZE_MAX, upper->page,
                                        lower->page);
    assert(joint.page != NULL); /* it was provided */
    move_record(s, upper, &joint);
    move_record(s, lower, &joint);
}

/** Squeezes the page of a candidate with those around, wherever it is now. */
static void tidy_around(struct election__succession *s, uint32_t id)
{
    if (id != ELECTION__NOBODY)
        election__pages_tidy(s, s->roll->entries[id].page);
}

static bool is_last_of_page(const struct election__place *place)
{
    return place->position + 1 == place->page->count;
}

/** Returns the id of the first one of a page, or ELECTION__NOBODY. */
static uint32_t first_id(const struct election__page *page)
{
    if (page->count == 0)
        return ELECTION__NOBODY;
    return election__page_slot(page, 0)->id;
}

/** Lets two neighbours change places between which a page ends. */
static void swap_pages(struct election__succession *s,
                       const struct election__place *upper,
                       const struct election__place *lower)
{
    struct election__page *above = upper->page;
    struct election__page *below = lower->page;
    uint32_t stays_above, stays_below;

    if (can_exchange(upper, lower))
        exchange(s, upper, lower);
    else
        swap_between(s, upper, lower);
    stays_above = first_id(above);
    stays_below = first_id(below);
    if (above->count == 0)
        election__pages_remove(s, above);
    if (below->count == 0)
        election__pages_remove(s, below);
    /* Bytes have left one of them, or both. */
    tidy_around(s, stays_above);
    tidy_around(s, stays_below);
}

/** The same, if there is memory: they may have to be moved for that. */
static bool swap_across(struct election__succession *s,
                        const struct election__place *place)
{
    struct election__place upper = *place;
    struct election__place lower = {place->page->next, 0};

    if (!can_exchange(&upper, &lower)) {
        if (!provide_page(s, &upper))
            return false;
        lower.page = upper.page->next;
    }
    /* Squeezing may have brought both into one page. */
    if (!is_last_of_page(&upper))
        election__page_swap(upper.page, upper.position);
    else
        swap_pages(s, &upper, &lower);
    return true;
}

bool election__succession_swap_with_next(struct election__succession *s,
                                         const struct election__place *place)
{
    assert(!election__succession_is_last(place));
    if (is_last_of_page(place))
        return swap_across(s, place);
    election__page_swap(place->page, place->position);
    return true;
}

/** Creates a roll for twice the same candidates, who have new ids there. */
static struct election__roll *
create_smaller_roll(struct election__succession *s)
{
    const struct election__roll *old = s->roll;
    struct election__roll *roll = election__roll_create(
        &s->allocator, 2 * (size_t)old->count, old->hash_seed);
    struct election__page *page = s->first;

    for (; page != NULL && roll != NULL; page = page->next)
        for (size_t i = 0; i < page->count; i++) {
            struct election__slot *slot = election__page_slot(page, i);
            const struct election__entry *entry = &old->entries[slot->id];

            slot->id = election__roll_add(roll, page, entry->session_id);
            roll->entries[slot->id].name_hash = entry->name_hash;
        }
    return roll;
}

void election__succession_trim_roll(struct election__succession *s)
{
    struct election__roll *roll = create_smaller_roll(s);

    if (roll == NULL)
        return; /* the next one to leave tries again */
    replace_roll(s, roll);
}

void election__succession_remove_session(struct election__succession *s,
                                         uint64_t session_id)
{
    uint32_t id = election__roll_find_session(s->roll, session_id);

    while (id != ELECTION__NOBODY) {
        uint32_t next = election__roll_next_of_session(s->roll, (uint16_t)id);
        struct election__place place =
            election__roll_place(s->roll, (uint16_t)id);

        election__succession_remove(s, &place);
        id = next;
    }
}

/** Tells whether the same name stands at two places. */
static bool is_same_name(const struct election__place *here,
                         const struct election__place *there)
{
    size_t size = election__page_record_size(here->page, here->position);

    return size == election__page_record_size(there->page, there->position) &&
           memcmp(election__page_record(here->page, here->position),
                  election__page_record(there->page, there->position),
                  size) == 0;
}

bool election__succession_same_names(const struct election__succession *s,
                                     const struct election__succession *other)
{
    struct election__place here, there;
    bool is_here = election__succession_begin(s, &here);
    bool is_there = election__succession_begin(other, &there);

    while (is_here && is_there) {
        if (!is_same_name(&here, &there))
            return false;
        is_here = election__succession_next(&here);
        is_there = election__succession_next(&there);
    }
    return is_here == is_there;
}

bool election__succession_same_leader(const struct election__succession *s,
                                      const struct election__succession *other)
{
    struct election__place here, there;
    bool is_here = election__succession_begin(s, &here);
    bool is_there = election__succession_begin(other, &there);

    if (!is_here || !is_there)
        return is_here == is_there;
    return is_same_name(&here, &there) &&
           election__succession_owner(s, &here) ==
               election__succession_owner(other, &there);
}

uint8_t *election__succession_copy(const struct election__succession *s,
                                   uint8_t *records)
{
    const struct election__page *page = s->first;

    for (; page != NULL; page = page->next) {
        memcpy(records, page->payload, page->used);
        records += page->used;
    }
    return records;
}
