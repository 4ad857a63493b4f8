#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The first programs in README.md are those of bindings/LANG/README.md, which each language's
test.sh runs as they stand, and none is longer than 12 lines."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANGUAGES = {'cpp': 'cpp', 'rust': 'rust', 'go': 'go', 'java': 'java', 'python': 'python'}


def blocks(path, fence):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return re.findall(rf'^```{fence}\n(.*?)^```$', file.read(), re.M | re.S)


class FirstPrograms(unittest.TestCase):
    def test_are_the_same_in_both_places(self):
        for language, fence in LANGUAGES.items():
            with self.subTest(language):
                run = blocks(f'bindings/{language}/README.md', fence)[0]
                shown = blocks('README.md', fence)
                self.assertEqual(shown, [run], f'README.md, the block ```{fence}')
                self.assertLessEqual(len([line for line in run.splitlines() if line.strip()]), 12)


if __name__ == '__main__':
    unittest.main()
