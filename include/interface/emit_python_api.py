# SPDX-License-Identifier: Apache-2.0
"""Python's functions and methods: what of the C ABI says enough of itself to be called with
Python's own types. A class a handle, a method a function; texts, arrays, options and results are
converted, `stop` and `context` may be left out, and what lasts is made so that Ctrl-C works.

What it cannot derive is written by hand in bindings/python/raddle: functions with callbacks, those
that write into arrays of the caller's, and loans.
"""
import re

import schema
from python_text import (HEAD, camel, common_prefix, docstring, filled_in, hanging, import_lines,
                         is_shown, listed, one_line, public, python_words, value_of)

# Polling is for languages that need it, and errors become exceptions.
LEFT_OUT = ('raddle_operation_t', 'raddle_status_t')
ARRAYS = {'int32_t': 'i', 'float': 'f', 'int64_t': 'q', 'raddle_tensor_id_t': 'i'}
RESERVED = {'from': 'from_'}
FUNCTIONS = 'functions'


def outputs(interface):
    """{name of a module: text}: one a handle, and one for functions of no handle."""
    made = {}
    owners = [h for h in public(interface, 'handle') if h.name not in LEFT_OUT]
    names = Names(interface, owners)
    for owner in [*owners, None]:
        calls = [Call(interface, names, f, owner) for f in public(interface, 'function')
                 if owner_of(owners, f) is owner and is_derivable(interface, f)]
        stem = owner.name[len('raddle_'):-len('_t')] if owner else FUNCTIONS
        made[f'_api_{stem}.py'] = module(interface, owner, stem, calls)
    return made


def owner_of(owners, function):
    fits = [h for h in owners if function.name.startswith(h.name[:-1])]
    return max(fits, key=lambda h: len(h.name)) if fits else None


def is_derivable(interface, function):
    if function.name.endswith(('_destroy', '_init')):
        return False
    returned = interface.entries.get(function.returns.type.base)
    if returned is not None and returned.kind == 'handle' and not returned.pointer:
        return False
    return all(is_derivable_param(interface, item) for item in function.params)


def is_derivable_param(interface, item):
    entry = interface.entries.get(item.type.base)
    if item.type.base in LEFT_OUT or item.type.base == 'void' or \
            (entry is not None and entry.kind == 'callback'):
        return False
    if entry is not None and entry.kind == 'struct':
        if item.type.depth != 1:
            return False
        return bool(item.length) or all(value_of(interface, f) for f in entry.fields)
    is_filled_array = item.direction == 'out' and item.length and item.type.base != 'char'
    return not is_filled_array and item.own != 'opaque'


class Names:
    """What things of C's are called in Python, for docs."""

    def __init__(self, interface, owners):
        self.functions, self.values = {}, {}
        for function in public(interface, 'function'):
            owner = owner_of(owners, function)
            method = method_name(owner, function)
            self.functions[function.name] = (owner, method)
        for enum in public(interface, 'enum'):
            common = common_prefix(enum)
            self.values |= {v.name: f'{camel(enum.name)}.{v.name.removeprefix(common)}'
                            for v in enum.values if common}

    def words(self, text, owner):
        """A doc in Python's words: functions as methods, codes as exceptions."""
        def function(match):
            of, name = self.functions.get(match.group(1), (None, match.group(1)))
            if of is not None and name == 'create':
                return f'{camel(of.name)}()'
            return f'{name}()' if of in (None, owner) else f'{camel(of.name)}.{name}()'
        text = re.sub(r'\b(raddle_\w+)\(\)', function, one_line(text))
        for code in schema.CODES:
            text = re.sub(rf'(?<!["\w])(?:RADDLE_)?{code}\b(?!_)', f'{camel(code)}Error', text)
        text = re.sub(r'\bRADDLE_[A-Z0-9_]+\b', lambda m: self.values.get(m.group(0), m.group(0)),
                      text)
        return python_words(re.sub(r'\breturn(s?) CancelledError', r'raise\1 CancelledError', text))


def method_name(owner, function):
    name = function.name.removeprefix(owner.name[:-1] if owner else 'raddle_')
    return name.removeprefix('get_').replace('_get_', '_')


