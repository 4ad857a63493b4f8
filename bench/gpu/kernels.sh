#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every kernel of a step of GPT-2 124M by itself: plain, and with virtual width.
set -eu
raddle=$1
for width in '' 4,8 4,16 8,64; do
  echo "== virtual width ${width:-none}"
  "$raddle" bench kernels --model gpt2-124m --device cuda --batch 8 --seq 1024 \
    ${width:+--virtual-width "$width"}
done
