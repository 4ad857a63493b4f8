#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the C++ wrapper of an installed Raddle.
#   test.sh          everything
#   test.sh parity   only builds $RADDLE_WORK/parity
# Of the environment it reads CXX (g++), and what ../test_setup.sh says.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cxx=${CXX:-g++}
language=cpp
. "$here/../test_setup.sh"
for tool in "$cxx" pkg-config; do
  command -v "$tool" >/dev/null || missing "$tool is not installed"
done

read -ra compile < <(pkg-config --cflags raddle)
read -ra link < <(pkg-config --libs raddle)
link+=(-pthread "-Wl,-rpath,$libraries")
warn=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
      -Werror)
sanitize=()
if is_sanitized; then
  # One of the test's files has no RTTI, which the check of vptr asks for.
  sanitize=(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all
            -fno-omit-frame-pointer)
fi

build() {  # SOURCE PROGRAM [FLAG]...
  "$cxx" -std=c++17 "${warn[@]}" "${sanitize[@]}" "${compile[@]}" "${@:3}" "$1" "${link[@]}" -o "$2"
}

if [ "${1:-}" = parity ]; then
  build "$here/tests/parity.cc" "$work/parity"
  exit
fi

objects=()
build_tests() {
  local name source flags
  rm -f "$work"/*_test.o "$work/tests"
  for source in "$here"/tests/{main,*_test}.cc; do
    name=$(basename "$source" .cc) flags=()
    case $name in
      std20_test) continue ;;
      plain_test) flags=(-fno-exceptions -fno-rtti) ;;
    esac
    "$cxx" -std=c++17 "${warn[@]}" "${sanitize[@]}" "${flags[@]}" -I "$root" "${compile[@]}" \
      -c "$source" -o "$work/$name.o" || return
    objects+=("$work/$name.o")
  done
  "$cxx" "${sanitize[@]}" "${objects[@]}" "${link[@]}" -o "$work/tests"
}

run_tests() {
  local counts
  (cd "$work" && RADDLE_WORK=$work timeout 300 ./tests) >"$work/tests.log" 2>&1
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$work/tests.log")
  if [ -z "$counts" ]; then
    tail -n 40 "$work/tests.log"
    counts="0 1"
  fi
  grep -B 5 '^FAILED' "$work/tests.log"
  passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
}

# The wrapper's tests call C through it alone, so what their objects need is what it reaches.
every_function_is_reached() {
  nm -u "$work"/*_test.o | grep -o 'raddle_[a-z0-9_]*$' | sort -u >"$work/reached"
  sed -n 's/^\(raddle_[a-z0-9_]*\) | .*/\1/p' "$here/tests/left_to_c.txt" | sort >"$work/left"
  sed -n 's/^RADDLE_FUNCTION(\(.*\))$/\1/p' "$here/tests/functions.inc" | sort >"$work/public"
  comm -12 "$work/left" "$work/reached" | sed 's/$/ is reached: take it off left_to_c.txt/' |
    tee "$work/wrong"
  comm -13 <(sort -u "$work/reached" "$work/left") "$work/public" |
    sed 's/$/: the wrapper does not call it, or no test does/' | tee -a "$work/wrong"
  [ ! -s "$work/wrong" ] && [ -s "$work/public" ]
}

compiles() {  # COMPILER STANDARD [FLAG]... SOURCE
  "$1" "-std=c++$2" "${warn[@]}" -fsyntax-only "${compile[@]}" "${@:3}"
}

every_compiler() {
  local compiler standard
  for compiler in g++ clang++-14; do
    if ! command -v "$compiler" >/dev/null; then
      echo "cpp: $compiler is not installed, so it is not tried"
      [ "${RADDLE_REQUIRE_LANGUAGES:-0}" = 1 ] && failed=$((failed + 1))
      continue
    fi
    for standard in 17 20 2b; do
      check "$compiler $standard" compiles "$compiler" "$standard" "$here/tests/plain_test.cc"
      check "$compiler $standard without exceptions" compiles "$compiler" "$standard" \
        -fno-exceptions -fno-rtti "$here/tests/plain_test.cc"
      [ "$standard" = 17 ] ||
        check "$compiler $standard spans" compiles "$compiler" "$standard" \
          "$here/tests/std20_test.cc"
    done
  done
}

