# SPDX-License-Identifier: Apache-2.0
"""Writes the crate raddle's checked calls: a function for each of the ABI that takes references,
slices and texts, checks what the description lets it check (zero bytes in texts, lengths that
belong together, handles that are there) and gives a Result. What the description cannot vouch for
(callbacks, structs with pointers) makes the function unsafe."""
import re
from dataclasses import dataclass, field

import rust_words
from emit_rust_values import filled, has_pointers, options, public_enums, reads_pointers
from rust_words import camel, declared, head, identifier, raw_type
from validate import fails, is_pointer

FOLDER = 'bindings/rust/src/described'
HANDLE = 'Handle<sys::{}>'


def outputs(interface):
    made = {}
    for name, entries in rust_words.parts(interface):
        body = [line for e in entries for line in _entry(interface, e)]
        if not body:
            continue
        lines = [*head('Calls into the library.'), *_uses(interface, body), *body, '']
        made[f'{FOLDER}/{name}_calls.rs'] = '\n'.join(lines)
    return made


# Where the names in the bodies come from; ffi.rs is written by hand.
_FFI = ('c_text', 'enter', 'finish', 'given_bytes', 'given_path', 'given_text',
        'owned_os', 'owned_text', 'path_text', 'same_length', 'text', 'Destroy', 'Handle')
_STD = (('std::ffi', ('OsStr', 'OsString')), ('std::os::raw', ('c_void',)),
        ('std::path', ('Path', 'PathBuf')), ('std', ('ptr',)))


def _uses(interface, body):
    code = re.sub(r'//.*|".*?"', '', '\n'.join(body))
    called, words = set(re.findall(r'(?<!fn )\b\w+(?=\()', code)), set(re.findall(r'\w+', code))
    words = {word for word in words if word not in _FFI or word in called or word[0].isupper()}
    values = [*public_enums(interface), *options(interface), *[e for e, _ in filled(interface)]]
    kinds = [('super', [camel(e.name) for e in values]),
             ('crate::error', ['Result']), ('crate::ffi', _FFI), *_STD]
    return ['use crate::sys;', *rust_words.uses(kinds, words)]


@dataclass
class Call:
    """What a function's parameters turn into."""
    params: list = field(default_factory=list)     # 'tokens: &[i32]'
    before: list = field(default_factory=list)     # statements
    arguments: list = field(default_factory=list)  # of the C function
    results: list = field(default_factory=list)    # [(type, expression)]
    is_unsafe: bool = False


def _entry(interface, entry):
    if entry.kind == 'handle' and not entry.pointer:
        return ['', f'// SAFETY: the function that the description names for {entry.name}.',
                f'unsafe impl Destroy for sys::{entry.name} {{',
                '    unsafe fn destroy(handle: *mut *mut Self) {',
                '        // SAFETY: the caller owns what the handle is.',
                f'        unsafe {{ sys::{entry.destroy}(handle) }}', '    }', '}']
    if entry.kind != 'function' or not is_wrapped(interface, entry):
        return []
    return ['', *_rendered(interface, entry, call_of(interface, entry))]


def call_of(interface, entry):
    call = Call()
    for item in entry.params:
        _param(interface, entry, item, call)
    _lengths(entry, call)
    return call


def is_wrapped(interface, entry):
    """Destroying is Handle's, statuses are Error's, and defaults are constants."""
    statuses = any(_kind(interface, p) == 'handle' and p.type.depth == 0 for p in entry.params)
    return not (statuses or rust_words.is_init_function(entry) or
                any(p.own == 'taken' for p in entry.params))


def _kind(interface, item):
    target = interface.entries.get(item.type.base)
    return target.kind if target is not None else ''


def _counted(entry):
    """{length parameter: [parameters that it counts]}; a text's length is not one of them."""
    found = {}
    for item in entry.params:
        name = item.length.partition(' + ')[0]
        if name and name in [p.name for p in entry.params]:
            found.setdefault(name, []).append(item)
    return found


def _param(interface, entry, item, call):
    """Sends a parameter to what knows its kind."""
    kind, name = _kind(interface, item), identifier(item.name)
    if item.name in _counted(entry):
        call.arguments.append(_count(entry, item) if item.direction == 'in' else f'&mut {name}')
        if item.direction == 'out':
            call.before.append(f'let mut {name}: {raw_type(item.type)[5:]} = 0;')
    elif kind == 'callback' or item.own == 'opaque':
        prefix = '' if item.own == 'opaque' else 'sys::'
        call.params.append(f'{name}: {raw_type(item.type, prefix)}')
        call.arguments.append(name)
        call.is_unsafe = True
    elif item.direction == 'out':
        _output(interface, entry, item, call)
    elif item.type.depth == 0:
        call.params.append(f'{name}: {raw_type(item.type, "sys::")}')
        call.arguments.append(name)
    elif kind == 'handle' and not fails(entry):
        call.params.append(f'{name}: &{HANDLE.format(item.type.base)}')
        call.arguments.append(f'{name}.as_ptr()')
    elif kind == 'handle':
        null = 'ptr::null(), |it| it.as_ptr()' if item.type.is_const else \
            'ptr::null_mut(), Handle::as_ptr'
        _optional(item, call, f'&{HANDLE.format(item.type.base)}', f'{name}.as_ptr()',
                  f'{name}.map_or({null})')
    elif item.type.base == 'char' and not item.length:
        _text(item, call)
    elif item.length:
        _slice(interface, item, call)
    else:
        _struct(interface, item, call)


