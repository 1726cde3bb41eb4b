# SPDX-License-Identifier: Apache-2.0
"""Clients that ask at random, and write down what they are answered."""

import random
import socket
import threading
import time

from history import Call, Session
from model import Term
from node import Client, PACE, WAIT, Wrong, must, service, wire

ELECTIONS = ["red", "green", "blue"]
NAMES = ["a", "b", "c", "d"]
KINDS = {"enter": 7, "withdraw": 2, "anoint": 2, "promote": 2, "demote": 2,
         "evict": 1, "read": 3}
TIMEOUT = 3  # seconds that a session lives without being renewed
# Seconds until another node is asked: half as many again for each that has not
# answered, as a machine may be slow.
PATIENCE, PATIENCE_MAX = 0.4, 4
COUNT = 4
REST = 0.03, 0.15  # seconds between two requests, at least and at most


class Killed(Exception):
    """The client is to be no more."""


class Link:
    """One connection at a time, to whichever node answers."""

    def __init__(self, nodes, client_id=b""):
        self.nodes, self.client_id = nodes, client_id
        self.node = nodes[0]
        self.client = None
        self.patience = PATIENCE
        self.is_killed = False
        self.answered = 0

    def connect(self):
        """What is asked follows the Hello at once."""
        client = Client(self.node)
        self.node.clients.remove(client)
        client.socket.settimeout(self.patience)
        self.client = client
        client.send(hello=service.Hello(version=1, client_id=self.client_id))

    def disconnect(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def kill(self):
        """From another thread: nothing that is asked is heard any more."""
        self.is_killed = True
        client = self.client
        try:
            if client is not None:
                client.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it was not connected

    def move(self, answer):
        """To the node that is named, or the next one."""
        self.disconnect()
        others = [node for node in self.nodes if answer is not None and
                  answer.not_leader.address == f"127.0.0.1:{node.client_port}"]
        at = self.nodes.index(self.node)
        self.node = (others + [self.nodes[(at + 1) % len(self.nodes)]])[0]
        time.sleep(PACE)

    def try_once(self, asked, case):
        """Its answer, or None."""
        try:
            if self.client is None:
                self.connect()
            asked.append(time.monotonic())
            answer = self.client.ask(**case)
            self.patience = PATIENCE
            return answer
        except (OSError, Wrong):
            self.patience = min(1.5 * self.patience, PATIENCE_MAX)
            return None

    def ask(self, **case):
        """Asks until it is answered; returns the answer, and when each request
        was sent."""
        end, asked = time.monotonic() + WAIT, []
        while True:
            if self.is_killed:
                raise Killed
            answer = self.try_once(asked, case)
            if answer is not None and (answer.HasField("result") or
                                       answer.HasField("answer")):
                self.answered += 1
                return answer, asked
            must(answer is None or not answer.HasField("refused"), answer)
            must(time.monotonic() < end, "is not answered:", case)
            self.move(answer)


def term_of(leadership, queue=None):
    return Term(leadership.index, leadership.leader,
                leadership.leader_session_id, leadership.waiting, queue)


def term_of_result(kind, result):
    """What an answer shows; if it shows it twice, the same."""
    output = getattr(result.output, kind).term
    if not result.HasField("output"):
        return term_of(result.leadership)
    must((output.index, output.leader, len(output.candidates)) ==
         (result.leadership.index, result.leadership.leader,
          result.leadership.waiting), "two Terms in one answer:", result)
    return term_of(result.leadership, tuple(output.candidates))


def query_of(election):
    return wire.Query(get_term=wire.GetTerm(election=election))


class Reader(Link):
    """Reads Terms, and writes them down."""

    def __init__(self, nodes, history, client_id=b""):
        super().__init__(nodes, client_id)
        self.history = history

    def query(self, query):
        return self.ask(read=service.Read(query=query))

    def read(self, election):
        """Returns its Term."""
        answer, asked = self.query(query_of(election))
        return self.note(election, answer, asked)

    def try_reading(self, election):
        """Tells whether the node is there; it may not be the one that leads."""
        asked = []
        answer = self.try_once(asked, {"read": service.Read(
            query=query_of(election))})
        if answer is not None and answer.HasField("answer"):
            self.note(election, answer, asked)
        return answer is not None

    def note(self, election, answer, asked):
        answer = answer.answer
        return self.history.add(Call(
            "read", election, begun=asked[-1], ended=time.monotonic(),
            is_certain=True, applied=answer.applied,
            term=term_of(answer.leadership,
                         tuple(answer.leadership.candidates)))).term


class Loop(threading.Thread):
    """Does something again and again, until it is told to end."""

    def __init__(self):
        super().__init__(daemon=True)
        self.is_over = False
        self.fault = None

    def run(self):
        try:
            self.begin()
            while not self.is_over:
                self.step()
            self.end()
        except Killed:
            pass
        except Exception as fault:
            self.fault = fault

    def begin(self):
        pass

    def end(self):
        pass

    def finish(self):
        self.is_over = True
        self.join()
        if self.fault is not None:
            raise self.fault


class ReadingClient(Loop):
    """Asks one node alone, which may lead, or has led until just now."""

    def __init__(self, node, history, seed):
        super().__init__()
        self.random = random.Random(seed)
        self.link = Reader([node], history)

    def step(self):
        if not self.link.try_reading(self.random.choice(ELECTIONS)):
            self.link.disconnect()
        time.sleep(self.random.uniform(*REST) / 2)

    def end(self):
        self.link.disconnect()


class ElectingClient(Loop):
    """Has one session, and opens another one if that is lost."""

    def __init__(self, nodes, history, name, seed):
        super().__init__()
        self.history, self.name = history, name
        self.random = random.Random(seed)
        self.link = Reader(nodes, history, name.encode())
        self.session, self.sequence = None, 0
        self.pause = 0  # seconds, which it sleeps once
        self.last_election = None  # it enters this one, and then rests
        self.is_at_rest = False  # but for keeping its session alive

    # ---- the session ----

    def command(self, **case):
        """Returns the Result, and when each request was sent."""
        answer, asked = self.link.ask(command=wire.Command(**case))
        return answer.result, asked

    def begin(self):
        result, asked = self.command(open_session=wire.OpenSession(
            client_id=self.name.encode(), nonce=1, timeout_ms=TIMEOUT * 1000))
        must(result.status in (wire.OK, wire.UNCHANGED), result)
        self.session = Session(result.session.session_id, TIMEOUT, asked[-1])
        self.sequence = 0
        self.history.sessions.append(self.session)

    def renewed(self, sent):
        self.session.renewed = max(self.session.renewed, sent)

    def lose(self):
        self.session.lost = time.monotonic()
        self.is_at_rest = False
        self.begin()

    def kill(self):
        """It is gone, and does not close its session."""
        self.link.kill()
        self.finish()
        self.link.disconnect()
        if self.session is not None:
            self.session.ends_alone = True

    def keep_alive(self):
        result, asked = self.command(keep_alive=wire.KeepAlive(
            session_ids=[self.session.number]))
        if result.status == wire.OK:
            self.renewed(asked[-1])
        else:
            must(result.status == wire.NO_SESSION, result)
            self.lose()

    def end(self):
        """Closes it: that is one call in each election."""
        calls = [self.history.add(Call("close", one, self.session.number,
                                       begun=time.monotonic()))
                 for one in ELECTIONS]
        result, asked = self.command(close_session=wire.CloseSession(
            session_id=self.session.number))
        must(result.status in (wire.OK, wire.UNCHANGED), result)
        self.session.ends_alone = result.status == wire.UNCHANGED
        if self.session.ends_alone and len(asked) == 1:
            self.session.lost = time.monotonic()
        for call in calls:
            call.is_certain, call.ended = True, time.monotonic()
            if len(asked) == 1:
                call.status, call.applied = result.status, result.applied
        self.link.disconnect()

    # ---- what it does ----

    def step(self):
        time.sleep(self.pause)
        self.pause = 0
        if time.monotonic() - self.session.renewed > TIMEOUT / 3:
            self.keep_alive()
        elif self.last_election is None:
            self.act()
        elif not self.is_at_rest:
            status = self.propose("enter", self.last_election, self.name)
            self.is_at_rest = status != wire.NO_SESSION
        time.sleep(self.random.uniform(*REST))

    def act(self):
        kind, = self.random.choices(list(KINDS), KINDS.values())
        election = self.random.choice(ELECTIONS)
        if kind == "read":
            self.link.read(election)
        else:
            self.propose(kind, election, self.random.choice(NAMES))

    def propose(self, kind, election, name):
        self.sequence += 1
        command = wire.Propose(session_id=self.session.number,
                               sequence=self.sequence, election=election,
                               with_output=self.random.random() < 0.7)
        getattr(command.input, kind).candidate = name
        # If it is killed meanwhile, that is what is known.
        call = self.history.add(Call(kind, election, self.session.number, name,
                                     begun=time.monotonic()))
        result, asked = self.command(propose=command)
        must(result.status in (*range(5), wire.NO_SESSION), result)
        if result.status == wire.NO_SESSION:
            self.note_gone(call, asked, result.applied)
        elif result.propose.repeated:
            self.note_repeated(call, asked, result)
        else:
            self.note(call, result, asked[-1])
            call.term = term_of_result(kind, result.propose)
        return result.status

    def note(self, call, result, sent):
        """It was answered: its first request was not before `sent`."""
        call.begun, call.ended = sent, time.monotonic()
        call.is_certain, call.status = True, result.status
        call.applied = result.applied
        self.renewed(sent)

    def note_repeated(self, call, asked, result):
        """It took effect some time ago; what is shown is of now."""
        self.note(call, result, asked[0])
        call.is_repeated, call.applied = True, 0
        self.history.add(Call(
            "read", call.election, begun=asked[-1], ended=call.ended,
            is_certain=True, term=term_of_result(call.kind, result.propose),
            applied=result.applied, after=call))

    def note_gone(self, call, asked, applied):
        """If it was asked once, it had no effect; else that is not known."""
        gone = call
        if len(asked) > 1:
            gone = self.history.add(Call("", call.election, call.session))
        gone.kind, gone.is_certain, gone.applied = "gone", True, applied
        gone.begun, gone.ended = asked[-1], time.monotonic()
        self.lose()
