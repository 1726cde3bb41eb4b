#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up and builds the shell, and shows the library's main job with it: a
# leader is elected, hands over and dies; a resource refuses an old token; two
# replicas of one log are equal; a snapshot is restored.
set -eu
cd "$(dirname "$0")/.."
. tests/need.sh
need gcc cmake ninja-build pkg-config libedit-dev

build=build/demo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! {
    cmake --preset release -B "$build" -DELECTION_TESTS=OFF \
        -DELECTION_EXAMPLES=OFF -DELECTION_MESSAGES=OFF &&
        cmake --build "$build" --target election-shell
} > "$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
shell=$PWD/$build/src/programs/shell/election-shell
cd "$work"
mkfifo questions answers

# Starts a shell that is asked through 3 and answers through 4.
start() {
    "$shell" < questions > answers &
    exec 3> questions 4< answers
}

stop() {
    exec 3>&- 4<&-
    wait
}

say() {
    echo
    printf '# %s\n' "$@"
}

# Gives the shell a line, and shows its events and its answer. What a Raft host
# would replicate goes into a log; the token of the Term is kept.
ask() {
    echo "> $*"
    echo "$*" >&3
    while read -r answer <&4; do
        echo "$answer"
        case $answer in event*) ;; *) break ;; esac
    done
    case $1 in watch | snapshot | restore) ;; *) echo "$*" >> history ;; esac
    token=${answer#*index=}
    token=${token%% *}
}

# The resource: it takes a write with the highest token it has seen, or a higher
# one, and compares and writes in one step.
highest=0
write() {
    if [ "$2" -lt "$highest" ]; then
        echo "  $1 writes with token $2: REFUSED, token $highest was here"
    else
        highest=$2
        echo "  $1 writes with token $2: done"
    fi
}

cat << 'END'
Several copies of your service run, and one of them is to lead: libelection
decides which, who is next, and gives each leadership a number, its token.
It does so in a log that a Raft library replicates; here you play the log.
END

start
say 'Somebody watches: the present Term comes at once, nobody leads.'
ask watch
say 'alice enters from session 1 and leads; bob and carol wait.'
ask enter 1 alice
ask enter 2 bob
ask enter 3 carol
alice=$token
say 'She writes to a store, and shows her token.'
write alice "$alice"
say 'An operator hands over to carol. The index, the fencing token, steps.'
ask anoint carol
carol=$token
write carol "$carol"
say 'alice was paused and has not heard of it. Her old token gives her away.'
write alice "$alice"
say 'The session of carol ends: whoever is first in the queue leads.'
ask close 3
say 'A retry is harmless, and nobody can withdraw for somebody else.'
ask enter 2 bob
ask withdraw 2 alice
say 'All leave. The election is vacant, the watcher is told, the index stays.'
ask withdraw 1 alice
ask withdraw 2 bob
say 'dave enters. His tenure has a number that nobody had before.'
ask enter 4 dave
ask enter 5 erin
ask snapshot first.snapshot
stop

say 'Two more replicas are given the same log, one after the other. All three' \
    'snapshots are equal, byte for byte.'
for replica in second third; do
    (
        cat history
        echo "snapshot $replica.snapshot"
    ) | "$shell" | tail -n 1
done
cmp first.snapshot second.snapshot
cmp first.snapshot third.snapshot
cksum ./*.snapshot

say 'A new replica restores the snapshot and goes on, sessions and all.'
start
ask restore second.snapshot
ask close 4
stop
printf '\nNow try it yourself: %s\n' "$shell"
