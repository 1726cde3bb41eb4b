# SPDX-License-Identifier: Apache-2.0
"""Events: what is told, when, and to who reads slowly or not at all."""

import time

from node import Node, STATUS, must, service, until, wire

LOCAL = service.Read(query=STATUS, is_local=True)


def kinds(client):
    """What was heard, in order."""
    return [response.WhichOneof("response") for response in client.heard]


def begin(client, **options):
    """Begins a watch; returns its id, and the events before it stood."""
    client.heard.clear()
    client.events.clear()
    number = client.watch(**options)
    answer = client.answer(number)
    must(answer.HasField("watching") and not answer.watching.has_ended,
         "no watch:", answer)
    must(set(kinds(client)[:-1]) <= {"event"} and
         kinds(client)[-1] == "watching", "in this order:", kinds(client))
    first = [response.event for response in client.events]
    must(all(response.id == number for response in client.events), "ids")
    must(all(event.cause == wire.INITIAL for event in first), "INITIAL")
    client.events.clear()
    return number, first


def nothing(client):
    """Whatever was to be told was told before an answer that came later."""
    client.ask(read=LOCAL)
    must(not client.events, "an event:", client.events)


# ---- one after the other ----------------------------------------------------

def check_one(node):
    a, b = node.connect(b"a"), node.connect(b"b")
    a.open()
    b.open()
    number, first = begin(a, election="e")
    must(len(first) == 1 and first[0].election == "e" and
         first[0].leadership == wire.Leadership(), "vacant:", first)
    with_all, _ = begin(b, election="e", with_candidates=True)
    a.heard.clear()
    applied = a.propose("e", "enter", "A").applied
    must(kinds(a) == ["event", "result"], "before the answer:", kinds(a))
    event = a.await_event()
    must(event.id == number and event.event == wire.Event(
        applied=applied, election="e", cause=wire.ENTER,
        by_session_id=a.session_id, leadership=wire.Leadership(
            index=1, leader="A", leader_session_id=a.session_id)),
         "event:", event)
    must(b.await_event().event.applied == applied, "the other one's")
    applied = b.propose("e", "enter", "B").applied
    nothing(a)  # the leader is the same
    event = b.await_event()
    must(event.id == with_all and event.event.applied == applied and
         list(event.event.leadership.candidates) == ["B"], "who waits:", event)
    b.propose("other", "enter", "B")
    nothing(b)
    a.result(a.send(command=wire.Command(close_session=wire.CloseSession(
        session_id=a.session_id))))
    event = b.await_event().event
    must(event.cause == wire.CLOSED and event.leadership.leader == "B" and
         event.leadership.index == 2, "closed:", event)
    return b


def check_end(node, b):
    """A watch of the same number on another connection goes on."""
    watcher, other = node.connect(), node.connect()
    number, _ = begin(watcher, election="end")
    again, _ = begin(other, election="end")
    must(number == again, "test")
    for _ in range(2):  # it has ended, whether there was one or not
        answer = watcher.ask(unwatch=service.Unwatch(watch_id=number))
        must(answer.watching.has_ended, "has not ended")
    b.propose("end", "enter", "B")
    nothing(watcher)
    must(other.await_event().id == again, "goes on")


def check_after(node, b):
    """What this node has not applied is waited for."""
    watcher = node.connect()
    applied = b.propose("after", "enter", "B").applied
    number = watcher.watch("after", after=applied + 12)
    for name in ("1", "2", "3"):
        applied = b.propose("after", "enter", name).applied
    answer = watcher.ask(read=LOCAL).answer
    must(applied <= answer.applied, "test")
    must(not watcher.events and number not in watcher.answers, "began early")
    goal = b.propose("after", "anoint", "1").applied + 12
    while b.propose("after", "anoint", "2").applied < goal:
        b.propose("after", "anoint", "3")
    event = watcher.await_event()
    must(event.id == number and event.event.cause == wire.INITIAL and
         event.event.applied >= applied, "after:", event)
    must(watcher.answer(number).HasField("watching"), "stands")
    client = node.connect()
    _, first = begin(client, election="after", after=applied)
    must(first[0].applied >= goal, "not older")
    client.watch("after", after=(1 << 64) - 1)
    nothing(client)


def check_all(node, b):
    watcher, empty = node.connect(), node.connect()
    number, first = begin(watcher)
    listed = b.read(wire.Query(list_elections=wire.List())).elections.elections
    must([event.election for event in first] ==
         [one.name for one in listed] and len(first) > 2, "all:", first)
    must([event.leadership for event in first] ==
         [one.leadership for one in listed], "their leaders")
    b.propose("new", "enter", "B")
    event = watcher.await_event()
    must(event.id == number and event.event.election == "new", event)
    b.result(b.send(command=wire.Command(close_session=wire.CloseSession(
        session_id=b.session_id))))
    events = [watcher.await_event().event for _ in range(len(first) + 1)]
    must([event.election for event in events] ==
         [event.election for event in first] + ["new"] and
         not any(event.leadership.leader for event in events), "all end")
    must(begin(empty)[1] == [], "there is none")


