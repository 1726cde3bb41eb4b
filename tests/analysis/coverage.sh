#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which lines and branches of the libraries the unit tests, scenarios and the
# golden log run. Asserts are compiled out. Fails below the floor, which is what
# was reached: all lines, and all branches but seven: the ways past the last
# case of switches over all values of an enum. Three are in src/core/command.c,
# over operations, edits, and operations once more; in src/registry they are in
# value_size() of codec.c, over the kinds of fields, and in dispatch() of
# command.c, over the commands; in src/client/requests.c in find_due(), over the
# phases, and in command_of(), over what is asked for.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
find build/coverage -name '*.gcda' -delete 2> /dev/null || true
cmake --workflow --preset coverage > build/coverage.log 2>&1 || {
    cat build/coverage.log
    exit 1
}
gcovr --root . --filter src/base --filter src/core --filter src/registry \
    --filter src/client --filter src/message --branches --print-summary \
    --fail-under-line 100 --fail-under-branch 99.8 build/coverage
