#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The house style, as far as a program can tell:
#
# - files of at most 600 lines, functions of at most 70, lines of 80 columns
# - no tab, no blank at a line's end, a newline at a file's end
# - the licence in the first two lines
# - no ?: over more than one line
# - what a public comment says is in the fixed order
#
#     style.sh SOURCE
set -eu
cd "$1"
status=0

complain() {
    echo "$1" >&2
    status=1
}

sources=$(find include src examples tests -name '*.[ch]' -o -name '*.cc' |
    LC_ALL=C sort)
scripts=$(find CMakeLists.txt src examples tests .ci/run -name '*.sh' \
    -o -name '*.cmake' -o -name CMakeLists.txt -o -name run | LC_ALL=C sort)

for file in $sources $scripts; do
    lines=$(wc -l < "$file")
    [ "$lines" -le 600 ] || complain "$file: $lines lines, more than 600"
    grep -nHP '\t| $' "$file" && complain "$file: a tab or a blank at the end"
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
        [ "$file" = examples/hello.c ] || # it is README.md's, word for word
        complain "$file: no SPDX-License-Identifier"
    [ "$(tail -c 1 "$file" | wc -l)" -eq 1 ] ||
        complain "$file: no newline at the end"
    grep -nHE '^.{81}' "$file" | grep -vE 'https?:' &&
        complain "$file: more than 80 columns"
done

# In C++ such a line may start the initialisers of a constructor.
for file in $(echo "$sources" | grep -v '[.]cc$'); do
    grep -nHE '^ +[?:] |[^ "] [?]$' "$file" &&
        complain "$file: a ?: over more than one line"
done

# A function's body starts and ends with a brace in the first column.
for file in $sources; do
    awk -v file="$file" '
        /^[a-z].*\(/ || /^    [a-z_]*\(/ { if (!inside) start = NR }
        /^\{/ { inside = 1 }
        /^\}/ {
            if (inside && NR - start + 1 > 70) {
                printf "%s:%d: a function of %d lines\n", file, start,
                    NR - start + 1
                bad = 1
            }
            inside = 0
        }
        END { exit bad }' "$file" >&2 || status=1
done

# Comments of public functions: their parts in the same order.
for header in include/election/*.h; do
    awk -v file="$header" '
        function rank(line) {
            if (line ~ /^ \* @param/) return 1
            if (line ~ /^ \* @ret(urn|val)/) return 2
            if (line ~ /^ \* On error:/) return 3
            if (line ~ /^ \* Threads:/) return 4
            if (line ~ /^ \* Calls:/) return 5
            if (line ~ /^ \* Cost:/) return 6
            if (line ~ /^ \* Since:/) return 7
            if (line ~ /^ \* Source:/) return 8
            return 0
        }
        /^\/\*\*/ { last = 0 }
        rank($0) {
            if (rank($0) < last) {
                printf "%s:%d: out of order\n", file, NR; bad = 1
            }
            last = rank($0)
        }
        /^ELECTION_API/ && NR - end > 1 {
            printf "%s:%d: no comment right before it\n", file, NR; bad = 1
        }
        / \*\/$/ { end = NR }
        END { exit bad }' "$header" >&2 || status=1
done

[ "$status" -eq 0 ] && echo "$(echo "$sources" | wc -l) files are in style"
exit "$status"
