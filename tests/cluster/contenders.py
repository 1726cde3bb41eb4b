# SPDX-License-Identifier: Apache-2.0
"""Three electionctl that run a command while they lead, or are stopped."""

import os
import signal
import subprocess

from node import SANITIZED, must, until

ELECTION = "job"
TTL = 3  # seconds
COUNT = 3
# It writes down its token, as long as there is the file, if a fence lets it:
# a lower token than the last is refused.
JOB = """trap 'exit 0' TERM
while [ -e "$0" ]; do
    last=0
    [ ! -e "$0.last" ] || read -r last < "$0.last"
    if [ "$ELECTION_INDEX" -lt "${last:-0}" ]; then
        echo "$ELECTION_INDEX $ELECTION_CANDIDATE refused" >> "$0"
    else
        [ "$ELECTION_INDEX" -eq "${last:-0}" ] ||
            echo "$ELECTION_INDEX" > "$0.last"
        echo "$ELECTION_INDEX $ELECTION_CANDIDATE done" >> "$0"
    fi
    sleep 0.05
done
"""


class Contender:
    """One process after another, each with a name of its own."""

    def __init__(self, program, folder, cluster, letter):
        self.program, self.letter = program, letter
        self.path = f"{folder}/beats"
        self.told = f"{folder}/told-{letter}"
        self.environment = SANITIZED | os.environ | {
            "ELECTION_CLUSTER": cluster}
        self.count = 0
        self.process = None

    def start(self):
        self.count += 1
        with open(self.told, "ab") as told:
            self.process = subprocess.Popen(
                [self.program, "elect", ELECTION, "--as",
                 f"{self.letter}{self.count}", "--ttl", f"{TTL}s", "--", "sh",
                 "-c", JOB, self.path], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=told, stderr=told)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        """The kernel may have killed it meanwhile, as its lease was over."""
        self.process.send_signal(signal.SIGCONT)
        self.revive()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def revive(self):
        """Starts another one, if nothing but a fault has ended this one."""
        if self.process.poll() is None:
            return
        must(self.process.returncode == -signal.SIGKILL, self.letter, "ends",
             self.process.returncode, self.tell())
        self.start()

    def tell(self):
        with open(self.told, encoding="utf-8", errors="replace") as told:
            return told.read()[-3000:]


def parse(text):
    """(token, candidate, "done" or "refused") of each whole line."""
    return [(int(token), name, outcome) for token, name, outcome
            in map(str.split, text.split("\n")[:-1])]


def check_beats(beats):
    """Tokens rise, each is of one, and nothing was refused: so who had led
    before wrote nothing any more when the next one had begun."""
    names, last = {}, 0
    for beat in beats:
        token, name, outcome = beat
        must(outcome == "done" and token >= last,
             "an older tenure runs beside a newer one:", beat, last)
        must(names.setdefault(token, name) == name,
             "two run by one token:", beat, names[token])
        last = token
    return len(names)


class Contenders:
    """All of them, and the file to which their commands write."""

    def __init__(self, program, folder, nodes):
        cluster = ",".join(f"127.0.0.1:{node.client_port}"
                           for node in nodes.all)
        self.path = f"{folder}/beats"
        self.all = [Contender(program, folder, cluster, "xyz"[i])
                    for i in range(COUNT)]

    def __enter__(self):
        with open(self.path, "x", encoding="utf-8"):
            pass
        for one in self.all:
            one.start()
        return self

    def __exit__(self, error, *_):
        for one in self.all:
            if one.process.poll() is None:
                one.kill()
        os.unlink(self.path)
        for one in self.all:
            if error is not None:
                print(one.told, one.tell(), sep="\n")

    def beats(self):
        with open(self.path, encoding="utf-8") as file:
            return parse(file.read())

    def runner(self):
        """Whose command has run last; None = none has."""
        beats = self.beats()
        letter = beats[-1][1][0] if beats else None
        return next((one for one in self.all if one.letter == letter), None)

    def await_beats(self):
        """Somebody's command runs, and what they have written is right."""
        count = len(self.beats())
        until(lambda: len(self.beats()) > count + 10, "a command runs")
        return check_beats(self.beats())
