#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The campaign in its long form: three nodes under faults for so many rounds,
# and then with faults planted in the sources, each of which must be found.
#
#     run.sh [ROUNDS] [SEED]
set -eu
cd "$(dirname "$0")/../.."
. tests/need.sh
need_for_tests
rounds=${1:-20}
[ $# -gt 0 ] && shift
build=$PWD/build/release
cmake --preset release > /dev/null
cmake --build --preset release --target electiond electionctl > /dev/null
/usr/bin/python3 -B tests/cluster/campaign.py \
    "$build/src/programs/electiond/electiond" \
    "$build/src/programs/electionctl/electionctl" \
    "$build/tests/service" "$build/tests/cluster" "$rounds" "$@"
/usr/bin/python3 -B tests/cluster/plants.py "$build"
echo "$rounds rounds were good, and each planted fault was found"
