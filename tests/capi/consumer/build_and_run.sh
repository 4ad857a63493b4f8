#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a prefix, moves it, and builds and runs a user's programs against it, once
# by pkg-config and once by CMake's find_package.
#   build_and_run.sh BUILD_DIR CC CXX static|shared SANITIZERS
# static: the build has libraddle.a too.
set -eu
build=$1 cc=$2 cxx=$3 form=$4 sanitize=${5:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$build/consumer
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/installed" >"$work/install.log"
mv "$work/installed" "$work/moved"
prefix=$work/moved

# A program without a sanitizer cannot load a library with one.
flags=()
[ -z "$sanitize" ] || flags=("-fsanitize=$sanitize")
lib=$(dirname "$(find "$prefix" -name libraddle.so)")

echo "-- what is installed"
soname=$(readelf -d "$lib/libraddle.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
[ "$soname" = libraddle.so.0 ] || { echo "soname is '$soname', not libraddle.so.0"; exit 1; }
[ -e "$lib/$soname" ] || { echo "$lib/$soname is missing"; exit 1; }
if grep -rlF -e "$build" -e "$(cd "$here/../../.." && pwd)/" "$prefix" --include='*.cmake' \
    --include='*.pc' --include='*.h'; then
  echo "the files above name a folder of the build machine"
  exit 1
fi

echo "-- pkg-config"
export PKG_CONFIG_PATH=$lib/pkgconfig
pkg-config --validate raddle
read -ra found < <(pkg-config --cflags --libs raddle)
"$cc" -std=c99 -pedantic -Wall -Wextra -Werror "${flags[@]}" "$here/consumer.c" "${found[@]}" \
  -Wl,-rpath,"$lib" -o "$work/consumer_c"
"$cxx" -std=c++20 -pedantic -Wall -Wextra -Werror "${flags[@]}" "$here/consumer.cc" "${found[@]}" \
  -Wl,-rpath,"$lib" -o "$work/consumer_cxx"
"$work/consumer_c"
"$work/consumer_cxx"

# The archive is one object that shows the ABI alone.
if [ "$form" = static ]; then
  echo "-- static"
  shown=$(nm -g --defined-only "$lib/libraddle.a" | awk 'NF == 3 && $3 !~ /^raddle_/ {print $3}')
  [ -z "$shown" ] || { echo "libraddle.a shows more than the ABI:"; echo "$shown"; exit 1; }
  read -ra found < <(pkg-config --static --cflags --libs raddle | sed 's/-lraddle/-l:libraddle.a/')
  "$cc" -std=c99 -pedantic -Wall -Wextra -Werror "$here/consumer.c" "${found[@]}" \
    -o "$work/consumer_static"
  readelf -d "$work/consumer_static" | grep -q libraddle && { echo "it is not static"; exit 1; }
  "$work/consumer_static"
fi

echo "-- find_package"
cmake -S "$here" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_FLAGS="${flags[*]}" -DCMAKE_CXX_FLAGS="${flags[*]}" \
  >"$work/configure.log"
cmake --build "$work/cmake" >"$work/build.log"
"$work/cmake/consumer_c"
"$work/cmake/consumer_cxx"
echo "-- a version that is too new is refused"
if printf 'cmake_minimum_required(VERSION 3.20)\nproject(x C)\nfind_package(raddle 99 REQUIRED)\n' \
    >"$work/CMakeLists.txt" &&
    cmake -S "$work" -B "$work/refused" -DCMAKE_PREFIX_PATH="$prefix" \
      >"$work/refused.log" 2>&1; then
  echo "find_package(raddle 99) succeeded"
  exit 1
fi
