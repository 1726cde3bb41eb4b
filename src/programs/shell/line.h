/** One line of the shell's language, taken apart. */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "election/election.h"

enum line_verb {
    LINE_BLANK,
    LINE_APPLY, /* of line.op */
    LINE_CLOSE,
    LINE_WATCH,
    LINE_UNWATCH,
    LINE_SNAPSHOT,
    LINE_RESTORE,
    LINE_HELP,
    LINE_QUIT
};

struct line {
    enum line_verb verb;
    enum election_op op; /* if LINE_APPLY */
    uint64_t session_id;
    const char *text; /* name or file; not terminated by NUL */
    size_t text_size; /* bytes */
};

enum { LINE_ERROR_SIZE = 128 };

/**
 * Takes a line apart.
 *
 * Words stand between blanks. A word is plain, or in double quotes with \", \\
 * and \xHH. `#` outside quotes starts a comment.
 *
 * @param bytes  The line, without its end; quoted words are decoded in place,
 *     and line->text points there.
 * @param size  Its size in bytes.
 * @param line  Where to put what it says.
 * @param error  Where to say what is wrong with it, in LINE_ERROR_SIZE bytes.
 * @return  False = it cannot be parsed.
 */
bool line_parse(char *bytes, size_t size, struct line *line, char *error);

/** The help text, a line for each verb. */
extern const char line_help[];

#endif
