/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/* Reads: one election, lists in pages, the status, and the walks in C. */

/** What a list has shown. */
struct page {
    uint64_t first;
    uint64_t last; /* id */
    size_t count;
    size_t most;
};

static bool note(struct page *page, uint64_t id)
{
    assert_true(id > page->last);
    if (page->count++ == 0)
        page->first = id;
    page->last = id;
    return page->count < page->most;
}

static bool note_election(void *context,
                          const struct election_registry_election *shown)
{
    return note(context, shown->id);
}

static bool note_session(void *context,
                         const struct election_registry_session *shown)
{
    return note(context, shown->id);
}

/** Asks for a page of a list; returns the size of its answer. */
static size_t list(struct stage *stage, enum election_registry_query_kind kind,
                   uint64_t after, uint32_t limit, struct page *page)
{
    struct election_registry_query query = {
        .kind = kind,
        .after = after,
        .limit = limit,
    };
    struct election_registry_visitor visitor = {
        .election = note_election,
        .session = note_session,
        .context = page,
    };
    struct election_registry_answer answer;

    *page = (struct page){.most = SIZE_MAX};
    assert_int_equal(election_registry_query_encode(&query, &stage->entry),
                     ELECTION_OK);
    assert_int_equal(election_registry_query(stage->registry, stage->entry.data,
                                             stage->entry.size, &stage->output),
                     ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(stage->output.data,
                                                     stage->output.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.status, ELECTION_OK);
    assert_int_equal(answer.applied, stage->index);
    /* The cases of both stand in the same order. */
    assert_int_equal(answer.kind, kind + 2);
    return stage->output.size;
}

static void assert_page(const struct page *page, size_t count, uint64_t first,
                        uint64_t last)
{
    assert_int_equal(page->count, count);
    assert_int_equal(page->first, first);
    assert_int_equal(page->last, last);
}

/* ---- lists -------------------------------------------------------------- */

static void pages_of_sessions(void **state)
{
    struct stage stage;
    struct page page;

    (void)state;
    stage_open(&stage);
    assert_int_equal(list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 0, &page),
                     4);
    assert_page(&page, 0, 0, 0); /* the list is there, though empty */
    for (unsigned i = 0; i < 10010; i++)
        stage_session(&stage, numbered_name(i, 8), 1000);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 0, &page);
    assert_page(&page, 1000, 2, 1001);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 1001, 7, &page);
    assert_page(&page, 7, 1002, 1008);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 10000, &page);
    assert_page(&page, 10000, 2, 10001);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 10001, &page);
    assert_page(&page, 10000, 2, 10001);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, UINT32_MAX, &page);
    assert_page(&page, 10000, 2, 10001);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 10001, 10000, &page);
    assert_page(&page, 10, 10002, 10011);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 10011, 1, &page);
    assert_page(&page, 0, 0, 0);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, UINT64_MAX, 1, &page);
    assert_page(&page, 0, 0, 0);
    /* Those that were closed are not shown. */
    assert_int_equal(stage_close_session(&stage, 3), ELECTION_OK);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 2, 2, &page);
    assert_page(&page, 2, 4, 5);
    stage_close(&stage);
}

/** Sessions with 1,024 bytes of data: the size is the limit. */
static void a_page_is_at_most_512_kib(void **state)
{
    struct election_registry_command open = open_of("", 1000);
    static uint8_t data[1024];
    struct stage stage;
    struct page page;
    size_t size, element;

    (void)state;
    stage_open(&stage);
    open.data = data;
    open.data_size = sizeof data;
    for (unsigned i = 0; i < 600; i++) {
        open.client_id = (const uint8_t *)numbered_name(i, 8);
        open.client_id_size = 8;
        assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    }
    element = list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 598, 2, &page) -
              list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 598, 1, &page);
    size = list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 600, &page);
    assert_in_range(page.count, 2, 599);
    assert_in_range(size, 524288 - element, 524288 + 16);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, page.last, 600, &page);
    assert_int_equal(page.last, 601);
    stage_close(&stage);
}

