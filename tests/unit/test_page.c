/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "core/page.h"

static struct election__page *new_page(size_t size)
{
    struct election__page *page = calloc(1, size);

    assert_non_null(page);
    page->capacity = (uint16_t)election__page_capacity(size);
    return page;
}

/** Records here are any bytes: a page looks at none. */
static void put(struct election__page *page, size_t position, uint16_t id,
                const char *record)
{
    size_t size = strlen(record);

    memcpy(election__page_open(page, position, id, size), record, size);
}

static void assert_page(const struct election__page *page, const char *records,
                        const char *ids)
{
    assert_int_equal(page->count, strlen(ids));
    assert_int_equal(page->used, strlen(records));
    assert_memory_equal(page->payload, records, page->used);
    for (size_t i = 0; i < page->count; i++) {
        assert_int_equal(election__page_slot(page, i)->id, ids[i] - '0');
        assert_int_equal(
            election__page_position(page, (uint16_t)(ids[i] - '0')), i);
    }
}

static void records_stand_where_they_are_put(void **state)
{
    struct election__page *page = new_page(ELECTION__PAGE_SIZE_MIN);

    (void)state;
    put(page, 0, 1, "bb");
    put(page, 1, 2, "dddd");
    put(page, 0, 3, "a");
    put(page, 2, 4, "ccc");
    assert_page(page, "abbcccdddd", "3142");
    assert_int_equal(election__page_record_size(page, 0), 1);
    assert_int_equal(election__page_record_size(page, 2), 3);
    assert_int_equal(election__page_record_size(page, 3), 4);
    assert_memory_equal(election__page_record(page, 2), "ccc", 3);
    free(page);
}

static void a_closed_gap_leaves_no_trace(void **state)
{
    struct election__page *page = new_page(ELECTION__PAGE_SIZE_MIN);

    (void)state;
    put(page, 0, 1, "a");
    put(page, 1, 2, "bb");
    put(page, 2, 3, "ccc");
    election__page_close(page, 1);
    assert_page(page, "accc", "13");
    election__page_close(page, 0);
    assert_page(page, "ccc", "3");
    election__page_close(page, 0);
    assert_page(page, "", "");
    free(page);
}

static void neighbours_of_any_size_change_places(void **state)
{
    struct election__page *page = new_page(ELECTION__PAGE_SIZE_MIN);

    (void)state;
    put(page, 0, 1, "a");
    put(page, 1, 2, "bb");
    put(page, 2, 3, "cccccc");
    election__page_swap(page, 1);
    assert_page(page, "accccccbb", "132");
    election__page_swap(page, 0);
    assert_page(page, "ccccccabb", "312");
    assert_int_equal(election__page_record_size(page, 0), 6);
    assert_int_equal(election__page_record_size(page, 1), 1);
    free(page);
}

static void a_page_is_full_to_the_byte(void **state)
{
    struct election__page *page = new_page(ELECTION__PAGE_SIZE_MIN);
    size_t room = page->capacity - sizeof(struct election__slot);
    char record[ELECTION__PAGE_SIZE_MIN];

    (void)state;
    assert_true(election__page_fits(page, room));
    assert_false(election__page_fits(page, room + 1));
    memset(record, 'x', sizeof record);
    memcpy(election__page_open(page, 0, 7, room), record, room);
    assert_int_equal(election__page_load(page), page->capacity);
    assert_int_equal(election__page_slot(page, 0)->id, 7);
    assert_memory_equal(page->payload, record, room);
    assert_false(election__page_fits(page, 0));
    free(page);
}

static void records_move_to_the_end_of_another_page(void **state)
{
    struct election__page *page = new_page(ELECTION__PAGE_SIZE_MIN);
    struct election__page *other = new_page(ELECTION__PAGE_SIZE_MIN);

    (void)state;
    put(page, 0, 1, "a");
    put(other, 0, 2, "bb");
    put(other, 1, 3, "ccc");
    put(other, 2, 4, "dddd");
    put(other, 3, 5, "e");
    put(other, 4, 6, "ff");
    election__page_take(page, other, 0);
    assert_page(page, "a", "1");
    assert_page(other, "bbcccddddeff", "23456");
    election__page_take(page, other, 2);
    assert_page(page, "abbccc", "123");
    assert_page(other, "ddddeff", "456");
    assert_int_equal(election__page_record_size(page, 1), 2);
    assert_int_equal(election__page_record_size(other, 0), 4);
    assert_int_equal(election__page_record_size(other, 2), 2);
    election__page_take(page, other, 3);
    assert_page(page, "abbcccddddeff", "123456");
    assert_page(other, "", "");
    free(page);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_stand_where_they_are_put),
        cmocka_unit_test(a_closed_gap_leaves_no_trace),
        cmocka_unit_test(neighbours_of_any_size_change_places),
        cmocka_unit_test(a_page_is_full_to_the_byte),
        cmocka_unit_test(records_move_to_the_end_of_another_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
