#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of include/interface: a description with one fault is refused for that fault, a generated
file that was edited is found, and what programs were built with cannot be taken back."""
import contextlib
import functools
import io
import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'include', 'interface')]

import c_types
import exports
import formatting
import generate
import headers
import layouts

NEW_FUNCTION = '''
[[entry]]
function = "raddle_plan_test_it"
doc = "Nothing."
params = [
  {name = "plan", type = "const raddle_plan_t*"},
  {name = "out_text", type = "char**", own = "given"},
]
threads = "shared"
since = "0.2"
'''


# Most of what is laid out is the same in every test, and each text costs a process.
_formatted = formatting.formatted
_layouts = {}


def _formatted_once(text, path, root):
    if (text, path) not in _layouts:
        _layouts[text, path] = _formatted(text, path, root)
    return _layouts[text, path]


formatting.formatted = _formatted_once

GENERATED = ('.clang-format', *generate.outputs(generate.load()))


class Tree(unittest.TestCase):
    """A copy of the description and of what is generated from it, to break."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        shutil.copytree(os.path.join(ROOT, 'include'), self.path('include'),
                        ignore=shutil.ignore_patterns('*.py', '__pycache__'))
        for name in GENERATED:
            os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), self.path(name))

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

    def replace(self, name, old, new):
        text = self.read(name)
        self.assertIn(old, text, f'{name} has changed; change this test')
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text.replace(old, new, 1))

    def append(self, name, text):
        with open(self.path(name), 'a', encoding='utf-8') as file:
            file.write(text)

    def run_it(self, *arguments):
        """(exit status, what it prints)."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = generate.main([*arguments, '--root', self.root, '--description',
                                    self.path('include/interface')])
        return status, out.getvalue()

    def check_says(self, *fragments):
        status, out = self.run_it('--check')
        self.assertEqual(status, 1, out)
        for fragment in fragments:
            self.assertIn(fragment, out)
        return out


class Stale(Tree):
    def test_what_is_committed_is_what_is_described(self):
        status, out = self.run_it('--check')
        self.assertEqual(status, 0, out)

    def test_an_edited_header_is_named_with_its_first_other_line(self):
        self.replace('include/raddle/plan.h', '/* Bytes that training books. */',
                     '/* Bytes that training wants. */')
        line = self.read('include/raddle/plan.h').split('Bytes that training')[0].count('\n') + 1
        self.check_says(f'include/raddle/plan.h:{line}: is stale',
                        'expected: /* Bytes that training books. */',
                        'actual:   /* Bytes that training wants. */', 'run python3', ' 1 stale')

    def test_an_edited_declaration_is_found_without_clang_format(self):
        self.replace('include/raddle/plan.h', 'int64_t limit_bytes;', 'int32_t limit_bytes;')
        with mock.patch.object(formatting, 'available', lambda: False):
            self.check_says('include/raddle/plan.h:', 'expected: int64_t limit_bytes;',
                            'actual:     int32_t limit_bytes;', 'layout not compared')

    def test_only_layout_is_left_out_without_clang_format(self):
        self.replace('include/raddle/plan.h', '  int64_t limit_bytes;', '  int64_t\n limit_bytes;')
        self.check_says('include/raddle/plan.h:')
        with mock.patch.object(formatting, 'available', lambda: False):
            self.assertEqual(self.run_it('--check')[0], 0)
            status, out = self.run_it()
            self.assertEqual(status, 1)
            self.assertIn('nothing is written', out)

    def test_a_header_that_nothing_describes_and_a_missing_one_are_stale(self):
        self.append('include/raddle/more.h', '/* Mine. */\n')
        os.remove(self.path('include/raddle/status.h'))
        self.check_says('include/raddle/more.h:1', 'include/raddle/status.h:1', ' 2 stale')

    @unittest.skipUnless(formatting.available(), 'clang-format-14 is not installed')
    def test_writing_makes_everything_current(self):
        self.append('include/interface/abi/plan.toml', NEW_FUNCTION)
        self.check_says('include/raddle/plan.h:', 'include/REFERENCE.md:', 'exports.txt:')
        self.assertEqual(self.run_it()[0], 0)
        self.assertEqual(self.run_it('--check')[0], 0)
        self.assertIn('raddle_plan_test_it(const raddle_plan_t* plan,',
                      self.read('include/raddle/plan.h'))
        self.assertIn('free with raddle_text_destroy()', self.read('include/REFERENCE.md'))
        self.assertIn('\nraddle_plan_test_it\n', self.read(generate.EXPORTS))


class Malformed(Tree):
    """One fault at a time: where it is, what it is, what was expected."""

    def fault(self, old, new, *fragments, name='abi/plan.toml'):
        self.replace(f'include/interface/{name}', old, new)
        out = self.check_says(*fragments)
        self.assertNotIn('Traceback', out)

    def test_text_that_is_not_toml(self):
        self.fault('[[entry]]', '[[entry]', 'abi/plan.toml: not TOML', 'line')

    def test_a_key_that_does_not_exist(self):
        self.fault('threads = "shared"', 'thread = "shared"', 'function raddle_plan_create',
                   'no key "thread"', 'threads')

    def test_a_key_that_is_missing(self):
        self.fault('threads = "shared"\n', '', 'abi/plan.toml:', 'function raddle_plan_create',
                   '"threads" is missing', 'object, shared, any, signal')

    def test_a_value_that_is_none_of_those_allowed(self):
        self.fault('threads = "shared"', 'threads = "all"', 'threads is "all"',
                   'expected one of object, shared')

    def test_a_value_of_another_kind(self):
        self.fault('blocking = true', 'blocking = "yes"', "blocking is 'yes'",
                   'expected true or false')

    def test_an_entry_of_no_kind(self):
        self.fault('function = "raddle_plan_hash"', 'func = "raddle_plan_hash"',
                   'abi/plan.toml: entry', 'func', 'expected exactly one of function, struct')

    def test_a_name_that_is_described_twice(self):
        self.fault('"raddle_plan_hash"', '"raddle_plan_explain"', 'function raddle_plan_explain',
                   'is described already, at include/interface/abi/plan.toml:')

    def test_a_type_that_does_not_exist(self):
        self.fault('type = "const raddle_graph_t*"', 'type = "const raddle_grph_t*"',
                   'function raddle_plan_create: params graph', 'no type "raddle_grph_t"')

    def test_a_type_that_is_no_type(self):
        self.fault('type = "const raddle_graph_t*"', 'type = "a graph, or NULL"',
                   '"a graph, or NULL" is no type')

    def test_a_type_that_is_described_later(self):
        self.fault('type = "const raddle_graph_t*"', 'type = "const raddle_session_t*"',
                   '"raddle_session_t" is described later, at include/interface/abi/session.'
                   'toml:')

    def test_an_opaque_type_by_value(self):
        self.fault('type = "const raddle_graph_t*"', 'type = "raddle_graph_t"', 'opaque')

    def test_a_length_that_is_no_parameter(self):
        self.fault('length = "batch_count"', 'length = "batches_count"', 'params batches',
                   'length is "batches_count"', 'batch_count', name='abi/session_train.toml')

    def test_a_path_without_its_encoding(self):
        self.fault('encoding = "path", ', '', 'raddle_session_save: params path',
                   'without "encoding"', name='abi/checkpoint.toml')

    def test_a_flag_that_is_no_truth_value(self):
        self.fault('"step", type = "int64_t"', '"step", type = "int64_t", flag = true',
                   'is no "flag"', name='abi/session_train.toml')

    def test_a_pointer_that_is_handed_out_without_an_owner(self):
        self.fault('"raddle_plan_t**", own = "given"', '"raddle_plan_t**"', 'params out_plan',
                   'hands out a pointer', 'expected given')

    def test_something_lent_until_nobody_knows_when(self):
        self.fault('until = "config.change"', 'until = "config"', 'params out_value',
                   'until is "config"', 'X.destroy or X.change', name='abi/config.toml')

    def test_a_destroy_function_that_does_not_exist(self):
        self.fault('destroy = "raddle_plan_destroy"', 'destroy = "raddle_plan_free"',
                   'handle raddle_plan_t', '"raddle_plan_free"')

    def test_an_output_with_the_name_of_an_input(self):
        self.fault('"out_plan"', '"plan_out"', 'function raddle_plan_create: params plan_out',
                   'can be written through', 'begins with out_')

    def test_errors_that_no_function_has(self):
        self.fault('errors_as = ["raddle_session_create"]', 'errors_as = ["raddle_session_make"]',
                   'errors_as names "raddle_session_make"', name='abi/session.toml')

    def test_a_code_that_does_not_exist(self):
        self.fault('UNAVAILABLE = ', 'NOT_THERE = ', 'errors is "NOT_THERE"', 'UNAVAILABLE')

    def test_a_header_that_carries_one_before_it(self):
        self.replace('include/interface/interface.toml', 'carries = ["generate.h"',
                     'carries = ["plan.h"')
        self.check_says('session.h carries plan.h', 'name one of generate.h, tensors.h')

    def test_a_file_that_is_not_there(self):
        self.fault('"plan.toml"', '"plans.toml"', 'abi/plans.toml: cannot be read',
                   name='interface.toml')


class Frozen(Tree):
    def test_a_field_in_the_middle_breaks_old_programs(self):
        self.replace('include/interface/abi/plan.toml', '{name = "limit_bytes", type = "int64_t"',
                     '{name = "new_bytes", type = "int64_t"},\n'
                     '  {name = "limit_bytes", type = "int64_t"')
        self.check_says('raddle_memory_table_t.limit_bytes was "at 64 size 8", now it is '
                        '"at 72 size 8"', 'append fields at the end')
        self.assertEqual(self.run_it()[0], 1, 'writing must be refused too')

    def test_a_field_at_the_end_does_not(self):
        text = self.read('include/interface/abi/plan.toml')
        begin = text.index('struct = "raddle_memory_table_t"')
        end = text.index('\n]', begin)
        changed = text[:end] + '\n  {name = "new_bytes", type = "int64_t"},' + text[end:]
        with open(self.path('include/interface/abi/plan.toml'), 'w', encoding='utf-8') as file:
            file.write(changed)
        self.assertIn('layout.txt:', self.check_says('is stale'))
        self.assertNotIn('would break', self.run_it('--check')[1])

    def test_a_value_of_an_enum_and_a_function_stay(self):
        self.replace('include/interface/abi/status.toml', '"RADDLE_IO", value = 13',
                     '"RADDLE_IO", value = 15')
        self.replace('include/interface/abi/plan.toml', '"raddle_plan_hash"', '"raddle_plan_hush"')
        self.check_says('RADDLE_IO was "is 13", now it is "is 15"', 'would break',
                        'exports.txt: raddle_plan_hash is no longer described')


class Parts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.interface = generate.load()

    def test_a_function_without_a_body_is_named(self):
        symbols = {f.name for f in self.interface.of_kind('function')}
        self.assertEqual(exports.compare(self.interface, symbols), [])
        missing = exports.compare(self.interface, symbols - {'raddle_plan_hash'})
        self.assertEqual(len(missing), 1)
        self.assertRegex(missing[0], r'abi/plan\.toml:\d+: function raddle_plan_hash: described, '
                         r'but the library does not export it; write its body in runtime/capi/')
        leaked = exports.compare(self.interface, symbols | {'raddle_secret'})
        self.assertRegex(leaked[0], 'raddle_secret: exported, but nothing describes it')

    def test_types(self):
        for text in ('int32_t', 'const char*', 'const char* const*', 'raddle_plan_t**', 'void*'):
            self.assertEqual(str(c_types.parse(text)), text)
        for text in ('', 'unsigned int', 'char *', 'char[4]', 'const ', 'char const*'):
            self.assertIsNone(c_types.parse(text), text)
        names = c_types.parse('const char* const*')
        self.assertEqual((names.base, names.is_const), ('char', True))
        self.assertEqual(names.pointers, (True, False))

    def test_layouts_with_holes(self):
        size, alignment, rows = layouts.of_struct(self.interface,
                                                  self.interface.entries['raddle_dl_tensor_t'])
        self.assertEqual((size, alignment), (48, 8))
        self.assertIn(('dtype_lanes', 22, 2), rows)

    def test_the_text_of_a_function(self):
        text = headers.render(self.interface, self.interface.headers[0])
        self.assertIn('RADDLE_API void raddle_text_destroy(char** text);', text)

    def test_headers_include_what_they_name(self):
        session = next(h for h in self.interface.headers if h.name == 'session.h')
        text = headers.render(self.interface, session)
        for name in ('base', 'config', 'context', 'data', 'graph', 'status'):
            self.assertIn(f'#include "raddle/{name}.h"', text)
        self.assertNotIn('#include "raddle/plan.h"', text)
        # What it only carries comes when all that it may need is declared.
        for name in session.carries:
            self.assertGreater(text.index(f'#include "raddle/{name}"'),
                               text.index('RADDLE_END_DECLS'))


if __name__ == '__main__':
    unittest.main()
