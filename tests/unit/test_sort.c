/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "registry/sort.h"

#include "../support/random.h"

struct item {
    unsigned place; /* in the list before */
    uint64_t key;
    struct item *next;
};

enum { ITEMS_MAX = 1025 };

static struct item items[ITEMS_MAX];

/** Makes a list of so many items, whose keys are set, and sorts it. */
static struct item *sort(unsigned count)
{
    struct item *first = NULL;

    for (unsigned i = count; i-- > 0;) {
        items[i].place = i;
        items[i].next = first;
        first = &items[i];
    }
    return election__sort(first, offsetof(struct item, next),
                          offsetof(struct item, key));
}

/** Fails the test unless a list is sorted, stable, and has so many. */
static void assert_sorted(const struct item *first, unsigned count)
{
    unsigned seen = 0;

    for (const struct item *item = first; item != NULL; item = item->next) {
        const struct item *next = item->next;

        seen++;
        if (next == NULL)
            break;
        assert_true(item->key < next->key ||
                    (item->key == next->key && item->place < next->place));
    }
    assert_int_equal(seen, count);
}

static void all_sizes(void **state)
{
    static const unsigned sizes[] = {0, 1,  2,  3,   4,    5,    7,    8,
                                     9, 31, 64, 255, 1000, 1023, 1024, 1025};
    struct random random = {42};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (unsigned j = 0; j < sizes[i]; j++)
            items[j].key = random_next(&random);
        assert_sorted(sort(sizes[i]), sizes[i]);
    }
}

static void what_is_equal_keeps_its_order(void **state)
{
    struct random random = {7};

    (void)state;
    for (unsigned different = 1; different <= 4; different++) {
        for (unsigned i = 0; i < 1000; i++)
            items[i].key = random_below(&random, different);
        assert_sorted(sort(1000), 1000);
    }
}

static void what_is_sorted_or_the_other_way_round(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        items[i].key = i;
    assert_sorted(sort(1000), 1000);
    for (unsigned i = 0; i < 1000; i++)
        items[i].key = UINT64_MAX - i;
    assert_sorted(sort(1000), 1000);
}

static void numbers_have_64_bits(void **state)
{
    (void)state;
    items[0].key = UINT64_MAX;
    items[1].key = UINT64_C(1) << 32;
    items[2].key = 1;
    assert_ptr_equal(sort(3), &items[2]);
    assert_sorted(&items[2], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(what_is_equal_keeps_its_order),
        cmocka_unit_test(what_is_sorted_or_the_other_way_round),
        cmocka_unit_test(numbers_have_64_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
