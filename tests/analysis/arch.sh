#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same log leads to the same hashes with another compiler, or on another
# architecture: builds the libraries and the log harnesses with it, and runs
# them, emulated if need be.
#
#     arch.sh SOURCE COMPILER [EMULATOR]
set -eu
source=$1
compiler=$2
emulator=${3-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# prove NAME GOLDEN FILE...
prove() {
    name=$1
    golden=$2
    shift 2
    "$compiler" -std=c11 -O2 -D_POSIX_C_SOURCE=200809L \
        -I "$source/include" -I "$source/src" -o "$work/$name" \
        "$source"/src/base/*.c "$source"/src/core/*.c "$@" \
        "$source/tests/support/heap.c" -lcmocka
    # shellcheck disable=SC2086
    $emulator "$work/$name" cluster
    # shellcheck disable=SC2086
    sh "$source/tests/proof/hashes.sh" "$work/$name" \
        "$source/tests/golden/$golden" $emulator
}

prove proof_log log-hashes.txt "$source/tests/proof/log.c"
prove proof_registry_log registry-log-hashes.txt \
    "$source"/src/registry/*.c "$source/tests/proof/registry_log.c" \
    "$source"/tests/proof/registry/*.c
