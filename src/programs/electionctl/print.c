/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

enum { ERROR_SIZE = 1024 };

static bool writes_json;
static bool has_fields;
static bool has_texts; /* in the present list */

void print_as_json(bool is_json)
{
    writes_json = is_json;
}

/** Writes a text that others have chosen: nothing in it moves a terminal. */
static void put(const char *text, size_t size)
{
    bool is_utf8 = election__utf8_valid((const uint8_t *)text, size);

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !is_utf8))
            printf(writes_json ? "\\u%04x" : "\\x%02x", byte);
        else if (writes_json && (byte == '"' || byte == '\\'))
            printf("\\%c", byte);
        else
            putchar(byte);
    }
}

void print_begin(void)
{
    has_fields = false;
    if (writes_json)
        putchar('{');
}

void print_end(void)
{
    puts(writes_json ? "}" : "");
    (void)fflush(stdout);
}

static void put_name(const char *name)
{
    if (writes_json)
        printf("%s\"%s\":", has_fields ? "," : "", name);
    else
        printf("%s%s=", has_fields ? " " : "", name);
    has_fields = true;
}

static void put_quoted(const char *text, size_t size)
{
    if (writes_json)
        putchar('"');
    put(text, size);
    if (writes_json)
        putchar('"');
}

void print_text(const char *name, const char *text, size_t size)
{
    put_name(name);
    if (text == NULL)
        fputs(writes_json ? "null" : "-", stdout);
    else
        put_quoted(text, size);
}

void print_word(const char *name, const char *word)
{
    print_text(name, word, strlen(word));
}

void print_number(const char *name, uint64_t number)
{
    put_name(name);
    printf("%" PRIu64, number);
}

void print_flag(const char *name, bool flag)
{
    put_name(name);
    if (writes_json)
        fputs(flag ? "true" : "false", stdout);
    else
        fputs(flag ? "yes" : "no", stdout);
}

void print_digest(const char *name, uint64_t digest)
{
    char text[17];

    (void)snprintf(text, sizeof text, "%016" PRIx64, digest);
    print_word(name, text);
}

void print_hex(const char *name, const uint8_t *bytes, size_t size)
{
    put_name(name);
    if (writes_json)
        putchar('"');
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    if (writes_json)
        putchar('"');
}

void print_list_begin(const char *name)
{
    put_name(name);
    has_texts = false;
    putchar('[');
}

void print_list_text(const char *text, size_t size)
{
    if (has_texts)
        fputs(writes_json ? "," : " ", stdout);
    has_texts = true;
    put_quoted(text, size);
}

bool print_candidate(void *context, const char *name, size_t size)
{
    (void)context;
    print_list_text(name, size);
    return true;
}

void print_list_end(void)
{
    putchar(']');
}

void print_leadership(const struct election_registry_leadership *leadership)
{
    print_number("index", leadership->index);
    print_text("leader", leadership->leader, leadership->leader_size);
    if (leadership->leader != NULL)
        print_number("session", leadership->leader_session_id);
    if (leadership->leader_data != NULL)
        print_text("address", (const char *)leadership->leader_data,
                   leadership->leader_data_size);
    print_number("waiting", leadership->waiting_count);
}

void print_status(enum election_status status)
{
    const char *text = election_status_text(status);

    if (status == ELECTION_UNCHANGED) /* its text tells of an election */
        text = "unchanged";
    print_word("status", text);
}

void print_error(const char *format, ...)
{
    struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};
    char text[ERROR_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Whoever does not read must not keep a command from being stopped. */
    if (poll(&error, 1, 0) == 1 && (error.revents & POLLOUT) != 0)
        fprintf(stderr, "electionctl: %s\n", text);
}
