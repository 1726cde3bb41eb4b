#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is no member at the Raft port, which knows no authentication.

    hostile.py ELECTIOND GENERATED FOLDER [CHECK...]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
What is checked here is what a node stands: noise, silence and floods, by which
it must not end, forget, or stop answering clients.

It does not stand all. proto/SERVICE.md has the list of what ends a node, stops
a cluster for good or replaces its data, and none of that is asserted: nobody
is to rely on it. So these tables have no message
- whose header is shorter than its kind needs, or says more entries, servers or
  bytes than there are, for libraft reads on behind its end;
- with an address that no zero ends, for the same reason;
- of a kind whose lowest 16 bits are those of AppendEntries or InstallSnapshot,
  or with an entry of an unknown kind, for libraft frees or reads what is none;
- of the current term or a later one from who says it leads, and no result or
  vote of a later one, for that is taken for true.
"""

import sys
import tempfile
import time

try:
    sys.path.insert(0, sys.argv[2])
    from node import (Client, LONG, Node, SANITIZED, Wrong, must, peers,
                      service, until, wire)
    from workers import Worker, agree, look
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import socket

from crowds import ABORT
from forgery import (APPENDED, BARRIER, IS_PRE_VOTE, STRANGER, TIMEOUT_NOW,
                     VOTE, VOTED, append, connect, entry, greeting, install,
                     is_closed, members, message, vote, words)

PROGRAM = sys.argv[1]
LATE = 1 << 62  # a term that never comes
TOO_MUCH = 1 << 62  # bytes that no machine has
MAX = (1 << 64) - 1
HELLO = greeting()
WHO = members([(number, f"127.0.0.1:{number}") for number in (1, 2, 3)])
LEAK_MAX = 3 << 20  # bytes; what the allocator keeps is below
LARGE = 16 << 20
TURNS = 30
FILES = 4  # that a node opens and closes by itself: its log, other nodes
# A loaded machine must not let a node forget its leader: it would believe
# whoever names a later term.
PATIENCE = ["--election-timeout", 5000, "--candidacies", 65536]
SANITIZED["ASAN_OPTIONS"] += ":allocator_may_return_null=1"

# What is sent is none: the node closes the connection.
REFUSED = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "a Request of a client": b"\0\0\0\x06\x08\1\x12\2\x08\1" * 8,
    "version 0": greeting(version=0),
    "version 2": greeting(version=2),
    "version 2^64-1": greeting(version=MAX),
    "an address of no bytes": words(1, STRANGER, 0) + b"x",
    "an address of 2^62 bytes": words(1, STRANGER, TOO_MUCH),
    "an address of 2^64-1 bytes": words(1, STRANGER, MAX),
    "a header of no bytes": HELLO + words(VOTE, 0),
    "a header of 2^62 bytes": HELLO + words(VOTE, TOO_MUCH) + b"x",
    "a header of 2^64-1 bytes": HELLO + words(VOTE, MAX) + b"x",
    "kind 0": HELLO + message(0, bytes(64)),
    "kind 7": HELLO + message(7, bytes(64)),
    "kind 2^16+7": HELLO + message((1 << 16) + 7, bytes(64)),
    "kind 2^63": HELLO + message(1 << 63, bytes(64)),
    "a snapshot of 2^62 bytes":
        HELLO + install(0, (1, 1), WHO, TOO_MUCH) + b"x",
    "a configuration of another format":
        HELLO + install(0, (1, 1), b"\2" + WHO[1:], 8),
}

# More may come: the connection stays.
WAITING = {
    "nothing": b"",
    "one byte": b"\1",
    "half a greeting": HELLO[:20],
    "an address that does not come": HELLO[:24],
    "half an address": HELLO[:-4],
    "an address of 16 MiB, of which 8 bytes come":
        words(1, STRANGER, LARGE) + bytes(8),
    "a greeting": HELLO,
    "half a preamble": HELLO + words(VOTE),
    "a header that does not come": HELLO + words(VOTE, 40),
    "half a vote": HELLO + vote(0)[:-20],
    "half an AppendEntries": HELLO + append(0, entries=[entry(1, 64)])[:-8],
    "half an entry": HELLO + append(0, entries=[entry(1, 64)]) + bytes(20),
    "half a snapshot": HELLO + install(0, (1, 1), WHO, 64) + bytes(20),
}

# Whole messages, which change nothing where a leader is known.
HEARD = {
    "a vote of no term": HELLO + vote(0),
    "a vote of a late term": HELLO + vote(LATE, last=(LATE, LATE)),
    "a vote of a late term, first":
        HELLO + vote(LATE, last=(LATE, LATE), flags=IS_PRE_VOTE),
    "an id of 0": greeting(0) + vote(0),
    "a stranger grants a vote": HELLO + message(VOTED, words(LATE, 1, 0)),
    "a stranger has all": HELLO + message(APPENDED, words(0, 0, LATE)),
    "a stranger hands over":
        HELLO + message(TIMEOUT_NOW, words(LATE, LATE, LATE)),
    "a heartbeat of no term": HELLO + append(0, (LATE, LATE), LATE),
    "entries of no term":
        HELLO + append(0, entries=[entry(1, 16), entry(1, 8, BARRIER)]) +
        b"no entry" * 3,
    "a snapshot of no term": HELLO + install(0, (LATE, 1), WHO, 8) + bytes(8),
    "an address that is none": greeting(address="nowhere") + vote(0),
    "many of them": HELLO + (vote(0) + append(0)) * 500,
}
EVERY = [*REFUSED.values(), *WAITING.values(), *HEARD.values()]


# ---- what must be so --------------------------------------------------------

def close_all(many):
    for number, one in enumerate(many):
        if number % 2:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        one.close()


def knock(node, data):
    """Opens a connection, and then one that is refused, which tells that both
    were let in: where two wait to be, the kernel drops a third for a second."""
    one = connect(node, data)
    with connect(node, bytes(64)) as refused:
        must(is_closed(refused), "zeros are a greeting")
    return one


def await_descriptors(node, before, many=0):
    """Until it has as many as before, and so many more: connections."""
    until(lambda: abs(node.descriptors() - before - many) <= FILES,
          "what is closed is released")


class Witness(Client):
    """A client of a lone node, which tells that nothing has changed."""

    def __init__(self, node):
        super().__init__(node)
        self.node = node
        must(self.greet(b"witness").HasField("welcome"), "no welcome")
        self.open()
        self.before = self.propose("e", "enter", "A").propose.leadership

    def check(self, what):
        """It is answered, by a node that has led all the time."""
        must(self.term("e") == self.before, "another term after", what)
        must("follows" not in self.node.told(), "follows after", what)


# ---- one node ---------------------------------------------------------------

def check_refused(folder):
    """What is no message closes the connection, and what was there stays."""
    with Node(PROGRAM, folder) as node:
        node.start("--new")
        witness = Witness(node)
        for what, data in REFUSED.items():
            with connect(node, data) as one:
                must(is_closed(one), "is not closed:", what)
            witness.check(what)
        node.stop()
        node.start()
        must(node.connect().term("e").leader == "A", "it has forgotten")
        node.stop()


def check_taken(folder):
    """What waits for more, or was heard, leaves nothing once it is closed."""
    with Node(PROGRAM, folder) as node:
        node.start("--new")
        witness = Witness(node)
        before = node.descriptors()
        many = []
        for what, data in (WAITING | HEARD).items():
            many.append(knock(node, data))
            witness.check(what)
        close_all(many)
        await_descriptors(node, before)
        least = 0
        for turn in range(TURNS):
            if turn == TURNS // 3:
                least = node.memory()
            close_all([knock(node, data) for data in EVERY])
            await_descriptors(node, before)
        more = node.memory() - least
        must(more < LEAK_MAX, "it keeps", more)
        witness.check("all of them")
        node.stop()
        print(f"{TURNS} times all {len(EVERY)} openings:", more >> 10,
              "KiB more")


# ---- many connections -------------------------------------------------------

def come_and_go(node, count, before):
    """Some at a time; each is closed at another place of its greeting."""
    data = [b"", b"x", HELLO[:20], HELLO, HELLO + vote(0)[:30], bytes(24)]
    for start in range(0, count, 500):
        close_all([knock(node, data[number % len(data)])
                   for number in range(start, start + 500, 2)])
        await_descriptors(node, before)


def check_churn(folder):
    """10,000 that come and go leave nothing behind."""
    with Node(PROGRAM, folder) as node:
        node.start("--new")
        witness = Witness(node)
        before = node.descriptors()
        come_and_go(node, 2000, before)
        least = node.memory()
        come_and_go(node, 8000, before)
        more = node.memory() - least
        must(more < LEAK_MAX, "10,000 connections leave", more)
        witness.check("them")
        node.stop()
        print("10,000 connections:", more >> 10, "KiB more")


def check_silence(folder):
    """600 stay, as nothing limits them, and say nothing. Clients are served
    and the node leaves in order beside them."""
    data = list(WAITING.values())
    with Node(PROGRAM, folder) as node:
        node.start("--new")
        witness = Witness(node)
        before = node.descriptors()
        many = [knock(node, data[number % len(data)])
                for number in range(600)]
        await_descriptors(node, before, len(many))
        witness.check("600 that are silent")
        must(node.connect().term("e").leader == "A", "one more client")
        close_all(many[::2])
        await_descriptors(node, before, len(many) // 2 + 1)
        node.stop()
        close_all(many[1::2])


def check_greed(folder):
    """What is sent for one field is kept until the connection closes, however
    much it is, and then no more."""
    large = bytes(LARGE - 1)
    with Node(PROGRAM, folder) as node:
        node.start("--new")
        witness = Witness(node)
        least = node.memory()
        many = [connect(node, head + large) for head in (
            words(1, STRANGER, LARGE), HELLO + words(VOTE, LARGE),
            HELLO + append(0, entries=[entry(1, LARGE)]),
            HELLO + install(0, (1, 1), WHO, LARGE))]
        until(lambda: node.memory() - least > 3 * LARGE, "it takes them")
        witness.check("64 MiB")
        close_all(many)
        until(lambda: node.memory() - least < LEAK_MAX, "it releases them")
        node.stop()


# ---- three nodes ------------------------------------------------------------

class Group(Worker):
    """Three nodes, and a client that asks whichever leads."""

    def __init__(self, folder):
        super().__init__([Node(PROGRAM, folder, number, PATIENCE)
                          for number in (1, 2, 3)], "voice")
        for node in self.nodes:
            node.peers = peers(self.nodes)

    def __enter__(self):
        for node in self.nodes:
            node.launch("--new")
        return self

    def __exit__(self, *error):
        for node in self.nodes:
            node.__exit__(*error)

    def enter(self):
        """One more name; a repeated command is answered as it was."""
        self.sequence += 1
        command = wire.Command(propose=wire.Propose(
            session_id=self.session_id, sequence=self.sequence, election="e"))
        command.propose.input.enter.candidate = f"{self.sequence}"
        must(self.ask(command=command).result.status == wire.OK, "enter")

    def await_leader(self):
        """Until each node knows one: who knows none believes any term."""
        def is_known(node):
            try:
                with node.operate() as client:
                    told = client.ask(get_node=service.GetNode()).node
                return told.is_leader or told.leader_address != ""
            except (OSError, Wrong):
                return False
        until(lambda: all(map(is_known, self.nodes)), "a leader")

    def check(self):
        """All have applied the same, and all names are there, once."""
        agree(self.nodes)
        for node in self.nodes:
            must(node.process.poll() is None, "ended:", node.told())
            term = look(node, wire.Query(get_term=wire.GetTerm(
                election="e"))).leadership
            must([term.leader, *term.candidates] == [
                str(1 + number) for number in range(self.sequence)], term)


def send_all(group):
    """Each of the tables to each node, while a client proposes."""
    before = [node.descriptors() for node in group.nodes]
    many = []
    for data in EVERY:
        many += [knock(node, data) for node in group.nodes]
        group.enter()
    group.check()
    close_all(many)
    for node, most in zip(group.nodes, before):
        await_descriptors(node, most)
    group.check()


def send_names(group):
    """Who has a member's name lets a node answer elsewhere, and break off what
    it has with that member. It connects again, and what was sent is sent."""
    for turn in range(60):
        name = greeting(1 + turn % 3, f"127.0.0.1:{1 + turn % 2}") + vote(0)
        for node in group.nodes:
            knock(node, name).close()
        if turn % 10 == 0:
            group.enter()
    group.check()


def check_cluster(folder):
    """Three nodes have the same log after it all, and all that was answered.
    Then they leave in order."""
    with Group(folder) as group:
        group.open(LONG)
        group.enter()
        group.await_leader()
        send_all(group)
        send_names(group)
        for node in group.nodes:
            node.stop()


CHECKS = [check_refused, check_taken, check_churn, check_silence, check_greed,
          check_cluster]


def main():
    wanted = sys.argv[4:]
    must(set(wanted) <= {check.__name__ for check in CHECKS}, "there are",
         *[check.__name__ for check in CHECKS])
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as folder:
        for check in CHECKS:
            if not wanted or check.__name__ in wanted:
                begun = time.monotonic()
                check(f"{folder}/{check.__name__}")
                print(f"{check.__name__}: {time.monotonic() - begun:.1f} s",
                      flush=True)


main()
