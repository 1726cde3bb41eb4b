/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <inttypes.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"

/* Watchers of the leader, alone and beside watchers of the Term. */

static char seen[4096];

struct watcher {
    char mark;
    uint64_t id;
};

static void say(const char *text)
{
    assert_true(strlen(seen) + strlen(text) < sizeof seen);
    strcat(seen, text);
}

static void note(void *context, struct election *election,
                 const struct election_leadership *leadership)
{
    struct watcher *watcher = context;
    char text[512];

    /* What it is told is what the election says meanwhile. */
    assert_int_equal(leadership->index, election_index(election));
    assert_int_equal(leadership->waiting_count,
                     election_candidate_count(election));
    if (leadership->leader.name == NULL)
        snprintf(text, sizeof text, "%c:%" PRIu64 " - ", watcher->mark,
                 leadership->index);
    else
        snprintf(text, sizeof text, "%c:%" PRIu64 " %.*s/%" PRIu64 "+%zu ",
                 watcher->mark, leadership->index,
                 (int)leadership->leader.name_size, leadership->leader.name,
                 leadership->leader.session_id, leadership->waiting_count);
    say(text);
    assert_int_equal(election_close_session(election, 1), ELECTION_BUSY);
    assert_int_equal(
        election_watch_leader(election, note, watcher, &watcher->id),
        ELECTION_BUSY);
}

static void note_term(void *context, struct election *election,
                      const uint8_t *event, size_t event_size)
{
    struct election_term term;

    (void)context;
    assert_int_equal(
        election_output_decode(event, event_size, &term, NULL, NULL),
        ELECTION_OK);
    assert_int_equal(term.op, ELECTION_OP_WATCH);
    assert_int_equal(term.index, election_index(election));
    assert_int_equal(term.candidate_count, election_candidate_count(election));
    say("T ");
}

static void assert_seen(const char *expected)
{
    assert_string_equal(seen, expected);
    seen[0] = '\0';
}

static void watch(struct election *election, struct watcher *watcher)
{
    assert_int_equal(
        election_watch_leader(election, note, watcher, &watcher->id),
        ELECTION_OK);
}

static struct election *setup(struct heap *heap)
{
    heap_init(heap);
    seen[0] = '\0';
    return heap_election(heap);
}

