# SPDX-License-Identifier: Apache-2.0
"""Looks for an order of calls in which each is answered as the model says.

Such an order keeps what was over before something else began; what was at the
same time may come in any order, and a call whose fate is unknown may come at
any time after it began, or never. This is the search of Wing and Gong, with
Lowe's memory of what was tried: the set of calls that are placed, and the state.

Its cost: of N calls, of which at most C overlap and U are of unknown fate, it
visits at most N x 2^(C + U) such sets, each with few states, for nearly every
answer shows the whole Term. C is the number of clients and readers, some eight.
U is a session's end for each client that was killed or lost its session, and a
call for each that was killed: some six in a round. What changes nothing is
placed at once, for it stands in nobody's way; so mostly only calls that change
the election at the same time are tried in more than one order. A round is
kept to some 200 calls of an election, and visits some thousands.
"""

import math

from model import step

VISITS_MAX = 1000000


class Contradiction(Exception):
    """There is no such order."""


class Search:
    """The calls of one election. Certain ones are numbered first, as they
    began; a set of calls is a number with a bit for each."""

    def __init__(self, calls):
        certain = sorted((call for call in calls if call.is_certain),
                         key=lambda call: call.begun)
        self.certain_count = len(certain)
        self.calls = certain + [call for call in calls if not call.is_certain]
        self.number = {id(call): i for i, call in enumerate(self.calls)}
        self.visits = 0
        self.furthest = (-1, None, ())

    def find(self, start):
        """Returns the state after all of them."""
        goal = (1 << self.certain_count) - 1
        stack, seen = [(0, start)], set()
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            placed, state = place
            if placed & goal == goal:
                return state
            self.visits += 1
            if self.visits > VISITS_MAX:
                raise Contradiction("undecided after so many visits",
                                    self.visits)
            stack += self.next_places(placed, state)
        raise Contradiction(self.text())

    def next_places(self, placed, state):
        """What may come next; the last one is the most likely."""
        can, until = self.candidates(placed)
        self.note(placed & ((1 << self.certain_count) - 1), state, can)
        places = []
        for i in can:
            after = step(state, self.calls[i])
            if after == state:
                return [(placed | 1 << i, state)]
            if after is not None:
                places.append((placed | 1 << i, after))
        for i in range(self.certain_count, len(self.calls)):
            if placed >> i & 1 or self.calls[i].begun > until:
                continue
            after = step(state, self.calls[i])
            if after not in (None, state):
                places.insert(0, (placed | 1 << i, after))
        return places

    def candidates(self, placed):
        """Certain calls that nothing else must precede, those that ended first
        last; and when the first of those ended."""
        can, until = [], math.inf
        first = (~placed & placed + 1).bit_length() - 1
        for i in range(first, self.certain_count):
            if placed >> i & 1:
                continue
            call = self.calls[i]
            if call.begun > until:
                break
            until = min(until, call.ended)
            if call.after is None or placed >> self.number[id(call.after)] & 1:
                can.append(i)
        can.sort(key=lambda i: -self.calls[i].ended)
        return can, until

    def note(self, placed, state, can):
        count = placed.bit_count()
        if count > self.furthest[0]:
            self.furthest = (count, state, can)

    def text(self):
        """Where no order went on."""
        count, state, can = self.furthest
        return "\n".join([
            f"no order explains what was answered: {count} of "
            f"{self.certain_count} calls have one, then the election is",
            f"    {state}", "and neither of these was answered so:",
            *(f"    {self.calls[i]}" for i in can)])
