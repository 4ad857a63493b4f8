# SPDX-License-Identifier: Apache-2.0
"""The methods of Java's classes that are a call and nothing else: checked, documented and run as
the description says. What needs a listener, a stream or a choice is written by hand on top."""
import re
import textwrap

from java_model import camel, title
from validate import error_codes

# What only the layer above knows how to show: raw memory, callbacks, arrays that are filled in.
_BY_HAND = ('callback', 'kept', 'buffer', 'address', 'bytes')


def classes(model):
    """{class: ([(function, Java's name of the native, passed, result)], whether that is all)}"""
    found, by_hand = {}, set()
    for function in model.functions:
        for native, passed, result in model.variants(function):
            owner = _owner(model, function, passed, result)
            if owner:
                found.setdefault(owner, []).append((function, native, passed, result))
            elif not function.name.endswith('_destroy'):
                by_hand.add(title(function.name.split('_')[1]))
    return {name: (methods, name not in by_hand) for name, methods in found.items()}


def _owner(model, function, passed, result):
    """The class that has the method; None: it is none, or is written by hand."""
    values = [*passed, *([result] if result else [])]
    if any(v.kind in _BY_HAND or v.java.startswith('Raw') for v in values) or \
            any(v.kind == 'array' and v.item.direction == 'out' for v in values):
        return None
    handles = [v for v in passed if v.kind == 'handle' and v.name != 'stop']
    if any(v.item.direction == 'inout' for v in handles):
        return None
    arrays = [v for v in passed if v.kind in ('array', 'structs')]
    if len(arrays) > 1 and any(v.item.null is not None for v in arrays):
        return None
    if result and result.kind == 'handle':
        on_context = all(title(v.item.type.base) in ('Context', 'Config', 'Graph') for v in handles)
        is_given = result.item.own == 'given' and result.item.type.base != 'raddle_stop_t'
        return title(result.item.type.base) if is_given and on_context else None
    if not handles:
        return None
    first = title(handles[0].item.type.base)
    subject = title(function.name.split('_')[1])
    return None if first == 'Operation' else subject


def is_static(function, passed, result):
    """Whether it is no call on an object of its class."""
    subject = title(function.name.split('_')[1])
    return not passed or (result and result.kind == 'handle') or \
        title(passed[0].item.type.base) != subject


def is_exclusive(model, name):
    """Whether C lends texts of its object until it changes, so that calls must not overlap."""
    owner = name[:1].lower() + name[1:]
    return any(p.own == 'lent' and p.until == f'{owner}.change' and p.type.base == 'char'
               for f in model.functions for p in f.params)


def method_name(function):
    words = function.name.split('_')[2:]
    return camel('_'.join(words[1:] if words[0] == 'get' and words[1:] else words))


# ---- text ------------------------------------------------------------------------------------ #

def java_words(text):
    """Javadoc with Java's names for what it mentions."""
    text = re.sub(r'raddle_([a-z]+)_(\w+?)\(\)', lambda m: f'{{@code {title(m.group(1))}.'
                  f'{camel(m.group(2).removeprefix("get_"))}}}', text)
    text = re.sub(r'\braddle_(\w+)_t\b', lambda m: f'{{@code {title(m.group(1))}}}', text)
    text = re.sub(r'\{@code stop\} was (set|cancelled)',
                  'a {@link StopToken} or an interrupt ends it', text)
    return re.sub(r'\bNULL\b', 'null', text)


def tags(model, function, shown, result, static, emit):
    said_of = lambda doc: java_words(emit.plain(doc)).removesuffix('.')
    codes = {v.name.removeprefix('RADDLE_'): v.doc
             for v in model.interface.entries[emit.CODES].values}
    lines = []
    for value in shown:
        said = said_of(value.item.doc) or value.item.name.replace('_', ' ')
        null = f'; null: {said_of(value.item.null)}' if value.item.null is not None else ''
        if value.kind != 'handle' or value.item.doc or null:
            lines.append(f'@param {value.name} {said}{null}')
    if result:
        name = result.item.name.removeprefix('out_').replace('_', ' ')
        doc = '' if result.kind == 'handle' else said_of(result.item.doc)
        lines.append(f'@return {doc or "the " + name}')
    elif not static:
        lines.append('@return this')
    for code, why in error_codes(model.interface, function).items():
        lines.append(f'@throws {title(code.lower())}Exception {said_of(why or codes[code])}')
    return lines


