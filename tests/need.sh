# Sourced by the scripts that set things up.
#
# need PACKAGE...
#
# Installs the Debian packages that are missing. On another system it names
# them, and leaves it to the build to say which of them are not there.
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
    echo "installing$missing"
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $missing > /dev/null
}
