/* SPDX-License-Identifier: Apache-2.0 */
/** The caller's memory, or malloc. */
#ifndef ELECTION_ALLOCATOR_H
#define ELECTION_ALLOCATOR_H

#include "election/election.h"

/** malloc() and free(). */
ELECTION_API extern const struct election_allocator election__allocator_default;

/** Tells whether both functions are given, or neither. */
static inline bool
election__allocator_valid(const struct election_allocator *allocator)
{
    return (allocator->alloc == NULL) == (allocator->free == NULL);
}

static inline void *
election__allocate(const struct election_allocator *allocator, size_t size)
{
    return allocator->alloc(allocator->context, size);
}

/** Releases a pointer; NULL = nothing to do. */
static inline void election__release(const struct election_allocator *allocator,
                                     void *pointer)
{
    if (pointer != NULL)
        allocator->free(allocator->context, pointer);
}

#endif