/** A page that would have 524,288 bytes of elements is not cut. */
static void a_page_of_exactly_512_kib(void **state)
{
    struct election_registry_command open = open_of("", 1000);
    static uint8_t data[1024];
    struct stage stage;
    struct page page;
    size_t element, count, missing;

    (void)state;
    stage_open(&stage);
    stage.index = 1000; /* all ids have as many bytes */
    open.data = data;
    open.client_id_size = 8;
    for (unsigned i = 0; i < 600; i++) {
        open.client_id = (const uint8_t *)numbered_name(i, 8);
        open.data_size = 900;
        assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    }
    element = list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 2, &page) -
              list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 1, &page);
    count = 524288 / element;
    missing = 524288 % element;
    assert_in_range(count, 2, 599);
    for (unsigned i = 0; missing > 0; i++) {
        size_t more = missing < 100 ? missing : 100;

        open.client_id = (const uint8_t *)numbered_name(i, 8);
        open.data_size = 900 + more;
        assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
        missing -= more;
    }
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 600, &page);
    assert_int_equal(page.count, count);
    /* One byte more is too much. */
    open.data_size++;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    list(&stage, ELECTION_REGISTRY_LIST_SESSIONS, 0, 600, &page);
    assert_int_equal(page.count, count - 1);
    stage_close(&stage);
}

static void pages_of_elections(void **state)
{
    struct stage stage;
    struct page page;
    char name[8];

    (void)state;
    stage_open(&stage);
    assert_int_equal(
        list(&stage, ELECTION_REGISTRY_LIST_ELECTIONS, 0, 0, &page), 4);
    stage_session(&stage, "a", 86000000);
    for (unsigned i = 1; i <= 20; i++) {
        snprintf(name, sizeof name, "e%u", i);
        stage_enter(&stage, 2, i, name, "A");
    }
    list(&stage, ELECTION_REGISTRY_LIST_ELECTIONS, 0, 0, &page);
    assert_page(&page, 20, 3, 22);
    list(&stage, ELECTION_REGISTRY_LIST_ELECTIONS, 10, 5, &page);
    assert_page(&page, 5, 11, 15);
    assert_int_equal(
        stage_propose(&stage, 2, 30, "e9", ELECTION_OP_WITHDRAW, "A"),
        ELECTION_OK);
    list(&stage, ELECTION_REGISTRY_LIST_ELECTIONS, 10, 5, &page);
    assert_page(&page, 5, 12, 16);
    stage_close(&stage);
}

static bool check_session(void *context,
                          const struct election_registry_session *shown)
{
    size_t *count = context;

    ++*count;
    if (shown->id != 2)
        return true;
    assert_int_equal(shown->client_id_size, 1);
    assert_memory_equal(shown->client_id, "a", 1);
    assert_int_equal(shown->incarnation, 7);
    assert_int_equal(shown->timeout_ms, 4000);
    assert_int_equal(shown->remaining_ms, 3000);
    assert_int_equal(shown->candidate_count, 3);
    assert_int_equal(shown->highest_sequence, UINT64_C(1) << 40);
    assert_int_equal(shown->data_size, 4);
    assert_memory_equal(shown->data, "data", 4);
    return true;
}

static bool check_election(void *context,
                           const struct election_registry_election *shown)
{
    size_t *count = context;

    ++*count;
    assert_int_equal(shown->id, 3);
    assert_int_equal(shown->name_size, 1);
    assert_memory_equal(shown->name, "e", 1);
    assert_leadership(&shown->leadership, "1 A/2 +2");
    assert_int_equal(shown->leadership.leader_data_size, 4);
    assert_memory_equal(shown->leadership.leader_data, "data", 4);
    return true;
}

