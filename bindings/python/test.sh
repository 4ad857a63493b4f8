#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the Python binding, against an installed Raddle. Ends with "python: N passed, M failed".
#
#   test.sh [parity]             `parity` only makes $RADDLE_WORK/parity
#   RADDLE_PREFIX=/usr/local     where Raddle is installed
#   RADDLE_WORK=DIRECTORY        scratch; a temporary one if it is not set
#   RADDLE_PYTHON=python3        the interpreter, 3.9 or later
#   RADDLE_SANITIZED=1           the library is built with AddressSanitizer
#   RADDLE_REQUIRE_LANGUAGES=1   what is missing is a failure, not a skip
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
export RADDLE_PREFIX=${RADDLE_PREFIX:-/usr/local} RADDLE_PYTHON=${RADDLE_PYTHON:-python3}

missing() {
  echo "python: $1"
  [ "${RADDLE_REQUIRE_LANGUAGES:-0}" = 1 ] && exit 1
  exit 77
}

"$RADDLE_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
  missing "skipped: no Python 3.9 or later (Debian package python3)"
for folder in lib lib64 lib/x86_64-linux-gnu; do
  [ -e "$RADDLE_PREFIX/$folder/libraddle.so" ] && library=$RADDLE_PREFIX/$folder/libraddle.so
done
if [ -z "${library:-}" ]; then
  echo "python: no libraddle.so under $RADDLE_PREFIX; set RADDLE_PREFIX"
  exit 1
fi
if [ -z "${RADDLE_WORK:-}" ]; then
  RADDLE_WORK=$(mktemp -d) || exit 1
  trap 'rm -rf "$RADDLE_WORK"' EXIT
fi
mkdir -p "$RADDLE_WORK" || exit 1
export RADDLE_WORK RADDLE_LIBRARY=$library PYTHONPATH=$here
export PYTHONPYCACHEPREFIX=$RADDLE_WORK/pycache
if [ "${RADDLE_SANITIZED:-0}" = 1 ]; then
  # Python itself leaks by design; the sanitizer has to be there before it.
  LD_PRELOAD=$("${CXX:-g++}" -print-file-name=libasan.so) || exit 1
  export LD_PRELOAD ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
fi

{
  echo '#!/usr/bin/env bash'
  for name in PYTHONPATH PYTHONPYCACHEPREFIX RADDLE_LIBRARY LD_PRELOAD ASAN_OPTIONS; do
    [ -n "${!name:-}" ] && printf 'export %s=%q\n' "$name" "${!name}"
  done
  printf 'exec %q %q "$@"\n' "$RADDLE_PYTHON" "$here/tests/parity.py"
} >"$RADDLE_WORK/parity" && chmod +x "$RADDLE_WORK/parity" || exit 1
[ "${1:-}" = parity ] && exit 0
"$RADDLE_PYTHON" "$here/tests/run.py" "$@"
