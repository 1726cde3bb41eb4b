/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The pages of a succession, as a linked list that stays dense.
 *
 * Pages that records leave are squeezed together: if all records of a page and
 * its neighbours, five pages at the most, fit into one page less, they move up
 * into the first of them. A page that was emptied is kept for the next one in
 * need, until a command is complete and there are many of them. So the pages
 * that are held follow what is in them, whatever was before, and yet an
 * election that stays at one size allocates none.
 *
 * An election that fills more than one page keeps at least one in hand from
 * each Enter on, so that a move to a place where there is no room finds one.
 */
#ifndef ELECTION_PAGES_H
#define ELECTION_PAGES_H

#include "succession.h"

/**
 * Puts an empty page of at least `size` bytes between two neighbours, either of
 * which may be NULL. NULL = no memory.
 */
struct election__page *election__pages_insert(struct election__succession *s,
                                              size_t size,
                                              struct election__page *previous,
                                              struct election__page *next);

/**
 * Makes sure that so many pages are kept by an election that is not vacant.
 * False = no memory, and no page more is kept than before.
 */
bool election__pages_stock(struct election__succession *s, unsigned count);

/**
 * Makes sure that the next insertion finds a page. Without memory for one, all
 * pages are squeezed together, which moves records. False = that did not help.
 */
bool election__pages_provide(struct election__succession *s);

/** Takes out an empty page. */
void election__pages_remove(struct election__succession *s,
                            struct election__page *page);

/**
 * Finds or makes the page that takes one more record at the tail. NULL = no
 * memory.
 */
struct election__page *election__pages_tail(struct election__succession *s,
                                            size_t record_size);

/** Removes a page if it is empty, and squeezes those around it. */
void election__pages_squeeze(struct election__succession *s,
                             struct election__page *page);

/** The same, after bytes have left a page; often there is only one. */
static inline void election__pages_tidy(struct election__succession *s,
                                        struct election__page *page)
{
    if (s->page_count > 1 || page->count == 0)
        election__pages_squeeze(s, page);
}

/** Releases all pages. */
void election__pages_free(struct election__succession *s);

#endif
