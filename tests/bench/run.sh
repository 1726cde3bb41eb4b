#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and runs the benchmark, and prints the table of ratios against
# the goals. Fails while a goal is not reached.
set -eu
cd "$(dirname "$0")/../.."
. tests/need.sh
need gcc g++ cmake ninja-build pkg-config protobuf-c-compiler \
    libprotobuf-c-dev libcmocka-dev libedit-dev protobuf-compiler \
    libprotobuf-dev python3 libbenchmark-dev valgrind
cmake --preset bench > /dev/null
cmake --build --preset bench > /dev/null
grep -m 1 'model name' /proc/cpuinfo || true
status=0
bench=build/bench/tests/bench
$bench/bench --report || status=$?
echo
$bench/registry_report || status=$?
echo "counted:"
sh tests/bench/registry_instructions.sh $bench/registry_instructions \
    --report || status=$?
echo
echo "code and data of libelection, in bytes:"
size build/bench/src/libelection.a |
    awk 'NR > 1 { total += $1 + $2 } END { print total }'
exit $status
