# SPDX-License-Identifier: Apache-2.0
"""One election as proto/SEMANTICS.md has it: a list, whose first one leads.

What the registry adds is that sessions end, and that the index of an election
that nobody is in may jump up, as it shares its floor with all others.
"""

from typing import NamedTuple

OK, UNCHANGED, NOT_FOUND, NOT_OWNER, CONFLICT = range(5)


class Term(NamedTuple):
    """What an answer shows of an election."""

    index: int
    leader: str = ""
    session: int = 0
    waiting: int = 0
    queue: tuple = None  # None = it was not asked for


class State(NamedTuple):
    """What an election is. Members are (name, session)."""

    index: int = 0
    is_exact: bool = False  # False: the index is this one, or higher
    members: tuple = ()
    ended: frozenset = frozenset()  # sessions that are no more


def run(kind, members, session, name):
    """The command table: returns the status, and the members after it."""
    members = list(members)
    at = next((i for i, one in enumerate(members) if one[0] == name), None)
    if at is None:
        return run_unknown(kind, members, session, name)
    owner, last = members[at][1], len(members) - 1
    if kind == "enter":
        return (UNCHANGED if owner == session else CONFLICT), members
    if kind == "withdraw" and owner != session:
        return NOT_OWNER, members
    if kind in ("withdraw", "evict"):
        del members[at]
    elif at == (last if kind == "demote" else 0):
        return UNCHANGED, members
    else:
        to = {"anoint": 0, "promote": at - 1, "demote": at + 1}[kind]
        members.insert(to, members.pop(at))
    return OK, members


def run_unknown(kind, members, session, name):
    """The same, for a name that is not in the election."""
    if kind == "enter":
        return OK, members + [(name, session)]
    return (UNCHANGED if kind == "withdraw" else NOT_FOUND), members


def step(state, call):
    """The state after a call; None = it is not answered like this here."""
    is_over = call.session in state.ended
    ended, after = state.ended, list(state.members)
    if call.kind == "gone":
        return state if is_over else None
    if call.kind in ("expire", "close"):
        if call.status is not None and is_over != (call.status == UNCHANGED):
            return None
        ended = ended | {call.session}
        after = [one for one in after if one[1] != call.session]
    elif call.kind != "read":
        if is_over:
            return None
        status, after = run(call.kind, after, call.session, call.name)
        if call.status not in (None, status):
            return None
    index, is_exact = state.index, state.is_exact and bool(after)
    if after and after[:1] != list(state.members[:1]):
        index += 1
    return look(State(index, is_exact, tuple(after), ended), call.term)


def look(state, term):
    """The state, knowing that this was shown of it; None = it can't be."""
    if term is None:
        return state
    names = tuple(one[0] for one in state.members)
    leader = state.members[0] if names else ("", 0)
    if (term.leader, term.session) != leader:
        return None
    if term.waiting != len(names[1:]) or term.queue not in (None, names[1:]):
        return None
    if term.index < state.index or (state.is_exact and
                                    term.index > state.index):
        return None
    return state._replace(index=term.index, is_exact=bool(names))
