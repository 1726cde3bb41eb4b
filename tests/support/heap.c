/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

/** Stand behind each block, so that writing past its end is seen. */
enum { FENCE_SIZE = 32, FENCE_BYTE = 0xee };

/** Stands before each block; its address makes it hard to forge. */
struct header {
    const struct header *self;
    struct heap *heap;
    size_t size;
    size_t padding; /* keeps what follows aligned for anything */
};

static void *heap_alloc(void *context, size_t size)
{
    struct heap *heap = context;
    struct header *header;

    if (heap->allowed == 0) {
        if (++heap->denied == heap->denials)
            heap->allowed = HEAP_UNLIMITED;
        return NULL;
    }
    header = malloc(sizeof *header + size + FENCE_SIZE);
    assert_non_null(header);
    *header = (struct header){header, heap, size, 0};
    if (heap->allowed != HEAP_UNLIMITED)
        heap->allowed--;
    heap->allocations++;
    heap->blocks++;
    heap->size += size;
    if (heap->peak < heap->size)
        heap->peak = heap->size;
    /* What was never written must not look like something. */
    memset(header + 1, 0xa5, size);
    memset((char *)(header + 1) + size, FENCE_BYTE, FENCE_SIZE);
    return header + 1;
}

static void heap_free(void *context, void *pointer)
{
    struct heap *heap = context;
    struct header *header = (struct header *)pointer - 1;

    assert_non_null(pointer);
    assert_ptr_equal(header->self, header);
    assert_ptr_equal(header->heap, heap);
    for (size_t i = 0; i < FENCE_SIZE; i++)
        assert_int_equal(((uint8_t *)pointer)[header->size + i], FENCE_BYTE);
    heap->blocks--;
    heap->size -= header->size;
    memset(header, 0x5a, sizeof *header + header->size);
    free(header);
}

void heap_init(struct heap *heap)
{
    *heap = (struct heap){.allowed = HEAP_UNLIMITED};
}

struct election_allocator heap_allocator(struct heap *heap)
{
    return (struct election_allocator){heap_alloc, heap_free, heap};
}

struct election *heap_election(struct heap *heap)
{
    struct election_config config = {
        .allocator = heap_allocator(heap),
        .hash_seed = 1,
    };
    struct election *election;

    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    return election;
}

bool heap_is_empty(const struct heap *heap)
{
    return heap->blocks == 0 && heap->size == 0;
}

void heap_assert_empty(const struct heap *heap)
{
    assert_true(heap_is_empty(heap));
}
