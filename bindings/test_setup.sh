# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What the test.sh of every binding shares. One sets `language` to its name and sources this:
#
#   RADDLE_PREFIX               where Raddle is installed; /usr/local
#   RADDLE_WORK                 a folder to build in; a temporary one
#   RADDLE_SANITIZED=1          the library is the AddressSanitizer build
#   RADDLE_REQUIRE_LANGUAGES=1  a missing toolchain is a failure (1) and not a skip (77)
#
# It leaves `prefix`, `work` (both absolute), `libraries` (where libraddle.so is), `text` (some
# text to train on) and the functions below.
set -u
text=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/LICENSE
passed=0 failed=0

missing() {  # WHAT: that the machine lacks
  echo "$language: $1"
  [ "${RADDLE_REQUIRE_LANGUAGES:-0}" = 1 ] && exit 1
  exit 77
}

is_sanitized() { [ "${RADDLE_SANITIZED:-0}" = 1 ]; }

check() {  # WHAT COMMAND...: one check, silent when it passes
  if "${@:2}" >"$work/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$language: $1: failed"
    tail -n 40 "$work/said"
  fi
}

# With a sanitizer a script ends once the library was called in all ways: what is left looks at
# formatting, documentation, packages and other compilers.
finish_if_sanitized() {
  is_sanitized || return 0
  finish
  exit
}

finish() {  # says the counts; its status is that of the script
  echo "$language: $passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

remove_work() {
  chmod -R u+w "$work"  # Go's module cache cannot be removed otherwise
  rm -rf "$work"
}

work=${RADDLE_WORK:-}
if [ -z "$work" ]; then
  work=$(mktemp -d) || exit 1
  trap remove_work EXIT
fi
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 1
prefix=$(cd "${RADDLE_PREFIX:-/usr/local}" && pwd) || exit 1
libraries=$(find "$prefix" -name raddle.pc 2>/dev/null | head -n 1)
if [ -z "$libraries" ]; then
  echo "$language: no raddle.pc below $prefix; install Raddle there, or set RADDLE_PREFIX"
  exit 1
fi
libraries=${libraries%/pkgconfig/raddle.pc}
export RADDLE_PREFIX=$prefix RADDLE_WORK=$work PKG_CONFIG_PATH=$libraries/pkgconfig
