# SPDX-License-Identifier: Apache-2.0
"""Many connections; what they, and what is sent to no purpose, may take."""

import os
import socket
import struct

from node import (Client, Node, STATUS, Wrong, must, service, until, wire)
from rights import get_snapshot

ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: closed by a reset


# ---- no more than there may be ----------------------------------------------

def check_no_room(node):
    """It is not even told so."""
    with Client(node) as client:
        try:
            client.send(hello=service.Hello(version=1))
        except OSError:
            pass  # it is closed already
        must(client.receive() is None, "one more is let in")


def check_connections(program, folder):
    """One more is closed; and after one has gone there is room again."""
    most = 20
    with Node(program, folder, options=["--connections", most]) as node:
        node.start("--new")
        operator = node.operate()

        def count():
            return operator.ask(get_node=service.GetNode()).node.connections

        until(lambda: count() == 1, "the operator is alone")
        clients = [node.connect() for _ in range(most - 1)]
        must(count() == most, "connections", count())
        for _ in range(3):
            check_no_room(node)
        until(lambda: count() == most, "they are gone")
        clients.pop().close()
        until(lambda: count() == most - 1, "one has gone")
        clients.append(node.connect())
        for client in clients:
            must(client.read(STATUS, True).status == wire.OK, "serves them")
        must(node.operate().ask(get_node=service.GetNode())
             .node.connections == most + 1, "the operator comes in")
        node.stop()


def check_under_way(program, folder):
    """Of all that wait, those that are too many are to ask again."""
    read = service.Read(query=STATUS)
    with Node(program, folder) as node:
        node.start("--new")
        clients = [node.connect() for _ in range(60)]
        for _ in range(10):
            for client in clients:
                client.write(b"".join(client.request(read=read)
                                      for _ in range(250)))
            kinds = [client.answer(client.count - number)
                     .WhichOneof("response")
                     for client in clients for number in range(250)]
            must(set(kinds) <= {"answer", "unavailable"}, set(kinds))
            must(kinds.count("answer") >= 10000, "answers", kinds)
            if "unavailable" in kinds:
                break
        else:
            raise Wrong("all of 15,000 wait")
        node.stop()


# ---- coming and going -------------------------------------------------------

def open_some(node, count):
    """Half of them say hello, some a half of something."""
    hello = Client.request(CALLER, hello=service.Hello(version=1))
    many = []
    for number in range(count):
        one = socket.create_connection(("127.0.0.1", node.client_port))
        if number % 2:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        data = [b"", hello, hello + hello[:5],
                hello + b"\0\x0f\xff\xff" + bytes(9000), b"\0\0", hello + WATCH, hello + READS, b"\xff"][number % 8]
        if data:
            one.sendall(data)
        many.append(one)
    return many


class Caller:
    """Numbers Requests that are written before there is a connection."""
    count = 0


CALLER = Caller()
WATCH = Client.request(CALLER, watch=service.Watch())
READS = b"".join(Client.request(CALLER, read=service.Read(query=STATUS))
                 for _ in range(20))


def come_and_go(node, count, before):
    """Some at a time, so that the most at once are always as many."""
    for _ in range(count // 250):
        for one in open_some(node, 250):
            one.close()
        until(lambda: node.descriptors() <= before, "they are closed")


def check_churn(program, folder):
    """10,000 that come and go leave nothing behind."""
    with Node(program, folder) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        client.propose("e", "enter", "A")
        before = node.descriptors()
        come_and_go(node, 2000, before)
        least = node.memory()
        come_and_go(node, 8000, before)
        more = node.memory() - least
        must(more < 3 << 20, "10,000 connections leave", more)
        client.propose("e", "enter", "A", wire.UNCHANGED)
        node.stop()
        print("10,000 connections:", more >> 10, "KiB more")


# ---- to no purpose ----------------------------------------------------------

def check_ending(program, folder):
    """What is sent behind what is no Request is not kept."""
    with Node(program, folder, options=["--candidacies", 65536]) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        client.crowd("large", 3900)
        query = wire.Query(get_term=wire.GetTerm(election="large"))
        deaf = node.connect(room=4096)
        deaf.write(b"".join(deaf.request(read=service.Read(
            query=query, is_local=True)) for _ in range(12)))
        node.forget_peak()
        least = node.memory("VmHWM")
        deaf.socket.settimeout(1)
        sent = 0
        try:
            deaf.write(b"\0\0\0\x01\xff")
            while sent < 256:
                deaf.write(bytes(1 << 20))
                sent += 1
        except OSError:
            pass  # it is not read, or it is closed
        most = node.memory("VmHWM") - least
        must(most < 96 << 20, "of", sent, "MiB it has kept", most)
        node.stop()


def check_snapshot(program, folder):
    """A snapshot may be larger than what may wait to be taken."""
    with Node(program, folder, options=["--candidacies", 65536]) as node:
        node.start("--new")
        for number in range(2):
            client = node.connect(b"%d" % number)
            client.open()
            client.crowd(f"{number}", 65000)
        snapshot = wire.Snapshot.FromString(get_snapshot(node.operate()))
        must(len(snapshot.elections) == 2 and all(
            len(one.election.candidates) == 64999
            for one in snapshot.elections), "all of them")
        node.stop()


def check_socket(program, folder):
    """The operator's socket is where it should be, or there is no node."""
    with Node(program, os.path.join(folder, "x" * 110)) as node:
        node.launch("--new")
        until(lambda: node.process.poll() is not None or
              "starts" in node.told(), "it starts, or not")
        if node.process.poll() is not None:
            must(node.await_end() == 4, "ends otherwise")
            return
        must(os.path.exists(f"{node.data}/socket"), "no socket")
        node.stop()
