#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The man pages: that of the shell has every command and option, their cases
# are true, their programs compile, they are of this version, and mandoc, if it
# is there, finds no fault.
#
#     man.sh SOURCE SHELL
set -eu
cd "$1"
shell=$2
page=src/programs/shell/election-shell.1
scenario=src/programs/shell/election-scenario.5
overview=include/election/election.3
registry=include/election/election-registry.3
client=include/election/election-client.3
node=src/programs/electiond/electiond.8
ctl=src/programs/electionctl/electionctl.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# has_all PAGE LEAST: the page has each of the items.
has_all() {
    [ "$(wc -l < "$work/items")" -ge "$2" ] || {
        echo "the source no longer tells what $1 is about in this way" >&2
        exit 1
    }
    while read -r item; do
        grep -qE "^$item( |\$)" "$1" || {
            echo "$1 does not have: $item" >&2
            exit 1
        }
    done < "$work/items"
}

# What is to be described, as the start of a line in the page.
{
    sed -nE 's/^ +\{([.]word = )?"([a-z]+)",.*/.It Ic \2/p' src/testing/line.c
    sed -nE 's/.*is\(argument, "-(-[a-z]+)"\).*/.It Fl \1/p' \
        src/programs/shell/main.c
} > "$work/items"
has_all "$page" 21

# Options, events and exit statuses of a node.
sed -nE 's/.*strcmp\(name, "([a-z-]+)"\) == 0.*/.It Fl -\1/p' \
    src/programs/electiond/options.c > "$work/items"
sed -nE 's/^    EXIT_[A-Z_]+ = ([0-9]+).*/.It \1/p' \
    src/programs/electiond/node.h >> "$work/items"
has_all "$node" 22
grep -hoE 'journal\("[a-z-]+"' src/programs/electiond/*.c |
    sed 's/.*"\(.*\)"/\1/' | sort -u | while read -r event; do
    grep -qE "^[.]It .*Ic $event( |\$)" "$node" || {
        echo "$node does not have the event $event" >&2
        exit 1
    }
done

# Options, commands and exit statuses of its client.
sed -nE 's/.*strcmp\(name, "-(-[a-z-]+)"\) == 0.*/.It Fl \1/p' \
    src/programs/electionctl/options.c > "$work/items"
sed -nE 's/^    EXIT_[A-Z_]+ = ([0-9]+).*/.It \1/p' \
    src/programs/electionctl/options.h >> "$work/items"
has_all "$ctl" 21
grep -oE '"[a-z]+", command_' src/programs/electionctl/main.c |
    cut -d '"' -f 2 | while read -r command; do
    grep -qE "^[.](It )?Cm .*\<$command\>" "$ctl" || {
        echo "$ctl does not have the command $command" >&2
        exit 1
    }
done

# The lines of a registry have a section of their own.
awk '/^[.]Sh / { inside = /REGISTRY/ } inside' "$page" > "$work/section"
sed -nE 's/^    \{"([a-z]+)", ELECTION__REGISTRY_.*/.It Ic \1/p' \
    src/testing/registry_line.c > "$work/items"
has_all "$work/section" 22

# Cases start with a comment, those of a registry have an office. One is wrong
# on purpose: it shows a report.
awk -v cases="$work/cases" '
    function end_case() {
        file = cases (text ~ /\n> office\n/ ? "-registry" : "")
        if (text != "")
            printf "%s\n", text > file
        text = ""
    }
    /^[.]Ed/ { end_case(); inside = 0 }
    inside || (begins && /^#  *[A-Z]/) {
        inside = 1; gsub(/\\-/, "-"); text = text $0 "\n"
    }
    { begins = /^[.]Bd -literal/ }' "$page" "$scenario"
"$shell" --check "$work/cases" > "$work/report" || true
"$shell" --registry --check "$work/cases-registry" >> "$work/report" || true
[ "$(grep -c 'passed' "$work/report")" -eq 2 ] &&
    grep -qx '2 passed, 1 failed' "$work/report" &&
    grep -qx '2 passed, 0 failed' "$work/report" || {
    cat "$work/report" >&2
    echo "the cases of the man pages are not as expected" >&2
    exit 1
}

# names_all PAGE HEADER...: an overview names every function.
names_all()
{
    overview_page=$1
    shift
    for name in $(sed -nE 's/^(ELECTION_API.*)?[ *](election_[a-z_]+)\(.*/\2/p
        s/^(election_[a-z_]+)\(.*/\1/p' "$@" | grep -v '_fn$'); do
        grep -q "$name(" "$overview_page" || {
            echo "$overview_page does not have: $name" >&2
            exit 1
        }
    done
}
names_all "$registry" include/election/registry.h include/election/wire.h
names_all "$client" include/election/client.h

# The programs in the overviews compile.
for file in "$overview" "$registry" "$client"; do
    awk '/^[.]Ed/ { inside = 0 } begins && /^#include/ { inside = 1 }
        { begins = /^[.]Bd/ }
        inside { gsub(/\\e/, "\\"); gsub(/\\-/, "-"); print }' \
        "$file" > "$work/example.c"
    [ -s "$work/example.c" ]
    "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -fsyntax-only -I include \
        "$work/example.c"
done

for file in "$page" "$scenario" "$overview" "$registry" "$client" "$node" \
    "$ctl"; do
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
mandoc -T lint -W warning "$page" "$scenario" "$overview" "$registry" \
    "$client" "$node" "$ctl"
echo "the man pages are sound"
