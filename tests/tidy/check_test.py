#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of tidy itself: a clean tree passes, and a tree with one fault is found for that fault."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check
from cpp_text import blank_comments, blank_preprocessor, functions

SPDX = '// SPDX-License-Identifier: Apache-2.0\n'
LAYERS = '''
[layers]
include:
runtime/base:
runtime/config: runtime/base
runtime/device: runtime/base
runtime/plan: runtime/base runtime/device(caps.h)
tests: include runtime/base
tests/capi: include
cli: include
[headers]
uv.h: -
cxxopts: cli
'''
CLEAN = {
    'README.md': '# Title\n\nSee [the core](runtime/ARCHITECTURE.md).\n',
    'runtime/ARCHITECTURE.md': '# Core\n',
    'include/README.md': '# ABI\n',
    'include/raddle/raddle.h': SPDX + '/* All of it. */\n#ifndef RADDLE_RADDLE_H\n'
                               '#define RADDLE_RADDLE_H\n#endif\n',
    'runtime/base/a.h': SPDX + '// What a is for.\n#pragma once\n',
    'runtime/device/caps.h': SPDX + '// Caps.\n#pragma once\n#include "runtime/base/a.h"\n',
    'runtime/device/memory.h': SPDX + '// Memory.\n#pragma once\n',
    'runtime/plan/plan.cc': SPDX + '#include "runtime/device/caps.h"\nint f() { return 1; }\n',
    'cli/README.md': '# CLI\n',
    'cli/main.cc': SPDX + '#include <cxxopts.hpp>\n#include <raddle/raddle.h>\n',
}


def long_function(lines, head='int f() {'):
    return SPDX + head + '\n' + '  g();\n' * (lines - 2) + '}\n'


