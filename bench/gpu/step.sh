#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whole steps of GPT-2 124M on the GPU, a line each, plain and with virtual width: in BF16 first.
set -eu
raddle=$1
for precision in bf16 fp32; do
  for width in '' 4,8 4,16 1,8 8,64; do
    "$raddle" bench step --model gpt2-124m --device cuda --batch 8 --seq 1024 --warmup 3 \
      --steps 10 --no-yardstick --json --set "train.precision=$precision" \
      ${width:+--virtual-width "$width"} |
      sed "s/^/$precision, virtual width ${width:-none}: /"
  done
done
