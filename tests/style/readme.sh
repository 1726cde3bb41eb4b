#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program in README.md is examples/hello.c, and prints what stands there;
# its transcript is a case of the scenarios.
#
#     readme.sh SOURCE HELLO
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' \
    README.md > "$work/hello.c"
if ! diff "$work/hello.c" examples/hello.c; then
    echo "README.md and examples/hello.c differ" >&2
    exit 1
fi
"$2" > "$work/printed"
awk '/^```c$/ { c = 1 } c && /^```text$/ { inside = 1; next }
    /^```$/ && inside { exit } inside' README.md > "$work/expected"
diff "$work/expected" "$work/printed"

awk '/^# Enter after a vacancy/, /^```$/' README.md | grep -v '^```$' \
    > "$work/transcript"
awk '/^# Enter after a vacancy/, /^$/' tests/scenarios/commands.txt | grep . |
    diff "$work/transcript" -
