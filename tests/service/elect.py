#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""electionctl, with three nodes: what its man page says.

    elect.py ELECTIOND ELECTIONCTL GENERATED FOLDER [CHECK...]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
"""

import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

try:
    sys.path.insert(0, sys.argv[3])
    from contest import (Cluster, JOB, TTL, await_start, ended, is_there, lines,
                         starts)
    from node import Node, frame, must, service, until
    from recovery import check_recovery
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


# ---- three contenders -------------------------------------------------------

def check_contenders(cluster):
    """At most one runs at a time, and tokens rise, whoever is killed."""
    job = cluster.file("job")
    processes = {}
    for name in "abc":
        processes[name] = cluster.elect("job", name, job)
    token, name, runner = await_start(job, 1)
    runs = 1
    for _ in range(2):  # it dies, and its command with it
        must(token == cluster.term("job")["index"], "token", token)
        killed = time.monotonic()
        processes[name].kill()
        until(lambda: not is_there(runner), "the command of a dead process")
        runs += 1
        before, (token, name, runner) = token, await_start(job, runs)
        took = time.monotonic() - killed
        must(token > before, "token", token, "after", before)
        must(took > TTL * 0.6, "a successor before the lease was over", took)
        print(f"a successor runs after {took:.2f} s of {TTL} s")
        processes[name + "'"] = cluster.elect("job", name + "'", job)
    cluster.leader().kill()
    until(lambda: len(lines(f"{job}.beats")) > 0, "beats")
    beats = len(lines(f"{job}.beats"))
    until(lambda: len(lines(f"{job}.beats")) > beats + 20,
          "the job goes on, or again")
    check_tokens(job)


def check_tokens(job):
    tokens = [int(beat) for beat in lines(f"{job}.beats")]
    must(tokens == sorted(tokens), "a lower token after a higher one")
    names = {}
    for token, name, _ in starts(job):
        must(names.setdefault(token, name) == name, "two with token", token)


def check_deposed(cluster):
    """The command is stopped, and started again by a higher token."""
    job = cluster.file("job")
    cluster.elect("deposed", "a", job)
    first = await_start(job, 1)
    cluster.elect("deposed", "b", job)
    until(lambda: cluster.term("deposed")["queue"] == ["b"], "b waits")
    must(cluster.ask("anoint", "deposed", "b", "--if-index", 99, expected=1),
         "aborted")
    cluster.ask("anoint", "deposed", "b", "--if-index", first[0])
    second = await_start(job, 2)
    must(second[:2] == (first[0] + 1, "b"), second)
    until(lambda: not is_there(first[2]), "the command of a")
    cluster.ask("evict", "deposed", "b")
    third = await_start(job, 3)
    must(third[:2] == (first[0] + 2, "a"), third)
    until(lambda: cluster.term("deposed")["queue"] == ["b"], "b stands again")
    must(cluster.ask("evict", "deposed", "c", expected=1), "no such candidate")


def check_stopped(cluster):
    """One that can't act is killed by the kernel before its lease is over, and
    its command with it, and what that has started."""
    job, other = cluster.file("job"), cluster.file("job")
    first = cluster.start("elect", "stopped", "--as", "a", "--ttl", f"{TTL}s",
                          "--", "sh", "-c", 'sleep 600 & echo 1 a $! >> "$0";'
                          "wait", job)
    _, _, runner = await_start(job, 1)
    cluster.elect("stopped", "b", other)
    until(lambda: cluster.term("stopped")["queue"] == ["b"], "b waits")
    stopped = time.monotonic()
    first.send_signal(signal.SIGSTOP)
    until(lambda: not is_there(runner), "what its command has started")
    took = time.monotonic() - stopped
    must(took < TTL, "it ran for", took)
    must(not starts(other), "another one ran before")
    must(ended(first) == -signal.SIGKILL, first.returncode)
    await_start(other, 1)
    # Killed, it leaves nothing behind either.
    job = cluster.file("job")
    first = cluster.start("elect", "killed", "--ttl", "60s", "--", "sh", "-c",
                          'sleep 600 & echo 1 a $! >> "$0"; wait', job)
    _, _, runner = await_start(job, 1)
    first.kill()
    until(lambda: not is_there(runner), "what its command has started")


def check_unread(cluster):
    """Nobody reads what it says: its command is stopped all the same."""
    job = cluster.file("job")
    loud = subprocess.Popen(
        [cluster.ctl, "elect", "unread", "--as", "a", "--ttl", "60s", "--", "sh", "-c",
         'echo 1 a $$ >> "$0"; while :; do echo loud >&2; done', job],
        env=cluster.environment, stderr=subprocess.PIPE)
    loud.told = os.devnull
    cluster.processes.append(loud)
    _, _, runner = await_start(job, 1)
    until(lambda: "pipe" in sleeps(runner), "the pipe is full")
    cluster.elect("unread", "b", cluster.file("job"))
    until(lambda: cluster.term("unread")["queue"] == ["b"], "b waits")
    cluster.ask("anoint", "unread", "b")
    until(lambda: not is_there(runner), "the command is stopped")
    loud.kill()
    loud.stderr.close()


def sleeps(process):
    """Where in the kernel it waits."""
    with open(f"/proc/{process}/wchan", encoding="ascii") as file:
        return file.read()


def check_evicted(cluster):
    """Evicted while it waits, it stands again when the election is vacant."""
    job = cluster.file("job")
    first = cluster.elect("evicted", "a", cluster.file("job"))
    cluster.await_leader("evicted", "a")
    cluster.elect("evicted", "b", job)
    until(lambda: cluster.term("evicted")["queue"] == ["b"], "b waits")
    cluster.ask("evict", "evicted", "b")
    first.terminate()
    await_start(job, 1)
    # The same of one that has led before.
    job = cluster.file("job")
    cluster.elect("again", "a", job)
    cluster.await_leader("again", "a")
    second = cluster.elect("again", "b", cluster.file("job"))
    until(lambda: cluster.term("again")["queue"] == ["b"], "b waits")
    cluster.ask("anoint", "again", "b")
    until(lambda: cluster.term("again")["queue"] == ["a"], "a waits")
    await_start(job, 1)
    cluster.ask("evict", "again", "a")
    second.terminate()
    await_start(job, 2)


class FakeNode(threading.Thread):
    """Says welcome, and then that another one leads."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.count = address, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            with connection:
                self.answer(connection)

    def answer(self, connection):
        for case in ({"welcome": service.Welcome(version=1)},
                     {"not_leader": service.NotLeader(
                         address=self.address or self.own)}):
            head = connection.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return
            body = connection.recv(int.from_bytes(head, "big"),
                                   socket.MSG_WAITALL)
            request = service.Request.FromString(body)
            connection.sendall(frame(service.Response(
                id=request.id, **case).SerializeToString()))


