#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "core/names.h"

/*
 * Names in a roll with all its candidates on one page that is large enough.
 */

struct fixture {
    struct heap heap;
    struct election_allocator allocator;
    struct election__roll *roll;
    struct election__page *page;
};

static void setup(struct fixture *f, size_t room, uint64_t hash_seed)
{
    heap_init(&f->heap);
    f->allocator = heap_allocator(&f->heap);
    f->roll = election__roll_create(&f->allocator, room, hash_seed);
    f->page = f->allocator.alloc(f->allocator.context, ELECTION__PAGE_SIZE_MAX);
    *f->page = (struct election__page){
        .capacity = (uint16_t)election__page_capacity(ELECTION__PAGE_SIZE_MAX),
    };
}

static void teardown(struct fixture *f)
{
    election__release(&f->allocator, f->roll);
    election__release(&f->allocator, f->page);
    heap_assert_empty(&f->heap);
}

/** Adds a candidate as a restore does, without looking for its name. */
static uint16_t load(struct fixture *f, const char *name)
{
    size_t size = strlen(name);
    uint16_t id = election__roll_add(f->roll, f->page, 1);

    election__names_hash(f->roll, id, name, size);
    election__record_write(
        election__page_push(f->page, id, election__record_size(size)), name,
        size);
    return id;
}

static uint16_t add(struct fixture *f, const char *name)
{
    uint16_t id = load(f, name);

    assert_true(election__names_index(f->roll, id, id + 1U));
    return id;
}

static void discard(struct fixture *f, uint16_t id)
{
    election__page_close(f->page, election__page_position(f->page, id));
    election__names_remove(f->roll, id);
    election__roll_remove(f->roll, id);
}

static bool has(const struct fixture *f, const char *name, uint16_t id)
{
    struct election__place place;

    if (!election__names_find(f->roll, f->page, name, strlen(name), &place))
        return false;
    assert_ptr_equal(place.page, f->page);
    assert_int_equal(election__page_slot(place.page, place.position)->id, id);
    return true;
}

static void names_are_found_with_a_table_and_without(void **state)
{
    static const size_t rooms[] = {4, 8, 16};

    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        struct fixture f;
        uint16_t a, b;

        setup(&f, rooms[i], 1);
        assert_int_equal(election__names_indexed(f.roll), rooms[i] > 8);
        assert_false(has(&f, "a", 0));
        a = add(&f, "a");
        b = add(&f, "ab");
        assert_true(has(&f, "a", a));
        assert_true(has(&f, "ab", b));
        assert_false(has(&f, "b", 0));
        assert_false(has(&f, "", 0));
        discard(&f, a);
        assert_false(has(&f, "a", 0));
        assert_true(has(&f, "ab", b));
        teardown(&f);
    }
}

static void names_that_come_twice_are_noticed(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f, 64, 1);
    load(&f, "n");
    load(&f, "m");
    load(&f, "n");
    assert_true(election__names_index(f.roll, 0, 2));
    assert_false(election__names_index(f.roll, 2, 3));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_with_a_table_and_without),
        cmocka_unit_test(names_that_come_twice_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
