/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

bool election__scan_fail(struct election__scanner *scanner, const char *format,
                         ...)
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

bool election__scan_find(struct election__scanner *scanner)
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
static bool scan_escape(struct election__scanner *scanner, char *decoded)
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
    return election__scan_fail(
        scanner, "after \\ comes \", \\, or x and two of 0-9 A-F");
}

static bool scan_quoted(struct election__scanner *scanner,
                        struct election__word *word)
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
        return election__scan_fail(scanner, "a closing \" is missing");
    scanner->at++;
    return true;
}

static void scan_plain(struct election__scanner *scanner,
                       struct election__word *word)
{
    word->text = scanner->at;
    word->is_quoted = false;
    while (scanner->at < scanner->end && election__text_is_plain(*scanner->at))
        scanner->at++;
    word->size = (size_t)(scanner->at - word->text);
}

bool election__scan_word(struct election__scanner *scanner,
                         struct election__word *word)
{
    if (*scanner->at != '"')
        scan_plain(scanner, word);
    else if (!scan_quoted(scanner, word))
        return false;
    if (scanner->at == scanner->end || is_blank(*scanner->at) ||
        *scanner->at == '#')
        return true;
    return election__scan_fail(scanner,
                               "byte 0x%02X must stand in double quotes%s",
                               (unsigned char)*scanner->at,
                               word->is_quoted ? ", or after a blank" : "");
}

bool election__scan_operand(struct election__scanner *scanner, const char *what,
                            struct election__word *word)
{
    if (!election__scan_find(scanner))
        return election__scan_fail(scanner, "%s is missing", what);
    return election__scan_word(scanner, word);
}

bool election__scan_number(struct election__scanner *scanner, const char *what,
                           uint64_t *number)
{
    struct election__word word = {NULL, 0, false};

    if (!election__scan_operand(scanner, what, &word))
        return false;
    return election__word_number(&word, number) ||
           election__scan_fail(scanner, "%s is a number from 0 to 2^64 - 1",
                               what);
}

bool election__scan_name(struct election__scanner *scanner, const char *what,
                         struct election__word *word)
{
    if (!election__scan_operand(scanner, what, word))
        return false;
    if (!word->is_quoted && word->size == 1 && *word->text == '-')
        return election__scan_fail(scanner,
                                   "- means nobody; as a name it is \"-\"");
    return true;
}

bool election__word_is(const struct election__word *word, const char *text)
{
    return !word->is_quoted && strlen(text) == word->size &&
           memcmp(text, word->text, word->size) == 0;
}

bool election__word_number(const struct election__word *word, uint64_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < word->size; i++) {
        unsigned digit = (unsigned)word->text[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return word->size > 0 && !word->is_quoted;
}
