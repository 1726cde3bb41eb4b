# SPDX-License-Identifier: Apache-2.0
"""Whose sessions a client may name, and how much it may have."""

from node import (Node, STATUS, Wrong, field, frame, must, padded, service,
                  wire)

LIST = wire.Query(list_sessions=wire.List())


def of_session(session_id):
    """All commands that name a session."""
    return [
        wire.Command(keep_alive=wire.KeepAlive(session_ids=[session_id])),
        wire.Command(close_session=wire.CloseSession(session_id=session_id)),
        wire.Command(propose=wire.Propose(session_id=session_id, sequence=1,
                                          election="e"))]


# ---- sessions ---------------------------------------------------------------

def check_sessions(node, operator):
    a, b = node.connect(b"a"), node.connect(b"b")
    a.open()
    b.open()
    a.propose("e", "enter", "A")
    mine = wire.Command(keep_alive=wire.KeepAlive(
        session_ids=[b.session_id, a.session_id]))
    for command in [*of_session(a.session_id), mine]:
        for other in (b, node.connect()):
            other.refusal(command=command)
    floor = a.read(STATUS).registry.id_floor
    for session_id in (floor + 1, floor + 1000, (1 << 64) - 1):
        for command in of_session(session_id):
            b.refusal(command=command)
    other = node.connect(b"a")  # by the same client_id: it is the same client
    other.session_id, other.sequence = a.session_id, a.sequence
    other.propose("e", "withdraw", "A")
    b.result(b.send(command=wire.Command(close_session=wire.CloseSession(
        session_id=b.session_id))))
    for command, status in zip(of_session(b.session_id), [
            wire.NO_SESSION, wire.UNCHANGED, wire.NO_SESSION]):
        b.result(b.send(command=command), status)
    for command in of_session(a.session_id)[::2]:  # the operator names any
        must(operator.ask(command=command).HasField("result"), "operator")


def check_opening(node):
    """It opens for the client_id in the Hello, and for no other."""
    for client_id, other in ((b"c", b"d"), (b"c", b"c\0"), (b"cd", b"c"),
                             (b"c", b""), (b"", b"c"), (b"", b"")):
        client = node.connect(client_id)
        command = client.opening()
        command.open_session.client_id = other
        client.refusal(command=command)
    client = node.connect(bytes(range(64)))
    command = client.opening()
    command.epoch, command.time_ms = 99, 1 << 50  # stamps are the leader's
    client.result(client.send(command=command))


def check_powers(node, operator):
    """What is the node's own, and what an operator's."""
    client = node.connect(b"a")
    tick = wire.Command(tick=wire.Tick(takes_office=True))
    upgrade = wire.Command(upgrade=wire.Upgrade(version=1))
    recover = wire.Command(recover=wire.Recover(lost_entries=1))
    for command in (tick, upgrade, recover, wire.Command(), None):
        if command is None:
            command = wire.Command.FromString(field(20, b"later"))
        client.refusal(command=command)
    operator.refusal(command=tick)
    operator.result(operator.send(command=upgrade), wire.UNCHANGED)
    for case in ({"get_node": service.GetNode()},
                 {"get_snapshot": service.GetSnapshot()},
                 {"get_members": service.GetMembers()},
                 {"change_member": service.ChangeMember(kind=3, node_id=9)},
                 {"read": service.Read(query=LIST)},
                 {"read": service.Read(query=LIST, is_local=True)}):
        client.refusal(**case)
    for query in (wire.Query(get_term=wire.GetTerm(election="e")),
                  wire.Query(list_elections=wire.List()), STATUS):
        must(client.read(query, True).status == wire.OK, "may be read", query)


def check_operator(node, operator):
    """What only the operator's socket tells; and Recover."""
    client = node.connect(b"z")
    client.open()
    client.propose("z", "enter", "Z")
    for is_local in (False, True):
        sessions = operator.read(LIST, is_local).sessions.sessions
        must(client.session_id in [one.id for one in sessions
                                   if one.client_id == b"z"], "sessions")
    told = operator.ask(get_node=service.GetNode()).node
    must(told.node_id == 1 and told.is_leader and told.raft_term > 0 and
         told.leader_address == f"127.0.0.1:{node.client_port}" and
         told.applied > client.session_id and
         told.last_index >= told.applied and told.release and
         told.connections >= 2, "node:", told)
    snapshot = wire.Snapshot.FromString(get_snapshot(operator))
    must({one.client_id for one in snapshot.sessions} ==
         {one.client_id for one in sessions} and
         snapshot.elections[-1].election.leader.name == "Z", "snapshot")
    watch = client.watch("z")
    client.answer(watch)
    client.events.clear()
    operator.result(operator.send(command=wire.Command(
        recover=wire.Recover(lost_entries=7))))
    must(client.await_event().event.cause == wire.RECOVERED, "recovered")
    must(not operator.read(LIST).sessions.sessions, "all have ended")


def get_snapshot(operator):
    """All pieces of one, in order."""
    number = operator.send(get_snapshot=service.GetSnapshot())
    whole, size = b"", None
    while size is None or len(whole) < size:
        piece = operator.answer(number).piece
        must(piece.offset == len(whole) and piece.bytes and
             size in (None, piece.size), "a piece at", piece.offset)
        whole, size = whole + piece.bytes, piece.size
    must(len(whole) == size, "more than there is")
    return whole


def check_rights(program, folder):
    with Node(program, folder) as node:
        node.start("--new")
        operator = node.operate()
        check_sessions(node, operator)
        check_opening(node)
        check_powers(node, operator)
        check_sizes(node)
        check_operator(node, operator)
        node.stop()


