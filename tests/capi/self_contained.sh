#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library that is linked for wheels and jars: it needs the C library alone, shows the ABI alone,
# and trains to the same bits as the other.
#   self_contained.sh LIBRARY TRAIN_PROGRAM TEXT
set -eu
library=$1 program=$2 text=$3

needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for name in $needed; do
  case $name in
    libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | ld-linux*) ;;
    *) echo "it needs $name"; exit 1 ;;
  esac
done
shown=$(nm -D --defined-only "$library" | awk '$3 !~ /^raddle_/ && $3 != "RADDLE_0" {print $3}' |
  sed 's/@.*//' | grep -vx 'RADDLE_0' || true)
[ -z "$shown" ] || { echo "it shows more than the ABI:"; echo "$shown"; exit 1; }

folder=$(dirname "$library")
used=$(LD_LIBRARY_PATH=$folder ldd "$program" | awk '/libraddle/ {print $3}')
[ "$(realpath "$used")" = "$(realpath "$library")" ] || { echo "the program loads $used"; exit 1; }
LD_LIBRARY_PATH=$folder "$program" "$text" 40 >"$folder/self_contained.out"
"$program" "$text" 40 >"$folder/shared.out"
cmp "$folder/self_contained.out" "$folder/shared.out"
