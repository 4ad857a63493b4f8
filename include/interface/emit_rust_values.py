# SPDX-License-Identifier: Apache-2.0
"""Writes the crate raddle's plain values: an enum for each enum of the ABI, which holds values that
it does not know too; a struct for what functions fill in; builders of options, paths and arrays."""
import os.path
import re

import rust_words
from rust_words import camel, document, field_doc, head, identifier, once, part_of, prose, sentence
from validate import is_pointer

FOLDER = 'bindings/rust/src/described'
OPTIONS_NULL = 'defaults'  # what a NULL for a struct of options means


def outputs(interface):
    """Files of abi/ have one each for their enums and for what is filled in."""
    builders = [_options(interface, e) for e in options(interface)]
    made = {'options': _file('Options of functions.', builders),
            'borrowed': _file('Structs that point to what is the caller\'s.', [
                *[_texts(interface, e) for e in text_options(interface)],
                *[_arrays(interface, e) for e in array_structs(interface)]], [
                    ('crate::error', ['Result']), ('crate::ffi', ['path_text', 'same_length']),
                    ('std::borrow', ['Cow']), ('std::ffi', ['CString']),
                    ('std::path', ['Path', 'PathBuf']), ('std', ['ptr'])])}
    blocks = {}
    for entry in public_enums(interface):
        blocks.setdefault((part_of(entry), 'enums'), []).append(_enum(interface, entry))
    for entry, is_static in filled(interface):
        blocks.setdefault((part_of(entry), 'results'), []).append(
            _result(interface, entry, is_static))
    for (part, what), lines in blocks.items():
        enums = [camel(e.name) for e in public_enums(interface)] if what == 'results' else []
        made[f'{part}_{what}'] = _file('Plain values.', lines, [
            ('super', enums),
            ('crate::ffi', ['owned_array', 'owned_path', 'owned_text', 'text']),
            ('crate::graph', ['TensorId']), ('std::path', ['PathBuf'])])
    return {f'{FOLDER}/{name}.rs': text for name, text in made.items()}


def _file(what, blocks, places=()):
    lines = [line for block in blocks for line in block]
    words = set(re.findall(r'\w+', re.sub(r'//.*', '', '\n'.join(lines))))
    return '\n'.join([*head(what), 'use crate::sys;', *rust_words.uses(places, words), *lines, ''])


@once
def public_enums(interface):
    return [e for e in rust_words.of_kind(interface, 'enum') if e.name.startswith('raddle_')]


@once
def filled(interface):
    """[(struct, whether its texts are static)] of those without pointers but texts that the library
    fills in: through an out_ parameter, or for a callback."""
    found = {}
    for entry in rust_words.of_kind(interface, 'function', 'callback'):
        for item in entry.params:
            target = interface.entries.get(item.type.base)
            is_out = item.direction == 'out' if entry.kind == 'function' else item.type.is_const
            if is_out and item.type.depth == 1 and target is not None and \
                    target.kind == 'struct' and is_plain(interface, target) and \
                    not rust_words.is_init_function(entry):
                found.setdefault(target.name, (target, item.own == 'static'))
    return list(found.values())


def is_plain(interface, struct):
    """Whether it is numbers, texts that end with a zero byte, and arrays of numbers."""
    return struct.growable and all(
        f.params is None and (not is_pointer(interface, f.type) or _is_array(interface, f) or
                              (f.type.base == 'char' and f.type.depth == 1 and not f.length))
        for f in struct.fields)


def _is_array(interface, item):
    """Whether it points to numbers, as many as another field says."""
    target = interface.entries.get(item.type.base)
    return item.type.depth == 1 and item.type.is_const and item.length != '' and (
        target.kind == 'alias' if target is not None else item.type.base not in ('char', 'void'))


def reads_pointers(interface, struct):
    """Whether to take over what the library filled in follows pointers."""
    return any(is_pointer(interface, f.type) for f in struct.fields)


