# SPDX-License-Identifier: Apache-2.0
"""Writes the methods of the crate raddle's types that follow from the description: a function on an
object is a method, one that makes an object is an associated function, with the description's words
as its documentation. What a type wants in another form than C has is written by hand (BY_HAND)."""
import re

import emit_rust_calls
import rust_words
from emit_rust_values import array_structs, text_options
from rust_words import BY_HAND, camel, declared, document, head, name_of, part_of, prose, stem_of
from validate import error_codes, fails
from words import first_object, item_text, threads_text

FOLDER = emit_rust_calls.FOLDER


def outputs(interface):
    groups = {}
    for entry in rust_words.of_kind(interface, 'function'):
        if entry.name in BY_HAND or not emit_rust_calls.is_wrapped(interface, entry):
            continue
        call = emit_rust_calls.call_of(interface, entry)
        owner = _owner(interface, entry, call)
        if owner and not _lacks_form(interface, call):
            groups.setdefault(part_of(entry), {}).setdefault(owner, []).append((entry, call))
    made = {}
    for part, owners in groups.items():
        lines = []
        for owner, rows in owners.items():
            lines += ['', f'impl {owner} {{']
            for i, (entry, call) in enumerate(rows):
                lines += ([''] if i else []) + _method(interface, entry, call, owner)
            lines += ['}']
        text = '\n'.join([*lines, ''])
        made[f'{FOLDER}/{part}_methods.rs'] = '\n'.join([
            *head('Methods as the description has them.'), *_uses(interface, text), text])
    return made


def _uses(interface, text):
    code = re.sub(r'//.*', '', text)
    types = {camel(h.name) for h in interface.of_kind('handle', 'alias')
             if not getattr(h, 'pointer', False)}
    values = {camel(e.name) for e in rust_words.of_kind(interface, 'struct', 'enum')} - types
    calls = {f'{name}_calls' for name, _ in rust_words.parts(interface)}
    places = (('super', calls | values), ('crate', types), ('crate::error', {'Result'}),
              ('crate::stop', {'handle_of'}), ('crate::tensor', {'Input'}),
              ('std::path', {'Path', 'PathBuf'}))
    return rust_words.uses(places, set(re.findall(r'\w+', code)))


def _lacks_form(interface, call):
    """Whether it is unsafe for something that no safe type stands for."""
    formless = [p for p in call.params if 'c_void' in p or 'callback' in p or
                ('sys::' in p and 'Handle' not in p and _form(interface, p) is None and
                 interface.entries[p.rpartition('sys::')[2].rstrip('>]')].kind not in
                 ('enum', 'alias'))]
    return bool(formless)


def _form(interface, text):
    """(type, line before, argument) of a struct with pointers that a safe type stands for."""
    name, _, kind = text.partition(': ')
    texts = {f'Option<&sys::{e.name}>': camel(e.name) for e in text_options(interface)}
    slices = {f'&[sys::{e.name}]': camel(e.name) for e in array_structs(interface)}
    slices['&[sys::raddle_tensor_view_t]'] = 'Input'  # by hand: its memory has any type
    if kind in texts:
        return (f"impl Into<Option<&'a {texts[kind]}>>",
                f'let {name} = {name}.into().map({texts[kind]}::raw).transpose()?;',
                f'{name}.as_ref().map(|(raw, _)| raw)')
    if kind in slices:
        return (f"&[{slices[kind]}<'_>]", f'let {name} = {name}.iter().map({slices[kind]}::raw)'
                '.collect::<Result<Vec<_>>>()?;', f'&{name}')
    return None


def _made(call):
    """The handle that the function makes, or ''."""
    found = re.fullmatch(r'Handle<sys::(\w+)>', call.results[0][0]) if len(call.results) == 1 \
        else None
    return found.group(1) if found else ''


def _makes(entry, call):
    return _made(call) and entry.name.startswith(f'raddle_{stem_of(_made(call))}_')


def _owner(interface, entry, call):
    """The type whose method it is, or ''."""
    aliases = {f'sys::{e.name}' for e in interface.of_kind('alias')}
    if any('sys::' in kind and 'Handle' not in kind and kind not in aliases
           for kind, _ in call.results) or \
            (not fails(entry) and entry.returns.type.depth > 0 and entry.returns.own != 'static'):
        return ''
    if _makes(entry, call):
        return camel(_made(call))
    first = first_object(entry)
    if first is None or interface.entries[first.type.base].kind != 'handle':
        return ''
    return camel(first.type.base)


def _is_shared(entry, first):
    """Whether `&self` will do: the contract lets callers share it, or call it in a callback."""
    return first.type.is_const or entry.callback_safe or \
        entry.threads in ('any', 'signal') or first.type.base == 'raddle_context_t'


