#!/bin/sh
# Which lines and branches of src/ the unit tests, scenarios and the golden log
# run. Asserts are compiled out. Fails below the floor, which is what was
# reached: all lines, and all branches but one: the way past the last case of a
# switch that names every value of enum election_op, in codec.c (name_number).
set -eu
cd "$(dirname "$0")/../.."
find build/coverage -name '*.gcda' -delete 2> /dev/null || true
cmake --workflow --preset coverage > build/coverage.log 2>&1 || {
    cat build/coverage.log
    exit 1
}
gcovr --root . --filter src/ --branches --print-summary \
    --fail-under-line 100 --fail-under-branch 99.8 build/coverage
