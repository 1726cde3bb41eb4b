#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes one C file of the rooms base and core, and copies the header beside it.
#
#     amalgamate.sh SOURCE FOLDER
set -eu
source=$1
folder=$2
version=$(awk '/^#define ELECTION_VERSION_M|^#define ELECTION_VERSION_PATCH/ {
    printf "%s%s", dot, $3; dot = "." }' "$source/include/election/election.h")
mkdir -p "$folder"
cp "$source/include/election/election.h" "$folder/election.h"

# Each header stands where it is first included, and once.
# shellcheck disable=SC2046
awk -v src="$source/src/" -v version="$version" '
    function emit(path,  folder, line, name) {
        if (path in seen)
            return
        seen[path] = 1
        folder = path
        sub(/[^\/]*$/, "", folder)
        while ((getline line < path) > 0) {
            if (line !~ /^#include "/) {
                print line
                continue
            }
            name = line
            gsub(/^#include "|"$/, "", name)
            if (name == "election/election.h")
                print "#include \"election.h\""
            else if (name ~ /\//)
                emit(src name)
            else
                emit(folder name)
        }
        close(path)
    }
    BEGIN {
        print "/* libelection " version ", made of its src/base and src/core."
        print " * SPDX-License-Identifier: Apache-2.0 */"
        for (i = 1; i < ARGC; i++)
            emit(ARGV[i])
    }' $(LC_ALL=C ls "$source"/src/base/*.c "$source"/src/core/*.c) \
    > "$folder/election.c"
