# SPDX-License-Identifier: Apache-2.0
"""Reads interface.toml and abi/*.toml into objects, refusing what the schema does not know.
validate.py then looks at what several entries say about each other."""
import os
import re
import textwrap
import tomllib
from dataclasses import dataclass, field

import c_types
import schema


class DescriptionError(Exception):
    """One fault of the description: where, what, and what to do."""


@dataclass
class Entry:
    """One [[entry]] of an abi/*.toml; `facts` holds its keys, defaults filled in."""
    kind: str    # function, struct, enum, callback, handle, alias, constant, section, text
    name: str
    facts: dict
    file: str    # as messages name it
    line: int
    header: str  # 'session.h'

    def __getattr__(self, key):
        try:
            return self.__dict__['facts'][key]
        except KeyError:
            raise AttributeError(key) from None

    @property
    def where(self):
        return f'{self.file}:{self.line}: {self.kind} {self.name}'


@dataclass
class Item:
    """A parameter, a field, a value of an enum, or what a function returns."""
    facts: dict

    def __getattr__(self, key):
        try:
            return self.__dict__['facts'][key]
        except KeyError:
            raise AttributeError(key) from None


@dataclass
class Header:
    name: str
    summary: str  # a line for the list of headers
    carries: list = field(default_factory=list)  # headers that were parts of it once
    doc: str = ''
    topics: list = field(default_factory=list)  # [(label, text)] after the doc
    entries: list = field(default_factory=list)
    sources: list = field(default_factory=list)  # the files that describe it


@dataclass
class Interface:
    doc: str
    headers: list
    entries: dict  # name -> Entry, for all that have a name of their own

    def of_kind(self, *kinds):
        return [e for h in self.headers for e in h.entries if e.kind in kinds]


def load(folder):
    """The Interface that `folder` (include/interface) describes."""
    where = 'include/interface/interface.toml'
    facts = _facts(_read(os.path.join(folder, 'interface.toml'), where), schema.INDEX, where)
    headers, entries = [], {}
    for row in facts['headers']:
        known = _facts(row, schema.HEADER, f'{where}: headers')
        header = Header(known['name'], ' '.join(known['summary'].split()), known['carries'])
        for part in known['parts']:
            _load_part(folder, part, header, entries)
        headers.append(header)
    _fill_destroy(entries)
    return Interface(textwrap.dedent(facts['doc']).strip(), headers, entries)


def _fill_destroy(entries):
    """What is given is freed by its handle's destroy function, a text by raddle_text_destroy()."""
    for entry in entries.values():
        for item in [*entry.facts.get('params', []), *entry.facts.get('fields', [])]:
            if item.own == 'given' and not item.destroy:
                owner = entries.get(item.type.base)
                item.facts['destroy'] = ('raddle_text_destroy' if item.type.base == 'char' else
                                         owner.facts.get('destroy', '') if owner else '')


def _read(path, name):
    try:
        with open(path, 'rb') as file:
            return tomllib.load(file)
    except OSError as error:
        raise DescriptionError(f'{name}: cannot be read: {error.strerror}; interface.toml lists '
                               'the files in "parts"') from None
    except tomllib.TOMLDecodeError as error:
        raise DescriptionError(f'{name}: not TOML: {error}') from None


def _load_part(folder, part, header, entries):
    name = f'include/interface/abi/{part}'
    path = os.path.join(folder, 'abi', part)
    facts = _facts(_read(path, name), schema.PART, name)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    header.doc = header.doc or textwrap.dedent(facts['doc']).strip()
    header.sources.append(f'abi/{part}')
    header.topics += [(t['name'], t['doc']) for t in facts['topics']]
    for number, raw in enumerate(facts['entry'], 1):
        entry = _entry(raw, number, name, text, header.name)
        if entry.name and entry.kind != 'section' and entry.name in entries:
            raise DescriptionError(f'{entry.where}: is described already, at '
                                   f'{entries[entry.name].where}; delete one of the two')
        if entry.kind not in ('section', 'text'):
            entries[entry.name] = entry
        header.entries.append(entry)
        if is_filled_by_callers(entry):
            header.entries.append(_init_function(entry))
            entries[header.entries[-1].name] = header.entries[-1]


