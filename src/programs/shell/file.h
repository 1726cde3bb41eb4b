/* SPDX-License-Identifier: Apache-2.0 */
/** Snapshots in files. What goes wrong is returned in words; NULL = nothing. */
#ifndef SHELL_FILE_H
#define SHELL_FILE_H

#include <stdbool.h>
#include <stdio.h>

/** Writes a snapshot to a file. False = it could not; errno says why. */
typedef bool file_writer(void *context, FILE *file);

/**
 * Writes a snapshot to a file: to a new one, which then takes the place of the
 * old one, so that it is whole or not there. What is no ordinary file is
 * written to as it is.
 */
const char *file_write(const char *path, file_writer *writer, void *context);

/** Reads a file of a snapshot; *bytes is to be freed, whatever is returned. */
const char *file_read(const char *path, char **bytes, size_t *size);

#endif
