/*
 * election-shell: one election in memory, driven by lines on standard input.
 * Type help for the commands.
 */
#ifdef ELECTION_LIBEDIT
#include <editline/readline.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"
#include "shell.h"

#ifdef ELECTION_LIBEDIT
static void run_terminal(struct shell *shell)
{
    char *bytes;

    fputs(line_help, stdout);
    while (!shell->has_quit && (bytes = readline("election> ")) != NULL) {
        if (*bytes != '\0')
            add_history(bytes);
        shell_run(shell, bytes, strlen(bytes));
        free(bytes);
    }
}
#else
static void run_terminal(struct shell *shell)
{
    fputs(line_help, stdout);
    shell_run_all(shell, stdin);
}
#endif

int main(void)
{
    struct shell shell;
    int exit_status;

    /* Line by line, so that a program at the other end of a pipe can wait. */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (!shell_open(&shell, stdout, stderr)) {
        fputs("election-shell: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        run_terminal(&shell);
    else
        shell_run_all(&shell, stdin);
    exit_status = shell_exit_status(&shell);
    shell_close(&shell);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("election-shell: the output could not be written\n", stderr);
        return EXIT_FAILURE;
    }
    return exit_status;
}
