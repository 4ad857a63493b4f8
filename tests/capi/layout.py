#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the layout of public structs: sizes and offsets, as the C compiler sees them, must equal
the lines of layout.txt, and every struct and field of the headers must have its line. A program
that was built years ago hands these structs to today's library, so a line that changes breaks it.

After adding a struct, or a field at the end of one: run with --update, which adds lines and changes
the size of a struct that begins with struct_size; it refuses to change any other.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

_STRUCT = re.compile(r'typedef struct (raddle_\w+) \{(.*?)\n\} (raddle_\w+);', re.S)


def structs(include):
    """{type: [fields]} of all public headers, in order of type."""
    found = {}
    folder = os.path.join(include, 'raddle')
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
        for _, body, alias in _STRUCT.findall(text):
            fields = []
            for declaration in body.split(';'):
                match = re.search(r'(\w+)\s*(?:\[[^\]]*\])?\s*$', declaration.strip())
                if match:
                    fields.append(match.group(1))
            found[alias] = fields
    return dict(sorted(found.items()))


def measured(compiler, include):
    """{'type' or 'type.field': text} as `compiler` lays them out."""
    lines = ['#include <raddle/raddle.h>', '#include <stdio.h>', 'int main(void) {']
    for alias, fields in structs(include).items():
        lines.append(f'  printf("{alias} size %zu\\n", sizeof({alias}));')
        for field in fields:
            lines.append(f'  printf("{alias}.{field} at %zu size %zu\\n", '
                         f'offsetof({alias}, {field}), sizeof((({alias}*)0)->{field}));')
    lines += ['  return 0;', '}', '']
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, 'layout.c'), os.path.join(folder, 'layout')
        with open(source, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines))
        subprocess.run([compiler, '-std=c99', '-I', include, source, '-o', program], check=True)
        out = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return parsed(out)


def parsed(text):
    return dict(line.split(' ', 1) for line in text.split('\n') if line and line[0] != '#')


def may_change(name, now):
    """Only the size of a struct that tells the library its size may grow."""
    return '.' not in name and f'{name}.struct_size' in now


def compare(golden, now):
    """(faults that nothing allows, lines that --update would write)."""
    faults, updates = [], []
    for name, layout in golden.items():
        if name not in now:
            faults.append(f'{name} is gone; was {layout}')
        elif now[name] != layout:
            grew = may_change(name, now) and int(now[name].split()[-1]) > int(layout.split()[-1])
            (updates if grew else faults).append(f'{name} was {layout}, is {now[name]}')
    updates += [f'{name} {layout} has no line' for name, layout in now.items()
                if name not in golden]
    return faults, updates


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--compiler', default='cc')
    parser.add_argument('--include', required=True)
    parser.add_argument('--golden', required=True)
    parser.add_argument('--update', action='store_true')
    arguments = parser.parse_args()
    now = measured(arguments.compiler, arguments.include)
    with open(arguments.golden, encoding='utf-8') as file:
        text = file.read()
    faults, updates = compare(parsed(text), now)
    if arguments.update and not faults:
        head = ''.join(line + '\n' for line in text.split('\n') if line.startswith('#'))
        with open(arguments.golden, 'w', encoding='utf-8') as file:
            file.write(head + ''.join(f'{name} {layout}\n' for name, layout in now.items()))
        return 0
    for fault in faults + updates:
        print(f'layout: {fault}')
    print(f'layout: {len(now)} lines, {len(faults)} breaks, {len(updates)} to be added with '
          '--update')
    return 1 if faults or updates or not now else 0


if __name__ == '__main__':
    sys.exit(main())
