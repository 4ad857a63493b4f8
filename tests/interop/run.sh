#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares Raddle with PyTorch, transformers and tokenizers. Installs them, pinned, into .judges
# beside this file the first time. Ends with "N passed, N failed".
#
#   run.sh [WORD]        only checks whose name holds WORD
#   BUILD=build/asan     another build than build/release; it is built if it is not there
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
cd "$here/../.." || exit 1
build=${BUILD:-build/release}

fail() {
  echo "FAIL  $1"
  echo "0 passed, 1 failed"
  exit 1
}

. tests/support/packages.sh
need_packages build interop || fail "cannot install what the build and the judges need"

if [ ! -x "$build/bin/raddle" ] || [ ! -e "$build/lib/libraddle.so" ]; then
  cmake --preset release >/dev/null && cmake --build build/release --parallel "$(nproc)" \
    --target raddle raddle_cli >/dev/null || fail "cannot build Raddle; run tests/run.sh first"
fi

judges=$here/.judges
if ! cmp -s "$here/requirements.txt" "$judges/installed.txt"; then
  echo "installing the judges into $judges"
  rm -rf "$judges"
  python3 -m venv "$judges" &&
    "$judges/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check \
      --requirement "$here/requirements.txt" || fail "cannot install the judges"
  cp "$here/requirements.txt" "$judges/installed.txt"
fi

export RADDLE_LIBRARY=$build/lib/libraddle.so PYTHONPATH=bindings/python
exec "$judges/bin/python" -B "$here/check.py" "$build" "${1:-}"
