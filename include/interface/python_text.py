# SPDX-License-Identifier: Apache-2.0
"""How generated Python reads: names, docstrings, lines that fit, and which C types are plain values
in Python."""
import os
import re
import textwrap

COLUMNS = 100
HEAD = '# SPDX-License-Identifier: Apache-2.0\n"""{}\n\nGenerated from include/interface by ' \
       'emit_python.py: change the description, not this file."""\n'
SCALARS = {'double': 'float', 'float': 'float'}  # every other one is an int


def public(interface, *kinds):
    return [e for e in interface.of_kind(*kinds) if e.facts.get('stability') != 'internal']


def camel(name):
    """'MemoryTable' for 'raddle_memory_table_t', 'AlreadyExists' for 'ALREADY_EXISTS'."""
    words = name.removeprefix('raddle_').removesuffix('_t').split('_')
    return ''.join(word.capitalize() for word in words)


def common_prefix(enum):
    """What the names of an enum's values begin with, up to an underscore."""
    common = os.path.commonprefix([value.name for value in enum.values])
    return common[:common.rfind('_') + 1]


def one_line(text):
    return ' '.join(text.split())


def python_words(text):
    """C's names of things in Python's words."""
    text = re.sub(r'raddle_(\w+?)_t\b', lambda m: camel(m.group(0)), one_line(text))
    return text.replace('NULL', 'None')


def wrapped(text, indent, lead):
    """Lines of at most COLUMNS that begin with `lead`."""
    pad = ' ' * indent + lead
    return [pad + line for line in textwrap.wrap(one_line(text), COLUMNS - len(pad))]


def escaped(text):
    return text.replace('\\', '\\\\')


def hanging(text, indent):
    """Lines of a paragraph in a docstring whose first one sticks out."""
    return textwrap.wrap(escaped(one_line(text)), COLUMNS, initial_indent=' ' * indent,
                         subsequent_indent=' ' * (indent + 4))


def docstring(text, indent):
    pad = ' ' * indent
    text = escaped(python_words(text))
    text = '\\' + text if text.startswith('"') else text
    text = text[:-1] + '\\"' if text.endswith('"') else text
    lines = textwrap.wrap(text, COLUMNS - indent - 6)
    lines[0] = f'"""{lines[0]}'
    lines[-1] += '"""'
    return [pad + line for line in lines]


def first_sentence(text):
    return re.split(r'(?<=\.) (?=[A-Z])', one_line(text))[0]


def listed(before, items, after, indent):
    """`before items after` in lines of at most COLUMNS, none of which ends inside an item."""
    text = before + ', '.join(item.replace(' ', '\0') for item in items)
    text += after.replace(' ->', '\0->').replace('-> ', '->\0')
    hang = indent + max(before.rfind('('), before.rfind('[')) + 1
    lines = textwrap.wrap(text, COLUMNS, initial_indent=' ' * indent, subsequent_indent=' ' * hang,
                          break_long_words=False)
    return [line.replace('\0', ' ') for line in lines]


def import_lines(module, names):
    plain = f'from {module} import {", ".join(sorted(names))}'
    if len(plain) <= COLUMNS:
        return [plain]
    return listed(f'from {module} import (', sorted(names), ')', 0)


def filled_in(interface):
    """The structs that the library hands out whole: numbers, texts and other such structs."""
    handed_out = set()
    for entry in public(interface, 'function', 'callback'):
        if entry.name.endswith('_init'):
            continue  # callers fill such a struct in, unless another function does
        for item in entry.params:
            by_library = item.direction == 'out' if entry.kind == 'function' else \
                item.type.is_const
            if item.type.depth == 1 and by_library:
                handed_out.add(item.type.base)
    return [e for e in public(interface, 'struct') if e.name in handed_out and e.growable and
            all(value_of(interface, item) for item in e.fields)]


def is_shown(entry, item):
    counts = {count_of(other) for other in entry.fields}
    return not item.name.startswith('reserved') and item.name not in counts


def value_of(interface, item):
    """(Python's type, how it is read from `struct`), or None for what is no plain value."""
    entry = interface.entries.get(item.type.base)
    read = f'struct.{item.name}'
    if item.params is not None or item.type.base == 'void':
        return None
    count = count_of(item)
    if item.array or count and item.type.base != 'char':
        if entry is not None and entry.kind != 'alias':
            return None
        end = f'[:struct.{count}]' if count else ''
        return f'Tuple[{scalar_of(interface, item)}, ...]', f'tuple({read}{end})'
    if item.type.base == 'char' and item.type.depth == 1 and item.encoding != 'bytes':
        kind, read = 'str', f'text({read})'
        return (f'Optional[{kind}]', f'optional_{read}') if item.null is not None else (kind, read)
    if item.type.depth:
        return None
    if entry is not None and entry.kind == 'enum':
        return camel(entry.name), f'{camel(entry.name)}({read})'
    if item.flag:
        return 'bool', f'bool({read})'
    return (scalar_of(interface, item), read) if entry is None else None


def scalar_of(interface, item):
    entry = interface.entries.get(item.type.base)
    base = item.type.base if entry is None else entry.type.base
    return SCALARS.get(base, 'int')


def count_of(item):
    """The field that says how many elements an array in a struct has, or ''. Of one of a fixed
    size its doc says so."""
    first = re.match(r'the first `(\w+)`', one_line(item.doc))
    return first[1] if item.array and first else item.length
