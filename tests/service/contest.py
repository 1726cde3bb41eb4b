# SPDX-License-Identifier: Apache-2.0
"""Three nodes, electionctl beside them, and what its commands leave behind."""

import json
import os
import signal
import subprocess

from node import Node, must, peers, until

TTL = 3  # seconds; the nodes need less for a new leader
# What a command does: it writes down its token until it is stopped. The files
# show who runs, and since when.
JOB = """echo "$ELECTION_INDEX $ELECTION_CANDIDATE $$" >> "$0"
trap 'exit 0' TERM
while :; do echo "$ELECTION_INDEX" >> "$0.beats"; sleep 0.05; done
"""


class Cluster:
    """Three nodes, and the processes that were started beside them."""

    def __init__(self, program, ctl, folder):
        self.program, self.ctl, self.folder = program, ctl, folder
        self.nodes = [Node(program, folder, 1 + i, ["--election-timeout", 500])
                      for i in range(3)]
        self.processes = []
        self.count = 0
        self.environment = os.environ | {"ELECTION_CLUSTER": ",".join(
            f"127.0.0.1:{node.client_port}" for node in self.nodes)}

    def __enter__(self):
        for node in self.nodes:
            node.peers = peers(self.nodes)
            node.launch("--new")
        until(self.leader, "a leader")
        return self

    def __exit__(self, error, *_):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
            if error is not None:
                print(process.args[1:6], self.told(process))
        for node in self.nodes:
            node.__exit__(error)

    def leader(self):
        return next((node for node in self.nodes
                     if node.process is not None and node.leads()), None)

    def file(self, name):
        self.count += 1
        return os.path.join(self.folder, f"{name}-{self.count}")

    def ask(self, *arguments, expected=0):
        """Runs it to its end; returns the objects that it prints."""
        ended = subprocess.run([self.ctl, *map(str, arguments), "--json"],
                               env=self.environment, capture_output=True,
                               text=True, timeout=60, check=False)
        must(ended.returncode == expected, arguments, "ends with",
             ended.returncode, ended.stdout, ended.stderr)
        if expected != 0:
            must(ended.stderr.startswith("electionctl: "), ended.stderr)
            return ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def term(self, election):
        return self.ask("term", election)[0]

    def start(self, *arguments, ignores=False):
        told = self.file("told")
        nohup = ["nohup"] if ignores else []
        with open(told, "w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [*nohup, self.ctl, *map(str, arguments)], stdout=file, stderr=file,
                stdin=subprocess.DEVNULL, env=self.environment)
        process.told = told
        self.processes.append(process)
        return process

    def told(self, process):
        with open(process.told, encoding="utf-8") as file:
            return file.read()

    def elect(self, election, name, job, *options):
        return self.start("elect", election, "--as", name, "--ttl", f"{TTL}s",
                          *options, "--", "sh", "-c", JOB, job)

    def await_leader(self, election, name):
        return until(lambda: self.term(election)["leader"] == name and
                     self.term(election), f"{name} leads")


def lines(path):
    """What a job has written so far, but for a line that is not whole."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def starts(path):
    """(token, candidate, process) of each run of a job."""
    return [(int(token), name, int(process))
            for token, name, process in map(str.split, lines(path))]


def is_there(process):
    """One that has ended may not be waited for yet."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def await_start(path, count):
    until(lambda: len(starts(path)) >= count, f"{count} runs")
    return starts(path)[count - 1]


def ended(process):
    return until(lambda: process.poll() is not None and (process.returncode,),
                 "it ends")[0]
