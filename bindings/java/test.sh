#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages the Java binding from an installed tree, then runs its tests against the jar under
# -Xcheck:jni, the example and the README's program. README.md says what the environment is for.
#
#   bash test.sh              everything
#   bash test.sh parity       makes $RADDLE_WORK/parity only
#   bash test.sh bench        the overhead of a call
#   bash test.sh only NAME... some tests
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
language=java
. "$here/../test_setup.sh"
cd "$work" || exit 1 # where a JVM that crashes leaves its report

if is_sanitized; then
  echo "java: left out under AddressSanitizer, which cannot run a JVM: all tests of bindings/java;"
  echo "java: they run with -Xcheck:jni on the library that is not sanitized"
  finish
  exit
fi

javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac
command -v "$javac" >/dev/null || missing "no javac (Debian package openjdk-17-jdk-headless)"
command -v "${CC:-cc}" >/dev/null || missing "no C compiler (Debian package gcc)"
release=$("$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
[ "${release:-0}" -ge 17 ] ||
  missing "javac is of release ${release:-unknown}, expected 17 or later"
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
[ -f "$java_home/include/jni.h" ] || missing "no jni.h in $java_home/include"
java=$java_home/bin/java

jar=$(bash "$here/package.sh" "$work/package" 2>"$work/package.log") || {
  cat "$work/package.log"
  echo "java: 0 passed, 1 failed"
  exit 1
}
natives=$(echo "$work"/package/classes/dev/raddle/native/*)
classes=$work/tests
rm -rf "$classes"
"$javac" -Xlint:all -Werror -cp "$jar" -d "$classes" "$here"/tests/*.java "$here"/bench/*.java \
  "$here"/examples/*.java || { echo "java: 0 passed, 1 failed"; exit 1; }
classpath=$jar:$classes
printf '#!/bin/sh\nexec "%s" -cp "%s" Parity "$@"\n' "$java" "$classpath" >"$work/parity"
chmod +x "$work/parity"

case ${1:-} in
  parity) exit 0 ;;
  bench)
    "${CC:-cc}" -O2 -D_GNU_SOURCE -I"$RADDLE_PREFIX/include" "$here/bench/overhead.c" \
      -o "$work/overhead" "$natives"/libraddle.so.* -Wl,-rpath,"$natives" || exit 1
    echo "Java"
    "$java" -cp "$classpath" Overhead "$text"
    echo "C"
    "$work/overhead" "$text"
    exit ;;
esac

# A library of a version to come, of which the glue may call nothing but raddle_version().
stub() {
  mkdir -p "$work/stub" && cp "$natives/libraddle_jni.so" "$work/stub" &&
    echo 'RADDLE_0 { global: raddle_version; local: *; };' >"$work/stub/map" &&
    echo 'unsigned raddle_version(void) { return 99u << 16; }' |
    "${CC:-cc}" -shared -fPIC -x c - -Wl,--version-script="$work/stub/map" \
      -Wl,-soname,libraddle.so.0 -o "$work/stub/libraddle.so.0"
}

# The classes without the libraries.
bare() {
  rm -rf "$work/bare" && cp -r "$work/package/classes" "$work/bare" &&
    rm -r "$work/bare/dev/raddle/native" && cp -r "$classes"/. "$work/bare"
}

unit() {
  rm -rf "$work/scratch" && mkdir "$work/scratch" &&
    timeout 300 "$java" -Xcheck:jni -Xmx512m -cp "$classpath" -Draddle.test.jar="$jar" \
      -Draddle.test.classes="$work/bare" -Draddle.test.natives="$natives" \
      -Draddle.test.stub="$work/stub" -Draddle.test.exits="${RADDLE_EXITS:-20}" \
      dev.raddle.Tests "$text" "$work/scratch" "$@"
}

exports() {
  ! nm -D --defined-only "$natives/libraddle_jni.so" | awk '{print $3}' |
    grep -v -e '^Java_dev_raddle_' -e '^JNI_OnLoad$'
}

docs() {
  "$java_home/bin/javadoc" -quiet -Xdoclint:all,-missing -Werror -d "$work/javadoc" \
    --source-path "$here/src:$here/generated" dev.raddle
}

readme() {
  local folder=$work/readme
  rm -rf "$folder" && mkdir "$folder" &&
    sed -n '/^```java$/,/^```$/p' "$here/README.md" | sed '/^```/d' >"$folder/First.java" &&
    [ "$(wc -l <"$folder/First.java")" -eq 12 ] && cp "$text" "$folder/input.txt" &&
    (cd "$folder" && timeout 100 "$java" -cp "$jar" First.java)
}

example() {
  rm -rf "$work/finetune" &&
    timeout 100 "$java" -Xcheck:jni -cp "$classpath" Finetune "$text" "$work/finetune" |
    tee "$work/finetune.log" && grep -q 'stopped after 20 of 40' "$work/finetune.log" &&
    grep -q 'step 40 ' "$work/finetune.log" && ! grep -q WARNING "$work/finetune.log"
}

stub && bare || { echo "java: 0 passed, 1 failed"; exit 1; }
[ "${1:-}" = only ] && { shift; unit "$@"; exit; }
unit >"$work/unit.log" 2>&1
status=$?
grep -v '^ok ' "$work/unit.log"
counts=$(sed -n 's/^java: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$work/unit.log")
passed=${counts% *} failed=${counts#* }
[ -n "$counts" ] || { echo "the JVM ended with status $status"; passed=0 failed=1; }
check "-Xcheck:jni warns" sh -c "! grep -n -A 12 -e 'WARNING' -e 'FATAL ERROR' '$work/unit.log'"
check "the glue exports only Java_* and JNI_OnLoad" exports
check "javadoc" docs
check "README's program" readme
check "example" example
finish