def _optional(item, call, kind, given, otherwise):
    """A parameter that NULL is allowed for is an Option."""
    name = identifier(item.name)
    call.params.append(f'{name}: {kind if item.null is None else f"Option<{kind}>"}')
    call.arguments.append(given if item.null is None else otherwise)


def _text(item, call):
    name = identifier(item.name)
    # A text may name a file, whose bytes need not be UTF-8.
    kind, how = ('&Path', 'path_text') if item.encoding == 'path' else \
        ('impl AsRef<OsStr>' if item.null is None else '&str', 'c_text')
    if item.null is None:
        call.before.append(f'let {name} = {how}("{item.name}", {name})?;')
    else:
        call.before.append(f'let {name} = {name}.map(|it| {how}("{item.name}", it)).transpose()?;')
    _optional(item, call, kind, f'{name}.as_ptr()',
              f'{name}.as_ref().map_or(ptr::null(), |it| it.as_ptr())')


def _slice(interface, item, call):
    name = identifier(item.name)
    element = 'u8' if item.type.base == 'char' else rust_words.BUILTIN.get(
        item.type.base, f'sys::{item.type.base}')
    element = 'u8' if element == 'c_void' else element
    target = interface.entries.get(item.type.base)
    call.is_unsafe |= target is not None and target.kind == 'struct' and \
        has_pointers(interface, target)
    cast = '.cast()' if item.type.base in ('char', 'void') else ''
    if item.direction == 'out':
        if item.null is None:
            _optional(item, call, f'&mut [{element}]', f'{name}.as_mut_ptr(){cast}', '')
        else:
            call.params.append(f'mut {name}: Option<&mut [{element}]>')
            call.arguments.append(f'{name}.as_mut().map_or(ptr::null_mut(), |it| it.as_mut_ptr())')
        return
    _optional(item, call, f'&[{element}]', f'{name}.as_ptr(){cast}',
              f'{name}.map_or(ptr::null(), |it| it.as_ptr()){cast}')


def _struct(interface, item, call):
    name, target = identifier(item.name), interface.entries[item.type.base]
    call.is_unsafe |= has_pointers(interface, target)
    if target in options(interface):
        _optional(item, call, f'&{camel(target.name)}', f'&{name}.raw',
                  f'{name}.map_or(ptr::null(), |it| &it.raw)')
    else:
        _optional(item, call, f'&sys::{target.name}', f'{name}',
                  f'{name}.map_or(ptr::null(), |it| it)')


def _is_choice(entry, item):
    """Of several results that may be left out the caller says which it wants."""
    return item.null is not None and sum(
        p.direction == 'out' and p.null is not None and not p.length and
        p.name not in _counted(entry) for p in entry.params) > 1


def _output(interface, entry, item, call):
    """What the library writes becomes what the function returns."""
    name, kind = identifier(item.name), _kind(interface, item)
    base = item.type.base
    if item.length and item.own != 'given':
        _slice(interface, item, call)
        return
    if _is_choice(entry, item):
        wanted = f'wants_{item.name.removeprefix("out_")}'
        call.params.append(f'{wanted}: bool')
        call.before.append(f'let mut {name} = sys::{base.removesuffix("_t").upper()}_INIT;')
        call.arguments.append(f'if {wanted} {{ &mut {name} }} else {{ ptr::null_mut() }}')
        rust, value = _filled(interface, interface.entries[base], name)
        call.results.append((f'Option<{rust}>', f'{wanted}.then(|| {value})'))
        return
    call.arguments.append(f'&mut {name}')
    if item.type.depth == 2:
        const = item.type.is_const
        call.before.append(f'let mut {name} = ptr::null{"" if const else "_mut"}();')
        if kind == 'handle':
            call.results.append((HANDLE.format(base), f'unsafe {{ Handle::new({name}) }}'))
        elif base == 'char':
            call.results.append(_given_text(item))
        else:
            call.results.append((f'*{"const" if const else "mut"} sys::{base}', name))
    elif kind == 'struct':
        call.before.append(f'let mut {name} = sys::{base.removesuffix("_t").upper()}_INIT;')
        call.results.append(_filled(interface, interface.entries[base], name))
    else:
        zero = '0.0' if base in ('float', 'double') else '0'
        rust = rust_words.BUILTIN.get(base, f'sys::{base}')
        call.before.append(f'let mut {name}: {rust} = {zero};')
        call.results.append((rust, name))


