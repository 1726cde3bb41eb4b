#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks src/ in small ways, one at a time, and shows that the tests notice.

    mutants.py [--every N] [--only TEXT]

Each way stands in mutants.txt. For each, one file of a copy of the project is
changed, the library built again, and the unit tests, scenarios, golden files
and the walk through all states run until one fails. That is done in a build
like a release, and if nothing fails there, in one with sanitizers and
self-checks; what only those notice is no more than luck in a release. A mutant
that nothing notices survives: the script names it and fails. --every N takes
every Nth mutant, --only those that contain a text. One that does not compile,
or no longer finds its old text, is an error of mutants.txt: all are looked at
for that before the first is tried.
"""

import argparse
import concurrent.futures
import functools
import json
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
WORK = os.path.join(TOP, "build", "mutants")
QUICK = "^(unit|scenario|golden.(log|edges|v1))"
SLOW = "^unit.memory"
EXHAUSTIVE = "^proof.(registry.)?exhaustive"
NOTHING = "^$"


class Build:
    """A build of the copy, and the tests to run in it, in stages."""

    def __init__(self, name, stages, *options):
        self.name = name
        self.folder = os.path.join(WORK, name)
        self.stages = stages  # (which tests, which of them not, seconds)
        self.options = options
        self.hints = {}  # file: what has noticed that it was broken

    def configure(self):
        """Builds all that may be changed later; the tests must pass."""
        # Not unity, as only one file changes.
        configured = run("cmake", "-G", "Ninja", "-B", self.folder, "-S", WORK,
                         "-DCMAKE_BUILD_TYPE=None", "-DELECTION_UNITY=OFF",
                         "-DELECTION_TESTS=ON", "-DELECTION_EXAMPLES=ON",
                         *self.options)
        built = run("ninja", "-C", self.folder)
        if configured.returncode or built.returncode:
            sys.exit(configured.stdout + built.stdout)
        test = self.failing_test(None)
        if test:
            sys.exit(f"{self.name}: {test} fails without any mutant")

    def failing_test(self, file):
        """
        Runs the tests until one fails, and returns that, or None. Those that
        were good for the same file before come first.
        """
        hints = self.hints.setdefault(file, set())
        stages = list(self.stages)
        if hints:
            wanted = "|".join(sorted(hints))
            stages.insert(0, (f"^({wanted})$", NOTHING, self.stages[0][2]))
        for stage in stages:
            test = self.run_stage(*stage)
            if test:
                if stage == self.stages[0]:
                    hints.add(test)  # a slow one would make all of them slow
                return test
        return None

    def run_stage(self, wanted, excluded, seconds):
        """Builds and runs some tests; returns the first that fails, or None."""
        built = run("ninja", "-C", self.folder,
                    *self.programs_of(wanted, excluded))
        if built.returncode:
            sys.exit(f"does not compile:\n{built.stdout}")
        tested = run("ctest", "--test-dir", self.folder, "-R", wanted, "-E",
                     excluded, "-j2", "--timeout", seconds, "--stop-on-failure",
                     "--no-tests=error")
        if tested.returncode == 0:
            return None
        failed = [line for line in tested.stdout.split("\n") if "***" in line]
        return failed[0].split()[3] if failed else tested.stdout

    @functools.cache
    def programs_of(self, wanted, excluded):
        """Returns what of the build these tests run."""
        listed = run("ctest", "--test-dir", self.folder, "-R", wanted, "-E",
                     excluded, "--show-only=json-v1")
        words = {word for test in json.loads(listed.stdout)["tests"]
                 for word in test["command"]
                 if word.startswith(self.folder + "/")}
        return sorted(os.path.relpath(word, self.folder) for word in words)


# The tests alone must notice: no asserts, no self-checks.
RELEASE = Build("release",
                [(QUICK, SLOW, "20"), (SLOW, NOTHING, "60"),
                 (EXHAUSTIVE, NOTHING, "180")],
                "-DELECTION_CHECKS=OFF", "-DCMAKE_C_FLAGS=-O1 -g0 -DNDEBUG -w")
# What would take more than a minute here is left out.
SANITIZERS = Build("sanitizers", [(QUICK, SLOW, "60")],
                   "-DELECTION_CHECKS=ON", "-DCMAKE_C_FLAGS=-O1 -g0 -w",
                   "-DELECTION_SANITIZE=address,undefined")


def read_mutants():
    """Yields (file, what is wrong, old text, new text)."""
    path = os.path.join(TOP, "tests", "analysis", "mutants.txt")
    with open(path, encoding="utf-8") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    for block in text.strip().split("\n\n"):
        head, *lines = block.split("\n")
        name, what = head.split(": ", 1)
        old = [line[2:] for line in lines if line.startswith("-")]
        new = [line[2:] for line in lines if line.startswith("+")]
        yield name, what, "\n".join(old), "\n".join(new)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, cwd=WORK,
                          stderr=subprocess.STDOUT, text=True, check=False)


def read_source(name):
    with open(os.path.join(WORK, name), encoding="utf-8") as file:
        return file.read()


def mutated(original, old, new):
    return original.replace(old + "\n", new + "\n" if new else "")


def fault_of(mutant):
    """Tells why a mutant cannot be tried, or returns None."""
    name, what, old, new = mutant
    original = read_source(name)
    count = original.count(old + "\n")
    if count != 1:
        return f"{name}: {what}: its old text stands {count} times"
    compiled = subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", "-w", "-fsyntax-only", "-Iinclude",
         "-Isrc", "-I" + os.path.dirname(name),
         "-Irelease/src/message/generated",
         "-x", "c", "-"],
        input=mutated(original, old, new), text=True, cwd=WORK, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if compiled.returncode:
        return f"{name}: {what}: does not compile:\n{compiled.stdout}"
    return None


def check_list(mutants):
    """Ends the script if any of the mutants cannot be tried."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [fault for fault in pool.map(fault_of, mutants) if fault]
    if faults:
        sys.exit("\n".join(["in mutants.txt:", *faults]))


def try_mutant(name, old, new):
    """Returns the first build that notices a mutant, and its test, or None."""
    path = os.path.join(WORK, name)
    original = read_source(name)
    changed = mutated(original, old, new)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)
        for build in (RELEASE, SANITIZERS):
            test = build.failing_test(name)
            if test:
                return build, test
        return None, None
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    listed = list(read_mutants())
    mutants = [mutant for mutant in listed
               if arguments.only in mutant[0] + mutant[1]]
    if arguments.every > 1:
        print(f"every {arguments.every}th of {len(mutants)} mutants")
    mutants = mutants[::arguments.every]
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(TOP, WORK, ignore=shutil.ignore_patterns("build", ".git"))
    RELEASE.configure()
    check_list(listed)
    SANITIZERS.configure()
    survivors = []
    by_sanitizers = 0
    for number, (name, what, old, new) in enumerate(mutants, 1):
        print(f"{number}/{len(mutants)} {name}: {what}: ", end="", flush=True)
        build, test = try_mutant(name, old, new)
        print(f"{build.name}, {test}" if build else "SURVIVES", flush=True)
        by_sanitizers += build is SANITIZERS
        if build is None:
            survivors.append(f"{name}: {what}")
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants caught, "
          f"{by_sanitizers} of them by sanitizers alone")
    sys.exit("\n".join(["survivors:", *survivors]) if survivors else 0)


if __name__ == "__main__":
    main()
