#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a wheel of the package `raddle` that holds libraddle.so; needs nothing but Python.

    wheel.py --prefix INSTALLED_TREE [--out DIRECTORY]

Prints the path of the wheel. The same files give the same bytes.
"""
import argparse
import base64
import hashlib
import os
import re
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TAG = "py3-none-linux_x86_64"
METADATA = """Metadata-Version: 2.1
Name: raddle
Version: {version}
Summary: Training of language models, inside a program
License: Apache-2.0
Requires-Python: >=3.9
Description-Content-Type: text/markdown

{readme}"""
WHEEL = f"Wheel-Version: 1.0\nGenerator: raddle\nRoot-Is-Purelib: false\nTag: {TAG}\n"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def version():
    """That of the ABI which the package was generated for."""
    raw = read(os.path.join(HERE, "raddle", "_raw.py")).decode()
    return ".".join(re.search(rf"^RADDLE_VERSION_{part} = (\d+)$", raw, re.M).group(1)
                    for part in ("MAJOR", "MINOR", "PATCH"))


def library(prefix):
    for folder in ("lib", "lib64", os.path.join("lib", "x86_64-linux-gnu")):
        path = os.path.join(prefix, folder, "libraddle.so")
        if os.path.exists(path):
            return read(path)
    sys.exit(f"wheel.py: there is no libraddle.so in the lib directory of {prefix}; give --prefix "
             "the tree that `cmake --install` wrote")


def contents(prefix):
    """{name in the wheel: bytes}, but for RECORD."""
    package = os.path.join(HERE, "raddle")
    files = {f"raddle/{name}": read(os.path.join(package, name))
             for name in os.listdir(package) if name.endswith((".py", ".typed"))}
    files["raddle/lib/libraddle.so"] = library(prefix)
    info = f"raddle-{version()}.dist-info"
    readme = read(os.path.join(HERE, "README.md")).decode()
    files[f"{info}/METADATA"] = METADATA.format(version=version(), readme=readme).encode()
    files[f"{info}/WHEEL"] = WHEEL.encode()
    return files


def record(files):
    lines = []
    for name, data in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True, help="where Raddle is installed")
    parser.add_argument("--out", default=".", help="the folder for the wheel")
    options = parser.parse_args()
    files, info = contents(options.prefix), f"raddle-{version()}.dist-info"
    files[f"{info}/RECORD"] = (record(files) + f"{info}/RECORD,,\n").encode()
    path = os.path.join(options.out, f"raddle-{version()}-{TAG}.whl")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, data, zipfile.ZIP_DEFLATED)
    print(path)


if __name__ == "__main__":
    main()