/** All fields, in a list and in a walk. */
static void what_is_shown(void **state)
{
    struct election_registry_command open = open_of("a", 4000);
    size_t count = 0;
    struct election_registry_visitor visitor = {
        .election = check_election,
        .session = check_session,
        .context = &count,
    };
    struct election_registry_answer answer;
    struct stage stage;
    struct page page;

    (void)state;
    stage_open(&stage);
    open.incarnation = 7;
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "e", "B");
    stage_enter(&stage, 2, UINT64_C(1) << 40, "e", "C");
    stage_wait(&stage, 1000);
    for (int kind = ELECTION_REGISTRY_LIST_ELECTIONS;
         kind <= ELECTION_REGISTRY_LIST_SESSIONS; kind++) {
        list(&stage, (enum election_registry_query_kind)kind, 0, 0, &page);
        assert_int_equal(election_registry_answer_decode(stage.output.data,
                                                         stage.output.size,
                                                         &answer, &visitor),
                         ELECTION_OK);
    }
    assert_int_equal(count, 2);
    assert_int_equal(election_registry_each_election(stage.registry, 2,
                                                     check_election, &count),
                     ELECTION_OK);
    assert_int_equal(election_registry_each_session(stage.registry, 1,
                                                    check_session, &count),
                     ELECTION_OK);
    assert_int_equal(count, 4);
    assert_int_equal(election_registry_each_election(stage.registry, 3,
                                                     check_election, &count),
                     ELECTION_OK);
    assert_int_equal(election_registry_each_session(stage.registry, 2,
                                                    check_session, &count),
                     ELECTION_OK);
    assert_int_equal(count, 4);
    stage_close(&stage);
}

/* ---- walks -------------------------------------------------------------- */

static void a_walk_ends_when_it_is_enough(void **state)
{
    struct page page = {.most = 3};
    struct stage stage;

    (void)state;
    stage_open(&stage);
    for (unsigned i = 0; i < 5; i++)
        stage_session(&stage, numbered_name(i, 8), 86000000);
    for (unsigned i = 1; i <= 5; i++)
        stage_enter(&stage, 2, i, numbered_name(i, 8), "A");
    assert_int_equal(
        election_registry_each_session(stage.registry, 0, note_session, &page),
        ELECTION_OK);
    assert_page(&page, 3, 2, 4);
    page = (struct page){.most = 3};
    assert_int_equal(election_registry_each_election(stage.registry, 8,
                                                     note_election, &page),
                     ELECTION_OK);
    assert_page(&page, 3, 9, 11);
    assert_int_equal(
        election_registry_each_session(NULL, 0, note_session, &page),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_each_session(stage.registry, 0, NULL, &page),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_each_election(NULL, 0, note_election, &page),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_each_election(stage.registry, 0, NULL, &page),
        ELECTION_MISUSE);
    stage_close(&stage);
}

/** One session, by its id and by its client. */
static void a_session_is_found(void **state)
{
    struct election_registry_command open = open_of("abc", 4000);
    const uint8_t *client = (const uint8_t *)"abc";
    struct election_registry_session found = {.id = 99};
    struct election_registry_summary summary;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    open.incarnation = UINT64_C(7) << 40;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    assert_int_equal(election_registry_session(stage.registry, 1, &found),
                     ELECTION_NO_SESSION);
    assert_int_equal(
        election_registry_session_of(stage.registry, client, 2, &found),
        ELECTION_NO_SESSION);
    assert_int_equal(found.id, 99);
    assert_int_equal(election_registry_session(stage.registry, 2, &found),
                     ELECTION_OK);
    assert_int_equal(found.incarnation, UINT64_C(7) << 40);
    assert_int_equal(found.client_id_size, 3);
    assert_memory_equal(found.client_id, "abc", 3);
    assert_int_equal(election_registry_session(stage.registry,
                                               2 + (UINT64_C(1) << 32), &found),
                     ELECTION_NO_SESSION);
    found.id = 0;
    assert_int_equal(
        election_registry_session_of(stage.registry, client, 3, &found),
        ELECTION_OK);
    assert_int_equal(found.id, 2);
    assert_int_equal(election_registry_session(NULL, 2, &found),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_session(stage.registry, 2, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_session_of(NULL, client, 3, &found),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_registry_session_of(stage.registry, NULL, 3, &found),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_session_of(stage.registry, client, 3, NULL),
        ELECTION_MISUSE);
    assert_int_equal(election_registry_sum_up(NULL, &summary), ELECTION_MISUSE);
    assert_int_equal(election_registry_sum_up(stage.registry, NULL),
                     ELECTION_MISUSE);
    stage_close(&stage);
}

/* ---- one election ------------------------------------------------------- */

/** Asks with bytes; the Answer must have this status and nothing else. */
static void assert_refused(struct stage *stage, const char *query, size_t size,
                           enum election_status status)
{
    struct election_registry_answer answer;

    assert_int_equal(
        election_registry_query(stage->registry, query, size, &stage->output),
        status);
    assert_int_equal(election_registry_answer_decode(
                         stage->output.data, stage->output.size, &answer, NULL),
                     ELECTION_OK);
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.applied, 1);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_BARE);
}

