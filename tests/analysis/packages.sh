#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Debian packages install and work in a bare Debian root, and leave nothing
# behind when they are purged.
#
#     packages.sh SOURCE
#
# Left out, with status 77, where that cannot be tried: who is not root cannot
# make such a root, nor can who reaches no Debian archive.
set -eu
source=$1
leave_out() {
    echo "left out: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || leave_out "only root can enter another root"
for program in debootstrap cpack dpkg-shlibdeps; do
    command -v $program > /dev/null || leave_out "no $program here"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
archive=$(apt-get indextargets --format '$(SITE) $(RELEASE)' |
    awk -v suite="$suite" '$2 == suite { print $1; exit }')

debootstrap --variant=minbase --include=gcc,libc6-dev,pkg-config \
    "$suite" "$root" "$archive" > "$work/log" 2>&1 || {
    tail -n 5 "$work/log"
    leave_out "debootstrap did not get through"
}
# Its own way to the archive is this machine's.
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2> /dev/null || true
cp /etc/resolv.conf "$root/etc/resolv.conf" 2> /dev/null || true
inside() {
    chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"
}

cmake -G Ninja -S "$source" -B "$work/build" > "$work/log"
cmake --build "$work/build" > "$work/log"
(cd "$work/build" && cpack -G DEB > "$work/log" 2>&1)
mkdir "$root/packages"
cp "$work"/build/*.deb "$root/packages/"
cp "$source/examples/hello.c" "$source/tests/scenarios/commands.txt" "$root/"
inside apt-get update -qq > "$work/log"
inside sh -c 'apt-get install -qq -y --no-install-recommends \
    /packages/*.deb' > "$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}

# shellcheck disable=SC2016
inside sh -c 'cc -o hello hello.c $(pkg-config --cflags --libs election) &&
    ./hello' | grep 'tenure 2: bob leads'
inside election-shell --check commands.txt
inside election-shell --version
inside electionctl --version
inside electiond --version
inside sh -c 'echo "#include <election/testing.h>" |
    cc -fsyntax-only -x c -'

inside apt-get purge -qq -y libelection-dev libelection0.1 election-tools \
    > "$work/log" 2>&1
left=$(inside find / -xdev '(' -name 'election*' -o -name 'libelection*' ')' \
    -not -path '/packages/*' -not -path '/proc/*')
[ -z "$left" ] || {
    echo "left behind: $left" >&2
    exit 1
}
echo "the packages install, work and purge"