class Tidy(unittest.TestCase):
    def found(self, changes, exceptions='', layers=LAYERS):
        """The findings of the clean tree with `changes` (path -> text, or None to remove)."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **changes}.items():
                if text is None:
                    continue
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'w', encoding='utf-8') as file:
                    file.write(text)
            return check.check_tree(root, layers, check.read('rules.txt'), exceptions)

    def expect(self, rule, changes, **more):
        found = self.found(changes, **more)
        self.assertEqual([f.split('[')[1].split(']')[0] for f in found], [rule], found)

    def test_clean_tree_passes(self):
        self.assertEqual(self.found({}), [])

    def test_edges_that_no_line_allows(self):
        self.expect('layers', {'runtime/base/b.cc': SPDX + '#include "runtime/device/caps.h"\n'})
        self.expect('layers', {'runtime/plan/b.cc': SPDX + '#include "runtime/device/memory.h"\n'})
        self.expect('layers', {'cli/b.cc': SPDX + '#include "runtime/base/a.h"\n'})
        self.expect('layers', {'tests/README.md': '# T\n',
                               'tests/capi/b.cc': SPDX + '#include "runtime/base/a.h"\n'})
        self.expect('layers', {'runtime/base/b.cc': SPDX + '#include <raddle/raddle.h>\n'})

    def test_file_outside_all_layers_and_include_of_no_file(self):
        self.expect('layers', {'runtime/other/b.cc': SPDX})
        self.expect('layers', {'runtime/base/b.cc': SPDX + '#include "b.h"\n'})

    def test_cycle(self):
        layers = LAYERS.replace('runtime/base:', 'runtime/base: runtime/config', 1)
        self.expect('layers', {}, layers=layers)

    def test_library_headers_have_their_places(self):
        self.expect('headers', {'runtime/base/b.cc': SPDX + '#include <cxxopts.hpp>\n'})
        self.expect('headers', {'cli/b.cc': SPDX + '#include <uv.h>\n'})

    def test_sizes(self):
        self.assertEqual(self.found({'runtime/base/b.cc': long_function(70)}), [])
        self.expect('function-length', {'runtime/base/b.cc': long_function(71)})
        self.expect('file-length', {'runtime/base/b.cc': SPDX + 'int x;\n' * 500})
        self.expect('columns', {'runtime/base/b.cc': SPDX + '// ' + 'x' * 98 + '\n'})

    def test_headers(self):
        self.expect('spdx', {'runtime/base/b.cc': 'int x;\n'})
        self.expect('header-guard', {'runtime/base/b.h': SPDX + '// For b.\n'})
        self.expect('header-comment', {'runtime/base/b.h': SPDX + '#pragma once\n'})

    def test_banned_calls(self):
        for code in ('void f() { printf("x"); }', 'void f() { std::cout << 1; }',
                     'void f() { exit(1); }', 'void f() { std::abort(); }',
                     'auto x = getenv("A");', 'int x = rand();', 'std::random_device d;',
                     'auto t = std::chrono::system_clock::now();', 'void f() { throw 1; }',
                     'using namespace std;', 'std::thread t;', 'int x = atoi("1");'):
            self.expect('banned', {'runtime/base/b.cc': SPDX + code + '\n'})

    def test_banned_words_in_comments_and_strings_are_fine(self):
        code = '// printf("x") and exit(1)\nconst char* s = "rand() throw 1";\n'
        self.assertEqual(self.found({'runtime/base/b.cc': SPDX + code}), [])

    def test_hash_order(self):
        code = 'std::unordered_map<int, int> table;\nvoid f() { for (auto& x : table) g(x); }\n'
        self.expect('hash-order', {'runtime/base/b.cc': SPDX + code})

    def test_feature_by_preprocessor(self):
        self.expect('conditional', {'runtime/base/b.cc': SPDX + '#ifdef HAVE_X\n#endif\n'})

    def test_leftovers_and_machine_paths(self):
        self.expect('leftover', {'runtime/base/b.cc': SPDX + '// TO' + 'DO: more\n'})
        self.expect('machine-path', {'cli/README.md': '# CLI\n\nin /ho' + 'me/me/x\n'})
        self.expect('whitespace', {'runtime/base/b.cc': SPDX + 'int x; \n'})

    def test_guides(self):
        self.expect('guide', {'cli/README.md': None})
        self.expect('title', {'cli/README.md': 'no title\n'})
        self.expect('link', {'cli/README.md': '# CLI\n\n[x](nowhere.md)\n'})
        self.expect('top-level', {'notes.md': '# Notes\n'})

    def test_exceptions_need_a_reason_and_a_use(self):
        broken = {'runtime/base/b.cc': long_function(80)}
        allowed = 'function-length runtime/base/b.cc:f | one table of eighty lines\n'
        self.assertEqual(self.found(broken, exceptions=allowed), [])
        self.expect('exceptions', {}, exceptions=allowed)
        self.expect('exceptions', {}, exceptions='columns cli/main.cc |\n')


class Functions(unittest.TestCase):
    def lengths(self, text):
        return [(n, c) for n, _, c in functions(blank_preprocessor(blank_comments(text)))]

    def test_shapes_of_definitions(self):
        self.assertEqual(self.lengths('int f(int x)\n{\n  if (x) { g(); }\n}\n'), [('f', 4)])
        self.assertEqual(self.lengths('A::A(int x) : a_{x}, b_(1) {\n  g();\n}\n'), [('A::A', 3)])
        self.assertEqual(self.lengths('template <class T = int>\nT f() const noexcept {\n}\n'),
                         [('f', 3)])
        self.assertEqual(self.lengths('class A {\n public:\n  int f() override {\n  }\n};\n'),
                         [('f', 2)])
        self.assertEqual(self.lengths('auto f() -> std::vector<int> {\n}\n'), [('f', 2)])
        self.assertEqual(self.lengths('bool operator==(A x) {\n}\nTEST(A, B) {\n}\n'),
                         [('operator==', 2), ('TEST', 2)])
        self.assertEqual(self.lengths('extern "C" {\nint f() {\n}\n}\n'), [('f', 2)])

    def test_tables_and_types_are_no_functions(self):
        self.assertEqual(self.lengths('constexpr K kA = {\n  "a", {1, 2},\n};\nint f() {\n}\n'),
                         [('f', 2)])
        self.assertEqual(self.lengths('struct alignas(64) A {\n  int x{3};\n};\n'), [])
        self.assertEqual(self.lengths('enum class A : int { kB, kC };\nnamespace a { }\n'), [])

    def test_braces_that_do_not_count(self):
        text = 'int f() {\n  // }\n  g("}", \'}\', R"(})", 1\'000);\n}\n#define X {\nint h() {\n}\n'
        self.assertEqual(self.lengths(text), [('f', 4), ('h', 2)])


if __name__ == '__main__':
    unittest.main()
