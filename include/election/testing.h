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
