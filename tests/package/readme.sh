#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The section Install of README.md does what it says, word for word, in a clean
# copy of the project. What it installs is expected to be there.
#
#     readme.sh SOURCE
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/copy" "$work/bin" "$work/home"
(cd "$source" && tar -c --exclude=./build --exclude=./.git .) |
    tar -x -C "$work/copy"

awk '/^## / { inside = $0 == "## Install" }
    inside && /^```sh$/ { block = 1; next }
    /^```$/ { block = 0 }
    inside && block' "$source/README.md" > "$work/install"
[ "$(wc -l < "$work/install")" -eq 6 ]

# Stands for the real one: nothing is installed here.
printf '#!/bin/sh\necho "not run: $*"\n' > "$work/bin/sudo"
chmod +x "$work/bin/sudo"
cd "$work/copy"
env -u CC -u CFLAGS HOME="$work/home" PATH="$work/bin:$PATH" \
    sh -eu "$work/install" > "$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
./hello | tail -n 1
[ "$(./hello | tail -n 1)" = "tenure 2: bob leads" ]
# A plain build makes no example and no test.
[ ! -e build/examples ] && [ ! -e build/tests ]
for file in bin/election-shell share/man/man1/election-shell.1 \
    share/man/man3/election.3 share/man/man5/election-scenario.5 \
    share/doc/election/SEMANTICS.md share/doc/election/LICENSE; do
    [ -e "$work/home/election/$file" ] || {
        echo "not installed: $file" >&2
        exit 1
    }
done
