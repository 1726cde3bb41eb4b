#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The man pages: that of the shell has every command and option, their cases
# are true, they are of this version, and mandoc, if it is there, finds no
# fault.
#
#     man.sh SOURCE SHELL
set -eu
cd "$1"
shell=$2
page=src/programs/shell/election-shell.1
scenario=src/programs/shell/election-scenario.5
overview=include/election/election.3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is to be described, as the start of a line in the page.
{
    sed -nE 's/^ +\{([.]word = )?"([a-z]+)",.*/.It Ic \2/p' src/testing/line.c
    sed -nE 's/.*is\(argument, "-(-[a-z]+)"\).*/.It Fl \1/p' \
        src/programs/shell/main.c
} > "$work/items"
[ "$(wc -l < "$work/items")" -ge 21 ] || {
    echo "the source no longer tells commands and options in this way" >&2
    exit 1
}
while read -r item; do
    grep -qE "^$item( |\$)" "$page" || {
        echo "$page does not have: $item" >&2
        exit 1
    }
done < "$work/items"

# Cases start with a comment. One is wrong on purpose: it shows a report.
awk '/^[.]Ed/ { if (inside) print ""; inside = 0 }
    inside || (begins && /^#  *[A-Z]/) {
        inside = 1; gsub(/\\-/, "-"); print
    }
    { begins = /^[.]Bd -literal/ }' "$page" "$scenario" > "$work/cases"
"$shell" --check "$work/cases" > "$work/report" || true
[ "$(tail -n 1 "$work/report")" = "2 passed, 1 failed" ] || {
    cat "$work/report" >&2
    echo "the cases of the man pages are not as expected" >&2
    exit 1
}

for file in "$page" "$scenario" "$overview"; do
    grep -qx ".Os libelection $("$shell" --version | cut -d ' ' -f 2)" \
        "$file" || {
        echo "$file is of another version" >&2
        exit 1
    }
done

command -v mandoc > /dev/null || {
    echo "mandoc is not installed: left out its look at the man pages"
    exit 77
}
mandoc -T lint -W warning "$page" "$scenario" "$overview"
echo "the man pages are sound"
