# SPDX-License-Identifier: Apache-2.0
"""Writes the Go types of the ABI: enums, constants, structs, and how structs cross into C."""
import re
import textwrap

import comments
import go_names as names
from go_names import camel, lower_camel, role

COLUMNS = 98  # gofmt's tabs are shown wider than the one column that they take


def doc_lines(text, indent=''):
    """`text` as a comment; lines that are set in stay as they are."""
    lines = []
    for line in comments.paragraphs(text, COLUMNS - len(indent) * 4 - 3) if text else []:
        pieces = [line] if line.startswith('  ') else textwrap.wrap(line, COLUMNS) or ['']
        lines += [f'{indent}// {piece}'.rstrip() for piece in pieces]
    return lines


def aligned(rows, indent='\t'):
    """Lines of [(comment lines, name, rest)] as gofmt sets them: names of equal width in a run
    that no comment interrupts."""
    lines, run = [], []

    def flush():
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f'{indent}{name.ljust(width)} {rest}' for name, rest in run)
        run.clear()

    for comment, name, rest in rows:
        if comment:
            flush()
            lines.extend(comment)
        run.append((name, rest))
    flush()
    return lines


def listed(before, items, after):
    """`before`, `items` and `after` on a line, or an item a line where there is no room."""
    line = f'{before}{", ".join(items)}{after}'
    tabs = len(line) - len(line.lstrip('\t'))
    if len(line) + 3 * tabs <= COLUMNS:
        return [line]
    indent = '\t' * tabs
    return [before, *(f'{indent}\t{item},' for item in items), f'{indent}{after}']


def _about(name, doc):
    return f'{name}: {doc}' if doc else f'{name} is a type of the C interface.'


def enum(interface, entry):
    name = names.type_name(interface, entry)
    rows = [(doc_lines(' '.join(v.doc.split()), '\t'), names.value_name(entry.name, v.name),
             f'{name} = {v.value}') for v in entry.values]
    lines = [*doc_lines(_about(name, entry.doc)), f'type {name} int32', '', 'const (',
             *aligned(rows), ')', '',
             '// String is the name that messages and the configuration have for it.',
             f'func (v {name}) String() string {{', '\tswitch v {']
    for value in entry.values:
        lines += [f'\tcase {names.value_name(entry.name, value.name)}:',
                  f'\t\treturn "{names.value_text(entry, value)}"']
    return lines + ['\t}', f'\treturn "{name}(" + strconv.Itoa(int(v)) + ")"', '}']


def constant_name(entry):
    return camel(entry.name.removeprefix('RADDLE_').lower())


def constant(_, entry):
    name = constant_name(entry)
    about = f'{name}: {entry.doc}' if entry.doc else f'{name} is as in C.'
    return [*doc_lines(about), f'const {name} = {entry.value}']


def alias(interface, entry):
    name = names.type_name(interface, entry)
    return [*doc_lines(_about(name, entry.doc)),
            f'type {name} {names.go_scalar(interface, entry.type.base)}']


def element(interface, item):
    """The Go type of what an array or a pointer to a struct holds."""
    target = interface.entries.get(item.type.base)
    if target is not None and target.kind == 'struct':
        return names.type_name(interface, target)
    if item.type.base == 'void':
        return 'byte'
    return names.go_scalar(interface, item.type.base)


def field_type(interface, entry, item):
    """The Go type of a field, or None for what Go says in another way."""
    what = role(interface, entry, item)
    if what in ('length', 'reserved', 'opaque'):
        return None
    return {'callback': lambda: '*upcall', 'address': lambda: 'unsafe.Pointer',
            'flag': lambda: 'bool', 'text': lambda: 'string', 'bytes': lambda: 'string',
            'array': lambda: f'[]{element(interface, item)}',
            'struct': lambda: f'*{element(interface, item)}',
            'fixed array': lambda: f'[{interface.entries[item.array].value}]'
                                   f'{names.go_scalar(interface, item.type.base)}',
            'optional': lambda: f'*{names.go_scalar(interface, item.type.base)}',
            'value': lambda: names.go_scalar(interface, item.type.base)}[what]()


def fields(interface, entry):
    """[(Go name, Go type, item)] of the fields that Go has."""
    hidden = names.type_name(interface, entry)[0].islower()
    found = []
    for item in entry.fields:
        kind = field_type(interface, entry, item)
        if kind is not None:
            found.append((lower_camel(item.name) if hidden else camel(item.name), kind, item))
    return found


def _field_doc(entry, kind, item):
    """The text of a field, in which the other fields have their names of Go."""
    of_struct = {field.name for field in entry.fields}
    doc = re.sub(r'`(\w+)`', lambda m: camel(m[1]) if m[1] in of_struct else m[0], item.doc)
    parts = [' '.join(doc.split())]
    if kind == 'bool':
        parts[0] = parts[0].replace('1: ', 'true: ').replace('0: ', 'false: ')
    if item.init:
        parts.append(f'nil: {item.init}')
    if item.null is not None:
        parts.append(f'{"empty" if kind == "string" else "nil"}: {" ".join(item.null.split())}')
    return '; '.join(part for part in parts if part)


def struct(interface, entry):
    name = names.type_name(interface, entry)
    rows = [(doc_lines(_field_doc(entry, kind, item), '\t'), field, kind)
            for field, kind, item in fields(interface, entry)]
    return [*doc_lines(_about(name, entry.doc)), f'type {name} struct {{', *aligned(rows), '}']


# ---- into C --------------------------------------------------------------------------------------

