# SPDX-License-Identifier: Apache-2.0
"""Writes include/REFERENCE.md: every function and type of the C ABI on one page."""
import textwrap

import words
from headers import init_macro
from validate import error_codes, fails, is_pointer

HEAD = '''# Reference of the C ABI

Generated from [interface](interface/README.md). The conventions are in [README.md](README.md);
here is what each function and type says on top of them.

**Parameters.** *in* is read, *out* is written when the call succeeds, *inout* both. Memory is
*borrowed* until the call returns unless the page says: *kept* (the library uses it longer), *taken*
(the library frees it), *given* (you free it), *lent* (it stays the library's; you may use it for as
long as it says), *static* (always valid), *opaque* (handed through). NULL is INVALID_ARGUMENT where
the column says no.

**Threads.** *object*: an object takes one call at a time. *shared*: so it does, but calls that take
it as const share it. *any*: any thread at any time. *signal*: so too, and in a signal handler.
Every call may share a context.

**Errors.** Besides those listed, any function that returns a status can give INVALID_ARGUMENT (a
NULL, or a `struct_size` that cannot be), FAILED_PRECONDITION (an object is busy),
RESOURCE_EXHAUSTED (no memory) and INTERNAL (a bug of Raddle's).
'''


def render(interface):
    lines = [HEAD]
    for header in interface.headers:
        names = [e for e in header.entries if e.kind == 'function']
        links = ', '.join(f'[{e.name.removeprefix("raddle_")}](#{e.name})' for e in names)
        lines.append(f'- [{header.name}](#{header.name.replace(".", "")}): {links}')
    lines.append('')
    for header in interface.headers:
        lines += [f'## {header.name}', '', f'{header.summary[:1].upper()}{header.summary[1:]}.', '']
        for entry in header.entries:
            if entry.kind in _ENTRIES:
                lines += [f'### {entry.name}', '', *_ENTRIES[entry.kind](interface, entry), '']
    return '\n'.join(lines).rstrip('\n') + '\n'


def prose(doc):
    """Paragraphs as they are; lines that are indented become code."""
    lines, code = [], False
    for line in textwrap.dedent(doc).strip('\n').split('\n'):
        indented = line.startswith('  ')
        if indented != code:
            lines += ['```'] if code else ['', '```']
            code = indented
        lines.append(line if code else line.strip())
    return lines + (['```'] if code else [])


def cell(text):
    return ' '.join(text.split()).replace('|', '\\|')


def _since(entry):
    said = f'Since {entry.since}, ' if entry.facts.get('since') else ''
    stability = entry.facts.get('stability', '')
    more = ': for Raddle\'s own command line, not for bindings' if stability == 'internal' else ''
    text = f'{said}{stability}{more}'
    return [text[:1].upper() + text[1:] + '.', ''] if text else []


def ownership(interface, item):
    """'given, free with x()' and the like; '' for what is no pointer."""
    if not is_pointer(interface, item.type):
        return ''
    how = item.own or 'borrowed'
    more = {'given': f'free with {item.destroy}' + ('()' if '.' not in item.destroy else ''),
            'kept': f'until {words.until(item)}', 'lent': f'until {words.until(item)}'}.get(how, '')
    return f'{how} ({more})' if more else how


def _meaning(item, total):
    parts = [item.doc]
    if item.length:
        unit = 'bytes' if item.type.base in ('char', 'void') else 'elements'
        parts.append(f'{item.length} {unit}')
    if item.encoding:
        parts.append({'utf8': 'UTF-8', 'path': 'a path', 'bytes': 'any bytes'}[item.encoding])
    return '; '.join(p.strip().removesuffix('.') for p in parts if p)


def _null(interface, item):
    if item.null is not None:
        return item.null
    if item.own == 'opaque':
        return 'allowed'
    return 'no' if is_pointer(interface, item.type) else ''


def _parameter_table(interface, params):
    if not params:
        return []
    lines = ['| Parameter | Type | Direction | Ownership | NULL | |', '|---|---|---|---|---|---|']
    for p in params:
        cells = [f'`{p.name}`', f'`{p.type}`', p.direction, ownership(interface, p),
                 _null(interface, p), _meaning(p, params)]
        lines.append('| ' + ' | '.join(cell(c) for c in cells) + ' |')
    return lines + ['']


