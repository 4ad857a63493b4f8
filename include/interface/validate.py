# SPDX-License-Identifier: Apache-2.0
"""What entries say about each other: types, lengths, owners and destroy functions exist and fit.
Each fault names the place, what is wrong, what was expected and what to do."""
import c_types
from schema import UNTIL


# Words in the name of a text that is likely to be a path.
_FILES = {'path', 'directory', 'file', 'folder', 'from', 'to'}


def faults(interface):
    found = []
    order = _order(interface)
    for entry in interface.of_kind('function', 'callback', 'struct', 'enum', 'handle', 'alias'):
        found += _CHECKS[entry.kind](interface, entry, order)
    return found + _carried(interface)


def _carried(interface):
    """A header comes after what carries it, whose types it may name."""
    names = [h.name for h in interface.headers]
    return [f'include/interface/interface.toml: {header.name} carries {name}, which is no header '
            f'after it; name one of {", ".join(names[i + 1:]) or "none"}'
            for i, header in enumerate(interface.headers) for name in header.carries
            if name not in names[i + 1:]]


def _order(interface):
    """name -> place, as the compiler meets them: by header, then in order."""
    return {name: i for i, name in enumerate(interface.entries)}


def _type(interface, entry, where, c_type, order):
    if c_type.base in c_types.BUILTIN_BYTES:
        if c_type.base == 'void' and c_type.depth == 0:
            return [f'{where}: nothing can be a void; use void*']
        return []
    target = interface.entries.get(c_type.base)
    kinds = ('struct', 'enum', 'callback', 'handle', 'alias')
    if target is None or target.kind not in kinds:
        return [f'{where}: there is no type "{c_type.base}"; expected one of C '
                f'({", ".join(c_types.BUILTIN_BYTES)}) or the name of a {", ".join(kinds)}']
    if order[target.name] > order[entry.name]:
        return [f'{where}: "{c_type.base}" is described later, at {target.where}; move it before '
                f'{entry.name}']
    if target.kind == 'handle' and not target.pointer and c_type.depth == 0:
        return [f'{where}: "{c_type.base}" is opaque and is only handed round by pointer']
    return []


def is_pointer(interface, c_type):
    """Whether a value of the type is a pointer, also one behind the name of a type."""
    target = interface.entries.get(c_type.base)
    named = target is not None and (target.kind == 'callback' or
                                    (target.kind == 'handle' and target.pointer))
    return c_type.depth > 0 or named


def _pointer(interface, item, siblings, owners):
    """Faults of what `item` says about its memory. `siblings` may hold its length, `owners` what it
    may be tied to."""
    found, where = [], item.where
    if item.facts.get('flag') and str(item.type) != 'int32_t':
        found.append(f'{where}: {item.type} is no "flag", which is an int32_t; delete the key')
    if not is_pointer(interface, item.type):
        for key in ('own', 'length', 'encoding', 'null'):
            if item.facts[key]:
                found.append(f'{where}: {item.type} is no pointer, so "{key}" says nothing; delete '
                             'the key')
        return found
    if item.own == 'given':
        found += _destroy(interface, item)
    owner, _, end = item.until.partition('.')
    if item.own in ('kept', 'lent') and not (owner in owners and end in UNTIL):
        found.append(f'{where}: {item.own}, and until is "{item.until}"; expected X.destroy or '
                     f'X.change, where X is one of {", ".join(owners) or "(none)"}')
    name, plus, more = item.length.partition(' + ')
    if item.length and (name not in siblings or (plus and not more.isdigit())):
        found.append(f'{where}: length is "{item.length}"; expected one of '
                     f'{", ".join(siblings) or "(none)"}')
    return found + _encoding(item)


def _destroy(interface, item):
    name, _, member = item.destroy.partition('.')
    target = interface.entries.get(name)
    fits = target is not None and (
        any(f.name == member for f in target.fields) if member and target.kind == 'struct'
        else target.kind == 'function')
    if fits:
        return []
    return [f'{item.where}: given, and destroy is "{item.destroy}"; expected the function that '
            'frees it, such as raddle_text_destroy']


def _encoding(item):
    texts = item.type.base == 'char'
    words = item.facts.get('name', '').split('_')
    is_array = item.type.depth == 2 and item.type.is_const and item.facts.get('direction') == 'in'
    unclear = (item.length and not is_array) or not _FILES.isdisjoint(words)
    if texts and not item.encoding and unclear:
        return [f'{item.where}: a text that may be bytes or a path, without "encoding"; expected '
                'utf8, path, or bytes with a length']
    if texts and not item.encoding:
        item.facts['encoding'] = 'utf8'
    if item.encoding and not texts:
        return [f'{item.where}: {item.type} is no text and has no "encoding"; delete the key']
    if item.encoding == 'bytes' and not item.length:
        return [f'{item.where}: encoding is bytes, and "length" is missing; name the parameter '
                'that says how many']
    return []


def _is_writable(interface, item):
    """Whether `item` leads to memory of the caller's that is not const."""
    target = interface.entries.get(item.type.base)
    is_handle = target is not None and target.kind == 'handle' and not target.pointer
    if item.type.depth > 1:
        return not item.type.pointers[-2]
    return item.type.depth == 1 and not (item.type.is_const or is_handle or item.own == 'opaque')


