#!/bin/sh
# The same log leads to the same hashes with another compiler, or on another
# architecture: builds the library and the log harness with it, and runs them,
# emulated if need be.
#
#     arch.sh SOURCE GENERATED COMPILER [EMULATOR]
set -eu
source=$1
generated=$2
compiler=$3
emulator=${4-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pb=$generated/atomix/multiraft/election/v1/fsm.pb-c.c
"$compiler" -std=c11 -O2 -D_POSIX_C_SOURCE=200809L \
    -I "$source/include" -I "$source/src" -I "$generated" \
    -o "$work/proof_log" "$source"/src/*/*.c "$pb" \
    "$source/tests/proof/log.c" "$source/tests/support/heap.c" -lprotobuf-c -lcmocka
# shellcheck disable=SC2086
$emulator "$work/proof_log" cluster
# shellcheck disable=SC2086
sh "$source/tests/proof/hashes.sh" "$work/proof_log" \
    "$source/tests/golden/log-hashes.txt" $emulator
