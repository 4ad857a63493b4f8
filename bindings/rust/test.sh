#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and tests the Rust binding against an installed Raddle; ../test_setup.sh says what it
# reads of the environment.
# `test.sh parity` builds $RADDLE_WORK/parity alone.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
language=rust
. "$here/../test_setup.sh"
# A toolchain of rustup's need not be on the path of whoever runs the tests.
command -v cargo >/dev/null || PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
cargo --version >/dev/null 2>&1 || missing "no cargo (Debian package cargo, or rustup)"
command -v pkg-config >/dev/null || missing "no pkg-config (Debian package pkg-config)"

export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export CARGO_TARGET_DIR="$work/target" CARGO_NET_OFFLINE=true CARGO_TERM_COLOR=never
export CARGO_INCREMENTAL=0 RUST_BACKTRACE=0 TMPDIR="$work"
linker=()
if is_sanitized; then
  # The sanitizer's runtime must be the first library of each program.
  printf '#!/bin/sh\nexec cc -Wl,--no-as-needed -lasan -Wl,--as-needed "$@"\n' >"$work/linker"
  chmod +x "$work/linker"
  linker=(-C "linker=$work/linker")
  export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}"
fi
export RUSTFLAGS="${RUSTFLAGS:-} ${linker[*]:-}"

build_parity() {
  cargo build --quiet --locked --manifest-path "$here/Cargo.toml" --examples || return 1
  printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$LD_LIBRARY_PATH" \
    "$CARGO_TARGET_DIR/debug/examples/parity" >"$work/parity" && chmod +x "$work/parity"
}

if [ "${1:-}" = parity ]; then
  build_parity
  exit
fi

says() {  # WHAT WORDS COMMAND...: one that must fail with these words
  check "$1" bash -c '! "${@:2}" >"$0" 2>&1 && grep -qF -- "$1" "$0" || { cat "$0"; false; }' \
    "$work/says.log" "${@:2}"
}

tests() {  # COMMAND...: of cargo, whose tests are counted
  timeout 600 "$@" 2>&1 | tee "$work/tests.log"
  local status=${PIPESTATUS[0]} counts
  counts=$(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed.*/\1 \2/p' \
    "$work/tests.log" | awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
  if [ "$status" -ne 0 ] && [ "${counts#* }" -eq 0 ]; then failed=$((failed + 1)); fi
}

cd "$here" || exit 1
tests cargo test --quiet --locked --workspace --lib --tests --no-fail-fast
check "parity is built" build_parity
check "the example" timeout 120 "$CARGO_TARGET_DIR/debug/examples/finetune" ../../LICENSE \
  "$work/finetune-run-$$"
finish_if_sanitized
tests cargo test --quiet --locked --workspace --doc

# The first program of the README, as it is written.
readme() {
  rm -rf "$work/readme" && mkdir -p "$work/readme/src" &&
    cp ../../LICENSE "$work/readme/input.txt" &&
    sed -n '/^```rust$/,/^```$/p' README.md | sed '/^```/d' >"$work/readme/src/main.rs" &&
    printf '%s\n' '[package]' 'name = "first"' 'version = "0.1.0"' 'edition = "2021"' \
      '[dependencies]' "raddle = { path = \"$here\" }" '[workspace]' >"$work/readme/Cargo.toml" &&
    (cd "$work/readme" && cargo build --quiet && timeout 120 "$CARGO_TARGET_DIR/debug/first")
}
check "the README's program" readme

# A library that is missing or of another version, at build and at run time.
check "build.rs compiles" rustc --edition 2021 -o "$work/build-script" \
  raddle-sys/build.rs
mkdir -p "$work/empty" "$work/old"
printf 'Name: raddle\nDescription: old\nVersion: 0.0.9\nLibs: -lraddle\n' >"$work/old/raddle.pc"
version=(env CARGO_PKG_VERSION=0.1.0 PKG_CONFIG_LIBDIR="$work/empty")
says "no raddle.pc" "does not find the Raddle library" "${version[@]}" \
  PKG_CONFIG_PATH="$work/empty" "$work/build-script"
says "an old raddle.pc" "finds is 0.0.9, and this crate is for 0.1.0" "${version[@]}" \
  PKG_CONFIG_PATH="$work/old" "$work/build-script"
printf '#include <stdint.h>\nuint32_t raddle_version(void) { return 9; }\n' >"$work/old.c"
check "an old library is made" cc -shared -fPIC -o "$work/old.so" "$work/old.c"
says "an old library" "that was loaded is 0.0.9, and this program was built for 0.1.0" \
  env LD_PRELOAD="$work/old.so" "$CARGO_TARGET_DIR/debug/examples/parity" a b c

check "documentation" env RUSTDOCFLAGS="-D warnings" \
  cargo doc --quiet --locked --workspace --no-deps
if cargo fmt --version >/dev/null 2>&1; then
  check "rustfmt" cargo fmt --all --check
else
  echo "rust: not checked: rustfmt is not in this toolchain"
fi
if cargo clippy --version >/dev/null 2>&1; then
  check "clippy" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
else
  echo "rust: not checked: clippy is not in this toolchain"
fi

finish
