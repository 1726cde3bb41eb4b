# SPDX-License-Identifier: Apache-2.0
"""Clients of a cluster, each in a thread of its own, and what they see."""

import threading
import time

from node import (Client, LONG, PACE, STATUS, Wrong, must, service, until,
                  wire)

# Seconds between two turns: where a node takes its time to start, the others
# must not fill the election of all meanwhile.
REST = 0.01
LEASE = 6000  # ms that a session lives which is kept alive
PAIR = ["even", "odd"]  # who leads a worker's own election, in turns


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


def has_applied(node, goal):
    try:
        return look(node, STATUS).applied >= goal
    except OSError:
        must(node.process.poll() is None, node.told())
        return False
