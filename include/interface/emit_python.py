# SPDX-License-Identifier: Apache-2.0
"""Python's raw layer: the C ABI as ctypes declarations, and its enums, errors and the structs that
the library fills in as plain Python values. bindings/python/README.md says how they are used."""
import re
import textwrap

import c_types
import emit_python_api
from description import is_filled_by_callers
from python_text import (COLUMNS, HEAD, camel, common_prefix, docstring, filled_in,
                         first_sentence, import_lines, is_shown, listed, one_line, public,
                         python_words, value_of, wrapped)

FOLDER = 'bindings/python/raddle'
# What else of Python's exceptions an error is, so that `except ValueError` and the like catch it.
BUILTIN_ERRORS = {'INVALID_ARGUMENT': 'ValueError', 'NOT_FOUND': 'LookupError',
                  'OUT_OF_RANGE': 'IndexError', 'UNIMPLEMENTED': 'NotImplementedError',
                  'NUMERIC': 'ArithmeticError', 'IO': 'OSError'}


def outputs(interface):
    """{path: text} of Python's generated files."""
    made = {'_raw.py': types(interface), '_raw_functions.py': functions(interface),
            '_enums.py': enums(interface), '_values.py': values(interface),
            'errors.py': errors(interface),
            **emit_python_api.outputs(interface)}
    return {f'{FOLDER}/{name}': text for name, text in made.items()}


# ---- types ------------------------------------------------------------------------------------

def c_name(interface, c_type, item=None):
    """The ctypes expression for a type; `item`, if given, says how a text is encoded."""
    base, depth = c_type.base, c_type.depth
    entry = interface.entries.get(base)
    if base == 'void':
        base, depth = ('c_void_p', depth - 1) if depth else ('None', 0)
    elif base == 'char' and depth:
        # A text that need not end with a zero byte must not be read as one that does.
        unbounded = item is not None and item.encoding == 'bytes' and depth == 1 and \
            item.facts.get('direction', 'out') != 'in'
        base, depth = 'c_void_p' if unbounded else 'c_char_p', depth - 1
    elif entry is not None and entry.kind in ('enum', 'alias'):
        return c_name(interface, c_types.Type(entry.type.base, False, c_type.pointers))
    elif entry is None:
        base = 'c_size_t' if base == 'size_t' else f'c_{base.removesuffix("_t")}'
    for _ in range(depth):
        base = f'POINTER({base})'
    return base


def field_pair(interface, item):
    if item.params is not None:
        arguments = [c_name(interface, item.type)] + [c_name(interface, p.type)
                                                      for p in item.params]
        kind = f'CFUNCTYPE({", ".join(arguments)})'
    else:
        kind = c_name(interface, item.type, item)
    if item.array:
        kind = f'array_of({kind}, {interface.entries[item.array].value})'
    return f'("{item.name}", {kind})'


def struct_lines(interface, entry):
    base = 'Sized' if entry.growable else 'Checked'
    lines = ['', '', f'class {entry.name}({base}):']
    lines += docstring(entry.doc, 4) if entry.doc else []
    pairs = [field_pair(interface, item) for item in entry.fields]
    if entry.growable:
        pairs.insert(0, '("struct_size", c_size_t)')
    own = [f for f in entry.fields if f.params is not None]
    prefix = f'{entry.name}.' if own else '    '
    lines += ['    pass', '', ''] if own and not entry.doc else []
    if own and entry.doc:
        lines += ['', '']
    lines += listed(f'{prefix.strip()}_fields_ = [', pairs, ']', 0 if own else 4)
    defaults = {item.name: item.init for item in entry.fields if item.init}
    if defaults and is_filled_by_callers(entry):
        inside = ', '.join(f'"{name}": {value}' for name, value in defaults.items())
        lines.append(f'    _defaults_ = {{{inside}}}')
    return lines


