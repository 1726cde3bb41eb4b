/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The words of a line. They stand between blanks; a word is plain, or in double
 * quotes with \", \\ and \xHH. `#` outside quotes starts a comment.
 */
#ifndef ELECTION_TESTING_WORDS_H
#define ELECTION_TESTING_WORDS_H

#include "election/election.h"

enum {
    ELECTION__LINE_ERROR_SIZE = 128,
    /** Bytes of the longest line of a test, with a NUL: a name beyond the
     * limit, every byte as \xHH. */
    ELECTION__LINE_SIZE_MAX = 4096
};

/** A line being read; quoted words are decoded in place. */
struct election__scanner {
    char *at;
    char *end;
    char *error; /* ELECTION__LINE_ERROR_SIZE bytes, for what is wrong */
};

/** A word, decoded; not terminated by NUL. */
struct election__word {
    const char *text;
    size_t size; /* bytes */
    bool is_quoted;
};

/** Says what is wrong with a line, as printf() does. Returns false. */
bool election__scan_fail(struct election__scanner *scanner, const char *format,
                         ...);

/** Goes to the next word. False = there is none before the end or a comment. */
bool election__scan_find(struct election__scanner *scanner);

/** Reads a word, which must end at a blank, a comment or the end. */
bool election__scan_word(struct election__scanner *scanner,
                         struct election__word *word);

/** Reads a word that must be there; `what` names it in complaints,
 * with its article. */
bool election__scan_operand(struct election__scanner *scanner, const char *what,
                            struct election__word *word);

/** Reads a number that must be there. */
bool election__scan_number(struct election__scanner *scanner, const char *what,
                           uint64_t *number);

/** Reads a name that must be there: any word but a plain hyphen. */
bool election__scan_name(struct election__scanner *scanner, const char *what,
                         struct election__word *word);

/** Tells whether a word is this one, without quotes. */
bool election__word_is(const struct election__word *word, const char *text);

/** Reads a plain word as a number. False = it is none. */
bool election__word_number(const struct election__word *word, uint64_t *number);

#endif
