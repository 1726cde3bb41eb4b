# SPDX-License-Identifier: Apache-2.0
"""Hello, frames, and bytes that are neither."""

import random

from node import (Client, MESSAGE_MAX, Node, STATUS, Wrong, field, frame, must,
                  padded, service, wire)


HELLO_MAX = 4096


def turned_away(client, number):
    """It is told why, and closed; returns the text."""
    answer = client.answer(number)
    must(answer.HasField("refused") and answer.refused.text, "not refused:",
         answer)
    must(client.receive() is None, "not closed")
    return answer.refused.text


# ---- hello ------------------------------------------------------------------

def check_order(node):
    """The first Request is a Hello, and no other one is."""
    client = Client(node)
    turned_away(client, client.send(read=service.Read(query=STATUS)))
    client = Client(node)
    client.count += 1
    client.write(frame(service.Request(id=1).SerializeToString()))
    turned_away(client, 1)
    client = node.connect(b"a")
    turned_away(client, client.send(hello=service.Hello(version=1)))
    client = Client(node)
    client.write(frame(service.Request(hello=service.Hello(version=1))
                       .SerializeToString()))
    turned_away(client, 0)  # it had no id


def check_versions(node):
    for version in (0, 2, (1 << 32) - 1):
        client = Client(node)
        text = turned_away(client, client.send(
            hello=service.Hello(version=version)))
        must(" 1 " in text and f" {version}" in text, "versions:", text)


def check_client_ids(node):
    client = Client(node)
    turned_away(client, client.send(hello=service.Hello(
        version=1, client_id=bytes(65))))
    welcome = Client(node).greet(bytes(64)).welcome
    must(welcome.version == 1 and welcome.node_id == 1 and welcome.is_leader,
         "welcome:", welcome)


def check_tokens(node, token):
    for wrong in (b"", token[:-1], token + b"x", token.upper(), bytes(1024)):
        client = Client(node)
        text = turned_away(client, client.send(hello=service.Hello(
            version=1, token=wrong)))
        must(token.decode() not in text, "tells the token:", text)
    must(Client(node).greet(token=token).HasField("welcome"), "token")
    must(Client(node, is_operator=True).greet().HasField("welcome"), "socket")


def check_hello(program, folder):
    token = b"secret"
    with Node(program, folder) as node:
        node.start("--new")
        check_order(node)
        check_versions(node)
        check_client_ids(node)
        must(Client(node).greet(token=b"any").HasField("welcome"), "any token")
        node.stop()
        with open(f"{folder}/token", "wb") as file:
            file.write(token + b"\n")
        node.options += ["--token-file", f"{folder}/token"]
        node.start()
        check_order(Tokened(node, token))
        check_tokens(node, token)
        node.stop()


class Tokened:
    """A node whose clients know the token."""

    def __init__(self, node, token):
        self.node, self.token = node, token

    def __getattr__(self, name):
        return getattr(self.node, name)

    def connect(self, client_id):
        return self.node.connect(client_id, self.token)


# ---- frames -----------------------------------------------------------------

def check_frames(program, folder):
    with Node(program, folder) as node:
        node.start("--new")
        client = node.connect()
        read = service.Read(query=STATUS, is_local=True)
        for _ in range(2):
            client.count += 1
            client.write(frame(padded(service.Request(
                id=client.count, read=read).SerializeToString(), MESSAGE_MAX)))
            must(client.answer(client.count).HasField("answer"), "1 MiB")
        for size in (MESSAGE_MAX + 1, (1 << 32) - 1):
            client = node.connect()
            client.write(size.to_bytes(4, "big"))
            turned_away(client, 0)
        check_first_frame(node)
        client = node.connect()
        data = client.request(read=read)
        for at in range(len(data)):
            client.write(data[at:at + 1])
        must(client.answer(client.count).HasField("answer"), "byte by byte")
        check_unknown(client)
        check_unsound(node)
        check_pipeline(node)
        node.stop()


def check_first_frame(node):
    """Before the Hello there is less."""
    hello = service.Hello(version=1)
    client = Client(node)
    client.write(frame(padded(service.Request(id=1, hello=hello)
                              .SerializeToString(), HELLO_MAX)))
    must(client.answer(1).HasField("welcome"), "a Hello of 4 KiB")
    for size in (HELLO_MAX + 1, MESSAGE_MAX):
        client = Client(node)
        client.write(size.to_bytes(4, "big"))
        turned_away(client, 0)


