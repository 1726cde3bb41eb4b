#!/bin/sh
# Installs into a temporary prefix, and builds a program against it in each way
# that a user may: find_package, pkg-config, add_subdirectory.
#
#     install.sh SOURCE BUILD
#
# CC and CFLAGS are those of the build, so that a sanitizer is on both sides.
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
consumer=$source/tests/package/consumer

cmake --install "$build" --prefix "$prefix" > "$work/log"

try() {
    echo "-- $1"
    shift
    "$@" > "$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
}

run() {
    printed=$("$@")
    [ "$printed" = "tenure 1: alice leads" ] || {
        echo "$1 printed: $printed" >&2
        exit 1
    }
}

for target in election::election election::static; do
    try "find_package, $target" cmake -G Ninja -S "$consumer" \
        -B "$work/find" -DCMAKE_PREFIX_PATH="$prefix" -DTARGET="$target" \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS"
    try "  build" cmake --build "$work/find"
    run "$work/find/consumer"
done

try "add_subdirectory" cmake -G Ninja -S "$consumer" -B "$work/sub" \
    -DSUBDIRECTORY="$source" -DTARGET=election::election \
    -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS"
try "  build" cmake --build "$work/sub"
run "$work/sub/consumer"
if [ -e "$work/sub/election/tests" ] || [ -e "$work/sub/election/examples" ]
then
    echo "Tests or examples are built inside a larger build." >&2
    exit 1
fi

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name election.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046,SC2086
try "pkg-config" $CC $CFLAGS -o "$work/consumer" "$consumer/consumer.c" \
    $(pkg-config --cflags --libs election)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir election)
export LD_LIBRARY_PATH
run "$work/consumer"

try "the shell" sh -c "printf 'term\n' | '$prefix/bin/election-shell'"
echo "all of them run"
