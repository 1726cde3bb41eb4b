#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes of electiond over TCP and disk, killed under load; a full disk.

    cluster.py ELECTIOND GENERATED FOLDER [ROUNDS]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
In each of the ROUNDS (3) the node that leads the log is killed with -9.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

try:
    sys.path.insert(0, sys.argv[2])
    from node import (Client, LONG, Node, PACE, STATUS, Wrong, must, peers,
                      service, until, wire)
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM = sys.argv[1]
WORKERS = 6
LOAD = 150  # answers before a node is killed, and after it
# Seconds between two turns: where a node takes its time to start, the others
# must not fill the election of all meanwhile.
REST = 0.01
LEASE = 6000  # ms that a session lives which is kept alive
PAIR = ["even", "odd"]  # who leads a worker's own election, in turns


def start_all(folder, count=3):
    nodes = [Node(PROGRAM, folder, 1 + i,
                  ["--log-size", 4096, "--candidacies", 65536])
             for i in range(count)]
    for node in nodes:
        node.peers = peers(nodes)
        node.launch("--new")
    return nodes


def leader(nodes):
    """The node that leads, as it says; None = none does."""
    for node in nodes:
        if node.process is not None and node.leads():
            return node
    return None


# ---- clients, each in a thread of its own -----------------------------------

class Worker(threading.Thread):
    """Has one request at a time, and repeats it until it is answered."""

    def __init__(self, nodes, name):
        super().__init__(daemon=True)
        self.nodes, self.name = nodes, name
        self.client = None
        self.turn = 0  # of the nodes
        self.session_id = self.sequence = 0
        self.names = []
        self.answered = self.repeated = 0
        self.is_over = False
        self.fault = None

    def connect(self):
        """To whichever node takes it; the next one another time."""
        node = self.nodes[self.turn % len(self.nodes)]
        self.turn += 1
        client = Client(node)
        client.socket.settimeout(2)  # then the node is too slow
        client.greet(self.name.encode())
        client.session_id = self.session_id
        return client

    def try_once(self, case):
        """Its answer; None = it is to be asked again, elsewhere."""
        try:
            if self.client is None:
                self.client = self.connect()
            answer = self.client.ask(**case)
        except (OSError, Wrong):
            answer = None
        if answer is not None and (answer.HasField("result") or
                                   answer.HasField("answer")):
            return answer
        must(answer is None or not answer.HasField("refused"), answer)
        if self.client is not None:
            self.client.close()
        self.client = None
        time.sleep(PACE)
        return None

    def ask(self, **case):
        until_then = time.monotonic() + 60
        while True:
            answer = self.try_once(case)
            if answer is not None:
                self.answered += 1
                return answer
            must(time.monotonic() < until_then, self.name, "is not answered")

    def open(self, timeout_ms):
        """Opens a session of a process that has asked before, or not."""
        result = self.ask(command=wire.Command(open_session=wire.OpenSession(
            client_id=self.name.encode(), nonce=1,
            timeout_ms=timeout_ms))).result
        must(result.status in (wire.OK, wire.UNCHANGED), result)
        self.session_id = result.session.session_id

    def run(self):
        try:
            self.begin()
            while not self.is_over:
                self.step()
        except Exception as fault:
            self.fault = fault

    def finish(self):
        self.is_over = True
        self.join()
        if self.fault is not None:
            raise self.fault
        if self.client is not None:
            self.client.close()


class Proposer(Worker):
    """In turns it enters a new name into the election of all, and lets the
    other one of two lead its own election: what is lost, or happens twice, is
    seen by the names, the status or the token."""

    def begin(self):
        self.open(LONG)

    def propose(self, election, kind, name):
        self.sequence += 1
        command = wire.Command(propose=wire.Propose(
            session_id=self.session_id, sequence=self.sequence,
            election=election))
        getattr(command.propose.input, kind).candidate = name
        result = self.ask(command=command).result
        must(result.status == wire.OK, self.name, self.sequence, result)
        self.repeated += result.propose.repeated
        return result.propose.leadership

    def step(self):
        time.sleep(REST)
        turn = self.sequence // 2 + 1
        self.propose("all", "enter", f"{self.name}-{turn}")
        self.names.append(f"{self.name}-{turn}")
        if turn <= 2:
            self.check(self.propose(self.name, "enter", PAIR[turn % 2]))
        else:
            self.check(self.propose(self.name, "anoint", self.leads(turn)))

    def leads(self, turn):
        """Who leads after so many turns: who was first, and then in turns."""
        return PAIR[1] if turn <= 2 else PAIR[(turn + 1) % 2]

    def check(self, leadership):
        """The token has risen by each turn so far, and by nothing else."""
        turn = self.sequence // 2
        must(leadership.index == max(1, turn - 1) and
             leadership.leader == self.leads(turn),
             self.name, "after turn", turn, "is led so:", leadership)


class Keeper(Worker):
    """Keeps its session alive, and nothing else: it is never lost."""

    def begin(self):
        self.open(LEASE)

    def step(self):
        status = self.ask(command=wire.Command(keep_alive=wire.KeepAlive(
            session_ids=[self.session_id]))).result.status
        must(status == wire.OK, "a session that was kept alive", status)
        time.sleep(LEASE / 6000)


def answered(workers):
    for worker in workers:
        if worker.fault is not None:
            raise worker.fault
    return sum(worker.answered for worker in workers)


def await_answers(workers, count):
    wanted = answered(workers) + count
    until(lambda: answered(workers) >= wanted, f"{count} answers")


# ---- what the nodes have ----------------------------------------------------

def look(node, query):
    with Client(node) as client:
        client.greet()
        return client.read(query, is_local=True)


def read(nodes, query):
    """A linearizable read, at whoever leads."""
    reader = Worker(nodes, "reader")
    answer = reader.ask(read=service.Read(query=query)).answer
    reader.client.close()
    return answer


def agree(nodes):
    """All have applied the same entries, and all that was answered."""
    goal = read(nodes, STATUS).applied

    def is_so():
        try:
            looks = [look(node, STATUS) for node in nodes]
        except OSError:
            return False  # one that has just been started
        if min(one.applied for one in looks) < goal:
            return False
        if len({one.applied for one in looks}) > 1:
            return False
        must(len({one.registry.log_digest for one in looks}) == 1, "two logs")
        return True

    until(is_so, "all have applied the same")


def check_names(nodes, proposers):
    """Each node has what was answered, once, and nothing else."""
    agree(nodes)
    names = sorted(name for one in proposers for name in one.names)
    for node in nodes:
        term = look(node, wire.Query(get_term=wire.GetTerm(
            election="all"))).leadership
        must(sorted([term.leader, *term.candidates]) == names, "names at",
             node.number)
        for one in proposers:
            one.check(look(node, wire.Query(get_term=wire.GetTerm(
                election=one.name))).leadership)


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


def has_applied(node, goal):
    try:
        return look(node, STATUS).applied >= goal
    except OSError:
        must(node.process.poll() is None, node.told())
        return False


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

# Where what is mounted is seen by nobody else.
PRIVATELY = ["unshare", "-m"] + ([] if os.geteuid() == 0 else ["-r"])
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


def can_mount():
    return shutil.which("unshare") is not None and subprocess.run(
        [*PRIVATELY, "mount", "-t", "tmpfs", "none", "/mnt"],
        check=False, stderr=subprocess.DEVNULL).returncode == 0


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