def body(model, function, native, passed, result, static):
    """Lines of the method's body."""
    handles = [v for v in passed if v.kind == 'handle' and v.name != 'stop']
    own = None if static else passed[0]
    arguments = []
    for value in passed:
        if value.name == 'stop':
            arguments.append('stop')
        elif value is own:
            arguments.append('pointer')
        elif value.kind == 'handle':
            arguments.append(f'of({value.name})' if value.item.null is not None
                             else f'{value.name}.pointer')
        else:
            arguments.append(value.name + ('.value()' if enum_of(model, value) else ''))
    call = f'Native.{native}({", ".join(arguments)})'
    if result and result.kind == 'handle':
        context = next((v.name for v in handles if title(v.item.type.base) == 'Context'), 'null')
        call = f'new {title(result.item.type.base)}({call}, {context})'
    used = ', '.join('this' if v is own else v.name for v in handles)
    if not handles:
        return [f'return {call};']
    lambda_of = 'stop' if 'stop' in arguments else '()'
    if not result:
        return [f'Work.run({lambda_of} -> {{', f'    {call};', '    return null;', f'}}, {used});']
    return [f'return Work.run({lambda_of} -> {call}, {used});']


def enum_of(model, value):
    """The Java enum that a number stands for, or None."""
    target = model.entry(value.item.type)
    return title(target.name) if target is not None and target.kind == 'enum' else None


def shown_parameters(passed, static):
    """What callers give, the last array at the end, where Java takes any number of values."""
    shown = [v for v in passed if v.name != 'stop'][0 if static else 1:]
    arrays = [v for v in shown if v.kind in ('array', 'structs')]
    if arrays:
        shown = [v for v in shown if v is not arrays[-1]] + [arrays[-1]]
    return shown, arrays[-1] if arrays else None


def parameter(model, value, many):
    if value.kind == 'handle':
        return f'{title(value.item.type.base)} {value.name}'
    java = enum_of(model, value) or value.java
    return f'{java.removesuffix("[]")}... {value.name}' if value is many else f'{java} {value.name}'


def method(model, name, one, whole, emit):
    """Lines of one method of class `name`, or of what that extends if this is not `whole`."""
    function, native, passed, result = one
    static = is_static(function, passed, result)
    shown, many = shown_parameters(passed, static)
    returns = name if not result and not static else 'void' if not result else \
        title(result.item.type.base) if result.kind == 'handle' else result.java
    prose = java_words(emit.plain(function.doc))
    lines = emit.comment(prose, tags(model, function, shown, result, static, emit), '    ')
    lines += emit.wrapped(f'public {"static " if static else ""}{returns} {method_name(function)}(',
                          [parameter(model, v, many) for v in shown], ') {', '    ')
    text = body(model, function, native, passed, result, static)
    if not result and not static:
        text.append('return this;' if whole else f'return ({name}) this;')
    if is_exclusive(model, name) and not static:
        text = ['synchronized (lock) {', *[f'    {line}' for line in text], '}']
    for line in text:
        lines += _broken(' ' * 8 + line)
    return [*lines, '    }']


def _broken(line):
    """`line` in several where it is too long."""
    if len(line) <= 100:
        return [line]
    indent = line[:len(line) - len(line.lstrip())]
    return textwrap.wrap(line.lstrip(), 100, initial_indent=indent,
                         subsequent_indent=indent + ' ' * 8, break_on_hyphens=False,
                         break_long_words=False)


def render(model, name, methods, whole, emit):
    """(the class's name, its text): the class itself if this is all of it, else what it extends."""
    target = model.interface.entries.get(f'raddle_{name.lower()}_t')
    made = name if whole else f'{name}Calls'
    uses_paths = any('Path' in v.java for _, _, p, r in methods for v in [*p, *([r] if r else [])])
    imports = ['import java.nio.file.Path;'] if uses_paths else []
    imports += ['import java.util.function.LongConsumer;'] if target and not whole else []
    said = target.doc if target else \
        next(h.summary for h in model.interface.headers if h.name == f'{name.lower()}.h') + '.'
    prose = java_words(emit.plain(said)) if whole else \
        f'The calls of {{@link {name}}} that need no thought.'
    kind = 'public final' if whole else 'abstract'
    lines = [emit.HEAD, *imports, *([''] if imports else []),
             *emit.comment(prose[:1].upper() + prose[1:]),
             f'{kind} class {made}{" extends NativeObject" if target else ""} {{',
             *(_constructors(model, name, target, whole) if target else
               [f'    {"private " if whole else ""}{made}() {{', '    }'])]
    for one in methods:
        lines += ['', *method(model, name, one, whole, emit)]
    return made, '\n'.join([*lines, '}', ''])


def _constructors(model, name, target, whole):
    if whole:
        destroy = camel(target.destroy.removeprefix('raddle_'))
        return [f'    {name}(long pointer, NativeObject owner) {{',
                f'        super("{name.lower()}", pointer, Native::{destroy}, owner);', '    }']
    lock = ['    final Object lock = new Object(); // texts are lent until the next call',
            ''] if is_exclusive(model, name) else []
    return [*lock, f'    {name}Calls(long pointer, LongConsumer destroy, NativeObject owner) {{',
            f'        super("{name.lower()}", pointer, destroy, owner);', '    }', '',
            '    /** What another object holds. */',
            f'    {name}Calls(long pointer, NativeObject lender) {{',
            '        super(pointer, lender);', '    }']
