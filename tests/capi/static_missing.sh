#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a system that lacks a static library all but the forms made of it is configured, which is said;
# RADDLE_SELF_CONTAINED, which asks for such a form, is refused.
#   static_missing.sh SOURCE_DIR WORK_DIR CC CXX
set -eu
source=$1 work=$2 cc=$3 cxx=$4
rm -rf "$work"
mkdir -p "$work"

configure() {  # FOLDER [OPTION]...: a value that is no file stands for a library that is not there
  cmake -S "$source" -B "$work/$1" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
    -DRADDLE_BUILD_BENCH=OFF -DRADDLE_STATIC_zstd=OFF "${@:2}" >"$work/$1.log" 2>&1
}

says() {  # FOLDER TEXT: whatever lines CMake broke it into
  tr -s ' \n' ' ' <"$work/$1.log" | grep -qF -- "$2" ||
    { echo "configuring does not say '$2':"; tail -n 20 "$work/$1.log"; exit 1; }
}

configure left_out || { echo "refused:"; tail -n 20 "$work/left_out.log"; exit 1; }
says left_out 'raddle_self_contained are left out, for want of libzstd.a (on Debian in libzstd-dev)'
if ctest --test-dir "$work/left_out" -N | grep -E 'self_contained|packages'; then
  echo "the tests above need what was left out"
  exit 1
fi

if configure refused -DRADDLE_SELF_CONTAINED=ON; then
  echo "RADDLE_SELF_CONTAINED=ON was taken without libzstd.a"
  exit 1
fi
says refused 'not found: libzstd.a (on Debian in libzstd-dev)'