static void refused_queries(void **state)
{
    struct election_buffer half = ELECTION_BUFFER_INIT;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_refused(&stage, "", 0, ELECTION_UNSUPPORTED);
    assert_refused(&stage, "\x2a\x00", 2, ELECTION_UNSUPPORTED);
    assert_refused(&stage, "\x08\x00", 2, ELECTION_UNSUPPORTED);
    assert_refused(&stage, "\x0a", 1, ELECTION_INVALID);
    assert_refused(&stage, "\x0a\x00", 2, ELECTION_INVALID);
    assert_refused(&stage, "\x0a\x03\x0a\x01\xff", 5, ELECTION_INVALID);
    assert_refused(&stage, "\x0a\x03\x0a\x01\x00", 5, ELECTION_INVALID);
    assert_int_equal(election_registry_query(NULL, "", 0, &stage.output),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_registry_query(stage.registry, NULL, 1, &stage.output),
        ELECTION_MISUSE);
    assert_int_equal(election_registry_query(stage.registry, "", 0, NULL),
                     ELECTION_MISUSE);
    assert_refused(&stage, NULL, 0, ELECTION_UNSUPPORTED);
    half.allocator = heap_allocator(&stage.heap);
    half.allocator.free = NULL;
    assert_int_equal(election_registry_query(stage.registry, "", 0, &half),
                     ELECTION_MISUSE);
    stage_close(&stage);
}

/** The last case wins; the answer has the data of the leader's session. */
static void the_term_of_an_election(void **state)
{
    static const char query[] = "\x22\x00\x0a\x03\x0a\x01"
                                "e";
    struct election_registry_command open = open_of("a", 4000);
    struct election_registry_answer answer;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    open.data = (const uint8_t *)"data";
    open.data_size = 4;
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "e", "B");
    assert_election(&stage, "e", "1 A/2 [B]");
    assert_election(&stage, "f", "0 - []");
    assert_int_equal(election_registry_query(stage.registry, query,
                                             sizeof query - 1, &stage.output),
                     ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(
                         stage.output.data, stage.output.size, &answer, NULL),
                     ELECTION_OK);
    assert_leadership(&answer.leadership, "1 A/2 +1");
    assert_int_equal(answer.leadership.leader_data_size, 4);
    assert_memory_equal(answer.leadership.leader_data, "data", 4);
    stage_close(&stage);
}

static void the_status(void **state)
{
    struct election_registry_answer status;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 4000);
    stage_session(&stage, "b", 4000);
    stage_enter(&stage, 2, 1, "e", "A");
    stage_enter(&stage, 2, 2, "e", "B");
    stage_enter(&stage, 2, 3, "f", "A");
    stage_wait(&stage, 700);
    status = stage_status(&stage);
    assert_int_equal(status.version, 1);
    assert_int_equal(status.applied, stage.index);
    assert_int_equal(status.epoch, 1);
    assert_int_equal(status.now_ms, 700);
    assert_int_equal(status.index_floor, 0);
    assert_int_equal(status.id_floor, 6);
    assert_int_equal(status.session_count, 2);
    assert_int_equal(status.election_count, 2);
    assert_int_equal(status.candidate_count, 3);
    assert_int_equal(status.log_digest,
                     election_registry_log_digest(stage.registry));
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_sessions),
        cmocka_unit_test(a_page_is_at_most_512_kib),
        cmocka_unit_test(a_page_of_exactly_512_kib),
        cmocka_unit_test(pages_of_elections),
        cmocka_unit_test(what_is_shown),
        cmocka_unit_test(a_walk_ends_when_it_is_enough),
        cmocka_unit_test(a_session_is_found),
        cmocka_unit_test(refused_queries),
        cmocka_unit_test(the_term_of_an_election),
        cmocka_unit_test(the_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
