#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults in a copy of the sources, which the campaign must find.

    plants.py BUILD [--only TEXT] [--times N]

BUILD is a folder that was configured, of which the generated modules are taken;
the copy is built beside it. Each fault is tried with N (1) seeds: it must be
found within its number of rounds each time.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
TARGETS = ["electiond", "electionctl"]


class Edit(NamedTuple):
    """The old text stands once in the file."""

    file: str
    old: str
    new: str


class Plant(NamedTuple):
    name: str
    rounds: int
    found: str  # what the campaign says, or may say
    edits: list


# A node that starts again, and finds another log: it stops, or takes sessions
# for others.
OTHER_LOG = ("on the disks|two logs|must stop|closed instead|no such session|"
             "another client")

PLANTS = [
    Plant("an acknowledged proposal is dropped", 2, "no order", [
        Edit("src/registry/command.c",
             "status = execute_new(entry);",
             "status = sequence % 16 == 9 ? ELECTION_OK"
             " : execute_new(entry);")]),
    Plant("a retry runs twice", 8, "no order", [
        Edit("src/registry/command.c",
             "if (entry->sequence == ELECTION__SEQUENCE_SEEN) {",
             "if (sequence == 0) {")]),
    Plant("a node that does not lead answers reads", 2, "no order|older than", [
        Edit("src/programs/electiond/requests.c",
             "if (request->is_local) {", "if (request != NULL) {")]),
    Plant("a leader answers reads by itself", 8, "no order|older than", [
        Edit("src/programs/electiond/requests.c",
             "if (request->is_local) {",
             "if (request->is_local ||"
             " election_raft_leads(node->adapter)) {")]),
    Plant("a session ends early", 8, "no order|was lost", [
        Edit("src/registry/clock.h",
             "return election__sum(renewed_ms, timeout_ms);",
             "return election__sum(renewed_ms, timeout_ms / 2);")]),
    Plant("a session never ends", 4, "dead client|waited in vain", [
        Edit("src/registry/sessions.h",
             "return election__session_deadline(clock, session)"
             " < clock->now_ms;",
             "return clock == NULL && session == NULL;")]),
    Plant("a token is given twice", 2, "no order|two leaders|token falls", [
        Edit("src/registry/elections.c",
             "if (state->index_floor < index)",
             "if (state->index_floor > index)")]),
    Plant("a snapshot takes what follows it out of the log", 5, OTHER_LOG, [
        Edit("src/raft/disk.c",
             "return adapter->put(io, trailing,",
             "return adapter->put(io, 0,")]),
    Plant("a command runs past its lease", 6, "older tenure|one token", [
        Edit("src/programs/electionctl/child.c",
             "if (told != goodbye)", "if (told == goodbye)"),
        Edit("src/programs/electionctl/child.c",
             "    if (child->has_timer)\n", "    if (wait_ms == 0)\n"),
        Edit("src/programs/electionctl/child.c",
             "(void)prctl(PR_SET_PDEATHSIG, SIGKILL);", ""),
        Edit("src/programs/electionctl/elect.c",
             "if (!run->is_stopping &&\n        (!leads(",
             "if (run->is_over &&\n        (!leads(")]),
]


def read(folder, file):
    with open(os.path.join(folder, file), encoding="utf-8") as source:
        return source.read()


def fault_of(plant):
    """Tells why a fault can't be planted, or returns None."""
    for edit in plant.edits:
        count = read(TOP, edit.file).count(edit.old)
        if count != 1:
            return (f"{plant.name}: its old text stands {count} times in "
                    f"{edit.file}")
    return None


class Garden:
    """The copy, where one fault at a time is planted."""

    def __init__(self, build):
        self.generated = os.path.join(build, "tests", "service")
        self.folder = os.path.join(build, "planted")
        self.build = os.path.join(self.folder, "build")

    def run(self, *command):
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.STDOUT, check=False)
        if ran.returncode != 0:
            sys.exit(ran.stdout)

    def make(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(TOP, self.folder,
                        ignore=shutil.ignore_patterns("build", ".git"))
        self.run("cmake", "-G", "Ninja", "-B", self.build, "-S", self.folder,
                 "-DELECTION_INSTALL=OFF", "-DCMAKE_C_FLAGS=-w")

    def plant(self, plant):
        """Builds it; returns the programs."""
        for edit in plant.edits:
            self.write(edit.file, read(self.folder, edit.file).replace(
                edit.old, edit.new))
        self.run("cmake", "--build", self.build, "--target", *TARGETS)
        return [os.path.join(self.build, "src", "programs", target, target)
                for target in TARGETS]

    def weed(self, plant):
        for edit in plant.edits:
            self.write(edit.file, read(TOP, edit.file))

    def write(self, file, text):
        with open(os.path.join(self.folder, file), "w",
                  encoding="utf-8") as source:
            source.write(text)

    def find(self, plant, programs, seed):
        """Returns in which round it was found, and as what, or None."""
        with tempfile.TemporaryDirectory(dir=self.build) as folder:
            with subprocess.Popen(
                    [sys.executable, "-B", os.path.join(HERE, "campaign.py"),
                     *programs, self.generated, folder, str(plant.rounds),
                     seed], stdout=subprocess.PIPE, text=True,
                    stderr=subprocess.STDOUT) as campaign:
                try:
                    told = campaign.communicate()[0]
                finally:
                    campaign.terminate()
        if campaign.returncode == 0:
            return None
        said = re.findall("^(?:node.Wrong|search.Contradiction): (.*)", told,
                          re.MULTILINE)
        if not said or not re.search(plant.found, said[-1]):
            sys.exit(f"{plant.name}, seed {seed}: it failed otherwise:\n{told}")
        rounds = len(re.findall("^round ", told, re.MULTILINE)) + 1
        return rounds, said[-1][:60]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--only", default="")
    parser.add_argument("--times", type=int, default=1)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    garden = Garden(os.path.abspath(arguments.build))
    garden.make()
    missed = 0
    for plant in PLANTS:
        if arguments.only not in plant.name:
            continue
        programs = garden.plant(plant)
        for _ in range(arguments.times):
            seed = str(random.SystemRandom().randrange(1 << 32))
            found = garden.find(plant, programs, seed)
            missed += found is None
            how = f"round {found[0]}: {found[1]}" if found else "MISSED"
            print(f"{plant.name}: {how} (of {plant.rounds}, seed {seed})",
                  flush=True)
        garden.weed(plant)
    shutil.rmtree(garden.folder)
    sys.exit(f"{missed} were missed" if missed else 0)


if __name__ == "__main__":
    main()
