#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The CPU's step of GPT-2 124M on 1 to 16 threads, a line each.
set -eu
raddle=$1
for threads in 1 2 4 8 16; do
  [ "$threads" -le "$(nproc)" ] || continue
  "$raddle" bench step --model gpt2-124m --batch 4 --seq 256 --threads "$threads" --warmup 1 \
    --steps 3 --no-yardstick --json
done
