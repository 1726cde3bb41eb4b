# SPDX-License-Identifier: Apache-2.0
"""The clients of load.cc, as processes, and what they tell."""

import json
import resource
import subprocess

from clusters import cpu
from node import Wrong, must


class Load:
    """One process of clients."""

    def __init__(self, program, cluster, *case, side=None, addresses=None):
        command = [program, side or cluster.name,
                   addresses or cluster.leader(), *map(str, case)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def line(self):
        told = self.process.stdout.readline()
        must(told, "clients have ended:", self.process.args)
        return told.strip()

    def lines(self, count):
        return [self.line() for _ in range(count)]


def finish(program, cluster, *case, side=None):
    """Runs clients to their end; returns what they tell, and the seconds of the
    processor that the nodes have had meanwhile, and the clients."""
    before, clients = sum(cluster.look(cpu)), clients_cpu()
    with Load(program, cluster, *case, side=side) as load:
        told = json.loads(load.line())
        if load.process.wait() != 0:
            raise Wrong("clients end with", load.process.returncode)
    told["cpu"] = sum(cluster.look(cpu)) - before
    told["clients"] = clients_cpu() - clients
    return told


def clients_cpu():
    """Of all processes that have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def median(values):
    return sorted(values)[len(values) // 2]


class Rounds:
    """What some rounds of one case have told."""

    def __init__(self):
        self.all = []

    def add(self, told):
        must(told["pairs"] > 0, "nothing was answered")
        self.all.append(told)

    def rate(self):
        """Pairs in a second, in the median round."""
        return median([told["pairs"] / told["seconds"] for told in self.all])

    def cost(self, of="cpu"):
        """Seconds of the processor for 1,000 pairs: of the nodes, or of the
        "clients"."""
        return median([1000 * told[of] / told["pairs"] for told in self.all])

    def time(self, what, percentile):
        """In ms; of the longest times the longest."""
        times = [told[what][percentile] for told in self.all]
        return max(times) if percentile == "max" else median(times)

    def times(self, what):
        return "/".join(f"{self.time(what, percentile):.2g}"
                        if self.time(what, percentile) < 10 else
                        f"{self.time(what, percentile):.0f}"
                        for percentile in ("p50", "p99", "max"))
