#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes get a newer program, one by one, while clients are at work.

    upgrade.py ELECTIOND LATER ELECTIONCTL GENERATED FOLDER

LATER is an electiond whose library knows a higher version. GENERATED is where
protoc's modules are, FOLDER on the disk that is to be used.
"""

import re
import signal
import sys
import tempfile
import time

try:
    sys.path.insert(0, sys.argv[4])
    from group import Group
    from node import STATUS, must, until
    from workers import has_applied, leader, look
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM, LATER, CTL = sys.argv[1:4]


def versions(group):
    return {look(node, STATUS).registry.version for node in group.nodes}


def upgrade(group, node):
    """Stops it in good order, and starts the newer program."""
    goal = look(node, STATUS).applied
    node.stop()
    node.program = LATER
    node.launch()
    until(lambda: has_applied(node, goal), "it has what it had")
    group.go_on()


def check_rolling(group):
    """Each node in turn, the one that leads last: nothing is lost, and no
    session is; all do what is new once all can."""
    group.work()
    version = known(group.ask("upgrade", "--to", 1000, expected=1))
    must(version == 1, "known", version)
    first = until(lambda: leader(group.nodes), "a leader")
    for node in sorted(group.nodes, key=lambda node: node is first):
        told = group.ask("upgrade", "--to", 1000, expected=1)
        must(known(told) == version, "refused by words:", told)
        upgrade(group, node)
        must(versions(group) == {version}, versions(group))
    # Nor does another one answer in its place.
    node = group.nodes[0]
    group.ask("member", "add", f"9=127.0.0.1:1/{node.client_port}")
    told = group.ask("upgrade", "--to", 1000, expected=1)
    must("node 9 at" in told and "does not tell" in told, told)
    group.ask("member", "remove", 9)
    # One that is not there can't tell.
    away = next(node for node in group.nodes if not node.leads())
    away.kill()
    told = group.ask("upgrade", "--to", 1000, expected=1)
    must(f"node {away.number} at" in told and "start it, or remove it" in told,
         told)
    away.launch()
    until(lambda: has_applied(away, 1), "it is back")
    must(group.ask("upgrade", "--to", 1000)[0]["status"] == "done", "upgraded")
    until(lambda: versions(group) == {1000}, "all are")
    must(group.ask("upgrade", "--to", 1000)[0]["status"] == "unchanged",
         "twice")
    told = group.ask("upgrade", "--to", 1001, expected=1)
    must(known(told) == 1000, told)
    group.rest()


def known(text):
    """The version that the refusal says is known."""
    return int(re.search(r"knows version (\d+) at most", text).group(1))


def check_old(group):
    """There is no way back: an old program does not start there, and says
    so."""
    node = next(node for node in group.nodes if not node.leads())
    node.stop()
    node.program = PROGRAM
    node.launch()
    returned = node.process.wait()
    node.process = None
    must(returned == -signal.SIGABRT and "this replica must stop: written by a "
         "newer version" in node.told(), returned, node.told())
    node.program = LATER
    node.launch()
    goal = look(leader(group.nodes), STATUS).applied
    until(lambda: has_applied(node, goal), "the newer one goes on")


def main():
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=sys.argv[5]) as folder:
        with Group(PROGRAM, CTL, folder, 3) as group:
            check_rolling(group)
            check_old(group)
    print(f"good, {time.monotonic() - begun:.1f} s")


main()
