/* SPDX-License-Identifier: Apache-2.0 */
/** The data folder of a node: whose it is, and that no other process has it. */
#ifndef ELECTIOND_FOLDER_H
#define ELECTIOND_FOLDER_H

#include "options.h"

enum { PATH_SIZE = 4096 };

struct folder {
    char mark[PATH_SIZE]; /* the file that says whose the folder is */
    char log[PATH_SIZE];  /* where libraft writes */
    int lock;             /* descriptor of the mark, locked; -1 = none yet */
};

/**
 * Opens the folder of a node; a new one is made, but not marked yet. What is
 * wrong was told.
 */
bool folder_open(struct folder *folder, const struct options *options);

/** Marks a new folder, once all is in it that a node needs. */
bool folder_mark(struct folder *folder, const struct options *options);

/** Tells whether the folder is still the one that was opened. */
bool folder_is_there(const struct folder *folder);

#endif
