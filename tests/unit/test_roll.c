#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "roll.h"

/*
 * A roll with all its candidates on one page that is large enough.
 */

enum { MANY = 60 };

struct fixture {
    struct heap heap;
    struct election_allocator allocator;
    struct election__roll *roll;
    struct election__page *page;
};

static void setup(struct fixture *f)
{
    heap_init(&f->heap);
    f->allocator = heap_allocator(&f->heap);
    f->roll = election__roll_create(&f->allocator, 0, 1);
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

static uint16_t add(struct fixture *f, uint64_t session_id)
{
    char name[8];
    size_t size =
        (size_t)snprintf(name, sizeof name, "%u", (unsigned)f->roll->fresh);
    struct election_candidate candidate = {name, size, session_id};
    size_t record_size = election__record_size(size);
    uint16_t id;

    assert_true(election__roll_grow(&f->roll, &f->allocator));
    id = election__roll_add(f->roll, f->page, f->page, &candidate);
    election__record_write(
        election__page_open(f->page, f->page->count, id, record_size), name,
        size);
    return id;
}

static void discard(struct fixture *f, uint16_t id)
{
    election__page_close(f->page, election__page_position(f->page, id));
    election__roll_remove(f->roll, id);
}

/** Counts the candidates of a session by going round its ring once. */
static size_t ring_size(const struct fixture *f, uint64_t session_id)
{
    uint32_t first = election__roll_find_session(f->roll, f->page, session_id);
    uint32_t id = first;
    size_t size = 0;

    if (first == ELECTION__NOBODY)
        return 0;
    do {
        const struct election__entry *entry = &f->roll->entries[id];

        assert_int_equal(entry->session_id, session_id);
        assert_int_equal(f->roll->entries[entry->next].previous, id);
        id = entry->next;
        size++;
    } while (id != first);
    return size;
}

static void rings_hold_what_their_session_owns(void **state)
{
    size_t sizes[3] = {0};
    struct fixture f;

    (void)state;
    setup(&f);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(add(&f, i % 3), i);
        sizes[i % 3]++;
        for (uint64_t session_id = 0; session_id < 3; session_id++)
            assert_int_equal(ring_size(&f, session_id), sizes[session_id]);
    }
    for (uint16_t id = 0; id < MANY; id++) {
        discard(&f, id);
        sizes[id % 3]--;
        for (uint64_t session_id = 0; session_id < 3; session_id++)
            assert_int_equal(ring_size(&f, session_id), sizes[session_id]);
    }
    assert_int_equal(f.roll->count, 0);
    teardown(&f);
}

static void sessions_of_one_cell_are_kept_apart(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (uint32_t i = 0; i < MANY; i++)
        add(&f, i);
    /* Of so many, some share cell and tag with one who is there. */
    for (uint64_t session_id = MANY; session_id < 500000; session_id++)
        assert_int_equal(
            election__roll_find_session(f.roll, f.page, session_id),
            ELECTION__NOBODY);
    teardown(&f);
}

static void ids_are_used_again(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (uint32_t i = 0; i < MANY; i++)
        add(&f, i);
    discard(&f, 7);
    discard(&f, 9);
    assert_int_equal(add(&f, 1), 9);
    assert_int_equal(add(&f, 1), 7);
    assert_int_equal(add(&f, 1), MANY);
    teardown(&f);
}

static void growing_keeps_everybody(void **state)
{
    struct election__roll *before;
    struct fixture f;

    (void)state;
    setup(&f);
    before = f.roll;
    for (uint32_t i = 0; i < 4; i++)
        add(&f, i);
    assert_ptr_equal(f.roll, before);
    f.heap.allowed = 0;
    assert_false(election__roll_grow(&f.roll, &f.allocator));
    assert_ptr_equal(f.roll, before);
    assert_int_equal(f.roll->count, 4);
    f.heap.allowed = HEAP_UNLIMITED;
    for (uint32_t i = 4; i < MANY; i++)
        add(&f, i);
    assert_int_equal(f.roll->capacity, 64);
    for (uint64_t session_id = 0; session_id < MANY; session_id++)
        assert_int_equal(ring_size(&f, session_id), 1);
    assert_int_equal(ring_size(&f, MANY), 0);
    teardown(&f);
}

static void a_roll_is_made_as_large_as_it_must_be(void **state)
{
    static const struct {
        size_t count;
        uint32_t capacity;
    } rows[] = {{0, 4},
                {4, 4},
                {5, 8},
                {8, 8},
                {9, 16},
                {1000, 1024},
                {ELECTION__ROLL_MAX, ELECTION__ROLL_MAX}};
    struct election_allocator allocator;
    struct heap heap;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct election__roll *roll =
            election__roll_create(&allocator, rows[i].count, 1);

        assert_int_equal(roll->capacity, rows[i].capacity);
        assert_int_equal(roll->count, 0);
        election__release(&allocator, roll);
    }
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_hold_what_their_session_owns),
        cmocka_unit_test(sessions_of_one_cell_are_kept_apart),
        cmocka_unit_test(ids_are_used_again),
        cmocka_unit_test(growing_keeps_everybody),
        cmocka_unit_test(a_roll_is_made_as_large_as_it_must_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
