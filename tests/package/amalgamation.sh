#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The core as one file: made, compiled by two compilers without a warning, and
# run with the program of README.md.
#
#     amalgamation.sh SOURCE
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh "$source/src/cmake/amalgamate.sh" "$source" "$work/election"
for compiler in "$CC" clang; do
    command -v "$compiler" > /dev/null || {
        echo "no $compiler here"
        continue
    }
    "$compiler" -std=c11 -Wall -Wextra -Werror -O2 -I "$work" \
        -o "$work/hello" "$source/examples/hello.c" "$work/election/election.c"
    printed=$("$work/hello" | tail -n 1)
    [ "$printed" = "tenure 2: bob leads" ] || {
        echo "$compiler: hello printed: $printed" >&2
        exit 1
    }
    "$compiler" -std=c11 -O2 -c -o "$work/election.o" \
        "$work/election/election.c"
    size "$work/election.o" | awk -v compiler="$compiler" 'NR == 2 {
        print compiler ": " $1 + $2 " bytes of code and data" }'
done
