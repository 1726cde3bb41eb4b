/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"
#include "../support/random.h"
#include "base/hash.h"
#include "core/check.h"
#include "core/embed.h"

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

static void names_are_looked_for_in_all_pages(void **state)
{
    struct election__place place;
    struct election__page *first;
    struct fixture f;
    uint16_t a, b;

    (void)state;
    setup(&f, 4, 1);
    a = add(&f, "a");
    first = f.page;
    f.page = f.allocator.alloc(f.allocator.context, ELECTION__PAGE_SIZE_MIN);
    *f.page = (struct election__page){
        .previous = first,
        .capacity = (uint16_t)election__page_capacity(ELECTION__PAGE_SIZE_MIN),
    };
    first->next = f.page;
    b = add(&f, "b");
    assert_true(election__names_find(f.roll, first, "b", 1, &place));
    assert_ptr_equal(place.page, f.page);
    assert_int_equal(election__page_slot(place.page, place.position)->id, b);
    assert_true(election__names_find(f.roll, first, "a", 1, &place));
    assert_ptr_equal(place.page, first);
    assert_int_equal(election__page_slot(place.page, place.position)->id, a);
    assert_false(election__names_find(f.roll, first, "c", 1, &place));
    election__release(&f.allocator, first);
    teardown(&f);
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

static int compare_words(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/** A name of letters at random, the same for the same number. */
static const char *random_name(unsigned number)
{
    enum { SIZE = 18 };
    static char name[SIZE + 1];
    struct random random = {number};

    for (int i = 0; i < SIZE; i++)
        name[i] = (char)('a' + random_below(&random, 26));
    return name;
}

/** Finds two numbers whose names have the same hash, in these bits of it. */
static void find_twins(const struct election__roll *roll, uint32_t bits,
                       unsigned *one, unsigned *other)
{
    enum { TRIED = 400000 };
    static uint64_t words[TRIED]; /* hash, number */

    for (unsigned i = 0; i < TRIED; i++) {
        const char *name = random_name(i);
        uint32_t hash = election__hash(roll->hash_seed, name, strlen(name));

        words[i] = (uint64_t)(hash & bits) << 32 | i;
    }
    qsort(words, TRIED, sizeof *words, compare_words);
    for (size_t i = 1; i < TRIED; i++)
        if (words[i - 1] >> 32 == words[i] >> 32) {
            *one = (unsigned)(words[i - 1] & UINT32_MAX);
            *other = (unsigned)(words[i] & UINT32_MAX);
            return;
        }
    fail_msg("no two of %d names have the same hash", TRIED);
}

/** An election whose names are indexed. */
static struct election *new_election(uint64_t hash_seed)
{
    struct election_config config = {.hash_seed = hash_seed};
    struct election *election;

    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 1, numbered_name(i, 8)),
            ELECTION_OK);
    return election;
}

/** Enters two names, and takes each of them out while the other one is in. */
static void keep_apart(struct election *election, const char *one,
                       const char *other)
{
    assert_int_equal(play(election, ELECTION_OP_ENTER, 2, one), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 2, other),
                     ELECTION_NOT_FOUND);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 3, other), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 2, one),
                     ELECTION_UNCHANGED);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 3, other),
                     ELECTION_UNCHANGED);
    election__check_whole(election);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 2, one), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 3, other),
                     ELECTION_UNCHANGED);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 2, one), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 2, other), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 2, one),
                     ELECTION_UNCHANGED);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 2, one), ELECTION_OK);
}

static void keep_twins_apart(uint32_t bits)
{
    struct election *election = new_election(1);
    unsigned one = 0;
    unsigned other = 0;
    char name[32];

    find_twins(election->succession.roll, bits, &one, &other);
    snprintf(name, sizeof name, "%s", random_name(one));
    keep_apart(election, name, random_name(other));
    election_destroy(election);
}

static void names_of_one_hash_are_kept_apart(void **state)
{
    (void)state;
    keep_twins_apart(UINT32_MAX);
    /* The same cell and tag, but not the same hash: 15 bits and 6. */
    keep_twins_apart(0x1fffff);
}

static void these_two_names_have_one_hash_under_this_seed(void **state)
{
    struct election *election = new_election(77);

    (void)state;
    assert_int_equal(election__hash(77, "c0218869", 8),
                     election__hash(77, "c0355292", 8));
    keep_apart(election, "c0218869", "c0355292");
    keep_apart(election, "c0355292", "c0218869");
    election_destroy(election);
}

static void the_seed_decides_the_hash(void **state)
{
    (void)state;
    assert_int_not_equal(election__hash(1, "alice", 5),
                         election__hash(2, "alice", 5));
    assert_int_not_equal(election__hash_number(1, 7),
                         election__hash_number(2, 7));
    /* Beyond 32 bits, of the seed and of the number. */
    assert_int_not_equal(election__hash(1, "alice", 5),
                         election__hash(1 + (UINT64_C(1) << 32), "alice", 5));
    assert_int_not_equal(election__hash_number(1, 7),
                         election__hash_number(1, 7 + (UINT64_C(1) << 32)));
}

/** Fails the test unless a seed lasts, however the election changes. */
static void keep_seed(uint64_t hash_seed)
{
    struct election *election = new_election(hash_seed);
    struct election_buffer snapshot = snapshot_of(election);

    if (hash_seed == 0)
        hash_seed = (uintptr_t)election; /* what nobody else has */
    assert_int_equal(election__succession_hash_seed(&election->succession),
                     hash_seed);
    assert_int_equal(election_close_session(election, 1), ELECTION_OK);
    assert_int_equal(election__succession_hash_seed(&election->succession),
                     hash_seed);
    assert_int_equal(election_restore(election, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_int_equal(election__succession_hash_seed(&election->succession),
                     hash_seed);
    election_buffer_free(&snapshot);
    election_destroy(election);
}

static void an_election_keeps_its_seed(void **state)
{
    (void)state;
    keep_seed(0);
    keep_seed(1);
    keep_seed(UINT64_C(1) << 32);
    keep_seed(UINT64_MAX);
}

static void a_roll_three_quarters_empty_is_halved(void **state)
{
    struct election *election = new_election(1);

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        size_t left = 19 - i;
        uint32_t capacity = 32;

        if (left <= 8)
            capacity = left <= 4 ? 8 : 16;
        assert_int_equal(
            play(election, ELECTION_OP_EVICT, 1, numbered_name(i, 8)),
            ELECTION_OK);
        assert_int_equal(election__roll_capacity(election->succession.roll),
                         capacity);
        /* Those who are left are known by name and session. */
        for (unsigned n = 0; n < 20; n++)
            assert_int_equal(
                election_find(election, numbered_name(n, 8), 8, NULL, NULL),
                n > i ? ELECTION_OK : ELECTION_NOT_FOUND);
        assert_int_equal(election__session_holds(election, 1), left > 0);
    }
    election_destroy(election);
}

static void names_that_end_alike_are_kept_apart(void **state)
{
    struct election *election;

    (void)state;
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    keep_apart(election, "axe", "ace");
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_with_a_table_and_without),
        cmocka_unit_test(names_are_looked_for_in_all_pages),
        cmocka_unit_test(names_that_come_twice_are_noticed),
        cmocka_unit_test(names_of_one_hash_are_kept_apart),
        cmocka_unit_test(these_two_names_have_one_hash_under_this_seed),
        cmocka_unit_test(the_seed_decides_the_hash),
        cmocka_unit_test(an_election_keeps_its_seed),
        cmocka_unit_test(a_roll_three_quarters_empty_is_halved),
        cmocka_unit_test(names_that_end_alike_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
