# SPDX-License-Identifier: Apache-2.0
"""What clients asked and were answered, and whether that may be."""

import dataclasses
import itertools
import math

from model import State
from node import must
from search import Contradiction, Search

# What clocks of one machine may differ by, in seconds: they count in ms.
MARGIN = 0.02


@dataclasses.dataclass(eq=False)
class Call:
    """One call of a client, or the end of a session, which nobody calls."""

    kind: str  # of the commands; read, close, expire; gone: "no such session"
    election: str
    session: int = 0
    name: str = ""
    begun: float = 0
    ended: float = math.inf
    is_certain: bool = False  # False: it may take effect, or never
    status: int = None  # None = not known
    term: tuple = None  # what was shown with the answer
    applied: int = 0
    is_repeated: bool = False
    after: "Call" = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(eq=False)
class Session:
    """Times are those of when what has renewed it was sent."""

    number: int
    timeout: float
    renewed: float
    lost: float = None  # when it was heard that it is no more
    ends_alone: bool = False  # as its client is dead; or it may have done so

    def ends_first(self):
        """It can't end before."""
        return self.renewed + self.timeout - MARGIN


class History:
    """Threads add to it at once: a list may be appended to by many."""

    def __init__(self):
        self.calls, self.sessions = [], []

    def add(self, call):
        self.calls.append(call)
        return call

    def of(self, election):
        """Its calls, and the ends of sessions that may have ended."""
        ends = [Call("expire", election, one.number, begun=one.ends_first())
                for one in self.sessions if one.lost is not None or one.ends_alone]
        return [one for one in self.calls if one.election == election] + ends

    def elections(self):
        return sorted({call.election for call in self.calls})

    def check(self, starts=None):
        """Returns how each election ends, and how many places were visited."""
        check_kept(self.sessions)
        check_applied(self.calls)
        ends, visits = {}, 0
        for election in self.elections():
            calls = self.of(election)
            check_tokens(calls)
            search = Search(calls)
            start = (starts or {}).get(election, State())
            try:
                ends[election] = search.find(start)
            except Contradiction as error:
                raise Contradiction(f"{election}: {error}") from None
            visits += search.visits
        return ends, visits


def check_kept(sessions):
    """Who kept its session alive in time has it."""
    for one in sessions:
        must(one.lost is None or one.lost >= one.ends_first(),
             "a session was lost", one.lost and one.ends_first() - one.lost,
             "s before its time was over:", one)


def check_applied(calls):
    """What was over before something else began was applied before it."""
    answered = [call for call in calls if call.applied]
    by_end = sorted(answered, key=lambda call: call.ended)
    latest, i = None, 0
    for call in sorted(answered, key=lambda call: call.begun):
        while by_end[i].ended < call.begun:
            if latest is None or by_end[i].applied > latest.applied:
                latest = by_end[i]
            i += 1
        must(latest is None or latest.applied <= call.applied,
             "older than what was answered before it:", call, latest)


def check_tokens(calls):
    """By `applied` tokens only rise; each is of one leader."""
    shown = sorted((call for call in calls if call.applied and call.term),
                   key=lambda call: call.applied)
    for one, other in itertools.pairwise(shown):
        must(one.term.index <= other.term.index, "a token falls:", one, other)
    leaders = {}
    for call in shown:
        if call.term.leader:
            leader = call.term.leader, call.term.session
            must(leaders.setdefault(call.term.index, leader) == leader,
                 "two leaders have one token:", leaders[call.term.index], call)
