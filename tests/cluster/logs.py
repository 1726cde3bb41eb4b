# SPDX-License-Identifier: Apache-2.0
"""What libraft has written: the entries at each index are the same at each
node, or nodes that start again have different logs.

A segment that is closed is called FIRST-LAST, by the indexes of its entries.
It has numbers of eight bytes, the lowest first: the format, then batches: two
checksums, the number of entries, for each of these its term and its kind and
size; and then their bytes.
"""

import os
import re
import struct

from node import must

FORMAT = 1
BATCH, HEAD = struct.Struct("<8xQ"), struct.Struct("<QB3xI")


def read_segment(path):
    """(term, kind, bytes) of each entry of a segment."""
    with open(path, "rb") as file:
        data = file.read()
    must(struct.unpack_from("<Q", data)[0] == FORMAT, "the format of", path)
    entries, at = [], 8
    while at + BATCH.size <= len(data):
        count, = BATCH.unpack_from(data, at)
        at += BATCH.size
        heads = [HEAD.unpack_from(data, at + i * HEAD.size)
                 for i in range(count)]
        at += count * HEAD.size
        for term, kind, size in heads:
            entries.append((term, kind, data[at:at + size]))
            at += size
    return entries


def read_log(folder):
    """The entries of all closed segments, by their index."""
    log = {}
    for name in sorted(os.listdir(folder)):
        found = re.fullmatch(r"(\d{16})-(\d{16})", name)
        if not found:
            continue
        first, last = map(int, found.groups())
        try:
            entries = read_segment(f"{folder}/{name}")
        except FileNotFoundError:
            continue  # the log was compacted meanwhile
        must(len(entries) == last - first + 1, name, "has", len(entries))
        log.update(enumerate(entries, first))
    return log


def check_logs(folders):
    """Each committed entry is the same in all."""
    logs = [read_log(folder) for folder in folders]
    for log in logs[1:]:
        for index in sorted(log.keys() & logs[0].keys()):
            must(log[index] == logs[0][index], "on the disks, entry", index,
                 "is", log[index], "and", logs[0][index])
