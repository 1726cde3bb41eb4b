#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and measures the service: beside a server of libraft that does
# nothing, beside etcd, and what a node takes for each thing that it has. Some
# twelve minutes. Data are in a folder below FOLDER, whose disk counts.
#
#     service.sh [FOLDER]
#
# Debian starts an etcd where it installs one: that is neither used nor stopped,
# but should not run while this measures.
set -eu
cd "$(dirname "$0")/../.."
. tests/need.sh
need_for_tests libbenchmark-dev valgrind \
    etcd-server etcd-client libgrpc++-dev protobuf-compiler-grpc
cmake --preset bench-etcd > /dev/null
cmake --build --preset bench-etcd > /dev/null
build=build/bench-etcd
folder=${1-$build}
# What ctest uses: the Python that has Debian's packages.
python=$(sed -n 's/^ELECTION_PYTHON:FILEPATH=//p' $build/CMakeCache.txt)
for part in proposals comparison constants; do
    "$python" -B tests/bench/service/$part.py $build "$folder"
    echo
done
echo "the registry alone, with a million:"
echo
$build/tests/bench/registry_crowd
