/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A heap for tests: it counts what is allocated, knows its own blocks, sees
 * what is written past their ends, and can run out of memory at any point.
 */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include "election/election.h"

/** Blocks are never denied. */
#define HEAP_UNLIMITED SIZE_MAX

struct heap {
    size_t allowed;     /* allocations until the next is denied */
    size_t denials;     /* after so many all are granted; 0 = never */
    size_t allocations; /* granted so far */
    size_t denied;
    size_t blocks; /* live now */
    size_t size;   /* live now, bytes asked for */
    size_t peak;   /* most bytes that were live at once */
};

/** Starts an empty heap that denies nothing. */
void heap_init(struct heap *heap);

/** An allocator that takes its memory from the heap, which must outlive it. */
struct election_allocator heap_allocator(struct heap *heap);

/** Creates an election in the heap, or fails the test. */
struct election *heap_election(struct heap *heap);

/** Tells whether every block was released. */
bool heap_is_empty(const struct heap *heap);

/** Fails the test if a block is still live. */
void heap_assert_empty(const struct heap *heap);

#endif
