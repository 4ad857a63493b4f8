# SPDX-License-Identifier: Apache-2.0
"""What is generated of the Go binding, in the form that gofmt gives it. A file of abi/ becomes
two of bindings/go: zapi_*.go with the types and methods that users see, and zraw_*.go with the
functions that call C. bindings/go/internal/layout compares it with the real header in a test."""
import go_calls
import go_methods
import go_names as names
import go_types
import layouts

FOLDER = 'bindings/go'
HEAD = ['// SPDX-License-Identifier: Apache-2.0', '']


def outputs(interface):
    """{path: text} of the generated files of the Go binding."""
    made = {}
    for header in interface.headers:
        for source in header.sources:
            entries = [e for e in header.entries if e.file.endswith(f'/{source}')]
            name = source.removeprefix('abi/').removesuffix('.toml')
            made |= _file(f'zapi_{name}.go', source, _public(interface, entries), [])
            made |= _file(f'zraw_{name}.go', source, _calls(interface, entries),
                          ['#include <raddle/raddle.h>'])
    made |= _callbacks(interface)
    made[f'{FOLDER}/internal/layout/zraw_layout.go'] = _layout(interface)
    made[f'{FOLDER}/internal/layout/zraw_functions.go'] = _functions(interface)
    return made


def _generated(source):
    return f'// Code generated from include/interface/{source}. DO NOT EDIT.'


def _file(path, source, parts, preamble):
    return {f'{FOLDER}/{path}': _text(source, 'raddle', parts, preamble)} if parts else {}


def _text(source, package, parts, preamble, imports=()):
    body = '\n'.join('\n'.join(part) + '\n' for part in parts)
    used = [name for name in ('context', 'encoding/json', 'strconv', 'sync', 'unsafe', *imports)
            if f'{name.rpartition("/")[2]}.' in body]
    lines = [*HEAD, _generated(source), '', f'package {package}', '']
    if preamble:
        lines += [*(f'// {line}' for line in preamble), 'import "C"', '']
    if len(used) == 1:
        lines += [f'import "{used[0]}"', '']
    elif used:
        lines += ['import (', *(f'\t"{name}"' for name in sorted(used)), ')', '']
    return '\n'.join(lines + [body])


def _public(interface, entries):
    makers = {'enum': go_types.enum, 'constant': go_types.constant, 'alias': go_types.alias,
              'struct': go_types.struct, 'callback': go_calls.callback_type,
              'handle': go_methods.handle}
    parts, named = [], _named(interface)
    for entry in entries:
        if names.is_internal(entry) or entry.kind in ('struct', 'enum') and entry.name not in named:
            continue
        if entry.kind in makers:
            parts.append(makers[entry.kind](interface, entry))
        elif entry.kind != 'function':
            continue
        elif go_methods.is_list(interface, entry):
            parts.append(go_methods.listing(interface, entry))
        elif go_methods.is_constant(entry):
            parts.append(go_methods.constant(interface, entry))
        elif go_methods.is_generated(interface, entry):
            parts.append(go_methods.method(interface, entry))
    return [[go_methods.in_go(interface, line) if line.lstrip().startswith('//') else line
             for line in part] for part in parts if part]


def _named(interface):
    """The types that calls lead to, but for what lies in objects that free themselves."""
    calls = [e for e in interface.of_kind('function', 'callback') if not names.is_internal(e)]
    named, left = set(), [item.type.base for e in calls for item in (*e.params, e.returns)]
    while left:
        entry = interface.entries.get(left.pop())
        if entry is None or entry.name in named or entry.facts.get('destroy') and \
                entry.kind == 'struct':
            continue
        named.add(entry.name)
        left += [item.type.base for item in entry.fields] if entry.kind == 'struct' else []
    return named