refused() { ! compiles "$cxx" 17 "-DNUMBER=$1" "$here/tests/refused.cc"; }

# A library of another version, which has the functions and does nothing.
other_version() {  # VERSION WORD
  {
    sed -n 's/^RADDLE_FUNCTION(\(.*\))$/void \1(void);\nvoid \1(void) {}/p' \
      "$here/tests/functions.inc" | grep -v 'raddle_version(void)'
    echo "unsigned raddle_version(void) { return $1; }"
  } >"$work/other.c"
  "$cxx" -x c -shared -fPIC "$work/other.c" -o "$work/libother.so" &&
    "$cxx" -std=c++17 "${compile[@]}" "$here/tests/version_program.cc" "-Wl,-rpath,$work" \
      "$work/libother.so" -o "$work/version_program" &&
    "$work/version_program" | grep "headers of Raddle 0.1.* too $2"
}

exits() {  # WAY TIMES
  local i
  for ((i = 0; i < $2; ++i)); do
    ASAN_OPTIONS=detect_leaks=0 timeout 20 "$work/exit_program" "$work/text.txt" $((i * 397)) \
      "$1" || { echo "exit number $i: $?"; return 1; }
  done
}

first_program() {
  sed -n '/^```cpp$/,/^```$/p' "$here/README.md" | sed '/^```$/q' | grep -v '^```' \
    >"$work/first.cc"
  [ "$(wc -l <"$work/first.cc")" -le 12 ] && build "$work/first.cc" "$work/first" &&
    (cd "$work" && cp text.txt input.txt && timeout 60 ./first) | grep 'loss'
}

cmake_package() {
  cmake -S "$here/tests/consumer" -B "$work/consumer" "-DCMAKE_PREFIX_PATH=$prefix" \
    "-DPROGRAM=$work/first.cc" "-DCMAKE_CXX_COMPILER=$cxx" "-DCMAKE_CXX_FLAGS=${sanitize[*]}" &&
    cmake --build "$work/consumer" && (cd "$work" && timeout 60 consumer/consumer) | grep 'loss'
}

finetune() {
  rm -rf "$work/run"
  build "$here/examples/finetune.cc" "$work/finetune" &&
    timeout 100 "$work/finetune" "$work/text.txt" "$work/run" >"$work/finetune.log" &&
    grep 'stopped after 30 steps' "$work/finetune.log" &&
    grep 'step 60 of 60' "$work/finetune.log" && grep 'wrote [1-9]' "$work/finetune.log"
}

parity() {
  printf 'data.tokenizer = "bytes"\nmodel.layers = 1\nmodel.width = 32\nmodel.heads = 2\n%s\n' \
    $'model.context = 32\ntrain.steps = 3\ntrain.micro_batch_tokens = 64' >"$work/parity.toml"
  rm -rf "$work/parity_run"
  build "$here/tests/parity.cc" "$work/parity" &&
    [ "$("$work/parity" "$work/parity.toml" "$work/text.txt" "$work/parity_run" |
      grep -Ec '^step [123] [0-9a-f]{16}$')" = 3 ]
}

for ((i = 0; i < 300; ++i)); do
  echo "The small model number $((i % 13)) reads a small text again and again."
done >"$work/text.txt"
check "building the tests" build_tests
run_tests
check "building the program that exits" build "$here/tests/exit_program.cc" "$work/exit_program"
for way in static leaked; do check "exit in mid-training, $way" exits $way 10; done
check "the example" finetune
finish_if_sanitized
check "every function is reached" every_function_is_reached
every_compiler
check "what shall compile" compiles "$cxx" 17 -DNUMBER=0 "$here/tests/refused.cc"
for number in 1 2 3 4 5 6; do check "what shall not compile, $number" refused "$number"; done
check "a library that is too old" other_version 0x00000009 old
check "a library that is too new" other_version 0x00020000 new
check "the program in README.md" first_program
if command -v cmake >/dev/null; then check "find_package" cmake_package; fi
check "the parity program" parity
check "building the bench" build "$here/bench.cc" "$work/bench" -O2
finish
