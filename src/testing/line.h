/* SPDX-License-Identifier: Apache-2.0 */
/** One line of the shell's language, taken apart. */
#ifndef ELECTION_TESTING_LINE_H
#define ELECTION_TESTING_LINE_H

#include "words.h"

enum election__line_verb {
    ELECTION__LINE_BLANK,
    ELECTION__LINE_APPLY, /* of line.op */
    ELECTION__LINE_CLOSE,
    ELECTION__LINE_WATCH,
    ELECTION__LINE_UNWATCH,
    ELECTION__LINE_LIST,
    ELECTION__LINE_SNAPSHOT,
    ELECTION__LINE_RESTORE,
    ELECTION__LINE_HELP,
    ELECTION__LINE_QUIT
};

struct election__line {
    enum election__line_verb verb;
    enum election_op op; /* if ELECTION__LINE_APPLY */
    uint64_t session_id;
    const char *text; /* name or file; not terminated by NUL */
    size_t text_size; /* bytes */
};

/**
 * Takes a line apart.
 *
 * @param bytes  The line, without its end; quoted words are decoded in place,
 *     and line->text points there.
 * @param size  Its size in bytes.
 * @param line  Where to put what it says.
 * @param error  Where to say what is wrong with it, in
 *     ELECTION__LINE_ERROR_SIZE bytes.
 * @return  False = it cannot be parsed.
 */
ELECTION_API bool election__line_parse(char *bytes, size_t size,
                                       struct election__line *line,
                                       char *error);

/** Returns the i-th word that a line may start with; NULL = there is none. */
ELECTION_API const char *election__line_word(size_t i);

/** Returns the help text, a line for each word and some more. */
ELECTION_API const char *election__line_help(void);

#endif
