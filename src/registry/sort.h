/* SPDX-License-Identifier: Apache-2.0 */
/** Sorting a linked list by a number, without memory. */
#ifndef ELECTION_SORT_H
#define ELECTION_SORT_H

#include <stddef.h>

/**
 * Sorts a list by merging; what has the same number keeps its order.
 *
 * @param first  The first item; NULL = an empty list.
 * @param next  Where in an item the pointer to the next one is.
 * @param key  Where in an item its number is, a uint64_t.
 * @return  The first item of the sorted list.
 */
void *election__sort(void *first, size_t next, size_t key);

#endif