def has_pointers(interface, struct):
    return any(f.params is not None or is_pointer(interface, f.type) for f in struct.fields)


@once
def options(interface):
    """Structs without pointers that callers may leave out."""
    found = {}
    for entry in rust_words.of_kind(interface, 'function'):
        for item in entry.params:
            target = interface.entries.get(item.type.base)
            if item.null == OPTIONS_NULL and target is not None and target.kind == 'struct' and \
                    not has_pointers(interface, target):
                found.setdefault(target.name, target)
    return list(found.values())


@once
def text_options(interface):
    """Structs of options whose pointers are paths, each of which may be left out."""
    return _in_structs(interface, lambda f: f.encoding == 'path' and f.null is not None)


@once
def array_structs(interface):
    """Structs whose pointers are arrays of numbers with their lengths beside them."""
    return _in_structs(interface, lambda f: f.type.is_const and f.type.depth == 1 and f.length and
                       f.type.base in rust_words.BUILTIN and f.type.base not in ('void', 'char'))


def _in_structs(interface, fits):
    return [e for e in rust_words.of_kind(interface, 'struct')
            if e.growable and e.filled_by == 'caller' and has_pointers(interface, e) and
            all(fits(f) for f in e.fields if is_pointer(interface, f.type))]


def _texts(interface, entry):
    """A builder of paths. What it gives the library points into C texts that go with it."""
    name, macro = camel(entry.name), entry.name.removesuffix('_t').upper() + '_INIT'
    fields = [f for f in entry.fields if f.encoding]
    lines = ['', *document(f'{entry.doc} What is not set is not there.'),
             '#[derive(Debug, Clone, Default)]', f'pub struct {name} {{',
             *[f'    {f.name}: Option<PathBuf>,' for f in fields], '}', '', f'impl {name} {{',
             '    /// Nothing set.', '    #[must_use]', '    pub fn new() -> Self {',
             '        Self::default()', '    }']
    for item in fields:
        lines += ['', *document(sentence(prose(interface, item.doc)), '    '),
                  '    #[must_use]',
                  f'    pub fn {item.name}(mut self, path: impl AsRef<Path>) -> Self {{',
                  f'        self.{item.name} = Some(path.as_ref().into());', '        self',
                  '    }']
    lines += ['', '    /// The C struct, and what it points to.',
              f'    pub(crate) fn raw(&self) -> Result<(sys::{entry.name}, Vec<CString>)> {{',
              f'        let mut raw = sys::{macro};', '        let mut texts = Vec::new();']
    for item in fields:
        lines += [f'        if let Some(path) = &self.{item.name} {{',
                  f'            let text = path_text("{item.name}", path)?;',
                  f'            raw.{item.name} = text.as_ptr();', '            texts.push(text);',
                  '        }']
    return [*lines, '        Ok((raw, texts))', '    }', '}']


def _setter_doc(item):
    return field_doc(item).replace('NULL: ', 'not set: ').replace('is NULL', 'is not set')


