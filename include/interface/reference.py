# SPDX-License-Identifier: Apache-2.0
"""Writes include/REFERENCE.md: every function and type of the C ABI on one page."""
import re
import textwrap

import words
from comments import COLUMNS
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
it as const share it. *any*: any thread at any time, also in a callback of a call on the object.
*signal*: so too, and in a signal handler. Every call may share a context.

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


def escaped(text):
    """`text` with what Markdown would read as more than text taken for what it is."""
    parts = re.split(r'(`[^`]*`)', text)
    return ''.join(part if part.startswith('`') else
                   re.sub(r'([*|])', r'\\\1', part).replace('<', '&lt;') for part in parts)


def prose(doc):
    """Paragraphs as they are; lines that are indented become code."""
    lines, code = [], False
    for line in textwrap.dedent(doc).strip('\n').split('\n'):
        indented = line.startswith('  ')
        if indented != code:
            lines += ['```'] if code else ['', '```']
            code = indented
        lines.append(line if code else escaped(line.strip()))
    return lines + (['```'] if code else [])


def cell(text):
    return escaped(' '.join(text.split()))


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


def _meaning(item):
    parts = [item.doc]
    if item.length:
        unit = 'bytes' if item.encoding == 'bytes' or item.type.base == 'void' else 'elements'
        parts.append(f'{item.length} {unit}')
    if item.encoding:
        parts.append({'utf8': 'UTF-8', 'path': 'path bytes', 'bytes': 'any bytes'}[item.encoding])
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
    lines = ['| Parameter | Type | Direction | Ownership | NULL | What it is |',
             '|---|---|---|---|---|---|']
    for p in params:
        cells = [f'`{p.name}`', f'`{p.type}`', p.direction, ownership(interface, p),
                 _null(interface, p), _meaning(p)]
        lines.append('| ' + ' | '.join(cell(c) for c in cells) + ' |')
    return lines + ['']


def signature(entry):
    params = [f'{p.type} {p.name}' for p in entry.params] or ['void']
    head = f'{entry.returns.type} {entry.name}('
    if entry.kind == 'callback':
        head = f'typedef {entry.returns.type} (*{entry.name})('
    line = f'{head}{", ".join(params)});'
    if len(line) > COLUMNS:
        line = head + '\n    ' + ',\n    '.join(params) + ');'
    return ['```c', line, '```', '']


def _function(interface, entry):
    lines = [*signature(entry), *prose(entry.doc), '', *_parameter_table(interface, entry.params)]
    if not fails(entry):
        lines += _returns(interface, entry)
    said = threads(entry)
    lines += [f'- **Threads**: {said}']
    if entry.blocking:
        lines.append('- **Blocks**: ' + _blocks(entry))
    codes = error_codes(interface, entry)
    if codes:
        lines.append(f'- **Errors**: {cell(entry.errors_note)}'.removesuffix(' '))
        lines += [f'  - {code}' + (f': {cell(why)}' if why else '') for code, why in codes.items()]
    return lines + ['- **Since**: ' + ' '.join(_since(entry)).rstrip(' .').removeprefix('Since ')]


def _blocks(entry):
    if any(p.own == 'taken' for p in entry.params):
        return 'until the calls that other threads have in it return'
    how = ' or '.join(f'{name}()' for name in entry.cancel)
    return 'for as long as the work takes; ' + (f'{how} ends it early' if how else
                                                'it cannot be cancelled')


def threads(entry):
    note = f'; {cell(entry.threads_note)}' if entry.threads_note else ''
    inside = ''
    if entry.callback_safe not in (None, entry.threads in ('any', 'signal')):
        inside = f', {"also" if entry.callback_safe else "not"} in a callback of its object'
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
    lines += ['| Field | Type | NULL | What it is |', '|---|---|---|---|']
    if entry.growable:
        lines.append('| `struct_size` | `size_t` | | |')
    for item in entry.fields:
        kind = f'{item.type}' + (f'[{item.array}]' if item.array else '')
        if item.params is not None:
            kind += ' (*)(' + ', '.join(str(p.type) for p in item.params) + ')'
        null = _null(interface, item) if item.null is not None else ''
        lines.append('| ' + ' | '.join(cell(c) for c in [f'`{item.name}`', f'`{kind}`', null,
                                                        _meaning(item)]) + ' |')
    return lines + [''] + _since(entry)


def _enum(_, entry):
    lines = [*prose(entry.doc), ''] if entry.doc else []
    lines += [f'Stored as `{entry.type}`.', '', '| Name | Value | What it is |', '|---|---|---|']
    return lines + [f'| `{v.name}` | {v.value} | {cell(v.doc)} |' for v in entry.values]


def _handle(_, entry):
    lines = [*prose(entry.doc), ''] if entry.doc else []
    return lines + [f'Opaque. Destroyed with `{entry.destroy}()`.']


def _alias(_, entry):
    return [*prose(entry.doc), '', f'`{entry.type}`.']


def _constant(_, entry):
    return ([*prose(entry.doc), ''] if entry.doc else []) + [f'Its value is {entry.value}.']


_ENTRIES = {'function': _function, 'callback': _callback, 'struct': _struct, 'enum': _enum,
            'handle': _handle, 'alias': _alias, 'constant': _constant}
