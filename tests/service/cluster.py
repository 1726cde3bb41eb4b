#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes of electiond over TCP and disk, killed under load; a full disk.

    cluster.py ELECTIOND GENERATED FOLDER [ROUNDS]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
In each of the ROUNDS (3) the node that leads the log is killed with -9.
"""

import glob
import os
import sys
import tempfile
import time

try:
    sys.path.insert(0, sys.argv[2])
    from node import (LONG, Node, PRIVATELY, STATUS, can_mount, must, peers,
                      until, wire)
    from workers import (Keeper, Proposer, Worker, await_answers, check_names,
                         has_applied, leader, look, read)
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM = sys.argv[1]
WORKERS = 6
LOAD = 150  # answers before a node is killed, and after it


def start_all(folder, count=3):
    nodes = [Node(PROGRAM, folder, 1 + i,
                  ["--log-size", 4096, "--candidacies", 65536])
             for i in range(count)]
    for node in nodes:
        node.peers = peers(nodes)
        node.launch("--new")
    return nodes


# ---- a leader dies, again and again -----------------------------------------

def kill_leader(nodes, workers):
    """Returns after how many seconds somebody else answered."""
    await_answers(workers, LOAD)
    victim = until(lambda: leader(nodes), "a leader")
    killed = time.monotonic()
    victim.kill()
    await_answers(workers, 2 * len(workers))
    took = time.monotonic() - killed
    await_answers(workers, LOAD)
    others = [node for node in nodes if node.process is not None]
    goal = max(look(node, STATUS).applied for node in others)
    victim.launch()
    until(lambda: has_applied(victim, goal), "the victim has what it missed")
    return took


def kill_leaders(folder, rounds):
    nodes = start_all(folder)
    workers = [Proposer(nodes, f"worker{i}") for i in range(WORKERS)]
    workers += [Keeper(nodes, "keeper")]
    try:
        until(lambda: leader(nodes), "a leader")
        for worker in workers:
            worker.start()
        took = [kill_leader(nodes, workers) for _ in range(rounds)]
        for worker in workers:
            worker.finish()
        proposers = workers[:WORKERS]
        check_names(nodes, proposers)
        for node in nodes:
            must(glob.glob(f"{node.data}/log/snapshot-*"), "no snapshot")
            node.kill()
        for node in nodes:
            node.launch()
        until(lambda: leader(nodes), "a leader")
        check_names(nodes, proposers)
        leave_in_order(nodes)
        print(f"{rounds} leaders killed: others answered after "
              f"{min(took):.2f} to {max(took):.2f} s;",
              f"{sum(one.answered for one in workers)} answers,",
              f"{sum(one.repeated for one in proposers)} repeated")
    finally:
        for node in nodes:
            node.__exit__(sys.exc_info()[0])


def leave_in_order(nodes):
    """The leader hands over; the others find that there is a leader."""
    first = until(lambda: leader(nodes), "a leader")
    left = time.monotonic()
    first.stop()
    others = [node for node in nodes if node is not first]
    until(lambda: leader(others), "another leader")
    must("hands the Raft leadership on" in first.told(), first.told())
    print(f"a leader that leaves: another one after "
          f"{time.monotonic() - left:.2f} s")
    for node in others:
        node.stop()


# ---- a full disk ------------------------------------------------------------

SMALL = """mount -t tmpfs -o size=9m none "$0" || exit 99
"$@" --new; echo $? > "$0.status"
mount -o remount,size=200m "$0" && exec "$@"
"""


class SmallNode(Node):
    """Its disk is full at first. It is seen by nobody else: neither is the
    operator's socket."""

    def command(self, *_):
        os.makedirs(os.path.dirname(self.data), exist_ok=True)
        place = os.path.dirname(self.data) + "/small"
        os.makedirs(place, exist_ok=True)
        self.data = place + "/data"
        return [*PRIVATELY, "sh", "-c", SMALL, place,
                *super().command()]


def fill_disk(folder):
    """It says so and ends; with more room it has all that was answered."""
    with SmallNode(PROGRAM, folder, 1, ["--candidacies", 65536]) as node:
        node.launch()
        filler = Worker([node], "filler")
        filler.open(LONG)
        mark = f"{folder}/small.status"
        count = 0
        while not os.path.exists(mark):
            count += 1
            command = wire.Command(propose=wire.Propose(
                session_id=filler.session_id, sequence=count,
                election="e" * 255, with_output=False))
            command.propose.input.enter.candidate = f"{count}".rjust(255, "x")
            must(count < 100000, "the disk is never full")
            filler.ask(command=command)
            if "failed:" in node.told():
                until(lambda: os.path.exists(mark), "it ends")
        with open(mark, encoding="ascii") as file:
            must(file.read() == "5\n", "exit status", node.told())
        must("Is the disk full?" in node.told(), node.told())
        status = read([node], STATUS)
        must(status.registry.candidates == count, status.registry.candidates,
             "of", count)
        print(f"a full disk: after {count} answers; all are there again")


def main():
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as folder:
        kill_leaders(f"{folder}/kills", rounds)
        if can_mount():
            fill_disk(f"{folder}/full")
        else:
            print("a full disk: not tried, nothing can be mounted here")
    print(f"{time.monotonic() - begun:.0f} s")


main()
