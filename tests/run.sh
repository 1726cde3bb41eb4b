#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up what is missing and runs all tests that need no more than compilers:
# optimised, under ThreadSanitizer, and under AddressSanitizer and UBSan. The
# last thing printed is ctest's summary. tests/analysis/run.sh is the long form.
set -eu
cd "$(dirname "$0")/.."
. tests/need.sh
need_for_tests

for preset in release tsan asan; do
    cmake --workflow --preset "$preset"
done
