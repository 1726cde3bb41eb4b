/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"

static const uint8_t get_term[] = {0x32, 0x00};

static struct election *new_election(void)
{
    struct election *election;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    return election;
}

static void a_new_election_is_vacant(void **state)
{
    struct election *election = new_election();
    struct election_candidate leader;

    (void)state;
    assert_term(election, "0 - []");
    assert_int_equal(election_leader(election, &leader), ELECTION_NOT_FOUND);
    assert_int_equal(election_candidate_count(election), 0);
    election_destroy(election);
}

static void a_config_may_leave_all_to_the_defaults(void **state)
{
    struct election_config config = {.hash_seed = 0};
    struct election *election;

    (void)state;
    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    play_enter_all(election, "A/1");
    election_destroy(election);
}

static void the_state_can_be_read(void **state)
{
    struct election *election = new_election();
    struct election_candidate leader;

    (void)state;
    play_enter_all(election, "A/7 B/8 C/9");
    assert_int_equal(election_index(election), 1);
    assert_int_equal(election_leader(election, &leader), ELECTION_OK);
    assert_int_equal(leader.session_id, 7);
    assert_int_equal(leader.name_size, 1);
    assert_memory_equal(leader.name, "A", 1);
    assert_int_equal(election_candidate_count(election), 2);
    election_destroy(election);
}

static bool take_one(void *context, const struct election_candidate *candidate)
{
    *(struct election_candidate *)context = *candidate;
    return false;
}

static void a_visitor_may_stop(void **state)
{
    struct election *election = new_election();
    struct election_candidate seen = {NULL, 0, 0};

    (void)state;
    play_enter_all(election, "A/7 B/8 C/9");
    assert_int_equal(election_each_candidate(election, take_one, &seen),
                     ELECTION_OK);
    assert_int_equal(seen.session_id, 8);
    assert_memory_equal(seen.name, "B", 1);
    election_destroy(election);
}

static void an_election_goes_on_from_its_first_index(void **state)
{
    struct election_config config = {.first_index = UINT64_C(5000000000)};
    struct election *election;
    struct election_buffer snapshot;

    (void)state;
    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    assert_term(election, "5000000000 - []");
    /* The snapshot of a vacant one has it too. */
    snapshot = snapshot_of(election);
    assert_int_equal(snapshot.size, 6);
    play_enter_all(election, "A/1 B/2");
    assert_term(election, "5000000001 A [B]");
    assert_int_equal(election_restore(election, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_term(election, "5000000000 - []");
    election_buffer_free(&snapshot);
    election_destroy(election);
}

static void the_first_index_has_a_limit(void **state)
{
    struct election_config config = {.first_index = ELECTION_INDEX_MAX};
    struct election *election = NULL;

    (void)state;
    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    assert_int_equal(election_index(election), UINT64_C(9223372036854775807));
    election_destroy(election);
    election = NULL;
    config.first_index++;
    assert_int_equal(election_create(&config, &election), ELECTION_MISUSE);
    assert_null(election);
}

static void assert_found(const struct election *election, const char *name,
                         uint64_t session_id, size_t rank)
{
    struct election_candidate candidate;
    size_t found_rank = SIZE_MAX;

    assert_int_equal(
        election_find(election, name, strlen(name), &candidate, &found_rank),
        ELECTION_OK);
    assert_int_equal(candidate.name_size, strlen(name));
    assert_memory_equal(candidate.name, name, strlen(name));
    assert_int_equal(candidate.session_id, session_id);
    assert_int_equal(found_rank, rank);
    assert_int_equal(election_find(election, name, strlen(name), NULL, NULL),
                     ELECTION_OK);
}

static void candidates_are_found_with_their_rank(void **state)
{
    struct election *election = new_election();
    struct election_candidate candidate = {"x", 99, 99};
    size_t rank = 99;

    (void)state;
    play_enter_all(election, "A/7 BB/4294967303 C/9");
    assert_found(election, "A", 7, 0);
    assert_found(election, "BB", UINT64_C(4294967303), 1);
    assert_found(election, "C", 9, 2);
    assert_int_equal(election_find(election, "B", 1, &candidate, &rank),
                     ELECTION_NOT_FOUND);
    assert_int_equal(election_find(election, NULL, 0, &candidate, &rank),
                     ELECTION_NOT_FOUND);
    assert_int_equal(candidate.name_size, 99);
    assert_int_equal(rank, 99);
    assert_int_equal(election_find(NULL, "B", 1, NULL, NULL), ELECTION_MISUSE);
    assert_int_equal(election_find(election, NULL, 1, NULL, NULL),
                     ELECTION_MISUSE);
    election_destroy(election);
}

static void a_rank_counts_all_pages_before(void **state)
{
    enum { COUNT = 500 };
    struct election *election = new_election();

    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, i, numbered_name(i, 100)),
            ELECTION_OK);
    for (unsigned i = 0; i < COUNT; i++)
        assert_found(election, numbered_name(i, 100), i, i);
    election_destroy(election);
}

