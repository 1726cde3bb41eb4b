/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

enum {
    /** Pages that are squeezed together at most. */
    WINDOW = 5,
    /** Bytes to be left free, so that the next Enters need no new page. */
    SLACK = 96,
    /** Pages that are kept at most, besides as many as all records fill. */
    SPARES = 3,
    /** Bytes of the largest page that is less than full-sized. */
    SMALL_SIZE_MAX = ELECTION__PAGE_SIZE_MIN << 3,
    /** Bytes of payload in a page of full size. */
    FULL_CAPACITY =
        ELECTION__PAGE_SIZE_MAX - offsetof(struct election__page, payload)
};

_Static_assert(SMALL_SIZE_MAX + ELECTION__RECORD_SIZE_MAX +
                       ELECTION__SLOT_SIZE <=
                   FULL_CAPACITY,
               "a page that is not of full size can grow for one more record");

/** Neighbouring pages, and what is in them. */
struct window {
    struct election__page *first;
    struct election__page *last;
    size_t count;
    size_t load; /* bytes, of records and slots */
};

/* ---- memory ------------------------------------------------------------- */

/**
 * Returns the size of the page to make for so many bytes of load. Only a page
 * that is alone is less than full-sized, and it grows to that before there is
 * another: the largest of the smaller ones has room for that.
 */
static size_t page_size_for(size_t load)
{
    size_t size = ELECTION__PAGE_SIZE_MIN;

    while (size < SMALL_SIZE_MAX && election__page_capacity(size) < load)
        size *= 2;
    if (election__page_capacity(size) < load)
        size = ELECTION__PAGE_SIZE_MAX;
    return size;
}

static struct election__page *
create_page(const struct election_allocator *allocator, size_t size)
{
    struct election__page *page = election__allocate(allocator, size);

    if (page != NULL)
        *page = (struct election__page){
            .capacity = (uint16_t)election__page_capacity(size),
        };
    return page;
}

static void release_list(const struct election_allocator *allocator,
                         struct election__page *page)
{
    while (page != NULL) {
        struct election__page *next = page->next;

        election__release(allocator, page);
        page = next;
    }
}

void election__pages_free(struct election__succession *s)
{
    release_list(&s->allocator, s->first);
    release_list(&s->allocator, s->spare);
}

static struct election__page *take_spare(struct election__succession *s)
{
    struct election__page *page = s->spare;

    s->spare = page->next;
    s->spare_count--;
    return page;
}

/** Keeps a page: of full size, or the only one of a vacant election. */
static void put_spare(struct election__succession *s,
                      struct election__page *page)
{
    page->next = s->spare;
    s->spare = page;
    s->spare_count++;
}

void election__succession_trim_pages(struct election__succession *s)
{
    size_t load =
        s->records_size + s->roll->count * sizeof(struct election__slot);
    size_t kept = 1;

    if (load > FULL_CAPACITY / 2)
        kept = SPARES + load / FULL_CAPACITY;
    while (s->spare_count > kept)
        election__release(&s->allocator, take_spare(s));
}

bool election__pages_stock(struct election__succession *s, unsigned count)
{
    unsigned before = s->spare_count;

    while (s->spare_count < count) {
        struct election__page *page =
            create_page(&s->allocator, ELECTION__PAGE_SIZE_MAX);

        if (page == NULL)
            break;
        put_spare(s, page);
    }
    if (s->spare_count >= count)
        return true;
    while (s->spare_count > before)
        election__release(&s->allocator, take_spare(s));
    return false;
}

/* ---- the list ----------------------------------------------------------- */

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

/** Returns a kept page that is large enough, or a new one; NULL = no memory. */
static struct election__page *obtain_page(struct election__succession *s,
                                          size_t size)
{
    struct election__page *page;

    if (s->spare != NULL && s->spare->capacity >= election__page_capacity(size))
        return take_spare(s);
    page = create_page(&s->allocator, size);
    /* A smaller one that a vacant election had is of no use any more. */
    if (page != NULL && s->spare != NULL)
        election__release(&s->allocator, take_spare(s));
    return page;
}

struct election__page *election__pages_insert(struct election__succession *s,
                                              size_t size,
                                              struct election__page *previous,
                                              struct election__page *next)
{
    struct election__page *page = obtain_page(s, size);

    if (page == NULL)
        return NULL;
    link_page(s, previous, page, next);
    s->page_count++;
    return page;
}

