/* SPDX-License-Identifier: Apache-2.0 */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "registry.h"

static void put_to_stream(void *context, const char *bytes, size_t size)
{
    struct shell *shell = context;

    (void)fwrite(bytes, 1, size, shell->out);
}

bool shell_open(struct shell *shell, enum shell_language language, FILE *out,
                FILE *errors)
{
    *shell = (struct shell){
        .language = language,
        .out = out,
        .errors = errors,
    };
    shell->text.put = put_to_stream;
    shell->text.context = shell;
    if (language == SHELL_REGISTRY)
        return election_registry_create(NULL, &shell->player.registry) ==
               ELECTION_OK;
    return election_create(NULL, &shell->election) == ELECTION_OK;
}

const char *shell_word(const struct shell *shell, size_t i)
{
    if (shell->language == SHELL_REGISTRY)
        return election__registry_line_word(i);
    return election__line_word(i);
}

const char *shell_help(enum shell_language language)
{
    if (language == SHELL_REGISTRY)
        return election__registry_line_help();
    return election__line_help();
}

void shell_close(struct shell *shell)
{
    election_destroy(shell->election);
    election_registry_destroy(shell->player.registry);
    election_buffer_free(&shell->input);
}

void shell_complain(struct shell *shell, const char *what)
{
    if (shell->source != NULL)
        fprintf(shell->errors, "%s: ", shell->source);
    if (shell->manner.complaint != NULL)
        fputs(shell->manner.complaint, shell->errors);
    else
        fprintf(shell->errors, "line %zu: ", shell->line_number);
    fprintf(shell->errors, "%s\n", what);
    shell->has_failed = true;
}

static void print_event(void *context, struct election *election,
                        const uint8_t *event, size_t event_size)
{
    struct shell *shell = context;

    (void)event;
    (void)event_size;
    fputs("event ", shell->out);
    election__text_term(&shell->text, election);
    fputc('\n', shell->out);
}

/** Prints what a line led to, and why a name is invalid if asked to. */
static void print_answer(struct shell *shell, const struct election__line *line,
                         enum election_status status)
{
    const char *fault = NULL;

    if (status < 0 && status != ELECTION_CORRUPT) {
        shell_complain(shell, election_status_text(status));
        return;
    }
    election__play_answer(shell->election, status, &shell->text);
    if (status == ELECTION_INVALID)
        fault = election__text_fault(line->text, line->text_size);
    if (shell->manner.explains && fault != NULL)
        fprintf(shell->out, ": %s", fault);
    fputc('\n', shell->out);
}

static enum election_status watch(struct shell *shell)
{
    if (shell->watch_id != 0)
        return ELECTION_UNCHANGED;
    return election_watch(shell->election, print_event, shell,
                          &shell->watch_id);
}

static enum election_status unwatch(struct shell *shell)
{
    enum election_status status;

    if (shell->watch_id == 0)
        return ELECTION_UNCHANGED;
    status = election_unwatch(shell->election, shell->watch_id);
    shell->watch_id = 0;
    return status;
}

/* ---- files -------------------------------------------------------------- */

static enum election_status write_chunk(void *context, const uint8_t *chunk,
                                        size_t size)
{
    FILE *file = context;

    return fwrite(chunk, 1, size, file) == size ? ELECTION_OK : ELECTION_IO;
}

static bool write_election(void *context, FILE *file)
{
    return election_snapshot_write(context, write_chunk, file) == ELECTION_OK;
}

bool shell_open_path(struct shell *shell, const char *text, size_t size,
                     char **path)
{
    *path = strndup(text, size);
    if (*path != NULL && strlen(*path) == size)
        return true;
    if (*path == NULL)
        shell_complain(shell, "out of memory");
    else
        shell_close_path(shell, *path, "a file name has no NUL byte");
    return false;
}

void shell_close_path(struct shell *shell, char *path, const char *problem)
{
    char *what = NULL;

    if (problem != NULL && asprintf(&what, "%s: %s", path, problem) >= 0)
        problem = what;
    if (problem != NULL)
        shell_complain(shell, problem);
    free(what);
    free(path);
}

static void snapshot(struct shell *shell, const struct election__line *line)
{
    const char *problem;
    char *path;

    if (!shell_open_path(shell, line->text, line->text_size, &path))
        return;
    problem = file_write(path, write_election, shell->election);
    if (problem == NULL)
        print_answer(shell, line, ELECTION_OK);
    shell_close_path(shell, path, problem);
}

static void restore(struct shell *shell, const struct election__line *line)
{
    const char *problem;
    char *path, *bytes;
    size_t size = 0;

    if (!shell_open_path(shell, line->text, line->text_size, &path))
        return;
    problem = file_read(path, &bytes, &size);
    if (problem == NULL)
        print_answer(shell, line,
                     election_restore(shell->election, bytes, size));
    free(bytes);
    shell_close_path(shell, path, problem);
}

/* ---- lines -------------------------------------------------------------- */

static void execute(struct shell *shell, const struct election__line *line)
{
    enum election_status status;

    switch (line->verb) {
    case ELECTION__LINE_BLANK:
        break;
    case ELECTION__LINE_APPLY:
    case ELECTION__LINE_CLOSE:
    case ELECTION__LINE_LIST:
        election__play_line(shell->election, line, &shell->text, &shell->input,
                            &status);
        print_answer(shell, line, status);
        break;
    case ELECTION__LINE_WATCH:
        print_answer(shell, line, watch(shell));
        break;
    case ELECTION__LINE_UNWATCH:
        print_answer(shell, line, unwatch(shell));
        break;
    case ELECTION__LINE_SNAPSHOT:
        snapshot(shell, line);
        break;
    case ELECTION__LINE_RESTORE:
        restore(shell, line);
        break;
    case ELECTION__LINE_HELP:
        fputs(shell_help(shell->language), shell->out);
        break;
    case ELECTION__LINE_QUIT:
        shell->has_quit = true;
        break;
    }
}

void shell_run(struct shell *shell, char *bytes, size_t size)
{
    char error[ELECTION__LINE_ERROR_SIZE];
    struct election__line line;

    shell->text.is_raw = shell->manner.is_raw;
    shell->line_number++;
    if (size > 0 && bytes[size - 1] == '\n')
        size--;
    if (shell->language == SHELL_REGISTRY)
        registry_run(shell, bytes, size);
    else if (election__line_parse(bytes, size, &line, error))
        execute(shell, &line);
    else
        shell_complain(shell, error);
}

void shell_run_all(struct shell *shell, FILE *in)
{
    char *bytes = NULL;
    size_t capacity = 0;
    ssize_t size;

    while (!shell->has_quit && (size = getline(&bytes, &capacity, in)) >= 0)
        shell_run(shell, bytes, (size_t)size);
    if (ferror(in)) {
        shell->line_number++;
        shell_complain(shell, "the input could not be read");
    }
    free(bytes);
}
