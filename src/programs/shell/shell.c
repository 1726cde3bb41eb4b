#include "shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "text.h"

bool shell_open(struct shell *shell, FILE *out, FILE *errors)
{
    *shell = (struct shell){.out = out, .errors = errors};
    return election_create(NULL, &shell->election) == ELECTION_OK;
}

void shell_close(struct shell *shell)
{
    election_destroy(shell->election);
    election_buffer_free(&shell->input);
    election_buffer_free(&shell->output);
}

int shell_exit_status(const struct shell *shell)
{
    return shell->has_failed ? 2 : 0;
}

/** Says what is wrong with the line that runs. */
static void complain(struct shell *shell, const char *what)
{
    fprintf(shell->errors, "line %zu: %s\n", shell->line_number, what);
    shell->has_failed = true;
}

/** The same of a file that it names. */
static void complain_of_file(struct shell *shell, const struct line *line,
                             const char *what)
{
    fprintf(shell->errors, "line %zu: ", shell->line_number);
    text_print_name(shell->errors, line->text, line->text_size);
    fprintf(shell->errors, ": %s\n", what);
    shell->has_failed = true;
}

static void print_event(void *context, struct election *election,
                        const uint8_t *event, size_t event_size)
{
    struct shell *shell = context;

    (void)election;
    fputs("event ", shell->out);
    text_print_term(shell->out, event, event_size);
    fputc('\n', shell->out);
}

/** Prints what a command led to; shell->output holds its answer, if any. */
static void print_answer(struct shell *shell, enum election_status status)
{
    if (status < 0 && status != ELECTION_CORRUPT) {
        complain(shell, election_status_text(status));
        return;
    }
    text_print_status(shell->out, status);
    if (shell->output.size > 0) {
        fputc(' ', shell->out);
        text_print_term(shell->out, shell->output.data, shell->output.size);
    }
    fputc('\n', shell->out);
}

/** Prints the status of a call that does not itself answer the Term. */
static void print_status(struct shell *shell, enum election_status status)
{
    static const uint8_t get_term[] = {ELECTION_OP_GET_TERM << 3 | 2, 0};
    enum election_status queried;

    shell->output.size = 0;
    if (status >= 0) {
        queried = election_query(shell->election, get_term, sizeof get_term,
                                 &shell->output);
        if (queried != ELECTION_OK)
            status = queried;
    }
    print_answer(shell, status);
}

static void apply(struct shell *shell, const struct line *line)
{
    enum election_status status = election_input_encode(
        &(struct election_command){line->op, line->text, line->text_size},
        &shell->input);

    if (status == ELECTION_OK)
        status =
            election_apply(shell->election, line->session_id, shell->input.data,
                           shell->input.size, &shell->output);
    print_answer(shell, status);
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

/** Opens the file that a line names; complains if that fails. */
static FILE *open_file(struct shell *shell, const struct line *line,
                       const char *mode)
{
    char *path = calloc(1, line->text_size + 1);
    FILE *file = NULL;

    if (path == NULL) {
        complain(shell, "out of memory");
        return NULL;
    }
    memcpy(path, line->text, line->text_size);
    if (strlen(path) == line->text_size)
        file = fopen(path, mode);
    else
        errno = ENOENT;
    if (file == NULL)
        complain_of_file(shell, line, strerror(errno));
    free(path);
    return file;
}

static enum election_status write_chunk(void *context, const uint8_t *chunk,
                                        size_t size)
{
    /* Errors stick to the stream: they are found when it is closed. */
    (void)fwrite(chunk, 1, size, context);
    return ELECTION_OK;
}

static void snapshot(struct shell *shell, const struct line *line)
{
    FILE *file = open_file(shell, line, "wb");
    enum election_status status;
    bool has_failed;

    if (file == NULL)
        return;
    status = election_snapshot_write(shell->election, write_chunk, file);
    has_failed = ferror(file) != 0;
    has_failed = fclose(file) != 0 || has_failed;
    if (has_failed)
        complain_of_file(shell, line, "could not be written");
    else
        print_status(shell, status);
}

/** Reads a stream to its end. NULL = no memory. */
static char *read_all(FILE *file, size_t *size)
{
    char *bytes = NULL;
    FILE *memory = open_memstream(&bytes, size);
    char block[4096];
    size_t got;

    if (memory == NULL)
        return NULL;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        (void)fwrite(block, 1, got, memory);
    if (fclose(memory) != 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static void restore(struct shell *shell, const struct line *line)
{
    FILE *file = open_file(shell, line, "rb");
    size_t size = 0;
    char *bytes;
    bool has_failed;

    if (file == NULL)
        return;
    bytes = read_all(file, &size);
    has_failed = bytes == NULL || ferror(file) != 0;
    (void)fclose(file);
    if (has_failed)
        complain_of_file(shell, line, "could not be read");
    else
        print_status(shell, election_restore(shell->election, bytes, size));
    free(bytes);
}

static void execute(struct shell *shell, const struct line *line)
{
    switch (line->verb) {
    case LINE_BLANK:
        break;
    case LINE_APPLY:
        apply(shell, line);
        break;
    case LINE_CLOSE:
        print_status(shell,
                     election_close_session(shell->election, line->session_id));
        break;
    case LINE_WATCH:
        print_status(shell, watch(shell));
        break;
    case LINE_UNWATCH:
        print_status(shell, unwatch(shell));
        break;
    case LINE_SNAPSHOT:
        snapshot(shell, line);
        break;
    case LINE_RESTORE:
        restore(shell, line);
        break;
    case LINE_HELP:
        fputs(line_help, shell->out);
        break;
    case LINE_QUIT:
        shell->has_quit = true;
        break;
    }
}

void shell_run(struct shell *shell, char *bytes, size_t size)
{
    char error[LINE_ERROR_SIZE];
    struct line line;

    shell->line_number++;
    if (size > 0 && bytes[size - 1] == '\n')
        size--;
    if (line_parse(bytes, size, &line, error))
        execute(shell, &line);
    else
        complain(shell, error);
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
        complain(shell, "the input could not be read");
    }
    free(bytes);
}
