#!/usr/bin/env bash
# demo.sh RGPT MODEL: the first look, at a photo of the tree; prints each command before it runs.
set -euo pipefail
rgpt=$1
export RGPT_MODEL=$2
photo=examples/photo.jpg
woman=(--box 118,84,84,108)
laptop=(--box 73,93,20,40)

show() {
    local word
    printf '\n$'
    for word; do
        [[ $word == *[!A-Za-z0-9_./,=-]* ]] && word="'$word'"
        printf ' %s' "$word"
    done
    printf '\n'
    "$@"
}

show "$rgpt" describe "$photo" "${woman[@]}" "${laptop[@]}" --overlay demo.png
show "$rgpt" choose "$photo" "${woman[@]}" --label dog --label person --label chair
show "$rgpt" ask "$photo" "${woman[@]}" "${laptop[@]}" 'What is <region1>?' 'And what is <region2>?'
printf '\nThe regions and what was said of them are drawn in %s\n' "$PWD/demo.png"
