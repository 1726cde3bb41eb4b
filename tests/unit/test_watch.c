/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "../support/play.h"

/* What the watchers of one test have seen: "a:1 A [] " and so on. */
static char seen[4096];
static const uint8_t *last_event;

struct watcher {
    char mark;
    uint64_t id;
    uint64_t unwatches; /* another watcher's id, 0 = none */
};

static void note(void *context, struct election *election, const uint8_t *event,
                 size_t event_size)
{
    struct watcher *watcher = context;
    struct election_term term;
    size_t size = strlen(seen);

    assert_int_equal(
        election_output_decode(event, event_size, &term, NULL, NULL),
        ELECTION_OK);
    assert_int_equal(term.op, ELECTION_OP_WATCH);
    assert_int_equal(term.index, election_index(election));
    snprintf(seen + size, sizeof seen - size, "%c:%d %.*s+%d ", watcher->mark,
             (int)term.index, (int)term.leader_size,
             term.leader == NULL ? "" : term.leader, (int)term.candidate_count);
    last_event = event;
    if (watcher->unwatches != 0)
        assert_int_equal(election_unwatch(election, watcher->unwatches),
                         ELECTION_OK);
}

static void assert_seen(const char *expected)
{
    assert_string_equal(seen, expected);
    seen[0] = '\0';
}

static struct election *setup(struct heap *heap)
{
    heap_init(heap);
    seen[0] = '\0';
    return heap_election(heap);
}

static void watch(struct election *election, struct watcher *watcher)
{
    assert_int_equal(election_watch(election, note, watcher, &watcher->id),
                     ELECTION_OK);
    assert_int_not_equal(watcher->id, 0);
}

static void a_watch_starts_with_the_present_term(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    assert_seen("a:0 +0 ");
    play_enter_all(election, "A/1 B/2");
    assert_seen("a:1 A+0 a:1 A+1 ");
    watch(election, &b);
    assert_seen("b:1 A+1 ");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void each_change_is_told_once_in_order(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    watch(election, &b);
    assert_seen("a:0 +0 b:0 +0 ");
    play_enter_all(election, "A/1");
    assert_seen("a:1 A+0 b:1 A+0 ");
    assert_int_equal(election_close_session(election, 1), ELECTION_OK);
    assert_seen("a:1 +0 b:1 +0 ");
    election_destroy(election);
}

static void nothing_is_told_when_nothing_changes(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    play_enter_all(election, "A/1 B/2 C/3");
    watch(election, &a);
    assert_seen("a:1 A+2 ");
    assert_int_equal(play(election, ELECTION_OP_DEMOTE, 0, "C"),
                     ELECTION_UNCHANGED);
    assert_int_equal(play(election, ELECTION_OP_EVICT, 0, "Z"),
                     ELECTION_NOT_FOUND);
    assert_int_equal(play(election, ELECTION_OP_WITHDRAW, 9, "A"),
                     ELECTION_NOT_OWNER);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 9, "A"),
                     ELECTION_CONFLICT);
    assert_int_equal(play(election, ELECTION_OP_ENTER, 9, ""),
                     ELECTION_INVALID);
    assert_int_equal(play(election, ELECTION_OP_GET_TERM, 0, ""), ELECTION_OK);
    assert_int_equal(play(election, ELECTION_OP_WATCH, 0, ""), ELECTION_OK);
    assert_int_equal(election_close_session(election, 9), ELECTION_UNCHANGED);
    assert_seen("");
    election_destroy(election);
}