def check_fakes(cluster):
    """No node makes it crash, or connect without end."""
    for address in ("nowhere", "", "127.0.0.1:", ":", None):
        fake = FakeNode(address)
        told = cluster.ask("term", "e", "--cluster", fake.own, "--timeout",
                           "1s", expected=69)
        must("no answer in 1.0 s" in told, told)
        must(1 <= fake.count <= 20, "connections", fake.count)
        fake.listener.close()
    must("127.0.0.1:1: connection refused" in cluster.ask(
        "term", "e", "--cluster", "127.0.0.1:1", "--timeout", "1s",
        expected=69), "why")


def check_no_quorum(cluster):
    """A command that can't be vouched for is stopped before its lease ends."""
    job = cluster.file("job")
    cluster.elect("quorum", "a", job)
    _, _, runner = await_start(job, 1)
    cut = time.monotonic()
    for node in cluster.nodes[:2]:
        node.kill()
    until(lambda: not is_there(runner), "the command is stopped")
    took = time.monotonic() - cut
    must(took < TTL * 0.9, "it ran for", took, "of", TTL)
    told = cluster.ask("term", "quorum", "--timeout", "1s", expected=69)
    must(str(cluster.nodes[0].client_port) in told, told)
    for node in cluster.nodes[:2]:
        node.launch()
    await_start(job, 2)
    print(f"without a quorum the command ran for {took:.2f} s of {TTL} s")


# ---- how it ends ------------------------------------------------------------

def check_ends(cluster):
    """It ends as the command does, and withdraws."""
    options = ["elect", "ends", "--ttl", "60s", "--as"]
    begun = time.monotonic()
    for name, script, expected in (("a", "exit 0", 0), ("b", "exit 7", 7),
                                   ("c", "kill -TERM $$", 128 + 15)):
        process = cluster.start(*options, name, "--", "sh", "-c", script)
        must(ended(process) == expected, script, process.returncode)
        must(cluster.term("ends")["leader"] is None, "it has not withdrawn")
    must(ended(cluster.start(*options, "d", "--", "/no/such")) == 127, "127")
    must(ended(cluster.start(*options, "d", "--", "/etc/passwd")) == 126,
         "126")
    must(time.monotonic() - begun < 30, "it waits for its lease to end")
    # Signals are passed on.
    job = cluster.file("job")
    process = cluster.start(*options, "e", "--", "sh", "-c",
                            'trap "exit 9" INT; echo 1 e $$ >> "$0";'
                            "while :; do sleep 0.05; done", job)
    await_start(job, 1)
    process.send_signal(signal.SIGINT)
    must(ended(process) == 9, "of the signal", process.returncode)
    # What is ignored stays so.
    process = cluster.start(*options, "e", "--", "sh", "-c",
                            'echo 1 e $$ >> "$0"; sleep 600', job, ignores=True)
    await_start(job, 2)
    process.send_signal(signal.SIGHUP)
    process.terminate()
    must(ended(process) == 128 + 15, process.returncode)
    # Its children go with it.
    process = cluster.start(*options, "f", "--", "sh", "-c",
                            'sleep 600 & echo 1 f $! >> "$0"; exit 3', job)
    must(ended(process) == 3, process.returncode)
    child = starts(job)[-1][2]
    until(lambda: not is_there(child), "what the command has left behind")


