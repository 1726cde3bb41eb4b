#include "succession.h"

#include "base/checks.h"

/** Returns the size of the page to make for so many bytes of load. */
static size_t page_size_for(size_t load)
{
    size_t size = ELECTION__PAGE_SIZE_MIN;

    while (election__page_capacity(size) < load)
        size *= 2;
    return size < ELECTION__PAGE_SIZE_MAX ? size : ELECTION__PAGE_SIZE_MAX;
}

static struct election__page *
create_page(const struct election_allocator *allocator, size_t size)
{
    struct election__page *page = election__allocate(allocator, size);

    if (page == NULL)
        return NULL;
    page->previous = NULL;
    page->next = NULL;
    page->capacity = (uint16_t)election__page_capacity(size);
    page->used = 0;
    page->count = 0;
    return page;
}

static void release_pages(const struct election_allocator *allocator,
                          struct election__page *page)
{
    while (page != NULL) {
        struct election__page *next = page->next;

        election__release(allocator, page);
        page = next;
    }
}

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
    release_pages(&s->allocator, s->first);
    release_pages(&s->allocator, s->spare);
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

/** Puts a page between two others, either of which may be NULL. */
static void link_page(struct election__succession *s,
                      struct election__page *previous,
                      struct election__page *page, struct election__page *next)
{
    page->previous = previous;
    page->next = next;
    if (previous != NULL)
        previous->next = page;
    else
        s->first = page;
    if (next != NULL)
        next->previous = page;
    else
        s->last = page;
}

/** Links an empty page in, a spare one if they are large enough. */
static struct election__page *insert_page(struct election__succession *s,
                                          size_t size,
                                          struct election__page *previous,
                                          struct election__page *next)
{
    struct election__page *page = s->spare;

    if (page != NULL && page->capacity >= election__page_capacity(size))
        s->spare = page->next;
    else
        page = create_page(&s->allocator, size);
    if (page != NULL)
        link_page(s, previous, page, next);
    return page;
}

/** Takes an empty page out, and keeps it unless there are larger ones. */
static void remove_page(struct election__succession *s,
                        struct election__page *page)
{
    if (page->previous != NULL)
        page->previous->next = page->next;
    else
        s->first = page->next;
    if (page->next != NULL)
        page->next->previous = page->previous;
    else
        s->last = page->previous;
    if (s->spare != NULL && s->spare->capacity < page->capacity) {
        release_pages(&s->allocator, s->spare);
        s->spare = NULL;
    }
    if (s->spare == NULL || s->spare->capacity == page->capacity) {
        page->next = s->spare;
        s->spare = page;
    } else {
        election__release(&s->allocator, page);
    }
}

/** Tells all candidates of a page where they are now. */
static void claim_entries(struct election__succession *s,
                          struct election__page *page, size_t from)
{
    for (size_t i = from; i < page->count; i++)
        s->roll->entries[election__page_slot(page, i)->id].page = page;
}

/** Moves all records of a page to the end of the one before it. */
static void merge_into_previous(struct election__succession *s,
                                struct election__page *page)
{
    struct election__page *previous = page->previous;
    size_t count = previous->count;

    election__page_append(previous, page);
    claim_entries(s, previous, count);
    page->count = 0;
    page->used = 0;
    remove_page(s, page);
}

/** After a record left a page: none is empty, and none is thin. */
static void tidy_page(struct election__succession *s,
                      struct election__page *page)
{
    struct election__page *next = page->next;

    if (page->count == 0)
        remove_page(s, page);
    else if (election__page_is_thin(page))
        merge_into_previous(s, page);
    if (next != NULL && election__page_is_thin(next))
        merge_into_previous(s, next);
}

/** Replaces a page by a larger copy with room for so many bytes. */
static struct election__page *grow_page(struct election__succession *s,
                                        struct election__page *page,
                                        size_t load)
{
    struct election__page *grown =
        create_page(&s->allocator, page_size_for(load));

    if (grown == NULL)
        return NULL;
    election__page_append(grown, page);
    claim_entries(s, grown, 0);
    link_page(s, page->previous, grown, page->next);
    election__release(&s->allocator, page);
    return grown;
}

/** Makes room in the roll for one more. False = no memory. */
static bool grow_roll(struct election__succession *s)
{
    struct election__roll *grown;

    if (!election__roll_is_full(s->roll))
        return true;
    grown = election__roll_grown(s->roll, &s->allocator);
    if (grown == NULL)
        return false;
    election__names_rebuild(grown, election__names_indexed(s->roll));
    election__release(&s->allocator, s->roll);
    s->roll = grown;
    return true;
}