SIZED = '''

_SIGNED = (c_int32, c_int64)
_UNSIGNED = (c_uint8, c_uint16, c_uint32, c_uint64, c_size_t)


def check_size(name: str, value: int, bits: int, signed: bool = True) -> None:
    """C would take what is left of it."""
    least, end = (-1 << bits - 1, 1 << bits - 1) if signed else (0, 1 << bits)
    if not least <= value < end:
        raise OverflowError(f"{name} is {value}, which does not fit into {bits} bits"
                            f"{'' if signed else ' without a sign'}")


def check_value(name: str, value: Any, kind: Any) -> None:
    """That a whole number fits into a field, or each into those of an array."""
    if isinstance(value, int) and kind in _SIGNED + _UNSIGNED:
        check_size(name, value, 8 * sizeof(kind), kind in _SIGNED)
    elif isinstance(value, (tuple, list)) and hasattr(kind, "_length_"):
        for i, element in enumerate(value):
            check_value(f"{name}[{i}]", element, kind._type_)


def array_of(kind: Any, length: int) -> Any:
    """A C array of numbers in a struct."""
    plain: Any = kind * length

    def set_item(self: Any, index: Any, value: Any) -> None:
        check_value(f"element {index}", value, kind if isinstance(index, int) else plain)
        plain.__setitem__(self, index, value)

    return type(plain.__name__, (plain,), {"__setitem__": set_item})


class Checked(Structure):
    """A struct that takes no number that is too large for its field."""

    def __setattr__(self, name: str, value: Any) -> None:
        for field in self._fields_:
            if field[0] == name:
                check_value(name, value, field[1])
                if isinstance(value, Array) and hasattr(field[1], "_length_"):
                    value = tuple(value)  # ctypes refuses the plain array
        super().__setattr__(name, value)


class Sized(Checked):
    """A struct that may grow: made with its size and with the defaults of its _INIT macro."""
    _defaults_: Dict[str, Any] = {}

    def __init__(self, **fields: Any) -> None:
        super().__init__(struct_size=sizeof(self), **{**self._defaults_, **fields})'''


def types(interface):
    """_raw.py: constants, opaque types, structs, callbacks."""
    lines = [HEAD.format("Raddle's types as C sees them.")]
    names = {'Array', 'POINTER', 'Structure', 'sizeof'}
    body = []
    for entry in interface.of_kind('constant'):
        body += wrapped(entry.doc, 0, '# ') if entry.doc else []
        body.append(f'{entry.name} = {entry.value}')
    body += SIZED.split('\n')
    for entry in public(interface, 'handle', 'struct', 'callback'):
        if entry.kind == 'struct':
            body += struct_lines(interface, entry)
        elif entry.kind == 'callback':
            arguments = [c_name(interface, entry.returns.type)]
            arguments += [c_name(interface, p.type, p) for p in callback_params(entry)]
            body += ['', ''] + wrapped(python_words(entry.doc), 0, '# ')
            body += listed(f'{entry.name} = CFUNCTYPE(', arguments, ')', 0)
        else:
            base = 'c_void_p' if entry.pointer else 'Structure'
            body += ['', '', f'class {entry.name}({base}):'] + docstring(entry.doc, 4)
    names |= set(re.findall(r'\b(CFUNCTYPE|c_\w+)\b', '\n'.join(body)))
    lines += import_lines('ctypes', names) + ['from typing import Any, Dict', '']
    return '\n'.join(lines + body) + '\n'


def callback_params(entry):
    """What a callback is given is read, so an unbounded text is one here too."""
    for item in entry.params:
        if item.facts.get('encoding') == 'bytes':
            item.facts['direction'] = 'out'
    return entry.params


def functions(interface):
    """_raw_functions.py: what each function returns and takes."""
    lines = [HEAD.format("What each of Raddle's functions returns and takes, as ctypes checks it.")]
    body = ['', 'FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {']
    for entry in public(interface, 'function'):
        body += wrapped(first_sentence(entry.doc), 4, '# ')
        arguments = [c_name(interface, p.type, p) for p in entry.params]
        returns = c_name(interface, entry.returns.type, entry.returns)
        tail = ',' if len(arguments) == 1 else ''
        body += listed(f'"{entry.name}": ({returns}, (', arguments, f'{tail})),', 4)
    body += ['}']
    text = '\n'.join(body)
    lines += import_lines('ctypes', set(re.findall(r'\b(POINTER|c_\w+)\b', text)))
    lines += ['from typing import Any, Dict, Tuple', '']
    own = {e.name for e in public(interface, 'handle', 'struct', 'callback')}
    lines += import_lines('._raw', {name for name in own if re.search(rf'\b{name}\b(?!")', text)})
    return '\n'.join(lines + body) + '\n'


