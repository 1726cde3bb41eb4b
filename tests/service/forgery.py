# SPDX-License-Identifier: Apache-2.0
"""What libraft 0.15 takes at a node's Raft port, made by who is no member.

All numbers are of eight bytes, the lowest first. A connection begins with the
protocol's version, the sender's id, the size of its address, and the address.
A message is its kind, the size of its header, the header, and what that says
that comes behind it.
"""

import socket
import struct

VERSION = 1
APPEND, APPENDED, VOTE, VOTED, INSTALL, TIMEOUT_NOW = range(1, 7)
COMMAND, BARRIER, CHANGE = 1, 2, 3
DISRUPTS, IS_PRE_VOTE = 1, 2  # flags of a RequestVote
STRANGER = 77  # an id that no member has
NOWHERE = "127.0.0.1:1"  # an address where nobody listens


def words(*numbers):
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def greeting(number=STRANGER, address=NOWHERE, version=VERSION):
    """With an address of whole words, as members send it."""
    text = address.encode() + bytes(8 - len(address) % 8)
    return words(version, number, len(text)) + text


def message(kind, header, size=None):
    """`size` = what it says that its header has, if that is not so."""
    return words(kind, len(header) if size is None else size) + header


def entry(term, size, kind=COMMAND):
    """What a header says of an entry."""
    return words(term, kind | size << 32)


def append(term, previous=(0, 0), commit=0, entries=(), count=None):
    """An AppendEntries, without what its entries are; `previous` = the index
    and the term of what is before them."""
    count = len(entries) if count is None else count
    return message(APPEND, words(term, *previous, commit, count) +
                   b"".join(entries))


def vote(term, number=STRANGER, last=(0, 0), flags=0):
    return message(VOTE, words(term, number, *last, flags))


def members(nodes):
    """A configuration: the ids, the addresses, and that all vote."""
    made = b"\1" + words(len(nodes)) + b"".join(
        words(number) + address.encode() + b"\0\1"
        for number, address in nodes)
    return made + bytes(-len(made) % 8)


def install(term, last, who, size, who_size=None):
    """An InstallSnapshot, without the snapshot, which has so many bytes."""
    who_size = len(who) if who_size is None else who_size
    return message(INSTALL, words(term, *last, 1, who_size) + who +
                   words(size))


def connect(node, data=b""):
    """A connection to the Raft port, on which that is sent."""
    one = socket.create_connection(("127.0.0.1", node.raft_port), 30)
    if data:
        one.sendall(data)
    return one


def is_closed(one):
    """Waits until the node has closed it: it never says anything."""
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True
