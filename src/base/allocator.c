/* SPDX-License-Identifier: Apache-2.0 */
#include "allocator.h"

#include <stdlib.h>

static void *allocate_by_malloc(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void release_by_free(void *context, void *pointer)
{
    (void)context;
    free(pointer);
}

const struct election_allocator election__allocator_default = {
    allocate_by_malloc,
    release_by_free,
    NULL,
};