static void tenures_and_vacancies_are_told(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    assert_seen("a:0 - ");
    play_enter_all(election, "A/1");
    assert_seen("a:1 A/1+0 ");
    play_enter_all(election, "B/2 C/4294967303 D/4");
    assert_int_equal(play(election, ELECTION_OP_DEMOTE, 0, "C"), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "D"), ELECTION_OK);
    assert_seen(""); /* the queue is none of its business */
    assert_int_equal(play(election, ELECTION_OP_ANOINT, 0, "C"), ELECTION_OK);
    assert_seen("a:2 C/4294967303+2 ");
    assert_int_equal(play(election, ELECTION_OP_ANOINT, 0, "C"),
                     ELECTION_UNCHANGED);
    assert_seen("");
    assert_int_equal(
        election_close_sessions(election, (uint64_t[]){4294967303, 1}, 2),
        ELECTION_OK);
    assert_seen("a:3 B/2+0 ");
    assert_int_equal(play(election, ELECTION_OP_WITHDRAW, 2, "B"), ELECTION_OK);
    assert_seen("a:3 - ");
    assert_int_equal(election_unwatch(election, a.id), ELECTION_OK);
    play_enter_all(election, "A/1");
    assert_seen("");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void both_kinds_are_told_in_order_of_registration(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct heap heap;
    struct election *election = setup(&heap);
    uint64_t id;

    (void)state;
    watch(election, &a);
    assert_int_equal(election_watch(election, note_term, NULL, &id),
                     ELECTION_OK);
    watch(election, &b);
    assert_seen("a:0 - T b:0 - ");
    play_enter_all(election, "A/1");
    assert_seen("a:1 A/1+0 T b:1 A/1+0 ");
    play_enter_all(election, "B/2");
    assert_seen("T ");
    assert_int_equal(election_unwatch(election, id), ELECTION_OK);
    assert_int_equal(election_unwatch(election, id), ELECTION_NOT_FOUND);
    assert_int_equal(play(election, ELECTION_OP_PROMOTE, 0, "B"), ELECTION_OK);
    assert_seen("a:2 B/2+1 b:2 B/2+1 ");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void who_watches_the_leader_needs_no_room_for_a_term(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);
    size_t before;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(
            play(election, ELECTION_OP_ENTER, i, numbered_name(i, 200)),
            ELECTION_OK);
    before = heap.size;
    heap.allowed = 2; /* for the watchers and their list */
    watch(election, &a);
    assert_true(heap.size - before < 1024);
    heap.allowed = 0;
    assert_int_equal(
        play(election, ELECTION_OP_EVICT, 0, numbered_name(0, 200)),
        ELECTION_OK);
    assert_int_not_equal(strlen(seen), 0);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_vacant_election_may_be_restored_to_the_same_index(void **state)
{
    struct election_config config = {.first_index = 5};
    struct watcher a = {.mark = 'a'};
    struct election *election;

    (void)state;
    seen[0] = '\0';
    assert_int_equal(election_create(&config, &election), ELECTION_OK);
    watch(election, &a);
    assert_seen("a:5 - ");
    assert_int_equal(election_restore(election, "\x08\x05", 2), ELECTION_OK);
    assert_seen("");
    assert_int_equal(election_restore(election,
                                      "\x08\x05\x12\x03\x0a\x01"
                                      "A",
                                      7),
                     ELECTION_OK);
    assert_seen("a:5 A/0+0 ");
    election_destroy(election);
}

/** A restore of a snapshot on "5 A/1 [B]", and what is told of it. */
static void check_restore(const char *bytes, size_t size, const char *expected)
{
    static const char origin[] = "\x08\x05\x12\x05\x0a\x01"
                                 "A\x10\x01\x1a\x05\x0a\x01"
                                 "B\x10\x02";
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);

    assert_int_equal(election_restore(election, origin, sizeof origin - 1),
                     ELECTION_OK);
    watch(election, &a);
    assert_seen("a:5 A/1+1 ");
    assert_int_equal(election_restore(election, bytes, size), ELECTION_OK);
    assert_seen(expected);
    election_destroy(election);
    heap_assert_empty(&heap);
}

#define CHECK_RESTORE(literal, expected)                                       \
    check_restore((literal), sizeof(literal) - 1, (expected))

static void a_restore_tells_of_another_leadership_only(void **state)
{
    (void)state;
    /* The same; another queue. */
    CHECK_RESTORE("\x08\x05\x12\x05\x0a\x01"
                  "A\x10\x01\x1a\x05\x0a\x01"
                  "B\x10\x02",
                  "");
    CHECK_RESTORE("\x08\x05\x12\x05\x0a\x01"
                  "A\x10\x01",
                  "");
    /* Another index, name, session, session beyond 32 bits, nobody. */
    CHECK_RESTORE("\x08\x06\x12\x05\x0a\x01"
                  "A\x10\x01",
                  "a:6 A/1+0 ");
    CHECK_RESTORE("\x08\x05\x12\x05\x0a\x01"
                  "C\x10\x01",
                  "a:5 C/1+0 ");
    CHECK_RESTORE("\x08\x05\x12\x05\x0a\x01"
                  "A\x10\x03",
                  "a:5 A/3+0 ");
    CHECK_RESTORE("\x08\x05\x12\x09\x0a\x01"
                  "A\x10\x81\x80\x80\x80\x10",
                  "a:5 A/4294967297+0 ");
    CHECK_RESTORE("\x08\x05", "a:5 - ");
    /* Nothing but the leader's session, which is no other Term. */
    CHECK_RESTORE("\x08\x05\x12\x05\x0a\x01"
                  "A\x10\x03\x1a\x05\x0a\x01"
                  "B\x10\x02",
                  "a:5 A/3+1 ");
    CHECK_RESTORE("\x08\x05\x12\x09\x0a\x01"
                  "A\x10\x81\x80\x80\x80\x10\x1a\x05\x0a\x01"
                  "B\x10\x02",
                  "a:5 A/4294967297+1 ");
}

