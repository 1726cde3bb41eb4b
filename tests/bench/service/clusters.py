# SPDX-License-Identifier: Apache-2.0
"""Clusters of three processes on loopback: electiond, a server of libraft that
does nothing, and etcd. All have what Debian or a build gives them: their own
timeouts, which are the same, and their own way to write to the disk."""

import json
import os
import platform
import subprocess
import time

from node import Node, free_ports, must, peers, until

MEMBERS = 3
SYNCS = 201
TICK = os.sysconf("SC_CLK_TCK")  # of the processor's time, in a second


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def cpu(process):
    """Seconds of the processor that a process has had, in all its threads."""
    fields = read(f"/proc/{process.pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(process):
    """Bytes of memory that it has now."""
    return next(int(line.split()[1]) * 1024
                for line in read(f"/proc/{process.pid}/status").splitlines()
                if line.startswith("VmRSS"))


def written(process):
    """Bytes that it had the disk write."""
    return next(int(line.split()[1])
                for line in read(f"/proc/{process.pid}/io").splitlines()
                if line.startswith("write_bytes"))


def disk(folder):
    """(bytes that the files seem to have, bytes that they take)"""
    seen = used = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))
            except FileNotFoundError:
                continue  # a file that was given up meanwhile
            seen += status.st_size
            used += status.st_blocks * 512
    return seen, used


def sync_us(folder):
    """The median time until a block that is written is on the disk."""
    path, took = os.path.join(folder, "block"), []
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    for _ in range(SYNCS):
        begun = time.monotonic()
        os.pwrite(file, os.urandom(4096), 0)
        os.fdatasync(file)
        took.append(time.monotonic() - begun)
    os.close(file)
    os.remove(path)
    return 1e6 * sorted(took)[SYNCS // 2]


def describe(what, folder):
    """Where and when it is measured: a line before a table."""
    model = next((line.split(":")[1].strip()
                  for line in read("/proc/cpuinfo").splitlines()
                  if line.startswith("model name")), platform.machine())
    print(f"{what}: {time.strftime('%Y-%m-%d', time.gmtime())}, "
          f"{os.cpu_count()} cores of {model}, Linux {platform.release()}; "
          f"4 KiB are on the disk after {sync_us(folder):.0f} us", flush=True)
    print()


class Member:
    """A process that is no electiond."""

    def __init__(self, command, data, journal, address):
        self.command, self.data, self.journal = command, data, journal
        self.address = address
        self.process = None

    def launch(self):
        with open(self.journal, "ab") as journal:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=journal,
                stderr=journal)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None


class Cluster:
    """Three members, from `with` to its end. Each has an `address`, where
    clients reach it; leading() returns the one that leads."""

    name = None  # as the clients call it

    def __init__(self, folder):
        os.makedirs(folder)
        self.folder = folder
        self.nodes = self.make()

    def __enter__(self):
        try:
            self.launch()
            until(self.leader, f"{self.name} has a leader")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def launch(self):
        for node in self.nodes:
            node.launch()

    def end(self):
        for node in self.nodes:
            if node.process is not None:
                node.kill()

    def leader(self):
        """The address of the node that leads; None = none does."""
        node = self.leading()
        return node and node.address

    def addresses(self):
        """Of all members, the one that leads first."""
        first = self.leader()
        return ",".join([first, *(node.address for node in self.nodes
                                  if node.address != first)])

    def look(self, of):
        """What one of the functions above says of each process."""
        return [of(node.process) for node in self.nodes]

    def disk(self):
        return [disk(node.data) for node in self.nodes]


class Electiond(Cluster):
    """Nodes of electiond, or of what is built of the same files."""

    name = "electiond"
    members = MEMBERS

    def __init__(self, program, folder, *options):
        self.program, self.options = program, options
        super().__init__(folder)

    def make(self):
        nodes = [Node(self.program, self.folder, 1 + i, self.options)
                 for i in range(self.members)]
        for node in nodes:
            node.peers = peers(nodes)
            node.address = f"127.0.0.1:{node.client_port}"
        return nodes

    def launch(self):
        for node in self.nodes:
            os.environ["CLOCKED"] = self.clocked(node)
            node.launch("--new")
        del os.environ["CLOCKED"]

    def clocked(self, node):
        """Where a node with a clock tells what it has found."""
        return os.path.join(self.folder, f"clocked-{node.number}")

    def leading(self):
        return next((node for node in self.nodes
                     if node.process is not None and node.leads()), None)

    def leave(self):
        """All leave in order; returns the seconds and calls of each function
        of the registry, in all nodes."""
        functions = {}
        for node in self.nodes:
            node.stop()
            for line in read(self.clocked(node)).splitlines():
                name, calls, ns = line.split()
                seconds, count = functions.get(name, (0, 0))
                functions[name] = (seconds + float(ns) / 1e9,
                                   count + int(calls))
        return functions


class Plain(Cluster):
    """Servers of libraft without a registry."""

    name = "plain"

    def __init__(self, program, folder):
        self.program = program
        super().__init__(folder)

    def make(self):
        ports = free_ports(2 * MEMBERS)
        nodes = []
        for number, port in enumerate(ports[MEMBERS:], 1):
            data = os.path.join(self.folder, str(number))
            os.makedirs(data)
            nodes.append(Member(
                [self.program, data, str(number), *map(str, ports)], data,
                os.path.join(self.folder, f"journal-{number}"),
                f"127.0.0.1:{port}"))
        return nodes

    def leading(self):
        return next((node for node in self.nodes if self.leads(node)), None)

    def leads(self, node):
        """It answers a Hello as electiond does."""
        must(node.process.poll() is None, "see", node.journal)
        stranger = Node(self.program, os.path.join(self.folder, "stranger"))
        stranger.client_port = int(node.address.rpartition(":")[2])
        try:
            with stranger, stranger.connect() as client:
                return client.greet().welcome.is_leader
        except OSError:
            return False


class Etcd(Cluster):
    """Members of etcd, as Debian has it."""

    name = "etcd"

    def make(self):
        ports = free_ports(2 * MEMBERS)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.clients, others = urls[:MEMBERS], urls[MEMBERS:]
        names = [f"member{number}" for number in range(1, MEMBERS + 1)]
        cluster = ",".join(f"{name}={url}" for name, url in zip(names, others))
        return [self.member(name, client, other, cluster)
                for name, client, other in zip(names, self.clients, others)]

    def member(self, name, client, other, cluster):
        data = os.path.join(self.folder, name)
        return Member(
            ["etcd", "--name", name, "--data-dir", data,
             "--listen-client-urls", client, "--advertise-client-urls", client,
             "--listen-peer-urls", other, "--initial-advertise-peer-urls",
             other, "--initial-cluster", cluster, "--logger", "zap",
             "--log-level", "error"],
            data, os.path.join(self.folder, f"journal-{name}"),
            client.removeprefix("http://"))

    def leading(self):
        for node in self.nodes:
            must(node.process.poll() is None, "see", node.journal)
        told = subprocess.run(
            ["etcdctl", "--endpoints", ",".join(self.clients), "endpoint",
             "status", "-w", "json"], capture_output=True, check=False,
            env=os.environ | {"ETCDCTL_API": "3"})
        if told.returncode != 0:
            time.sleep(0.2)
            return None
        leader = next((one["Endpoint"] for one in json.loads(told.stdout)
                       if one["Status"].get("leader") ==
                       one["Status"]["header"]["member_id"]), None)
        return next((node for node in self.nodes
                     if leader == f"http://{node.address}"), None)