void election__pages_remove(struct election__succession *s,
                            struct election__page *page)
{
    assert(page->count == 0);
    if (page->previous != NULL)
        page->previous->next = page->next;
    else
        s->first = page->next;
    if (page->next != NULL)
        page->next->previous = page->previous;
    else
        s->last = page->previous;
    s->page_count--;
    put_spare(s, page);
}

/**
 * Moves the first records of a page to the end of another one where they fit,
 * and tells their candidates where they are now.
 */
static void move_records(struct election__succession *s,
                         struct election__page *to, struct election__page *from,
                         size_t count)
{
    size_t position = to->count;

    election__page_take(to, from, count);
    for (; position < to->count; position++)
        s->roll->entries[election__page_slot(to, position)->id].page = to;
}

/** Replaces a page by a larger one with room for so many bytes. */
static struct election__page *grow_page(struct election__succession *s,
                                        struct election__page *page,
                                        size_t load)
{
    struct election__page *grown = obtain_page(s, page_size_for(load));

    if (grown == NULL)
        return NULL;
    move_records(s, grown, page, page->count);
    link_page(s, page->previous, grown, page->next);
    election__release(&s->allocator, page);
    return grown;
}

struct election__page *election__pages_tail(struct election__succession *s,
                                            size_t record_size)
{
    struct election__page *last = s->last;
    size_t need = election__page_need(record_size);
    size_t load;

    if (last == NULL)
        return election__pages_insert(s, page_size_for(need), NULL, NULL);
    load = election__page_load(last) + need;
    if (load <= last->capacity)
        return last;
    if (load <= FULL_CAPACITY)
        return grow_page(s, last, load);
    /* One for now, and one in hand. */
    if (!election__pages_stock(s, 2))
        return NULL;
    return election__pages_insert(s, ELECTION__PAGE_SIZE_MAX, last, NULL);
}

/* ---- squeezing ---------------------------------------------------------- */

/** Returns the pages around one: up to two before it, and two behind. */
static struct window window_around(struct election__page *page)
{
    struct window window = {page, page, 1, election__page_load(page)};

    for (int i = 0; i < WINDOW / 2 && window.first->previous != NULL; i++) {
        window.first = window.first->previous;
        window.load += election__page_load(window.first);
        window.count++;
    }
    for (int i = 0; i < WINDOW / 2 && window.last->next != NULL; i++) {
        window.last = window.last->next;
        window.load += election__page_load(window.last);
        window.count++;
    }
    return window;
}

/** Tells whether the records fit into all pages of a window but the last. */
static bool is_loose(const struct window *window)
{
    const struct election__page *from = window->first;
    const struct election__page *to = window->first;
    size_t room = to->capacity;

    for (size_t page = 0; page < window->count; page++, from = from->next)
        for (size_t i = 0; i < from->count; i++) {
            size_t need =
                election__page_need(election__page_record_size(from, i));

            if (need > room) {
                to = to->next;
                room = to->capacity;
            }
            if (to == window->last)
                return false;
            room -= need;
        }
    return true;
}

/** Counts the first records of a page that fit into another one together. */
static size_t count_fitting(const struct election__page *to,
                            const struct election__page *from)
{
    size_t room = to->capacity - election__page_load(to);
    size_t count = 0;

    while (count < from->count &&
           election__page_offset(from, count + 1) +
                   (count + 1) * sizeof(struct election__slot) <=
               room)
        count++;
    return count;
}

/** Moves all records of a window up as far as they can. */
static void squeeze(struct election__succession *s, const struct window *window)
{
    struct election__page *end = window->last->next;
    struct election__page *to = window->first;
    struct election__page *from = to->next;

    while (from != end) {
        move_records(s, to, from, count_fitting(to, from));
        if (from->count == 0) {
            struct election__page *emptied = from;

            from = from->next;
            election__pages_remove(s, emptied);
        } else {
            to = from;
            from = from->next;
        }
    }
}

bool election__pages_provide(struct election__succession *s)
{
    struct window all = {.first = s->first, .last = s->last};

    if (s->spare_count > 0 || election__pages_stock(s, 1))
        return true;
    squeeze(s, &all);
    return s->spare_count > 0;
}

void election__pages_squeeze(struct election__succession *s,
                             struct election__page *page)
{
    struct window window;

    if (page->count == 0) {
        struct election__page *neighbour = page->previous;

        if (neighbour == NULL)
            neighbour = page->next;
        election__pages_remove(s, page);
        page = neighbour;
    }
    if (s->page_count < 2)
        return;
    window = window_around(page);
    if (window.load + SLACK <= (window.count - 1) * FULL_CAPACITY &&
        is_loose(&window))
        squeeze(s, &window);
}
