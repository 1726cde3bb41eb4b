#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every C and C++ file is formatted as .clang-format says, and clang finds the
# comments of the public headers well formed.
#
#     format.sh SOURCE GENERATED
set -eu
cd "$1"
generated=$2

sources=$(find include src examples tests -name '*.[ch]' -o -name '*.cc')
# shellcheck disable=SC2086
clang-format --dry-run --Werror $sources
for header in include/election/*.h; do
    clang -x c -std=c11 -fsyntax-only -Wdocumentation -Werror \
        -I include -I "$generated" "$header"
done
echo "$(echo "$sources" | wc -l) files are formatted"
