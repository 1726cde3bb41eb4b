#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The rooms of src/ include one another in one direction only. The rooms that a
# file of a room may include stand in src/README.md, in the table of rooms; of
# core the others see only embed.h.
#
#     rooms.sh SOURCE
set -eu
cd "$1/src"
status=0

# Prints "ROOM ALLOWED..." for each row "| `room/` | ... | `base/` `core/` |".
rooms() {
    awk -F '|' '/^\| `[a-z\/]+\/` \|/ {
        gsub(/[`\/]/, "")
        print $2, $4
    }' README.md
}

[ "$(rooms | wc -l)" -gt 3 ] || {
    echo "src/README.md has no table of rooms" >&2
    exit 1
}
for folder in */; do
    room=${folder%/}
    [ "$room" = cmake ] || rooms | grep -q "^ *$room " || {
        echo "src/README.md does not know the room $room" >&2
        status=1
    }
done

for file in $(find */ -name '*.[ch]' | LC_ALL=C sort); do
    room=${file%%/*}
    allowed=$(rooms | awk -v room="$room" '$1 == room')
    sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u |
        while read -r other; do
            case " $allowed election " in
            *" $other "*) ;;
            *) echo "src/$file: $room may not include $other" ;;
            esac
        done
    # Of the core the rooms above it see one header.
    [ "$room" = core ] ||
        sed -n 's|^#include "\(core/.*\)"|\1|p' "$file" |
        grep -v '^core/embed.h$' |
        sed "s|.*|src/$file: $room may not include &|"
done | grep . >&2 && status=1
[ "$status" -eq 0 ] && echo "all arrows go one way"
exit "$status"
