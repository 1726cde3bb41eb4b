#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Crashes examples/host.c between any two of its calls, and starts it again.

    crashes.py HOST HOST_THAT_CRASHES

After each crash what alice was told must be so, and what she asks again must
not happen twice. Some crashes meet a host that had crashed before.
"""

import os
import subprocess
import sys
import tempfile

STEPS = ["lead", "open", "enter", "snapshot", "withdraw", "snapshot", "enter",
         "follow"]
# How things stand after each answer that alice gets.
STATES = ["db: nobody leads, token 0", "db: nobody leads, token 0",
          "db: alice leads, token 1", "db: nobody leads, token 1",
          "db: alice leads, token 2"]
CRASHED = 77
SECOND_EVERY = 17  # of the calls of the second run one in so many is tried

host, crashing = sys.argv[1:]
# In memory, if possible: nobody pulls the plug here, so no disk needs to sync.
tempfile.tempdir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(program, folder, steps, at=None):
    """Returns whether the host came to its end, and what it printed."""
    environment = dict(os.environ)
    if at is not None:
        environment["CRASH_AT"] = str(at)
    done = subprocess.run([program, folder, *steps], env=environment, text=True,
                          stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, CRASHED) or (at is None and done.returncode):
        sys.exit(f"{steps} ends with {done.returncode}, crash at {at}")
    return done.returncode == 0, done.stdout.splitlines()


def check(folder, at, told):
    """What was told is so; what was under way may be."""
    heard = len([line for line in told if line.startswith("alice hears")])
    state = run(host, folder, [])[1][0]
    if state not in STATES[heard:heard + 2]:
        sys.exit(f"crash {at}: {heard} answers, and {state}")


def finish(folder, at):
    """All is asked again; nothing happens twice."""
    told = run(host, folder, STEPS)[1]
    if run(host, folder, []) != (True, [STATES[-1]]):
        sys.exit(f"crash {at}: in the end {told}")


def crash_again(folder, first):
    """Returns how many second crashes were tried, each on the same disk."""
    count = 0
    for second in range(1 + first % SECOND_EVERY, 10 ** 6, SECOND_EVERY):
        with tempfile.TemporaryDirectory() as copy:
            subprocess.run(["cp", "-a", f"{folder}/.", copy], check=True)
            if run(crashing, copy, STEPS, second)[0]:
                return count
            finish(copy, (first, second))
        count += 1
    return count


def main():
    first, seconds, is_done = 0, 0, False
    while not is_done:
        first += 1
        with tempfile.TemporaryDirectory() as folder:
            is_done, told = run(crashing, folder, STEPS, first)
            check(folder, first, told)
            seconds += crash_again(folder, first)
            finish(folder, first)
    if first < 100:
        sys.exit(f"only {first} calls: crash.h does not see them all")
    print(f"{first - 1} crashes, and {seconds} more after them")


main()