# ---- values -----------------------------------------------------------------------------------

def enum_lines(entry):
    """An IntEnum whose names lack what they have in common."""
    common = common_prefix(entry)
    lines = ['', '', f'class {camel(entry.name)}(IntEnum):']
    lines += docstring(entry.doc or camel(entry.name), 4) + ['']
    for value in entry.values:
        lines += wrapped(python_words(value.doc), 4, '#: ') if value.doc else []
        lines.append(f'    {value.name.removeprefix(common)} = {value.value}')
    return lines


def record_lines(interface, entry):
    """A frozen dataclass with the fields of a struct, and how it is made from one."""
    lines = ['', '', '@dataclass(frozen=True)', f'class {camel(entry.name)}:']
    is_lent = entry.filled_by == 'library'  # then its doc says how long, and here it is a copy
    lines += docstring('What Raddle says of one.' if is_lent else entry.doc, 4) + ['']
    shown = [item for item in entry.fields if is_shown(entry, item)]
    for item in shown:
        lines += wrapped(field_doc(item), 4, '#: ') if item.doc else []
        lines.append(f'    {item.name}: {value_of(interface, item)[0]}')
    reads = [value_of(interface, item)[1] for item in shown]
    lines += ['', '    @classmethod',
              f'    def of(cls, struct: _raw.{entry.name}) -> "{camel(entry.name)}":',
              '        """A copy of what the library filled in."""']
    return lines + listed('return cls(', reads, ')', 8)


def field_doc(item):
    doc = python_words(item.doc)
    says = item.flag and doc[:3] in ('0: ', '1: ')
    return f'{bool(int(doc[0]))}{doc[1:]}' if says else doc


TEXTS = '''

def text(value: bytes) -> str:
    """UTF-8, where any other byte is kept as Python keeps those of paths (PEP 383)."""
    return value.decode("utf-8", "surrogateescape")


def optional_text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else text(value)'''


def enums(interface):
    """_enums.py: the numbers with names."""
    lines = [HEAD.format('The numbers with names.'), 'from enum import IntEnum']
    for entry in public(interface, 'enum'):
        lines += enum_lines(entry)
    return '\n'.join(lines) + '\n'


def values(interface):
    """_values.py: what the library hands out, and the enums in it."""
    lines = [HEAD.format('The results that Raddle hands out, and the numbers with names.')]
    names = sorted(camel(entry.name) for entry in public(interface, 'enum'))
    lines += ['from dataclasses import dataclass', 'from typing import Optional, Tuple', '',
              'from . import _raw',
              *listed('from ._enums import (', [f'{name} as {name}' for name in names], ')', 0),
              *TEXTS.split('\n')]
    for entry in filled_in(interface):
        lines += record_lines(interface, entry)
    return '\n'.join(lines) + '\n'


def errors(interface):
    """errors.py: an exception a code."""
    lines = [HEAD.format('An exception for each code of an error: what to do next.')]
    lines += ['from ._error import RaddleError', 'from ._values import Code']
    codes = [v for v in interface.entries['raddle_code_t'].values if v.value != 0]
    names = []
    for value in codes:
        code = value.name.removeprefix('RADDLE_')
        names.append(f'{camel(code)}Error')
        bases = ', '.join(['RaddleError', *filter(None, [BUILTIN_ERRORS.get(code)])])
        doc = one_line(value.doc)
        lines += ['', '', f'class {names[-1]}({bases}):']
        lines += docstring(f'{doc[0].upper()}{doc[1:]}.', 4)
        lines.append(f'    code = Code.{code}')
    quoted = [f'"{name}"' for name in ['RaddleError', *names]]
    lines += ['', ''] + listed('__all__ = [', quoted, ']', 0)
    return '\n'.join(lines) + '\n'