def _arrays(interface, entry):
    """A builder of slices or vectors, which are given to the library as they lie."""
    name, macro = camel(entry.name), entry.name.removesuffix('_t').upper() + '_INIT'
    arrays = [(f, f'Cow<\'a, [{rust_words.BUILTIN[f.type.base]}]>') for f in entry.fields
              if f.length]
    needed = [(f, kind) for f, kind in arrays if f.null is None]
    into = ', '.join(f'{f.name}: impl Into<{kind}>' for f, kind in needed)
    lines = ['', *document(entry.doc), '#[derive(Debug, Clone, Default, PartialEq)]',
             f"pub struct {name}<'a> {{"]
    lines += [f'    {f.name}: {kind if f.null is None else f"Option<{kind}>"},'
              for f, kind in arrays]
    lines += ['}', '', f"impl<'a> {name}<'a> {{",
              *[line for f, _ in needed
                for line in document(f'`{f.name}`: {field_doc(f)}', '    ')],
              '    #[must_use]', f'    pub fn new({into}) -> Self {{',
              f'        Self {{ {", ".join(f"{f.name}: {f.name}.into()" for f, _ in needed)}, '
              '..Self::default() }', '    }']
    for item, kind in arrays:
        if item.null is not None:
            lines += ['', *document(_setter_doc(item), '    '), '    #[must_use]',
                      f'    pub fn {item.name}(mut self, values: impl Into<{kind}>) -> Self {{',
                      f'        self.{item.name} = Some(values.into());', '        self', '    }']
    lines += ['', '    /// The C struct, which points into this one.',
              f'    pub(crate) fn raw(&self) -> Result<sys::{entry.name}> {{',
              f'        let mut raw = sys::{macro};']
    counts = {}
    for item, _ in arrays:
        length, _, more = item.length.partition(' + ')
        given = f'Some(self.{item.name}.len())' if item.null is None else \
            f'self.{item.name}.as_ref().map(|it| it.len())'
        counts.setdefault(length, []).append(f'("{item.name}", {given}, {more or 0})')
        lines.append(f'        raw.{item.name} = self.{item.name}.as_ptr();' if item.null is None
                     else f'        raw.{item.name} = self.{item.name}.as_ref()'
                          '.map_or(ptr::null(), |it| it.as_ptr());')
    for length, rows in counts.items():
        kind = next(f.type for f in entry.fields if f.name == length)
        lines += [f'        raw.{length} = same_length(&[', *[f'            {r},' for r in rows],
                  f'        ])? as {rust_words.raw_type(kind)};']
    return [*lines, '        Ok(raw)', '    }', '}']


def _flag_doc(item):
    """"1: by an end-of-text token" -> "True: by an end-of-text token"."""
    words = {'0': 'false', '1': 'true'}
    doc = '; '.join(words[p[0]] + p[1:] if p[:2] in ('0:', '1:') else p
                    for p in ' '.join(item.doc.split()).split('; '))
    return sentence(doc)


def _is_used(item):
    return not item.name.startswith('reserved')


def _enum(interface, entry):
    stem = os.path.commonprefix([v.name for v in entry.values])
    stem = stem[:stem.rindex('_') + 1]
    name = camel(entry.name)
    rows = [(camel(v.name.removeprefix(stem)), v) for v in entry.values]
    lines = ['', *document(prose(interface, entry.doc)),
             '#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]',
             '#[non_exhaustive]', f'pub enum {name} {{']
    for variant, value in rows:
        lines += [*document(sentence(prose(interface, value.doc) or variant), '    '),
                  f'    {variant},']
    lines += ['    /// A value that this version of the crate does not know.', '    Unknown(i32),',
              '}', '', f'impl {name} {{', '    /// What the library means by `raw`.',
              '    #[must_use]', '    pub const fn from_raw(raw: i32) -> Self {',
              '        match raw {']
    lines += [f'            sys::{v.name} => Self::{variant},' for variant, v in rows]
    lines += ['            other => Self::Unknown(other),', '        }', '    }', '',
              '    /// The value that the library knows it by.', '    #[must_use]',
              '    pub const fn to_raw(self) -> i32 {', '        match self {']
    lines += [f'            Self::{variant} => sys::{v.name},' for variant, v in rows]
    return lines + ['            Self::Unknown(other) => other,', '        }', '    }', '}']