def _uses(interface):
    """The structs that go into C, and those that come out."""
    into, out = set(), set()
    for entry in interface.of_kind('function', 'callback'):
        if names.is_internal(entry) or entry.kind == 'function' and not go_calls.is_called(
                interface, entry):
            continue
        for item in entry.params:
            what = names.role(interface, entry, item)
            if what in ('struct', 'structs', 'filled struct'):
                given = entry.kind == 'callback' and what == 'struct'
                (out if given else into).add(item.type.base)
            elif what in ('out struct', 'lent struct'):
                out.add(item.type.base)
    for name in sorted(out):
        entry = interface.entries[name]
        out |= {item.type.base for item in entry.fields
                if names.role(interface, entry, item) == 'struct'}
    return into, out


def _calls(interface, entries):
    into, out = _uses(interface)
    parts = []
    for entry in entries:
        if entry.kind == 'handle' and not entry.pointer and entry.name not in names.NOT_USED:
            parts.append([f'type {names.handle_name(entry)} = C.{entry.name}'])
        elif entry.kind == 'struct' and entry.facts.get('destroy'):
            parts.append([f'type {names.handle_name(entry)} = C.{entry.name}'])
        elif entry.kind == 'struct':
            if entry.name in into:
                parts.append(go_types.into_c(interface, entry))
            if entry.name in out:
                parts.append(go_types.out_of_c(interface, entry))
        elif entry.kind == 'function' and go_calls.is_called(interface, entry):
            parts.append(go_calls.function(interface, entry))
    return parts


def _callbacks(interface):
    entries = [e for e in interface.of_kind('callback') if not names.is_internal(e)]
    preamble = ['#include <raddle/raddle.h>',
                *(line for entry in entries for line in go_calls.declaration(entry))]
    parts = [go_calls.callback(interface, entry) for entry in entries]
    return {f'{FOLDER}/zraw_callbacks.go': _text('abi/*.toml', 'raddle', parts, preamble)}


# ---- what the tests compare with the header ------------------------------------------------------

def _layout(interface):
    rows, types = [], []
    for what, layout in layouts.record(interface).items():
        words = layout.split()
        struct, _, field = what.partition('.')
        if field:
            rows.append(f'{{"{struct}", "{field}", {words[1]}, {words[3]}}},')
        elif words[0] == 'size':
            rows.append(f'{{"{struct}", "", 0, {words[1]}}},')
            types.append(([], f'"{struct}":', f'reflect.TypeOf(C.{struct}{{}}),'))
    parts = [['// Described is what the description says of structs; Field "" is the whole one.',
              'var Described = []struct {', '\tStruct, Field string', '\tOffset, Size  uintptr',
              '}{', *(f'\t{row}' for row in rows), '}'],
             ['// Structs is what the compiler finds in the header.',
              'var Structs = map[string]reflect.Type{', *go_types.aligned(types), '}']]
    return _text('abi/*.toml', 'layout', parts, ['#cgo pkg-config: raddle',
                                                 '#include <raddle/raddle.h>'], ('reflect',))


def _functions(interface):
    functions = [f'{{"{e.name}", unsafe.Pointer(C.{e.name})}},'
                 for e in sorted(interface.of_kind('function'), key=lambda e: e.name)
                 if not names.is_internal(e)]
    named = _named(interface)
    values = [f'{{"{v.name}", {v.value}, C.{v.name}, '
              + (f'raddle.{names.value_name(e.name, v.name)}' if e.name in named else 'nil') + '},'
              for e in interface.of_kind('enum') for v in e.values]
    values += [f'{{"{e.name}", {e.value}, C.{e.name}, nil}},'
               for e in interface.of_kind('constant')]
    parts = [['// Functions is where the linker found each function.', 'var Functions = []struct {',
              '\tName    string', '\tAddress unsafe.Pointer', '}{',
              *(f'\t{row}' for row in functions), '}'],
             ['// Values is what the description, the header and Go say of enums and constants.',
              'var Values = []struct {', '\tName         string', '\tDescribed, C int64',
              '\tGo           fmt.Stringer', '}{', *(f'\t{row}' for row in values), '}']]
    return _text('abi/*.toml', 'layout', parts, ['#include <raddle/raddle.h>'], ('fmt', 'raddle'))
