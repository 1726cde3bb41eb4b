#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proposals of three nodes of electiond, beside three servers of libraft that
do nothing with them; and what the registry's share of the processor is.

    proposals.py BUILD FOLDER [--smoke]

BUILD is where the programs are, FOLDER on the disk that is to be used. A pair
is a proposal to enter an election and one to leave it.
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../service"))
sys.path.insert(1, os.path.join(sys.argv[1], "tests/service"))
try:
    from clusters import Electiond, Plain, cpu, describe
    from load import Rounds, finish
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

BUILD, FOLDER = sys.argv[1:3]
IS_SMOKE = "--smoke" in sys.argv
FLIGHTS = (8,) if IS_SMOKE else (1, 8, 64)
ROUNDS, SECONDS = (1, 1) if IS_SMOKE else (3, 4)
SHARE_MAX = 5  # percent of the processor that the registry may have
HERE = os.path.join(BUILD, "tests/bench/service")
LOAD = os.path.join(HERE, "load")


def measure(clusters):
    """Rounds of each cluster and flight, interleaved."""
    found = {(one, flight): Rounds() for one in clusters for flight in FLIGHTS}
    for _ in range(ROUNDS):
        for flight in FLIGHTS:
            for one in clusters:
                found[one, flight].add(
                    finish(LOAD, one, "cycle", flight, SECONDS))
    return found


def clock(folder, flight):
    """Percent of the nodes' processor time that the registry's functions have:
    (apply, and all that is asked of it before)."""
    program = os.path.join(HERE, "clocked_node")
    with Electiond(program, folder) as cluster:
        finish(LOAD, cluster, "cycle", flight, SECONDS)
        total = sum(cluster.look(cpu))
        functions = cluster.leave()
    applied, count = functions.pop("registry_apply")
    rest = sum(seconds for seconds, _ in functions.values())
    return (100 * applied / total, 100 * (applied + rest) / total,
            1e6 * applied / max(1, count))


def report(found, ours, plain):
    print("| in flight | proposals/s, electiond / do-nothing | latency, ms, "
          "p50/p99/max: electiond; do-nothing | CPU ms of the nodes for 1,000 "
          "| beyond do-nothing |")
    print("| --- | --- | --- | --- | --- |")
    for flight in FLIGHTS:
        a, b = found[ours, flight], found[plain, flight]
        beyond = 100 * (1 - b.cost() / a.cost()) if a.cost() > 0 else 0
        print(f"| {flight} | {a.rate() / b.rate():.2f} "
              f"({2 * a.rate():.0f} / {2 * b.rate():.0f}) | "
              f"{a.times('campaign')}; {b.times('campaign')} | "
              f"{500 * a.cost():.0f} / {500 * b.cost():.0f} | "
              f"{beyond:.0f} % |", flush=True)


def report_share(folder):
    print()
    print("| in flight | registry's apply, of all CPU of the nodes | with "
          "rights, queries and stamps | goal | | one apply |")
    print("| --- | --- | --- | --- | --- | --- |")
    for flight in FLIGHTS:
        applied, whole, each = clock(f"{folder}/clocked-{flight}", flight)
        is_reached = "yes" if whole < SHARE_MAX else "NO"
        print(f"| {flight} | {applied:.1f} % | {whole:.1f} % | "
              f"below {SHARE_MAX} % | {is_reached} | {each:.2f} us |",
              flush=True)


def main():
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        describe("electiond beside a server of libraft that does nothing",
                 folder)
        program = os.path.join(BUILD, "src/programs/electiond/electiond")
        with Electiond(program, f"{folder}/electiond") as ours, \
                Plain(os.path.join(HERE, "plain_node"),
                      f"{folder}/plain") as plain:
            report(measure((ours, plain)), ours, plain)
        report_share(folder)


main()
