#!/bin/sh
# Sets everything up and runs all tests, optimised and then under
# AddressSanitizer and UBSan. The last thing printed is ctest's summary.
set -eu
cd "$(dirname "$0")/.."
. tests/need.sh
need gcc g++ cmake ninja-build pkg-config \
    protobuf-c-compiler libprotobuf-c-dev libcmocka-dev libedit-dev \
    libraft-dev protobuf-compiler python3 python3-protobuf \
    clang clang-format

cmake --workflow --preset release
cmake --workflow --preset asan
