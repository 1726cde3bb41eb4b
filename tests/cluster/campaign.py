#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes of electiond under faults, and whether they kept their promises.

    campaign.py ELECTIOND ELECTIONCTL GENERATED FOLDER [ROUNDS] [SEED]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
In each round clients and contenders do what they do while nodes, wires, clients
and contenders are broken and healed. Then all must be well again, and what was
answered is judged. The SEED says which faults come, and what clients ask; how
long the machine takes for it is not in its hand. What was judged wrong is left
in FOLDER.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time

try:
    sys.path[:0] = [sys.argv[3], os.path.join(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))), "service")]
    from node import Client, PACE, STATUS, Wrong, must, until, wire
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from clients import (COUNT, ELECTIONS, ElectingClient, Reader, ReadingClient,
                     TIMEOUT, query_of, term_of)
from contenders import Contenders
from faults import Faults
from history import History
from logs import check_logs
from model import State
from nodes import Nodes, look
from proxies import Proxies
from search import Contradiction

STEPS = 3  # in a round, of two faults each
ANSWERS = 40  # between two steps
LATEST = TIMEOUT + 2  # seconds until a dead client leads no more
SESSIONS = wire.Query(list_sessions=wire.List())


class World:
    """All that is there: nodes, the wires between them, clients, contenders."""

    def __init__(self, proxies, nodes, contenders, seed):
        self.proxies, self.nodes, self.contenders = proxies, nodes, contenders
        self.seed = seed
        self.client_count = 0
        self.ends = {}  # how each election was at the end of the round before
        self.begin()

    # ---- clients ----

    def begin(self):
        """A new history; who acts in it is new too."""
        self.history = History()
        self.observer = Reader(self.nodes.all, self.history)
        self.clients, self.dead = [], []

    def start_clients(self):
        self.readers = [ReadingClient(
            node, self.history, f"{self.seed}/{self.client_count}/{node.number}"
            ) for node in self.nodes.all]
        for reader in self.readers:
            reader.start()
        for _ in range(COUNT):
            self.start_client()

    def start_client(self):
        self.client_count += 1
        client = ElectingClient(self.nodes.all, self.history,
                                f"client-{self.client_count}",
                                f"{self.seed}/{self.client_count}")
        self.clients.append(client)
        client.start()

    def kill_leading_client(self):
        """One that was seen to lead last."""
        leaders = [call.term.session for call in list(self.history.calls)
                   if call.term is not None and call.term.session]
        victim = next((client for number in reversed(leaders)
                       for client in self.clients if client.session is not None
                       and client.session.number == number), self.clients[0])
        victim.kill()
        self.clients.remove(victim)
        self.dead.append(victim)
        self.start_client()

    def pause_client(self, which, seconds):
        self.clients[which].pause = seconds

    def everybody(self):
        return [*self.clients, *self.readers]

    def answered(self):
        self.nodes.check_lives()
        for client in self.everybody():
            if client.fault is not None:
                raise client.fault
        return sum(client.link.answered for client in self.everybody())

    def await_answers(self, count):
        goal = self.answered() + count
        until(lambda: self.answered() >= goal, f"{count} answers")

    # ---- all is well again ----

    def await_health(self):
        """Whoever asks is answered, by a leader; no node is behind, and no
        client asleep."""
        for contender in self.contenders.all:
            contender.revive()
        until(self.nodes.leader, "a leader")
        goal = self.observer.query(STATUS)[0].answer.applied
        until(lambda: len([one for one in self.nodes.looks(STATUS)
                           if one.applied >= goal]) == len(self.nodes.all),
              "no node is behind")
        until(lambda: not any(client.pause for client in self.clients),
              "all clients are awake")

    def sessions(self):
        """Those that live, at whoever leads; None = nobody does."""
        leader = self.nodes.leader()
        if leader is None:
            return None
        return {one.id for one in look(leader, SESSIONS).sessions.sessions}

    def raft_term(self):
        leader = until(self.nodes.leader, "a leader")
        with Client(leader, is_operator=True) as client:
            client.greet()
            return client.ask(get_node={}).node.raft_term

    def await_leaders(self):
        """Each election is led by a client that lives, soon: the sessions of
        dead ones end, and those of others do not."""
        healed, term = time.monotonic(), self.raft_term()
        for number, client in enumerate(self.clients):
            client.last_election = ELECTIONS[number % len(ELECTIONS)]
        until(lambda: self.answered() and
              all(client.is_at_rest for client in self.clients),
              "all have entered")
        while True:
            looked = time.monotonic()
            live = {client.session.number for client in self.clients}
            terms = [self.observer.read(one) for one in ELECTIONS]
            sessions = self.sessions()
            if sessions is not None and all(
                    one.session in live for one in terms) and not any(
                    one.session is not None and
                    one.session.number in sessions for one in self.dead):
                return looked - healed
            if self.raft_term() != term:
                healed, term = time.monotonic(), self.raft_term()
            must(looked - healed < LATEST, "after", looked - healed,
                 "s a dead client leads, or its session lives:", terms,
                 sessions, live)
            time.sleep(5 * PACE)

    def check_nodes(self):
        """All have the same, and what is answered."""
        self.nodes.agree(self.observer.query(STATUS)[0].answer.applied)
        check_logs([f"{node.data}/log" for node in self.nodes.all])
        for election in ELECTIONS:
            until(lambda: self.is_same(election), "each node has the Term")

    def is_same(self, election):
        """A session may have ended between the two."""
        term = self.observer.read(election)
        looks = self.nodes.looks(query_of(election))
        return {term_of(one.leadership, tuple(one.leadership.candidates))
                for one in looks} == {term}

    # ---- a round ----

    def finish_clients(self):
        """Their sessions are closed: the elections are vacant."""
        for client in self.everybody():
            client.finish()
        for election in ELECTIONS:
            self.observer.read(election)
        self.observer.disconnect()

    def check_history(self):
        """Returns how many places were visited."""
        ends, visits = self.history.check(self.ends)
        self.ends = {election: State(end.index)
                     for election, end in ends.items()}
        return visits

    def play(self, faults):
        """Returns what the round was like."""
        begun = time.monotonic()
        self.begin()
        self.start_clients()
        names = []
        for _ in range(STEPS):
            self.await_answers(ANSWERS)
            names += faults.play()
        self.await_health()
        took = self.await_leaders()
        self.check_nodes()
        tenures = self.contenders.await_beats()
        self.finish_clients()
        judged = time.monotonic()
        visits = self.check_history()
        return {"faults": names, "calls": len(self.history.calls),
                "repeated": sum(call.is_repeated
                                for call in self.history.calls),
                "sessions": len(self.history.sessions),
                "lost": sum(one.lost is not None
                            for one in self.history.sessions),
                "tenures": tenures, "healed": took, "visits": visits,
                "judging": time.monotonic() - judged,
                "seconds": time.monotonic() - begun}


