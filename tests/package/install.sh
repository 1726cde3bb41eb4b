#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a temporary prefix, and builds programs against it in each way
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

refuse() {
    echo "-- $1"
    said=$2
    shift 2
    if "$@" > "$work/log" 2>&1 || ! grep -q "$said" "$work/log"; then
        cat "$work/log"
        echo "this should have failed with: $said" >&2
        exit 1
    fi
}

run() {
    printed=$("$@")
    [ "$printed" = "tenure 1: alice leads" ] || {
        echo "$1 printed: $printed" >&2
        exit 1
    }
}

# configure FOLDER PROGRAM TARGET [OPTION...]
configure() {
    folder=$work/$1
    program=$2
    target=$3
    shift 3
    rm -rf "$folder"
    cmake -G Ninja -S "$consumer" -B "$folder" -DPROGRAM="$program" \
        -DTARGET="$target" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS" "$@"
}

# The adapter is there where libraft is.
raft=
[ -z "$(find "$prefix" -name raft.h)" ] || raft=raft
for row in core:election::election: core:election::static:static \
    core:election::shared:shared message:election::message:message \
    "message:election::message_static:message;static" \
    registry:election::registry:registry \
    client:election::client:client \
    ${raft:+raft:election::raft:raft} \
    ${raft:+raft:election::raft_static:raft} \
    testing:election::testing:testing; do
    program=${row%%:*}
    components=${row##*:}
    target=${row#*:}
    target=${target%:*}
    try "find_package, components '$components', $target" configure find \
        "$program" "$target" -DCOMPONENTS="$components"
    try "  build" cmake --build "$work/find"
    run "$work/find/consumer"
done
refuse "find_package, an unknown component" "no election" \
    configure find core election::election -DCOMPONENTS=wings
try "find_package without protobuf-c" env PKG_CONFIG_LIBDIR=/nowhere \
    sh -c "cmake -G Ninja -S '$consumer' -B '$work/bare' -DPROGRAM=core \
    -DTARGET=election::election -DCMAKE_PREFIX_PATH='$prefix' \
    -DCMAKE_C_COMPILER='$CC' -DCMAKE_C_FLAGS='$CFLAGS' &&
    cmake --build '$work/bare'"
run "$work/bare/consumer"
refuse "find_package, message without protobuf-c" "needs libprotobuf-c" \
    env PKG_CONFIG_LIBDIR=/nowhere cmake -G Ninja -S "$consumer" \
    -B "$work/none" -DPROGRAM=message -DTARGET=election::message \
    -DCOMPONENTS=message -DCMAKE_PREFIX_PATH="$prefix"

for row in core:election::election message:election::message \
    registry:election::registry client:election::client \
    ${raft:+raft:election::raft} testing:election::testing; do
    try "add_subdirectory, ${row#*:}" configure sub "${row%%:*}" "${row#*:}" \
        -DSUBDIRECTORY="$source"
    try "  build" cmake --build "$work/sub"
    run "$work/sub/consumer"
done
if [ -e "$work/sub/election/tests" ] || [ -e "$work/sub/election/examples" ] ||
    [ -e "$work/sub/election/src/programs" ]; then
    echo "More than the libraries is built inside a larger build." >&2
    exit 1
fi
refuse "add_subdirectory installs nothing" "install" \
    sh -c "cmake --install '$work/sub' --prefix '$work/nothing' &&
    test -e '$work/nothing' || { echo no install; false; }"
for shared in ON OFF; do
    try "add_subdirectory, BUILD_SHARED_LIBS=$shared" configure kind core \
        election::election -DSUBDIRECTORY="$source" \
        -DELECTION_MESSAGES=OFF -DBUILD_SHARED_LIBS=$shared
    try "  build" cmake --build "$work/kind"
    run "$work/kind/consumer"
    found=$(find "$work/kind" -name 'libelection.so' -o -name 'libelection.a')
    case $shared$found in
    ON*.so | OFF*.a) ;;
    *)
        echo "BUILD_SHARED_LIBS=$shared made: $found" >&2
        exit 1
        ;;
    esac
done

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name election.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir election)
export LD_LIBRARY_PATH
for row in core:election message:election-message \
    registry:election-registry client:election-client \
    ${raft:+raft:election-raft} testing:election-testing; do
    # shellcheck disable=SC2046,SC2086
    try "pkg-config, ${row#*:}" $CC $CFLAGS -o "$work/consumer" \
        "$consumer/${row%%:*}.c" $(pkg-config --cflags --libs "${row#*:}")
    run "$work/consumer"
done
if pkg-config --libs election | grep -q protobuf; then
    echo "libelection asks for protobuf-c" >&2
    exit 1
fi

for page in man1/election-shell.1 man3/election.3 man3/election-registry.3 \
    man3/election-client.3 man5/election-scenario.5 \
    ${raft:+man1/electionctl.1} ${raft:+man8/electiond.8}; do
    [ -n "$(find "$prefix" -path "*/$page")" ] || {
        echo "not installed: $page" >&2
        exit 1
    }
done
for program in ${raft:+bin/electionctl} ${raft:+sbin/electiond}; do
    try "$program" "$prefix/$program" --version
done
try "the shell" sh -c "printf 'term\n' | '$prefix/bin/election-shell'"
echo "all of them run"
