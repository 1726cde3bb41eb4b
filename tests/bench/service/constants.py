#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a node of electiond takes for each of its sessions, elections and so on:
memory, bytes, time. One node, alone, so that nothing but its disk is waited for.

    constants.py BUILD FOLDER

BUILD is where the programs are, FOLDER on the disk that is to be used. Memory
is measured in a node that was made of a snapshot, and so has no log; names have
19 and 18 bytes.
"""

import glob
import os
import resource
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../service"))
sys.path.insert(1, os.path.join(sys.argv[1], "tests/service"))
from clusters import Electiond, cpu, describe, memory, written
from load import finish
from node import Client, Node, frame, must, service, wire

BUILD, FOLDER = sys.argv[1:3]
PROGRAM = os.path.join(BUILD, "src/programs/electiond/electiond")
LOAD = os.path.join(BUILD, "tests/bench/service/load")
LONG = 3600000  # ms
OPTIONS = ["--connections", 20000, "--candidacies", 65536]
CONNECTIONS, WATCHES = 1000, 20000
SECONDS = 3


class Lone(Electiond):
    """One node, alone."""

    members = 1

    def __init__(self, folder, *options):
        super().__init__(PROGRAM, folder, *OPTIONS, *options)

    @property
    def node(self):
        return self.nodes[0]

    def snapshot(self):
        """A whole one, and the seconds until it is here."""
        begun = time.monotonic()
        operator = self.node.operate()
        number = operator.send(get_snapshot=service.GetSnapshot())
        whole = b""
        while not whole or len(whole) < piece.size:
            piece = operator.answer(number).piece
            whole += piece.bytes
        return whole, time.monotonic() - begun


# ---- of a snapshot ----------------------------------------------------------

class Restored:
    """A node that is made of a snapshot and started: seconds, and bytes of
    memory."""

    def __init__(self, folder, snapshot):
        os.makedirs(folder)
        path = os.path.join(folder, "snapshot")
        with open(path, "wb") as file:
            file.write(snapshot)
        with Node(PROGRAM, folder, 1, OPTIONS) as node:
            begun = time.monotonic()
            must(node.fails("--restore", path) == 0, node.told())
            self.restored = time.monotonic() - begun
            begun = time.monotonic()
            node.start()
            self.started = time.monotonic() - begun
            self.memory = memory(node.process)


def populate(folder, case, count):
    """Fills a node by a case of the clients, and makes another one of its
    snapshot; tells what each of so many takes."""
    with Lone(f"{folder}/full") as cluster:
        took = 0
        if case:
            took = finish(LOAD, cluster, *case, LONG, side="plain")["seconds"]
        live = memory(cluster.node.process)
        snapshot, read = cluster.snapshot()
    return {"count": count, "filled": took, "live": live,
            "size": len(snapshot), "read": read,
            "restored": Restored(f"{folder}/restored", snapshot)}


# What is measured: how many, less what of the rows before, and the clients.
POPULATIONS = {
    "nothing": (1, {}, ()),
    "session": (20000, {}, ("fill", 0, 20000)),
    "election with one leader": (
        100000, {"session": 100}, ("fill", 100000, 100)),
    "candidate that waits": (
        99000, {"session": 100, "election with one leader": 1000},
        ("crowd", 1000, 100)),
}


def report_populations(folder):
    each = {}
    print("| each | memory | in a snapshot | of them | snapshot read | folder "
          "made of it | node started | RSS while they came |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for what, (count, others, case) in POPULATIONS.items():
        found = populate(f"{folder}/{what}", case, count)
        bytes_, size = found["restored"].memory, found["size"]
        if what == "nothing":
            none = found
        else:
            bytes_ -= none["restored"].memory
            size -= none["size"]
        for other, number in others.items():
            bytes_ -= number * each[other][0]
            size -= number * each[other][1]
        each[what] = (bytes_ / count, size / count)
        print(f"| {what} | {bytes_ / count:.0f} B | {size / count:.0f} B | "
              f"{count} | {1000 * found['read']:.0f} ms | "
              f"{1000 * found['restored'].restored:.0f} ms | "
              f"{1000 * found['restored'].started:.0f} ms | "
              f"{found['live'] / 1e6:.1f} MB |", flush=True)


# ---- connections and watches ------------------------------------------------

def report_connections(cluster):
    process = cluster.node.process
    begun = memory(process)
    clients = [cluster.node.connect(b"client") for _ in range(CONNECTIONS)]
    row("a connection", (memory(process) - begun) / CONNECTIONS, "B of memory")
    begun = memory(process)
    for client in clients[:10]:
        for number in range(WATCHES // 10):
            client.watch(f"election-01-{number:06}")
    for client in clients[:10]:
        client.answer(client.count)
    row("a watch of one election", (memory(process) - begun) / WATCHES,
        "B of memory")
    for client in clients:
        client.close()


def row(what, figure, unit):
    print(f"| {what} | {figure:.3g} {unit} |" if figure < 100 else
          f"| {what} | {figure:.0f} {unit} |", flush=True)


# ---- the log ----------------------------------------------------------------

def log_size(node):
    """Bytes of the log's files, but for the zeros behind their end."""
    size = 0
    for path in glob.glob(f"{node.data}/log/*"):
        with open(path, "rb") as file:
            size += len(file.read().rstrip(b"\0"))
    return size


