#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What proto/SERVICE.md says of one node of electiond, row by row.

    port.py ELECTIOND GENERATED FOLDER [CHECK...]

GENERATED is where protoc's modules are, FOLDER on the disk that is to be used.
Each check has nodes of its own; all are run, whatever fails.
"""

import sys
import tempfile
import time
import traceback

try:
    sys.path.insert(0, sys.argv[2])
    import node
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import crowds
import folders
import hellos
import metrics
import rights
import waits
import watching

CHECKS = [
    hellos.check_hello, hellos.check_frames, hellos.check_garbage,
    rights.check_rights, rights.check_upgrade, rights.check_keep_alives,
    rights.check_quotas, rights.check_quota_backwards,
    rights.check_quota_at_once,
    watching.check_watches, watching.check_readers,
    crowds.check_connections, crowds.check_under_way, crowds.check_churn,
    crowds.check_ending, crowds.check_snapshot, crowds.check_socket,
    folders.check_restarts, folders.check_leaving, folders.check_folders,
    folders.check_ports, folders.check_options,
    metrics.check_counts, metrics.check_health, metrics.check_port]


class Report:
    """What has failed."""

    def __init__(self):
        self.failed = []

    def run(self, name, check, *arguments):
        begun = time.monotonic()
        try:
            check(*arguments)
            outcome = "good"
        except Exception:  # the others are to be run
            traceback.print_exc()
            self.failed.append(name)
            outcome = "FAILED"
        print(f"{name}: {outcome}, {time.monotonic() - begun:.1f} s",
              flush=True)


def main():
    program, wanted = sys.argv[1], sys.argv[4:]
    names = [check.__name__ for check in CHECKS] + ["waits"]
    node.must(set(wanted) <= set(names), "there are", *names)
    report, begun = Report(), time.monotonic()
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as folder:
        with waits.Waits(program, f"{folder}/waits") as beside:
            for check in CHECKS:
                name = check.__name__
                if not wanted or name in wanted:
                    report.run(name, check, program, f"{folder}/{name}")
            if not wanted or "waits" in wanted:
                report.run("waits", beside.finish)
                report.run("idle", beside.check_idle)
    print(f"{time.monotonic() - begun:.0f} s")
    if report.failed:
        print("failed:", *report.failed)
        sys.exit(1)


main()
