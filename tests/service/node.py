# SPDX-License-Identifier: Apache-2.0
"""Processes of electiond, and a client that blocks; see proto/SERVICE.md."""

import os
import select
import shutil
import signal
import socket
import subprocess
import time

from atomix.multiraft.election.v1 import fsm_pb2 as fsm
from election.registry.v1 import registry_pb2 as wire
from election.service.v1 import service_pb2 as service

# Seconds until what must happen has happened. On some machines a kernel takes
# 20 to give up what libraft writes by, when it starts.
WAIT = 60
PACE = 0.02  # seconds between two looks at what only looking tells
MESSAGE_MAX = 1 << 20
LONG = 600000  # ms that a session lives which is not to expire
STATUS = wire.Query(get_status=wire.GetStatus())
# What AddressSanitizer keeps of freed memory would look like a leak.
SANITIZED = {"ASAN_OPTIONS": "quarantine_size_mb=1"}
# Where what is mounted is seen by nobody else.
PRIVATELY = ["unshare", "-m"] + ([] if os.geteuid() == 0 else ["-r"])


class Wrong(Exception):
    """What must not be."""


def must(is_so, *what):
    if not is_so:
        raise Wrong(*what)


def until(is_so, what):
    """Looks again and again, until something is so; returns what it is."""
    end = time.monotonic() + WAIT
    while True:
        found = is_so()
        if found:
            return found
        must(time.monotonic() < end, "waited in vain:", what)
        select.select([], [], [], PACE)


GIVEN = set()  # ports: a node that is dead for a while has its own, too


def free_ports(count):
    """Linux gives odd ports to who binds to 0, and even ones to who connects:
    no outgoing connection takes one before its node does."""
    probes, ports = [], []
    while len(ports) < count:
        probes.append(socket.socket())
        probes[-1].bind(("127.0.0.1", 0))
        port = probes[-1].getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            ports.append(port)
    for probe in probes:
        probe.close()
    return ports


def can_mount():
    return shutil.which("unshare") is not None and subprocess.run(
        [*PRIVATELY, "mount", "-t", "tmpfs", "none", "/mnt"],
        check=False, stderr=subprocess.DEVNULL).returncode == 0


def peers(nodes):
    """What each node of a cluster is told of all."""
    return ",".join(f"{node.number}=127.0.0.1:{node.raft_port}/"
                    f"{node.client_port}" for node in nodes)


