#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What three analysers think of src/: clang-tidy (src/.clang-tidy says which of
# its checks are off, and why), cppcheck, and gcc's -fanalyzer. No warning.
#
#     lint.sh SOURCE BUILD
set -eu
cd "$1"
build=$2
generated=$build/src/message/generated

clang-tidy -p "$build" --quiet src/*/*.c src/programs/*/*.c 2> /dev/null

# Headers of the system are not there for it, and need not be.
cppcheck --quiet --std=c11 --error-exitcode=1 \
    --enable=warning,style,performance,portability \
    --suppress=missingIncludeSystem \
    -I include -I src -I "$generated" src/*/*.c

for file in src/*/*.c; do
    gcc -std=c11 -D_GNU_SOURCE -O2 -fanalyzer -Wall -Wextra -Werror -c \
        -DELECTION_RAFT_IS_SOUND=0 \
        -I include -I src -I "$generated" -o /dev/null "$file"
done
echo "no warnings"
