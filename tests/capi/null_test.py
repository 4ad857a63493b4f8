#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls every function of the library as include/interface describes it, with NULL where NULL is
refused and where it is allowed: what the description says is what the code does.

    null_test.py LIBRARY
"""
import ctypes
import os
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'include', 'interface'))

import generate
from validate import fails, is_pointer

C_TYPES = {'int8_t': ctypes.c_int8, 'uint8_t': ctypes.c_uint8, 'int16_t': ctypes.c_int16,
           'uint16_t': ctypes.c_uint16, 'int32_t': ctypes.c_int32, 'uint32_t': ctypes.c_uint32,
           'int64_t': ctypes.c_int64, 'uint64_t': ctypes.c_uint64, 'size_t': ctypes.c_size_t,
           'float': ctypes.c_float, 'double': ctypes.c_double, 'void': None}
INVALID_ARGUMENT = 1


def c_type(interface, given):
    if is_pointer(interface, given):
        return ctypes.c_void_p
    if given.base in C_TYPES:
        return C_TYPES[given.base]
    return c_type(interface, interface.entries[given.base].type)


class Library:
    def __init__(self, path):
        self.interface = generate.load()
        self.library = ctypes.CDLL(path)

    def call(self, name, *arguments):
        function, entry = getattr(self.library, name), self.interface.entries[name]
        function.restype = c_type(self.interface, entry.returns.type)
        function.argtypes = [c_type(self.interface, p.type) for p in entry.params]
        return function(*arguments)

    def error(self, status):
        """(code, message) of a status, which is freed."""
        found = (self.call('raddle_status_code', status),
                 ctypes.string_at(self.call('raddle_status_message', status)).decode())
        self.call('raddle_status_destroy', ctypes.addressof(ctypes.c_void_p(status)))
        return found


def is_null(entry, item):
    return f"{entry.name}: argument '{item.name}' is NULL"


class Null(unittest.TestCase):
    """While one argument is NULL that may not be, no other is looked at: they may be anything."""

    @classmethod
    def setUpClass(cls):
        cls.library = Library(LIBRARY)
        cls.anything = ctypes.create_string_buffer(4096)

    def pointers(self, entry):
        return [p for p in entry.params if is_pointer(self.library.interface, p.type)]

    def given(self, entry, *null):
        """Arguments of which those in `null` are NULL."""
        somewhere = ctypes.addressof(self.anything)
        pointers = self.pointers(entry)
        return [(None if p in null else somewhere) if p in pointers else 0 for p in entry.params]

    def outcome(self, entry, *null):
        """(code, message) of a call in a process of its own, as a wrong description crashes it."""
        end, begin = os.pipe()
        child = os.fork()
        if child == 0:
            status = self.library.call(entry.name, *self.given(entry, *null))
            found = self.library.error(status) if status else (0, 'it succeeded')
            os.write(begin, f'{found[0]} {found[1]}'.encode())
            os._exit(0)
        os.close(begin)
        with open(end, encoding='utf-8') as file:
            code, _, message = file.read().partition(' ')
        os.waitpid(child, 0)
        return (int(code), message) if code else (None, 'the call crashed')

    def test_null_is_refused_where_nothing_says_what_it_means(self):
        count = 0
        for entry in self.library.interface.of_kind('function'):
            refused = [p for p in self.pointers(entry) if p.null is None and p.own != 'opaque']
            for item in refused if fails(entry) else []:
                code, message = self.outcome(entry, item)
                self.assertEqual((code, message), (INVALID_ARGUMENT, is_null(entry, item)),
                                 f'{item.where}: has no "null", so NULL must be refused')
                count += 1
        self.assertGreater(count, 100)

    def test_null_is_not_what_is_refused_where_something_says_what_it_means(self):
        for entry in self.library.interface.of_kind('function'):
            refused = [p for p in self.pointers(entry) if p.null is None and p.own != 'opaque']
            allowed = [p for p in self.pointers(entry) if p not in refused]
            if not fails(entry) or not refused:
                continue
            _, message = self.outcome(entry, refused[-1], *allowed)
            self.assertEqual(message, is_null(entry, refused[-1]),
                             f'{entry.where}: NULL must be taken where "null" says what it means')

    def test_functions_that_cannot_fail_take_null(self):
        for entry in self.library.interface.of_kind('function'):
            if fails(entry):
                continue
            for item in self.pointers(entry):
                self.assertIsNotNone(item.null, f'{item.where}: say what NULL gives')
            returned = self.library.call(entry.name, *self.given(entry, *entry.params))
            if entry.returns.type.depth > 0:
                allowed = entry.returns.null is not None
                self.assertTrue(returned is not None or allowed, f'{entry.where} returns NULL')

    def test_destroying_a_pointer_to_null_does_nothing(self):
        for entry in self.library.interface.of_kind('function'):
            if [p.own for p in entry.params] == ['taken']:
                nothing = ctypes.c_void_p(None)
                self.library.call(entry.name, ctypes.addressof(nothing))
                self.assertIsNone(nothing.value)


if __name__ == '__main__':
    LIBRARY = sys.argv.pop(1)
    unittest.main()