/** Finds or makes the page that takes a record at the tail. */
static struct election__page *tail_page(struct election__succession *s,
                                        size_t record_size)
{
    struct election__page *last = s->last;
    size_t need = election__page_need(record_size);
    size_t load;

    if (last == NULL)
        return insert_page(s, page_size_for(need), NULL, NULL);
    load = election__page_load(last) + need;
    if (load <= last->capacity)
        return last;
    if (load <= election__page_capacity(ELECTION__PAGE_SIZE_MAX))
        return grow_page(s, last, load);
    return insert_page(s, ELECTION__PAGE_SIZE_MAX, last, NULL);
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
    s->records_size += record_size;
    return id;
}

bool election__succession_load(struct election__succession *s,
                               const struct election_candidate *candidate)
{
    size_t record_size = election__record_size(candidate->name_size);
    struct election__page *page = tail_page(s, record_size);

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
    page = tail_page(s, record_size);
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

    if (!grow_roll(s))
        return false;
    page = tail_page(s, record_size);
    if (page == NULL)
        return false;
    /* An empty page must not stand in the sequence: it waits aside. */
    if (page->count == 0)
        remove_page(s, page);
    return true;
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

    s->records_size -= election__page_record_size(place->page, place->position);
    election__page_close(place->page, place->position);
    election__names_remove(s->roll, id);
    election__roll_remove(s->roll, id);
    tidy_page(s, place->page);
}

/** Moves a record to another place, maybe of the same page, where it fits. */
static void move_record(struct election__succession *s,
                        const struct election__place *from,
                        const struct election__place *to)
{
    uint16_t id = id_at(from);
    size_t size = election__page_record_size(from->page, from->position);
    uint8_t record[ELECTION__RECORD_SIZE_MAX];

    memcpy(record, election__page_record(from->page, from->position), size);
    election__page_close(from->page, from->position);
    memcpy(election__page_open(to->page, to->position, id, size), record, size);
    s->roll->entries[id].page = to->page;
}

bool election__succession_move_to_front(struct election__succession *s,
                                        const struct election__place *place)
{
    size_t size = election__page_record_size(place->page, place->position);
    struct election__place front = {s->first, 0};

    if (place->page != s->first && !election__page_fits(s->first, size)) {
        front.page = insert_page(s, ELECTION__PAGE_SIZE_MAX, NULL, s->first);
        if (front.page == NULL)
            return false;
    }
    move_record(s, place, &front);
    tidy_page(s, place->page);
    return true;
}

/**
 * Brings the last record of a page and the first of the next one into one
 * page, and tells the place of the former. NULL page = no memory.
 */
static struct election__place
join_neighbours(struct election__succession *s,
                const struct election__place *upper)
{
    struct election__place lower = {upper->page->next, 0};
    size_t upper_size =
        election__page_record_size(upper->page, upper->position);
    size_t lower_size = election__page_record_size(lower.page, 0);
    struct election__place joint = *upper;

    if (election__page_fits(upper->page, lower_size)) {
        struct election__place end = {upper->page, upper->position + 1};

        move_record(s, &lower, &end);
        return joint;
    }
    joint = lower;
    if (!election__page_fits(lower.page, upper_size)) {
        joint.page =
            insert_page(s, ELECTION__PAGE_SIZE_MAX, upper->page, lower.page);
        if (joint.page == NULL)
            return joint;
        move_record(s, &lower, &joint);
    }
    move_record(s, upper, &joint);
    return joint;
}

bool election__succession_swap_with_next(struct election__succession *s,
                                         const struct election__place *place)
{
    struct election__place upper = *place;
    struct election__page *next = place->page->next;
    bool is_straddling = place->position + 1 == place->page->count;

    assert(!election__succession_is_last(place));
    if (is_straddling)
        upper = join_neighbours(s, place);
    if (upper.page == NULL)
        return false;
    election__page_swap(upper.page, upper.position);
    if (is_straddling) {
        /* Only one of the two may go: the other one holds the pair. */
        if (next != upper.page)
            tidy_page(s, next);
        if (place->page != upper.page)
            tidy_page(s, place->page);
    }
    return true;
}

bool election__succession_remove_session(struct election__succession *s,
                                         uint64_t session_id)
{
    uint32_t id = election__roll_find_session(s->roll, session_id);
    bool has_any = id != ELECTION__NOBODY;

    while (id != ELECTION__NOBODY) {
        uint32_t next = election__roll_next_of_session(s->roll, (uint16_t)id);
        struct election__place place =
            election__roll_place(s->roll, (uint16_t)id);

        election__succession_remove(s, &place);
        id = next;
    }
    return has_any;
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
