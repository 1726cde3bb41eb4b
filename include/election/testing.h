/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Unit-testing what an application makes of an election: an election played by
 * lines of text, and shown as text. The lines are those of election-shell, so a
 * test reads like a transcript of it.
 *
 *     struct election *election;
 *     assert_int_equal(election_create(NULL, &election), ELECTION_OK);
 *     assert_play(election, "enter 1 a", "ok index=1 leader=a queue=[]");
 *     assert_play(election, "enter 2 b", "ok index=1 leader=a queue=[b]");
 *     assert_play(election, "close 1", "ok index=2 leader=b queue=[]");
 *     assert_election(election, "index=2 leader=b queue=[]");
 *
 * The two macros need cmocka, which is to be included before; the functions
 * need nothing. What election.h says of all its functions holds here too. The
 * library is libelection-testing.
 */
#ifndef ELECTION_TESTING_H
#define ELECTION_TESTING_H

#include "election/election.h"
#include "election/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the texts that the macros compare, with the NUL. */
#define ELECTION_TEXT_SIZE 4096

/**
 * Plays one line of the shell's language: enter, withdraw, anoint, promote,
 * demote, evict, close, term or list. The other commands are the shell's own.
 *
 * @param line  The line, terminated by NUL, of at most 4,095 bytes. A blank
 *     line, or a comment, does nothing.
 * @param text  Where to put the answer as the shell prints it, without the end
 *     of its last line: "ok index=1 leader=alice queue=[]". It is cut to fit,
 *     and terminated by NUL. May be NULL with size 0.
 * @param text_size  Bytes of room for it.
 *
 * @return  The status of the command. ELECTION_MISUSE also if the line cannot
 *     be read; the text then says "error: " and why.
 *
 * Calls: each watcher once if there is news for it.
 * Cost: O(N); nothing is allocated for the text.
 */
ELECTION_API enum election_status election_play(struct election *election,
                                                const char *line, char *text,
                                                size_t text_size);

/**
 * Shows the Term: "index=2 leader=bob queue=[alice carol]".
 *
 * @param text  As in election_play().
 * @return  Bytes of the whole text, without the NUL; text_size or more if it
 *     was cut.
 *
 * Cost: O(N).
 */
ELECTION_API size_t election_term_text(const struct election *election,
                                       char *text, size_t text_size);

/**
 * A registry that is played by lines, with a clock that the test sets. Set the
 * registry, and leave the rest zero.
 */
struct election_player {
    struct election_registry *registry;
    uint64_t time_ms; /* the Raft leader's clock */
    bool has_index;   /* the next entry has this index, not the one that is
                         due */
    uint64_t index;
    bool has_epoch; /* the next entry has this office, not the present one */
    uint64_t epoch;
};

/**
 * Plays one line of the language of election-shell --registry, but for those
 * that are the shell's own: watch, unwatch, snapshot, restore, help, quit. An
 * entry is stamped with the present office and the player's clock.
 *
 * @param line  As in election_play().
 * @param text  As in election_play(): "ok applied=2 session=2 incarnation=1
 *     timeout=10000".
 *
 * @return  The status of the entry or query. ELECTION_MISUSE also if the line
 *     cannot be read; the text then says "error: " and why.
 *
 * Calls: watchers of the registry, if there is news for them.
 */
ELECTION_API enum election_status
election_registry_play(struct election_player *player, const char *line,
                       char *text, size_t text_size);

/** Fails a cmocka test unless the line has this answer. */
#define assert_registry_play(player, line, expected)                           \
    do {                                                                       \
        char election_text_[ELECTION_TEXT_SIZE];                               \
        (void)election_registry_play((player), (line), election_text_,         \
                                     sizeof election_text_);                   \
        assert_string_equal(election_text_, (expected));                       \
    } while (0)

/** Fails a cmocka test unless the line has this answer. */
#define assert_play(election, line, expected)                                  \
    do {                                                                       \
        char election_text_[ELECTION_TEXT_SIZE];                               \
        (void)election_play((election), (line), election_text_,                \
                            sizeof election_text_);                            \
        assert_string_equal(election_text_, (expected));                       \
    } while (0)

/** Fails a cmocka test unless the election stands so. */
#define assert_election(election, expected)                                    \
    do {                                                                       \
        char election_text_[ELECTION_TEXT_SIZE];                               \
        (void)election_term_text((election), election_text_,                   \
                                 sizeof election_text_);                       \
        assert_string_equal(election_text_, (expected));                       \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
