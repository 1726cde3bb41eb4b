# SPDX-License-Identifier: Apache-2.0
"""How long a client may take: what needs its time, while others go on."""

import select
import selectors
import threading
import time

from node import Client, Node, STATUS, WAIT, must, service, until, wire

HELLO, MESSAGE = 5, 10  # seconds
LATE = 4.5  # seconds: the node looks once in one, and may have to wait
LOCAL = service.Read(query=STATUS, is_local=True)


class Wait:
    """A connection that is to be closed after so many seconds."""

    def __init__(self, what, client, seconds, drips=False, late=0):
        self.what, self.client, self.seconds = what, client, seconds
        self.drips = drips  # it sends a byte now and then
        self.late = late  # or one, after so many seconds
        self.begun, self.took, self.is_told = time.monotonic(), None, False

    def is_to_drip(self):
        if self.late and time.monotonic() > self.begun + self.late:
            self.late = 0
            return True
        return self.drips

    def hear(self):
        """It is told nothing; that it is closed is what is to be heard."""
        try:
            data = self.client.socket.recv(1)
        except OSError:
            data = b""
        self.took = time.monotonic() - self.begun
        self.is_told = data != b""

    def check(self):
        must(self.took is not None, self.what, "is not closed")
        must(not self.is_told, self.what, "is told something")
        must(self.seconds <= self.took < self.seconds + LATE, self.what,
             "is closed after", self.took)


class Waits:
    """All that wait, beside the other checks."""

    def __init__(self, program, folder):
        self.node = Node(program, folder, options=["--candidacies", 65536])
        self.waits = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.node.__enter__()
        try:
            self.begin()
        except BaseException:
            self.node.__exit__(None)
            raise
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.is_over.set()
        self.thread.join()
        self.node.__exit__(*error)

    def wait(self, what, client, seconds, data=b"", **options):
        if data:
            client.write(data)
        self.waits.append(Wait(what, client, seconds, **options))

    def begin(self):
        node = self.node
        node.start("--new")
        half = b"\0\0\0\x09half"
        self.wait("silence", Client(node), HELLO)
        self.wait("half a hello", Client(node), HELLO, half)
        self.wait("drops of a hello", Client(node), HELLO, b"\0\0\x0f",
                  drips=True)
        self.wait("a late half of a hello", Client(node), HELLO,
                  late=HELLO - 0.5)
        self.wait("half a message", node.connect(), MESSAGE, half)
        self.wait("half a head", node.connect(), MESSAGE, b"\0")
        self.wait("drops of a message", node.connect(), MESSAGE, b"\0\x0f\xff",
                  drips=True)
        self.begin_stuck()
        self.idle = node.connect()
        self.begun = time.monotonic()

    def begin_stuck(self):
        """Much is sent to one that takes none of it, but not too much."""
        client = self.node.connect(b"a")
        client.open()
        client.crowd("e", 500)
        query = wire.Query(get_term=wire.GetTerm(election="e"))
        self.stuck = self.node.connect(room=4096)
        self.asked = 100  # 12 MiB
        self.stuck.write(b"".join(self.stuck.request(read=service.Read(
            query=query, is_local=True)) for _ in range(self.asked)))

    def watch(self):
        with selectors.DefaultSelector() as selector:
            for wait in self.waits:
                selector.register(wait.client.socket, selectors.EVENT_READ,
                                  wait)
            dripped = time.monotonic()
            while not self.is_over.is_set() and selector.get_map():
                for key, _ in selector.select(0.1):
                    selector.unregister(key.fileobj)
                    key.data.hear()
                if time.monotonic() >= dripped + 0.5:
                    dripped = time.monotonic()
                    self.drip()

    def drip(self):
        for wait in self.waits:
            if wait.took is None and wait.is_to_drip():
                try:
                    wait.client.write(b"\0")
                except OSError:
                    pass  # it was closed just now

    def finish(self):
        """Waits for what is not over yet, and looks at all of it."""
        end = time.monotonic() + WAIT
        self.thread.join(WAIT)
        must(time.monotonic() < end, "waits go on")
        for wait in self.waits:
            wait.check()
        self.stuck.await_cut()
        must(1 < len(self.stuck.heard) < self.asked, "who takes nothing hears",
             len(self.stuck.heard))

    def check_idle(self):
        """Who has nothing to say may stay; and then has its 10 s, too."""
        until(lambda: time.monotonic() > self.begun + MESSAGE + 1, "idle")
        client = self.idle
        data = client.request(read=LOCAL)
        client.write(data[:5])
        # The node looks at it twice meanwhile.
        readable, _, _ = select.select([client.socket], [], [], 2.2)
        must(not readable, "a message that was begun is not waited for")
        client.write(data[5:])
        must(client.answer(client.count).HasField("answer"), "answer")
        self.node.stop()
