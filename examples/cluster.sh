#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up and builds a node and its command line, starts three nodes on this
# machine, and lets workers be elected: a hand-over, a worker that is killed, a
# node that is killed, and an old token that a resource refuses.
#
#     cluster.sh [PROGRAMS]
#
# PROGRAMS is the folder of programs that are built already, for the tests.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
programs=$PWD/build/demo/src/programs
if [ $# -eq 0 ]; then
    . tests/need.sh
    need gcc cmake ninja-build pkg-config libraft-dev libuv1-dev \
        libmicrohttpd-dev
    if ! {
        cmake --preset release -B build/demo -DELECTION_TESTS=OFF \
            -DELECTION_EXAMPLES=OFF -DELECTION_MESSAGES=OFF &&
            cmake --build build/demo --target electiond electionctl
    } > "$work/log" 2>&1; then
        cat "$work/log" >&2
        rm -rf "$work"
        exit 1
    fi
fi
[ $# -eq 0 ] || programs=$(cd "$1" && pwd)
PATH=$programs/electiond:$programs/electionctl:$PATH
cd "$work"

# Three nodes at ports that are hardly anybody's.
first=$((20000 + $$ % 10000))
peers=
ELECTION_CLUSTER=
for node in 1 2 3; do
    raft=$((first + 2 * node))
    peers=$peers${peers:+,}$node=127.0.0.1:$raft/$((raft + 1))
    ELECTION_CLUSTER=$ELECTION_CLUSTER${ELECTION_CLUSTER:+,}127.0.0.1:$((
        raft + 1))
done
export ELECTION_CLUSTER

start() {
    electiond --id "$1" --data "node$1" --peers "$peers" ${2:-} \
        2>> "node$1.log" &
    echo $! > "node$1.pid"
}

end() {
    for pid in alice.pid bob.pid carol.pid node1.pid node2.pid node3.pid; do
        [ -f "$pid" ] && kill "$(cat "$pid")" 2>> log || true
    done
    wait
    rm -rf "$work"
}
trap end EXIT
trap 'exit 1' INT TERM

say() {
    echo
    printf '# %s\n' "$@"
}

# The job: it writes to a store as long as it runs, and shows its token.
cat > job << 'END'
while :; do
    echo "$ELECTION_CANDIDATE $ELECTION_INDEX" > "ask.$$" && mv "ask.$$" ask
    sleep 0.2
done
END

# The store: it takes a write with the highest token that it has seen, or a
# higher one. It prints who writes when that changes.
highest=0
writer=
write() {
    if [ "$2" -lt "$highest" ]; then
        echo "  store: $1 with token $2: REFUSED, token $highest was here"
    elif [ "$*" != "$writer" ]; then
        highest=$2
        writer=$*
        echo "  store: $1 writes, with token $2"
    fi
}

# Lets the store look at what the job asks for.
visit() {
    [ -f ask ] || return 0
    mv ask asked
    read -r who token < asked
    write "$who" "$token"
}

# Waits until a command succeeds.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { echo "waited in vain: $*" >&2; exit 1; }
        sleep 0.1
    done
}

writes_anew() {
    visit
    [ "$writer" != "$before" ]
}

# Waits until somebody else writes than before.
await_writer() {
    before=$writer
    await writes_anew
}

is_led() {
    electionctl term job > term 2>> log
}

is_queued() {
    is_led && grep -qF "queue=[$1]" term
}

is_equal() {
    [ "$(electionctl digest | sed 's/.*applied/applied/' | sort -u |
        wc -l)" -eq 1 ]
}

stand() {
    electionctl elect job --as "$1" --ttl 4s -- sh ./job 2>> "$1.log" &
    echo $! > "$1.pid"
}

ask() {
    echo "> electionctl $*"
    electionctl "$@"
}

say 'Three nodes start. They keep one log, by Raft, each on a disk of its own.'
for node in 1 2 3; do
    start "$node" --new
done
await is_led
ask status
say 'Three workers stand for election; the first one leads, and does the job.'
stand alice
await_writer
stand bob
await is_queued bob
stand carol
await is_queued 'bob carol'
ask term job
say 'Hand-over: carol shall lead. The job of alice is stopped, hers runs.'
ask anoint job carol
await_writer
say 'carol is killed, with -9, and so is her job. Her session times out.'
kill -9 "$(cat carol.pid)"
await_writer
ask term job
old=$highest
leader=$(electionctl status | sed -n 's/.*node=\([123]\) leads=yes.*/\1/p')
say "Node $leader, which leads the log, is killed, with -9. Nothing that was" \
    'acknowledged is lost: the leader of the job stays, or the next one leads.'
kill -9 "$(cat "node$leader.pid")"
await is_led
cat term
say 'It comes back, and has what it has missed.'
start "$leader"
await is_equal
ask digest
say 'The leader of the job is evicted; a write of before arrives late.'
name=${writer% *}
ask evict job "$name"
await_writer
write "$name" "$old"
say 'All stop.'
