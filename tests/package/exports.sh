#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compares what the shared library exports with the list of what it should.
#
#     exports.sh LIBRARY LIST
set -eu
exported=$(mktemp)
trap 'rm -f "$exported"' EXIT
# Generated code comes with message.h, and names that begin with two underscores
# with a sanitizer: neither is any business of the list. Names that begin with
# election__ are for the project's other libraries alone.
nm -D --defined-only "$1" | awk '{print $3}' |
    grep -v -e '^atomix__multiraft__election__v1__' -e '^__' |
    LC_ALL=C sort > "$exported"
if ! diff "$2" "$exported"; then
    echo "The library does not export exactly $2." >&2
    exit 1
fi
wc -l < "$exported"
