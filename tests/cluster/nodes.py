# SPDX-License-Identifier: Apache-2.0
"""Three nodes of electiond behind proxies, the last one on a small disk."""

import os
import signal
import subprocess
import time

from node import (Client, Node, PRIVATELY, STATUS, WAIT, Wrong, can_mount, must,
                  peers, until)

COUNT = 3
OPTIONS = ["--log-size", 8192, "--election-timeout", 800]
DISK = 24  # MiB: ten segments of the log and some snapshots
SPARED = 1 << 16  # bytes, not enough for one


class Disk:
    """A small one, mounted where nobody else sees it. It is there as long as
    the process that holds it, which ends when this one does."""

    SCRIPT = ('mount -t tmpfs -o size=%dm none "$0" && echo mounted && '
              'exec cat > /dev/null' % DISK)

    def __init__(self, place):
        os.makedirs(place)
        self.holder = subprocess.Popen(
            [*PRIVATELY, "sh", "-c", self.SCRIPT, place],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        must(self.holder.stdout.readline() == b"mounted\n", "no disk")
        self.path = f"/proc/{self.holder.pid}/root{place}"
        self.filler = None

    def fill(self):
        """Takes the room that there is now, but for what a start needs."""
        if self.filler is None:
            self.filler = open(f"{self.path}/filler", "wb", buffering=0)
        disk = os.statvfs(self.path)
        self.filler.write(bytes(max(0, disk.f_bavail * disk.f_frsize - SPARED)))

    def make_room(self):
        self.filler.close()
        self.filler = None
        os.unlink(f"{self.path}/filler")

    def close(self):
        if self.filler is not None:
            self.filler.close()
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()


class ProxiedNode(Node):
    """The ports that others know are the proxies'."""

    def __init__(self, program, folder, number, proxies):
        super().__init__(program, folder, number, OPTIONS)
        self.inner = ["--raft", f"127.0.0.1:{self.raft_port}",
                      "--client", f"127.0.0.1:{self.client_port}"]
        self.raft_port = proxies.open(number, self.raft_port, True)
        self.client_port = proxies.open(number, self.client_port, False)
        self.is_paused = False
        self.disk = None

    def command(self, *more):
        return super().command(*self.inner, *more)

    def use_small_disk(self, place):
        """By a name that is short enough for the path of a socket."""
        self.disk = Disk(place)
        os.symlink(self.disk.path, f"{place}-seen")
        self.data = f"{place}-seen/data"

    def kill(self):
        if self.process is not None:
            super().kill()

    def is_awake(self):
        return self.process is not None and not self.is_paused

    def pause(self):
        self.is_paused = True
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)
        self.is_paused = False

    def fill_disk(self):
        """Until it ends by that, as it needs a new segment of the log: in good
        time, or because it starts again."""
        begun = time.monotonic()
        has_started_again = False
        while self.process.poll() is None:
            self.disk.fill()
            took = time.monotonic() - begun
            must(took < WAIT, "it does not end:", self.told())
            if took > 2 and not has_started_again:
                has_started_again = True
                self.kill()
                self.launch()
            time.sleep(0.02)
        must(self.await_end() == 5, "exit status", self.told())


class Nodes:
    """All of them, from their making to their end."""

    def __init__(self, program, folder, proxies):
        self.proxies = proxies
        self.all = [ProxiedNode(program, folder, number, proxies)
                    for number in range(1, COUNT + 1)]
        if can_mount():
            self.all[-1].use_small_disk(f"{folder}/disk")
        else:
            print("a full disk: not tried, nothing can be mounted here")

    def __enter__(self):
        self.proxies.start()
        for node in self.all:
            node.peers = peers(self.all)
            node.launch("--new")
        return self

    def __exit__(self, error, *_):
        for node in self.all:
            node.kill()
        for node in self.all:
            node.__exit__(error)
            if node.disk is not None:
                node.disk.close()
        self.proxies.stop()

    def leader(self):
        """Who says that it leads; None = none does."""
        return next((node for node in self.all
                     if node.is_awake() and node.leads()), None)

    def pairs(self, number, to=True, of=True):
        """Of one node and the others: what is sent to it, and what it sends."""
        others = [one.number for one in self.all if one.number != number]
        return ([(other, number) for other in others if to] +
                [(number, other) for other in others if of])

    def check_lives(self):
        """None has ended but by a fault."""
        for node in self.all:
            must(node.process is None or node.process.poll() is None,
                 "ended with", node.process and node.process.returncode,
                 node.told())

    def looks(self, query):
        """What each has by itself; nothing if one of them does not answer."""
        try:
            return [look(node, query) for node in self.all]
        except (OSError, Wrong):
            self.check_lives()
            return []

    def agree(self, goal):
        """All have applied the same, and `goal`; their digests are equal."""
        digests = {}

        def is_so():
            looks = self.looks(STATUS)
            for one in looks:
                digest = one.registry.log_digest
                must(digests.setdefault(one.applied, digest) == digest,
                     "two logs at", one.applied)
            return (len({one.applied for one in looks}) == 1 and
                    looks[0].applied >= goal)

        until(is_so, "all have applied the same")


def look(node, query):
    """What a node has, whether it leads or not."""
    with Client(node, is_operator=True) as client:
        client.socket.settimeout(WAIT)
        client.greet()
        node.clients.remove(client)
        return client.read(query, is_local=True)
