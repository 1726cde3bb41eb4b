/* SPDX-License-Identifier: Apache-2.0 */
/** A command that runs while this process wants it to. */
#ifndef ELECTIONCTL_CHILD_H
#define ELECTIONCTL_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;  /* also of its group; 0 = none runs */
    int status; /* how the last one has ended, as a shell tells it */
};

/**
 * Starts a command, in a process group of its own. If this process dies, the
 * kernel kills it.
 *
 * @param command  Ends with NULL.
 * @return  False = that failed; it was said.
 */
bool child_start(struct child *child, char **command);

/** Sends a signal to its whole group. */
void child_signal(const struct child *child, int number);

/** Looks, without waiting, whether it has ended; then its group is killed. */
bool child_has_ended(struct child *child);

#endif
