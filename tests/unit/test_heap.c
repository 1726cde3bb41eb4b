/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"
#include "../support/heap.h"

/* The test heap must catch what it is there to catch. */

static void a_leak_is_seen(void **state)
{
    struct heap heap;
    struct election_allocator allocator;
    void *block;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    block = allocator.alloc(allocator.context, 10);
    assert_false(heap_is_empty(&heap));
    allocator.free(allocator.context, block);
    assert_true(heap_is_empty(&heap));
}

static void memory_runs_out_where_it_should(void **state)
{
    struct heap heap;
    struct election_allocator allocator;
    void *block;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    heap.allowed = 1;
    block = allocator.alloc(allocator.context, 10);
    assert_non_null(block);
    assert_null(allocator.alloc(allocator.context, 10));
    assert_int_equal(heap.denied, 1);
    allocator.free(allocator.context, block);
}

static void sizes_are_counted(void **state)
{
    struct heap heap;
    struct election_allocator allocator;
    void *blocks[2];

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    blocks[0] = allocator.alloc(allocator.context, 10);
    blocks[1] = allocator.alloc(allocator.context, 20);
    allocator.free(allocator.context, blocks[0]);
    assert_int_equal(heap.blocks, 1);
    assert_int_equal(heap.size, 20);
    assert_int_equal(heap.peak, 30);
    assert_int_equal(heap.allocations, 2);
    allocator.free(allocator.context, blocks[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leak_is_seen),
        cmocka_unit_test(memory_runs_out_where_it_should),
        cmocka_unit_test(sizes_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
