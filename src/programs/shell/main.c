/* SPDX-License-Identifier: Apache-2.0 */
/*
 * election-shell: one election in memory, driven by lines of text; see
 * election-shell(1).
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "shell.h"
#include "terminal.h"

static const char usage[] =
    "election-shell plays an election in memory, driven by lines of text.\n"
    "\n"
    "  election-shell [--explain] [FILE...]   play scripts, or what is typed\n"
    "  election-shell --check [--tap] FILE... play transcripts, and compare\n"
    "  election-shell --rewrite FILE...       put their answers in anew\n"
    "  election-shell --help | --version\n"
    "\n"
    "With --registry before, sessions and many elections are played on.\n"
    "--explain says why a name is invalid. The lines are:\n"
    "\n";

/** What the command line asks for. */
struct options {
    enum { RUN, CHECK, HELP, VERSION, WRONG } mode;
    struct check_options check;
    bool explains;
    int first_file; /* position in argv */
};

static bool is(const char *argument, const char *option)
{
    return strcmp(argument, option) == 0;
}

/** Reads one option. False = there is no such. */
static bool read_option(const char *argument, struct options *options)
{
    if (is(argument, "--help")) {
        options->mode = HELP;
    } else if (is(argument, "--version")) {
        options->mode = VERSION;
    } else if (is(argument, "--check")) {
        options->mode = CHECK;
    } else if (is(argument, "--rewrite")) {
        options->mode = CHECK;
        options->check.rewrites = true;
    } else if (is(argument, "--tap")) {
        options->check.is_tap = true;
    } else if (is(argument, "--registry")) {
        options->check.language = SHELL_REGISTRY;
    } else if (is(argument, "--explain")) {
        options->explains = true;
    } else {
        return false;
    }
    return true;
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.mode = RUN, .first_file = 1};

    while (options.first_file < argc && argv[options.first_file][0] == '-' &&
           argv[options.first_file][1] != '\0') {
        const char *argument = argv[options.first_file++];

        if (is(argument, "--"))
            break;
        if (!read_option(argument, &options)) {
            fprintf(stderr,
                    "election-shell: unknown option %s; --help shows all\n",
                    argument);
            options.mode = WRONG;
            return options;
        }
    }
    if (options.check.is_tap &&
        (options.mode != CHECK || options.check.rewrites)) {
        fputs("election-shell: --tap goes with --check\n", stderr);
        options.mode = WRONG;
    } else if (options.mode == CHECK && options.first_file == argc) {
        fputs("election-shell: name the scenario files to play\n", stderr);
        options.mode = WRONG;
    }
    return options;
}

/** Plays the files that are named, "-" for standard input. */
static void run_files(struct shell *shell, int count, char **paths)
{
    for (int i = 0; i < count && !shell->has_quit; i++) {
        FILE *file = is(paths[i], "-") ? stdin : fopen(paths[i], "r");

        shell->line_number = 0;
        shell->source = count > 1 ? paths[i] : NULL;
        if (file == NULL) {
            fprintf(stderr, "election-shell: %s: %s\n", paths[i],
                    strerror(errno));
            shell->has_failed = true;
            continue;
        }
        shell_run_all(shell, file);
        if (file != stdin)
            (void)fclose(file);
    }
}

static int run(const struct options *options, int argc, char **argv)
{
    bool is_typed = options->first_file == argc && isatty(STDIN_FILENO) &&
                    isatty(STDOUT_FILENO);
    struct shell shell;
    bool has_failed;

    /* Line by line, so that a program at the other end of a pipe can wait. */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (!shell_open(&shell, options->check.language, stdout, stderr)) {
        fputs("election-shell: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    shell.manner.explains = options->explains || is_typed;
    shell.manner.is_raw =
        isatty(STDOUT_FILENO) && is(nl_langinfo(CODESET), "UTF-8");
    if (is_typed) {
        shell.manner.complaint = "";
        puts("Type help for the commands, quit or Ctrl-D to leave.");
        terminal_run(&shell);
    } else if (options->first_file == argc) {
        shell_run_all(&shell, stdin);
    } else {
        run_files(&shell, argc - options->first_file,
                  argv + options->first_file);
    }
    /* Who types sees a mistake and goes on: it is none of the program's. */
    has_failed = shell.has_failed && !is_typed;
    shell_close(&shell);
    return has_failed ? 2 : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    int exit_status = EXIT_SUCCESS;

    (void)setlocale(LC_CTYPE, "");
    /* A file that may not grow is an error to be told, not the end. */
    (void)signal(SIGXFSZ, SIG_IGN);
    switch (options.mode) {
    case RUN:
        exit_status = run(&options, argc, argv);
        break;
    case CHECK:
        exit_status = check_files(argv + options.first_file,
                                  argc - options.first_file, &options.check);
        break;
    case HELP:
        fputs(usage, stdout);
        fputs(shell_help(options.check.language), stdout);
        break;
    case VERSION:
        printf("election-shell %s\n", election_version());
        break;
    case WRONG:
        return 2;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("election-shell: the output could not be written\n", stderr);
        return EXIT_FAILURE;
    }
    return exit_status;
}