class Call:
    """One function: its signature, what is passed on, what is made of the outputs."""

    def __init__(self, interface, names, function, owner):
        self.interface, self.function, self.owner, self.names = interface, function, owner, names
        self.required, self.optional, self.keywords = [], [], []
        self.before, self.passed, self.after = [], [], []
        self.stop = self.context = self.creates = self.has_self = False
        self.result, self.uses, self.docs = 'None', set(), []
        # The array from which a length follows; others of the same length are checked.
        self.lengths = {p.length.partition(' + ')[0]: p for p in reversed(function.params)
                        if p.length}
        for item in function.params:
            self.add(item)
        if not any(line.startswith('return ') for line in self.after):
            self.add_returned()

    # ---- parameters ----

    def add(self, item):
        entry = self.interface.entries.get(item.type.base)
        name = RESERVED.get(item.name, item.name)
        if item.direction == 'out':
            self.add_output(item, entry, name)
        elif item.name in self.lengths:
            self.add_length(self.lengths[item.name])
        elif entry is not None and entry.kind == 'handle':
            self.add_handle(item, entry, name)
        elif entry is not None and entry.kind == 'struct' and not item.length:
            self.add_options(entry, name)
        else:
            self.add_value(item, entry, name)

    def give(self, item, name, kind, default=None):
        if item.null is not None and default is None:
            kind, default = f'Optional[{kind}]', 'None'
        (self.optional if default is not None else self.required).append(
            f'{name}: {kind}' + (f' = {default}' if default is not None else ''))
        if item.doc or item.null is not None:
            said = [item.doc.replace(f'`{item.length}` ', '')] if item.doc else []
            said += [f'None: {item.null}'] if item.null is not None else []
            self.docs.append(f'{name}: {self.words("; ".join(map(one_line, said)))}')

    def add_handle(self, item, entry, name):
        kind = camel(entry.name)
        if kind == 'Stop' and entry is not self.owner:
            self.stop = True
            self.before.append('token = stop or spare_stop()')
            self.passed.append('token._pointer')
        elif entry is self.owner and not self.has_self:
            self.has_self = True
            self.passed.append('self._pointer')
        elif kind == 'Context':
            self.context = True
            self.passed.append('shared._pointer')
        else:
            self.uses.add(kind)
            self.give(item, name, f'"{kind}"')
            self.passed.append(f'{name}._pointer' if item.null is None
                               else f'{name} and {name}._pointer')

    def add_options(self, entry, name):
        """Fields become keyword arguments with the defaults of the struct."""
        fields = []
        for item in [field for field in entry.fields if is_shown(entry, field)]:
            kind, default = value_of(self.interface, item)[0], item.init or '0'
            passed = item.name
            if item.type.base == 'char':
                kind, default = 'Optional[Path]', 'None'
                passed = f'optional_path({item.name})'
            elif kind == 'bool':
                default = 'False'
            self.keywords.append(f'{item.name}: {kind} = {default}')
            self.docs.append(f'{item.name}: {self.words(item.doc)}')
            if item.null is not None:
                self.docs[-1] += f'; None: {self.words(item.null)}'
            fields.append(f'{item.name}={passed}')
        self.before += [line[8:] for line in
                        listed(f'{name} = _raw.{entry.name}(', fields, ')', 8)]
        self.passed.append(name)

    def add_value(self, item, entry, name):
        if item.type.base == 'char':
            kind, passed = {'path': ('Path', f'path_bytes({name})'),
                            'bytes': ('Union[str, bytes]', f'{name}_data')}.get(
                                item.encoding, ('str', f'encoded({name})'))
            if item.null is not None:
                passed = passed.replace('path_bytes', 'optional_path').replace(
                    'encoded', 'optional_encoded')
            if item.encoding == 'bytes':
                self.before.append(f'{name}_data = as_bytes({name})')
        elif item.length and entry is not None and entry.kind == 'struct':
            stem = entry.name[len('raddle_'):-2]
            kind, passed = f'{camel(entry.name)}Array', f'{name}_array'
            self.before.append(f'{name}_array = array_of_{stem}({name})')
        elif item.length:
            kind, passed = 'Array', f'{name}_array'
            code = ARRAYS[item.type.base]
            convert = 'in_place' if item.null is None else 'optional_in_place'
            self.before.append(f'{name}_array = {convert}({name}, "{code}")')
            first = self.lengths[item.length.partition(' + ')[0]]
            if first is not item:
                self.before.append(f'check_length("{name}", {name}_array, {first.name}_array)')
        else:
            is_enum = entry is not None and entry.kind == 'enum'
            kind = camel(entry.name) if is_enum else {'double': 'float', 'float': 'float'}.get(
                item.type.base, 'int')
            passed = name
            self.give(item, name, kind, '0' if re.search(r'(^|; )0: ', item.doc.strip()) else None)
            self.passed.append(passed)
            return
        self.give(item, name, kind)
        self.passed.append(passed)

    def add_length(self, of):
        """A length follows from its array: NAME, or NAME + 1 that may be missing."""
        name = RESERVED.get(of.name, of.name)
        holder = f'{name}_data' if of.encoding == 'bytes' else f'{name}_array'
        _, _, more = of.length.partition(' + ')
        counted = f'{holder}, {more}' if more else holder
        self.passed.append(f'len({holder})' if of.null is None else f'length_of({counted})')

    # ---- outputs ----

    def add_output(self, item, entry, name):
        self.passed.append(name)
        if entry is not None and entry.kind == 'handle' and item.own == 'given':
            self.add_created(item, entry, name)
        elif entry is not None and entry.kind == 'struct':
            self.result = camel(entry.name)
            self.before.append(f'{name} = _raw.{entry.name}()')
            self.after.append(f'return {self.result}.of({name})')
        elif item.type.base == 'char':
            self.before.append(f'{name} = c_char_p()')
            self.add_text(item, name)
        elif any(p.length == item.name for p in self.function.params):
            self.before.append(f'{name} = c_size_t()')
        else:
            self.result = 'int'
            self.before.append(f'{name} = c_int32()')
            self.after.append(f'return {name}.value')

    def add_text(self, item, name):
        if item.encoding == 'bytes' and item.length:
            self.result = 'bytes'
            self.after.append(f'return given_bytes({name}, {item.length})')
        elif name == 'out_json':
            self.result = 'Dict[str, Any]'
            self.after.append(f'return given_json({name})')
        else:
            self.result = 'str'
            how = 'given_text' if item.own == 'given' else 'lent_text'
            self.after.append(f'return {how}({name})')

    def add_created(self, item, entry, name):
        if entry is not self.owner:
            kind = camel(entry.name)
            self.result = f'"{kind}"'
            self.uses.add(kind)
            self.before += [f'from ._objects import {kind}', f'{name} = {kind}._empty()']
            self.after.append(f'return {name}')
        elif self.function.name == f'{self.owner.name[:-2]}_create':
            self.creates = '__init__'
        else:
            self.creates, self.result = 'classmethod', '"_Self"'
            self.after.append('return made')
        made = {'__init__': 'self', 'classmethod': 'made'}.get(self.creates, name)
        self.passed[-1] = f'{made}._own_pointer'

    def add_returned(self):
        returns = self.function.returns
        if str(returns.type) in ('raddle_status_t', 'void'):
            return
        entry = self.interface.entries.get(returns.type.base)
        if returns.type.base == 'char':
            self.result = 'str' if returns.null is None else 'Optional[str]'
            self.after.append('return text(found)' if returns.null is None
                              else 'return optional_text(found)')
        elif entry is not None and entry.kind == 'enum':
            self.result = camel(entry.name)
            self.after.append(f'return {self.result}(found)')
        else:
            self.result = 'float' if returns.type.base in ('double', 'float') else 'int'
            self.after.append(f'return {self.result}(found)')

    # ---- the text ----

    def words(self, text):
        return self.names.words(text, self.owner)

    @property
    def name(self):
        return method_name(self.owner, self.function)

    @property
    def is_property(self):
        asks = self.function.name.removeprefix(self.owner.name[:-1]).startswith('get_') \
            if self.owner else False
        plain = self.function.returns.type.base != 'raddle_status_t' and self.result != 'None'
        takes = self.required + self.optional + self.keywords
        return self.has_self and not takes and not self.stop and (asks or plain)

    def signature(self):
        keywords = [*self.keywords]
        keywords += ['stop: Optional[Stop] = None'] if self.stop else []
        keywords += ['context: Optional[Context] = None'] if self.context else []
        first = [] if self.owner is None else ['cls: Type["_Self"]'] \
            if self.creates == 'classmethod' else ['self']
        takes = first + self.required + self.optional + (['*'] if keywords else []) + keywords
        name = '__init__' if self.creates == '__init__' else self.name
        return listed(f'def {name}(', takes, f') -> {self.result}:', 4 if self.owner else 0)

    def lines(self):
        indent = 8 if self.owner else 4
        before = list(self.before)
        made = {'__init__': 'self', 'classmethod': 'made'}.get(self.creates)
        if self.context:
            before.insert(0, 'shared = context_of(context)')
        if made:
            start = 'super().__init__()' if made == 'self' else 'made = cls._empty()'
            before.insert(0, start)
            before += [f'{made}._kept = shared'] if self.context else []
        call = {'__init__': 'self._call', 'classmethod': 'made._call'}.get(
            self.creates, 'self._call' if self.has_self else 'call')
        stop = 'token' if self.stop else 'None'
        tail = f', {stop}, lasts=True)' if self.function.blocking else ')'
        found = 'found = ' if any('found' in line for line in self.after) else ''
        closing = f'{"," if len(self.passed) == 1 else ""}){tail}'
        made_call = listed(f'{found}{call}(lib.{self.function.name}, (', self.passed, closing,
                           indent)
        head = []
        if self.creates == 'classmethod':
            head = ['    @classmethod']
        elif self.is_property:
            head = ['    @property']
        return ([''] if self.owner else ['', '']) + head + self.signature() + self.doc(indent) + [
            ' ' * indent + line for line in before] + made_call + [
                ' ' * indent + line for line in self.after]

    def doc(self, indent):
        lines = docstring(self.words(self.function.doc), indent)
        rest = [line for text in self.docs for line in hanging(text, indent)]
        raised = [f'{camel(code)}Error: {one_line(why)}' if why else f'{camel(code)}Error'
                  for code, why in self.function.errors.items()]
        raised += [f'what {name}() raises' for name in self.function.errors_as]
        if raised:
            rest += hanging(self.words(f'Raises {"; ".join(raised)}'), indent)
        if not rest:
            return lines
        lines[-1] = lines[-1].removesuffix('"""')
        return lines + [''] + rest + [' ' * indent + '"""']


