# SPDX-License-Identifier: Apache-2.0
"""What may go wrong, drawn from a seed.

Each fault is a generator: it breaks something, yields for how many seconds, and
heals it; some do so again and again. They come from two decks, of what befalls
nodes and of what befalls clients, so that after some rounds each kind has come
as often as it stands there.
"""

import collections
import heapq
import time

from clients import COUNT as CLIENT_COUNT, PATIENCE, TIMEOUT
from proxies import BACK, CLIENTS, CLOSED, THERE


def leading_node(world, random):
    """The one that leads, if there is one."""
    return world.nodes.leader() or random.choice(world.nodes.all)


def some_node(world, random):
    """Mostly the one that leads."""
    if random.random() < 0.2:
        return random.choice(world.nodes.all)
    return leading_node(world, random)


def cut(world, pairs, ways, seconds):
    for pair in pairs:
        world.proxies.cut(*pair, *ways)
    yield seconds
    for pair in pairs:
        world.proxies.heal(*pair)


# ---- nodes ------------------------------------------------------------------

def killed_node(world, random):
    node = some_node(world, random)
    node.kill()
    yield random.uniform(0, 1.5)
    node.launch()


def killed_all(world, random):
    for node in world.nodes.all:
        node.kill()
    yield random.uniform(0, 0.5)
    for node in world.nodes.all:
        node.launch()


def paused_node(world, random):
    node = some_node(world, random)
    node.pause()
    yield random.uniform(0.5, 3)
    node.go_on()


def cut_node(world, random):
    """Connections end, or nothing comes through and no one knows."""
    ways = random.choice([[CLOSED], [THERE, BACK]])
    pairs = world.nodes.pairs(some_node(world, random).number)
    yield from cut(world, pairs, ways, random.uniform(1, 3))


def lost_leader(world, random):
    """It wakes up, cut off, when the others have another leader: until it
    misses them it leads on, and clients can reach it."""
    node = leading_node(world, random)
    cutting = cut(world, world.nodes.pairs(node.number), [THERE, BACK],
                  random.uniform(2, 3))
    rest = next(cutting)
    node.pause()
    yield rest
    node.go_on()
    yield 1
    yield from cutting


def deaf_node(world, random):
    pairs = world.nodes.pairs(some_node(world, random).number, of=False)
    yield from cut(world, pairs, [THERE], random.uniform(1, 3))


def mute_node(world, random):
    pairs = world.nodes.pairs(some_node(world, random).number, to=False)
    yield from cut(world, pairs, [THERE], random.uniform(1, 3))


def full_disk(world, _):
    node = world.nodes.all[-1]
    node.fill_disk()
    yield 0
    node.disk.make_room()
    node.launch()


# ---- clients ----------------------------------------------------------------

def cut_clients(world, random):
    pairs = [(CLIENTS, some_node(world, random).number)]
    yield from cut(world, pairs, [CLOSED], random.uniform(0.5, 2))


def late_answers(world, random):
    """What is asked takes effect, but is not answered in time: it is asked
    again. So it is some times."""
    pairs = [(CLIENTS, node.number) for node in world.nodes.all]
    for _ in range(3):
        yield from cut(world, pairs, [BACK], PATIENCE + random.uniform(0, 0.3))
        yield random.uniform(0.2, 0.5)


def late_requests(world, random):
    """They come when the client has long asked elsewhere."""
    pairs = [(CLIENTS, some_node(world, random).number)]
    yield from cut(world, pairs, [THERE], random.uniform(0.5, 2))


def killed_client(world, _):
    """One that leads an election; another one takes its place."""
    world.kill_leading_client()
    yield 0


def paused_client(world, random):
    """It does not keep its session alive, and comes back too late."""
    world.pause_client(random.randrange(CLIENT_COUNT), TIMEOUT + 2)
    yield random.uniform(1, 2)


def paused_contender(world, random):
    contender = world.contenders.runner() or world.contenders.all[0]
    contender.pause()
    yield random.uniform(1, 4)
    contender.go_on()


def killed_contender(world, random):
    contender = world.contenders.runner() or world.contenders.all[0]
    contender.kill()
    yield random.uniform(0, 1)
    contender.revive()


NODE_FAULTS = [killed_node, killed_all, paused_node, cut_node, lost_leader,
               deaf_node, mute_node]
CLIENT_FAULTS = [cut_clients, late_answers, late_answers, late_requests,
                 killed_client, killed_client, paused_client,
                 paused_contender, killed_contender]


class Deck:
    """Deals each fault once, in an order by chance, and then begins anew."""

    def __init__(self, faults, random):
        self.faults, self.random = faults, random
        self.left = []

    def deal(self):
        if not self.left:
            self.left = self.random.sample(self.faults, len(self.faults))
        return self.left.pop()


class Faults:
    """Plays them, and counts them."""

    def __init__(self, world, random):
        self.world, self.random = world, random
        has_disk = world.nodes.all[-1].disk is not None
        self.of_nodes = Deck(NODE_FAULTS + [full_disk] * has_disk, random)
        self.of_clients = Deck(CLIENT_FAULTS, random)
        self.counts = collections.Counter()

    def play(self):
        """Two at once; returns their names."""
        names, running = [], []
        for deck in (self.of_clients, self.of_nodes):
            fault = deck.deal()
            names.append(fault.__name__.replace("_", " "))
            fault = fault(self.world, self.random)
            heapq.heappush(running, (time.monotonic() + next(fault),
                                     len(names), fault))
        while running:
            end, number, fault = heapq.heappop(running)
            time.sleep(max(0, end - time.monotonic()))
            rest = next(fault, None)
            if rest is not None:
                heapq.heappush(running, (time.monotonic() + rest, number,
                                         fault))
        self.counts.update(names)
        return names
