/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/** A growing text. */
struct text {
    char *bytes;
    size_t size;
    FILE *stream;
};

/** One case of a file, as it stands there and as it plays. */
struct scenario {
    struct text expected;
    struct text actual;
    struct shell shell;
    char heading[81]; /* its first comment */
    size_t line;      /* of the file, where it starts */
};

/** What is known of all files so far. */
struct report {
    const struct check_options *options;
    size_t count;
    size_t failures;
    bool has_trouble;
};

static void require(bool condition)
{
    if (condition)
        return;
    fputs("election-shell: out of memory\n", stderr);
    exit(2);
}

static void open_text(struct text *text)
{
    text->stream = open_memstream(&text->bytes, &text->size);
    require(text->stream != NULL);
}

static void seal_text(struct text *text)
{
    require(fclose(text->stream) == 0);
}

/* ---- cases -------------------------------------------------------------- */

static void open_scenario(struct scenario *scenario,
                          enum shell_language language, size_t line)
{
    *scenario = (struct scenario){.line = line};
    open_text(&scenario->expected);
    open_text(&scenario->actual);
    require(shell_open(&scenario->shell, language, scenario->actual.stream,
                       scenario->actual.stream));
    scenario->shell.manner.complaint = "error: ";
}

static void close_scenario(struct scenario *scenario)
{
    shell_close(&scenario->shell);
    free(scenario->expected.bytes);
    free(scenario->actual.bytes);
}

/** Copies a line; the last one of a file may lack its end. */
static void copy_line(struct text *text, const char *bytes, size_t size)
{
    fwrite(bytes, 1, size, text->stream);
    if (size == 0 || bytes[size - 1] != '\n')
        fputc('\n', text->stream);
}

/** Takes a line of a case, and plays it if it is a command. */
static void add_line(struct scenario *scenario, char *bytes, size_t size)
{
    bool is_comment = bytes[0] == '#';
    bool is_command = size >= 2 && memcmp(bytes, "> ", 2) == 0;

    if (is_comment && scenario->heading[0] == '\0') {
        const char *heading = bytes + 1;

        while (*heading == ' ')
            heading++;
        snprintf(scenario->heading, sizeof scenario->heading, "%.*s",
                 (int)strcspn(heading, "\n"), heading);
    }
    copy_line(&scenario->expected, bytes, size);
    if (is_comment || is_command)
        copy_line(&scenario->actual, bytes, size);
    if (is_command && !scenario->shell.has_quit)
        shell_run(&scenario->shell, bytes + 2, size - 2);
}

/* ---- reports ------------------------------------------------------------ */

/** Returns the first line of a text that starts in the same way as another. */
static size_t common_start(const char *one, const char *other)
{
    size_t start = 0;

    for (size_t i = 0; one[i] != '\0' && one[i] == other[i]; i++)
        if (one[i] == '\n')
            start = i + 1;
    return start;
}

static void print_lines(const char *bytes, const char *prefix, const char *mark)
{
    while (*bytes != '\0') {
        size_t size = strcspn(bytes, "\n");

        printf("%s%s%.*s\n", prefix, mark, (int)size, bytes);
        bytes += size;
        if (*bytes == '\n')
            bytes++;
    }
}

/** Prints a case up to where it differs, and then both ways it goes on. */
static void print_difference(const struct scenario *scenario,
                             const char *prefix)
{
    const char *expected = scenario->expected.bytes;
    const char *actual = scenario->actual.bytes;
    size_t start = common_start(expected, actual);
    char *common = strndup(expected, start);

    require(common != NULL);
    print_lines(common, prefix, "  ");
    print_lines(expected + start, prefix, "- ");
    print_lines(actual + start, prefix, "+ ");
    free(common);
}

static void report_scenario(struct report *report, const char *path,
                            const struct scenario *scenario)
{
    bool is_tap = report->options->is_tap;
    bool is_same = scenario->expected.size == scenario->actual.size &&
                   memcmp(scenario->expected.bytes, scenario->actual.bytes,
                          scenario->actual.size) == 0;

    report->count++;
    report->failures += !is_same;
    if (is_tap)
        printf("%sok %zu - %s:%zu: %s\n", is_same ? "" : "not ", report->count,
               path, scenario->line, scenario->heading);
    else if (!is_same)
        printf("%s:%zu: %s\n", path, scenario->line, scenario->heading);
    if (!is_same)
        print_difference(scenario, is_tap ? "# " : "");
}

/* ---- files -------------------------------------------------------------- */

static void end_scenario(struct report *report, const char *path,
                         struct scenario *scenario, FILE *rewritten)
{
    seal_text(&scenario->expected);
    seal_text(&scenario->actual);
    if (rewritten != NULL) {
        fwrite(scenario->actual.bytes, 1, scenario->actual.size, rewritten);
        report->count++;
    } else {
        report_scenario(report, path, scenario);
    }
    close_scenario(scenario);
}

static bool is_blank(const char *bytes)
{
    return bytes[strspn(bytes, " \t\r\n")] == '\0';
}

/** Plays all cases of a stream; blank lines stand between them. */
static void play_stream(struct report *report, const char *path, FILE *file,
                        FILE *rewritten)
{
    struct scenario scenario;
    bool is_open = false;
    char *bytes = NULL;
    size_t capacity = 0;
    size_t line = 0;
    ssize_t size;

    while ((size = getline(&bytes, &capacity, file)) >= 0) {
        line++;
        if (!is_blank(bytes)) {
            if (!is_open)
                open_scenario(&scenario, report->options->language, line);
            is_open = true;
            add_line(&scenario, bytes, (size_t)size);
            continue;
        }
        if (is_open)
            end_scenario(report, path, &scenario, rewritten);
        is_open = false;
        if (rewritten != NULL)
            fputs(bytes, rewritten);
    }
    if (is_open)
        end_scenario(report, path, &scenario, rewritten);
    free(bytes);
}

static void complain(struct report *report, const char *path)
{
    fprintf(stderr, "election-shell: %s: %s\n", path, strerror(errno));
    report->has_trouble = true;
}

static void write_file(struct report *report, const char *path,
                       const struct text *text)
{
    FILE *file = fopen(path, "w");
    bool is_written =
        file != NULL && fwrite(text->bytes, 1, text->size, file) == text->size;

    if (file != NULL && fclose(file) != 0)
        is_written = false;
    if (!is_written)
        complain(report, path);
}

static void play_file(struct report *report, const char *path)
{
    FILE *file = fopen(path, "r");
    struct text rewritten = {NULL, 0, NULL};
    bool is_read;

    if (file == NULL) {
        complain(report, path);
        return;
    }
    if (report->options->rewrites)
        open_text(&rewritten);
    play_stream(report, path, file, rewritten.stream);
    is_read = !ferror(file);
    if (!is_read)
        complain(report, path);
    (void)fclose(file);
    if (report->options->rewrites)
        seal_text(&rewritten);
    if (report->options->rewrites && is_read)
        write_file(report, path, &rewritten);
    free(rewritten.bytes);
}

int check_files(char *const *paths, int count,
                const struct check_options *options)
{
    struct report report = {.options = options};

    for (int i = 0; i < count; i++)
        play_file(&report, paths[i]);
    if (options->is_tap)
        printf("1..%zu\n", report.count);
    else if (options->rewrites)
        printf("%zu cases rewritten\n", report.count);
    else
        printf("%zu passed, %zu failed\n", report.count - report.failures,
               report.failures);
    if (report.has_trouble)
        return 2;
    return report.failures > 0;
}
