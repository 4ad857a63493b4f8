#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Raddle's training step beside PyTorch's, in turns, on this machine. Installs PyTorch, pinned, into
# .venv beside this file the first time. Needs an otherwise idle machine and about ten minutes.
#
#   bash bench/peers/run.sh [flag of run.py]...     for example --rounds 5 --out runs/peers
#   BUILD=build/other       another build than build/release
set -eu -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=bench/peers
build=${BUILD:-build/release}

. tests/support/packages.sh
need_packages build interop

if [ ! -x "$build/bin/raddle" ]; then
  cmake --preset release >/dev/null
  cmake --build build/release --parallel "$(nproc)" --target raddle_cli >/dev/null
fi

if ! cmp -s $here/requirements.txt $here/.venv/installed.txt; then
  echo "installing PyTorch into $here/.venv" >&2
  rm -rf $here/.venv
  python3 -m venv $here/.venv
  $here/.venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
    --requirement $here/requirements.txt
  cp $here/requirements.txt $here/.venv/installed.txt
fi

exec python3 $here/run.py --raddle "$build/bin/raddle" "$@"
