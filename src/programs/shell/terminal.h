/* SPDX-License-Identifier: Apache-2.0 */
/** A person at the shell: prompt, history, completion, interruption. */
#ifndef SHELL_TERMINAL_H
#define SHELL_TERMINAL_H

#include "shell.h"

/** Runs what is typed, until the end of input or quit. */
void terminal_run(struct shell *shell);

#endif