def check_upgrade(program, folder):
    """To what this node does not know: it would end all nodes, for good."""
    with Node(program, folder) as node:
        node.start("--new")
        operator = node.operate()
        for version in (2, (1 << 32) - 1):
            operator.refusal(command=wire.Command(
                upgrade=wire.Upgrade(version=version)))
        node.stop()


# ---- sizes ------------------------------------------------------------------

def send_command(client, command):
    client.count += 1
    client.write(frame(service.Request(id=client.count).SerializeToString() +
                       field(3, command)))
    return client.answer(client.count)


def check_sizes(node):
    client = node.connect(b"sizes")
    client.open()
    command = client.proposal("e", "enter", "S").SerializeToString()
    own = client.session_id
    renewal = of_session(own)[0].SerializeToString()
    for message, most in ((command, 2048), (renewal, 16384)):
        for size, response in ((most, "result"), (most + 1, "refused")):
            answer = send_command(client, padded(message, size))
            must(answer.WhichOneof("response") == response, size, answer)
    client.result(client.keep_alive(*[own] * 1000))
    client.refusal(command=wire.Command(keep_alive=wire.KeepAlive(
        session_ids=[own] * 1001)))


# ---- KeepAlives -------------------------------------------------------------

def check_own_losses(clients, lost):
    """Sends one of each at once; returns the entries that they became."""
    numbers = [client.keep_alive(*ids) for client, ids in
               zip(clients, lost["named"])]
    entries = set()
    for client, number, expected in zip(clients, numbers, lost["lost"]):
        answer = client.answer(number).result
        must(answer.status == (wire.NO_SESSION if expected else wire.OK) and
             list(answer.keep_alive.lost_session_ids) == expected,
             client.client_id, "was told", answer)
        entries.add(answer.applied)
    return entries


def check_keep_alives(program, folder):
    """Those of many become one entry, and each is told of its own."""
    with Node(program, folder) as node:
        node.start("--new")
        clients = [node.connect(b"%d" % number) for number in range(6)]
        old = [client.open() for client in clients]
        new = [client.open(incarnation=1) for client in clients]
        lost = {"named": [[new[0]], [old[1], new[1]], [],
                          [new[3], old[3], old[3]], [old[4]], [new[5]]],
                "lost": [[], [old[1]], [], [old[3], old[3]], [old[4]], []]}
        # Whoever is kept from the processor for long takes more than one.
        for _ in range(10):
            applied = clients[0].read(STATUS).applied
            entries = check_own_losses(clients, lost)
            must(min(entries) > applied, "an entry of before")
            if len(entries) == 1:
                break
        else:
            raise Wrong("KeepAlives become entries of their own")
        node.stop()


# ---- quotas -----------------------------------------------------------------

def check_session_quota(node):
    clients = [node.connect(b"%d" % number) for number in range(3)]
    for client in clients:
        client.open()
    fourth = node.connect(b"4")
    fourth.refusal(command=fourth.opening())
    again = node.connect(b"0")
    again.result(again.send(command=again.opening()), wire.UNCHANGED)
    clients[2].result(clients[2].send(command=wire.Command(
        close_session=wire.CloseSession(session_id=clients[2].session_id))))
    fourth.open()
    return clients[:2]


def check_candidacy_quota(a):
    for election, name in (("1", "A"), ("2", "A"), ("1", "B")):
        a.propose(election, "enter", name)
    a.refusal(command=a.proposal("2", "enter", "B"))
    for sequence in (1, 2, 3):  # asked before: it is answered as before
        name = "A" if sequence < 3 else "B"
        must(a.propose("1", "enter", name, sequence=sequence)
             .propose.repeated, "repeated")
    # What was refused was not remembered. Others do not count.
    a.sequence = 3
    a.propose("1", "withdraw", "B")
    a.propose("3", "enter", "A")


def check_election_quota(a, b):
    """1, 2 and 3 are there; there may be 4."""
    b.propose("4", "enter", "4")
    b.refusal(command=b.proposal("5", "enter", "5"))
    b.propose("3", "enter", "5")  # somebody is in it
    a.propose("3", "evict", "A")
    a.propose("3", "evict", "5")
    b.propose("5", "enter", "5")


def check_quotas(program, folder):
    with Node(program, folder, options=[
            "--sessions", 3, "--elections", 4, "--candidacies", 3]) as node:
        node.start("--new")
        a, b = check_session_quota(node)
        check_candidacy_quota(a)
        check_election_quota(a, b)
        node.stop()


def check_quota_backwards(program, folder):
    """Who says by sequences that were left out that they were asked before
    gets no more than as many as there are in a window."""
    with Node(program, folder, options=["--candidacies", 3]) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        entered = 0
        for top in range(64, 64 * 6, 64):
            client.propose("e", "withdraw", "nobody", wire.UNCHANGED, top)
            for sequence in range(top - 1, top - 64, -1):
                answer = client.ask(command=client.proposal(
                    "e", "enter", f"{sequence}", sequence))
                entered += answer.result.status == wire.OK and \
                    answer.HasField("result")
        must(3 <= entered <= 3 + 64, "entered", entered)
        node.stop()


def check_quota_at_once(program, folder):
    """However many are asked for at once."""
    with Node(program, folder, options=["--candidacies", 3]) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        first = client.count + 1
        client.write(b"".join(client.request(command=client.proposal(
            "e", "enter", f"{number}")) for number in range(20)))
        entered = [client.answer(number).HasField("result")
                   for number in range(first, client.count + 1)]
        must(sum(entered) == 3, "entered at once:", sum(entered), "of 3")
        node.stop()
