#!/usr/bin/env bash
# get-model.sh RGPT OUT.gguf: makes the starter model of its decoder and the small parts that were trained for
# it, which are in models/starter.
set -euo pipefail
tools=$(dirname "$0")
"$tools/get-decoder.sh"
"$1" convert "$tools/../../models/starter" "$tools/../../models/.cache/SmolLM2-135M-Instruct.Q4_1.gguf" -o "$2"
