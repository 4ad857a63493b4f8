# SPDX-License-Identifier: Apache-2.0
"""Writes the crate raddle-sys: a module a file of abi/, and what its test compares with the C
header. Nothing in it is safe; emit_rust_calls.py adds the checks."""
import rust_words
from rust_words import declared, document, field_doc, head, identifier, listed, raw_type, sentence
from validate import error_codes, fails, is_pointer
from words import item_text, threads_text

FOLDER = 'bindings/rust/raddle-sys'


def outputs(interface):
    parts = rust_words.parts(interface)
    made = {f'{FOLDER}/src/{name}.rs': _module(interface, entries) for name, entries in parts}
    made[f'{FOLDER}/src/lib.rs'] = _library([name for name, _ in parts])
    made[f'{FOLDER}/tests/described/mod.rs'] = _described(interface)
    made[f'{FOLDER}/tests/described/probe.c'] = _probe(interface)
    return made


def _library(modules):
    lines = [*head('The C ABI of Raddle.'), '//! The C ABI of Raddle, as `include/raddle/raddle.h` '
             'declares it: types, constants and functions.', '//!',
             '//! Use the crate `raddle` instead, which is safe. What each function takes and',
             '//! gives is in `include/REFERENCE.md`.',
             '#![allow(non_camel_case_types, non_upper_case_globals)]',
             '#![deny(missing_docs)]', '']
    for name in sorted(modules):
        lines += ['#[rustfmt::skip]', f'mod {name};']
    return '\n'.join([*lines, '', *[f'pub use {name}::*;' for name in sorted(modules)], ''])


def _module(interface, entries):
    body = []
    functions = [e for e in entries if e.kind == 'function']
    for entry in entries:
        if entry.kind != 'function':
            body += ['', *_TYPES[entry.kind](interface, entry)]
    if functions:
        body += ['', 'extern "C" {']
        for i, entry in enumerate(functions):
            body += ([''] if i else []) + _function(interface, entry)
        body += ['}']
    return '\n'.join([*head('Part of the C ABI.'), *_uses('\n'.join(body)), *body, ''])


def _uses(text):
    found = []
    if 'size_of' in text:
        found.append('use std::mem::size_of;')
    if 'PhantomData' in text:
        found.append('use std::marker::{PhantomData, PhantomPinned};')
    if 'null' in text.replace('nulls', '') and 'ptr::' in text:
        found.append('use std::ptr;')
    names = [n for n in ('c_char', 'c_void') if f' {n}' in text]
    if names:
        found.append(f'use std::os::raw::{{{", ".join(names)}}};'
                     if len(names) > 1 else f'use std::os::raw::{names[0]};')
    return ['#[allow(unused_imports)]', 'use super::*;', *sorted(found)]


def _doc(entry, fallback=''):
    return document(entry.doc or fallback)


def _callback_type(returns, params):
    arguments = ', '.join(f'{identifier(p.name)}: {raw_type(p.type)}' for p in params)
    gives = '' if str(returns) == 'void' else f' -> {raw_type(returns)}'
    return f'Option<unsafe extern "C" fn({arguments}){gives}>'


def _wrapped_alias(name, text):
    """`pub type name = Option<unsafe extern "C" fn(...)>;` within the columns."""
    line = f'pub type {name} = {text};'
    if len(line) <= 100:
        return [line]
    start, _, rest = text.partition('(')
    arguments, _, gives = rest.rpartition(')')
    return [f'pub type {name} = {start}(', *[f'    {a},' for a in arguments.split(', ')],
            f'){gives};']


def _handle(_, entry):
    name = entry.name.removesuffix('_t') if entry.pointer else entry.name
    lines = [*_doc(entry), '#[repr(C)]', '#[derive(Debug)]', f'pub struct {name} {{',
             '    _opaque: [u8; 0],', '    _pinned: PhantomData<(*mut u8, PhantomPinned)>,', '}']
    if entry.pointer:
        lines += ['', *_doc(entry), f'pub type {entry.name} = *mut {name};']
    return lines


def _enum(_, entry):
    lines = [*_doc(entry, f'Values of {entry.name}.'),
             f'pub type {entry.name} = {raw_type(entry.type)};']
    for value in entry.values:
        lines += [*document(sentence(value.doc or f'A value of {entry.name}')),
                  f'pub const {value.name}: {entry.name} = {value.value};']
    return lines


def _constant(_, entry):
    return [*_doc(entry, f'{entry.name.lower().replace("_", " ")}.'),
            f'pub const {entry.name}: i32 = {entry.value};']


def _alias(_, entry):
    return [*_doc(entry), f'pub type {entry.name} = {raw_type(entry.type)};']


def _callback(_, entry):
    return [*_doc(entry), *_wrapped_alias(entry.name,
                                          _callback_type(entry.returns.type, entry.params))]


def _field_type(item):
    if item.params is not None:
        return _callback_type(item.type, item.params)
    if item.array:
        return f'[{raw_type(item.type)}; {item.array} as usize]'
    return raw_type(item.type)


