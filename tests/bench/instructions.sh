#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of each command, which time does not change as it does
# seconds, and compares them with the file: within 2 %. A change that costs more
# must say so by changing the file, with --rewrite.
#
#     instructions.sh PROGRAM FILE [--rewrite]
set -eu
program=$1
file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# count COUNT COMMAND...
count() {
    number=$1
    shift
    for command in "$@"; do
        valgrind --tool=callgrind --collect-atstart=no \
            --callgrind-out-file=/dev/null "$program" "$command" "$number" \
            2> "$work/log"
        awk -v command="$command" -v number="$number" '/Collected/ {
            printf "%s %d %.0f\n", command, number, $NF / 1000
        }' "$work/log"
    done
}

for number in 3 1000; do
    count $number enter withdraw anoint promote demote evict get_term
done > "$work/counted"
# What must not grow with their number.
for number in 1000 60000; do
    count $number close lead observe find unwatch
done >> "$work/counted"

if [ "${3-}" = --rewrite ]; then
    {
        echo '# command, candidates, instructions: gcc 12, -O2, x86-64'
        cat "$work/counted"
    } > "$file"
fi
grep -v '^#' "$file" | paste -d ' ' - "$work/counted" | awk '
    {
        off = $6 / $3 - 1
        printf "%-8s %5d %6d, was %6d, %+.1f %%\n", $4, $5, $6, $3, 100 * off
        if (off > 0.02 || off < -0.02) bad = 1
        rows++
    }
    END {
        if (bad)
            print "more than 2 % off: if the change is worth it, run this" \
                " with --rewrite and commit the file" > "/dev/stderr"
        exit bad || rows != 24
    }'