def check_once(cluster):
    """Where somebody leads, it does not wait."""
    job = cluster.file("job")
    cluster.elect("once", "a", job, "--once")
    await_start(job, 1)
    second = cluster.elect("once", "b", job, "--once")
    must(ended(second) == 1, second.returncode)
    must("somebody leads" in cluster.told(second), cluster.told(second))
    must(cluster.term("once")["waiting"] == 0, "it has queued")
    must("evict first" in cluster.ask("fence", "once", expected=1), "fence")
    index = cluster.term("once")["index"]
    cluster.processes[-2].terminate()
    ended(cluster.processes[-2])
    token = cluster.ask("fence", "once")[0]["index"]
    must(token > index and cluster.term("once")["leader"] is None, token)
    cluster.elect("once", "c", job)
    must(await_start(job, 2)[0] > token, "a token above the fence")


def check_identity(cluster):
    """A process that starts again replaces its session at once."""
    job, identity = cluster.file("job"), cluster.file("identity")
    options = ["elect", "identity", "--as", "a", "--ttl", "600s", "--identity",
               identity, "--", "sh", "-c", JOB, job]
    first = cluster.start(*options)
    token, _, _ = await_start(job, 1)
    must(os.stat(identity).st_mode & 0o777 == 0o600, "the file's mode")
    second = cluster.start(*options)
    must(ended(second) == 74 and "in use" in cluster.told(second),
         cluster.told(second))
    first.kill()
    first.wait()
    cluster.start(*options)
    must(await_start(job, 2)[0] > token, "token")
    cluster.processes[-1].kill()
    cluster.processes[-1].wait()
    cluster.ask("withdraw", "identity", "--identity", identity)
    must(cluster.term("identity")["leader"] is None, "it has not withdrawn")


# ---- what operators do ------------------------------------------------------