def tell(number, was):
    print(f"round {number}: {', '.join(was['faults'])};",
          f"{was['calls']} calls, {was['repeated']} answered again;",
          f"{was['sessions']} sessions, {was['lost']} lost;",
          f"all led after {was['healed']:.1f} s;",
          f"{was['visits']} places in {was['judging']:.2f} s;",
          f"{was['seconds']:.1f} s", flush=True)


def save(folder, history, nodes):
    """What was judged wrong: the history, and what each node has."""
    folder = os.path.join(folder, f"wrong-{os.getpid()}")
    os.mkdir(folder)
    with open(f"{folder}/history", "w", encoding="utf-8") as file:
        for call in sorted(history.calls, key=lambda call: call.begun):
            print(call, file=file)
        for session in history.sessions:
            print(session, file=file)
    for node in nodes:
        node.kill()
        shutil.copy(node.journal, folder)
        shutil.copytree(f"{node.data}/log", f"{folder}/log-{node.number}")
    print("the history, and each node's log, are in", folder, flush=True)


def run(folder, rounds, seed):
    drawn = random.Random(seed)
    proxies = Proxies()
    with (tempfile.TemporaryDirectory(dir=folder) as place,
          Nodes(sys.argv[1], place, proxies) as nodes):
        until(nodes.leader, "a leader")
        with Contenders(sys.argv[2], place, nodes) as contenders:
            world = World(proxies, nodes, contenders, seed)
            faults = Faults(world, drawn)
            rows = []
            try:
                for number in range(1, rounds + 1):
                    rows.append(world.play(faults))
                    tell(number, rows[-1])
            except (Wrong, Contradiction):
                try:
                    nodes.check_lives()  # or that is why
                finally:
                    save(folder, world.history, nodes.all)
                raise
        for node in nodes.all:
            node.stop()
    return rows, faults.counts


def main():
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    seed = sys.argv[6] if len(sys.argv) > 6 else str(
        random.SystemRandom().randrange(1 << 32))
    print("seed", seed, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begun = time.monotonic()
    rows, counts = run(sys.argv[4], rounds, seed)
    print(f"{rounds} rounds with seed {seed}:",
          f"{sum(was['calls'] for was in rows)} calls,",
          f"{sum(was['repeated'] for was in rows)} answered again,",
          f"{sum(was['sessions'] for was in rows)} sessions,",
          f"{sum(was['lost'] for was in rows)} lost,",
          f"{rows[-1]['tenures']} tenures of contenders,",
          f"{rounds * len(ELECTIONS)} histories good,",
          f"{time.monotonic() - begun:.0f} s")
    print("faults:", ", ".join(f"{count} {name}" for name, count
                               in sorted(counts.items())))


main()
