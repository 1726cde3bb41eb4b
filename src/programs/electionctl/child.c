/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "print.h"

/** As shells have it. */
enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

/** What the guardian is told before the pipe ends in good order. */
static const char goodbye = 'x';

/* ---- the last resort ---------------------------------------------------- */

bool child_open(struct child *child)
{
    struct sigevent kill = {.sigev_notify = SIGEV_SIGNAL,
                            .sigev_signo = SIGKILL};

    child->has_timer = timer_create(CLOCK_BOOTTIME, &kill, &child->timer) == 0;
    if (!child->has_timer)
        print_error("there is no timer: %s", strerror(errno));
    return child->has_timer;
}

void child_limit(const struct child *child, uint64_t wait_ms)
{
    const struct itimerspec wait = {
        .it_value = {.tv_sec = (time_t)(wait_ms / 1000),
                     .tv_nsec = (long)(wait_ms % 1000) * 1000000},
    };

    if (child->has_timer)
        (void)timer_settime(child->timer, 0, &wait, NULL);
}

/* ---- new processes ------------------------------------------------------ */

/** Signals are as they are in a new program, but those that nobody wants. */
static void reset_signals(void)
{
    struct sigaction action;
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        if (sigaction(number, NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN)
            (void)signal(number, SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become(char **command, pid_t parent)
{
    int error;

    (void)setpgid(0, 0);
    reset_signals();
    /* Also if the guardian is killed before. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(BY_SIGNAL + SIGKILL);
    (void)execvp(command[0], command);
    error = errno;
    print_error("%s: %s", command[0], strerror(error));
    _exit(error == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

/** Waits for the pipe's end, and then kills what runs in the group. */
_Noreturn static void guard(int pipe, pid_t group)
{
    char told = 0;

    (void)setsid(); /* what a terminal sends to its group is not for it */
    reset_signals();
    for (int other = 0; other < 1024; other++)
        if (other != pipe)
            (void)close(other);
    while (read(pipe, &told, 1) < 0 && errno == EINTR)
        continue;
    if (told != goodbye)
        (void)kill(-group, SIGKILL);
    _exit(0);
}

static bool start_guardian(struct child *child)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    child->guardian = fork();
    if (child->guardian == 0)
        guard(ends[0], child->pid);
    (void)close(ends[0]);
    child->pipe = ends[1];
    if (child->guardian > 0)
        return true;
    (void)close(ends[1]);
    child->guardian = 0;
    return false;
}

static void end_guardian(struct child *child)
{
    if (child->guardian == 0)
        return;
    if (write(child->pipe, &goodbye, 1) != 1)
        (void)kill(child->guardian, SIGKILL);
    (void)close(child->pipe);
    (void)waitpid(child->guardian, NULL, 0);
    child->guardian = 0;
}

bool child_start(struct child *child, char **command)
{
    pid_t parent = getpid();
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(command, parent);
    if (pid > 0) {
        (void)setpgid(pid, pid); /* both do: whoever is first */
        child->pid = pid;
        if (start_guardian(child))
            return true;
        child_signal(child, SIGKILL);
    }
    print_error("%s can't be started: %s", command[0], strerror(errno));
    return false;
}

/* ---- the command -------------------------------------------------------- */

void child_signal(const struct child *child, int number)
{
    if (child->pid != 0)
        (void)kill(-child->pid, number);
}

bool child_has_ended(struct child *child)
{
    siginfo_t info = {.si_pid = 0};
    int status = 0;

    if (child->pid == 0 ||
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
            0 ||
        info.si_pid == 0)
        return false;
    /* What it has left behind: as long as it is not waited for, the number of
     * its group is nobody else's. */
    child_signal(child, SIGKILL);
    end_guardian(child);
    (void)waitpid(child->pid, &status, 0);
    child->pid = 0;
    child->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
    return true;
}
