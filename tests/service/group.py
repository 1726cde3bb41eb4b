# SPDX-License-Identifier: Apache-2.0
"""A cluster whose members change, operators, and clients that are at work."""

import json
import subprocess

from node import Node, must, peers, until
from workers import Keeper, Proposer, await_answers, check_names, leader

WORKERS = 3
LOAD = 100  # answers before a change, and after it
UNAVAILABLE = 69  # electionctl's exit status: nobody has answered


class Group:
    """Nodes, those that are members; and electionctl at their sockets."""

    def __init__(self, program, ctl, folder, count):
        self.program, self.ctl, self.folder = program, ctl, folder
        self.nodes = [self.make(1 + i) for i in range(count)]
        for node in self.nodes:
            node.peers = peers(self.nodes)
            node.launch("--new")
        self.made = list(self.nodes)
        self.workers = []
        until(lambda: leader(self.nodes), "a leader")

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        for node in self.made:
            node.__exit__(error)

    def make(self, number):
        return Node(self.program, self.folder, number, ["--log-size", 4096])

    def join(self, number):
        """Starts one that waits to be added."""
        node = self.make(number)
        node.peers = peers([node])
        node.launch("--join")
        self.made.append(node)
        until(lambda: "starts" in node.told(), "it starts")
        return node

    def work(self):
        # The list is shared: who joins is asked, and who leaves is not.
        self.workers = [Proposer(self.nodes, f"worker{i}")
                        for i in range(WORKERS)]
        self.workers.append(Keeper(self.nodes, "keeper"))
        for worker in self.workers:
            worker.start()
        self.go_on()

    def go_on(self):
        """Until more was answered."""
        await_answers(self.workers, LOAD)

    def rest(self):
        """All were answered; each node has that, and nothing else."""
        self.go_on()
        for worker in self.workers:
            worker.finish()
        check_names(self.nodes, self.workers[:WORKERS])

    def try_asking(self, words):
        """None = who was asked does not lead, or not any more."""
        node = leader(self.nodes)
        if node is None:
            return None
        ended = subprocess.run(
            [self.ctl, *map(str, words), "--json", "--socket",
             f"{node.data}/socket"], capture_output=True, text=True,
            check=False, timeout=60)
        return None if ended.returncode == UNAVAILABLE else ended

    def ask(self, *words, expected=0):
        """Lets the node that leads do it; returns the lines that it prints, or
        why it does not."""
        ended = until(lambda: self.try_asking(words), "an answer")
        must(ended.returncode == expected, words, "ends with",
             ended.returncode, ended.stdout, ended.stderr)
        if expected != 0:
            return ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def members(self):
        return {one["node"]: one["role"] for one in self.ask("member", "list")}