def _direction(interface, item):
    """Names and directions go together: out_x is written, everything else is read."""
    is_out = item.name.startswith('out_')
    if is_out != (item.direction == 'out'):
        return [f'{item.where}: the direction is {item.direction}; expected "out" for a name that '
                'begins with out_, and for no other']
    if item.direction != 'in' and (item.type.depth == 0 or
                                   (item.type.depth == 1 and item.type.is_const)):
        return [f'{item.where}: {item.type} cannot be written through; expected a pointer']
    if item.direction == 'in' and _is_writable(interface, item):
        return [f'{item.where}: {item.type} can be written through, and the direction is in; '
                'expected const, or a name that begins with out_']
    hands_out = item.direction == 'out' and item.type.depth > 1
    if hands_out and item.own not in ('given', 'lent', 'static'):
        return [f'{item.where}: hands out a pointer, and own is "{item.own}"; expected '
                'given (with destroy), lent (with until) or static']
    if item.direction == 'inout' and item.type.depth > 0 and not item.own:
        return [f'{item.where}: inout, and "own" is missing; say taken or borrowed']
    return []


def _params(interface, entry, params, order):
    found, names = [], [p.name for p in params]
    for name in {n for n in names if names.count(n) > 1}:
        found.append(f'{entry.where}: two parameters are called "{name}"')
    for item in params:
        found += _type(interface, entry, item.where, item.type, order)
        found += _pointer(interface, item, [n for n in names if n != item.name], names)
        found += _direction(interface, item)
        if entry.kind == 'function' and 'user_data' in item.name and item.own != 'opaque':
            found.append(f'{item.where}: expected own = "opaque"')
    return found


def _function(interface, entry, order):
    found = _params(interface, entry, entry.params, order)
    returns = entry.returns
    if str(returns.type) != 'void':
        found += _type(interface, entry, returns.where, returns.type, order)
        if returns.type.depth > 0:
            found += _pointer(interface, returns, [], [p.name for p in entry.params])
            if returns.own not in ('lent', 'static', 'given'):
                found.append(f'{returns.where}: returns a pointer, and own is '
                             f'"{returns.own}"; expected lent, static or given')
    if (entry.errors or entry.errors_as) and not fails(entry):
        found.append(f'{entry.where}: has errors and returns {returns.type}; expected '
                     'raddle_status_t, or no errors')
    for key in ('errors_as', 'cancel'):
        for name in entry.facts[key]:
            target = interface.entries.get(name)
            if target is None or target.kind != 'function':
                found.append(f'{entry.where}: {key} names "{name}", which is no function that is '
                             'described')
    return found


def _callback(interface, entry, order):
    found = _params(interface, entry, entry.params, order)
    if str(entry.returns.type) != 'void':
        found += _type(interface, entry, entry.returns.where, entry.returns.type, order)
    return found


def _struct(interface, entry, order):
    found, names = [], [f.name for f in entry.fields]
    for item in entry.fields:
        if item.params is not None:
            found += _params(interface, entry, item.params, order)
            continue
        found += _type(interface, entry, item.where, item.type, order)
        found += _pointer(interface, item, [n for n in names if n != item.name],
                          names + _objects(interface))
        target = interface.entries.get(item.array)
        if item.array and (target is None or target.kind != 'constant'):
            found.append(f'{item.where}: array is "{item.array}"; expected the name of a constant '
                         'that is described')
    if entry.growable and 'struct_size' in names:
        found.append(f'{entry.where}: growable adds struct_size by itself; delete the field')
    return found


def _objects(interface):
    """What a field may last as long as: an object, by its type without raddle_ and _t."""
    return [h.name.removeprefix('raddle_').removesuffix('_t') for h in interface.of_kind('handle')]


def _enum(interface, entry, order):
    found, seen = [], {}
    for item in entry.values:
        if item.value in seen:
            found.append(f'{item.where}: has the value {item.value}, as {seen[item.value]} has')
        seen[item.value] = item.name
    return found + _type(interface, entry, entry.where, entry.type, order)


def _handle(interface, entry, order):
    target = interface.entries.get(entry.destroy)
    if target is None or target.kind != 'function':
        return [f'{entry.where}: destroy is "{entry.destroy}", which is no function that is '
                'described']
    return []


def _alias(interface, entry, order):
    return _type(interface, entry, entry.where, entry.type, order)


_CHECKS = {'function': _function, 'callback': _callback, 'struct': _struct, 'enum': _enum,
           'handle': _handle, 'alias': _alias}


def fails(function):
    """Whether the function can fail: it returns a status."""
    return str(function.returns.type) == 'raddle_status_t'


def error_codes(interface, function, seen=()):
    """{code: when} that `function` can give, those of errors_as included; not what every call can
    (wrong NULLs, busy objects, no memory, a bug)."""
    codes = dict(function.errors)
    for name in function.errors_as:
        if name not in seen:
            other = error_codes(interface, interface.entries[name], (*seen, function.name))
            codes = {**other, **codes}
    return codes
