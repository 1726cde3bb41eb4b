#!/bin/sh
# Compares what the shared library exports with the list of what it should.
#
#     exports.sh LIBRARY LIST
set -eu
exported=$(mktemp)
trap 'rm -f "$exported"' EXIT
# Generated code comes with message.h and is no business of the list.
nm -D --defined-only "$1" | awk '{print $3}' |
    grep -v '^atomix__multiraft__election__v1__' | LC_ALL=C sort > "$exported"
if ! diff "$2" "$exported"; then
    echo "The library does not export exactly $2." >&2
    exit 1
fi
wc -l < "$exported"
