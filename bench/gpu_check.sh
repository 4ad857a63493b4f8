#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All that needs a GPU, in one go, for a machine that is to be had for minutes.
#
#   bash bench/gpu_check.sh pack      where the build is: puts programs and what they need into
#                                     build/gpu.tar.xz, which travels with the checkout
#   bash bench/gpu_check.sh [DIR]     on the GPU machine: runs every part, the most important first,
#                                     each with its own time limit; a few small files in DIR ($OUT)
#
# The GPU machine needs a driver, bash and Python; PyTorch for the peers, compute-sanitizer for the
# sanitizer, both left out with a line where they are missing. Takes at most 8 minutes.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
packed=build/gpu

pack() {
  local built=${RADDLE_BUILD:-build/release} program library
  rm -rf "$packed"
  mkdir -p "$packed/bin" "$packed/lib"
  for program in raddle cuda_kernels_test; do
    cp "$built/bin/$program" "$packed/bin/" || exit 1
    # Everything but glibc and the C++ library, which every machine has.
    ldd "$built/bin/$program" | awk '/=> \//{print $3}' |
      grep -v -E '/(libc|libm|libpthread|libdl|librt|libstdc\+\+|libgcc_s)\.so' |
      while read -r library; do cp -L "$library" "$packed/lib/"; done
  done
  # The CPU's matrix library, for the times of its step.
  cp -L "$(ldconfig -p | awk '/libdnnl.so.2 /{print $NF; exit}')" "$packed/lib/"
  cp -L "$(ldconfig -p | awk '/libgomp.so.1 /{print $NF; exit}')" "$packed/lib/"
  strip "$packed"/bin/* "$packed"/lib/*
  cp -r "$built/share" "$packed/"
  tar -C build -cJf "$packed.tar.xz" gpu && du -h "$packed.tar.xz"
}

out=${1:-${OUT:-runs/gpu}}
if [ "$out" = pack ]; then
  pack
  exit
fi
[ -d "$packed" ] || tar -C build -xJf "$packed.tar.xz" || exit 1
mkdir -p "$out"
summary=$out/summary.txt
: >"$summary"
export LD_LIBRARY_PATH=$PWD/$packed/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
raddle=$packed/bin/raddle
failed=0

say() { echo "$*" | tee -a "$summary"; }

part() {  # NAME SECONDS COMMAND...: its output goes to NAME.txt, its verdict to the summary
  local name=$1 seconds=$2 begin=$SECONDS code
  shift 2
  timeout --kill-after=5 "$seconds" "$@" >"$out/$name.txt" 2>&1
  code=$?
  [ "$code" -eq 0 ] || failed=$((failed + 1))
  say "$(printf '%-14s exit %-3s %3s s  %s' "$name" "$code" $((SECONDS - begin)) \
    "$(grep -v '^ *$' "$out/$name.txt" | tail -n 1 | cut -c -100)")"
}

say "$(date -u +%Y-%m-%dT%H:%MZ) $(nvidia-smi --query-gpu=name,driver_version,memory.total \
  --format=csv,noheader 2>/dev/null || echo 'no nvidia-smi') $(nproc) cores"
part doctor 30 "$raddle" doctor
part conformance 120 "$packed/bin/cuda_kernels_test" --gtest_brief=1
part curves 90 python3 bench/gpu/curves.py "$raddle"
part kernels 60 bash bench/gpu/kernels.sh "$raddle"
part step 90 bash bench/gpu/step.sh "$raddle"
if command -v compute-sanitizer >/dev/null; then
  # The small cases: each instruction is some hundred times as slow there.
  part memcheck 60 compute-sanitizer --tool memcheck --error-exitcode 9 --kill yes \
    "$packed/bin/cuda_kernels_test" --gtest_brief=1
  part racecheck 60 compute-sanitizer --tool racecheck --error-exitcode 9 --kill yes \
    "$packed/bin/cuda_kernels_test" --gtest_brief=1
else
  say "memcheck, racecheck: no compute-sanitizer here"
fi
if python3 -c 'import torch' 2>/dev/null; then
  part peers 120 python3 bench/peers/torch_gpu.py
else
  say "peers: no PyTorch here"
fi
part cpu_threads 90 bash bench/gpu/cpu_threads.sh "$raddle"
say "$failed parts failed"
exit "$failed"
