/* SPDX-License-Identifier: Apache-2.0 */
/** The shell without its terminal: lines in, lines out. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <stdbool.h>
#include <stdio.h>

#include "testing/play.h"
#include "testing/registry_play.h"

/** How a shell behaves. */
struct shell_manner {
    /** What stands before a complaint; NULL = "line N: ". */
    const char *complaint;
    bool explains; /* says why something is invalid */
    bool is_raw;   /* shows UTF-8 as it is */
};

/** What the lines are about: one election, or a registry of many. */
enum shell_language { SHELL_ELECTION, SHELL_REGISTRY };

/** Most watches of a registry at a time. */
enum { SHELL_WATCHES_MAX = 64 };

struct shell {
    enum shell_language language;
    struct election *election;     /* of an election */
    struct election_player player; /* of a registry */
    uint64_t watch_ids[SHELL_WATCHES_MAX];
    size_t watch_count;
    FILE *out;
    FILE *errors;
    struct shell_manner manner;
    struct election__text text;   /* goes to out */
    const char *source;           /* where lines come from; NULL = clear */
    size_t line_number;           /* of the line that runs, from 1 */
    uint64_t watch_id;            /* 0 = not watching */
    struct election_buffer input; /* reused */
    bool has_failed; /* a line could not be parsed or carried out */
    bool has_quit;
};

/**
 * Starts a shell with a vacant election, or an empty registry, in the plain
 * manner.
 *
 * @param out  Takes the events and answers; borrowed.
 * @param errors  Takes what is wrong with a line; borrowed.
 * @return  False = out of memory.
 */
bool shell_open(struct shell *shell, enum shell_language language, FILE *out,
                FILE *errors);

/** Returns the i-th word that a line may start with; NULL = there is none. */
const char *shell_word(const struct shell *shell, size_t i);

/** Returns the help text of a language. */
const char *shell_help(enum shell_language language);

/**
 * Runs one line.
 *
 * @param bytes  The line, with or without its end; used as scratch space.
 * @param size  Its size in bytes.
 */
void shell_run(struct shell *shell, char *bytes, size_t size);

/** Runs every line of a stream, until its end or quit. */
void shell_run_all(struct shell *shell, FILE *in);

/** Says what is wrong with the line that runs. */
void shell_complain(struct shell *shell, const char *what);

/** Makes a path of a word, to be closed. False = it is none; that was said. */
bool shell_open_path(struct shell *shell, const char *text, size_t size,
                     char **path);

/** Releases a path, and says what was wrong with it; NULL = nothing. */
void shell_close_path(struct shell *shell, char *path, const char *problem);

/** Releases what is played on, and the buffers. */
void shell_close(struct shell *shell);

#endif
