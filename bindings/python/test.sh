#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the Python binding, against an installed Raddle. Ends with "python: N passed, M failed".
#
#   test.sh [parity]             `parity` only makes $RADDLE_WORK/parity
#   RADDLE_PYTHON=python3        the interpreter, 3.9 or later; ../test_setup.sh has the others
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
language=python
. "$here/../test_setup.sh"
export RADDLE_PYTHON=${RADDLE_PYTHON:-python3}

"$RADDLE_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
  missing "skipped: no Python 3.9 or later (Debian package python3)"
export RADDLE_LIBRARY=$libraries/libraddle.so PYTHONPATH=$here
export PYTHONPYCACHEPREFIX=$work/pycache
if is_sanitized; then
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
} >"$work/parity" && chmod +x "$work/parity" || exit 1
[ "${1:-}" = parity ] && exit 0
"$RADDLE_PYTHON" "$here/tests/run.py" "$@"
