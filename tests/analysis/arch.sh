#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same log leads to the same hashes with another compiler, or on another
# architecture: builds the library and the log harness with it, and runs them,
# emulated if need be.
#
#     arch.sh SOURCE COMPILER [EMULATOR]
set -eu
source=$1
compiler=$2
emulator=${3-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$compiler" -std=c11 -O2 -D_POSIX_C_SOURCE=200809L \
    -I "$source/include" -I "$source/src" \
    -o "$work/proof_log" "$source"/src/base/*.c "$source"/src/core/*.c \
    "$source/tests/proof/log.c" "$source/tests/support/heap.c" -lcmocka
# shellcheck disable=SC2086
$emulator "$work/proof_log" cluster
# shellcheck disable=SC2086
sh "$source/tests/proof/hashes.sh" "$work/proof_log" \
    "$source/tests/golden/log-hashes.txt" $emulator
