# SPDX-License-Identifier: Apache-2.0
"""What things of the ABI are called in Go, what type they have there, and which part an item plays
in its function, callback or struct. emit_go.py and go_calls.py write the code."""
import re

SCALARS = {'int8_t': 'int8', 'uint8_t': 'uint8', 'int16_t': 'int16', 'uint16_t': 'uint16',
           'int32_t': 'int32', 'uint32_t': 'uint32', 'int64_t': 'int64', 'uint64_t': 'uint64',
           'size_t': 'uint64', 'float': 'float32', 'double': 'float64', 'char': 'byte'}
# Go starts a goroutine where C starts an operation.
NOT_USED = ('raddle_operation_t',)
_WORDS = {'id': 'ID', 'json': 'JSON', 'toml': 'TOML', 'rss': 'RSS', 'gb': 'GB', 'fma': 'FMA',
          'gflops': 'GFLOPS', 'io': 'IO', 'dtype': 'DType', 'cu': 'Cu'}
_KEYWORDS = {'func', 'type', 'range', 'map', 'go', 'select', 'package', 'import', 'var', 'len'}
# Go calls an error by Err...; the values of this enum are the errors that errors.Is compares with.
_VALUE_PREFIX = {'raddle_code_t': 'Err'}


def camel(name):
    return ''.join(_WORDS.get(word, word[:1].upper() + word[1:]) for word in name.split('_'))


def lower_camel(name):
    first, _, rest = name.partition('_')
    made = first + camel(rest)
    return made + 'Value' if made in _KEYWORDS else made


def bare(name):
    return name.removeprefix('raddle_').removesuffix('_t')


def type_name(interface, entry):
    """Session options are public; what holds an address is for the hand-written layer alone."""
    name = camel(bare(entry.name))
    hidden = entry.kind == 'struct' and any(
        role(interface, entry, item) in ('callback', 'address') for item in entry.fields)
    return name[0].lower() + name[1:] if hidden or entry.kind == 'callback' else name


def handle_name(entry):
    return 'c' + camel(bare(entry.name))


def function_name(entry):
    return 'raw' + camel(bare(entry.name))


def value_name(enum, name):
    words = name.removeprefix('RADDLE_')
    if words == 'OK':
        return words
    pieces = [w if re.search(r'\d', w) else camel(w.lower()) for w in words.split('_')]
    return _VALUE_PREFIX.get(enum, '') + ''.join(pieces)


def value_text(entry, item):
    """What String() gives: the C name without what all have in common, as raddle_X_name() does."""
    names = [v.name.removeprefix('RADDLE_') for v in entry.values]
    first = names[0].split('_')[0] + '_'
    if all(name.startswith(first) for name in names):
        return item.name.removeprefix('RADDLE_').removeprefix(first).lower()
    return item.name.removeprefix('RADDLE_')


def c_type(base):
    return f'C.{base}'


def go_scalar(interface, base):
    """The Go type of a number, or of what is one behind a name."""
    if base in SCALARS:
        return SCALARS[base]
    target = interface.entries[base]
    return type_name(interface, target) if target.kind in ('enum', 'alias') else None


def items_of(entry):
    return entry.fields if entry.kind == 'struct' else entry.params


def length_of(item):
    """(the name of the item that counts `item`, how many more there are than it says)."""
    name, _, more = item.length.partition(' + ')
    return name, int(more or 0)


def counted_by(entry, item):
    """The items whose elements `item` counts."""
    return [other for other in items_of(entry) if other.length and
            length_of(other)[0] == item.name]


def role(interface, entry, item):
    """What `item` is, as a word that says how it crosses into Go and back."""
    base, depth = item.type.base, item.type.depth
    target = interface.entries.get(base)
    kind = target.kind if target else ''
    is_field = entry.kind == 'struct'
    if counted_by(entry, item):
        return 'length'
    if is_field and item.name.startswith('reserved'):
        return 'reserved'
    if kind == 'callback':
        return 'callback'
    if item.own == 'opaque':
        return 'opaque'
    if is_field and item.array:
        return 'fixed array'
    if depth == 0:
        if is_field and item.flag:
            return 'flag'
        return 'optional' if is_field and item.init else 'value'
    if is_field and (base == 'void' and not item.length):
        return 'address'
    return _pointer_role(item, base, depth, kind)


def _pointer_role(item, base, depth, kind):
    out = item.facts.get('direction') == 'out'
    if item.own == 'taken':
        return 'taken'
    if out and base == 'char':
        return 'given text' if item.own == 'given' else 'lent text'
    if out and depth == 2:
        return {'handle': 'new handle', 'struct': 'lent struct' if item.own == 'lent' else
                'given struct'}[kind]
    if base == 'char':
        return 'bytes' if item.length else 'text'
    if kind == 'handle':
        return 'handle'
    if kind == 'struct':
        if out:
            return 'out struct'
        return 'structs' if item.length else 'struct' if item.type.is_const else 'filled struct'
    if item.length:
        return 'array'  # out or in: the caller's slice
    return 'out value'


def is_internal(entry):
    return getattr(entry, 'stability', '') == 'internal'

