#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what libraddle.so exports with the functions that include/interface describes: nothing
leaks out, and nothing that is described is missing. (That nothing which was there once is gone is
what generate.py holds exports.txt to.)"""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'include', 'interface'))

import description
import generate


def exported(nm, library):
    out = subprocess.run([nm, '--dynamic', '--defined-only', library], check=True,
                         capture_output=True, text=True).stdout
    symbols = [line.split() for line in out.split('\n') if line]
    return {fields[-1].split('@')[0] for fields in symbols if fields[-2] != 'A'}


def compare(interface, symbols):
    """What is wrong, a line each."""
    functions = {f.name: f for f in interface.of_kind('function')}
    faults = [f'{functions[name].where}: described, but the library does not export it; write its '
              'body in runtime/capi/, with the signature of the header, or delete the entry'
              for name in sorted(set(functions) - symbols)]
    return faults + [f'{name}: exported, but nothing describes it; add an entry to '
                     'include/interface/abi/, or do not name it raddle_*'
                     for name in sorted(symbols - set(functions))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nm', default='nm')
    parser.add_argument('--library', required=True)
    arguments = parser.parse_args()
    try:
        interface = generate.load()
    except description.DescriptionError as error:
        print(f'exports: {error}')
        return 1
    symbols = exported(arguments.nm, arguments.library)
    faults = compare(interface, symbols)
    for fault in faults:
        print(f'exports: {fault}')
    print(f'exports: {len(symbols)} symbols, {len(faults)} faults')
    return 1 if faults or not symbols else 0


if __name__ == '__main__':
    sys.exit(main())
