# SPDX-License-Identifier: Apache-2.0
"""What a node tells of itself over HTTP."""

import re
import socket
import urllib.error
import urllib.request

from node import Node, free_ports, must, peers, service, until, wire

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="[^"\\]*",?)+)\})? (\S+)')
CONNECTIONS = 16


class MeasuredNode(Node):
    """One that tells of itself."""

    def __init__(self, program, folder, number=1, options=()):
        super().__init__(program, folder, number, options)
        self.port = free_ports(1)[0]
        self.options += ["--metrics", f"127.0.0.1:{self.port}"]

    def get(self, path):
        """The status and the body."""
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}{path}", timeout=30) as file:
                return file.status, file.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self):
        """All samples, by name and labels; each has told its type before."""
        status, text = self.get("/metrics")
        must(status == 200 and text.endswith("\n"), status, text)
        samples, types = {}, {}
        for line in text.splitlines():
            if line.startswith("#"):
                _, kind, name, rest = line.split(" ", 3)
                must(kind in ("HELP", "TYPE") and rest, line)
                types.setdefault(name, []).append(rest)
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            family = re.sub("_(bucket|sum|count)$", "", name)
            must(len(types.get(name, types.get(family, []))) == 2, line)
            key = name if labels is None else f"{name}{{{labels}}}"
            must(key not in samples, "twice", line)
            samples[key] = float(value)
        return samples


def check_counts(program, folder):
    """What happens is counted, and what there is is told."""
    with MeasuredNode(program, folder, options=["--log-size", 4096]) as node:
        node.start("--new")
        before = node.metrics()
        must("election_snapshot_age_seconds" not in before, before)
        client = node.connect(b"a")
        client.open()
        client.propose("e", "enter", "A")
        client.propose("e", "enter", "A", wire.UNCHANGED)
        client.propose("e", "evict", "B", wire.NOT_FOUND)
        client.propose("f", "enter", "A")
        client.propose("f", "withdraw", "A")
        client.result(client.keep_alive(client.session_id))
        client.read(wire.Query(get_status=wire.GetStatus()))
        client.read(wire.Query(get_status=wire.GetStatus()), is_local=True)
        now = node.metrics()
        rises = {key: now[key] - before[key] for key in before
                 if now[key] != before[key]}
        for key, rise in (('election_proposals_total{status="OK"}', 5),
                          ('election_proposals_total{status="UNCHANGED"}', 1),
                          ('election_proposals_total{status="NOT_FOUND"}', 1),
                          ('election_reads_total{kind="linearizable"}', 1),
                          ('election_reads_total{kind="local"}', 1),
                          ('election_tenures_total{cause="ENTER"}', 2),
                          ('election_vacancies_total{cause="WITHDRAW"}', 1),
                          ("election_commit_seconds_count", 7),
                          ("election_sessions", 1), ("election_elections", 1),
                          ("election_candidates", 1),
                          ("election_connections", 1)):
            must(rises.get(key) == rise, key, "rose by", rises.get(key))
        must(rises["election_apply_seconds_count"] >= 7, rises)
        must(rises["election_applied_index"] >= 7, rises)
        for kind in ("apply", "commit"):
            name = f"election_{kind}_seconds"
            counts = [count for key, count in now.items()
                      if key.startswith(f"{name}_bucket")]
            must(counts == sorted(counts) and len(counts) == 14 and
                 counts[-1] == now[f"{name}_count"], counts)
            must(0 < now[f"{name}_sum"] < 60, now[f"{name}_sum"])
        must(now["election_in_office"] == now["election_raft_leader"] ==
             now["election_has_leader"] == now["election_voters"] == 1, now)
        until(lambda: node.metrics()["election_office_timestamp_seconds"] > 0,
              "an office was seen")
        must(node.operate().ask(change_member=service.ChangeMember(
            kind=service.ChangeMember.ADD, node_id=2,
            address="127.0.0.1:1/2")).HasField("changed"), "one more")
        now = node.metrics()
        must((now["election_members"], now["election_voters"]) == (2, 1), now)
        client.crowd("g", 100)
        until(lambda: "election_snapshot_bytes" in node.metrics(),
              "a snapshot is told of")
        client.propose("h", "enter", "H")
        must(node.metrics()['election_tenures_total{cause="ENTER"}'] == 4,
             "tenures")
        node.kill()
        node.start()
        now = node.metrics()
        must(now["election_elections"] == 3 and now[
            'election_tenures_total{cause="ENTER"}'] == 0, "counts from then",
            now)
        node.stop()


def check_health(program, folder):
    """Served, or why not."""
    nodes = [MeasuredNode(program, folder, 1 + i) for i in range(2)]
    with nodes[0] as node, nodes[1] as other:
        node.peers = other.peers = peers(nodes)
        node.launch("--new")
        until(lambda: "starts" in node.told(), "it starts")
        status, text = node.get("/healthz")
        must(status == 503 and "knows no leader" in text, status, text)
        must(node.metrics()["election_has_leader"] == 0, "without a quorum")
        other.launch("--new")
        for one in nodes:
            until(lambda: one.get("/healthz") == (200, "ok\n"), "served")
        must(sum(one.metrics()["election_in_office"] for one in nodes) == 1,
             "one is in office")
        must(node.get("/")[0] == node.get("/metricsx")[0] == 404, "404")


def check_port(program, folder):
    """Nothing that comes in there does any harm."""
    with MeasuredNode(program, folder) as node:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", node.port))
            taken.listen()
            must(node.fails("--new") == 4, "the port is in use")
        must(node.fails("--new", "--metrics", "localhost:1") == 2, "no address")
        node.start("--new")
        files = node.descriptors()
        silent = [socket.create_connection(("127.0.0.1", node.port))
                  for _ in range(2 * CONNECTIONS)]
        node.operate().close()
        must(node.descriptors() <= files + CONNECTIONS + 2, "too many files")
        for one in silent:
            one.close()
        for garbage in (b"\0" * 100000, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" *
                        10000, b"POST /metrics HTTP/1.1\r\nContent-Length: "
                        b"99999999999\r\n\r\n", b"\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", node.port)) as one:
                one.settimeout(30)
                try:
                    one.sendall(garbage)
                    one.shutdown(socket.SHUT_WR)
                    while one.recv(65536):
                        pass
                except ConnectionError:
                    pass  # closed before it was all sent
        must(node.get("/healthz") == (200, "ok\n"), "it goes on")
        until(lambda: node.descriptors() <= files + 1, "files are closed")
        node.stop()