static void who_watches_the_leader_leaves_the_others_alone(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);
    uint64_t id;

    (void)state;
    watch(election, &a);
    assert_int_equal(election_watch(election, note_term, NULL, &id),
                     ELECTION_OK);
    assert_seen("a:0 - T ");
    assert_int_equal(election_unwatch(election, a.id), ELECTION_OK);
    play_enter_all(election, "A/1 B/2");
    assert_seen("T T ");
    /* The room for its event is kept: this needs no memory. */
    heap.allowed = 0;
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "A"), ELECTION_OK);
    assert_seen("T ");
    heap.allowed = HEAP_UNLIMITED;
    assert_int_equal(election_unwatch(election, id), ELECTION_OK);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void indexes_and_sessions_have_64_bits(void **state)
{
    static const struct election_config low = {.first_index = 9};
    static const struct election_config high = {.first_index = 30064771081};
    struct watcher a = {.mark = 'a'};
    struct election_buffer snapshot;
    struct election *election, *other;

    (void)state;
    seen[0] = '\0';
    assert_int_equal(election_create(&high, &election), ELECTION_OK);
    watch(election, &a);
    assert_seen("a:30064771081 - ");
    play_enter_all(election, "A/8589934593");
    assert_seen("a:30064771082 A/8589934593+0 ");
    /* What happens behind the leader is not told, whatever the index is. */
    play_enter_all(election, "B/2 C/1");
    assert_int_equal(play(election, ELECTION_OP_PROMOTE, 0, "C"), ELECTION_OK);
    assert_int_equal(election_close_session(election, 2), ELECTION_OK);
    assert_int_equal(election_close_session(election, 1), ELECTION_OK);
    assert_seen("");
    /* The same but for an index that differs above bit 31. */
    assert_int_equal(election_create(&low, &other), ELECTION_OK);
    play_enter_all(other, "A/8589934593");
    snapshot = snapshot_of(other);
    assert_int_equal(election_restore(election, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_seen("a:10 A/8589934593+0 ");
    election_buffer_free(&snapshot);
    election_destroy(election);
    election_destroy(other);
}

static void misuse_and_lack_of_memory(void **state)
{
    struct watcher a = {.mark = 'a', .id = 99};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    assert_int_equal(election_watch_leader(NULL, note, &a, &a.id),
                     ELECTION_MISUSE);
    assert_int_equal(election_watch_leader(election, NULL, &a, &a.id),
                     ELECTION_MISUSE);
    for (size_t allowed = 0; allowed < 2; allowed++) {
        size_t blocks = heap.blocks;

        heap.allowed = allowed;
        assert_int_equal(election_watch_leader(election, note, &a, &a.id),
                         ELECTION_NOMEM);
        assert_int_equal(heap.blocks, blocks);
    }
    assert_int_equal(a.id, 99);
    assert_seen("");
    election_destroy(election);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tenures_and_vacancies_are_told),
        cmocka_unit_test(both_kinds_are_told_in_order_of_registration),
        cmocka_unit_test(who_watches_the_leader_needs_no_room_for_a_term),
        cmocka_unit_test(a_vacant_election_may_be_restored_to_the_same_index),
        cmocka_unit_test(a_restore_tells_of_another_leadership_only),
        cmocka_unit_test(who_watches_the_leader_leaves_the_others_alone),
        cmocka_unit_test(indexes_and_sessions_have_64_bits),
        cmocka_unit_test(misuse_and_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
