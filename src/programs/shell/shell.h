/** The shell without its terminal: lines in, lines out. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <stdbool.h>
#include <stdio.h>

#include "election/election.h"

struct shell {
    struct election *election;
    FILE *out;
    FILE *errors;
    size_t line_number;            /* of the line that runs, from 1 */
    uint64_t watch_id;             /* 0 = not watching */
    struct election_buffer input;  /* reused */
    struct election_buffer output; /* reused */
    bool has_failed; /* a line could not be parsed or carried out */
    bool has_quit;
};

/**
 * Starts a shell with a vacant election.
 *
 * @param out  Takes the events and answers; borrowed.
 * @param errors  Takes what is wrong with a line; borrowed.
 * @return  False = out of memory.
 */
bool shell_open(struct shell *shell, FILE *out, FILE *errors);

/**
 * Runs one line.
 *
 * @param bytes  The line, with or without its end; used as scratch space.
 * @param size  Its size in bytes.
 */
void shell_run(struct shell *shell, char *bytes, size_t size);

/** Runs every line of a stream, until its end or quit. */
void shell_run_all(struct shell *shell, FILE *in);

/** Returns the exit status: 0, or 2 if a line could not be carried out. */
int shell_exit_status(const struct shell *shell);

/** Releases the election and the buffers. */
void shell_close(struct shell *shell);

#endif
