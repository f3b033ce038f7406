#!/usr/bin/env bash
# demo.sh RGPT MODEL: the first look, on a photo of the tree.
set -euo pipefail
rgpt=$1
export RGPT_MODEL=$2
photo=examples/photo.jpg

set -x
"$rgpt" describe "$photo" --box 118,84,84,108 --box 73,93,20,40 --overlay demo.png
"$rgpt" choose "$photo" --box 118,84,84,108 --label dog --label person --label chair
"$rgpt" ask "$photo" --box 118,84,84,108 --box 73,93,20,40 'What is <region1>?' 'And what is <region2>?'
{ set +x; } 2>/dev/null
echo "The regions are drawn in $PWD/demo.png"