def _struct(interface, entry):
    lines = [*_doc(entry, f'{entry.name}.'), '#[repr(C)]', '#[derive(Clone, Copy, Debug)]',
             f'pub struct {entry.name} {{']
    if entry.growable:
        lines += ['    /// Bytes of this struct, as its side knows it.',
                  '    pub struct_size: usize,']
    for item in entry.fields:
        lines += [*document(field_doc(item), '    '),
                  f'    pub {identifier(item.name)}: {_field_type(item)},']
    lines.append('}')
    if entry.growable and entry.filled_by == 'caller':
        name = entry.name.removesuffix('_t').upper() + '_INIT'
        lines += ['', f'/// Every field of a [`{entry.name}`] at its default.',
                  f'pub const {name}: {entry.name} = {entry.name} {{',
                  f'    struct_size: size_of::<{entry.name}>(),']
        lines += [f'    {identifier(i.name)}: {_initial(interface, i)},' for i in entry.fields]
        lines += ['};']
    return lines


def _initial(interface, item):
    target = interface.entries.get(item.type.base)
    if target is not None and target.kind == 'callback':
        return 'None'
    if is_pointer(interface, item.type):
        return 'ptr::null()' if item.type.is_const else 'ptr::null_mut()'
    value = item.init or '0'
    if item.type.base in ('float', 'double'):
        value += '.0' if value.lstrip('-').isdigit() else ''
    return f'[{value}; {item.array} as usize]' if item.array else value


def _function(interface, entry):
    lines = document(entry.doc, '    ')
    rows = [f'`{p.name}`: {item_text(p)}' for p in entry.params if item_text(p)]
    if item_text(entry.returns):
        rows.append(f'Returns: {item_text(entry.returns)}')
    if threads_text(entry):
        rows.append(f'Threads: {threads_text(entry)}')
    codes = error_codes(interface, entry)
    if codes:
        rows.append(f'Errors: {", ".join(codes)}')
    lines += ['    ///'] if rows else []
    for row in rows:
        first, *more = document(row, '      ')
        lines += [first.replace('      /// ', '    /// - ', 1),
                  *[line.replace('      /// ', '    ///   ', 1) for line in more]]
    params = [f'{identifier(p.name)}: {raw_type(p.type)}' for p in entry.params]
    gives = '' if str(entry.returns.type) == 'void' else f' -> {raw_type(entry.returns.type)}'
    lines += ['    #[must_use]'] if fails(entry) else []
    return lines + declared(f'pub fn {entry.name}', params, f'{gives};', '    ')


_TYPES = {'handle': _handle, 'enum': _enum, 'constant': _constant, 'alias': _alias,
          'callback': _callback, 'struct': _struct}


def _field_names(entry):
    return (['struct_size'] if entry.growable else []) + [f.name for f in entry.fields]


def _constants(interface):
    values = [v.name for e in rust_words.of_kind(interface, 'enum') for v in e.values]
    return values + [e.name for e in rust_words.of_kind(interface, 'constant')]


def _described(interface):
    """What Rust makes of the description, for tests/header.rs."""
    lines = [*head('What the header is compared with.'), 'use raddle_sys::*;', '',
             'pub fn facts(out: &mut Vec<String>) {']
    for entry in rust_words.of_kind(interface, 'struct'):
        lines += [f'    layout!(out, {entry.name} {{',
                  *listed([identifier(n) for n in _field_names(entry)], ' ' * 8, ''), '    });']
    lines += ['    values!(', '        out,', *listed(_constants(interface), ' ' * 8, ''), '    );',
              '}', '', 'pub fn functions() -> Vec<(&\'static str, *const ())> {', '    functions!(',
              *listed([e.name for e in rust_words.of_kind(interface, 'function')], ' ' * 8, ''),
              '    )', '}', '']
    return '\n'.join(lines)


def _probe(interface):
    """The same questions to the C compiler, about the real header."""
    lines = ['/* SPDX-License-Identifier: Apache-2.0 */',
             '/* Prints what the header says. Written by include/interface/generate.py. */',
             '#include <inttypes.h>', '#include <raddle/raddle.h>', '#include <stdio.h>', '',
             '#define KIND(value) _Generic((value), \\']
    kinds = [(c, r) for c, r in rust_words.BUILTIN.items() if c not in ('void', 'char', 'size_t')]
    lines += [f'  {c}: "{r}", \\' for c, r in kinds]
    lines += ['  default: "other")',
              '#define SIZE(type) printf("size " #type " %zu\\n", sizeof(type))',
              '#define FIELD(type, field) \\',
              '  printf("field " #type "." #field " %zu %zu %s\\n", offsetof(type, field), \\',
              '         sizeof(((type*)0)->field), KIND(((type*)0)->field))',
              '#define VALUE(name) printf("value " #name " %" PRId64 "\\n", (int64_t)(name))', '']
    blocks = []
    for entry in rust_words.of_kind(interface, 'struct'):
        blocks.append((entry.name, [f'SIZE({entry.name});', *[f'FIELD({entry.name}, {name});'
                                                             for name in _field_names(entry)]]))
    names = _constants(interface)
    blocks += [(f'values_{i // 40}', [f'VALUE({n});' for n in names[i:i + 40]])
               for i in range(0, len(names), 40)]
    for name, body in blocks:
        lines += [f'static void print_{name}(void) {{', *[f'  {line}' for line in body], '}', '']
    lines += ['int main(void) {', *[f'  print_{name}();' for name, _ in blocks], '  return 0;', '}']
    return '\n'.join([*lines, ''])
