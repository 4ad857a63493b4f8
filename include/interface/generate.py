#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes everything that follows from the description of the C ABI (interface.toml, abi/*.toml).

    python3 include/interface/generate.py            writes what is stale
    python3 include/interface/generate.py --check    fails, naming what is stale and where

Laying out C takes clang-format-14. Without it --check compares all but the layout.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True

import description
import emit_cpp
import emit_cpp_calls
import emit_go
import emit_java
import emit_python
import emit_rust
import formatting
import frozen
import headers
import layouts
import reference
import validate

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LAYOUT, EXPORTS = 'tests/capi/layout.txt', 'tests/capi/exports.txt'
INITS = 'runtime/capi/init_structs.inc'
# Each writes the raw layer of a language: outputs(interface) gives {path: text}.
LANGUAGES = (
    emit_cpp,
    emit_cpp_calls,
    emit_go,
    emit_java,
    emit_python,
    emit_rust,
)


def load(folder=HERE):
    """The checked description; DescriptionError with every fault otherwise."""
    interface = description.load(folder)
    found = validate.faults(interface)
    if found:
        raise description.DescriptionError('\n'.join(found))
    return interface


def exports(interface):
    names = sorted(f.name for f in interface.of_kind('function'))
    return ('# What libraddle.so exports: one line a function, sorted. Lines are added, never '
            'removed.\n# Written by include/interface/generate.py.\n'
            + ''.join(f'{name}\n' for name in names))


def inits(interface):
    names = [s.name.removesuffix('_t') for s in interface.of_kind('struct')
             if description.is_filled_by_callers(s)]
    return ('// SPDX-License-Identifier: Apache-2.0\n// The structs that callers fill in. '
            'Written by include/interface/generate.py.\n'
            + ''.join(f'RADDLE_DEFINE_INIT({name}, {name.upper()}_INIT)\n' for name in names))


def outputs(interface):
    """{path: text} of all that is generated; C is not laid out yet."""
    made = {f'include/raddle/{h.name}': headers.render(interface, h) for h in interface.headers}
    made['include/raddle/raddle.h'] = headers.render_all(interface)
    made['include/REFERENCE.md'] = reference.render(interface)
    made[EXPORTS] = exports(interface)
    made[INITS] = inits(interface)
    made[LAYOUT] = layouts.render_record(interface)
    made['tests/capi/layout_assertions.c'] = layouts.render_assertions(interface)
    for language in LANGUAGES:
        made |= language.outputs(interface)
    return made


def read(root, path):
    try:
        with open(os.path.join(root, path), encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def is_c(path):
    return path.endswith(('.h', '.hpp', '.c'))


def stale(root, made, laid_out):
    """[(path, line, expected, actual)] of the files under `root` that are not as generated."""
    found = []
    for path, text in made.items():
        difference = formatting.first_difference(text, read(root, path),
                                                 laid_out or not is_c(path))
        if difference:
            found.append((path, *difference))
    headers_there = os.listdir(os.path.join(root, 'include/raddle'))
    found += [(f'include/raddle/{name}', 1, '(no such file)', 'a header that nothing describes')
              for name in sorted(headers_there) if f'include/raddle/{name}' not in made]
    return found


def breaks(root, made):
    return (frozen.layout_breaks(read(root, LAYOUT), made[LAYOUT])
            + frozen.export_breaks(read(root, EXPORTS), made[EXPORTS]))


def report(found):
    for path, line, expected, actual in found:
        print(f'{path}:{line}: is stale\n  expected: {expected}\n  actual:   {actual}\n'
              '  change include/interface and run python3 include/interface/generate.py')


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--root', default=ROOT, help='the repository whose files are meant')
    parser.add_argument('--description', default=HERE, help='the folder with interface.toml')
    options = parser.parse_args(arguments)
    try:
        interface = load(options.description)
    except description.DescriptionError as error:
        print(error)
        return 1
    made = outputs(interface)
    laid_out = formatting.available()
    if laid_out:
        made = {path: formatting.formatted(text, path, options.root) if is_c(path) else text
                for path, text in made.items()}
    found = breaks(options.root, made)
    if found:
        print('\n'.join(found))
        return 1
    found = stale(options.root, made, laid_out)
    if options.check:
        report(found)
        how = '' if laid_out else f'; layout not compared, {formatting.PROGRAM} is not installed'
        print(f'interface: {len(made)} files, {len(found)} stale{how}')
        return 1 if found else 0
    if not laid_out:
        print(f'interface: {formatting.PROGRAM} is not installed, and headers are laid out with it '
              '(Debian package clang-format-14); nothing is written')
        return 1
    return write(options.root, made, found)


def write(root, made, found):
    for path, _, _, _ in found:
        if path in made:
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                file.write(made[path])
        else:
            os.remove(os.path.join(root, path))
        print(f'interface: {"wrote" if path in made else "removed"} {path}')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
