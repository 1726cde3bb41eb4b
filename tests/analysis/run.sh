#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The long form of tests/run.sh, for who changes the library: analysers, format,
# coverage, mutants, other compilers and architectures (i386 and s390x are added
# to this machine's), packages, and the benchmark's instruction counts. The last
# thing printed is ctest's summary.
set -eu
cd "$(dirname "$0")/../.."
. tests/need.sh
need_architecture i386 s390x
need_for_tests clang clang-format clang-tidy cppcheck gcovr valgrind \
    libc6-dbg mandoc libbenchmark-dev debootstrap dpkg-dev file \
    gcc-i686-linux-gnu libc6-dev-i386-cross libcmocka-dev:i386 \
    gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user libcmocka-dev:s390x

for preset in bench analysis; do
    cmake --workflow --preset "$preset"
done