def is_filled_by_callers(entry):
    """Whether it is a struct with struct_size, and so with a macro and a function that set it."""
    return entry.kind == 'struct' and entry.growable and entry.filled_by == 'caller'


def _init_function(struct):
    """raddle_X_init(), which is described by its struct."""
    name = struct.name.removesuffix('_t')
    raw = {
        'function': f'{name}_init',
        'doc': f'What {name.upper()}_INIT gives, for languages without macros.',
        'params': [{'name': 'out_struct', 'type': f'{struct.name}*', 'null': 'nothing happens'},
                   {'name': 'struct_bytes', 'type': 'size_t',
                    'doc': "sizeof the caller's struct, which becomes its struct_size"}],
        'returns': {'type': 'void'}, 'threads': 'any', 'since': struct.since or '0.1',
        'stability': struct.stability}
    where = f'{struct.file}:{struct.line}: function {raw["function"]}'
    facts = _facts(raw, schema.ENTRIES['function'], where)
    facts['params'] = [_item(p, schema.PARAM, where, 'params') for p in facts['params']]
    facts['returns'] = _item(facts['returns'], schema.RETURNS, where, 'returns')
    return Entry('function', raw['function'], facts, struct.file, struct.line, struct.header)


def _entry(raw, number, file, text, header):
    kinds = [kind for kind in schema.ENTRIES if kind in raw]
    if len(kinds) != 1:
        raise DescriptionError(
            f'{file}: entry {number} has the keys {", ".join(raw) or "(none)"}; expected exactly '
            f'one of {", ".join(schema.ENTRIES)}, which says what it is and its name')
    kind = kinds[0]
    name = raw[kind]
    heads = [match.end() for match in re.finditer(r'^\[\[entry\]\]', text, re.M)]
    line = text.count('\n', 0, heads[number - 1]) + 2  # the line after its [[entry]]
    where = f'{file}:{line}: {kind} {name if kind != "text" else ""}'.rstrip()
    facts = _facts(raw, schema.ENTRIES[kind], where)
    for key, parts in schema.LISTS.items():
        if key in facts:
            facts[key] = [_item(p, parts, where, key) for p in facts[key]]
    if 'returns' in facts:
        facts['returns'] = _item(facts['returns'], schema.RETURNS, where, 'returns')
    if 'type' in facts:
        facts['type'] = _type(facts['type'], where)
    return Entry(kind, '' if kind == 'text' else name, facts, file, line, header)


def _item(raw, keys, where, what):
    name = raw.get('name', '') if isinstance(raw, dict) else ''
    at = f'{where}: {what} {name}'.rstrip()
    facts = _facts(raw, keys, at)
    if 'type' in facts:
        facts['type'] = _type(facts['type'], at)
    if facts.get('params') is not None:
        facts['params'] = [_item(p, schema.PARAM, at, 'params') for p in facts['params']]
    if 'direction' in facts and not facts['direction']:
        facts['direction'] = ('inout' if facts['own'] == 'taken' else
                              'out' if facts['name'].startswith('out_') else 'in')
    facts['where'] = at
    return Item(facts)


def _type(text, where):
    parsed = c_types.parse(text)
    if parsed is None:
        raise DescriptionError(f'{where}: "{text}" is no type; expected [const ]NAME followed by *'
                               ' or "* const", such as "const char*"')
    return parsed


def _facts(raw, keys, where):
    """`raw` with defaults, or an error that names the key."""
    if not isinstance(raw, dict):
        raise DescriptionError(f'{where}: is {raw!r}, expected a table such as {{name = "..."}}')
    for key in raw:
        if key not in keys:
            raise DescriptionError(f'{where}: there is no key "{key}"; it takes '
                                   f'{", ".join(sorted(keys))}')
    facts = {}
    for key, rule in keys.items():
        value = raw.get(key, rule.default)
        if value is schema.NEEDED:
            raise DescriptionError(f'{where}: the key "{key}" is missing; {rule.help}')
        if key in raw:
            rule.check(value, f'{where}: {key}', DescriptionError)
        facts[key] = value.copy() if isinstance(value, (list, dict)) else value
    return facts
