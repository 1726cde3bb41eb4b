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