def check_looks(cluster):
    """Lists, states, digests; and what only an operator may see."""
    job = cluster.file("job")
    cluster.elect("looks", "a\u00e9\"", job, "--address", "10.0.0.1:80")
    term = until(lambda: cluster.term("looks")["leader"] and
                 cluster.term("looks"), "a leader")
    must(term["leader"] == 'a\u00e9"' and term["address"] == "10.0.0.1:80" and
         term["queue"] == [], term)
    must(term["index"] in [one["index"] for one in cluster.ask("list")
                           if one["election"] == "looks"], "list")
    states = cluster.ask("status")
    must(states[-1] == {"quorum": True} and
         sum(one["leads"] for one in states[:-1]) == 1 and
         {one["node"] for one in states[:-1]} == {1, 2, 3}, states)
    until(lambda: len({(one["applied"], one["log_digest"])
                       for one in cluster.ask("digest")}) == 1, "one digest")
    must("operator's socket" in cluster.ask("sessions", expected=77), "secret")
    socket = f"{cluster.leader().data}/socket"
    sessions = cluster.ask("sessions", "--socket", socket)
    session = next(one for one in sessions if one["session"] == term["session"])
    must(len(session["client_id"]) == 32 and session["candidacies"] == 1,
         session)
    snapshot = cluster.file("snapshot")
    saved = cluster.ask("snapshot", "save", snapshot, "--socket", socket)[0]
    must(saved["bytes"] == os.path.getsize(snapshot), saved)
    must(cluster.ask("snapshot", "inspect", snapshot)[0]["sessions"] ==
         len(sessions), "inspect")
    with open(snapshot, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    cluster.ask("snapshot", "inspect", snapshot, expected=1)
    must(cluster.ask("upgrade", "--socket", socket)[0]["status"] ==
         "unchanged", "upgrade")
    must("knows version 1 at most" in cluster.ask(
        "upgrade", "--to", 99, "--socket", socket, expected=1), "of none")
    follower = next(node for node in cluster.nodes if not node.leads())
    cluster.ask("upgrade", "--socket", f"{follower.data}/socket", expected=69)
    cluster.ask("session", "close", term["session"], "--socket", socket)
    must(await_start(job, 2)[0] > term["index"], "a session that was closed")


def check_watch(cluster):
    """Each change, in order, from whatever node lives."""
    watching = cluster.start("watch", "watched", "--json")

    def told():
        return [json.loads(line) for line in lines(watching.told)
                if line.startswith("{")]

    def causes():
        """But for what each node tells first."""
        events = told()
        must(all(one["leader"] == "a" for one in events[2:]
                 if one["cause"] == "INITIAL"), events)
        return [one["cause"] for number, one in enumerate(events)
                if number == 0 or one["cause"] != "INITIAL"]

    until(lambda: causes() == ["INITIAL"], "the first event")
    stand = cluster.start("enter", "watched", "a", "--ttl", "20s")
    until(lambda: causes() == ["INITIAL", "ENTER"], "an Enter")
    for node in cluster.nodes:  # one after the other, so it must move
        node.kill()
        node.launch()
        until(cluster.leader, "a leader")
    must(causes() == ["INITIAL", "ENTER"], "more than has happened", told())
    stand.terminate()
    must(ended(stand) == 0, "enter ends", cluster.told(stand))
    # It may be between two nodes just now, and hear of the end from the next.
    until(lambda: told()[-1]["leader"] is None and
          told()[-1]["cause"] in ("CLOSED", "INITIAL"), "the end")
    must("event=gained election=watched candidate=a index=1" in
         cluster.told(stand), cluster.told(stand))


def check_list(cluster):
    """The list of elections, again and again."""
    cluster.elect("list", "a", cluster.file("job"))
    cluster.await_leader("list", "a")
    watching = cluster.start("list", "--watch", "--json")

    def shown():
        return [json.loads(line)["leader"] for line in lines(watching.told)
                if line]

    until(lambda: len(shown()) >= 2, "two lists")
    must(set(shown()) == {"a"}, shown())


def check_journal(cluster):
    """A node tells events as JSON, and of a wrong token once a minute; its
    options may stand in a file."""
    folder = f"{cluster.folder}/journal"
    with Node(cluster.program, folder) as node:
        for name in ("right", "wrong"):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(f"{name}\n")
        with open(f"{folder}/options", "w", encoding="utf-8") as file:
            file.write(f"# a comment\n\nlog-json\ntoken-file {folder}/right \n")
        node.options = ["--config", f"{folder}/options"]
        node.launch("--new")
        at = ["--cluster", f"127.0.0.1:{node.client_port}", "--token-file"]
        until(lambda: "leads" in node.told(), "it leads")
        for _ in range(3):
            must("the token is wrong" in cluster.ask(
                "term", "e", *at, f"{folder}/wrong", expected=77), "refused")
        must(cluster.ask("term", "e", *at, f"{folder}/right")[0]["index"] == 0,
             "the right token")
        node.stop()
        told = [json.loads(line) for line in node.told().splitlines()]
        must([one["event"] for one in told] ==
             ["starts", "leads", "refused", "leaves"], told)


def check_usage(cluster):
    """What is wrong is said, with status 64."""
    for arguments in ([], ["nothing"], ["elect", "e"], ["term"],
                      ["term", "a", "b"], ["--ttl", "5"], ["--ttl", "999ms"],
                      ["--cluster", "nowhere"], ["anoint", "e"], ["--lost"],
                      ["recover"], ["withdraw", "e"], ["--frobnicate", "1"],
                      ["elect", "", "--", "true"], ["enter", "e", ""],
                      ["elect", "e", "--as", "", "--", "true"],
                      ["anoint", "e", "a", "--if-index", "0"],
                      ["session", "close", ""],
                      ["upgrade", "--to", "4294967296"],
                      ["session", "open", "1"], ["member", "list", "1"],
                      ["snapshot", "load", "x"]):
        cluster.ask(*arguments, expected=64)
    must("electionctl elect NAME" in subprocess.run(
        [cluster.ctl, "--help"], capture_output=True, text=True,
        check=True).stdout, "help")


CHECKS = [check_usage, check_journal, check_ends, check_once, check_identity,
          check_looks, check_list, check_recovery, check_deposed,
          check_stopped, check_unread, check_evicted, check_contenders,
          check_watch, check_no_quorum, check_fakes]


def main():
    wanted = sys.argv[5:] or [check.__name__ for check in CHECKS]
    must(set(wanted) <= {check.__name__ for check in CHECKS}, "no such check")
    for check in CHECKS:
        if check.__name__ not in wanted:
            continue
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(dir=sys.argv[4]) as folder:
            with Cluster(*sys.argv[1:3], folder) as cluster:
                check(cluster)
                for node in cluster.nodes:
                    must(node.process is None or node.process.poll() is None,
                         "a node has ended:", node.told())
                must(not glob.glob(f"{folder}/core*"), "a core")
        print(f"{check.__name__}: good, {time.monotonic() - begun:.1f} s",
              flush=True)


main()
