/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { TEXT_SIZE = 1024 };

static bool writes_json;

void journal_be_json(bool is_json)
{
    writes_json = is_json;
}

/** Writes a text as JSON has it: also what others have sent. */
static void put_quoted(const char *text)
{
    putc('"', stderr);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            fprintf(stderr, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            fprintf(stderr, "\\u%04x", byte);
        else
            putc(byte, stderr);
    }
    putc('"', stderr);
}

/** Whatever is not to be shown on a terminal is not. */
static void put_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        putc(byte < 0x20 || byte >= 0x7f ? '?' : byte, stderr);
    }
}

void journal(const char *event, const char *format, ...)
{
    char text[TEXT_SIZE], stamp[32];
    struct timespec now;
    struct tm parts;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    if (writes_json) {
        fprintf(stderr,
                "{\"time\":\"%s.%03ldZ\",\"event\":\"%s\",\"text\":", stamp,
                now.tv_nsec / 1000000, event);
        put_quoted(text);
        fputs("}\n", stderr);
    } else {
        fprintf(stderr, "%s.%03ldZ %s: ", stamp, now.tv_nsec / 1000000, event);
        put_plain(text);
        putc('\n', stderr);
    }
    (void)fflush(stderr);
}
