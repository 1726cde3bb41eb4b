# SPDX-License-Identifier: Apache-2.0
"""The data folder and the ports: how it starts, and how it ends."""

import os
import select
import shutil
import signal
import socket
import stat

from node import LONG, Node, must, until, wire

LIST = wire.Query(list_sessions=wire.List())


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# ---- again ------------------------------------------------------------------

def state(node):
    """Sessions, but for their time, and the Terms."""
    operator = node.operate()
    sessions = operator.read(LIST).sessions.sessions
    for session in sessions:
        must(0 < session.remaining_ms <= LONG, "time", session)
        session.ClearField("remaining_ms")
    return ([session.SerializeToString() for session in sessions],
            [operator.term(name) for name in ("1", "2", "none")])


def check_restarts(program, folder):
    """It keeps sessions and Terms, however it ends."""
    with Node(program, folder, options=["--log-size", 4096]) as node:
        node.start("--new")
        must(mode(node.data) == 0o700, "the folder's mode")
        must(mode(f"{node.data}/socket") == 0o600, "the socket's mode")
        a, b = node.connect(b"a"), node.connect(b"b")
        a.open(data=b"of a")
        b.open()
        for name in ("A", "a"):
            a.propose("1", "enter", name)
        b.propose("2", "enter", "B")
        for number in range(100):  # there are snapshots, too
            b.propose("1", "enter", f"{number}")
        before = state(node)
        must(len(before[0]) == 2 and before[1][0].leader == "A", "test")
        for end in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            if end == signal.SIGKILL:
                node.kill()
            else:
                node.stop(end)
            node.start()
            must(mode(f"{node.data}/socket") == 0o600, "the socket's mode")
            must(state(node) == before, "another state after", end)
        again = node.connect(b"b")
        again.session_id, again.sequence = b.session_id, b.sequence
        must(again.propose("1", "enter", "99", sequence=b.sequence)
             .propose.repeated, "knows what was asked before")
        again.propose("2", "withdraw", "B")
        node.stop()


def check_leaving(program, folder):
    """Its end is in good order, whatever is asked meanwhile."""
    with Node(program, folder) as node:
        node.start("--new")
        for turn in range(6):
            client = node.connect(b"a")
            client.open(incarnation=turn)
            # It is proposed after 100 ms, while the node is ending.
            client.keep_alive(client.session_id)
            select.select([client.socket], [], [], 0.07 + turn * 0.004)
            node.stop()
            node.start()
        node.stop()


# ---- it does not start ------------------------------------------------------

def check_folders(program, folder):
    """Exit status 3: the data folder can't be used, or is gone."""
    with Node(program, folder) as node, Node(program, folder, 2) as other:
        must(node.fails() == 3, "there is no folder")
        must(not os.path.exists(node.data), "nothing was made")
        os.makedirs(f"{node.data}/log/half")
        for how in ("--new", "--join"):
            must(node.fails(how) == 3 and "empty it first" in node.told(), how)
        shutil.rmtree(node.data)
        node.start("--new")
        other.data = node.data
        must(other.fails() == 3, "another one's")
        other.number = 1
        must(other.fails() == 3, "it is in use")
        must(other.fails("--new") == 3, "it is not new, and in use")
        node.connect(b"a").open()
        node.stop()
        must(node.fails("--new") == 3, "it is not new")
        other.number = 2
        must(other.fails() == 3, "another one's")
        node.start()
        must(len(node.operate().read(LIST).sessions.sessions) == 1, "spoilt")
        node.stop()
        check_marks(node)
        node.start()
        until(lambda: shutil.rmtree(node.data, ignore_errors=True) or
              not os.path.exists(node.data), "the folder is gone")
        must(node.await_end() == 3, "its folder is gone")
        must(node.fails() == 3, "its folder is gone")
        check_lost_log(node)


def check_marks(node):
    """What says whose the folder is must be of this format, and whole."""
    path = f"{node.data}/electiond"
    with open(path, encoding="ascii") as file:
        mark = file.read()
    own = f"127.0.0.1:{node.raft_port}/{node.client_port}"
    must(mark == f"electiond 2\nnode 1\naddress {own}\njoined 1\n", mark)
    for wrong, why in ((mark.replace("electiond 2", "electiond 3"), "format 3"),
                       (mark.replace(own, "localhost"), "damaged"),
                       (mark[:20], "damaged"), ("", "has no node"),
                       (mark.replace("node 1", "node 2"), "for node 2")):
        with open(path, "w", encoding="ascii") as file:
            file.write(wrong)
        must(node.fails() == 3 and why in node.told().splitlines()[-1],
             why, node.told())
    with open(path, "w", encoding="ascii") as file:
        file.write(mark)
    peers = ["--peers", "1=127.0.0.1:1/2"]
    must(node.fails(*peers) == 3, "another address")
    node.start("--peers", f"1={own},2=127.0.0.1:1/2")
    node.stop()


def check_lost_log(node):
    """Without its log it must not come back as if it knew."""
    node.start("--new")
    node.stop()
    shutil.rmtree(f"{node.data}/log")
    must(node.fails() == 3, "its log is gone")
    os.mkdir(f"{node.data}/log")
    must(node.fails() == 3, "its log is empty")


def check_ports(program, folder):
    """Exit status 4: it can't listen. A new one is none yet then."""
    with Node(program, folder) as node:
        for port in (node.client_port, node.raft_port):
            with socket.create_server(("127.0.0.1", port)):
                must(node.fails("--new") == 4, "the port is in use")
        node.start("--new")
        node.stop()
        for port in (node.client_port, node.raft_port):
            with socket.socket() as taken:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                taken.bind(("127.0.0.1", port))
                taken.listen()
                must(node.fails() == 4, "the port is in use")
        node.start()
        node.stop()


def check_options(program, folder):
    """Exit status 2: the options."""
    with Node(program, folder) as node:
        good = node.command()
        open(f"{folder}/empty", "wb").close()
        for wrong in (["--client", f"0.0.0.0:{node.client_port}"],
                      ["--raft", f"0.0.0.0:{node.raft_port}"],
                      ["--token-file", f"{folder}/empty"],
                      ["--token-file", f"{folder}/none"],
                      ["--client", "localhost:1"], ["--connections", "0"],
                      ["--sessions"], ["--nothing", "1"], ["--id", "0"],
                      ["--peers", "2=127.0.0.1:1/2"]):
            must(node.fails(*wrong, "--new") == 2, "wrong:", wrong)
        must(node.command() == good and not os.path.exists(node.data),
             "nothing was made")