def _method(interface, entry, call, owner):
    first = first_object(entry)
    makes = _makes(entry, call)
    params, arguments, before, lifetime = [], [], [], ''
    if not makes:
        params.append('&self' if _is_shared(entry, first) else '&mut self')
    for text in call.params:
        name, _, kind = text.partition(': ')
        if not makes and first is not None and name == first.name:
            arguments.append('self.handle()')
            continue
        form = _form(interface, text)
        if form:
            kind, line, argument = form
            before.append(line)
        else:
            kind, argument = _argument(interface, name, kind)
        lifetime = "<'a>" if "'a" in kind else lifetime
        params.append(f'{name}: {kind}')
        arguments.append(argument)
    inner = '\n'.join(declared(f'{_module(entry)}::{entry.name.removeprefix("raddle_")}',
                               arguments, '', '        '))
    if makes and '\n' not in inner and len(inner) > 78:
        inner = '\n'.join(declared(inner.partition('(')[0].strip(), arguments, '', '        ',
                                   is_long=True))
    inner = inner.strip()
    if call.is_unsafe:
        before.append('// SAFETY: what is pointed to is there until the call returns.')
        inner = f'unsafe {{ {inner} }}'
    gives, body = _gives(interface, entry, call, inner)
    if len(body[0]) + 8 > rust_words.COLUMNS and '\n' not in body[0]:
        body[0] = body[0].replace('unsafe { ', 'unsafe {\n            ').replace(
            ' }', '\n        }', 1)
    body = before + body
    start = f'pub fn {name_of(entry.name, owner_stem(owner))}{lifetime}'
    must = ['    #[must_use]'] if gives and not fails(entry) else []
    return [*_docs(interface, entry), *must,
            *declared(start, params, f' -> {gives} {{' if gives else ' {', '    '),
            *[f'        {line}' for line in body], '    }']


def owner_stem(owner):
    return re.sub(r'(?<!^)([A-Z])', r'_\1', owner).lower()


def _module(entry):
    return f'{part_of(entry)}_calls'


def _argument(interface, name, kind):
    """(type, expression) of a method's parameter for the call's."""
    handle = re.fullmatch(r'(Option<)?&Handle<sys::(\w+)>>?', kind)
    if handle and handle.group(2) == 'raddle_stop_t':
        return "impl Into<Option<&'a Stop>>", f'handle_of({name})'
    if handle and handle.group(1):
        owner = camel(handle.group(2))
        return f"impl Into<Option<&'a {owner}>>", f'{name}.into().map({owner}::handle)'
    if handle:
        return f'&{camel(handle.group(2))}', f'{name}.handle()'
    option = re.fullmatch(r'Option<&(\w+Options)>', kind)
    if option:
        return f"impl Into<Option<&'a {option.group(1)}>>", f'{name}.into()'
    target = interface.entries.get(kind.removeprefix('sys::'))
    if target is not None and target.kind == 'enum':
        return camel(target.name), f'{name}.to_raw()'
    if target is not None and target.kind == 'alias':
        return camel(target.name), f'{name}.0'
    return {'&Path': ('impl AsRef<Path>', f'{name}.as_ref()'),
            '&[u8]': ('impl AsRef<[u8]>', f'{name}.as_ref()'),
            'impl AsRef<OsStr>': ('&str', name)}.get(kind, (kind, name))


def _gives(interface, entry, call, inner):
    """(type, lines) of what a method gives."""
    if not fails(entry):
        return emit_rust_calls.returned(interface, entry)[0], [inner]
    kinds = [k for k, _ in call.results]
    gives = kinds[0] if len(kinds) == 1 else f'({", ".join(kinds)})'
    made, target = _made(call), interface.entries.get(gives.removeprefix('sys::'))
    if target is not None and target.kind == 'alias':
        return f'Result<{camel(target.name)}>', [f'{inner}.map({camel(target.name)})']
    if not made:
        return f'Result<{gives}>', [inner]
    context = next((n for n, _, k in (p.partition(': ') for p in call.params)
                    if k == '&Handle<sys::raddle_context_t>'), None)
    if context is None:
        owner = 'Self' if _makes(entry, call) else camel(made)
        return f'Result<{owner}>', [f'{inner}.map({owner}::from_handle)']
    return 'Result<Self>', [f'let handle = {inner}?;', f'Ok(Self::from_handle(handle, {context}))']


def _docs(interface, entry):
    lines = document(prose(interface, entry.doc), '    ')
    rows = [(p, item_text(p)) for p in entry.params
            if item_text(p) and p.direction == 'in' and p is not first_object(entry) and
            p.type.base != 'raddle_stop_t']
    rows = [f'`{p.name}`: {prose(interface, text)}' for p, text in rows]
    codes = error_codes(interface, entry)
    errors = [f'`{camel(code)}`: {prose(interface, why)}' if why else f'`{camel(code)}`.'
              for code, why in codes.items()]
    threads = threads_text(entry)
    if threads:
        lines += ['    ///', *document(f'Threads: {prose(interface, threads)}.', '    ')]
    for title, items in (('', rows), ('# Errors', errors)):
        lines += ['    ///'] if items else []
        lines += [f'    /// {title}', '    ///'] if items and title else []
        for item in items:
            first, *more = document(item, '      ')
            lines += [first.replace('      /// ', '    /// - ', 1),
                      *[line.replace('      /// ', '    ///   ', 1) for line in more]]
    if fails(entry) and not errors:
        lines += ['    ///', '    /// # Errors', '    ///',
                  '    /// Those of every call: something is busy, or there is no memory.']
    return lines

