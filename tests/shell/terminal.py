# SPDX-License-Identifier: Apache-2.0
"""The shell at a terminal, typed to by a program.

    terminal.py SHELL

Each step waits for what must be shown, so nothing depends on time but the
limit after which the test gives up.
"""

import os
import pty
import re
import select
import signal
import sys
import tempfile
import termios
import time

LIMIT = 20  # seconds until a text must have come


class Shell:
    """A shell on a pseudo-terminal."""

    def __init__(self, program, **environment):
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(environment, TERM="xterm")
            os.execv(program, [program])

    def expect(self, pattern):
        """Waits for a text, and forgets all up to its end."""
        end = time.monotonic() + LIMIT
        while not (found := re.search(pattern, self.shown)):
            left = end - time.monotonic()
            ready, _, _ = select.select([self.terminal], [], [], max(left, 0))
            if not ready:
                sys.exit(f"not shown: {pattern!r}; shown: {self.shown!r}")
            try:
                self.shown += os.read(self.terminal, 4096).decode()
            except OSError:  # the other end is closed
                sys.exit(f"ended before: {pattern!r}; shown: {self.shown!r}")
        self.shown = self.shown[found.end():]

    def prompt(self):
        """
        Waits for the prompt, and then until keys are read one by one: it is
        shown a moment before that, and what is typed in between is taken as
        the terminal takes it, which loses a Ctrl-D.
        """
        self.expect("election> ")
        end = time.monotonic() + LIMIT
        while termios.tcgetattr(self.terminal)[3] & termios.ICANON:
            if time.monotonic() > end:
                sys.exit("no key is read one by one")
            os.sched_yield()

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line(self, text, answer):
        self.prompt()
        self.type(text + "\n")
        self.expect(answer)

    def end(self):
        """Reads to the end, and returns the exit status."""
        end = time.monotonic() + LIMIT
        while True:
            left = max(end - time.monotonic(), 0)
            if not select.select([self.terminal], [], [], left)[0]:
                sys.exit("the shell does not end")
            try:
                if not os.read(self.terminal, 4096):
                    break
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def need(condition, what):
    if not condition:
        sys.exit(what)


def letters(program):
    """UTF-8 arrives as it is typed, and is shown as it is."""
    shell = Shell(program, LC_ALL="C.UTF-8")
    shell.line('enter 1 "zoë ∀"', 'ok index=1 leader="zoë ∀" queue=')
    # A control character is not.
    shell.line('enter 1 "a\\xC2\\x9Bb"', r'queue=\["a\\xC2\\x9Bb"\]')
    shell.line("quit", "")
    need(shell.end() == 0, "quit is no failure")
    # Where the terminal has no UTF-8, all is shown in ASCII.
    shell = Shell(program, LC_ALL="C")
    shell.line('enter 1 "\\xC3\\xAB"', r'leader="\\xC3\\xAB"')
    shell.prompt()
    shell.type("\x04")
    need(shell.end() == 0, "the end of input is no failure")


def mistakes(program):
    """They are explained, and are none of the program's."""
    shell = Shell(program, LC_ALL="C.UTF-8")
    shell.line("frob", "unknown command; help lists all")
    shell.line('enter 1 ""', "invalid: a name has at least one byte")
    shell.line(f"enter 1 {'n' * 256}", "invalid: a name has at most 255 bytes")
    shell.line('enter 1 "\\x00"', "invalid: a name has no NUL byte")
    shell.line('enter 1 "\\xFF"', "invalid: a name is UTF-8")
    shell.line("help", "A SESSION is a number that stands for one client")
    shell.prompt()
    shell.type("\x04")
    need(shell.end() == 0, "a mistake that was typed is no failure")


def keys(program):
    """Ctrl-C drops the line, and not the election; Tab completes."""
    shell = Shell(program, LC_ALL="C.UTF-8")
    shell.line("enter 1 alice", "ok index=1 leader=alice")
    shell.prompt()
    shell.type("evict al")
    shell.expect("evict al")
    shell.type("\x03")
    shell.line("term", "ok index=1 leader=alice")
    shell.prompt()
    shell.type("with\t")
    shell.expect("draw")
    shell.type("1 al\t")
    shell.expect("ice")
    shell.type("\n")
    shell.expect("ok index=1 leader=- ")
    shell.line("watch", "event index=1 leader=- queue=")
    shell.line("enter 1 bob", "event index=2 leader=bob")
    shell.line("list", "candidate place=0 session=1 name=bob")
    shell.prompt()
    shell.type("\x04")
    need(shell.end() == 0, "the end of input is no failure")


def closing(program):
    """A terminal that goes away ends the shell."""
    shell = Shell(program, LC_ALL="C.UTF-8")
    shell.prompt()
    os.close(shell.terminal)
    _, status = os.waitpid(shell.pid, 0)
    need(os.waitstatus_to_exitcode(status) in (0, -signal.SIGHUP),
         f"a closed terminal: status {status}")


def main():
    program = os.path.abspath(sys.argv[1])
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as error:
        print(f"left out: no pseudo-terminal here: {error}")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder
        for test in (letters, mistakes, keys, closing):
            test(program)
    print("the terminal does as it should")


if __name__ == "__main__":
    main()