def signature(entry):
    params = ', '.join(f'{p.type} {p.name}' for p in entry.params) or 'void'
    if entry.kind == 'callback':
        return ['```c', f'typedef {entry.returns.type} (*{entry.name})({params});', '```', '']
    return ['```c', f'{entry.returns.type} {entry.name}({params});', '```', '']


def _function(interface, entry):
    lines = [*signature(entry), *prose(entry.doc), '', *_parameter_table(interface, entry.params)]
    if not fails(entry):
        lines += _returns(interface, entry)
    said = threads(entry)
    lines += [f'- **Threads**: {said}']
    if entry.blocking:
        how = ' or '.join(f'{name}()' for name in entry.cancel)
        lines.append('- **Blocks**: for as long as the work takes; ' +
                     (f'{how} ends it early' if how else 'it cannot be cancelled'))
    codes = error_codes(interface, entry)
    if codes:
        lines.append('- **Errors**: ' + '; '.join(
            code + (f' ({cell(why).removesuffix(".")})' if why else '')
            for code, why in codes.items()) +
            (f'. {cell(entry.errors_note)}' if entry.errors_note else ''))
    return lines + ['- **Since**: ' + ' '.join(_since(entry)).rstrip(' .').removeprefix('Since ')]


def threads(entry):
    note = f'; {cell(entry.threads_note)}' if entry.threads_note else ''
    safe = entry.callback_safe
    if safe is None:
        safe = entry.threads in ('any', 'signal')
    inside = ', also in a callback of a call on the object' if safe else ''
    return f'{entry.threads}{inside}{note}'


def _returns(interface, entry):
    returns = entry.returns
    if str(returns.type) == 'void':
        return []
    parts = [returns.doc, ownership(interface, returns)]
    if returns.null is not None:
        parts.append(f'NULL: {returns.null}')
    text = '; '.join(cell(p).removesuffix('.') for p in parts if p)
    return [f'- **Returns**: {text}'] if text else []


def _callback(interface, entry):
    lines = [*signature(entry), *prose(entry.doc), '', *_parameter_table(interface, entry.params)]
    lines += _returns(interface, entry)
    where = {'caller': 'the calling thread, inside the call', 'any': 'any thread, one call at a '
             'time in the process'}[entry.threads]
    return lines + [f'- **Runs on**: {where}' +
                    ('' if entry.may_call else '; must not call into Raddle')]


def _struct(interface, entry):
    lines = [*prose(entry.doc), ''] if entry.doc else []
    if entry.growable:
        lines += [f'Grows. Initialise it with `{init_macro(entry)}`.' if entry.filled_by == 'caller'
                  else 'Grows. The library fills it in.', '']
    elif entry.foreign:
        lines += [f'Of another project: left out where `{entry.foreign}` is defined.', '']
    lines += ['| Field | Type | NULL | |', '|---|---|---|---|']
    if entry.growable:
        lines.append('| `struct_size` | `size_t` | | |')
    for item in entry.fields:
        kind = f'{item.type}' + (f'[{item.array}]' if item.array else '')
        if item.params is not None:
            kind += ' (*)(' + ', '.join(str(p.type) for p in item.params) + ')'
        null = _null(interface, item) if item.null is not None else ''
        lines.append('| ' + ' | '.join(cell(c) for c in [f'`{item.name}`', f'`{kind}`', null,
                                                        _meaning(item, entry.fields)]) + ' |')
    return lines + [''] + _since(entry)


def _enum(_, entry):
    lines = [*prose(entry.doc), ''] if entry.doc else []
    lines += [f'Stored as `{entry.type}`.', '', '| Value | | |', '|---|---|---|']
    return lines + [f'| `{v.name}` | {v.value} | {cell(v.doc)} |' for v in entry.values]


def _handle(_, entry):
    lines = [*prose(entry.doc), ''] if entry.doc else []
    return lines + [f'Opaque. Destroyed with `{entry.destroy}()`.']


def _alias(_, entry):
    return [*prose(entry.doc), '', f'`{entry.type}`.']


def _constant(_, entry):
    return ([*prose(entry.doc), ''] if entry.doc else []) + [f'{entry.value}.']


_ENTRIES = {'function': _function, 'callback': _callback, 'struct': _struct, 'enum': _enum,
            'handle': _handle, 'alias': _alias, 'constant': _constant}
