/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "base/buffer.h"

struct fixture {
    struct heap heap;
    struct election_allocator allocator;
    struct election_buffer buffer;
    struct election__room room;
};

static void setup(struct fixture *f)
{
    *f = (struct fixture){.buffer = ELECTION_BUFFER_INIT};
    heap_init(&f->heap);
    f->allocator = heap_allocator(&f->heap);
}

static void grow(struct fixture *f, size_t size)
{
    assert_true(
        election__buffer_reserve(&f->buffer, &f->allocator, size, &f->room));
    election__buffer_commit(&f->buffer, &f->room);
    assert_true(f->buffer.capacity >= size);
}

static void room_is_made_once_and_kept(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    grow(&f, 10);
    assert_int_equal(f.heap.allocations, 1);
    grow(&f, f.buffer.capacity);
    assert_int_equal(f.heap.allocations, 1);
    grow(&f, f.buffer.capacity + 1);
    assert_int_equal(f.heap.allocations, 2);
    assert_int_equal(f.heap.blocks, 1);
    f.buffer.size = 10;
    election_buffer_free(&f.buffer);
    assert_null(f.buffer.data);
    assert_int_equal(f.buffer.size, 0);
    assert_int_equal(f.buffer.capacity, 0);
    heap_assert_empty(&f.heap);
}

static void growing_bit_by_bit_allocates_seldom(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (size_t size = 1; size <= 10000; size++)
        grow(&f, size);
    assert_in_range(f.heap.allocations, 1, 20);
    election_buffer_free(&f.buffer);
}

static void a_reservation_shows_nowhere_until_it_is_committed(void **state)
{
    struct fixture f;
    struct election_buffer before;

    (void)state;
    setup(&f);
    grow(&f, 10);
    memcpy(f.buffer.data, "0123456789", 10);
    f.buffer.size = 10;
    before = f.buffer;
    assert_true(
        election__buffer_reserve(&f.buffer, &f.allocator, 1000, &f.room));
    assert_memory_equal(&before, &f.buffer, sizeof before);
    assert_memory_equal(f.buffer.data, "0123456789", 10);
    election__buffer_cancel(&f.room);
    assert_int_equal(f.heap.blocks, 1);
    election_buffer_free(&f.buffer);
}

static void no_memory_is_told(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    f.heap.allowed = 0;
    assert_false(
        election__buffer_reserve(&f.buffer, &f.allocator, 10, &f.room));
    assert_null(f.buffer.data);
}

static void no_buffer_needs_no_room(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    f.heap.allowed = 0;
    assert_true(election__buffer_reserve(NULL, &f.allocator, 10, &f.room));
    election__buffer_commit(NULL, &f.room);
    election__buffer_cancel(&f.room);
    election__buffer_clear(NULL);
    election_buffer_free(NULL);
}

static void the_buffers_own_allocator_comes_first(void **state)
{
    struct fixture f;
    struct heap own;

    (void)state;
    setup(&f);
    heap_init(&own);
    f.buffer.allocator = heap_allocator(&own);
    grow(&f, 10);
    assert_int_equal(own.blocks, 1);
    assert_int_equal(f.heap.blocks, 0);
    election_buffer_free(&f.buffer);
    heap_assert_empty(&own);
    /* It is kept, so that the buffer may be used again. */
    grow(&f, 10);
    assert_int_equal(own.blocks, 1);
    election_buffer_free(&f.buffer);
}

static void memory_of_the_callers_own_is_released_by_free(void **state)
{
    struct election_buffer buffer = {malloc(10), 0, 10, {NULL, NULL, NULL}};
    struct fixture f;

    (void)state;
    setup(&f);
    assert_non_null(buffer.data);
    election_buffer_free(&buffer); /* a leak check would tell */
    assert_null(buffer.data);
    /* When it must grow, too; what comes then is the allocator's. */
    buffer = (struct election_buffer){malloc(10), 10, 10, {NULL, NULL, NULL}};
    assert_non_null(buffer.data);
    memcpy(buffer.data, "0123456789", 10);
    assert_non_null(election__buffer_place(&buffer, &f.allocator, 10, 1));
    assert_memory_equal(buffer.data, "0123456789", 10);
    assert_int_equal(f.heap.blocks, 1);
    election_buffer_free(&buffer);
    heap_assert_empty(&f.heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_made_once_and_kept),
        cmocka_unit_test(growing_bit_by_bit_allocates_seldom),
        cmocka_unit_test(a_reservation_shows_nowhere_until_it_is_committed),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(no_buffer_needs_no_room),
        cmocka_unit_test(the_buffers_own_allocator_comes_first),
        cmocka_unit_test(memory_of_the_callers_own_is_released_by_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
