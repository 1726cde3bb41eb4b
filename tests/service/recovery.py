# SPDX-License-Identifier: Apache-2.0
"""What RECOVERY.md says is done after all disks were lost."""

import os
import re
import subprocess

from contest import await_start, ended
from node import Node, must, peers, until


class Page:
    """The commands of a page in proto/, which an operator would type."""

    def __init__(self, name, cluster, file):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            "../../proto", name)
        with open(path, encoding="utf-8") as page:
            self.blocks = dict(re.findall(
                r"^```sh\n# (\w+): .*\n((?:.+\n)+)```$", page.read(), re.M))
        programs = [os.path.dirname(path) for path in (cluster.program, cluster.ctl)]
        self.environment = cluster.environment | {
            "PATH": ":".join([*programs, os.environ["PATH"]]),
            "FILE": file, "PEERS": peers(cluster.nodes)}

    def at(self, node):
        """What the variables mean at a node."""
        if node is None:
            return self.environment
        return self.environment | {"N": str(node.number), "DIR": node.data}

    def run(self, block, node=None):
        ended = subprocess.run(["sh", "-eu", "-c", self.blocks[block]],
                               env=self.at(node), capture_output=True,
                               text=True, timeout=60, check=False)
        must(ended.returncode == 0, block, ended.stdout, ended.stderr)
        return ended.stdout

    def start(self, block, node):
        with open(node.journal, "ab") as journal:
            node.process = subprocess.Popen(
                ["sh", "-eu", "-c", f"exec {self.blocks[block]}"],
                env=self.at(node), stderr=journal)


def check_recovery(cluster):
    """All disks are lost: an old snapshot is put back, and said so. Tokens
    that were given out since are not given out again."""
    job = cluster.file("job")
    first = cluster.elect("lost", "a", job)
    await_start(job, 1)
    snapshot = cluster.file("snapshot")
    page = Page("RECOVERY.md", cluster, snapshot)
    page.run("Before", cluster.leader())
    first.terminate()
    ended(first)
    token = cluster.ask("fence", "lost")[0]["index"]
    for node in cluster.nodes:
        node.kill()
        must(node.fails("--restore", snapshot) == 3, "a folder that is there")
        page.run("1", node)
        os.rename(f"{node.data}/log", f"{node.data}/other")
        must(node.fails("--restore", snapshot) == 3, "what has a node")
        os.rename(f"{node.data}/other", f"{node.data}/log")
    with Node(cluster.program, f"{cluster.folder}/none") as node:
        must(node.fails("--restore", job) == 3, "what is no snapshot")
    for node in cluster.nodes:
        page.start("2", node)
    until(cluster.leader, "a leader")
    page.run("3", cluster.leader())
    until(lambda: len(set(re.findall("applied=.*", page.run("4")))) == 1,
          "one digest")
    must(cluster.ask("fence", "lost")[0]["index"] > token, "a token twice")
    must(len({one["node"] for one in cluster.ask("status")[:-1]}) == 3,
         "members")
    for node in cluster.nodes:
        node.kill()
        node.launch()
    until(cluster.leader, "it starts from the snapshot again")
