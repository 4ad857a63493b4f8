# SPDX-License-Identifier: Apache-2.0
"""Writes include/raddle/*.h. What comes out is C; formatting.py lays it out."""
import comments
from c_types import BUILTIN_BYTES
from validate import fails, is_pointer
import words

SPDX = '/* SPDX-License-Identifier: Apache-2.0 */'


def render(interface, header):
    guard = f'RADDLE_{header.name.removesuffix(".h").upper()}_H_'
    lines = [SPDX, *comments.block(header.doc, topics=header.topics)]
    if lines[-1] != ' */' and len(lines) > 2:
        lines[-1:] = [lines[-1].removesuffix(' */'), ' */']
    lines += [f'/* Generated from include/interface/{_sources(header)}. */',
              f'#ifndef {guard}', f'#define {guard}', '']
    includes = _includes(interface, header)
    lines += [f'#include {name}' for name in includes] + ([''] if includes else [])
    body, opened = [], False
    for entry in header.entries:
        if not opened and entry.kind not in ('text', 'constant'):
            body += ['RADDLE_BEGIN_DECLS', '']
            opened = True
        body += _ENTRIES[entry.kind](interface, entry)
        body += [] if _stays_close(header.entries, entry) else ['']
    lines += body + (['RADDLE_END_DECLS', ''] if opened else [])
    if header.carries:
        lines += [*comments.block('Were parts of this header, and still come with it; last, '
                                  'since they need what it declares.'),
                  *(f'#include "raddle/{name}"' for name in header.carries), '']
    return '\n'.join(lines + [f'#endif /* {guard} */', ''])


def _sources(header):
    first = header.sources[0]
    return first if len(header.sources) == 1 else first.replace('.toml', '*.toml')


def render_all(interface):
    """raddle.h, which includes the others."""
    rows = [(f'  {h.name}', h.summary) for h in interface.headers]
    guard = 'RADDLE_RADDLE_H_'
    lines = [SPDX, *comments.block(interface.doc, topics=rows),
             '/* Generated from include/interface/interface.toml. */',
             f'#ifndef {guard}', f'#define {guard}', '']
    lines += [f'#include "raddle/{name}"' for name in sorted(h.name for h in interface.headers)]
    return '\n'.join(lines + ['', f'#endif /* {guard} */', ''])


def _stays_close(entries, entry):
    """Constants that follow each other without a word between them stand together."""
    place = entries.index(entry)
    after = entries[place + 1] if place + 1 < len(entries) else None
    return (entry.kind == 'constant' and after is not None and
            (after.kind == 'text' or (after.kind == 'constant' and not after.doc)))


def _includes(interface, header):
    """The headers of the types that this one names."""
    if header is interface.headers[0]:
        return ['<stddef.h>', '<stdint.h>']
    names = {interface.headers[0].name}
    for entry in header.entries:
        for base in _bases(entry):
            if base not in BUILTIN_BYTES:
                names.add(interface.entries[base].header)
        for item in entry.facts.get('fields', []):
            if item.array:
                names.add(interface.entries[item.array].header)
    return [f'"raddle/{name}"' for name in sorted(names - {header.name})]


def _bases(entry):
    facts = entry.facts
    for item in [*facts.get('params', []), *facts.get('fields', [])]:
        yield item.type.base
        yield from (p.type.base for p in item.facts.get('params') or [])
    for key in ('returns', 'type'):
        if key in facts:
            yield facts[key].type.base if key == 'returns' else facts[key].base


def _parameters(params):
    return ', '.join(f'{p.type} {p.name}' for p in params) or 'void'


def _function(interface, entry):
    must_use = 'RADDLE_MUST_USE ' if fails(entry) else ''
    return [*comments.block(entry.doc, rows=words.function_rows(interface, entry)),
            f'RADDLE_API {must_use}{entry.returns.type} {entry.name}({_parameters(entry.params)});']


def _callback(interface, entry):
    rows = words.callback_rows(interface, entry)
    return [*comments.block(entry.doc, rows=rows),
            f'typedef {entry.returns.type} (*{entry.name})({_parameters(entry.params)});']


def _described(entry):
    return comments.block(entry.doc) if entry.doc else []


def _handle(_, entry):
    tag = entry.name.removesuffix('_t')
    return [*_described(entry), f'typedef struct {tag}{"*" if entry.pointer else ""} {entry.name};']


def _alias(_, entry):
    return [*_described(entry), f'typedef {entry.type} {entry.name};']


def _constant(_, entry):
    value = f'({entry.value})' if entry.value < 0 else entry.value
    return [*_described(entry), f'#define {entry.name} {value}']


def _enum(_, entry):
    lines = [*_described(entry), f'typedef {entry.type} {entry.name};', 'enum {']
    for i, item in enumerate(entry.values):
        comma = ',' if i + 1 < len(entry.values) else ''
        lines += _beside(f'{item.name} = {item.value}{comma}', ' '.join(item.doc.split()))
    return lines + ['};']


def _beside(declaration, text):
    """A line with its comment, which stands above where there is no room."""
    line = f'  {declaration}' + (f' /* {text} */' if text else '')
    if len(line) <= comments.COLUMNS:
        return [line]
    above = comments.paragraphs(text, comments.COLUMNS - len('   *  */'))
    above = [f'/* {above[0]}'] + [f' * {more}' for more in above[1:]]
    return [f'  {more}' for more in above[:-1]] + [f'  {above[-1]} */', f'  {declaration}']


def _inside(struct, used):
    """A type as it is written in a struct, whose own name is not one yet."""
    own = f'struct {struct.name.removesuffix("_t")}'
    return str(used).replace(used.base, own) if used.base == struct.name else str(used)


def _field(entry, item):
    array = f'[{item.array}]' if item.array else ''
    if item.params is not None:
        inner = ', '.join(f'{_inside(entry, p.type)} {p.name}' for p in item.params)
        declaration = f'{item.type} (*{item.name})({inner})'
    else:
        declaration = f'{_inside(entry, item.type)} {item.name}{array}'
    return _beside(f'{declaration};', words.field_text(item))


def _struct(interface, entry):
    lines = [*_described(entry), f'typedef struct {entry.name.removesuffix("_t")} {{']
    if entry.growable:
        by = init_macro(entry) if entry.filled_by == 'caller' else 'the library'
        lines.append(f'  size_t struct_size; /* set by {by} */')
    for item in entry.fields:
        lines += _field(entry, item)
    lines.append(f'}} {entry.name};')
    if entry.growable and entry.filled_by == 'caller':
        values = ', '.join([f'sizeof({entry.name})'] +
                           [init_value(interface, item) for item in entry.fields])
        lines += [f'#define {init_macro(entry)} \\', f'  {{ {values} }}']
    return lines


def init_macro(entry):
    return entry.name.removesuffix('_t').upper() + '_INIT'


def init_value(interface, item):
    if item.init:
        return item.init
    if item.array:
        count = interface.entries[item.array].value
        return '{ ' + ', '.join(['0'] * count) + ' }'
    return 'NULL' if is_pointer(interface, item.type) else '0'


def _section(_, entry):
    head = f'/* ---- {entry.name} '
    return [head + '-' * (comments.COLUMNS - 4 - len(head)) + ' */']


def _text(_, entry):
    return entry.facts['text'].strip('\n').split('\n')


_ENTRIES = {'function': _function, 'callback': _callback, 'handle': _handle, 'alias': _alias,
            'constant': _constant, 'enum': _enum, 'struct': _struct, 'section': _section,
            'text': _text}
