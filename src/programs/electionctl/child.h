/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A command that runs while this process wants it to, and no longer: not if
 * this process dies, or is stopped.
 *
 *     this process --- pipe ---> guardian      kills the group if the pipe ends
 *          |
 *          +--- a group of its own: the command, and what it starts
 *          |
 *          +--- a timer of the kernel kills this process, if it is not set anew
 */
#ifndef ELECTIONCTL_CHILD_H
#define ELECTIONCTL_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct child {
    pid_t pid;      /* also of its group; 0 = none runs */
    pid_t guardian; /* 0 = none */
    int pipe;       /* to it */
    timer_t timer;  /* of the last resort */
    bool has_timer;
    int status; /* how the last one has ended, as a shell tells it */
};

/** Makes the timer. False = that failed; it was said. */
bool child_open(struct child *child);

/**
 * Starts a command, in a process group of its own.
 *
 * @param command  Ends with NULL.
 * @return  False = that failed; it was said.
 */
bool child_start(struct child *child, char **command);

/**
 * Lets the kernel kill this process after so long, whatever it does or does
 * not: and the command with it. 0 = not any more.
 */
void child_limit(const struct child *child, uint64_t wait_ms);

/** Sends a signal to its whole group. */
void child_signal(const struct child *child, int number);

/** Looks, without waiting, whether it has ended; then its group is killed. */
bool child_has_ended(struct child *child);

#endif
