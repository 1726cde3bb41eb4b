/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include "words.h"

static const char help[] =
    "enter SESSION NAME     join the election, to lead it or to wait\n"
    "withdraw SESSION NAME  leave it, from the session that entered\n"
    "anoint NAME            make a waiting candidate the leader now\n"
    "promote NAME           move a candidate one place up\n"
    "demote NAME            move a candidate one place down\n"
    "evict NAME             remove a candidate, whoever owns it\n"
    "close SESSION          end a session: all its candidates leave\n"
    "term                   show the present Term\n"
    "list                   show every candidate with its place and session\n"
    "watch, unwatch         show an event for each change, or no more\n"
    "snapshot FILE          write the state to a file\n"
    "restore FILE           replace the state by that of a file\n"
    "help, quit             show this text, leave\n"
    "A SESSION is a number that stands for one client for as long as it lives:"
    "\n"
    "it owns the names it entered, and takes them along when it ends.\n"
    "A NAME with blanks or other bytes stands in double quotes, with \\\", "
    "\\\\\n"
    "and \\xHH. A comment starts with #.\n";

const char *election__line_help(void)
{
    return help;
}

enum operands { NONE, SESSION, NAME, SESSION_AND_NAME, FILE_NAME };

static const struct verb {
    const char *word;
    enum operands operands;
    enum election__line_verb verb;
    enum election_op op;
} verbs[] = {
    {"enter", SESSION_AND_NAME, ELECTION__LINE_APPLY, ELECTION_OP_ENTER},
    {"withdraw", SESSION_AND_NAME, ELECTION__LINE_APPLY, ELECTION_OP_WITHDRAW},
    {"anoint", NAME, ELECTION__LINE_APPLY, ELECTION_OP_ANOINT},
    {"promote", NAME, ELECTION__LINE_APPLY, ELECTION_OP_PROMOTE},
    {"demote", NAME, ELECTION__LINE_APPLY, ELECTION_OP_DEMOTE},
    {"evict", NAME, ELECTION__LINE_APPLY, ELECTION_OP_EVICT},
    {"term", NONE, ELECTION__LINE_APPLY, ELECTION_OP_GET_TERM},
    {.word = "close", .operands = SESSION, .verb = ELECTION__LINE_CLOSE},
    {.word = "list", .operands = NONE, .verb = ELECTION__LINE_LIST},
    {.word = "watch", .operands = NONE, .verb = ELECTION__LINE_WATCH},
    {.word = "unwatch", .operands = NONE, .verb = ELECTION__LINE_UNWATCH},
    {.word = "snapshot",
     .operands = FILE_NAME,
     .verb = ELECTION__LINE_SNAPSHOT},
    {.word = "restore", .operands = FILE_NAME, .verb = ELECTION__LINE_RESTORE},
    {.word = "help", .operands = NONE, .verb = ELECTION__LINE_HELP},
    {.word = "quit", .operands = NONE, .verb = ELECTION__LINE_QUIT},
};

static bool scan_file(struct election__scanner *scanner,
                      struct election__line *line)
{
    struct election__word word = {NULL, 0, false};

    if (!election__scan_operand(scanner, "a file", &word))
        return false;
    line->text = word.text;
    line->text_size = word.size;
    return true;
}

static bool scan_name(struct election__scanner *scanner,
                      struct election__line *line)
{
    struct election__word word = {NULL, 0, false};

    if (!election__scan_name(scanner, "a name", &word))
        return false;
    line->text = word.text;
    line->text_size = word.size;
    return true;
}

static bool scan_session(struct election__scanner *scanner,
                         uint64_t *session_id)
{
    return election__scan_number(scanner, "a session", session_id);
}

static bool scan_operands(struct election__scanner *scanner,
                          enum operands operands, struct election__line *line)
{
    switch (operands) {
    case NONE:
        break;
    case SESSION:
        return scan_session(scanner, &line->session_id);
    case NAME:
        return scan_name(scanner, line);
    case SESSION_AND_NAME:
        return scan_session(scanner, &line->session_id) &&
               scan_name(scanner, line);
    case FILE_NAME:
        return scan_file(scanner, line);
    }
    return true;
}

const char *election__line_word(size_t i)
{
    return i < sizeof verbs / sizeof *verbs ? verbs[i].word : NULL;
}

static const struct verb *find_verb(const struct election__word *word)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (election__word_is(word, verbs[i].word))
            return &verbs[i];
    return NULL;
}

bool election__line_parse(char *bytes, size_t size, struct election__line *line,
                          char *error)
{
    struct election__scanner scanner = {bytes, bytes + size, error};
    const struct verb *verb;
    struct election__word word = {NULL, 0, false};
    bool is_read;

    *line = (struct election__line){.verb = ELECTION__LINE_BLANK};
    if (!election__scan_find(&scanner))
        return true;
    if (!election__scan_word(&scanner, &word))
        return false;
    verb = find_verb(&word);
    if (verb == NULL)
        return election__scan_fail(&scanner, "unknown command; help lists all");
    line->verb = verb->verb;
    line->op = verb->op;
    is_read = scan_operands(&scanner, verb->operands, line);
    if (is_read && election__scan_find(&scanner))
        return election__scan_fail(&scanner, "nothing more may follow %s",
                                   verb->word);
    return is_read;
}