def _value(interface, item, is_static):
    """(type, expression of `raw`) of a field of a result."""
    name = identifier(item.name)
    target = interface.entries.get(item.type.base)
    if item.flag:
        return 'bool', f'raw.{name} != 0'
    if _is_array(interface, item):
        element = rust_words.element(interface, item.type.base)
        wrap = f', {element}' if target is not None else ', |it| it'
        return f'Vec<{element}>', f'owned_array(raw.{name}, raw.{item.length}{wrap})'
    if item.array:
        kind = rust_words.raw_type(item.type, 'sys::')
        return f'[{kind}; sys::{item.array} as usize]', f'raw.{name}'
    if item.type.base == 'char':
        if item.encoding == 'path':
            return 'PathBuf', f'owned_path(raw.{name})'
        return ("&'static str", f'text(raw.{name})') if is_static else \
            ('String', f'owned_text(raw.{name})')
    if target is not None and target.kind == 'enum':
        return camel(target.name), f'{camel(target.name)}::from_raw(raw.{name})'
    return rust_words.raw_type(item.type, 'sys::'), f'raw.{name}'


def _result(interface, entry, is_static):
    name = camel(entry.name)
    lengths = {f.length for f in entry.fields if _is_array(interface, f)}
    fields = [(f, *_value(interface, f, is_static)) for f in entry.fields
              if _is_used(f) and f.name not in lengths]
    copy = '' if any(kind in ('String', 'PathBuf') or kind.startswith('Vec<')
                     for _, kind, _ in fields) else ' Copy,'
    lines = ['', *document(entry.doc or f'{name}.'), f'#[derive(Debug, Clone,{copy} PartialEq)]',
             '#[non_exhaustive]', f'pub struct {name} {{']
    for item, kind, _ in fields:
        doc = _flag_doc(item) if item.flag else field_doc(item)
        lines += [*document(prose(interface, doc), '    '),
                  f'    pub {identifier(item.name)}: {kind},']
    lines += ['}', '', f'impl {name} {{']
    if reads_pointers(interface, entry):
        lines += ['    /// # Safety', '    /// The texts of `raw` are there'
                  f'{", for as long as the library is" if is_static else ""}.',
                  f'    pub(crate) unsafe fn from_raw(raw: &sys::{entry.name}) -> Self {{',
                  '        // SAFETY: the caller says so.', '        unsafe {',
                  '            Self {', *[f'                {identifier(f.name)}: {how},'
                                          for f, _, how in fields], '            }', '        }']
    else:
        lines += [f'    pub(crate) fn from_raw(raw: &sys::{entry.name}) -> Self {{',
                  '        Self {', *[f'            {identifier(f.name)}: {how},'
                                      for f, _, how in fields], '        }']
    return lines + ['    }', '}']


def _options(interface, entry):
    """A builder: what is not set is at the library's default."""
    name, macro = camel(entry.name), entry.name.removesuffix('_t').upper() + '_INIT'
    lines = ['', *document(f'{entry.doc} What is not set is at its default.'),
             '#[derive(Debug, Clone, Copy)]', f'pub struct {name} {{',
             f'    pub(crate) raw: sys::{entry.name},', '}', '', f'impl Default for {name} {{',
             '    fn default() -> Self {', f'        Self {{ raw: sys::{macro} }}', '    }', '}',
             '', f'impl {name} {{', '    /// Everything at its default.', '    #[must_use]',
             '    pub fn new() -> Self {', '        Self::default()', '    }']
    flags = {f.name for f in entry.fields if f.flag}
    for item in entry.fields:
        owned = item.name.removeprefix('own_')
        if not _is_used(item) or (owned != item.name and owned in (f.name for f in entry.fields)):
            continue
        flag = item.flag
        kind = 'bool' if flag else rust_words.raw_type(item.type)
        lines += ['', *document(_flag_doc(item) if flag else field_doc(item), '    '),
                  '    #[must_use]',
                  f'    pub fn {identifier(item.name)}(mut self, value: {kind}) -> Self {{',
                  f'        self.raw.{identifier(item.name)} = value{".into()" if flag else ""};']
        if f'own_{item.name}' in flags:
            lines.append(f'        self.raw.own_{item.name} = 1;')
        lines += ['        self', '    }']
    return lines + ['}']
