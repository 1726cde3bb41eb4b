/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include "../support/random.h"
#include "core/table.h"

enum { CELLS = 16 };

/* Ids and the hashes they were inserted under; ids are positions here. */
static uint32_t hashes[CELLS];

static uint32_t hash_of(const void *context, uint16_t id)
{
    assert_ptr_equal(context, hashes);
    return hashes[id];
}

static struct election__table empty_table(uint32_t *cells)
{
    for (size_t i = 0; i < CELLS; i++)
        cells[i] = 0;
    return (struct election__table){cells, CELLS - 1};
}

static uint32_t hash_with(uint32_t home, uint32_t tag)
{
    return home << 14 | tag;
}

static void insert(const struct election__table *table, uint16_t id,
                   uint32_t hash)
{
    uint32_t cell = election__table_home(table, hash);
    uint16_t other;

    hashes[id] = hash;
    while (election__table_probe(table, hash, &cell, &other))
        cell++;
    election__table_put(table, cell, hash, id);
}

static void erase(const struct election__table *table, uint16_t id)
{
    uint32_t cell = election__table_cell(table, hashes[id], id);

    election__table_erase(table, cell, hash_of, hashes);
}

/** Tells how often a probe for the id's hash meets the id. */
static int meetings(const struct election__table *table, uint16_t id)
{
    uint32_t cell = election__table_home(table, hashes[id]);
    uint16_t found;
    int count = 0;

    for (; election__table_probe(table, hashes[id], &cell, &found); cell++)
        count += found == id;
    return count;
}

static void an_empty_table_has_nobody(void **state)
{
    uint32_t cells[CELLS];
    struct election__table table = empty_table(cells);

    (void)state;
    hashes[0] = hash_with(3, 5);
    assert_int_equal(meetings(&table, 0), 0);
}

static void ids_of_one_home_are_all_met(void **state)
{
    uint32_t cells[CELLS];
    struct election__table table = empty_table(cells);

    (void)state;
    /* The last home, so that the probe goes round the end. */
    insert(&table, 0, hash_with(CELLS - 1, 7));
    insert(&table, 1, hash_with(CELLS - 1, 7));
    insert(&table, 2, hash_with(CELLS - 1, 8));
    for (uint16_t id = 0; id < 3; id++)
        assert_int_equal(meetings(&table, id), 1);
    assert_int_not_equal(cells[0], 0);
    assert_int_not_equal(cells[1], 0);
}

static void a_tag_keeps_others_away(void **state)
{
    uint32_t cells[CELLS];
    struct election__table table = empty_table(cells);
    uint32_t cell = 4;
    uint16_t found;

    (void)state;
    insert(&table, 0, hash_with(4, 1));
    assert_false(election__table_probe(&table, hash_with(4, 2), &cell, &found));
}

static void erasing_loses_nobody_else(void **state)
{
    uint32_t cells[CELLS];
    struct random random = {1};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct election__table table = empty_table(cells);
        bool is_there[CELLS] = {false};

        for (uint16_t id = 0; id < CELLS - 1; id++) {
            /* Few homes and tags: probes are long and cross. */
            insert(&table, id,
                   hash_with(random_below(&random, CELLS),
                             random_below(&random, 2)));
            is_there[id] = true;
        }
        for (int i = 0; i < CELLS; i++) {
            uint16_t gone = (uint16_t)(random_below(&random, CELLS - 1));

            if (is_there[gone])
                erase(&table, gone);
            is_there[gone] = false;
            for (uint16_t id = 0; id < CELLS - 1; id++)
                assert_int_equal(meetings(&table, id), is_there[id]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_has_nobody),
        cmocka_unit_test(ids_of_one_home_are_all_met),
        cmocka_unit_test(a_tag_keeps_others_away),
        cmocka_unit_test(erasing_loses_nobody_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