static void unwatching(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    assert_int_equal(election_unwatch(election, 1), ELECTION_NOT_FOUND);
    watch(election, &a);
    watch(election, &b);
    assert_int_equal(election_unwatch(election, a.id), ELECTION_OK);
    assert_int_equal(election_unwatch(election, a.id), ELECTION_NOT_FOUND);
    assert_int_equal(election_unwatch(election, 99), ELECTION_NOT_FOUND);
    assert_seen("a:0 +0 b:0 +0 ");
    play_enter_all(election, "A/1");
    assert_seen("b:1 A+0 ");
    assert_int_equal(election_unwatch(election, b.id), ELECTION_OK);
    play_enter_all(election, "B/1");
    assert_seen("");
    /* A number is not given twice. */
    b.id = 0;
    watch(election, &b);
    assert_int_equal(b.id, 3);
    election_destroy(election);
}

static void a_callback_may_unwatch_itself_and_others(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct watcher c = {.mark = 'c'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    watch(election, &b);
    watch(election, &c);
    assert_seen("a:0 +0 b:0 +0 c:0 +0 ");
    a.unwatches = b.id; /* who is then not told of this very change */
    play_enter_all(election, "A/1");
    assert_seen("a:1 A+0 c:1 A+0 ");
    a.unwatches = a.id;
    play_enter_all(election, "B/1");
    assert_seen("a:1 A+1 c:1 A+1 ");
    play_enter_all(election, "C/1");
    assert_seen("c:1 A+2 ");
    /* One unwatched in its callback is gone for its caller too. */
    assert_int_equal(election_unwatch(election, a.id), ELECTION_NOT_FOUND);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void unwatch_in_the_first_call(void *context, struct election *election,
                                      const uint8_t *event, size_t event_size)
{
    uint64_t *watch_id = context;

    (void)event;
    (void)event_size;
    assert_int_equal(election_unwatch(election, *watch_id), ELECTION_OK);
    assert_int_equal(election_unwatch(election, *watch_id), ELECTION_NOT_FOUND);
    strcat(seen, "once ");
}

static void the_number_is_known_in_the_first_call(void **state)
{
    struct heap heap;
    struct election *election = setup(&heap);
    uint64_t watch_id = 0;

    (void)state;
    assert_int_equal(election_watch(election, unwatch_in_the_first_call,
                                    &watch_id, &watch_id),
                     ELECTION_OK);
    play_enter_all(election, "A/1");
    assert_seen("once ");
    election_destroy(election);
}

static void try_everything(void *context, struct election *election,
                           const uint8_t *event, size_t event_size)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    uint64_t watch_id = 77;

    (void)event;
    (void)event_size;
    assert_int_equal(play(election, ELECTION_OP_ENTER, 5, "Z"), ELECTION_BUSY);
    assert_int_equal(play(election, ELECTION_OP_GET_TERM, 5, ""),
                     ELECTION_BUSY);
    assert_int_equal(election_close_session(election, 1), ELECTION_BUSY);
    assert_int_equal(election_restore(election, NULL, 0), ELECTION_BUSY);
    assert_int_equal(election_watch(election, note, NULL, &watch_id),
                     ELECTION_BUSY);
    assert_int_equal(watch_id, 77);
    /* Reading is allowed. */
    assert_int_equal(election_query(election, "\x32\x00", 2, &output),
                     ELECTION_OK);
    assert_output(&output, ELECTION_OP_GET_TERM, context);
    assert_int_equal(election_snapshot(election, &output), ELECTION_OK);
    election_buffer_free(&output);
    strcat(seen, "tried ");
}

static void changing_from_a_callback_is_busy(void **state)
{
    char term[8] = "0 - []";
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    assert_int_equal(election_watch(election, try_everything, term, NULL),
                     ELECTION_OK);
    strcpy(term, "1 A []");
    play_enter_all(election, "A/1");
    assert_seen("tried tried ");
    assert_term(election, "1 A []");
    election_destroy(election);
}

static void all_watchers_are_given_the_same_bytes(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    const uint8_t *event;
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    watch(election, &b);
    assert_int_equal(election_unwatch(election, b.id), ELECTION_OK);
    play_enter_all(election, "A/1");
    event = last_event;
    watch(election, &b);
    assert_ptr_equal(last_event, event);
    election_destroy(election);
}

static void a_restore_tells_of_another_term_once(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct election_buffer snapshot;
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    play_enter_all(election, "A/1 B/2");
    snapshot = snapshot_of(election);
    watch(election, &a);
    assert_seen("a:1 A+1 ");
    assert_int_equal(election_restore(election, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_seen("");
    play_enter_all(election, "C/3");
    assert_seen("a:1 A+2 ");
    assert_int_equal(election_restore(election, snapshot.data, snapshot.size),
                     ELECTION_OK);
    assert_seen("a:1 A+1 ");
    /* One more who waits, behind the same ones. */
    assert_int_equal(election_restore(election,
                                      "\x08\x01\x12\x05\x0a\x01"
                                      "A\x10\x01\x1a\x05\x0a\x01"
                                      "B\x10\x02\x1a\x03\x0a\x01"
                                      "C",
                                      21),
                     ELECTION_OK);
    assert_seen("a:1 A+2 ");
    /* A name of another size in the same place. */
    assert_int_equal(election_restore(election,
                                      "\x08\x01\x12\x04\x0a\x02"
                                      "AA",
                                      8),
                     ELECTION_OK);
    assert_seen("a:1 AA+0 ");
    /* Another Term, another order alone, other sessions alone. */
    assert_int_equal(election_restore(election,
                                      "\x08\x02\x12\x05\x0a\x01"
                                      "A\x10\x01\x1a\x05\x0a\x01"
                                      "B\x10\x02",
                                      16),
                     ELECTION_OK);
    assert_seen("a:2 A+1 ");
    assert_int_equal(election_restore(election,
                                      "\x08\x02\x12\x05\x0a\x01"
                                      "B\x10\x01\x1a\x05\x0a\x01"
                                      "A\x10\x02",
                                      16),
                     ELECTION_OK);
    assert_seen("a:2 B+1 ");
    assert_int_equal(election_restore(election,
                                      "\x08\x02\x12\x05\x0a\x01"
                                      "B\x10\x09\x1a\x05\x0a\x01"
                                      "A\x10\x09",
                                      16),
                     ELECTION_OK);
    assert_seen("");
    assert_int_equal(election_restore(election, "\xff", 1), ELECTION_CORRUPT);
    assert_seen("");
    assert_int_equal(election_restore(election, NULL, 0), ELECTION_OK);
    assert_seen("a:0 +0 ");
    election_buffer_free(&snapshot);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void another_index_alone_is_another_term(void **state)
{
    static const char origin[] = "\x08\x01\x12\x05\x0a\x01"
                                 "A\x10\x01\x1a\x05\x0a\x01"
                                 "B\x10\x02";
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);
    char bytes[sizeof origin];

    (void)state;
    play_enter_all(election, "A/1 B/2");
    watch(election, &a);
    assert_seen("a:1 A+1 ");
    memcpy(bytes, origin, sizeof origin);
    assert_int_equal(election_restore(election, bytes, sizeof bytes - 1),
                     ELECTION_OK);
    assert_seen("");
    bytes[1] = 7;
    assert_int_equal(election_restore(election, bytes, sizeof bytes - 1),
                     ELECTION_OK);
    assert_seen("a:7 A+1 ");
    election_destroy(election);
    heap_assert_empty(&heap);
}

/** Looks at the election, and at the output of the command it is told of. */
struct looker {
    struct election_buffer output;
    const char *term; /* that it is to find */
    bool has_output;
};

static void look_around(void *context, struct election *election,
                        const uint8_t *event, size_t event_size)
{
    struct looker *looker = context;
    struct election_candidate leader = {NULL, 0, 0};
    struct election_candidate found = {NULL, 0, 0};
    size_t rank = 99;

    assert_output_bytes(event, event_size, ELECTION_OP_WATCH, looker->term);
    assert_term(election, looker->term);
    assert_int_equal(election_leader(election, &leader), ELECTION_OK);
    assert_int_equal(
        election_find(election, leader.name, leader.name_size, &found, &rank),
        ELECTION_OK);
    assert_ptr_equal(found.name, leader.name);
    assert_int_equal(rank, 0);
    assert_int_equal(election_find(election, "A", 1, NULL, &rank), ELECTION_OK);
    assert_int_equal(rank, leader.name[0] != 'A');
    assert_int_equal(election_candidate_count(election), 2);
    if (looker->has_output)
        assert_output(&looker->output, ELECTION_OP_ANOINT, looker->term);
    strcat(seen, "looked ");
}

static void all_is_done_before_anybody_is_told(void **state)
{
    struct looker looker = {ELECTION_BUFFER_INIT, "1 A [B C]", false};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    play_enter_all(election, "A/1 B/2 C/3");
    assert_int_equal(election_watch(election, look_around, &looker, NULL),
                     ELECTION_OK);
    /* A buffer that must grow first, and one that has room. */
    looker.has_output = true;
    looker.term = "2 B [A C]";
    assert_int_equal(
        play_with(election, ELECTION_OP_ANOINT, 0, "B", &looker.output),
        ELECTION_OK);
    looker.term = "3 A [B C]";
    assert_int_equal(
        play_with(election, ELECTION_OP_ANOINT, 0, "A", &looker.output),
        ELECTION_OK);
    assert_seen("looked looked looked ");
    election_buffer_free(&looker.output);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void sessions_that_end_together_are_one_event(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    play_enter_all(election, "A/1 B/2 C/3 D/4");
    watch(election, &a);
    assert_seen("a:1 A+3 ");
    assert_int_equal(
        election_close_sessions(election, (uint64_t[]){1, 3, 2, 9}, 4),
        ELECTION_OK);
    assert_seen("a:2 D+0 ");
    election_destroy(election);
}

/** Fails the test unless a change is told to those who watch, in order. */
static void assert_told(struct election *election,
                        const struct watcher *watchers, size_t count)
{
    char expected[sizeof seen] = "";

    assert_int_equal(election_close_session(election, 1), ELECTION_OK);
    seen[0] = '\0';
    play_enter_all(election, "A/1");
    for (size_t i = 0; i < count; i++)
        if (watchers[i].id != 0)
            snprintf(expected + strlen(expected),
                     sizeof expected - strlen(expected), "%c:%d A+0 ",
                     watchers[i].mark, (int)election_index(election));
    assert_seen(expected);
}

static void many_watch_and_any_of_them_goes(void **state)
{
    enum { COUNT = 20 };
    struct watcher watchers[COUNT] = {{.mark = 0}};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    play_enter_all(election, "A/1");
    for (size_t i = 0; i < COUNT; i++) {
        watchers[i].mark = (char)('a' + i);
        watch(election, &watchers[i]);
        assert_told(election, watchers, COUNT);
    }
    for (size_t i = 0; i < COUNT; i++) {
        struct watcher *gone = &watchers[(7 * i + 3) % COUNT];
        uint64_t beyond_32_bits = gone->id + (UINT64_C(1) << 32);

        assert_int_equal(election_unwatch(election, beyond_32_bits),
                         ELECTION_NOT_FOUND);
        assert_int_equal(election_unwatch(election, 0), ELECTION_NOT_FOUND);
        assert_int_equal(election_unwatch(election, COUNT + 1),
                         ELECTION_NOT_FOUND);
        assert_int_equal(election_unwatch(election, gone->id), ELECTION_OK);
        assert_int_equal(election_unwatch(election, gone->id),
                         ELECTION_NOT_FOUND);
        gone->id = 0;
        assert_told(election, watchers, COUNT);
    }
    assert_int_equal(election_unwatch(election, 1), ELECTION_NOT_FOUND);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void the_list_is_not_read_behind_its_end(void **state)
{
    struct watcher watchers[4] = {{.mark = 'a'}};
    struct election *election;

    (void)state;
    /* From malloc(), so that a sanitizer sees it; four fill the first list. */
    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    for (size_t i = 0; i < 4; i++)
        watch(election, &watchers[i]);
    assert_int_equal(election_unwatch(election, 99), ELECTION_NOT_FOUND);
    election_destroy(election);
    seen[0] = '\0';
}

static void one_may_unwatch_the_only_other_one(void **state)
{
    struct watcher a = {.mark = 'a'};
    struct watcher b = {.mark = 'b'};
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    watch(election, &a);
    watch(election, &b);
    assert_seen("a:0 +0 b:0 +0 ");
    a.unwatches = b.id;
    play_enter_all(election, "A/1");
    assert_seen("a:1 A+0 ");
    a.unwatches = 0;
    watch(election, &b);
    assert_seen("b:1 A+0 ");
    b.unwatches = a.id; /* who has been told already */
    play_enter_all(election, "B/1");
    assert_seen("a:1 A+1 b:1 A+1 ");
    b.unwatches = 0;
    play_enter_all(election, "C/1");
    assert_seen("b:1 A+2 ");
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void a_few_of_many_watchers_take_little_memory(void **state)
{
    enum { COUNT = 1000, KEPT = 100 };
    static struct watcher watchers[COUNT];
    struct heap heap;
    struct election *election = setup(&heap);
    size_t before = heap.size;
    size_t blocks = heap.blocks;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        watchers[i].mark = 'w';
        watch(election, &watchers[i]);
        seen[0] = '\0';
    }
    for (size_t i = 0; i < COUNT - KEPT; i++)
        assert_int_equal(election_unwatch(election, watchers[i].id),
                         ELECTION_OK);
    /* Room for four times as many, of 32 bytes each, and for the event. */
    assert_in_range(heap.size - before, 1, 4 * KEPT * 32 + 512);
    for (size_t i = COUNT - KEPT; i < COUNT; i++)
        assert_int_equal(election_unwatch(election, watchers[i].id),
                         ELECTION_OK);
    /* Only the last id given out is remembered. */
    assert_int_equal(heap.blocks, blocks + 1);
    watch(election, &watchers[0]);
    assert_int_equal(election_unwatch(election, watchers[0].id), ELECTION_OK);
    assert_int_equal(heap.blocks, blocks + 1);
    election_destroy(election);
    heap_assert_empty(&heap);
}

static void misuse(void **state)
{
    struct heap heap;
    struct election *election = setup(&heap);

    (void)state;
    assert_int_equal(election_watch(NULL, note, NULL, NULL), ELECTION_MISUSE);
    assert_int_equal(election_watch(election, NULL, NULL, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_unwatch(NULL, 1), ELECTION_MISUSE);
    election_destroy(election);
    heap_assert_empty(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_starts_with_the_present_term),
        cmocka_unit_test(each_change_is_told_once_in_order),
        cmocka_unit_test(nothing_is_told_when_nothing_changes),
        cmocka_unit_test(unwatching),
        cmocka_unit_test(a_callback_may_unwatch_itself_and_others),
        cmocka_unit_test(the_number_is_known_in_the_first_call),
        cmocka_unit_test(changing_from_a_callback_is_busy),
        cmocka_unit_test(all_watchers_are_given_the_same_bytes),
        cmocka_unit_test(a_restore_tells_of_another_term_once),
        cmocka_unit_test(another_index_alone_is_another_term),
        cmocka_unit_test(all_is_done_before_anybody_is_told),
        cmocka_unit_test(sessions_that_end_together_are_one_event),
        cmocka_unit_test(many_watch_and_any_of_them_goes),
        cmocka_unit_test(the_list_is_not_read_behind_its_end),
        cmocka_unit_test(one_may_unwatch_the_only_other_one),
        cmocka_unit_test(a_few_of_many_watchers_take_little_memory),
        cmocka_unit_test(misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
