/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#ifdef ELECTION_LIBEDIT
#include <editline/readline.h>

/* Signals and the line editor know only what is global. */
static struct shell *completed_shell;
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* ---- completion --------------------------------------------------------- */

/** Returns the next of the commands that begin with a text, to be freed. */
static char *next_word(const char *text, int is_continued)
{
    static size_t at;
    const char *word;

    if (!is_continued)
        at = 0;
    while ((word = shell_word(completed_shell, at++)) != NULL)
        if (strncmp(word, text, strlen(text)) == 0)
            return strdup(word);
    return NULL;
}

/** Looks for the candidate number `left` whose name begins with a text. */
struct search {
    const char *text;
    size_t left;
    char *found;
};

static bool look_at(void *context, const struct election_candidate *candidate)
{
    struct search *search = context;
    size_t size = strlen(search->text);

    /* Names in quotes are not completed: readline does not know our rules. */
    for (size_t i = 0; i < candidate->name_size; i++)
        if (!election__text_is_plain(candidate->name[i]))
            return true;
    if (candidate->name_size < size ||
        memcmp(candidate->name, search->text, size) != 0)
        return true;
    if (search->left-- > 0)
        return true;
    search->found = strndup(candidate->name, candidate->name_size);
    return false;
}

/** Returns the next of the names that begin with a text, to be freed. */
static char *next_name(const char *text, int is_continued)
{
    static size_t at;
    struct search search = {text, 0, NULL};
    struct election_candidate leader;

    at = is_continued ? at + 1 : 0;
    search.left = at;
    if (completed_shell->election != NULL &&
        election_leader(completed_shell->election, &leader) == ELECTION_OK &&
        look_at(&search, &leader))
        (void)election_each_candidate(completed_shell->election, look_at,
                                      &search);
    return search.found;
}

static char **complete(const char *text, int start, int end)
{
    (void)end;
    rl_attempted_completion_over = 1; /* no names of files */
    return rl_completion_matches(text, start == 0 ? next_word : next_name);
}

/* ---- lines -------------------------------------------------------------- */

/** Reads a line, to be freed. NULL = the end; an interrupted one is dropped. */
static char *read_line(void)
{
    for (;;) {
        char *bytes;

        is_interrupted = 0;
        bytes = readline("election> ");
        if (!is_interrupted)
            return bytes;
        free(bytes);
        fputc('\n', stdout);
    }
}

void terminal_run(struct shell *shell)
{
    struct sigaction action = {.sa_handler = interrupt};
    char *bytes;

    (void)sigaction(SIGINT, &action, NULL);
    completed_shell = shell;
    rl_attempted_completion_function = complete;
    while (!shell->has_quit && (bytes = read_line()) != NULL) {
        if (*bytes != '\0')
            add_history(bytes);
        shell_run(shell, bytes, strlen(bytes));
        free(bytes);
    }
    if (!shell->has_quit)
        fputc('\n', shell->out);
}
#else
void terminal_run(struct shell *shell)
{
    shell_run_all(shell, stdin);
    if (!shell->has_quit)
        fputc('\n', shell->out);
}
#endif
