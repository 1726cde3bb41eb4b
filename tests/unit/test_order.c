/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/order.h"

#include "../support/heap.h"

/* The item under an id is the place of that number in this row. */
static uint64_t row[2001];

static struct heap heap;
static struct election_allocator allocator;

static struct election__order setup(void)
{
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    return (struct election__order){0};
}

static void append(struct election__order *order, uint64_t id)
{
    assert_true(election__order_reserve(order, &allocator));
    election__order_append(order, id, &row[id]);
}

static uint64_t id_of(const void *item)
{
    return (uint64_t)((const uint64_t *)item - row);
}

static void finish(struct election__order *order)
{
    election__order_free(order, &allocator);
    assert_int_equal(order->count, 0);
    heap_assert_empty(&heap);
}

static void a_walk_is_in_order_of_ids(void **state)
{
    struct election__order order = setup();
    size_t position = 0;

    (void)state;
    assert_null(election__order_next(&order, &position));
    for (uint64_t id = 2; id <= 2000; id += 2)
        append(&order, id);
    for (uint64_t id = 2; id <= 2000; id += 2)
        assert_int_equal(id_of(election__order_next(&order, &position)), id);
    assert_null(election__order_next(&order, &position));
    assert_int_equal(order.count, 1000);
    finish(&order);
}

static void a_walk_starts_after_any_id(void **state)
{
    struct election__order order = setup();

    (void)state;
    assert_int_equal(election__order_after(&order, 5), 0);
    for (uint64_t id = 10; id <= 200; id += 10)
        append(&order, id);
    for (uint64_t id = 50; id <= 100; id += 10)
        election__order_remove(&order, id);
    for (uint64_t after = 0; after <= 210; after++) {
        size_t position = election__order_after(&order, after);
        uint64_t *item = election__order_next(&order, &position);
        uint64_t next = after / 10 * 10 + 10;

        if (next >= 50 && next <= 100)
            next = 110;
        if (next > 200)
            assert_null(item);
        else
            assert_int_equal(id_of(item), next);
    }
    assert_int_equal(election__order_after(&order, UINT64_MAX), order.used);
    finish(&order);
}

static void what_is_shown_may_be_removed(void **state)
{
    struct election__order order = setup();
    size_t position = 0;
    uint64_t *item;
    unsigned shown = 0;

    (void)state;
    for (uint64_t id = 1; id <= 100; id++)
        append(&order, id);
    while ((item = election__order_next(&order, &position)) != NULL) {
        shown++;
        assert_int_equal(id_of(item), shown);
        election__order_remove(&order, shown);
    }
    assert_int_equal(shown, 100);
    assert_int_equal(order.count, 0);
    finish(&order);
}

static void half_of_it_may_be_struck_out(void **state)
{
    struct election__order order = setup();
    size_t position = 0;

    (void)state;
    for (uint64_t id = 1; id <= 100; id++)
        append(&order, id);
    for (uint64_t id = 1; id <= 49; id++)
        election__order_remove(&order, id);
    election__order_trim(&order, &allocator);
    assert_int_equal(order.used, 100);
    election__order_remove(&order, 50);
    election__order_trim(&order, &allocator);
    assert_int_equal(order.used, 50);
    for (uint64_t id = 51; id <= 100; id++)
        assert_int_equal(id_of(election__order_next(&order, &position)), id);
    assert_null(election__order_next(&order, &position));
    finish(&order);
}

static void it_sweeps_instead_of_growing(void **state)
{
    struct election__order order = setup();
    size_t allocations;

    (void)state;
    for (uint64_t id = 1; id <= 8; id++)
        append(&order, id);
    allocations = heap.allocations;
    for (uint64_t id = 9; id <= 2000; id++) {
        election__order_remove(&order, id - 8);
        election__order_trim(&order, &allocator);
        append(&order, id);
    }
    assert_int_equal(order.count, 8);
    assert_in_range(heap.allocations, allocations, allocations + 3);
    finish(&order);
}

static void it_shrinks_if_there_is_memory(void **state)
{
    struct election__order order = setup();
    size_t size;

    (void)state;
    for (uint64_t id = 1; id <= 1000; id++)
        append(&order, id);
    size = heap.size;
    for (uint64_t id = 1; id <= 990; id++)
        election__order_remove(&order, id);
    heap.allowed = 0;
    election__order_trim(&order, &allocator);
    assert_int_equal(heap.size, size);
    assert_int_equal(order.used, 10);
    heap.allowed = HEAP_UNLIMITED;
    election__order_trim(&order, &allocator);
    election__order_remove(&order, 991);
    for (uint64_t id = 992; id <= 996; id++)
        election__order_remove(&order, id);
    election__order_trim(&order, &allocator);
    assert_true(heap.size < size / 10);
    assert_int_equal(order.count, 4);
    finish(&order);
}

static void without_memory_nothing_changes(void **state)
{
    struct election__order order = setup();

    (void)state;
    heap.allowed = 0;
    assert_false(election__order_reserve(&order, &allocator));
    assert_int_equal(order.capacity, 0);
    heap.allowed = 1;
    for (uint64_t id = 1; id <= 8; id++)
        append(&order, id);
    assert_false(election__order_reserve(&order, &allocator));
    assert_int_equal(order.count, 8);
    /* If half is struck out there is room without memory. */
    for (uint64_t id = 1; id <= 4; id++)
        election__order_remove(&order, id);
    append(&order, 9);
    assert_int_equal(order.count, 5);
    finish(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_is_in_order_of_ids),
        cmocka_unit_test(a_walk_starts_after_any_id),
        cmocka_unit_test(what_is_shown_may_be_removed),
        cmocka_unit_test(half_of_it_may_be_struck_out),
        cmocka_unit_test(it_sweeps_instead_of_growing),
        cmocka_unit_test(it_shrinks_if_there_is_memory),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
