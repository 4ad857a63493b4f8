#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every kernel of a step of GPT-2 124M by itself, plain and with virtual width: in BF16 first.
set -eu
raddle=$1
for precision in bf16 fp32; do
  for width in '' 4,8 4,16 8,64; do
    echo "== $precision, virtual width ${width:-none}"
    "$raddle" bench kernels --model gpt2-124m --device cuda --batch 8 --seq 1024 \
      --set "train.precision=$precision" ${width:+--virtual-width "$width"}
  done
done
