#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pages in proto/ are true: their transcripts are played, and the functions
# and constants that they name are in the headers.
#
#     pages.sh SOURCE SHELL
set -eu
cd "$1"
shell=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

for page in proto/*.md; do
    awk '/^```text$/ { inside = 1; text = ""; next }
        /^```$/ && inside { inside = 0; if (text ~ /^# /) printf "%s\n", text }
        inside { text = text $0 "\n" }' "$page" > "$work/cases"
    [ -s "$work/cases" ] || continue
    count=$((count + 1))
    "$shell" --registry --check "$work/cases" > "$work/report" || {
        cat "$work/report" >&2
        echo "$page: its transcript is not as the shell has it" >&2
        exit 1
    }
done
[ "$count" -ge 3 ] || {
    echo "the pages no longer have transcripts" >&2
    exit 1
}

# Short forms, as _commit, go with a whole name on the same page.
grep -ohE '\b(election_[a-z_]+[a-z]|ELECTION_[A-Z_]+[A-Z])\b' proto/*.md |
    sort -u > "$work/names"
while read -r name; do
    grep -qrw "$name" include/election || {
        grep -qE "X\(${name#ELECTION_REGISTRY_}[,)]|X\(${name#ELECTION_}[,)]" \
            include/election/*.h
    } || grep -qrw "$name" src/programs/electiond/exposition.c || {
        echo "no header has $name, which a page in proto/ names" >&2
        exit 1
    }
done < "$work/names"
echo "$(wc -l < "$work/names") names and $count transcripts are true"
