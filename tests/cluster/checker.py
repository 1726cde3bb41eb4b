#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The judges of the campaign, judged: by histories made by hand.

    checker.py GENERATED

GENERATED is where protoc's modules are. Each history is of some lines, and is
good, or says which word the judge must find. A line is

    BEGUN-ENDED KIND SESSION NAME STATUS @APPLIED INDEX LEADER/SESSION QUEUE

where - stands for what is not known: an end, a status, or all from INDEX on;
and +N for a QUEUE of N that is not shown.
That the faults of plants.py can still be planted is looked at too.
"""

import os
import sys

TOP = os.path.dirname(os.path.abspath(__file__))
try:
    sys.path[:0] = [sys.argv[1], os.path.join(os.path.dirname(TOP), "service")]
    from node import Wrong, must
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from contenders import check_beats, parse
from history import Call, History, MARGIN, Session
from model import (CONFLICT, NOT_FOUND, NOT_OWNER, OK, State, Term, UNCHANGED)
from plants import PLANTS, fault_of
from search import Contradiction, Search

STATUSES = {"OK": OK, "UNCHANGED": UNCHANGED, "NOT_FOUND": NOT_FOUND,
            "NOT_OWNER": NOT_OWNER, "CONFLICT": CONFLICT}
GOOD = "good"

# (what it is about, what is to be said of it, the lines)
HISTORIES = [
    ("one after another", GOOD, """
        1-2 enter    1 a OK        @1 1 a/1
        3-4 enter    2 b OK        @2 1 a/1 b
        5-6 enter    3 c OK        @3 1 a/1 b,c
        7-8 demote   1 b OK        @4 1 a/1 c,b
        9-10 promote 1 b OK        @5 1 a/1 b,c
        11-12 promote 1 b OK       @6 2 b/2 a,c
        13-14 anoint 1 c OK        @7 3 c/3 b,a
        15-16 demote 1 c OK        @8 4 b/2 c,a
        17-18 evict  1 b OK        @9 5 c/3 a
        19-20 withdraw 1 a OK      @10 5 c/3
        21-22 withdraw 3 c OK      @11 5 -/0
        23-24 read   0 - -         @12 5 -/0"""),
    ("what changes nothing", GOOD, """
        1-2 withdraw 1 a UNCHANGED @1 0 -/0
        3-4 promote  1 a NOT_FOUND @2 0 -/0
        5-6 enter    1 a OK        @3 1 a/1
        7-8 enter    1 a UNCHANGED @4 1 a/1
        9-10 enter   2 a CONFLICT  @5 1 a/1
        11-12 withdraw 2 a NOT_OWNER @6 1 a/1
        13-14 anoint 2 a UNCHANGED @7 1 a/1
        15-16 demote 2 a UNCHANGED @8 1 a/1"""),
    ("at the same time, in the other order", GOOD, """
        1-9 enter 1 a OK @2 1 b/2 a
        2-8 enter 2 b OK @1 1 b/2"""),
    ("an acknowledged Enter is lost", "no order", """
        1-2 enter 1 a OK @1 1 a/1
        3-4 read  0 - -  @2 1 -/0"""),
    ("an acknowledged Withdraw has done nothing", "no order", """
        1-2 enter    1 a OK @1 1 a/1
        3-4 enter    2 b OK @2 1 a/1 b
        5-6 withdraw 2 b OK @3 - -
        7-8 read     0 - -  @4 1 a/1 b"""),
    ("of two who enter one leads, and who waits is not lost", "no order", """
        1-9 enter  1 a OK @2 1 b/2 a
        2-8 enter  2 b OK @1 1 b/2
        10-11 read 0 - -  @3 1 b/2"""),
    ("an unknown call takes effect late", GOOD, """
        1-2 enter 1 a OK @1 1 a/1
        3-- enter 2 b -  -  -
        4-5 read  0 - -  @2 1 a/1
        6-7 read  0 - -  @4 1 a/1 b"""),
    ("it does so once", "no order", """
        1-2 enter   1 a OK @1 1 a/1
        2-3 enter   2 b OK @2 1 a/1 b
        3-- promote 2 b -  -  -
        4-5 read    0 - -  @2 2 b/2 a
        5-6 anoint  1 a OK @3 3 a/1 b
        6-7 read    0 - -  @4 4 b/2 a"""),
    ("it never does", GOOD, """
        1-- enter 1 a -  -  -
        2-3 enter 2 b OK @2 1 b/2
        4-5 read  0 - -  @3 1 b/2"""),
    ("it does not before it was asked", "no order", """
        1-2 read  0 - - @2 1 a/1
        3-- enter 1 a -  -  -"""),
    ("a read that is older than what was answered", "no order", """
        1-2 enter 1 a OK @- 1 a/1
        3-4 enter 2 b OK @- 1 a/1 b
        5-6 read  0 - -  @- 1 a/1"""),
    ("the same, by what was applied", "older than", """
        1-2 enter 1 a OK @7 1 a/1
        3-4 read  0 - -  @6 1 a/1"""),
    ("a read at the same time may be older", GOOD, """
        1-2 enter 1 a OK @1 1 a/1
        3-6 enter 2 b OK @2 1 a/1 b
        4-5 read  0 - -  @1 1 a/1"""),
    ("a promotion runs twice", "no order", """
        1-2 enter   1 a OK @1 1 a/1
        3-4 enter   2 b OK @2 1 a/1 b
        5-6 enter   3 c OK @3 1 a/1 b,c
        7-8 promote 1 c OK @4 - -
        9-10 read   0 - -  @5 2 c/3 a,b"""),
    ("what is shown with a repeated answer is later", GOOD, """
        1-9 enter    1 a OK  @- - -
        2-3 enter    2 b OK  @2 1 a/1 b
        4-5 evict    2 a OK  @3 2 b/2
        6-9 again    0 - -   @4 2 b/2"""),
    ("but not earlier than the call itself", "no order", """
        1-9 enter    1 a OK  @- - -
        6-9 again    0 - -   @4 0 -/0
        10-11 read   0 - -   @4 1 a/1"""),
    ("a token is given twice, as the election was made anew", "no order", """
        1-2 enter    1 a OK @1 1 a/1
        3-4 withdraw 1 a OK @2 1 -/0
        5-6 enter    1 a OK @3 1 a/1"""),
    ("a token twice, that only tokens tell", "two leaders", """
        1-2 enter    1 a OK @1 7 a/1
        3-4 withdraw 1 a OK @2 7 -/0
        5-6 enter    2 b OK @3 7 b/2"""),
    ("a token that falls", "a token falls", """
        1-2 enter    1 a OK @1 7 a/1
        3-4 withdraw 1 a OK @2 7 -/0
        5-6 enter    2 b OK @3 6 b/2"""),
    ("a tenure without a new token", "no order", """
        1-2 enter  1 a OK @- 1 a/1
        3-4 enter  2 b OK @- 1 a/1 b
        5-6 anoint 1 b OK @- 1 b/2 a"""),
    ("a token that jumps while somebody leads", "no order", """
        1-2 enter  1 a OK @1 1 a/1
        3-4 read   0 - -  @2 2 a/1"""),
    ("one that jumps while nobody does", GOOD, """
        1-2 enter    1 a OK @1 1 a/1
        3-4 withdraw 1 a OK @2 1 -/0
        5-6 read     0 - -  @3 4 -/0
        7-8 enter    1 a OK @4 9 a/1"""),
    ("Anoint puts the old leader at the end", "no order", """
        1-2 enter  1 a OK @1 1 a/1
        3-4 enter  2 b OK @2 1 a/1 b
        5-6 enter  3 c OK @3 1 a/1 b,c
        7-8 anoint 1 c OK @4 2 c/3 b,a"""),
    ("another one's candidate is withdrawn", "no order", """
        1-2 enter    1 a OK @1 1 a/1
        3-4 withdraw 2 a OK @2 1 -/0"""),
    ("a queue that is not whole", "no order", """
        1-2 enter 1 a OK @1 1 a/1
        3-4 enter 2 b OK @2 1 a/1 b
        5-6 enter 3 c OK @3 1 a/1 c"""),
    ("a status that is another command's", "no order", """
        1-2 enter 1 a UNCHANGED @1 1 a/1"""),
    ("a leader of another session", "no order", """
        1-2 enter 1 a OK @1 1 a/2"""),
    ("more wait than there are", "no order", """
        1-2 enter 1 a OK @1 1 a/1
        3-4 enter 2 b OK @2 1 a/1 +2"""),
    ("as many as there are", GOOD, """
        1-2 enter 1 a OK @1 1 a/1
        3-4 enter 2 b OK @2 1 a/1 +1"""),
    ("nobody leads for a while, which nobody sees", GOOD, """
        1-2 enter    1 a OK @1 1 a/1
        3-4 withdraw 1 a OK @2 - -
        5-6 enter    1 a OK @3 4 a/1"""),
    # Sessions 8 and 9 are renewed at 5 for the last time, and live for 10.
    ("a session that is killed ends in time", GOOD, """
        1-2 enter   9 a OK @1 1 a/9
        3-4 enter   1 b OK @2 1 a/9 b
        16-17 read  0 - -  @3 2 b/1"""),
    ("or later", GOOD, """
        1-2 enter   9 a OK @1 1 a/9
        16-17 read  0 - -  @2 1 a/9"""),
    ("it ends early", "no order", """
        1-2 enter   9 a OK @1 1 a/9
        3-4 enter   1 b OK @2 1 a/9 b
        13-14 read  0 - -  @3 2 b/1"""),
    ("one that lives does not end", "no order", """
        1-2 enter   1 a OK @1 1 a/1
        16-17 read  0 - -  @3 1 -/0"""),
    ("two end in one step, and the index rises once", GOOD, """
        1-2 enter   9 a OK @1 1 a/9
        2-3 enter   8 b OK @2 1 a/9 b
        3-4 enter   1 c OK @3 1 a/9 b,c
        16-17 read  0 - -  @4 2 c/1"""),
    ("what a session asks after its end has no effect", GOOD, """
        1-2 enter   8 a OK @1 1 a/8
        15-16 gone  8 - -  @2 - -
        17-18 read  0 - -  @3 1 -/0"""),
    ("no session any more, and still it acts", "no order", """
        1-2 enter   8 a OK @1 1 a/8
        15-16 gone  8 - -  @2 - -
        17-18 enter 8 b OK @3 2 b/8"""),
    ("no session any more, and its candidate is left", "no order", """
        1-2 enter   8 a OK @1 1 a/8
        15-16 gone  8 - -  @2 - -
        17-18 read  0 - -  @3 1 a/8"""),
    ("a session that is closed", GOOD, """
        1-2 enter 1 a OK @1 1 a/1
        3-4 enter 2 b OK @2 1 a/1 b
        5-6 close 1 - OK @3 - -
        7-8 read  0 - -  @4 2 b/2"""),
    ("it is closed twice", "no order", """
        1-2 close 1 - OK @1 - -
        3-4 close 1 - OK @2 - -"""),
    ("it was not there, but it was", "no order", """
        1-2 enter 1 a OK @1 1 a/1
        3-4 close 1 - UNCHANGED @2 - -"""),
    ("it is closed, and its candidate is left", "no order", """
        1-2 enter 1 a OK @1 1 a/1
        5-6 close 1 - OK @3 - -
        7-8 read  0 - -  @4 1 a/1"""),
]
# (what is to be said of it, the beats)
BEATS = [
    (GOOD, "1 x done\n1 x done\n3 y done\n4 x1 done\n4 x"),
    ("older tenure", "1 x done\n2 y done\n1 x refused\n"),
    ("older tenure", "1 x done\n2 y done\n1 x done\n"),
    ("older tenure", "1 x refused\n"),
    ("one token", "1 x done\n1 y done\n"),
]


def read_call(line, before):
    """A Call as a line has it."""
    times, kind, session, name, status, applied, *shown = line.split()
    begun, ended = times.split("-", 1)
    call = Call("read" if kind == "again" else kind, "e", int(session), name,
                begun=float(begun), status=STATUSES.get(status),
                applied=int(applied.strip("@-") or 0),
                after=before if kind == "again" else None)
    if ended != "-":
        call.ended, call.is_certain = float(ended), True
    if shown and shown[0] != "-":
        call.term = read_term(*shown)
    return call


def read_term(index, leader, queue=""):
    leader, session = leader.split("/")
    leader = int(index), leader.strip("-"), int(session)
    if queue.startswith("+"):
        return Term(*leader, int(queue))
    names = tuple(queue.split(",")) if queue else ()
    return Term(*leader, len(names), names)


def read_history(text):
    """The call that is answered again is the first of all."""
    history = History()
    for line in text.strip().splitlines():
        history.add(read_call(line, history.calls and history.calls[0]))
    if " 9 " in text:
        history.sessions.append(Session(9, 10, 5, ends_alone=True))
    if " 8 " in text:
        history.sessions.append(Session(8, 10, 5, lost=16))
    return history


def judge(judged):
    """What is said of it."""
    try:
        judged()
    except (Wrong, Contradiction) as error:
        return str(error)
    return GOOD


def check_histories():
    for about, expected, text in HISTORIES:
        said = judge(read_history(text).check)
        must(expected in said, about, "is said to be", said)


def check_ends():
    """An election goes on as it was before, and tells how it ends."""
    history = read_history("1-2 read 0 - - @9 5 -/0")
    ends, _ = history.check({"e": State(3)})
    must(ends == {"e": State(5)}, ends)
    must("no order" in judge(lambda: history.check({"e": State(6)})), "6")


def check_sessions():
    """Who renewed at 5 for 10 may lose it at 15, and not before."""
    for lost, expected in ((15, GOOD), (14.9 - MARGIN, "was lost")):
        history = History()
        history.sessions.append(Session(1, 10, 5, lost=lost))
        must(expected in judge(history.check), lost, expected)


def check_large():
    """Many calls at once. What is tried stays small where their order makes no
    difference, by what the search remembers; and is found where it does."""
    names = "abcdefgh"
    enters = [f"1-90 enter {i} {name} OK @- - -"
              for i, name in enumerate(names, 1)]
    shown = ",".join(reversed(names[:-1]))
    good = enters + [f"91-92 read 0 - - @- 1 h/8 {shown}"]
    must(judge(read_history("\n".join(good)).check) == GOOD, "an order of many")
    leaves = [f"95-99 withdraw {i} {name} OK @- - -"
              for i, name in enumerate(names[:-1], 1)]
    bad = read_history("\n".join(good + leaves + ["100-101 read 0 - - @- 9 -/0"]))
    search = Search(bad.calls)
    must("no order" in judge(lambda: search.find(State(1))), "none of many")
    search = Search(bad.calls[len(good):])
    start = State(1, True, tuple((name, i) for i, name
                                 in reversed(list(enumerate(names, 1)))))
    must("no order" in judge(lambda: search.find(start)), "none of many")
    must(search.visits <= 1 << len(leaves), search.visits)


def check_all_beats():
    for expected, text in BEATS:
        said = judge(lambda: check_beats(parse(text)))
        must(expected in said, text, "is said to be", said)


def check_plants():
    faults = [fault for fault in map(fault_of, PLANTS) if fault]
    must(not faults, *faults)


def main():
    check_histories()
    check_ends()
    check_sessions()
    check_large()
    check_all_beats()
    check_plants()
    print(f"{len(HISTORIES)} histories, {len(BEATS)} files of beats are judged "
          f"right; {len(PLANTS)} faults can be planted")


main()
