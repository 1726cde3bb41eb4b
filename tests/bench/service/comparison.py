#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes of electiond beside three of etcd, by the same clients.

    comparison.py BUILD FOLDER [CASE...]

BUILD is where the programs are, FOLDER on the disk that is to be used. CASE is
speed, failover, command, size or idle; else all are run.
"""

import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../service"))
sys.path.insert(1, os.path.join(sys.argv[1], "tests/service"))
from clusters import Electiond, Etcd, cpu, describe, memory, written
from load import Load, Rounds, finish, median
from node import STATUS, Wrong, must, until

BUILD, FOLDER = sys.argv[1:3]
CASES = sys.argv[3:]
LOAD = os.path.join(BUILD, "tests/bench/service/load")
PROGRAMS = os.path.join(BUILD, "src/programs")
SIDES = ("electiond", "etcd", "etcd-election")
ROUNDS, SECONDS = 3, 4
# etcd raises what is below 1.5 of its election timeouts, to whole seconds.
TTL = 3000  # ms
CONTENDERS = 20
ELECTIONS = 10000
LONG = 3600000  # ms
SESSIONS = 1000
TTLS = (10000, 60000)
IDLE = 30  # seconds
MB = 1e6


def row(what, ours, theirs, form="{:.2f}", unit="", goal=None):
    """A row of the table: a ratio of two figures; the goal is the ratio's."""
    figures = [form.format(figure) for figure in (ours, theirs)]
    ratio = ours / theirs if float(figures[1]) else None
    verdict = ""
    if goal is not None and ratio is not None:
        kind, limit = goal
        is_reached = ratio >= limit if kind == "at least" else ratio <= limit
        verdict = f"{kind} {limit}: {'yes' if is_reached else 'NO'}"
    shown = "-" if ratio is None else f"{ratio:.2f}"
    print(f"| {what} | {shown} | {' / '.join(figures)} {unit} | {verdict} |",
          flush=True)


def electiond(folder, *options):
    return Electiond(os.path.join(PROGRAMS, "electiond/electiond"), folder,
                     "--connections", 3000, *options)


def both(folder, *options):
    """Makes one cluster of each; they run one after the other."""
    return (electiond(f"{folder}/electiond", *options),
            Etcd(f"{folder}/etcd"))


# ---- campaign and resign ----------------------------------------------------

def measure_speed(folder):
    found = {}
    ours, theirs = both(folder)
    with ours, theirs:
        for _ in range(ROUNDS):
            for clients in (1, 64):
                for side in SIDES:
                    cluster = ours if side == "electiond" else theirs
                    found.setdefault((side, clients), Rounds()).add(
                        finish(LOAD, cluster, "cycle", clients, SECONDS,
                               side=side))
    for clients in (1, 64):
        for side in SIDES[1:]:
            report_speed(clients, side, found["electiond", clients],
                         found[side, clients])


def report_speed(clients, side, ours, theirs):
    how = {"etcd": "transactions", "etcd-election": "its election service"}
    what = f"clients: {clients}, etcd by {how[side]}: "
    row(what + "campaign + resign, each second", ours.rate(), theirs.rate(),
        "{:.0f}", goal=("at least", 2) if clients == 64 else None)
    for name in ("p50", "p99", "max"):
        row(f"{what}{name} of the two", ours.time("pair", name),
            theirs.time("pair", name), unit="ms")
    row(what + "CPU of the nodes for 1,000", 1000 * ours.cost(),
        1000 * theirs.cost(), "{:.0f}", "ms")
    row(what + "CPU of the clients for 1,000", 1000 * ours.cost("clients"),
        1000 * theirs.cost("clients"), "{:.0f}", "ms")


# ---- a leader is killed -----------------------------------------------------

def fail_over(cluster, turn, kills_node=False):
    """Seconds until successors lead, after the process of all leaders dies;
    and the node that leads with it."""
    addresses = cluster.addresses() if kills_node else cluster.leader()
    case = ("hold", CONTENDERS, TTL)
    with Load(LOAD, cluster, *case, 2 * turn, addresses=addresses) as leaders:
        leaders.lines(CONTENDERS)
        with Load(LOAD, cluster, *case, 2 * turn + 1,
                  addresses=addresses) as waiters:
            time.sleep(TTL / 1000)  # until they wait, and leases are renewed
            must(not select.select([waiters.process.stdout], [], [], 0)[0],
                 "two lead")
            victim = cluster.leading()
            killed = time.clock_gettime(time.CLOCK_MONOTONIC)
            leaders.kill()
            if kills_node:
                victim.kill()
            return [float(line) / 1000 - killed
                    for line in waiters.lines(CONTENDERS)]


