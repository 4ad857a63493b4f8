#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what libraddle.so exports with exports.txt and with the functions of the headers:
nothing leaks out, nothing that is declared is missing, nothing that was there once is gone."""
import argparse
import os
import re
import subprocess
import sys


def declared(include):
    names = set()
    folder = os.path.join(include, 'raddle')
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            text = re.sub(r'/\*.*?\*/|^\s*#.*?(?<!\\)$', '', file.read(), flags=re.S | re.M)
        names.update(re.findall(r'\bRADDLE_API\b[^;]*?\b(raddle_\w+)\s*\(', text))
    return names


def exported(nm, library):
    out = subprocess.run([nm, '--dynamic', '--defined-only', library], check=True,
                         capture_output=True, text=True).stdout
    symbols = [line.split() for line in out.split('\n') if line]
    return {fields[-1].split('@')[0] for fields in symbols if fields[-2] != 'A'}


def listed(path):
    with open(path, encoding='utf-8') as file:
        return [line.strip() for line in file if line.strip() and line[0] != '#']


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nm', default='nm')
    parser.add_argument('--library', required=True)
    parser.add_argument('--include', required=True)
    parser.add_argument('--golden', required=True)
    arguments = parser.parse_args()
    golden = listed(arguments.golden)
    symbols, names = exported(arguments.nm, arguments.library), declared(arguments.include)
    faults = [f'{name}: in exports.txt but not exported' for name in golden if name not in symbols]
    faults += [f'{name}: exported but not in exports.txt' for name in sorted(symbols - set(golden))]
    faults += [f'{name}: declared but not exported' for name in sorted(names - symbols)]
    faults += [f'{name}: exported but not declared' for name in sorted(symbols - names)]
    if golden != sorted(set(golden)):
        faults.append('exports.txt is not sorted, or names something twice')
    for fault in faults:
        print(f'exports: {fault}')
    print(f'exports: {len(symbols)} symbols, {len(faults)} faults')
    return 1 if faults or not symbols else 0


if __name__ == '__main__':
    sys.exit(main())
