#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of what a registry is asked for, compares them with
# the file, within 2 %, and says what goals they reach. A change that costs more
# must say so by changing the file, with --rewrite.
#
#     registry_instructions.sh PROGRAM FILE [--rewrite]
#     registry_instructions.sh PROGRAM --report
#
# --report prints the goals alone, as rows of the benchmark's table, and fails
# while one is not reached.
set -eu
program=$1
file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each case is a part of callgrind's output, and a line of the program's own:
# how many times it ran.
count() {
    rm -f "$work"/part*
    valgrind --tool=callgrind --collect-atstart=no \
        --callgrind-out-file="$work/part" "$program" "$1" \
        > "$work/times" 2> "$work/log"
    awk -v number="$1" '
        FILENAME ~ /times$/ { times[$1] = $2; names[++rows] = $1; next }
        /^desc: Trigger: Client Request/ { name = $NF }
        /^totals:/ { total[name] = $2 }
        END {
            for (i = 1; i <= rows; i++)
                printf "%s %d %.0f\n", names[i], number,
                    total[names[i]] / times[names[i]]
        }' "$work/times" "$work"/part.*
}

for number in 1000 30000; do
    count $number
done > "$work/counted"

# row WHAT CASE NUMBER TO-CASE TO-NUMBER GOAL
row() {
    awk -v what="$1" -v a="$2 $3" -v b="$4 $5" -v goal="$6" '
        { counted[$1 " " $2] = $3 }
        END {
            ratio = counted[a] / counted[b]
            printf "| %-53s | %8.2f | at most %-5s | %s |\n", what, ratio,
                goal, ratio <= goal ? "yes" : "NO "
            exit ratio > goal
        }' "$work/counted"
}

if [ "$file" = --report ]; then
    status=0
    row "Propose, hot / core's apply, instructions" hot 30000 core 30000 3.5 ||
        status=1
    row "Tick, among 30,000 / among 1,000, instructions" \
        tick 30000 tick 1000 1.02 || status=1
    row "KeepAlive, each session, the same" \
        renew 30000 renew 1000 1.2 || status=1
    row "expiring / withdrawing, instructions" \
        expire 30000 withdraw 30000 1.5 || status=1
    exit "$status"
fi

if [ "${3-}" = --rewrite ]; then
    {
        echo '# case, sessions and elections, instructions: gcc 12, -O2, x86-64'
        cat "$work/counted"
    } > "$file"
fi
grep -v '^#' "$file" | paste -d ' ' - "$work/counted" | awk '
    {
        off = $6 / $3 - 1
        printf "%-8s %5d %6d, was %6d, %+.1f %%\n", $4, $5, $6, $3, 100 * off
        if (off > 0.02 || off < -0.02 || $1 != $4) bad = 1
        rows++
    }
    END {
        if (bad)
            print "more than 2 % off: if the change is worth it, run this" \
                " with --rewrite and commit the file" > "/dev/stderr"
        exit bad || rows != 24
    }'
