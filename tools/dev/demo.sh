#!/usr/bin/env bash
# demo.sh RGPT MODEL: the first look, on a photo of the tree.
set -euo pipefail
rgpt=$1
export RGPT_MODEL=$2
photo=examples/photo.jpg
box=87,91,82,74

set -x
"$rgpt" describe "$photo" --box "$box" --overlay demo.png
"$rgpt" ask "$photo" --box "$box" 'What is <region1>?'
{ set +x; } 2>/dev/null
echo "The region is drawn in $PWD/demo.png"
