#!/bin/sh
# Sets up and builds the shell, and plays an election with it: a leader is
# elected, hands over, dies, and comes back from a snapshot.
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

# Gives the shell a line, and shows its events and its answer.
ask() {
    echo "> $*"
    echo "$*" >&3
    while read -r line <&4; do
        echo "$line"
        case $line in event*) ;; *) break ;; esac
    done
}

start
say 'Somebody watches: the present Term comes at once, nobody leads.'
ask watch
say 'alice enters from session 1 and leads; bob and carol wait.'
ask enter 1 alice
ask enter 2 bob
ask enter 3 carol
say 'An operator hands over to carol. The index, the fencing token, steps:' \
    'alice still thinks she leads, but her token is refused from now on.'
ask anoint carol
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
ask snapshot demo.snapshot
stop

say 'A second shell restores the snapshot and goes on, sessions and all.'
start
ask restore demo.snapshot
ask close 4
stop
printf '\nNow try it yourself: %s/examples/election-shell\n' "$build"