def module(interface, owner, stem, calls):
    title = f'The methods of {camel(owner.name)}.' if owner else 'Functions of no object.'
    body = []
    if owner is not None:
        body += ['', '', f'_Self = TypeVar("_Self", bound="{camel(owner.name)}")'] \
            if any(c.creates == 'classmethod' for c in calls) else []
        body += ['', '', f'class {camel(owner.name)}(Handle):', *docstring(owner.doc, 4),
                 f'    _kind = _raw.{owner.name}', f'    _destroy = lib.{owner.destroy}']
    for call in calls:
        body += call.lines()
    head = [HEAD.format(title), *imports(interface, '\n'.join(body), calls)]
    return '\n'.join([*head, *body, ''])


# Where the names that a module may use come from.
SOURCES = {
    'ctypes': ('c_char_p', 'c_int32', 'c_size_t'),
    'typing': ('Any', 'Dict', 'Optional', 'TYPE_CHECKING', 'Type', 'TypeVar', 'Union'),
    '.': ('_raw',),
    '._api_stop': ('Stop',),
    '._buffers': ('Array', 'BatchArray', 'TensorViewArray', 'array_of_batch',
                  'array_of_tensor_view', 'check_length', 'in_place', 'length_of',
                  'optional_in_place'),
    '._calls': ('call', 'spare_stop'),
    '._context': ('Context', 'context_of'),
    '._handles': ('Handle', 'Path', 'as_bytes', 'encoded', 'given_bytes', 'given_json',
                  'given_text', 'lent_text', 'optional_encoded', 'optional_path', 'path_bytes'),
    '._library': ('lib',),
}


def imports(interface, body, calls):
    """Import lines for what the body uses. Other classes are those with what was added by hand, and
    they need this module first: they are imported where they are made."""
    code = re.sub(r'""".*?"""', '', body, flags=re.S)
    later = sorted(set().union(*(c.uses for c in calls)))
    code += '\nif TYPE_CHECKING:\n' if later else ''
    values = [camel(e.name) for e in [*public(interface, 'enum'), *filled_in(interface)]]
    lines = []
    for source, names in {**SOURCES, '._values': (*values, 'text', 'optional_text')}.items():
        used = [n for n in names if re.search(rf'(?<![\w."]){n}\b(?!=|:(?! *\n))', code)
                and f'class {n}(' not in code]
        lines += import_lines(source, used) if used else []
        lines += [''] if source == 'typing' else []
    plain = {'World': '._api_world'}  # nothing was added to it by hand
    by_source = {}
    for name in later:
        by_source.setdefault(plain.get(name, '._objects'), []).append(name)
    return lines + (['', 'if TYPE_CHECKING:', *(f'    from {source} import {", ".join(names)}'
                                                for source, names in sorted(by_source.items()))]
                    if later else [])