def _given_text(item):
    name = identifier(item.name)
    if item.own == 'lent':
        return 'OsString', f'unsafe {{ owned_os({name}) }}'
    if item.encoding == 'bytes':
        return 'Vec<u8>', f'unsafe {{ given_bytes({name}, {item.length}) }}'
    if item.encoding == 'path':
        return 'PathBuf', f'unsafe {{ given_path({name}) }}'
    return 'String', f'unsafe {{ given_text({name}) }}'


def _filled(interface, target, name):
    known = {e.name for e, _ in filled(interface)}
    if target.name not in known:
        return f'sys::{target.name}', name
    value = f'{camel(target.name)}::from_raw(&{name})'
    follows = reads_pointers(interface, target)
    return camel(target.name), f'unsafe {{ {value} }}' if follows else value


def _count(entry, item):
    """What the parameter `item` is: the length of one slice, or what several agree on."""
    counted = _counted(entry)[item.name]
    if len(counted) > 1 or counted[0].length != item.name or counted[0].null is not None:
        return f'{item.name}_length'
    cast = '' if item.type.base == 'size_t' else f' as {raw_type(item.type)}'
    return f'{identifier(counted[0].name)}.len(){cast}'


def _lengths(entry, call):
    """The length that arrays share, and the error where they disagree."""
    for length, items in _counted(entry).items():
        if f'{length}_length' not in call.arguments:
            continue
        counts = []
        for item in items:
            name, more = identifier(item.name), item.length.partition(' + ')[2] or '0'
            count = f'{name}.as_ref().map(|it| it.len())' if item.null is not None else \
                f'Some({name}.len())'
            counts.append(f'("{item.name}", {count}, {more})')
        kind = next(p.type for p in entry.params if p.name == length)
        call.before.append(f'let {length}_length: {raw_type(kind)} = same_length(&[')
        call.before += [f'    {count},' for count in counts]
        call.before.append('])?;' if kind.base == 'size_t' else f'])? as {raw_type(kind)};')


def returned(interface, entry):
    """(type, expression of `out`) of a function that cannot fail."""
    kind, target = entry.returns.type, interface.entries.get(entry.returns.type.base)
    if str(kind) == 'void':
        return '', 'out'
    if kind.base == 'char':
        if entry.returns.own == 'static':
            return "&'static str", 'unsafe { text(out) }'
        return 'Option<&str>', 'if out.is_null() { None } else { Some(unsafe { text(out) }) }'
    if target is not None and target.kind == 'enum':
        return camel(target.name), f'{camel(target.name)}::from_raw(out)'
    return raw_type(kind, 'sys::'), 'out'


def _rendered(interface, entry, call):
    name = entry.name.removeprefix('raddle_')
    can_fail = fails(entry) or any('?' in line for line in call.before)
    if fails(entry):
        kinds, values = [k for k, _ in call.results], [v for _, v in call.results]
        gives = kinds[0] if len(kinds) == 1 else f'({", ".join(kinds)})'
        value = values[0] if len(values) == 1 else f'({", ".join(values)})'
    else:
        gives, value = returned(interface, entry)
    gives = f'Result<{gives}>' if can_fail else gives
    if len(value) > 80:
        value = '(\n' + ''.join(f'        {v},\n' for _, v in call.results) + '    )'
    value = f'Ok({value})' if can_fail else value
    word = 'unsafe fn' if call.is_unsafe else 'fn'
    lines = ['/// # Safety', '/// Callbacks and what structs point to fit the function\'s '
             'description.'] if call.is_unsafe else []
    end = f' -> {gives} {{' if gives else ' {'
    lines += declared(f'pub(crate) {word} {name}', call.params, end)
    lines += [f'    enter("{entry.name}")?;'] if fails(entry) else []
    lines += [f'    {line}' for line in call.before]
    called = declared(f'sys::{entry.name}', call.arguments, '', '        ')
    start = '    let out = unsafe {  };'
    if len(called) == 1 and len(called[0].strip()) + len(start) > rust_words.COLUMNS:
        called = declared(f'sys::{entry.name}', call.arguments, '', '        ', is_long=True)
    block = [f'unsafe {{ {called[0].strip()} }}'] if len(called) == 1 else \
        ['unsafe {', *called, '    }']
    if fails(entry):
        block = [f'let out = {block[0]}', *block[1:]]
        block[-1] += ';'
    elif value not in ('out', 'Ok(out)'):
        block = [f'let out = {block[0]}', *block[1:]]
        block[-1] += ';'
    lines += ['    // SAFETY: what is given is there until the call returns, and used no longer.',
              f'    {block[0]}', *block[1:]]
    if fails(entry):
        lines.append('    finish(out)?;')
    if 'unsafe' in value:
        lines.append('    // SAFETY: the library has just given it.')
    return [*lines, *([f'    {value}'] if fails(entry) or value != 'out' else []), '}']
