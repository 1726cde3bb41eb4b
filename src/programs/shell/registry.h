/* SPDX-License-Identifier: Apache-2.0 */
/** The lines of a shell that plays on a registry. */
#ifndef SHELL_REGISTRY_H
#define SHELL_REGISTRY_H

#include "shell.h"

/** Runs a line without its end, which is used as scratch space. */
void registry_run(struct shell *shell, char *bytes, size_t size);

#endif
