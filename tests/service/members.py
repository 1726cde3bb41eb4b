#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Members that come and go while clients are at work.

    members.py ELECTIOND ELECTIONCTL GENERATED FOLDER

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
"""

import os
import shutil
import sys
import tempfile
import time

try:
    sys.path.insert(0, sys.argv[3])
    from group import Group
    from node import STATUS, must, service, until
    from workers import agree, has_applied, leader, look
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM, CTL = sys.argv[1:3]


def address(node):
    return f"{node.number}=127.0.0.1:{node.raft_port}/{node.client_port}"


def check_replaced(folder):
    """One of three loses its disk: another one takes its place, and no session
    is lost. Later all know who belongs to them without being told."""
    with Group(PROGRAM, CTL, folder, 3) as group:
        group.work()
        first = until(lambda: leader(group.nodes), "a leader")
        dead = next(node for node in group.nodes if node is not first)
        dead.kill()
        shutil.rmtree(dead.data)
        group.go_on()
        joined = group.join(4)
        group.ask("member", "add", address(joined))
        until(lambda: has_applied(joined, look(first, STATUS).applied),
              "it has the log")
        must(group.members()[4] == "stand-by", group.members())
        group.ask("member", "remove", dead.number)
        group.ask("member", "promote", 4)
        group.nodes.remove(dead)
        group.nodes.append(joined)
        must(group.members() == {node.number: "voter" for node in group.nodes},
             group.members())
        group.rest()
        must(dead.fails() == 3, "who has lost its data comes back")
        must("member" in dead.told(), dead.told())
        for node in group.nodes:
            node.kill()
            node.peers = None  # the log knows
        for node in group.nodes:
            node.launch()
        until(lambda: leader(group.nodes), "a leader")
        agree(group.nodes)
        # The new one counts: with it and one of the old there is a leader.
        first = until(lambda: leader(group.nodes), "a leader")
        other = next(node for node in group.nodes
                     if node is not first and node is not joined)
        other.kill()
        await_reads(group)


def await_reads(group):
    """A linearizable read is answered, at where clients are sent to."""
    def is_answered():
        for node in group.nodes:
            if node.process is None:
                continue
            with node.connect() as client:
                answer = client.ask(read=service.Read(query=STATUS))
            if answer.HasField("answer"):
                return True
            if answer.HasField("not_leader"):
                must(answer.not_leader.address in
                     {f"127.0.0.1:{one.client_port}" for one in group.nodes},
                     answer)
        return False
    until(is_answered, "a read is answered")


def check_grown(folder):
    """A lone node becomes one of three; then the first one leaves."""
    with Group(PROGRAM, CTL, folder, 1) as group:
        group.work()
        first = group.nodes[0]
        for number in (2, 3):
            node = group.join(number)
            node.kill()
            node.launch()  # it waits on
            group.ask("member", "add", address(node))
            group.ask("member", "promote", number)
            group.nodes.append(node)
            until(lambda: "was added" in node.told(), "it knows that it is in")
        group.go_on()
        first.stop()
        group.nodes.remove(first)
        group.ask("member", "remove", 1)
        must(group.members() == {2: "voter", 3: "voter"}, group.members())
        group.rest()
        group.nodes[0].kill()
        shutil.rmtree(f"{group.nodes[0].data}/log")
        os.mkdir(f"{group.nodes[0].data}/log")
        must(group.nodes[0].fails() == 3, "a member without a log")


def check_refused(folder):
    """What can't be is refused, with words, and changes nothing."""
    with Group(PROGRAM, CTL, folder, 1) as group:
        first = group.nodes[0]
        own = address(first)
        place = own.split("=")[1]
        for words, why in (
                (("add", "1=127.0.0.1:1/2"), "that number"),
                (("add", f"2={place}"), "that address"),
                (("add", "2=localhost:1/2"), "IPV4:RAFTPORT/CLIENTPORT"),
                (("add", "2=127.0.0.1:1"), "IPV4:RAFTPORT/CLIENTPORT"),
                (("add", f"{2 ** 63}=127.0.0.1:1/2"), "IPV4:RAFTPORT"),
                (("promote", 2), "is added first"),
                (("remove", 1), "this node leads")):
            told = group.ask("member", *words, expected=77)
            must(why in told, words, told)
        for words in (("add", "x"), ("add", "0=127.0.0.1:1/2"), ("promote",),
                      ("remove", "1x"), ("replace", 1)):
            group.ask("member", *words, expected=64)
        group.ask("member", "add", own)  # it is one
        group.ask("member", "add", "2=127.0.0.1:2/9")
        must([(one["node"], one["leads"], one["raft"], one["client"])
              for one in group.ask("member", "list")] ==
             [(1, True, f"127.0.0.1:{first.raft_port}",
               f"127.0.0.1:{first.client_port}"),
              (2, False, "127.0.0.1:2", "127.0.0.1:9")], "list")
        group.ask("member", "remove", 2)
        group.ask("member", "remove", 9)  # it is none
        must(group.members() == {1: "voter"}, group.members())
        for number in range(2, 9):
            group.ask("member", "add", f"{number}=127.0.0.1:{number}/9")
        must("eight members" in group.ask("member", "add", "9=127.0.0.1:9/9",
                                          expected=77), "nine")
        must("gets no vote" in group.ask("member", "promote", 2, expected=1),
             "one that does not answer")
        for number in range(2, 9):
            group.ask("member", "remove", number)
        with first.operate() as client:
            for kind in (0, 4):
                must("no such change" in client.refusal(
                    change_member=service.ChangeMember(kind=kind, node_id=1)),
                    "a change of kind", kind)


CHECKS = [check_refused, check_grown, check_replaced]


def main():
    for check in CHECKS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(dir=sys.argv[4]) as folder:
            check(folder)
        print(f"{check.__name__}: good, {time.monotonic() - begun:.1f} s",
              flush=True)


main()
