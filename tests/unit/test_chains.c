/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/chains.h"

#include "../support/heap.h"

struct item {
    unsigned number;
    struct election__chained by_hash;
};

enum { ITEMS_MAX = 1000 };

static struct item items[ITEMS_MAX];

/** A hash with nothing in its lower half, as that of a name. */
static uint64_t hash_of(unsigned number)
{
    return (uint64_t)(number * UINT32_C(0x9e3779b9)) << 32;
}

static void add(struct election__chains *chains, struct heap *heap,
                unsigned number, uint64_t hash)
{
    struct election_allocator allocator = heap_allocator(heap);

    items[number].number = number;
    assert_true(election__chains_reserve(chains, &allocator));
    election__chains_add(chains, &items[number].by_hash, hash);
}

/** Finds an item of a hash, or NULL. */
static struct item *find(const struct election__chains *chains, unsigned number,
                         uint64_t hash)
{
    struct election__chained *at = election__chains_find(chains, hash);

    for (; at != NULL; at = election__chains_next(at)) {
        struct item *item = ELECTION__ITEM_OF(struct item, by_hash, at);

        assert_int_equal(at->hash, hash);
        if (item->number == number)
            return item;
    }
    return NULL;
}

static void what_was_added_is_found(void **state)
{
    struct election__chains chains = {0};
    struct heap heap;
    struct election_allocator allocator;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    assert_null(election__chains_find(&chains, 1));
    for (unsigned i = 0; i < ITEMS_MAX; i++) {
        assert_null(find(&chains, i, hash_of(i)));
        add(&chains, &heap, i, hash_of(i));
    }
    assert_int_equal(chains.count, ITEMS_MAX);
    for (unsigned i = 0; i < ITEMS_MAX; i++)
        assert_ptr_equal(find(&chains, i, hash_of(i)), &items[i]);
    /* Chains stay short: heads are no fewer than items. */
    assert_true((size_t)1 << chains.bits >= ITEMS_MAX);
    election__chains_free(&chains, &allocator);
    assert_null(election__chains_find(&chains, hash_of(1)));
    heap_assert_empty(&heap);
}

static void items_of_one_hash_are_all_there(void **state)
{
    struct election__chains chains = {0};
    struct heap heap;
    struct election_allocator allocator;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    for (unsigned i = 0; i < 40; i++)
        add(&chains, &heap, i, i % 4);
    for (unsigned i = 0; i < 40; i++)
        assert_ptr_equal(find(&chains, i, i % 4), &items[i]);
    for (unsigned i = 0; i < 40; i += 2)
        election__chains_remove(&chains, &items[i].by_hash);
    for (unsigned i = 0; i < 40; i++)
        assert_ptr_equal(find(&chains, i, i % 4),
                         i % 2 == 0 ? NULL : &items[i]);
    assert_int_equal(chains.count, 20);
    election__chains_free(&chains, &allocator);
    heap_assert_empty(&heap);
}

static void rows_shrink_but_not_at_once(void **state)
{
    struct election__chains chains = {0};
    struct heap heap;
    struct election_allocator allocator;
    size_t size;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    for (unsigned i = 0; i < 512; i++)
        add(&chains, &heap, i, hash_of(i));
    size = heap.size;
    for (unsigned i = 0; i < 256; i++)
        election__chains_remove(&chains, &items[i].by_hash);
    election__chains_trim(&chains, &allocator);
    assert_int_equal(heap.size, size);
    for (unsigned i = 256; i < 500; i++)
        election__chains_remove(&chains, &items[i].by_hash);
    /* Without memory it stays as it is, and all are found. */
    heap.allowed = 0;
    election__chains_trim(&chains, &allocator);
    assert_int_equal(heap.size, size);
    assert_ptr_equal(find(&chains, 511, hash_of(511)), &items[511]);
    heap.allowed = HEAP_UNLIMITED;
    election__chains_trim(&chains, &allocator);
    assert_true(heap.size <= size / 8);
    for (unsigned i = 0; i < 512; i++)
        assert_ptr_equal(find(&chains, i, hash_of(i)),
                         i < 500 ? NULL : &items[i]);
    election__chains_free(&chains, &allocator);
    heap_assert_empty(&heap);
}

/** A row shrinks when three quarters of its heads have no item. */
static void rows_shrink_at_a_quarter(void **state)
{
    struct election__chains chains = {0};
    struct heap heap;
    struct election_allocator allocator;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    for (unsigned i = 0; i < 512; i++)
        add(&chains, &heap, i, hash_of(i));
    assert_int_equal(chains.bits, 9);
    for (unsigned i = 0; i < 512; i++) {
        unsigned bits = chains.bits;

        election__chains_remove(&chains, &items[i].by_hash);
        election__chains_trim(&chains, &allocator);
        if (bits > 3 && chains.count < (size_t)1 << (bits - 2))
            bits--;
        assert_int_equal(chains.bits, bits);
    }
    election__chains_free(&chains, &allocator);
    heap_assert_empty(&heap);
}

static void without_memory_nothing_changes(void **state)
{
    struct election__chains chains = {0};
    struct heap heap;
    struct election_allocator allocator;
    unsigned count = 0;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    heap.allowed = 0;
    assert_false(election__chains_reserve(&chains, &allocator));
    assert_null(chains.heads);
    heap.allowed = 1;
    while (election__chains_reserve(&chains, &allocator)) {
        items[count].number = count;
        election__chains_add(&chains, &items[count].by_hash, hash_of(count));
        count++;
        heap.allowed = 0;
    }
    assert_int_equal(count, 8);
    for (unsigned i = 0; i < count; i++)
        assert_ptr_equal(find(&chains, i, hash_of(i)), &items[i]);
    election__chains_free(&chains, &allocator);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found),
        cmocka_unit_test(items_of_one_hash_are_all_there),
        cmocka_unit_test(rows_shrink_but_not_at_once),
        cmocka_unit_test(rows_shrink_at_a_quarter),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
