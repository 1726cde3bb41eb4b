#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the golden files against Google's protobuf.

    compare.py GENERATED

GENERATED is where protoc put fsm_pb2. What the library does with the same
files is tested by golden.c, so the two can differ nowhere in them. Exits with
77 if Google's protobuf for Python is not installed.
"""

import os
import sys
import warnings

try:
    from google.protobuf.message import DecodeError
except ImportError:
    print("Google's protobuf is missing: install python3-protobuf")
    sys.exit(77)

sys.path.insert(0, sys.argv[1])
from atomix.multiraft.election.v1 import fsm_pb2  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(name):
    """Yields the words of each line that is neither empty nor a comment."""
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if words:
                yield f"{name}:{number}", words


def unhex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def check_canonical(where, message, word):
    """The bytes are what Google's encoder makes of what its decoder reads."""
    message.ParseFromString(unhex(word))
    again = message.SerializeToString(deterministic=True)
    assert again == unhex(word), f"{where}: {again.hex()}"
    return message


def check_log():
    count = 0
    for where, words in rows("log.txt"):
        op, _, name, _, input_word, output_word, snapshot_word = words
        if op == "close":
            continue
        decoded = check_canonical(
            where, fsm_pb2.LeaderElectionInput(), input_word)
        assert decoded.WhichOneof("input") == op, where
        command = getattr(decoded, op)
        if hasattr(command, "candidate"):
            assert command.candidate.encode() == unhex(name), where
        answer = check_canonical(
            where, fsm_pb2.LeaderElectionOutput(), output_word)
        if output_word != "-":
            assert answer.WhichOneof("output") == op, where
            assert getattr(answer, op).HasField("term"), where
        check_canonical(
            where, fsm_pb2.LeaderElectionSnapshot(), snapshot_word)
        count += 1
    return count


def verdict(data):
    """Says of an input what edges.txt says: case and name, or malformed."""
    message = fsm_pb2.LeaderElectionInput()
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            message.ParseFromString(data)
    except DecodeError:
        return ["malformed", "-"]
    # Data after a stray end of a group is only warned of in Python; the C++
    # parser underneath calls it malformed.
    if warned:
        return ["malformed", "-"]
    case = message.WhichOneof("input")
    if case is None:
        return ["none", "-"]
    name = getattr(getattr(message, case), "candidate", "").encode()
    return [case, name.hex() or "-"]


def check_edges():
    count = 0
    for where, words in rows("edges.txt"):
        found = verdict(unhex(words[0]))
        assert found == words[1:], f"{where}: Google says {found}"
        count += 1
    return count


if __name__ == "__main__":
    print(check_log(), "log entries and", check_edges(),
          "edge cases agree with Google's protobuf")