def count_lines(interface, entry, target, values):
    """Lines that set the counts of `entry`'s arrays and refuse arrays of different lengths;
    `target(item)` is where a count goes, `values(item)` the Go slice."""
    lines = []
    for item in names.items_of(entry):
        arrays = names.counted_by(entry, item)
        if not arrays or item.type.depth or any(role(interface, entry, a) == 'given text'
                                                for a in arrays):
            continue
        first, more = arrays[0], names.length_of(arrays[0])[1]
        size = f'len({values(first)})' + (f' - {more}' if more else '')
        target_type = names.c_type(item.type.base)
        lines.append(f'{target(item)} {target_type}({f"positive({size})" if more else size})')
        for other in arrays[1:]:
            lines.append(f'a.same("{other.name}", len({values(other)}), "{first.name}", '
                         f'len({values(first)}), {str(other.null is not None).lower()})')
    return lines


def _to_c(interface, entry, field, item):
    target, value = f'c.{_c_member(item.name)}', f'v.{field}'
    scalar = names.c_type(item.type.base)
    nullable = str(item.null is not None).lower()
    what = role(interface, entry, item)
    if what == 'value':
        return [f'{target} = {scalar}({value})']
    if what == 'flag':
        return [f'{target} = cFlag({value})']
    if what == 'optional':
        return [f'{target} = {item.init}', f'if {value} != nil {{',
                f'\t{target} = {scalar}(*{value})', '}']
    if what in ('text', 'bytes'):
        return [f'{target} = a.text("{item.name}", {value}, {nullable})']
    if what == 'address':
        return [f'{target} = {value}']
    if what == 'array':
        return [f'{target} = (*{scalar})(copyIn(a, {value}, {nullable}))']
    if what == 'fixed array':
        return [f'for i, one := range {value} {{', f'\t{target}[i] = {scalar}(one)', '}']
    if what == 'callback':
        fields_after = entry.fields[entry.fields.index(item) + 1:]
        data = next(f for f in fields_after if role(interface, entry, f) == 'opaque')
        callback = interface.entries[item.type.base]
        return [f'if {value} != nil {{',
                f'\t{target} = {lower_camel(names.bare(callback.name))}Pointer()',
                f'\tc.{data.name} = {value}.data()', '}']
    raise ValueError(f'{item.where}: a {what} in a struct for C is not known to go_types.py')


def _c_member(name):
    return f'_{name}' if name in ('type', 'func', 'range', 'map', 'go', 'var') else name


def into_c(interface, entry):
    name = names.type_name(interface, entry)
    lines = ['// What C holds of it is in the arena.',
             f'func (v *{name}) toC(a *arena, c *{names.c_type(entry.name)}) {{',
             f'\t*c = {names.c_type(entry.name)}{{}}',
             '\tc.struct_size = C.size_t(unsafe.Sizeof(*c))']
    places = {item.name: field for field, _, item in fields(interface, entry)}
    lines += [f'\t{line}' for line in count_lines(
        interface, entry, lambda item: f'c.{item.name} =', lambda item: f'v.{places[item.name]}')]
    for field, _, item in fields(interface, entry):
        lines += [f'\t{line}' for line in _to_c(interface, entry, field, item)]
    return lines + ['}']


# ---- out of C ------------------------------------------------------------------------------------

def from_c(interface, entry, item, value):
    """The Go expression for the C `value` of a field or of a callback's parameter."""
    what = role(interface, entry, item)
    if what == 'value':
        return f'{names.go_scalar(interface, item.type.base)}({value})'
    if what == 'flag':
        return f'{value} != 0'
    if what == 'text':
        return f'C.GoString({value})'
    if what == 'bytes':
        where = value.rpartition('.')[0]
        length = names.length_of(item)[0]
        count = f'{where}.{length}' if where else lower_camel(length)
        return f'C.GoStringN({value}, C.int({count}))'
    if what == 'struct':
        return f'{reader(interface, interface.entries[item.type.base])}({value})'
    if what == 'address':
        return value
    if what == 'array':
        scalar, (length, more) = names.go_scalar(interface, item.type.base), names.length_of(item)
        count = f'{value.rpartition(".")[0]}.{length}' + (f'+{more}' if more else '')
        return f'copyOut((*{scalar})(unsafe.Pointer({value})), int({count}))'
    raise ValueError(f'{item.where}: a {what} that C gives is not known to go_types.py')


def reader(interface, entry):
    name = names.type_name(interface, entry)
    return f'{name[0].lower()}{name[1:]}FromC'


def out_of_c(interface, entry):
    name = names.type_name(interface, entry)
    lines = [f'func {reader(interface, entry)}(c *{names.c_type(entry.name)}) *{name} {{',
             '\tif c == nil {', '\t\treturn nil', '\t}']
    rows, loops = [], []
    for field, _, item in fields(interface, entry):
        member = f'c.{_c_member(item.name)}'
        if role(interface, entry, item) == 'fixed array':
            scalar = names.go_scalar(interface, item.type.base)
            loops += [f'\tfor i, one := range {member} {{', f'\t\tv.{field}[i] = {scalar}(one)',
                      '\t}']
        else:
            rows.append(([], f'{field}:', from_c(interface, entry, item, member) + ','))
    if not loops:
        return lines + [f'\treturn &{name}{{', *aligned(rows, '\t\t'), '\t}', '}']
    return lines + [f'\tv := &{name}{{', *aligned(rows, '\t\t'), '\t}', *loops, '\treturn v', '}']
