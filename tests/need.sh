# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts that set things up.
#
# need_architecture ARCHITECTURE...
# need PACKAGE...
# need_for_tests PACKAGE...   those, and what building all with its tests needs
#
# Install the Debian packages that are missing, of other architectures too. On
# another system they are named, and it is left to the build to say which of
# them are not there.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

need_architecture() {
    command -v dpkg > /dev/null || return 0
    for architecture in "$@"; do
        dpkg --print-foreign-architectures | grep -qx "$architecture" ||
            as_root dpkg --add-architecture "$architecture"
    done
}

need() {
    if ! command -v apt-get > /dev/null; then
        echo "No apt-get here. These Debian packages, or what your system" \
            "calls them, must be installed: $*" >&2
        return
    fi
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null |
            grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo > /dev/null; then
        echo "Neither root nor sudo here: ask for the packages$missing" >&2
        exit 1
    fi
    echo "installing$missing"
    # One index of many may fail; whether a package is there shows below.
    as_root apt-get update -qq || true
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $missing > /dev/null
}

need_for_tests() {
    need gcc g++ make cmake ninja-build pkg-config protobuf-c-compiler \
        libprotobuf-c-dev protobuf-compiler libprotobuf-dev python3 \
        python3-protobuf libcmocka-dev libedit-dev libraft-dev libuv1-dev \
        libmicrohttpd-dev "$@"
}
