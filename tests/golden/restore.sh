#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Restores every snapshot of format 1, compares the Term with the one that was
# written beside it, and the snapshot taken again with the file itself.
#
#     restore.sh SHELL FOLDER
set -eu
shell=$1
folder=$2
again=$(mktemp)
trap 'rm -f "$again"' EXIT

count=0
for snapshot in "$folder"/*.snapshot; do
    printed=$(printf 'restore %s\nsnapshot %s\n' "$snapshot" "$again" |
        "$shell" | uniq)
    expected=$(cat "${snapshot%.snapshot}.term")
    if [ "$printed" != "$expected" ]; then
        echo "$snapshot: expected $expected, restored $printed" >&2
        exit 1
    fi
    cmp "$snapshot" "$again"
    count=$((count + 1))
done
echo "$count snapshots restored"
[ "$count" -gt 0 ]
