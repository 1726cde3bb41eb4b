#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The adapter for libraft on raft_uv: processes, disks, a network.

    processes.py NODE GENERATED FOLDER

NODE is node.c's program, GENERATED where protoc's modules are, FOLDER on the
disk that is to be used. See each function for what is shown.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    sys.path.insert(0, sys.argv[2])
    from nodes import (Client, Cluster, Filler, MOUNT, STATUS, Worker, must,
                       wire)
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM = sys.argv[1]
WORKERS = 8
LOAD = 60  # answers before a leader is killed, and after it
PATIENCE = 300  # ms
NEVER = 1000000  # entries between snapshots


def answered(cluster):
    return sum(client.answered for client in cluster.clients)


def await_answers(cluster, count):
    """The cluster answers so many more."""
    wanted = answered(cluster) + count
    cluster.until(lambda: answered(cluster) >= wanted, "answers")


def has_snapshot(node):
    return bool(glob.glob(os.path.join(node.folder, "snapshot-*")))


# ---- a leader dies, again and again -----------------------------------------

def check_state(cluster):
    """Each node has what was answered, once, and nothing else."""
    for client in cluster.clients:
        client.is_paused = True
    cluster.until(lambda: all(client.due is None for client in cluster.clients),
                  "all is answered")
    cluster.agree()
    names = [name for client in cluster.clients for name in client.names]
    for node in cluster.running():
        check_node(cluster, node, sorted(names))
    for client in cluster.clients:
        client.is_paused = False


def check_node(cluster, node, names):
    term = cluster.answer(node, "q", wire.Query(
        get_term=wire.GetTerm(election="all"))).leadership
    must(sorted([term.leader, *term.candidates]) == names, "names at",
         node.number)
    sessions = cluster.answer(node, "q", wire.Query(
        list_sessions=wire.List())).sessions.sessions
    highest = {one.id: one.highest_sequence for one in sessions}
    for client in cluster.clients:
        must(highest[client.session_id] == client.sequence, client.name)
        own = cluster.answer(node, "q", wire.Query(
            get_term=wire.GetTerm(election=client.name))).leadership
        client.check_own(own)


def kill_leader(cluster):
    """Returns after how many seconds somebody else answered."""
    await_answers(cluster, LOAD)
    victim = cluster.leader()
    cluster.until(lambda: victim.role != "leads" or
                  any(client.is_asked for client in cluster.clients), "load")
    killed = time.monotonic()
    victim.kill()
    await_answers(cluster, 1)
    took = time.monotonic() - killed
    await_answers(cluster, LOAD)
    goal = max(node.status.applied for node in cluster.running())
    victim.start()
    cluster.until(lambda: victim.status and victim.status.applied >= goal,
                  "the victim has what it missed")
    return took


def kill_leaders(folder, rounds, threshold):
    """Nothing that was answered is lost, nothing happens twice; not either if
    all die at once."""
    with Cluster(PROGRAM, folder, threshold, [PATIENCE] * 3) as cluster:
        for i in range(WORKERS):
            Worker(cluster, f"worker{i}")
        took = [kill_leader(cluster) for _ in range(rounds)]
        check_state(cluster)
        for node in cluster.running():
            must(has_snapshot(node) == (threshold != NEVER), node.number)
            node.kill()
        for node in cluster.nodes:
            node.start()
        await_answers(cluster, LOAD)
        check_state(cluster)
        cluster.stop()
        clients = cluster.clients
        print(f"{rounds} leaders killed, a snapshot after {threshold} entries: "
              f"another one answered after "
              f"{min(took):.2f} to {max(took):.2f} s; "
              f"{answered(cluster)} answers,",
              f"{sum(client.unknown for client in clients)} of unknown fate,",
              f"{sum(client.repeated for client in clients)} repeated,",
              f"{len(cluster.digests)} digests")


# ---- a lone voter -----------------------------------------------------------

class Guest(Client):
    """Asks what it is given to ask."""

    def __init__(self, cluster):
        super().__init__(cluster, "guest")
        self.result = None
        self.is_paused = True

    def check(self, result):
        self.result = result

    def propose(self, command):
        self.due = command
        self.cluster.until(lambda: self.due is None, "an answer")
        must(self.result.status == wire.OK,
             wire.Status.Name(self.result.status))
        return self.result


def restart_lone_voter(folder, threshold):
    """Its Raft term stays the same; its offices differ, and time goes on."""
    with Cluster(PROGRAM, folder, threshold, [PATIENCE]) as cluster:
        node, guest = cluster.nodes[0], Guest(cluster)
        guest.session_id = guest.propose(
            guest.open(timeout_ms=2000)).session.session_id
        epochs, now_ms = [], 0
        for sequence in range(1, 6):
            guest.propose(guest.proposal(sequence, "db", enter=f"{sequence}"))
            status = cluster.read(STATUS).registry
            must(status.sessions == 1 and status.now_ms >= now_ms, "time")
            epochs.append(status.epoch)
            now_ms = status.now_ms
            node.kill()
            node.start()
        must(epochs == sorted(set(epochs)), "offices", epochs)
        must(has_snapshot(node) == (threshold != NEVER), "snapshot")
        cluster.until(lambda: node.status and node.status.registry.epoch and
                      node.status.registry.sessions == 0, "the session ends")
        must(cluster.read(STATUS).registry.now_ms >= now_ms + 2000, "now_ms")
        cluster.stop()
        print(f"a lone voter, a snapshot after {threshold} entries: offices",
              *epochs)


# ---- a full disk ------------------------------------------------------------

def can_mount(folder):
    os.mkdir(folder)
    return shutil.which("unshare") is not None and subprocess.run(
        [*MOUNT, folder, "true"], check=False,
        stderr=subprocess.DEVNULL).returncode == 0


def fill_disk(folder, patiences, kind):
    """The first node's disk is full: it says so, and ends; others go on."""
    with Cluster(PROGRAM, folder, NEVER, patiences, {1: MOUNT}) as cluster:
        small, others = cluster.nodes[0], cluster.nodes[1:]
        cluster.until(cluster.leader, "a leader")
        must((cluster.leader() is small) == (kind != "follower"), kind)
        filler = Filler(cluster, "filler")
        cluster.until(lambda: not small.runs(), "a failure")
        must(small.has_failed and small.returned == 3, "ends with",
             small.returned)
        filled = filler.answered
        if others:
            await_answers(cluster, LOAD)
            filler.is_paused = True
            cluster.agree()
        must(not any(node.has_failed for node in others), "others failed")
        cluster.stop()
        print(f"a full disk of the {kind}: after {filled} answers")


def main():
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as folder:
        started = time.monotonic()
        kill_leaders(f"{folder}/kills", 10, 64)
        kill_leaders(f"{folder}/logs", 2, NEVER)
        restart_lone_voter(f"{folder}/log", NEVER)
        restart_lone_voter(f"{folder}/snapshot", 4)
        if can_mount(f"{folder}/mount"):
            fill_disk(f"{folder}/follower", [3000, 300, 300], "follower")
            fill_disk(f"{folder}/leader", [300, 2000, 2000], "leader")
            fill_disk(f"{folder}/lone", [300], "lone voter")
        else:
            print("a full disk: not tried, nothing can be mounted here")
        print(f"{time.monotonic() - started:.0f} s")


main()
