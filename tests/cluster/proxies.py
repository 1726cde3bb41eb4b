# SPDX-License-Identifier: Apache-2.0
"""Between nodes, and between clients and nodes: wires that can be cut.

All connections go through one thread. Each is of a pair (source, target): of
nodes by their numbers, and CLIENTS. libraft connects once for each direction,
and says first which version of its protocol follows, and who it is, in numbers
of eight bytes. So what one node sends to another is a connection of its own.

A cut pair is CLOSED, then its connections end and new ones do; or what goes
THERE or BACK is held, and arrives when the pair is healed, however late.
"""

import os
import selectors
import socket
import threading

CLIENTS = 0
CLOSED, THERE, BACK = "closed", "there", "back"
GREETING = 24  # bytes, of which the second eight are the node's number
ROOM = 1 << 16
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Flow:
    """What one end has sent, and the other one not yet taken."""

    def __init__(self, way):
        self.way = way
        self.bytes = bytearray()
        self.is_over = self.is_told = False  # it sends no more; said so

    def fill(self, source):
        more = source.recv(ROOM)
        self.bytes += more
        self.is_over = not more

    def drain(self, sink):
        if self.bytes:
            del self.bytes[:sink.send(self.bytes)]
        if self.is_over and not self.bytes and not self.is_told:
            sink.shutdown(socket.SHUT_WR)
            self.is_told = True

    def can_fill(self):
        return not self.is_over and len(self.bytes) < ROOM

    def can_drain(self):
        return self.bytes or (self.is_over and not self.is_told)


class Pipe:
    """One connection: `near` has connected, `far` is the node."""

    def __init__(self, proxies, gate, near):
        self.proxies, self.gate = proxies, gate
        self.near, self.far = near, None
        self.there, self.back = Flow(THERE), Flow(BACK)
        self.source = None if gate.is_of_nodes else CLIENTS
        near.setblocking(False)
        self.go_on()

    def cuts(self):
        return self.proxies.cuts.get((self.source, self.gate.target), ())

    def go_on(self, *_):
        """After whatever has happened."""
        try:
            self.move(self.there, self.near, self.far)
            if self.far is None:
                self.connect()
            self.move(self.back, self.far, self.near)
        except OSError:
            self.close()
            return
        if CLOSED in self.cuts() or (self.there.is_told and self.back.is_told):
            self.close()
        else:
            self.watch()

    def move(self, flow, source, sink):
        """Takes and gives what can be without waiting."""
        if flow.way in self.cuts():
            return
        try:
            if source is not None and flow.can_fill():
                flow.fill(source)
        except BlockingIOError:
            pass
        try:
            if sink is not None and flow.can_drain():
                flow.drain(sink)
        except BlockingIOError:
            pass

    def connect(self):
        """To the node, once it is known who connects."""
        if self.source is None and len(self.there.bytes) < GREETING:
            if self.there.is_over:
                raise ConnectionError("it has not said who it is")
            return
        if self.source is None:
            self.source = int.from_bytes(self.there.bytes[8:16], "little")
        if CLOSED in self.cuts():
            return
        self.far = socket.socket()
        self.far.setblocking(False)
        self.far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.far.connect_ex(("127.0.0.1", self.gate.port))

    def watch(self):
        """Says what is waited for."""
        cuts = self.cuts()
        reads = [one is not None and flow.can_fill() and flow.way not in cuts
                 for one, flow in ((self.near, self.there),
                                   (self.far, self.back))]
        writes = [one is not None and flow.can_drain() and flow.way not in cuts
                  for one, flow in ((self.near, self.back),
                                    (self.far, self.there))]
        for end, reading, writing in zip((self.near, self.far), reads, writes):
            if end is not None:
                self.proxies.watch(end, reading * READ | bool(writing) * WRITE,
                                   self)

    def close(self):
        self.proxies.pipes.discard(self)
        for end in (self.near, self.far):
            if end is not None and end.fileno() >= 0:
                self.proxies.watch(end, 0, self)
                end.close()


class Gate:
    """Where the connections to one port of a node come in."""

    def __init__(self, proxies, target, port, is_of_nodes):
        self.proxies = proxies
        self.target, self.port = target, port
        self.is_of_nodes = is_of_nodes
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.listener.setblocking(False)
        self.own_port = self.listener.getsockname()[1]

    def go_on(self, *_):
        try:
            near, _ = self.listener.accept()
        except BlockingIOError:
            return
        pipe = Pipe(self.proxies, self, near)
        if near.fileno() >= 0:
            self.proxies.pipes.add(pipe)


class Proxies(threading.Thread):
    """All of them."""

    def __init__(self):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.cuts = {}  # (source, target): which; replaced as a whole
        self.pipes, self.gates = set(), []
        self.wakes, self.wakened = os.pipe()
        os.set_blocking(self.wakes, False)
        self.selector.register(self.wakes, READ, self)
        self.is_over = False

    def open(self, target, port, is_of_nodes):
        """Before it is started: returns the port to connect to."""
        gate = Gate(self, target, port, is_of_nodes)
        self.gates.append(gate)
        self.selector.register(gate.listener, READ, gate)
        return gate.own_port

    def watch(self, end, events, pipe):
        is_watched = end.fileno() in self.selector.get_map()
        if events and is_watched:
            self.selector.modify(end, events, pipe)
        elif events:
            self.selector.register(end, events, pipe)
        elif is_watched:
            self.selector.unregister(end)

    def run(self):
        while not self.is_over:
            for key, _ in self.selector.select():
                key.data.go_on()
        for pipe in list(self.pipes):
            pipe.close()
        for gate in self.gates:
            gate.listener.close()

    def go_on(self):
        """Something was cut or healed."""
        os.read(self.wakes, 1024)
        for pipe in list(self.pipes):
            pipe.go_on()

    # ---- called by other threads ----

    def wake(self):
        os.write(self.wakened, b"x")

    def cut(self, source, target, *ways):
        self.cuts = {**self.cuts, (source, target): ways}
        self.wake()

    def heal(self, source, target):
        self.cuts = {pair: ways for pair, ways in self.cuts.items()
                     if pair != (source, target)}
        self.wake()

    def stop(self):
        self.is_over = True
        self.wake()
        self.join()
        self.selector.close()
        os.close(self.wakes)
        os.close(self.wakened)
