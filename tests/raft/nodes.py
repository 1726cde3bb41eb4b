# SPDX-License-Identifier: Apache-2.0
"""Processes of node.c, asked from one thread; clients that load them."""

import math
import os
import random
import selectors
import socket
import subprocess
import time

from election.registry.v1 import registry_pb2 as wire

WAIT = 20  # seconds until what must happen has happened
PACE = 0.02  # seconds between two looks at what only looking tells
LEADS, FOLLOWS, FAILED = "leads", "follows", "failed"
STATUS = wire.Query(get_status=wire.GetStatus())
# Mounts a file system of its own for a node, seen by nobody else.
PRIVATELY = ["unshare", "-m"] + ([] if os.geteuid() == 0 else ["-r"])
MOUNT = PRIVATELY + [
    "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"']


class Wrong(Exception):
    """What must not be."""


def must(is_so, *what):
    if not is_so:
        raise Wrong(*what)


def free_ports(count):
    """Ports that no outgoing connection is given, a node's neither."""
    ports = set()
    while len(ports) < count:
        port = random.randrange(10240, 32768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                ports.add(port)
            except OSError:
                pass
    return sorted(ports)


class Node:
    """One server, running or not."""

    def __init__(self, cluster, number, patience, prefix=()):
        self.cluster = cluster
        self.number = number
        self.patience = patience
        self.prefix = list(prefix)
        self.folder = os.path.join(cluster.folder, str(number))
        self.process = self.returned = None
        self.role = None
        self.has_failed = self.is_ending = False
        self.status = None
        self.asked, self.count, self.rest = {}, 0, b""
        self.looked = 0
        os.mkdir(self.folder)

    def start(self):
        cluster = self.cluster
        prefix = self.prefix + ([self.folder] if self.prefix else [])
        self.process = subprocess.Popen(
            prefix + [cluster.program, self.folder, str(self.number),
                      str(cluster.threshold), str(self.patience)]
            + [str(port) for port in cluster.ports],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(self.process.stdout.fileno(), False)
        cluster.selector.register(self.process.stdout, selectors.EVENT_READ,
                                  self)
        self.role, self.status, self.looked = FOLLOWS, None, 0
        self.is_ending = False

    def runs(self):
        return self.process is not None

    def kill(self):
        """As if the power failed, but for what is in the disk's cache."""
        self.process.kill()
        self.gone()

    def stop(self):
        """Ends it in good order; returns its status."""
        self.role, self.is_ending = None, True
        self.process.stdin.close()
        self.cluster.until(lambda: not self.runs(), f"the end of {self.number}")
        return self.returned

    def gone(self):
        self.cluster.selector.unregister(self.process.stdout)
        self.returned = self.process.wait(WAIT)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process, self.role, self.rest = None, None, b""
        asked, self.asked = self.asked, {}
        for tell in asked.values():
            tell("?")

    def ask(self, kind, message, tell):
        """`tell` is given the answer's bytes, or "?" or "!"."""
        self.count += 1
        self.asked[self.count] = tell
        line = f"{kind} {self.count} {message.SerializeToString().hex()}\n"
        try:
            self.process.stdin.write(line.encode())
        except BrokenPipeError:
            pass  # the end of its output tells

    def hear(self):
        read = self.process.stdout.read()
        if read == b"":
            self.gone()
            must(self.has_failed or self.is_ending, "node", self.number,
                 "has ended with", self.returned)
            return
        *lines, self.rest = (self.rest + (read or b"")).split(b"\n")
        for line in lines:
            self.take(line.decode())

    def take(self, line):
        if line == FAILED:
            self.has_failed = True
        elif line in (LEADS, FOLLOWS):
            self.role = None if self.is_ending else line
        else:
            number, answer = line.split(" ")
            tell = self.asked.pop(int(number))
            tell(answer if answer in "?!" and answer else bytes.fromhex(answer))

    def look(self, now):
        """Asks now and then how far it is."""
        if self.runs() and not self.is_ending and now >= self.looked + PACE:
            self.looked = math.inf
            self.ask("q", STATUS, self.take_status)

    def take_status(self, answer):
        if answer == "?":
            return
        self.looked = time.monotonic()
        self.status = wire.Answer.FromString(answer)
        self.cluster.compare(self.number, self.status)


class Cluster:
    """Some nodes, and the one loop in which all is done."""

    def __init__(self, program, folder, threshold, patiences, prefixes=None):
        self.program, self.folder, self.threshold = program, folder, threshold
        os.mkdir(folder)
        self.selector = selectors.DefaultSelector()
        self.ports = free_ports(len(patiences))
        self.digests = {}
        self.clients = []
        prefixes = prefixes or {}
        self.nodes = [Node(self, 1 + i, patience, prefixes.get(1 + i, ()))
                      for i, patience in enumerate(patiences)]

    def __enter__(self):
        for node in self.nodes:
            node.start()
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            if node.runs():
                node.kill()
        self.selector.close()

    def step(self):
        now = time.monotonic()
        for node in self.nodes:
            node.look(now)
        for client in self.clients:
            client.go_on(now)
        for key, _ in self.selector.select(PACE):
            key.data.hear()

    def until(self, is_so, what):
        """Goes on until something is so."""
        end = time.monotonic() + WAIT
        while not is_so():
            must(time.monotonic() < end, "waited in vain:", what)
            self.step()

    def compare(self, number, status):
        """Who has applied the same has applied the same entries."""
        digest = status.registry.log_digest
        known = self.digests.setdefault(status.applied, digest)
        must(known == digest, "two logs at", status.applied, "node", number)

    def leader(self):
        return next((node for node in self.nodes if node.role == LEADS), None)

    def running(self):
        return [node for node in self.nodes if node.runs()]

    def agree(self):
        """All that run have applied the same, and all that was answered."""
        goal = self.read(STATUS).applied

        def is_so():
            looks = [node.status for node in self.running()]
            return (all(look and look.applied >= goal for look in looks) and
                    len({look.applied for look in looks}) == 1)

        self.until(is_so, "all have applied the same")

    def answer(self, node, kind, query):
        """The answer of one node to a query; None = none."""
        answers = []
        node.ask(kind, query, answers.append)
        self.until(lambda: answers, "an answer")
        if isinstance(answers[0], str):
            return None
        return wire.Answer.FromString(answers[0])

    def read(self, query):
        """A linearizable read, of whoever leads."""
        answers = []

        def is_answered():
            node = self.leader()
            answers.append(node and self.answer(node, "r", query))
            if answers[-1] is None:
                self.step()
            return answers[-1] is not None

        self.until(is_answered, "a linearizable read")
        return answers[-1]

    def stop(self):
        """Ends all in good order."""
        for node in self.running():
            returned = node.stop()
            must(returned == 0, "node", node.number, "ends with", returned)


class Client:
    """Has one proposal at a time, and repeats it until it is answered."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.session_id = 0
        self.answered = self.repeated = self.unknown = 0
        self.is_asked = self.is_paused = False
        self.not_before = 0
        self.told = None  # when it was answered last
        self.due = None  # what is to be answered next
        cluster.clients.append(self)

    def go_on(self, now):
        node = self.cluster.leader()
        if self.is_asked or node is None or now < self.not_before:
            return
        if self.due is None:
            if self.is_paused:
                return
            self.due = self.next()
        self.is_asked = True
        node.ask("p", self.due, self.take)

    def take(self, answer):
        self.is_asked = False
        if answer == "?":
            self.unknown += 1
        if isinstance(answer, str):
            self.not_before = time.monotonic() + PACE
            return
        result = wire.Result.FromString(answer)
        self.due = None
        self.told = time.monotonic()
        self.answered += 1
        self.repeated += result.propose.repeated
        self.check(result)

    def open(self, timeout_ms=600000, data=b""):
        return wire.Command(open_session=wire.OpenSession(
            client_id=self.name.encode(), nonce=1, timeout_ms=timeout_ms,
            data=data))

    def proposal(self, sequence, election, **operation):
        command = wire.Command(propose=wire.Propose(
            session_id=self.session_id, sequence=sequence, election=election))
        for name, candidate in operation.items():
            getattr(command.propose.input, name).candidate = candidate
        return command


class Worker(Client):
    """In turns it enters a new name into the election of all, and lets the
    other one of two lead its own election: what is lost, or happens twice, is
    seen by the names, the status or the token."""

    PAIR = ["even", "odd"]

    def __init__(self, cluster, name):
        super().__init__(cluster, name)
        self.sequence = 0
        self.names = []

    def next(self):
        if self.session_id == 0:
            return self.open()
        self.sequence += 1
        turn = self.sequence // 2
        if self.sequence % 2:
            return self.proposal(self.sequence, "all",
                                 enter=f"{self.name}-{self.sequence}")
        if turn <= 2:
            return self.proposal(self.sequence, self.name,
                                 enter=self.PAIR[turn - 1])
        return self.proposal(self.sequence, self.name,
                             anoint=self.PAIR[turn % 2])

    def check(self, result):
        must(result.status == wire.OK, self.name, self.sequence,
             wire.Status.Name(result.status))
        if self.session_id == 0:
            self.session_id = result.session.session_id
        elif self.sequence % 2:
            self.names.append(f"{self.name}-{self.sequence}")
        else:
            self.check_own(result.propose.leadership)

    def check_own(self, leadership):
        """The token has risen by each turn so far, and by nothing else."""
        turn = self.sequence // 2
        must(leadership.index == max(1, turn - 1) and
             leadership.leader == self.PAIR[turn % 2 if turn > 2 else 0],
             self.name, "after turn", turn, "is led so:", leadership)


class Filler(Client):
    """Fills the log with what is large."""

    def next(self):
        return self.open(data=bytes(1000))

    def check(self, result):
        must(result.status in (wire.OK, wire.UNCHANGED), self.name,
             wire.Status.Name(result.status))
