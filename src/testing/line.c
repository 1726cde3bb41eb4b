/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

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

/** A line being read. */
struct scanner {
    char *at;
    char *end;
    char *error;
};

/** A word, decoded. */
struct word {
    const char *text;
    size_t size;
    bool is_quoted;
};

static bool fail(struct scanner *scanner, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(scanner->error, ELECTION__LINE_ERROR_SIZE, format,
                    arguments);
    va_end(arguments);
    return false;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/** Goes to the next word. False = there is none before the end or a comment. */
static bool find_word(struct scanner *scanner)
{
    while (scanner->at < scanner->end && is_blank(*scanner->at))
        scanner->at++;
    return scanner->at < scanner->end && *scanner->at != '#';
}

/** Returns the value of an upper-case hex digit; -1 = it is none. */
static int hex_value(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);

    return found == NULL ? -1 : (int)(found - digits);
}

/** Reads what follows a backslash. */
static bool scan_escape(struct scanner *scanner, char *decoded)
{
    size_t left = (size_t)(scanner->end - scanner->at);

    if (left >= 1 && (*scanner->at == '"' || *scanner->at == '\\')) {
        *decoded = *scanner->at++;
        return true;
    }
    if (left >= 3 && *scanner->at == 'x') {
        int high = hex_value(scanner->at[1]);
        int low = hex_value(scanner->at[2]);

        scanner->at += 3;
        *decoded = (char)(high * 16 + low);
        if (high >= 0 && low >= 0)
            return true;
    }
    return fail(scanner, "after \\ comes \", \\, or x and two of 0-9 A-F");
}

static bool scan_quoted(struct scanner *scanner, struct word *word)
{
    char *decoded = scanner->at;

    word->text = decoded;
    word->is_quoted = true;
    scanner->at++;
    while (scanner->at < scanner->end && *scanner->at != '"') {
        char byte = *scanner->at++;

        if (byte == '\\' && !scan_escape(scanner, &byte))
            return false;
        *decoded++ = byte;
    }
    word->size = (size_t)(decoded - word->text);
    if (scanner->at == scanner->end)
        return fail(scanner, "a closing \" is missing");
    scanner->at++;
    return true;
}

static void scan_plain(struct scanner *scanner, struct word *word)
{
    word->text = scanner->at;
    word->is_quoted = false;
    while (scanner->at < scanner->end && election__text_is_plain(*scanner->at))
        scanner->at++;
    word->size = (size_t)(scanner->at - word->text);
}

/** Reads a word, which must end at a blank, a comment or the end. */
static bool scan_word(struct scanner *scanner, struct word *word)
{
    if (*scanner->at != '"')
        scan_plain(scanner, word);
    else if (!scan_quoted(scanner, word))
        return false;
    if (scanner->at == scanner->end || is_blank(*scanner->at) ||
        *scanner->at == '#')
        return true;
    return fail(scanner, "byte 0x%02X must stand in double quotes%s",
                (unsigned char)*scanner->at,
                word->is_quoted ? ", or after a blank" : "");
}

/** Reads a word that must be there. */
static bool scan_operand(struct scanner *scanner, const char *what,
                         struct word *word)
{
    if (!find_word(scanner))
        return fail(scanner, "a %s is missing", what);
    return scan_word(scanner, word);
}

static bool scan_session(struct scanner *scanner, uint64_t *session_id)
{
    struct word word = {NULL, 0, false};
    uint64_t value = 0;

    if (!scan_operand(scanner, "session", &word))
        return false;
    for (size_t i = 0; i < word.size; i++) {
        unsigned digit = (unsigned)word.text[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            word.size = 0;
            break;
        }
        value = value * 10 + digit;
    }
    *session_id = value;
    if (word.size == 0 || word.is_quoted)
        return fail(scanner, "a session is a number from 0 to 2^64 - 1");
    return true;
}

static bool scan_text(struct scanner *scanner, const char *what,
                      struct word *word, struct election__line *line)
{
    if (!scan_operand(scanner, what, word))
        return false;
    line->text = word->text;
    line->text_size = word->size;
    return true;
}

static bool scan_name(struct scanner *scanner, struct election__line *line)
{
    struct word word = {NULL, 0, false};

    if (!scan_text(scanner, "name", &word, line))
        return false;
    if (!word.is_quoted && word.size == 1 && *word.text == '-')
        return fail(scanner, "- means nobody; as a name it is \"-\"");
    return true;
}

static bool scan_operands(struct scanner *scanner, enum operands operands,
                          struct election__line *line)
{
    struct word word = {NULL, 0, false};

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
        return scan_text(scanner, "file", &word, line);
    }
    return true;
}

const char *election__line_word(size_t i)
{
    return i < sizeof verbs / sizeof *verbs ? verbs[i].word : NULL;
}

static const struct verb *find_verb(const struct word *word)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!word->is_quoted && strlen(verbs[i].word) == word->size &&
            memcmp(verbs[i].word, word->text, word->size) == 0)
            return &verbs[i];
    return NULL;
}

bool election__line_parse(char *bytes, size_t size, struct election__line *line,
                          char *error)
{
    struct scanner scanner = {bytes, bytes + size, error};
    const struct verb *verb;
    struct word word = {NULL, 0, false};
    bool is_read;

    *line = (struct election__line){.verb = ELECTION__LINE_BLANK};
    if (!find_word(&scanner))
        return true;
    if (!scan_word(&scanner, &word))
        return false;
    verb = find_verb(&word);
    if (verb == NULL)
        return fail(&scanner, "unknown command; help lists all");
    line->verb = verb->verb;
    line->op = verb->op;
    is_read = scan_operands(&scanner, verb->operands, line);
    if (is_read && find_word(&scanner))
        return fail(&scanner, "nothing more may follow %s", verb->word);
    return is_read;
}
