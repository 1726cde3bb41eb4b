/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "../support/play.h"
#include "election/testing.h"

static struct election *new_election(void)
{
    struct election *election;

    assert_int_equal(election_create(NULL, &election), ELECTION_OK);
    return election;
}

static void lines_are_played_and_answered(void **state)
{
    struct election *election = new_election();

    (void)state;
    assert_play(election, "enter 1 alice", "ok index=1 leader=alice queue=[]");
    assert_play(election, "enter 18446744073709551615 bob # the last session",
                "ok index=1 leader=alice queue=[bob]");
    assert_play(election, "withdraw 2 alice",
                "not_owner index=1 leader=alice queue=[bob]");
    assert_play(election, "enter 3 \"\\xC3\\xA4 \\\"\"",
                "ok index=1 leader=alice queue=[bob \"\\xC3\\xA4 \\\"\"]");
    assert_play(election, "promote bob",
                "ok index=2 leader=bob queue=[alice \"\\xC3\\xA4 \\\"\"]");
    assert_play(election, "evict \"\\xC3\\xA4 \\\"\"",
                "ok index=2 leader=bob queue=[alice]");
    assert_play(election, "list",
                "candidate place=0 session=18446744073709551615 name=bob\n"
                "candidate place=1 session=1 name=alice\n"
                "ok index=2 leader=bob queue=[alice]");
    assert_play(election, "close 18446744073709551615",
                "ok index=3 leader=alice queue=[]");
    assert_play(election, "enter 1 \"\"", "invalid");
    assert_play(election, "withdraw 1 alice", "ok index=3 leader=- queue=[]");
    assert_play(election, "list", "ok index=3 leader=- queue=[]");
    assert_election(election, "index=3 leader=- queue=[]");
    election_destroy(election);
}

static void what_is_no_line_of_an_election_says_why(void **state)
{
    struct election *election = new_election();
    char text[100];

    (void)state;
    assert_play(election, "", "");
    assert_play(election, "  # a comment", "");
    assert_play(election, "frob", "error: unknown command; help lists all");
    assert_play(election, "enter 1", "error: a name is missing");
    assert_play(election, "watch", "error: this is for the shell alone");
    assert_play(election, "snapshot f", "error: this is for the shell alone");
    assert_int_equal(election_play(election, "frob", text, sizeof text),
                     ELECTION_MISUSE);
    assert_int_equal(election_play(election, " ", text, sizeof text),
                     ELECTION_OK);
    assert_int_equal(election_play(election, "evict z", text, sizeof text),
                     ELECTION_NOT_FOUND);
    assert_int_equal(election_play(NULL, "term", text, sizeof text),
                     ELECTION_MISUSE);
    assert_int_equal(election_play(election, NULL, text, sizeof text),
                     ELECTION_MISUSE);
    assert_int_equal(election_play(election, "term", NULL, 1), ELECTION_MISUSE);
    assert_int_equal(election_play(election, "term", NULL, 0), ELECTION_OK);
    assert_election(election, "index=0 leader=- queue=[]");
    election_destroy(election);
}

static void a_text_is_cut_to_its_room(void **state)
{
    static const char whole[] = "index=1 leader=alice queue=[bob]";
    struct election *election = new_election();

    (void)state;
    play_enter_all(election, "alice/1 bob/2");
    for (size_t size = 0; size <= sizeof whole; size++) {
        char *text = malloc(size + 1);
        char *kept = malloc(size + 1);

        assert_non_null(text);
        assert_non_null(kept);
        memset(text, '?', size + 1);
        assert_int_equal(election_term_text(election, text, size),
                         sizeof whole - 1);
        assert_int_equal(text[size], '?');
        snprintf(kept, size + 1, "%s", whole);
        if (size > 0 && size < sizeof whole)
            kept[size - 1] = '\0';
        if (size > 0)
            assert_string_equal(text, kept);
        free(text);
        free(kept);
    }
    assert_int_equal(election_term_text(NULL, NULL, 0), 0);
    assert_int_equal(election_term_text(election, NULL, 1), 0);
    election_destroy(election);
}