class Node:
    """One process, running or not. A lone node, until `peers` is set."""

    def __init__(self, program, folder, number=1, options=()):
        self.program, self.number = program, number
        self.options = [str(option) for option in options]
        self.data = os.path.join(folder, str(number))
        self.journal = os.path.join(folder, f"journal-{number}")
        self.client_port, self.raft_port = free_ports(2)
        self.peers = None
        self.process = None
        self.clients = []
        os.makedirs(folder, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        for client in self.clients:
            client.close()
        if self.process is not None:
            self.kill()
        if error is not None and os.path.exists(self.journal):
            print(self.journal, self.told(), sep="\n", flush=True)

    def command(self, *more):
        """How it is started."""
        where = ["--client", f"127.0.0.1:{self.client_port}",
                 "--raft", f"127.0.0.1:{self.raft_port}"]
        if self.peers is not None:
            where = ["--peers", self.peers]
        return [self.program, "--id", str(self.number), "--data", self.data,
                *where, *self.options, *more]

    def launch(self, *more):
        """Starts it, and does not wait."""
        with open(self.journal, "ab") as journal:
            self.process = subprocess.Popen(
                self.command(*more), stdin=subprocess.DEVNULL, stderr=journal,
                env=SANITIZED | os.environ)

    def start(self, *more):
        """Starts it, until it leads; not for a node that has peers."""
        self.launch(*more)
        until(self.leads, "a leader")

    def leads(self):
        must(self.process.poll() is None, "ended with", self.process.returncode,
             self.told())
        try:
            with Client(self, is_operator=True) as client:
                client.greet()
                return client.ask(get_node=service.GetNode()).node.is_leader
        except OSError:
            return False

    def told(self):
        """The end of its journal, where a sanitizer's report is too."""
        with open(self.journal, encoding="utf-8", errors="replace") as journal:
            return journal.read()[-6000:]

    def await_end(self):
        """Returns its exit status."""
        try:
            returned = self.process.wait(WAIT)
        except subprocess.TimeoutExpired as error:
            raise Wrong("does not end:", self.told()) from error
        self.process = None
        must("Sanitizer:" not in self.told() and
             "runtime error" not in self.told(), self.told())
        return returned

    def stop(self, number=signal.SIGTERM):
        """Ends it in good order."""
        self.process.send_signal(number)
        returned = self.await_end()
        must(returned == 0, "ends with", returned, self.told())

    def kill(self):
        """As if the power failed, but for what is in the disk's cache."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def fails(self, *more):
        """Starts it, and returns with which status it ends by itself."""
        self.launch(*more)
        return self.await_end()

    def connect(self, client_id=b"", token=b"", **options):
        """A client that has said hello."""
        client = Client(self, **options)
        must(client.greet(client_id, token).HasField("welcome"), "no welcome")
        return client

    def operate(self):
        """An operator that has said hello."""
        return self.connect(b"operator", is_operator=True)

    # ---- what the system says of the process ----

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self, of="VmRSS"):
        """Bytes that it has now; or had at most, by VmHWM."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file
                        if line.startswith(of))

    def forget_peak(self):
        """VmHWM begins again."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w",
                  encoding="ascii") as file:
            file.write("5")


def frame(message):
    return len(message).to_bytes(4, "big") + message


def field(number, body):
    """A field of bytes, as protobuf has it."""
    head, size = bytearray([number << 3 & 0x7f | 2]), len(body)
    if number >= 16:
        head = bytearray([number << 3 & 0x7f | 0x82, number >> 4])
    while size >= 0x80:
        head.append(size & 0x7f | 0x80)
        size >>= 7
    return bytes(head) + bytes([size]) + body


def padded(message, size):
    """A message of so many bytes: most are of a field that nobody knows."""
    for head in (3, 4, 5):
        whole = message + field(20, bytes(size - len(message) - head))
        if len(whole) == size:
            return whole
    raise Wrong("no such size", size)


class Client:
    """One connection. It does not greet by itself."""

    def __init__(self, node, is_operator=False, room=0):
        self.rest, self.taken, self.count = b"", 0, 0
        self.heard = []  # all Responses, as they came
        self.answers = {}  # those that nobody has asked for yet, by id
        self.events = []
        self.client_id, self.session_id, self.sequence = b"", 0, 0
        if is_operator:
            self.socket = socket.socket(socket.AF_UNIX)
            address = os.path.join(node.data, "socket")
        else:
            self.socket = socket.socket()
            address = ("127.0.0.1", node.client_port)
        if room:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.settimeout(WAIT)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        if not is_operator:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        node.clients.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # ---- bytes ----

    def write(self, data):
        self.socket.sendall(data)

    def request(self, **case):
        """The frame of a Request, with an id of its own."""
        self.count += 1
        return frame(service.Request(id=self.count, **case)
                     .SerializeToString())

    def send(self, **case):
        """Sends a Request; returns its id."""
        self.write(self.request(**case))
        return self.count

    def size_of_frame(self):
        size = int.from_bytes(self.rest[self.taken:self.taken + 4], "big")
        must(size <= MESSAGE_MAX, "a frame of", size)
        return size

    def has_frame(self):
        left = len(self.rest) - self.taken
        return left >= 4 and left >= 4 + self.size_of_frame()

    def receive(self):
        """The next Response; None = the connection is closed."""
        while not self.has_frame():
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionError:
                more = b""
            if not more:
                must(self.taken == len(self.rest), "it ends within a frame")
                return None
            self.rest = self.rest[self.taken:] + more
            self.taken = 0
        at, end = self.taken + 4, self.taken + 4 + self.size_of_frame()
        message, self.taken = self.rest[at:end], end
        response = service.Response.FromString(message)
        self.heard.append(response)
        if response.HasField("event"):
            self.events.append(response)
        else:
            self.answers.setdefault(response.id, []).append(response)
        return response

    def await_closing(self):
        """Hears it all, until the connection is closed."""
        while self.receive() is not None:
            pass

    def await_cut(self):
        """The same; it may be closed within a frame."""
        try:
            self.await_closing()
        except Wrong:
            must(self.taken < len(self.rest), "is not closed")

    # ---- requests ----

    def answer(self, number):
        """The next answer to a request."""
        while not self.answers.get(number):
            must(self.receive() is not None, "closed instead of an answer")
        first = self.answers[number].pop(0)
        if not self.answers[number]:
            del self.answers[number]
        return first

    def ask(self, **case):
        return self.answer(self.send(**case))

    def greet(self, client_id=b"", token=b"", version=1):
        self.client_id = client_id
        return self.ask(hello=service.Hello(version=version, token=token,
                                            client_id=client_id))

    def refusal(self, **case):
        """The text with which a request is refused."""
        answer = self.ask(**case)
        must(answer.HasField("refused") and answer.refused.text,
             "not refused:", answer)
        return answer.refused.text

    def result(self, number, status=wire.OK):
        answer = self.answer(number)
        must(answer.HasField("result") and answer.result.status == status,
             "not", wire.Status.Name(status), answer)
        return answer.result

    def await_event(self):
        """The next event that was not looked at."""
        while not self.events:
            must(self.receive() is not None, "closed instead of an event")
        return self.events.pop(0)

    # ---- the registry ----

    def opening(self, incarnation=0, timeout_ms=LONG, data=b""):
        return wire.Command(open_session=wire.OpenSession(
            client_id=self.client_id, incarnation=incarnation, nonce=1,
            timeout_ms=timeout_ms, data=data))

    def open(self, **options):
        """Opens a session, and returns its id."""
        result = self.result(self.send(command=self.opening(**options)))
        self.session_id, self.sequence = result.session.session_id, 0
        return self.session_id

    def proposal(self, election, kind, name, sequence=0):
        """A Propose of the session, with the next sequence number."""
        if sequence == 0:
            self.sequence += 1
            sequence = self.sequence
        command = wire.Command(propose=wire.Propose(
            session_id=self.session_id, sequence=sequence, election=election))
        getattr(command.propose.input, kind).candidate = name
        return command

    def propose(self, election, kind, name, status=wire.OK, sequence=0):
        return self.result(self.send(command=self.proposal(
            election, kind, name, sequence)), status)

    def propose_all(self, commands):
        """Pipelines them, and returns their Results."""
        results = []
        for start in range(0, len(commands), 200):
            first = self.count + 1
            self.write(b"".join(self.request(command=command)
                                for command in commands[start:start + 200]))
            results += [self.result(number)
                        for number in range(first, self.count + 1)]
        return results

    def crowd(self, election, count):
        """So many enter, with the longest names that there are."""
        return self.propose_all([
            self.proposal(election, "enter", str(number).rjust(255, "x"))
            for number in range(count)])

    def keep_alive(self, *session_ids):
        """Sends it; returns the id of the request."""
        return self.send(command=wire.Command(
            keep_alive=wire.KeepAlive(session_ids=session_ids)))

    def read(self, query, is_local=False):
        answer = self.ask(read=service.Read(query=query, is_local=is_local))
        must(answer.HasField("answer"), "no answer:", answer)
        return answer.answer

    def term(self, election):
        return self.read(wire.Query(get_term=wire.GetTerm(
            election=election))).leadership

    def watch(self, election="", after=0, with_candidates=False):
        """Sends it; returns the id of the request."""
        return self.send(watch=service.Watch(
            election=election, after=after, with_candidates=with_candidates))
