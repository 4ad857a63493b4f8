#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the Go binding against an installed Raddle, and builds tests/parity.go.
#
#   bash bindings/go/test.sh [parity]
#
# ../test_setup.sh says what it reads of the environment.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
language=go
. "$here/../test_setup.sh"

for tool in go gcc pkg-config; do
  command -v "$tool" >/dev/null && continue
  missing "$tool is not installed (Debian packages golang-go, gcc, pkg-config)"
done

mkdir -p "$work/tmp" || exit 1
export GOPATH=$work/gopath GOCACHE=$work/gocache GOTMPDIR=$work/tmp TMPDIR=$work/tmp
export GOFLAGS=-mod=mod GOPROXY=off GOENV=off GOWORK=off
export LD_LIBRARY_PATH=$libraries
cd "$here" || exit 1

if [ "${1:-}" = parity ]; then
  go build -o "$work/parity" ./tests
  exit
fi

# Counts the tests of a run one by one; a run that ends otherwise is a failure of its own.
run_tests() {  # WHAT GO-TEST-ARGUMENT...
  local what=$1 code good bad
  shift
  $library go test -v -count=1 -timeout 300s "$@" >"$work/said" 2>&1
  code=$?
  good=$(grep -c '^--- PASS' "$work/said")
  bad=$(grep -c '^--- FAIL' "$work/said")
  [ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
  [ "$good" -eq 0 ] && bad=$((bad + 1))
  passed=$((passed + good)) failed=$((failed + bad))
  if [ "$bad" -gt 0 ]; then
    echo "go: $what: $bad failed"
    grep -v '^=== ' "$work/said" | tail -n 60
  fi
}

is_formatted() {
  local wrong
  wrong=$(gofmt -l .)
  echo "gofmt -w $wrong"
  [ -z "$wrong" ]
}

# The example stops half-way, goes on and writes.
finetunes() {
  rm -rf "$work/run" && go build -o "$work/finetune" ./examples/finetune &&
    $library "$work/finetune" "$text" "$work/run" && grep -q 'steps done: 50, saved: true' \
    "$work/said" && grep -q 'steps done: 100, saved: true' "$work/said"
}

# The program of README.md as it stands there, as a user's module.
readme_runs() {
  local program=$work/readme
  rm -rf "$program" && mkdir -p "$program" || return 1
  awk '/^```go$/ {on = !done; next} /^```$/ {done = done || on; on = 0} on' README.md \
    >"$program/main.go"
  awk '/^```toml$/ {on = 1; next} /^```$/ {on = 0} on' README.md >"$program/recipe.toml"
  [ "$(grep -c . "$program/main.go")" -le 12 ] || return 1
  cp "$text" "$program/input.txt"
  (cd "$program" && go mod init first && go mod edit -require=raddle@v0.1.0 \
    -replace=raddle="$here" && go build -o first . && $library ./first)
}

library=
if is_sanitized; then
  # Go's runtime has no place for leaks that it cannot see the roots of.
  library="env LD_PRELOAD=$(gcc -print-file-name=libasan.so)"
  library="$library ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
fi

export GODEBUG=cgocheck=2
run_tests "go test" ./...
unset GODEBUG
check "examples/finetune" finetunes
finish_if_sanitized
check "gofmt" is_formatted
check "go vet" go vet ./...
check "parity" go build -o "$work/parity" ./tests
RADDLE_GO_RACE=1 run_tests "go test -race" -race . ./examples/server
check "the program of README.md" readme_runs

finish
