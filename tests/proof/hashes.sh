#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The log leads to the hashes that stand in the file, on this machine too, also
# when another process goes on from a snapshot.
#
#     hashes.sh PROOF_LOG FILE [EMULATOR...]
set -eu
proof=$1
expected=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$@" "$proof" hashes > "$work/hashes"
diff "$expected" "$work/hashes"
"$@" "$proof" save 3000 "$work/snapshot"
"$@" "$proof" load 3000 "$work/snapshot" > "$work/rest"
tail -n 5 "$expected" | diff - "$work/rest"
echo "the same hashes"
