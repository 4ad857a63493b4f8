#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test: installs what is missing, builds Release and runs all kinds of tests, then builds
# with AddressSanitizer and UndefinedBehaviorSanitizer and runs unit, conformance, fuzz and language
# tests again.
# Ends with one line "N passed, N failed". See tests/README.md for running one test.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
. tests/support/packages.sh

passed=0 failed=0 failures=()
start=$SECONDS
jobs=$(nproc)

finish() {
  if [ ${#failures[@]} -gt 0 ]; then printf 'failed: %s\n' "${failures[@]}"; fi
  echo "took $((SECONDS - start)) s"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# A stage that cannot run counts as one failure: nothing is left out silently.
give_up() {
  failed=$((failed + 1))
  failures+=("$1")
  finish
}

# Without these ccache passes over whatever is built on precompiled headers, as the tests are.
export CCACHE_SLOPPINESS=pch_defines,time_macros

build() {  # PRESET [CMAKE OPTION]...
  local preset=$1 launcher=()
  shift
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
                                            -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  echo "== build $preset"
  mkdir -p "build/$preset"
  cmake --preset "$preset" "${launcher[@]}" "$@" >"build/$preset/configure.log" 2>&1 || {
    tail -n 30 "build/$preset/configure.log"
    return 1
  }
  cmake --build "build/$preset" --parallel "$jobs" >"build/$preset/build.log" 2>&1 || {
    grep -E -A 12 'error|FAILED' "build/$preset/build.log" | head -n 60
    return 1
  }
}

run_tests() {  # PRESET [CTEST OPTION]...
  local preset=$1 report="build/$1/tests.xml" counts
  shift
  echo "== test $preset $*"
  rm -f "$report"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --parallel "$jobs" \
    --output-junit "$PWD/$report" "$@"
  counts=$(sed -n 's/^[[:space:]]*\(tests\|failures\|disabled\|skipped\)="\([0-9]*\)"/\1=\2/p' \
    "$report")
  local tests=0 failures_here=0 disabled=0 skipped=0 pair
  for pair in $counts; do
    case $pair in
      tests=*) tests=${pair#*=} ;;
      failures=*) failures_here=${pair#*=} ;;
      disabled=*) disabled=${pair#*=} ;;
      skipped=*) skipped=${pair#*=} ;;
    esac
  done
  [ "$tests" -gt 0 ] || give_up "$preset: no test ran"
  failed=$((failed + failures_here))
  passed=$((passed + tests - failures_here - disabled - skipped))
  local name
  while read -r name; do failures+=("$preset: $name"); done < <(
    sed -n 's/.*<testcase name="\([^"]*\)".* status="fail".*/\1/p' "$report")
}

# Without a toolkit the CUDA backend is left out, unless somebody insists on it.
cuda=()
[ "${RADDLE_REQUIRE_CUDA:-0}" = 1 ] && cuda=(-DRADDLE_CUDA=on)

need_packages build test || give_up "packages"

build release "${cuda[@]}" || give_up "build release"
run_tests release

# Leaks, overflows and undefined behaviour. The end-to-end and style tests would tell nothing new.
# Its images are the Release build's: no sanitizer of the host's looks into them.
build asan -DRADDLE_BUILD_BENCH=OFF "-DRADDLE_CUDA_IMAGES=$PWD/build/release" "${cuda[@]}" ||
  give_up "build asan"
# intercept_tls_get_addr: up to GCC 13 the sanitizer takes one thread-local block in some thousands
# for one of an old glibc's, reads a length beside it, and its search for leaks dies (signal 11).
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:check_initialization_order=1
ASAN_OPTIONS+=:intercept_tls_get_addr=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
run_tests asan --label-regex '^(unit|cts|fuzz|bindings)$'

finish
