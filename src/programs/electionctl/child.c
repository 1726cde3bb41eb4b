/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
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

/** In the new process. */
_Noreturn static void become(char **command, pid_t parent)
{
    static const int signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                  SIGUSR1, SIGUSR2, SIGPIPE, SIGCHLD};
    sigset_t none;

    (void)setpgid(0, 0);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)signal(signals[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* A leader must not outlive the process that keeps its session. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(BY_SIGNAL + SIGKILL);
    (void)execvp(command[0], command);
    print_error("%s: %s", command[0], strerror(errno));
    _exit(errno == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

bool child_start(struct child *child, char **command)
{
    pid_t parent = getpid();
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(command, parent);
    if (pid < 0) {
        print_error("%s can't be started: %s", command[0], strerror(errno));
        return false;
    }
    (void)setpgid(pid, pid); /* both do: whoever is first */
    child->pid = pid;
    return true;
}

void child_signal(const struct child *child, int number)
{
    if (child->pid != 0)
        (void)kill(-child->pid, number);
}

bool child_has_ended(struct child *child)
{
    int status;

    if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    child_signal(child, SIGKILL); /* what it has left behind */
    child->pid = 0;
    child->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
    return true;
}
