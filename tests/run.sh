#!/bin/sh
# Sets everything up and runs all tests: optimised, under ThreadSanitizer, the
# analysers, the benchmark's, and last under AddressSanitizer and UBSan. The
# last thing printed is ctest's summary.
set -eu
cd "$(dirname "$0")/.."
. tests/need.sh
need_architecture i386 s390x
need gcc g++ cmake ninja-build pkg-config \
    protobuf-c-compiler libprotobuf-c-dev libcmocka-dev libedit-dev \
    libraft-dev protobuf-compiler libprotobuf-dev python3 python3-protobuf \
    clang clang-format clang-tidy cppcheck gcovr valgrind libc6-dbg \
    libbenchmark-dev \
    gcc-i686-linux-gnu libc6-dev-i386-cross \
    libprotobuf-c-dev:i386 libcmocka-dev:i386 \
    gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user \
    libprotobuf-c-dev:s390x libcmocka-dev:s390x

for preset in release tsan analysis bench asan; do
    cmake --workflow --preset "$preset"
done
