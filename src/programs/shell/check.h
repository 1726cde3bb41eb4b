/* SPDX-License-Identifier: Apache-2.0 */
/** Scenario files: transcripts of the shell, played again and compared. */
#ifndef SHELL_CHECK_H
#define SHELL_CHECK_H

#include "shell.h"

/** What to do with scenario files. */
struct check_options {
    bool rewrites; /* put what is printed in the place of what is expected */
    enum shell_language language;
    bool is_tap; /* report as TAP, the Test Anything Protocol */
};

/**
 * Plays the cases of scenario files, and reports on standard output.
 *
 * @param paths  The files; their format is in election-scenario(5).
 * @return  The exit status: 0, 1 if a case differs, 2 if a file cannot be read,
 *     written or understood.
 */
int check_files(char *const *paths, int count,
                const struct check_options *options);

#endif
