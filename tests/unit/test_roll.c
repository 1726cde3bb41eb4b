/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "core/names.h"

/*
 * A roll with all its candidates on one page that is large enough.
 */

enum { MANY = 60 };

struct fixture {
    struct heap heap;
    struct election_allocator allocator;
    struct election__roll *roll;
    struct election__page *page;
    unsigned added;
};

static void setup(struct fixture *f)
{
    heap_init(&f->heap);
    f->added = 0;
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

/** Makes room for one more, as the succession does. */
static bool grow(struct fixture *f)
{
    struct election__roll *grown;

    if (!election__roll_is_full(f->roll))
        return true;
    grown = election__roll_grown(f->roll, &f->allocator);
    if (grown == NULL)
        return false;
    election__names_rebuild(grown, election__names_indexed(f->roll));
    election__release(&f->allocator, f->roll);
    f->roll = grown;
    return true;
}

static uint16_t add(struct fixture *f, uint64_t session_id)
{
    char name[8];
    size_t size = (size_t)snprintf(name, sizeof name, "%u", f->added++);
    size_t record_size = election__record_size(size);
    uint16_t id;

    assert_true(grow(f));
    id = election__roll_add(f->roll, f->page, session_id);
    election__names_hash(f->roll, id, name, size);
    election__record_write(election__page_push(f->page, id, record_size), name,
                           size);
    assert_true(election__names_index(f->roll, id, id + 1u));
    return id;
}

static void discard(struct fixture *f, uint16_t id)
{
    election__page_close(f->page, election__page_position(f->page, id));
    election__names_remove(f->roll, id);
    election__roll_remove(f->roll, id);
}

/** Adds MANY candidates; the session of each is its id, shifted. */
static void setup_many(struct fixture *f, int shift)
{
    setup(f);
    for (uint64_t i = 0; i < MANY; i++)
        add(f, i << shift);
}

/** Counts the candidates of a session by walking from one to the next. */
static size_t size_of(const struct fixture *f, uint64_t session_id)
{
    uint32_t id = election__roll_find_session(f->roll, session_id);
    size_t size = 0;

    for (; id != ELECTION__NOBODY; size++) {
        assert_int_equal(f->roll->entries[id].session_id, session_id);
        id = election__roll_next_of_session(f->roll, (uint16_t)id);
    }
    return size;
}

/** Candidates of so many sessions come and go, `many` of them. */
static void check_sessions(uint32_t many, uint32_t sessions)
{
    size_t sizes[MANY] = {0};
    struct fixture f;

    setup(&f);
    for (uint32_t i = 0; i < many; i++) {
        assert_int_equal(add(&f, i % sessions), i);
        sizes[i % sessions]++;
        for (uint64_t id = 0; id < sessions; id++)
            assert_int_equal(size_of(&f, id), sizes[id]);
    }
    /* From the middle on, then round the end. */
    for (uint32_t i = 0; i < many; i++) {
        uint16_t id = (uint16_t)((i + many / 2) % many);

        discard(&f, id);
        sizes[id % sessions]--;
        for (uint64_t session = 0; session < sessions; session++)
            assert_int_equal(size_of(&f, session), sizes[session]);
    }
    assert_int_equal(f.roll->count, 0);
    teardown(&f);
}

static void sessions_have_what_they_own(void **state)
{
    (void)state;
    check_sessions(ELECTION__ROLL_SMALL, 3);
    check_sessions(MANY, 3);
    check_sessions(MANY, MANY);
}

static void sessions_of_one_chain_are_kept_apart(void **state)
{
    struct fixture f;

    (void)state;
    setup_many(&f, 0);
    /* Every chain is that of some of so many. */
    for (uint64_t session_id = MANY; session_id < 10000; session_id++)
        assert_int_equal(election__roll_find_session(f.roll, session_id),
                         ELECTION__NOBODY);
    teardown(&f);
}

/** Hosts may make ids of a counter in any of their bits. */
static void sessions_of_any_stride_are_spread(void **state)
{
    (void)state;
    for (int shift = 0; shift <= 48; shift++) {
        struct fixture f;

        setup_many(&f, shift);
        for (uint32_t id = 0; id < MANY; id++) {
            uint16_t at = (uint16_t)id;
            int length = 1;

            for (; f.roll->entries[at].next != at; length++)
                at = f.roll->entries[at].next;
            assert_in_range(length, 1, 8);
        }
        teardown(&f);
    }
}

/** Creates a roll with sessions that are `step` apart. */
static struct election__roll *
stepped_roll(const struct election_allocator *allocator, uint64_t hash_seed,
             uint64_t step)
{
    struct election__roll *roll =
        election__roll_create(allocator, MANY, hash_seed);

    for (uint64_t i = 0; i < MANY; i++)
        (void)election__roll_add(roll, NULL, i * step);
    return roll;
}

/** Tells whether sessions have the same chains under both seeds. */
static bool have_same_chains(uint64_t seed, uint64_t other_seed, uint64_t step)
{
    struct election_allocator allocator;
    struct election__roll *roll, *other;
    struct heap heap;
    bool are_same;

    heap_init(&heap);
    allocator = heap_allocator(&heap);
    roll = stepped_roll(&allocator, seed, step);
    other = stepped_roll(&allocator, other_seed, step);
    are_same = memcmp(election__roll_heads(roll), election__roll_heads(other),
                      64 * sizeof(uint32_t)) == 0;
    election__release(&allocator, roll);
    election__release(&allocator, other);
    heap_assert_empty(&heap);
    return are_same;
}

static void the_seed_tells_the_chains(void **state)
{
    (void)state;
    for (int shift = 4; shift <= 48; shift++) {
        uint64_t step = UINT64_C(1) << shift;

        assert_true(have_same_chains(1, 1, step));
        assert_false(have_same_chains(1, 2, step));
        assert_false(have_same_chains(1, 1 + (UINT64_C(1) << 32), step));
    }
}

static void sessions_in_a_row_have_heads_in_a_row(void **state)
{
    struct election_allocator allocator;
    struct election__roll *roll;
    const uint32_t *heads;
    struct heap heap;
    uint32_t first = 0;

    (void)state;
    heap_init(&heap);
    allocator = heap_allocator(&heap);
    roll = election__roll_create(&allocator, 64, 1);
    heads = election__roll_heads(roll);
    for (uint64_t i = 0; i < 16; i++)
        assert_int_equal(election__roll_add(roll, NULL, (7 << 4) + i), i);
    while (heads[first] != 1)
        first++;
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(heads[(first + i) % 64], i + 1);
    election__release(&allocator, roll);
    heap_assert_empty(&heap);
}

static void ids_are_used_again(void **state)
{
    struct fixture f;

    (void)state;
    setup_many(&f, 0);
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
    assert_false(grow(&f));
    assert_ptr_equal(f.roll, before);
    assert_int_equal(f.roll->count, 4);
    f.heap.allowed = HEAP_UNLIMITED;
    for (uint32_t i = 4; i < MANY; i++)
        add(&f, i);
    assert_int_equal(election__roll_capacity(f.roll), 64);
    for (uint64_t session_id = 0; session_id < MANY; session_id++)
        assert_int_equal(size_of(&f, session_id), 1);
    assert_int_equal(size_of(&f, MANY), 0);
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

        assert_int_equal(election__roll_capacity(roll), rows[i].capacity);
        assert_int_equal(roll->count, 0);
        election__release(&allocator, roll);
    }
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_have_what_they_own),
        cmocka_unit_test(sessions_of_one_chain_are_kept_apart),
        cmocka_unit_test(sessions_of_any_stride_are_spread),
        cmocka_unit_test(the_seed_tells_the_chains),
        cmocka_unit_test(sessions_in_a_row_have_heads_in_a_row),
        cmocka_unit_test(ids_are_used_again),
        cmocka_unit_test(growing_keeps_everybody),
        cmocka_unit_test(a_roll_is_made_as_large_as_it_must_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
