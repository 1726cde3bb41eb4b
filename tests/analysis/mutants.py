#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks src/ in small ways, one at a time, and shows that the tests notice.

    mutants.py [--every N] [--only TEXT]

Each way stands in mutants.txt. A copy of the project is built once under
build/mutants; then, for each, one file is changed there, the library built
again, and the unit tests, scenarios, golden files and the walk through all
states run until one fails. A mutant that no test notices survives: the script
names it and fails. One that does not compile is an error of mutants.txt.
--every N takes every Nth mutant, --only those that contain a text.
"""

import argparse
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
WORK = os.path.join(TOP, "build", "mutants")
BUILD = os.path.join(WORK, "build")
TESTS = "^(unit|scenario|golden.(log|edges|v1)|proof.exhaustive)"


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


def copy_project():
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(TOP, WORK, ignore=shutil.ignore_patterns("build", ".git"))
    # Without asserts and self-checks, as the tests alone must notice; and each
    # file compiled by itself, as only one of them changes.
    configured = run("cmake", "-G", "Ninja", "-B", BUILD, "-S", WORK,
                     "-DCMAKE_BUILD_TYPE=None", "-DELECTION_CHECKS=OFF",
                     "-DELECTION_UNITY=OFF",
                     "-DCMAKE_C_FLAGS=-O1 -g0 -DNDEBUG -w")
    built = run("cmake", "--build", BUILD)
    if configured.returncode or built.returncode:
        sys.exit(configured.stdout + built.stdout)


def is_noticed():
    """Runs the tests; says which one failed, or None."""
    tested = run("ctest", "--test-dir", BUILD, "-R", TESTS, "--timeout", "60",
                 "--stop-on-failure")
    if tested.returncode == 0:
        return None
    failed = [line for line in tested.stdout.split("\n") if "***" in line]
    return failed[0].split()[3] if failed else "a test"


def try_mutant(name, old, new):
    path = os.path.join(WORK, name)
    with open(path, encoding="utf-8") as file:
        original = file.read()
    if original.count(old + "\n") != 1:
        sys.exit(f"{name}: stands {original.count(old)} times:\n{old}")
    changed = original.replace(old + "\n", new + "\n" if new else "")
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)
        built = run("cmake", "--build", BUILD)
        if built.returncode:
            sys.exit(f"{name}: does not compile:\n{built.stdout}")
        return is_noticed()
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in read_mutants()
               if arguments.only in mutant[0] + mutant[1]]
    mutants = mutants[::arguments.every]
    copy_project()
    if is_noticed():
        sys.exit("the tests fail without any mutant")
    survivors = []
    for number, (name, what, old, new) in enumerate(mutants, 1):
        test = try_mutant(name, old, new)
        print(f"{number}/{len(mutants)} {name}: {what}: "
              f"{test or 'SURVIVES'}", flush=True)
        if test is None:
            survivors.append(f"{name}: {what}")
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants caught")
    sys.exit("\n".join(["survivors:", *survivors]) if survivors else 0)


if __name__ == "__main__":
    main()
