#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes OUT/raddle-VERSION.jar, which holds the classes, the JNI glue and libraddle itself.
#
#   RADDLE_PREFIX=/usr/local bash package.sh OUT
#
# RADDLE_PREFIX is an installed tree of Raddle; a JDK from 17 on (JAVA_HOME, or javac in PATH) and a
# C compiler (CC) are needed. For another machine of the same kind, run it there or on an older one.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
prefix=${RADDLE_PREFIX:-/usr/local}
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
library=$(find "$prefix"/lib* -name 'libraddle.so.*.*.*' | head -n 1)
[ -n "$library" ] || { echo "package.sh: no libraddle.so under $prefix/lib*" >&2; exit 1; }
version=${library##*.so.}
os_arch=$("$java_home/bin/java" -XshowSettings:properties -version 2>&1 |
  sed -n 's/^ *os\.arch = //p')

# The glue's files name each other as in the repository, wherever this folder is now.
include=$out/include
mkdir -p "$include/bindings"
ln -sfn "$here" "$include/bindings/java"

classes=$out/classes native=$out/classes/dev/raddle/native/linux-$os_arch
rm -rf "$classes"
mkdir -p "$native"
find "$here/src" "$here/generated" -name '*.java' >"$out/sources"
"$java_home/bin/javac" --release 17 -Xlint:all -Werror -d "$classes" "@$out/sources"

# Symbols are found when they are first called, so that the version of a library that is too old can
# be told before a missing one is. Of the glue itself only what JNIEXPORT marks can be seen.
"${CC:-cc}" -std=c99 -O2 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror \
  -I"$java_home/include" -I"$java_home/include/linux" -I"$prefix/include" -I"$include" \
  "$here"/native/*.c -o "$native/libraddle_jni.so" \
  -Wl,-z,lazy -Wl,--no-undefined -Wl,-rpath,'$ORIGIN' -s \
  -L"$(dirname "$library")" -lraddle -lpthread
cp "$library" "$native/libraddle.so.${version%%.*}"

"$java_home/bin/jar" --create --file "$out/raddle-$version.jar" --module-version "$version" \
  -C "$classes" .
echo "$out/raddle-$version.jar"