def check_bounds(node):
    client = node.connect()
    for name in ("x" * 256, "a\0b", "\0"):
        client.refusal(watch=service.Watch(election=name))
    begin(client, election="x" * 255)
    first = client.count + 1
    client.write(b"".join(client.request(watch=service.Watch(
        election=f"{number}")) for number in range(4095)))
    for number in range(first, client.count + 1):
        must(client.answer(number).HasField("watching"), number)
    client.refusal(watch=service.Watch(election="more"))
    client.ask(unwatch=service.Unwatch(watch_id=first))
    begin(client, election="more")


def check_order(node):
    """Of all that is pipelined, no event comes after its answer."""
    client = node.connect(b"order")
    client.open()
    begin(client, election="order", with_candidates=True)
    client.heard.clear()
    client.propose_all([client.proposal("order", "enter", f"{number}")
                        for number in range(400)])
    told = 0
    for response in client.heard:
        if response.HasField("event"):
            must(response.event.applied > told, "an older event")
            told = response.event.applied
        else:
            must(told >= response.result.applied, "answered before")
    must(told == client.heard[-1].result.applied, "the last event")


def check_watches(program, folder):
    with Node(program, folder) as node:
        node.start("--new")
        b = check_one(node)
        check_end(node, b)
        check_after(node, b)
        check_all(node, b)
        check_bounds(node)
        check_order(node)
        node.stop()


# ---- who does not read ------------------------------------------------------

def check_slow(node, client):
    """Gets fewer, the last one too, and never an older after a newer."""
    changes = 3000
    client.crowd("slow", 250)
    slow = node.connect(room=4096)
    begin(slow, election="slow", with_candidates=True)
    last = "249".rjust(255, "x")
    results = client.propose_all([
        client.proposal("slow", "demote" if number % 2 else "promote", last)
        for number in range(changes)])
    latest = results[-1].applied
    up = {result.applied: number % 2 == 0
          for number, result in enumerate(results)}
    applied = count = 0
    while applied < latest:
        event = slow.await_event().event
        must(event.applied > applied, "an older event after a newer one")
        applied, count = event.applied, count + 1
        must((event.leadership.candidates[-2] == last) == up[applied],
             "not what it was then")
    must(applied == latest and 1 < count < changes // 3, "events", count)
    slow.heard.clear()
    nothing(slow)
    print("a slow reader:", count, "events of", changes)


def check_deaf(node):
    """Who never reads costs what it may, and is dropped."""
    before = node.descriptors()
    deaf = node.connect(room=4096)
    query = wire.Query(get_term=wire.GetTerm(election="slow"))
    node.forget_peak()
    least = node.memory("VmHWM")
    deaf.write(b"".join(
        deaf.request(read=service.Read(query=query, is_local=True))
        for _ in range(10000)))  # 640 MB
    until(lambda: node.descriptors() <= before, "it is dropped")
    most = node.memory("VmHWM") - least
    must(most < 100 << 20, "a reader that is deaf has taken", most)
    must(node.connect().read(STATUS, True).status == wire.OK, "others")
    print("a deaf reader:", most >> 20, "MiB")


def check_turns(node, query):
    """One that asks for very much does not keep others waiting."""
    greedy, modest = node.connect(), node.connect()
    read = service.Read(query=query, is_local=True)
    begun = time.monotonic()
    greedy.write(b"".join(greedy.request(read=read) for _ in range(3000)))
    modest.ask(read=LOCAL)
    waited = time.monotonic() - begun
    greedy.answer(greedy.count)
    took = time.monotonic() - begun
    must(waited < took / 3, "others wait", waited, "of", took)


def check_large(node, client):
    """A Term that does not fit into a frame; the watch goes on."""
    results = client.crowd("large", 4200)
    query = wire.Query(get_term=wire.GetTerm(election="large"))
    for is_local in (False, True):
        text = client.refusal(read=service.Read(query=query,
                                                is_local=is_local))
        must("1 MiB" in text, text)
    check_turns(node, query)
    watch = client.watch("large", with_candidates=True)
    must("1 MiB" in client.answer(watch).refused.text, "no refusal")
    must(client.answer(watch).HasField("watching"), "no watch")
    client.events.clear()
    results = client.propose_all([
        client.proposal("large", "withdraw", str(number).rjust(255, "x"))
        for number in range(4000, 4200)])
    client.ask(read=LOCAL)
    event = client.events[-1]
    must(event.id == watch and event.event.applied == results[-1].applied and
         len(event.event.leadership.candidates) == 3999, "fits again")
    must(client.answers.pop(watch), "it was refused in between")
    must(client.term("large") == event.event.leadership, "the same Term")


def check_readers(program, folder):
    with Node(program, folder, options=["--candidacies", 65536]) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        check_slow(node, client)
        check_deaf(node)
        check_large(node, client)
        node.stop()
