/* SPDX-License-Identifier: Apache-2.0 */
/** Snapshots in files. */
#ifndef SHELL_FILE_H
#define SHELL_FILE_H

#include "election/election.h"

/**
 * Writes a snapshot to a file: to a new one, which then takes the place of the
 * old one, so that it is whole or not there. What is no ordinary file is
 * written to as it is.
 *
 * @return  What went wrong, in words; NULL = nothing.
 */
const char *file_snapshot(const struct election *election, const char *path);

/**
 * Restores an election from a file.
 *
 * @param status  What election_restore() said, if NULL is returned.
 * @return  What went wrong, in words; NULL = nothing.
 */
const char *file_restore(struct election *election, const char *path,
                         enum election_status *status);

#endif