static void a_line_has_a_limit(void **state)
{
    struct election *election = new_election();
    char line[4097];
    char text[100];

    (void)state;
    memset(line, ' ', sizeof line);
    memcpy(line, "term", 4);
    line[4095] = '\0';
    assert_int_equal(election_play(election, line, text, sizeof text),
                     ELECTION_OK);
    line[4095] = ' ';
    line[4096] = '\0';
    assert_int_equal(election_play(election, line, text, sizeof text),
                     ELECTION_MISUSE);
    assert_string_equal(text, "error: the line is too long");
    election_destroy(election);
}

static void play_inside(void *context, struct election *election,
                        const uint8_t *event, size_t event_size)
{
    (void)event;
    (void)event_size;
    *(enum election_status *)context =
        election_play(election, "close 1", NULL, 0);
}

static void failures_are_no_texts(void **state)
{
    struct election *election = new_election();
    enum election_status status = ELECTION_OK;

    (void)state;
    assert_int_equal(election_watch(election, play_inside, &status, NULL),
                     ELECTION_OK);
    assert_int_equal(status, ELECTION_BUSY);
    election_destroy(election);
}

static void a_registry_is_played_by_lines(void **state)
{
    struct election_player player = {.time_ms = 0};

    (void)state;
    assert_int_equal(election_registry_create(NULL, &player.registry),
                     ELECTION_OK);
    assert_registry_play(&player, "office", "ok applied=1");
    assert_registry_play(&player, "at 1000", "ok");
    assert_int_equal(player.time_ms, 1000);
    assert_registry_play(&player, "open a 5000",
                         "ok applied=2 session=2 incarnation=0 timeout=5000");
    assert_registry_play(&player, "propose 2 1 db enter x # twice",
                         "ok applied=3 index=1 leader=x session=2 waiting=0");
    player.index = 70;
    player.has_index = true;
    assert_registry_play(
        &player, "propose 2 1 db enter x",
        "ok applied=70 index=1 leader=x session=2 waiting=0 repeated");
    player.has_epoch = true; /* of nobody's office, for one entry */
    assert_registry_play(&player, "end 2", "invalid applied=71");
    assert_registry_play(&player, "end 2", "ok applied=72");
    assert_registry_play(&player, "", "");
    election_registry_destroy(player.registry);
}

static void a_line_for_a_registry_may_be_wrong(void **state)
{
    struct election_player player = {.time_ms = 0};
    char line[4097];
    char text[8];

    (void)state;
    memset(line, ' ', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_int_equal(election_registry_create(NULL, &player.registry),
                     ELECTION_OK);
    assert_int_equal(election_registry_play(&player, line, NULL, 0),
                     ELECTION_MISUSE);
    assert_registry_play(&player, line, "error: the line is too long");
    assert_registry_play(&player, "frob",
                         "error: unknown command; help lists all");
    assert_registry_play(&player, "watch",
                         "error: this is for the shell alone");
    assert_int_equal(election_registry_play(&player, "status", text, 8),
                     ELECTION_OK);
    assert_string_equal(text, "ok appl"); /* cut to fit */
    assert_int_equal(election_registry_play(NULL, "tick", text, 8),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_play(&player, NULL, text, 8),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_play(&player, "tick", NULL, 8),
                     ELECTION_MISUSE);
    election_registry_destroy(player.registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_played_and_answered),
        cmocka_unit_test(what_is_no_line_of_an_election_says_why),
        cmocka_unit_test(a_text_is_cut_to_its_room),
        cmocka_unit_test(a_line_has_a_limit),
        cmocka_unit_test(failures_are_no_texts),
        cmocka_unit_test(a_registry_is_played_by_lines),
        cmocka_unit_test(a_line_for_a_registry_may_be_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
