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

# The lines of a registry have a section of their own.
awk '/^[.]Sh / { inside = /REGISTRY/ } inside' "$page" > "$work/section"
sed -nE 's/^    \{"([a-z]+)", ELECTION__REGISTRY_.*/.It Ic \1/p' \
    src/testing/registry_line.c > "$work/items"
[ "$(wc -l < "$work/items")" -ge 22 ] || {
    echo "the source no longer tells the registry's lines in this way" >&2
    exit 1
}
while read -r item; do
    grep -qE "^$item( |\$)" "$work/section" || {
        echo "$page does not have, of the registry: $item" >&2
        exit 1
    }
done < "$work/items"

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

for file in "$page" "$scenario" "$overview" "$registry" "$client"; do
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
mandoc -T lint -W warning "$page" "$scenario" "$overview" "$registry" "$client"
echo "the man pages are sound"
