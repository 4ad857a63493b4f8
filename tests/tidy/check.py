#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Style as a test: fails when the repository breaks a rule that a machine can check.

    python3 tests/tidy/check.py [ROOT]        all rules but formatting
    python3 tests/tidy/check.py --format      clang-format 14 only (exit 77: it is not installed)

The rules: layers.txt (includes), rules.txt (banned calls), text_rules.py (sizes, headers, words),
docs.py (guides). Exceptions, each with its reason, are in exceptions.txt.
"""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import docs
import layers
import text_rules
from findings import Findings, Tree

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77


def read(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as file:
        return file.read()


def check_tree(root, layers_text, rules_text, exceptions_text):
    """The findings, one line each, of the tree at `root`."""
    tree = Tree(root)
    findings = Findings(exceptions_text)
    layers.check(tree, layers.Layers(layers_text), findings)
    text_rules.check(tree, text_rules.read_bans(rules_text), findings)
    docs.check(tree, findings)
    findings.add_unused_exceptions()
    return findings.found


def check_format(root):
    program = shutil.which('clang-format-14')
    if not program:
        print('tidy: formatting not checked: clang-format-14 is not installed '
              '(Debian package clang-format-14)')
        return SKIPPED
    paths = [p for p in Tree(root).code_paths() if not p.endswith('.inc')]
    done = subprocess.run([program, '--dry-run', '-Werror', *paths], cwd=root, capture_output=True)
    lines = done.stderr.decode(errors='replace').split('\n')
    wrong = sorted({line.split(':')[0] for line in lines if 'clang-format-violations' in line})
    for path in wrong:
        print(f'{path}: [format] run clang-format-14 -i {path}')
    print(f'tidy: {len(paths)} files, {len(wrong)} not formatted')
    return 1 if wrong or done.returncode else 0


def main(arguments):
    names = [a for a in arguments if not a.startswith('--')]
    root = os.path.abspath(names[0]) if names else os.path.dirname(os.path.dirname(HERE))
    if '--format' in arguments:
        return check_format(root)
    found = check_tree(root, read('layers.txt'), read('rules.txt'), read('exceptions.txt'))
    for finding in found:
        print(finding)
    print(f'tidy: {len(found)} findings')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