def report_log(cluster):
    for clients in (1, 64):
        before, put = log_size(cluster.node), written(cluster.node.process)
        told = finish(LOAD, cluster, "cycle", clients, 1)
        proposals = 2 * told["pairs"]
        row(f"a proposal, {clients} in flight: in the log",
            (log_size(cluster.node) - before) / proposals, "B")
        row(f"a proposal, {clients} in flight: written to the disk",
            (written(cluster.node.process) - put) / proposals, "B")


# ---- KeepAlives -------------------------------------------------------------

def session_ids(cluster):
    answer = cluster.node.operate().read(wire.Query(
        list_sessions=wire.List(limit=10000)))
    return [one.id for one in answer.sessions.sessions]


class Renewer:
    """A connection that has so many KeepAlives under way, again and again."""

    def __init__(self, node, requests):
        self.client = node.operate()
        self.count = len(requests)
        self.blob = b"".join(frame(service.Request(
            id=1 + number, command=wire.Command(keep_alive=wire.KeepAlive(
                session_ids=ids))).SerializeToString())
            for number, ids in enumerate(requests))

    def send(self):
        self.client.write(self.blob)

    def hear(self):
        """Counts the frames of the answers alone: that is quick."""
        missing, rest = self.count, b""
        while missing > 0:
            rest += self.client.socket.recv(1 << 16)
            at = 0
            while at + 4 <= len(rest):
                end = at + 4 + int.from_bytes(rest[at:at + 4], "big")
                if end > len(rest):
                    break
                at, missing = end, missing - 1
            rest = rest[at:]


def renew(cluster, renewers, in_each, what):
    process = cluster.node.process
    begun, spent, count = time.monotonic(), cpu(process), 0
    put = written(process)
    while time.monotonic() < begun + SECONDS:
        for renewer in renewers:
            renewer.send()
        for renewer in renewers:
            renewer.hear()
            count += renewer.count * in_each
    took = time.monotonic() - begun
    row(f"renewals, {what}", count / took, "each second")
    row(f"renewals, {what}: CPU of 1,000",
        1e6 * (cpu(process) - spent) / count, "ms")
    row(f"renewals, {what}: written to the disk for 1,000",
        1000 * (written(process) - put) / count, "B")


def report_renewals(cluster):
    finish(LOAD, cluster, "fill", 0, 1000, LONG)
    ids = session_ids(cluster)[:1000]
    must(len(ids) == 1000, "sessions", len(ids))
    one_each = [[one] for one in ids]
    renew(cluster, [Renewer(cluster.node, one_each[250 * (i % 4):][:250])
                    for i in range(36)], 1, "one in a request")
    renew(cluster, [Renewer(cluster.node, [ids] * 40) for _ in range(8)], 1000,
          "1,000 in a request")
    check = Client(cluster.node, is_operator=True)
    check.greet(b"operator")
    check.result(check.keep_alive(*ids))


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        describe("what a node takes", folder)
        report_populations(folder)
        print()
        print("| one node alone | |")
        print("| --- | --- |")
        with Lone(f"{folder}/lone") as cluster:
            report_connections(cluster)
            report_log(cluster)
            report_renewals(cluster)


main()
