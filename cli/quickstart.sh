#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh machine to a trained language model: installs what is missing, builds, trains a small
# virtual-width model on a text, evaluates it, lets it speak, and exports it for other tools.
#   bash cli/quickstart.sh [FILE]    FILE: a text to train on; default: the King James Bible
# What is done already is skipped; an interrupted training goes on where it stopped.
set -eu -o pipefail
text=${1:-}
[ -z "$text" ] || text=$(realpath -e -- "$text")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh

say() { printf '\n== %s\n' "$*" >&2; }

build() {
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
                                            -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  mkdir -p build/quickstart
  if ! { cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DRADDLE_BUILD_TESTS=OFF -DRADDLE_BUILD_BENCH=OFF "${launcher[@]}" &&
      cmake --build build/quickstart --target raddle_cli; } >build/quickstart/log 2>&1; then
    tail -n 30 build/quickstart/log >&2
    return 1
  fi
}

if [ -n "$text" ]; then
  name=$(basename "$text" | sed 's/\.[^.]*$//; s/[^A-Za-z0-9_-]/-/g')
  kinds=(build)
else
  name=kjv
  kinds=(build quickstart)
fi
run=runs/quickstart-$name
model=$run/hf

say "packages"
need_packages "${kinds[@]}"

say "build (build/quickstart)"
build
raddle=build/quickstart/bin/raddle

if [ -z "$text" ]; then
  text=runs/kjv.txt
  if [ ! -s "$text" ]; then
    say "text ($text)"
    mkdir -p runs
    # The program pages what it prints unless it is told not to with -f.
    bible -f 'gen1:1-rev22:21' >"$text.part"
    [ "$(wc -c <"$text.part")" -gt 4000000 ] || { echo "bible printed too little" >&2; exit 1; }
    mv "$text.part" "$text"
  fi
fi

# A run that is complete has its last checkpoint; --resume auto then finds nothing left to do.
if [ -e "$run/quickstart.done" ]; then
  say "training: done already in $run"
else
  say "training ($run; interrupt and run again to go on)"
  "$raddle" train cli/recipes/kjv-tiny.toml --run-dir "$run" --resume auto \
    --set data.path="$text" >&2
  touch "$run/quickstart.done"
fi

say "evaluation on the text held back"
"$raddle" eval "$run"

say "a sample"
"$raddle" generate "$run" --prompt "In the beginning" --max-tokens 120 --temperature 0.8 --seed 1

if [ ! -e "$model/model.safetensors" ]; then
  say "export"
  "$raddle" ckpt export "$run" --to hf --out "$model" >&2
fi

echo
printf '%-18s%s\n' "run directory" "$run" "metrics" "$run/metrics.jsonl" \
  "exported model" "$model" "command line" "$raddle --help"
