#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The unit tests under valgrind: no invalid access, no use of what was never
# written, no leak. test_memory does too much for it: its own heap sees leaks
# and fences its blocks, and it runs under AddressSanitizer.
#
#     memcheck.sh BUILD
set -eu
count=0
for test in "$1"/tests/test_*; do
    case $test in */test_memory) continue ;; esac
    valgrind --quiet --error-exitcode=1 --leak-check=full \
        --errors-for-leak-kinds=definite "$test" > "$1/memcheck.log" 2>&1 || {
        cat "$1/memcheck.log"
        exit 1
    }
    count=$((count + 1))
done
echo "$count programs run clean"
[ "$count" -gt 0 ]
