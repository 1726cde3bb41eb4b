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
    char address[ADDRESS_SIZE]; /* of an old node, as a member */
    bool has_joined;            /* it has been a member: it must have a log */
};

/**
 * Opens the folder of a node; a new one is made, but not marked yet. What is
 * wrong was told.
 */
bool folder_open(struct folder *folder, const struct options *options);

/** Marks a new folder, once all is in it that a node needs. */
bool folder_mark(struct folder *folder, const struct options *options);

/** The node has become a member. False = that can't be written; it was told. */
bool folder_join(struct folder *folder);

/** Returns how many names are in a folder; -1 = it can't be read. */
int folder_count(const char *path);

/** Tells whether the folder is still the one that was opened. */
bool folder_is_there(const struct folder *folder);

#endif
