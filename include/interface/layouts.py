# SPDX-License-Identifier: Apache-2.0
"""Sizes and offsets of the structs on 64-bit Linux, worked out from the description: the record in
tests/capi/layout.txt, and assertions with which the C compiler says whether they are right."""
from c_types import BUILTIN_BYTES, POINTER_BYTES
from validate import is_pointer

HEAD = ('# Sizes and offsets of public structs on 64-bit Linux; values of enums and constants.\n'
        '# Written by include/interface/generate.py, which adds lines and changes none.\n')


def _size_and_alignment(interface, c_type):
    if is_pointer(interface, c_type):
        return POINTER_BYTES, POINTER_BYTES
    if c_type.base in BUILTIN_BYTES:
        return BUILTIN_BYTES[c_type.base], BUILTIN_BYTES[c_type.base]
    target = interface.entries[c_type.base]
    if target.kind in ('enum', 'alias'):
        return _size_and_alignment(interface, target.type)
    size, alignment, _ = of_struct(interface, target)
    return size, alignment


def of_struct(interface, entry):
    """(size, alignment, [(field, offset, size)])."""
    rows, end, widest = [], 0, 1
    items = [('struct_size', BUILTIN_BYTES['size_t'], BUILTIN_BYTES['size_t'])] \
        if entry.growable else []
    for item in entry.fields:
        if item.params is not None:
            size = alignment = POINTER_BYTES
        else:
            size, alignment = _size_and_alignment(interface, item.type)
        count = interface.entries[item.array].value if item.array else 1
        items.append((item.name, size * count, alignment))
    for name, size, alignment in items:
        offset = -(-end // alignment) * alignment
        rows.append((name, offset, size))
        end, widest = offset + size, max(widest, alignment)
    return -(-end // widest) * widest, widest, rows


def record(interface):
    """{what: layout}, in order of struct, then of enum."""
    lines = {}
    for entry in sorted(interface.of_kind('struct'), key=lambda e: e.name):
        size, _, rows = of_struct(interface, entry)
        lines[entry.name] = f'size {size}'
        for name, offset, bytes_of in rows:
            lines[f'{entry.name}.{name}'] = f'at {offset} size {bytes_of}'
    for entry in sorted(interface.of_kind('enum', 'constant'), key=lambda e: e.name):
        values = [(v.name, v.value) for v in entry.values] if entry.kind == 'enum' else \
            [(entry.name, entry.value)]
        lines |= {name: f'is {value}' for name, value in values if 'VERSION' not in name}
    return lines


def render_record(interface):
    return HEAD + ''.join(f'{what} {layout}\n' for what, layout in record(interface).items())


def render_assertions(interface):
    lines = ['/* SPDX-License-Identifier: Apache-2.0 */',
             '/* Generated from include/interface. Compiles if the compiler lays out the',
             ' * public structs as tests/capi/layout.txt records. */',
             '#include <raddle/raddle.h>', '', '#define SIZE(type, bytes) \\',
             '  _Static_assert(sizeof(type) == (bytes), "size of " #type)',
             '#define FIELD(type, field, offset, bytes) \\',
             '  _Static_assert(offsetof(type, field) == (offset), "place of " #type "." #field); '
             '\\',
             '  _Static_assert(sizeof(((type*)0)->field) == (bytes), "size of " #type "." #field)',
             '#define VALUE(name, value) _Static_assert((name) == (value), "value of " #name)', '']
    for what, layout in record(interface).items():
        words = layout.split()
        if words[0] == 'is':
            lines.append(f'VALUE({what}, {words[1]});')
        elif '.' in what:
            lines.append(f'FIELD({what.replace(".", ", ")}, {words[1]}, {words[3]});')
        else:
            lines.append(f'SIZE({what}, {words[1]});')
    return '\n'.join(lines + [''])
