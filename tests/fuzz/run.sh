#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes each target for so many seconds, from the committed corpus; what is
# found goes to build/fuzz/. Then says how many cases ran.
#
#     run.sh SECONDS [TARGET...]
set -eu
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
cd "$(dirname "$0")/../.."
. tests/need.sh
need clang libclang-rt-14-dev g++ cmake ninja-build pkg-config \
    protobuf-c-compiler libprotobuf-c-dev libcmocka-dev libedit-dev

cmake --preset fuzz > /dev/null
cmake --build --preset fuzz > /dev/null
[ $# -gt 0 ] || set -- apply restore output line registry_apply \
    registry_restore registry_query registry_decode client service
status=0
for target in "$@"; do
    found=build/fuzz/found/$target
    mkdir -p "$found"
    echo "$target: $seconds seconds"
    build/fuzz/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" \
        -print_final_stats=1 -max_len=1000 -artifact_prefix="$found/" \
        "$found" tests/fuzz/corpus/"$target" 2> "$found.log" || status=1
    grep -E 'stat::number_of_executed_units|SUMMARY|Test unit written' \
        "$found.log" || true
done
exit "$status"
