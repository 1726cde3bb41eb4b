#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which lines and branches of the libraries the unit tests, scenarios and the
# golden log run. Asserts are compiled out. Fails below the floor, which is what
# was reached: all lines, and all branches but two: the ways past the last case
# of the two switches in command.c, over the operations and over the edits.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
find build/coverage -name '*.gcda' -delete 2> /dev/null || true
cmake --workflow --preset coverage > build/coverage.log 2>&1 || {
    cat build/coverage.log
    exit 1
}
gcovr --root . --filter src/base --filter src/core --filter src/registry \
    --filter src/message --branches --print-summary \
    --fail-under-line 100 --fail-under-branch 99.8 build/coverage