static void *allocate_nothing(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void the_term_answers_any_operation(void **state)
{
    static const int others[] = {-1, 0, 9, 32, 33, 256 + 1};
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    play_enter_all(election, "A/1 B/2");
    for (int op = ELECTION_OP_ENTER; op <= ELECTION_OP_DEMOTE; op++) {
        assert_int_equal(
            election_answer(election, (enum election_op)op, &output),
            ELECTION_OK);
        assert_output(&output, (enum election_op)op, "1 A [B]");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(
            election_answer(election, (enum election_op)others[i], &output),
            ELECTION_MISUSE);
    assert_int_equal(election_answer(NULL, ELECTION_OP_ENTER, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_answer(election, ELECTION_OP_ENTER, NULL),
                     ELECTION_MISUSE);
    assert_output(&output, ELECTION_OP_DEMOTE, "1 A [B]");
    election_buffer_free(&output);
    output.allocator.free = NULL; /* half an allocator */
    output.allocator.alloc = allocate_nothing;
    assert_int_equal(election_answer(election, ELECTION_OP_ENTER, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_snapshot_size(NULL), 0);
    election_destroy(election);
}

static void sessions_that_end_together_make_one_step(void **state)
{
    static const uint64_t ids[] = {1, 99, 2, 1, 4294967303};
    struct election *election = new_election();

    (void)state;
    play_enter_all(election, "A/1 B/2 C/3 D/4294967303 E/7 F/2");
    assert_int_equal(election_close_sessions(election, ids, 5), ELECTION_OK);
    assert_term(election, "2 C [E]");
    assert_int_equal(election_close_sessions(election, ids, 5),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_close_sessions(election, NULL, 0),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_close_sessions(election, NULL, 1),
                     ELECTION_MISUSE);
    assert_int_equal(election_close_sessions(NULL, ids, 1), ELECTION_MISUSE);
    assert_int_equal(election_close_sessions(election, (uint64_t[]){7, 3}, 2),
                     ELECTION_OK);
    assert_term(election, "2 - []");
    /* It is done if any of them owned somebody, not just the last one. */
    play_enter_all(election, "A/1 B/2");
    assert_int_equal(election_close_sessions(election, (uint64_t[]){1, 99}, 2),
                     ELECTION_OK);
    assert_term(election, "4 B []");
    election_destroy(election);
}

static void misuse_is_told_and_changes_nothing(void **state)
{
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_candidate leader;
    struct election_config half = {.hash_seed = 0};
    struct election *none = NULL;

    (void)state;
    half.allocator = heap_allocator(NULL);
    half.allocator.free = NULL;
    assert_int_equal(election_create(&half, &none), ELECTION_MISUSE);
    half.allocator = heap_allocator(NULL);
    half.allocator.alloc = NULL;
    assert_int_equal(election_create(&half, &none), ELECTION_MISUSE);
    assert_int_equal(election_create(NULL, NULL), ELECTION_MISUSE);
    assert_null(none);
    assert_int_equal(election_apply(NULL, 0, get_term, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_apply(election, 0, NULL, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_query(NULL, get_term, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_query(election, NULL, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_query(election, get_term, 2, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_close_session(NULL, 0), ELECTION_MISUSE);
    assert_int_equal(election_leader(NULL, &leader), ELECTION_MISUSE);
    assert_int_equal(election_leader(election, NULL), ELECTION_MISUSE);
    assert_int_equal(election_each_candidate(NULL, take_one, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_each_candidate(election, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_index(NULL), 0);
    assert_int_equal(election_candidate_count(NULL), 0);
    election_destroy(NULL);
    output.allocator = half.allocator;
    assert_int_equal(election_apply(election, 0, get_term, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_query(election, get_term, 2, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_snapshot(election, &output), ELECTION_MISUSE);
    assert_int_equal(
        election_input_encode(
            &(struct election_command){ELECTION_OP_WATCH, NULL, 0}, &output),
        ELECTION_MISUSE);
    assert_null(output.data);
    assert_term(election, "0 - []");
    election_destroy(election);
}

static void bad_input_is_an_outcome_with_an_empty_output(void **state)
{
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(play_with(election, ELECTION_OP_ENTER, 1, "A", &output),
                     ELECTION_OK);
    assert_int_equal(election_apply(election, 1, "\xff", 1, &output),
                     ELECTION_INVALID);
    assert_int_equal(output.size, 0);
    assert_int_equal(play_with(election, ELECTION_OP_ENTER, 1, "A", &output),
                     ELECTION_UNCHANGED);
    assert_int_equal(election_apply(election, 1, NULL, 0, &output),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(output.size, 0);
    assert_int_equal(election_apply(election, 1, "\xff", 1, NULL),
                     ELECTION_INVALID);
    assert_term(election, "1 A []");
    election_buffer_free(&output);
    election_destroy(election);
}

static void outputs_are_these_bytes(void **state)
{
    static const uint8_t vacant[] = {0x32, 0x02, 0x0a, 0x00};
    static const uint8_t waiting[] = {0x2a, 0x0a, 0x0a, 0x08, 0x0a, 0x01,
                                      'A',  0x12, 0x01, 'B',  0x18, 0x01};
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(
        election_apply(election, 1, get_term, sizeof get_term, &output),
        ELECTION_OK);
    assert_int_equal(output.size, sizeof vacant);
    assert_memory_equal(output.data, vacant, sizeof vacant);
    play_enter_all(election, "A/1 B/2");
    assert_int_equal(play_with(election, ELECTION_OP_EVICT, 1, "C", &output),
                     ELECTION_NOT_FOUND);
    assert_int_equal(output.size, sizeof waiting);
    assert_memory_equal(output.data, waiting, sizeof waiting);
    election_buffer_free(&output);
    election_destroy(election);
}

static void the_longest_frame_has_room(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    /* Vacant at the last index but one, so that the next is of ten bytes. */
    assert_int_equal(
        election_restore(election, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                         10),
        ELECTION_OK);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, 0, numbered_name(i, 18)),
            ELECTION_OK);
    assert_int_equal(play_with(election, ELECTION_OP_GET_TERM, 0, "", &output),
                     ELECTION_OK);
    /* Tags, lengths of three bytes, records of 20, an index of ten. */
    assert_int_equal(output.size, 4 + 4 + 1000 * 20 + 11);
    election_buffer_free(&output);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_query_reads_and_nothing_else(void **state)
{
    struct election *election = new_election();
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    play_enter_all(election, "A/1 B/2");
    assert_int_equal(election_query(election, get_term, 2, &output),
                     ELECTION_OK);
    assert_output(&output, ELECTION_OP_GET_TERM, "1 A [B]");
    assert_int_equal(election_query(election, "\x3a\x00", 2, &output),
                     ELECTION_OK);
    assert_output(&output, ELECTION_OP_WATCH, "1 A [B]");
    assert_int_equal(election_query(election, "\x0a\x03\x0a\x01Z", 5, &output),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(output.size, 0);
    assert_int_equal(election_query(election, "\x0a", 1, &output),
                     ELECTION_INVALID);
    assert_int_equal(election_query(election, NULL, 0, &output),
                     ELECTION_UNSUPPORTED);
    assert_term(election, "1 A [B]");
    election_buffer_free(&output);
    election_destroy(election);
}

static void hostile_input_costs_no_memory(void **state)
{
    enum { SIZE = 1 << 20 };
    static uint8_t bytes[SIZE];
    /* Repeated forms that cost a decoder an allocation each. */
    static const char *const forms[] = {
        "\x0a\x03\x0a\x01x", "\x48\x01", "\x4a\x01x", "\x4b\x4c", "\x4b",
        "\x12\x02\x08\x01",  "\xff",
    };
    struct heap heap;
    struct election *election;
    size_t size_before;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    play_enter_all(election, "A/1 B/2");
    size_before = heap.size;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = strlen(forms[i]);

        for (size_t at = 0; at < SIZE; at++)
            bytes[at] = (uint8_t)forms[i][at % length];
        bytes[SIZE - 1] = 0xff; /* the last byte makes it malformed */
        heap.peak = 0;
        assert_int_equal(election_apply(election, 1, bytes, SIZE, NULL),
                         ELECTION_INVALID);
        assert_int_equal(heap.peak, 0);
    }
    assert_int_equal(heap.size, size_before);
    assert_term(election, "1 A [B]");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_small_election_is_small(void **state)
{
    struct heap heap;
    struct election *election;

    (void)state;
    heap_init(&heap);
    election = heap_election(&heap);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, i, numbered_name(i, 18)),
            ELECTION_OK);
    assert_in_range(heap.size, 1, 320);
    election_destroy(election);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_election_is_vacant),
        cmocka_unit_test(a_config_may_leave_all_to_the_defaults),
        cmocka_unit_test(the_state_can_be_read),
        cmocka_unit_test(a_visitor_may_stop),
        cmocka_unit_test(an_election_goes_on_from_its_first_index),
        cmocka_unit_test(the_first_index_has_a_limit),
        cmocka_unit_test(candidates_are_found_with_their_rank),
        cmocka_unit_test(a_rank_counts_all_pages_before),
        cmocka_unit_test(the_term_answers_any_operation),
        cmocka_unit_test(sessions_that_end_together_make_one_step),
        cmocka_unit_test(misuse_is_told_and_changes_nothing),
        cmocka_unit_test(bad_input_is_an_outcome_with_an_empty_output),
        cmocka_unit_test(outputs_are_these_bytes),
        cmocka_unit_test(the_longest_frame_has_room),
        cmocka_unit_test(a_query_reads_and_nothing_else),
        cmocka_unit_test(hostile_input_costs_no_memory),
        cmocka_unit_test(a_small_election_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