def check_unknown(client):
    """What a later version may ask is refused, and all goes on."""
    client.count += 1
    client.write(frame(service.Request(id=client.count).SerializeToString() +
                       field(99, b"later")))
    must(client.answer(client.count).refused.text, "a later Request")
    must(client.read(STATUS, is_local=True).HasField("registry"), "goes on")


def check_unsound(node):
    """What is no Request is turned away, whoever sends it."""
    two = service.Request(id=1, get_node=service.GetNode()) \
        .SerializeToString() + field(6, b"")
    for message in (two, b"\xff", b"\x08", b"", field(5, field(1, b"\xff"))):
        client = node.connect()
        # Nothing that comes behind it is looked at.
        client.write(frame(message) + client.request(
            read=service.Read(query=STATUS, is_local=True)))
        turned_away(client, 0)


def check_pipeline(node):
    """All is answered; of 256 that wait no more are read."""
    client = node.connect()
    first = client.count + 1
    client.write(b"".join(client.request(read=service.Read(query=STATUS))
                          for _ in range(1000)))
    for number in range(first, client.count + 1):
        must(client.answer(number).answer.HasField("registry"), number)
    must(not client.answers and len(client.heard) == 1001, "answered once")
    local = service.Read(query=STATUS, is_local=True)
    for count in (100, 256):
        client.heard.clear()
        client.write(b"".join(client.request(read=service.Read(query=STATUS))
                              for _ in range(count)) +
                     client.request(read=local))
        client.answer(client.count)
        before = len(client.heard) - 1
        must(before >= 128 if count == 256 else before < count, "after",
             before)
        while len(client.heard) <= count:
            client.receive()


# ---- garbage ----------------------------------------------------------------

def sound_stream(client):
    return b"".join([
        client.request(read=service.Read(query=STATUS)),
        client.request(command=client.proposal("e", "enter", "A")),
        client.request(command=wire.Command(keep_alive=wire.KeepAlive(
            session_ids=[1, 2, 3]))),
        client.request(watch=service.Watch(election="e", after=1)),
        client.request(unwatch=service.Unwatch(watch_id=2)),
        client.request(get_node=service.GetNode()),
        client.request(get_snapshot=service.GetSnapshot())])


def rubbish(dice, client):
    """Bytes of one of many kinds."""
    stream = bytearray(sound_stream(client))
    kind = dice.randrange(8)
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 4096))
    if kind == 1:
        return frame(dice.randbytes(dice.randrange(64)))
    if kind == 2:
        return stream[:dice.randrange(len(stream))]
    if kind == 3:
        return bytes(4) * dice.randrange(1, 100)
    if kind == 4:
        return frame(b"\x08\x01" + b"\x13" * dice.randrange(1, 10000))
    if kind == 5:
        return frame(field(3, dice.randbytes(dice.randrange(1, 100))))
    if kind == 6:
        del stream[dice.randrange(len(stream))]
        return stream
    for _ in range(dice.randrange(1, 5)):
        stream[dice.randrange(len(stream))] ^= 1 << dice.randrange(8)
    return stream


def throw(dice, node):
    """Each is closed, and is told nothing but whole Responses."""
    client = Client(node) if dice.randrange(4) == 0 else node.connect(b"x")
    client.socket.settimeout(10)
    try:
        client.write(rubbish(dice, client))
        client.socket.shutdown(1)
    except OSError:
        pass  # it was closed before all was sent
    client.await_closing()
    client.close()
    node.clients.remove(client)


def check_garbage(program, folder):
    """It changes nothing, and others are served."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("garbage: seed", seed, flush=True)
    dice = random.Random(seed)
    with Node(program, folder) as node:
        node.start("--new")
        client = node.connect(b"a")
        client.open()
        client.propose("mine", "enter", "A")
        before = client.read(STATUS).registry
        for turn in range(200):
            try:
                throw(dice, node)
            except (OSError, Wrong) as error:
                raise Wrong("garbage", turn, "of seed", seed) from error
            if turn % 100 == 0:
                client.propose("mine", "enter", "A", wire.UNCHANGED)
        client.result(client.keep_alive(client.session_id))
        after = client.read(STATUS).registry
        must((after.sessions, after.elections, after.candidates,
              after.id_floor, after.index_floor) ==
             (1, 1, 1, before.id_floor, before.index_floor), "state", after)
        node.stop()
