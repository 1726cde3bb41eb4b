/*
 * Plays scenario files through the shell.
 *
 *     play_scenarios [--rewrite] FILE
 *
 * A file is a series of cases. A case is lines of the shell's language, a line
 * of four hyphens, and what the shell prints; a blank line ends it. Each case
 * starts with a vacant election. Files that one case writes are there in the
 * next. Complaints about a line stand where they come in the output.
 *
 * With --rewrite, what the shell prints is put in the place of what the file
 * expects: read the difference before you commit it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/** A growing text. */
struct text {
    char *bytes;
    size_t size;
    FILE *stream;
};

struct scenario {
    struct text script;   /* commands and comments, as they stand */
    struct text expected; /* output */
    struct text actual;
    size_t line; /* of the file, where the case starts */
};

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static void open_text(struct text *text)
{
    text->stream = open_memstream(&text->bytes, &text->size);
    require(text->stream != NULL, "open_memstream");
}

static void seal_text(struct text *text)
{
    require(fclose(text->stream) == 0, "a text in memory");
}

static bool is_line(const char *bytes, const char *line)
{
    return strcmp(bytes, line) == 0;
}

/** Reads the next case. False = there is none. */
static bool read_scenario(FILE *file, size_t *line, struct scenario *scenario)
{
    char *bytes = NULL;
    size_t capacity = 0;
    bool has_script = false;
    bool is_output = false;

    open_text(&scenario->script);
    open_text(&scenario->expected);
    scenario->line = *line + 1;
    while (getline(&bytes, &capacity, file) >= 0) {
        ++*line;
        if (is_line(bytes, "\n") && (is_output || !has_script)) {
            if (is_output)
                break;
            scenario->line = *line + 1;
        } else if (is_line(bytes, "----\n")) {
            is_output = true;
        } else {
            FILE *stream = scenario->script.stream;

            if (is_output)
                stream = scenario->expected.stream;
            has_script = true;
            fputs(bytes, stream);
        }
    }
    free(bytes);
    seal_text(&scenario->script);
    seal_text(&scenario->expected);
    return has_script;
}

static void play_scenario(struct scenario *scenario)
{
    struct shell shell;
    FILE *script = fmemopen(scenario->script.bytes, scenario->script.size, "r");

    require(script != NULL, "fmemopen");
    open_text(&scenario->actual);
    require(
        shell_open(&shell, scenario->actual.stream, scenario->actual.stream),
        "the shell");
    shell_run_all(&shell, script);
    shell_close(&shell);
    seal_text(&scenario->actual);
    (void)fclose(script);
}

static void free_scenario(struct scenario *scenario)
{
    free(scenario->script.bytes);
    free(scenario->expected.bytes);
    free(scenario->actual.bytes);
}

/** Plays all cases of a file; writes them to `rewritten` if it is given. */
static size_t play_file(const char *path, FILE *rewritten, size_t *failures)
{
    FILE *file = fopen(path, "r");
    struct scenario scenario = {0};
    size_t line = 0;
    size_t count = 0;

    require(file != NULL, path);
    for (; read_scenario(file, &line, &scenario); count++) {
        play_scenario(&scenario);
        if (rewritten != NULL)
            fprintf(rewritten, "%s%s----\n%s", count == 0 ? "" : "\n",
                    scenario.script.bytes, scenario.actual.bytes);
        else if (strcmp(scenario.expected.bytes, scenario.actual.bytes) != 0) {
            printf("%s:%zu: the shell does not print what is expected\n"
                   "%s---- expected\n%s---- printed\n%s\n",
                   path, scenario.line, scenario.script.bytes,
                   scenario.expected.bytes, scenario.actual.bytes);
            ++*failures;
        }
        free_scenario(&scenario);
    }
    free(scenario.script.bytes);
    free(scenario.expected.bytes);
    (void)fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    bool is_rewriting = argc == 3 && strcmp(argv[1], "--rewrite") == 0;
    struct text rewritten = {0};
    size_t failures = 0;
    size_t count;
    FILE *file;

    if (argc != 2 + is_rewriting) {
        fputs("usage: play_scenarios [--rewrite] FILE\n", stderr);
        return EXIT_FAILURE;
    }
    if (is_rewriting)
        open_text(&rewritten);
    count = play_file(argv[argc - 1], rewritten.stream, &failures);
    if (is_rewriting) {
        seal_text(&rewritten);
        file = fopen(argv[2], "w");
        require(file != NULL && fputs(rewritten.bytes, file) >= 0 &&
                    fclose(file) == 0,
                argv[2]);
        free(rewritten.bytes);
    }
    printf("%zu cases, %zu failures\n", count, failures);
    return count > 0 && failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