def measure_failover(folder):
    took = {}
    ours, theirs = both(folder)
    with ours, theirs:
        for turn in range(ROUNDS):
            for cluster in (ours, theirs):
                took.setdefault(cluster.name, []).extend(
                    fail_over(cluster, turn))
    report_failover("its process is killed alone", took)
    took = {}
    for turn in range(ROUNDS):
        for cluster in both(f"{folder}/{turn}"):
            with cluster:
                took.setdefault(cluster.name, []).extend(
                    fail_over(cluster, turn, True))
    report_failover("and the Raft leader with it", took)


def report_failover(how, took):
    what = f"a successor, TTL {TTL // 1000} s, {how}, {len(took['etcd'])}: "
    for name, place in (("median", 0.5), ("p99", 0.99), ("longest", 1)):
        row(what + name, *(at(took[side], place) for side in SIDES[:2]),
            unit="s", goal=("at most", 1.25) if place == 1 else None)


def at(values, place):
    return sorted(values)[int((len(values) - 1) * place)]


# ---- the same by electionctl ------------------------------------------------

class Contenders:
    """Processes of electionctl: a command writes when it starts."""

    def __init__(self, cluster, folder):
        self.folder = folder
        self.processes = []
        self.environment = os.environ | {"ELECTION_CLUSTER": ",".join(
            f"127.0.0.1:{node.client_port}" for node in cluster.nodes)}

    def elect(self, number, name):
        self.processes.append(subprocess.Popen(
            [os.path.join(PROGRAMS, "electionctl/electionctl"), "elect",
             f"election-{number}", "--as", name, "--ttl", f"{TTL // 1000}s",
             "--", "sh", "-c",
             f"date +%s.%N >> {self.folder}/{number}; exec sleep 600"],
            env=self.environment, stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))

    def starts(self, count):
        """When the commands have started, all of them so many times."""
        def told():
            lines = []
            for number in range(CONTENDERS):
                path = f"{self.folder}/{number}"
                if not os.path.exists(path):
                    return None
                with open(path, encoding="ascii") as file:
                    lines.append(file.read().split())
            return lines if all(len(line) >= count for line in lines) else None
        return [float(line[count - 1])
                for line in until(told, f"{count} starts of each")]

    def end(self, count):
        for process in self.processes[:count]:
            process.kill()
        for process in self.processes[:count]:
            process.wait()
        del self.processes[:count]


def command_fail_over(cluster, folder, kills_node):
    os.makedirs(folder)
    contenders = Contenders(cluster, folder)
    try:
        for name in ("first", "second"):
            for number in range(CONTENDERS):
                contenders.elect(number, name)
                time.sleep(TTL / 3000 / CONTENDERS)
            contenders.starts(1)
        time.sleep(TTL / 1000)
        killed = time.time()
        contenders.end(CONTENDERS)
        if kills_node:
            cluster.leading().kill()
        return [start - killed for start in contenders.starts(2)]
    finally:
        contenders.end(len(contenders.processes))


def measure_command(folder):
    print("| electionctl elect, the command of the successor starts | median | "
          "longest | |")
    print("| --- | --- | --- | --- |")
    for kills_node in (False, True):
        name = "with-node" if kills_node else "alone"
        with electiond(f"{folder}/{name}") as cluster:
            took = command_fail_over(cluster, f"{folder}/starts-{name}",
                                     kills_node)
        what = "and so is the Raft leader" if kills_node else "alone"
        print(f"| of {CONTENDERS}, TTL {TTL // 1000} s, its process is killed "
              f"{what} | {median(took):.2f} s | {max(took):.2f} s | |",
              flush=True)


# ---- many elections ---------------------------------------------------------

