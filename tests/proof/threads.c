/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise about threads: calls that take a const election may run at the
 * same time, and elections are independent. Worth most under ThreadSanitizer.
 */
#include "../support/cmocka_all.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../support/play.h"

enum { READERS = 4, WRITERS = 4, ROUNDS = 300, CANDIDATES = 200 };

static struct election *shared;

/* cmocka's assertions belong to the thread that runs the test. */
static void require(bool condition)
{
    if (!condition)
        abort();
}

static enum election_status add_chunk(void *context, const uint8_t *chunk,
                                      size_t size)
{
    size_t *total = context;

    require(chunk != NULL);
    *total += size;
    return ELECTION_OK;
}

static bool count_candidate(void *context,
                            const struct election_candidate *candidate)
{
    size_t *count = context;

    require(candidate->name_size > 0);
    ++*count;
    return true;
}

static void read_once(struct election_buffer *output)
{
    struct election_candidate leader;
    size_t size = 0;
    size_t count = 0;

    require(election_query(shared, "\x32\x00", 2, output) == ELECTION_OK);
    require(election_snapshot(shared, output) == ELECTION_OK);
    require(election_snapshot_write(shared, add_chunk, &size) == ELECTION_OK);
    require(size == output->size);
    require(election_leader(shared, &leader) == ELECTION_OK);
    require(election_each_candidate(shared, count_candidate, &count) ==
            ELECTION_OK);
    require(count == election_candidate_count(shared));
    require(election_index(shared) == 1);
}

static void *read_shared(void *context)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)context;
    for (int i = 0; i < ROUNDS; i++)
        read_once(&output);
    election_buffer_free(&output);
    return NULL;
}

static void apply(struct election *election, enum election_op op, int number)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    char name[16];
    int size = snprintf(name, sizeof name, "%d", number);

    require(election_input_encode(
                &(struct election_command){op, name, (size_t)size}, &input) ==
            ELECTION_OK);
    require(election_apply(election, 1, input.data, input.size, NULL) ==
            ELECTION_OK);
    election_buffer_free(&input);
}

static void *write_own(void *context)
{
    struct election *own;

    (void)context;
    require(election_create(NULL, &own) == ELECTION_OK);
    for (int i = 0; i < ROUNDS; i++)
        apply(own, ELECTION_OP_ENTER, i);
    for (int i = 0; i < ROUNDS; i++)
        apply(own, ELECTION_OP_EVICT, i);
    require(election_index(own) == ROUNDS);
    election_destroy(own);
    return NULL;
}

static void readers_of_one_and_writers_of_others(void **state)
{
    pthread_t threads[READERS + WRITERS];

    (void)state;
    assert_int_equal(election_create(NULL, &shared), ELECTION_OK);
    for (unsigned i = 0; i < CANDIDATES; i++)
        assert_int_equal(
            play(shared, ELECTION_OP_ENTER, i, numbered_name(i, 20)),
            ELECTION_OK);
    for (int i = 0; i < READERS + WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i < READERS ? read_shared : write_own,
                                        NULL),
                         0);
    for (int i = 0; i < READERS + WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    election_destroy(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_of_one_and_writers_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