def fill(cluster, sessions):
    """What 10,000 elections take of the mean node: memory before and after;
    files, as (what they seem to have, what they take), before and after; bytes
    written; and the seconds."""
    time.sleep(2)
    memories, disks = [], []
    before = sum(cluster.look(written))
    for is_full in (False, True):
        if is_full:
            took = finish(LOAD, cluster, "fill", ELECTIONS, sessions,
                          LONG)["seconds"]
            time.sleep(10)
        memories.append(sum(cluster.look(memory)) / len(cluster.nodes))
        disks.append([sum(part) / len(cluster.nodes)
                      for part in zip(*cluster.disk())])
    put = (sum(cluster.look(written)) - before) / len(cluster.nodes)
    return memories, disks, put, took


def measure_size(folder):
    for sessions in (ELECTIONS, 20):
        found = []
        for cluster in both(f"{folder}/{sessions}"):
            with cluster:
                found.append(fill(cluster, sessions))
        report_size(f"10,000 elections by {sessions} sessions: ", *found)


def report_size(what, ours, theirs):
    our_memory, our_disk, our_put, our_time = ours
    memory_, disk_, put_, time_ = theirs
    row(what + "RSS of a node", our_memory[1] / MB, memory_[1] / MB, "{:.1f}",
        "MB", goal=("at most", 0.25))
    row(what + "its growth", (our_memory[1] - our_memory[0]) / MB,
        (memory_[1] - memory_[0]) / MB, "{:.1f}", "MB")
    for place, name in enumerate(("size of its files", "disk that they take")):
        row(what + name, our_disk[1][place] / MB, disk_[1][place] / MB,
            "{:.1f}", "MB")
        row(what + name + ", growth",
            (our_disk[1][place] - our_disk[0][place]) / MB,
            (disk_[1][place] - disk_[0][place]) / MB, "{:.1f}", "MB")
    row(what + "bytes written to the disk", our_put / MB, put_ / MB, "{:.1f}",
        "MB")
    row(what + "making them", our_time, time_, "{:.1f}", "s")


# ---- nothing but keep-alives ------------------------------------------------

def rest(cluster):
    """(percent of a core, bytes written in a second), of the mean node; and
    log entries in a second, where that is known."""
    before = [sum(cluster.look(of)) for of in (cpu, written)]
    entries = last_index(cluster)
    begun = time.monotonic()
    time.sleep(IDLE)
    took = time.monotonic() - begun
    spent = [sum(cluster.look(of)) for of in (cpu, written)]
    share = len(cluster.nodes) * took
    return (100 * (spent[0] - before[0]) / share,
            (spent[1] - before[1]) / share,
            (last_index(cluster) - entries) / took)


def last_index(cluster):
    if cluster.name != "electiond":
        return 0
    with cluster.leading().connect() as client:
        return client.read(STATUS).applied


def measure_idle(folder):
    ours, theirs = both(folder)
    with ours, theirs:
        report_idle("no session: ", rest(ours), rest(theirs))
        for role, ttl in enumerate(TTLS):
            found = []
            for cluster in (ours, theirs):
                with Load(LOAD, cluster, "keep", SESSIONS, ttl, role) as load:
                    load.line()  # all are there
                    time.sleep(2)
                    found.append(rest(cluster))
                    must(load.process.poll() is None, "a session was lost")
            report_idle(f"{SESSIONS} sessions kept alive, TTL "
                        f"{ttl // 1000} s: ", *found)


def report_idle(what, ours, theirs):
    row(what + "CPU of a node", ours[0], theirs[0], unit="% of a core")
    row(what + "written to the disk by a node", ours[1] / 1000,
        theirs[1] / 1000, "{:.1f}", "kB/s")
    print(f"| {what}entries of electiond's log | | {ours[2]:.1f} each second "
          "| |", flush=True)


def etcd_version():
    told = subprocess.run(["etcd", "--version"], capture_output=True,
                          check=True, text=True).stdout
    return told.splitlines()[0].replace(" Version:", "")


def main():
    if shutil.which("etcd") is None:
        raise Wrong("there is no etcd: Debian's etcd-server and etcd-client")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    cases = {"speed": measure_speed, "failover": measure_failover,
             "size": measure_size, "idle": measure_idle,
             "command": measure_command}
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        describe(f"electiond beside {etcd_version()}", folder)
        print("| what | electiond / etcd | figures | goal |")
        print("| --- | --- | --- | --- |")
        for name, case in cases.items():
            if not CASES or name in CASES:
                case(os.path.join(folder, name))


main()
