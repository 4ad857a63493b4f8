# SPDX-License-Identifier: Apache-2.0
"""Writes the raw layer of the Java binding: natives and their JNI glue, records of structs, enums,
exceptions of codes, and the shapes of callbacks."""
import re
import sys
import textwrap

import java_calls
import java_glue
import layouts
from java_model import PACKAGE, Model, callback_title, camel, title

JAVA = f'bindings/java/generated/{PACKAGE.replace(".", "/")}'
NATIVE = 'bindings/java/native'
HEAD = ('// SPDX-License-Identifier: Apache-2.0\n'
        '// Generated from include/interface by emit_java.py.\n'
        f'package {PACKAGE};\n')
CODES, SCOPES = 'raddle_code_t', 'raddle_scope_t'  # what a status says, and so an exception


def outputs(interface):
    model = Model(interface)
    codes = interface.entries[CODES]
    made = {f'{JAVA}/Native.java': _natives(model), f'{JAVA}/Callbacks.java': _callbacks(model)}
    for enum in model.enums:
        made[f'{JAVA}/{title(enum.name)}.java'] = _enum(enum)
    for struct in model.structs:
        made[f'{JAVA}/{model.record(struct)}.java'] = _record(model, struct)
    for value in codes.values:
        if value.value:
            made[f'{JAVA}/{java_glue.exception_name(value)}.java'] = _exception(value)
    for name, (methods, whole) in java_calls.classes(model).items():
        name, text = java_calls.render(model, name, methods, whole, sys.modules[__name__])
        made[f'{JAVA}/{name}.java'] = text
    made[f'{NATIVE}/structs.h'] = java_glue.structs_header(model)
    made[f'{NATIVE}/structs.c'] = java_glue.structs_source(model)
    made[f'{NATIVE}/callbacks.c'] = java_glue.callbacks_source(model)
    made[f'{NATIVE}/exceptions.c'] = java_glue.exceptions_source(model, codes)
    made[f'{NATIVE}/layout.c'] = layouts.render_assertions(interface)
    for header in interface.headers:
        text = java_glue.natives_source(model, header)
        if text:
            made[f'{NATIVE}/{header.name.removesuffix(".h")}.c'] = text
    return made


# ---- comments -------------------------------------------------------------------------------- #

def plain(doc):
    """Prose for javadoc, without what HTML or a comment would take for its own."""
    text = ' '.join(doc.split()).replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    text = text.replace('*/', '*&#47;').replace('@', '&#64;')
    return re.sub(r'`([^`]*)`', r'{@code \1}', text)


def sentence(doc):
    """The first sentence of `doc`."""
    first = plain(doc.strip().split('\n\n')[0])
    return re.split(r'(?<=[a-z)\]0-9])\. (?=[A-Z])', first)[0].rstrip('.') + '.'


def comment(text, tags=(), indent=''):
    """A javadoc comment."""
    width = 100 - len(indent) - len(' * ')
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    if not tags and len(lines) == 1 and len(indent) + len(lines[0]) + len('/**  */') <= 100:
        return [f'{indent}/** {lines[0]} */']
    lines += [''] if tags else []
    for tag in tags:
        lines += textwrap.wrap(tag, width, subsequent_indent='    ', break_long_words=False,
                               break_on_hyphens=False)
    return [f'{indent}/**', *[f'{indent} * {line}'.rstrip() for line in lines], f'{indent} */']


def meaning(part):
    """What a component is, in a few words."""
    item = part.item
    words = plain(item.doc) or part.item.name.replace('_', ' ')
    if part.kind == 'flag':
        words = re.sub(r'\b1: ', 'true: ', re.sub(r'\b0: ', 'false: ', words))
    return words + (f'; null: {plain(item.null)}' if item.null is not None else '')


def wrapped(head, parts, tail, indent):
    """`head` with `parts` in a list, broken where a line would be too long."""
    line = indent + head + ', '.join(parts) + tail
    if len(line) <= 100:
        return [line]
    whole = ', '.join(part.replace(' ', '\0') for part in parts) + tail.replace(' ', '\0')
    more = textwrap.wrap(whole, 100, break_on_hyphens=False, initial_indent=indent + ' ' * 8,
                         subsequent_indent=indent + ' ' * 8)
    return [indent + head] + [line.replace('\0', ' ') for line in more]


# ---- classes --------------------------------------------------------------------------------- #

def _natives(model):
    lines = [HEAD, 'import java.nio.ByteBuffer;', 'import java.nio.file.Path;', '',
             *comment('The C ABI: a handle is a long, and an error an exception.'),
             'final class Native {',
             *(f'    static final int {part} = {value};' for part, value in _version(model)), '',
             '    static {', '        NativeLibrary.load();', '    }', '',
             '    private Native() {', '    }']
    for function in model.functions:
        for name, passed, result in model.variants(function):
            lines += ['', *comment(sentence(function.doc), indent='    ')]
            parts = [f'{v.java} {v.name}' for v in passed]
            lines += wrapped(f'static native {result.java if result else "void"} {name}(', parts,
                             ');', '    ')
    return '\n'.join([*lines, '}', ''])


def _version(model):
    """Of the description, which the library's is compared with."""
    return [(part, model.interface.entries[f'RADDLE_VERSION_{part}'].value)
            for part in ('MAJOR', 'MINOR', 'PATCH')]


def _callbacks(model):
    lines = [HEAD, *comment('What the C ABI calls. An exception stops the call that calls back, '
                            'and comes out of it.'), 'interface Callbacks {']
    for callback in model.callbacks:
        passed, filled = java_glue.callback_shape(model, callback)
        returns = filled.java if filled else \
            'void' if str(callback.returns.type) == 'void' else 'int'
        said = sentence(callback.doc) + (' Null: there is none.' if filled else
                                         f' Returns {plain(callback.returns.doc)}.'
                                         if callback.returns.doc else '')
        lines += [*comment(said, indent='    '), '    @FunctionalInterface',
                  f'    interface {callback_title(callback.name)} {{',
                  *wrapped(f'{returns} call(', [f'{v.java} {v.name}' for v in passed], ');',
                           ' ' * 8), '    }', '']
    return '\n'.join([*lines[:-1], '}', ''])


def _enum(enum):
    names = [v.name for v in enum.values]
    prefix = names[0]
    while not all(n.startswith(prefix) for n in names):
        prefix = prefix[:-1]
    prefix = prefix[:prefix.rindex('_') + 1]
    name = title(enum.name)
    lines = [HEAD, *comment(sentence(enum.doc) if enum.doc else f'{name}.'),
             f'public enum {name} {{']
    for value in enum.values:
        constant = value.name.removeprefix(prefix)
        lines += comment(plain(value.doc) or f'{constant}.', indent='    ')
        lines.append(f'    {constant}({value.value}),')
    lines += ['    /** One that this version of the binding does not know. */',
              '    UNRECOGNIZED(-1);', '', '    private final int value;', '',
              f'    {name}(int value) {{', '        this.value = value;', '    }', '',
              *comment('The number that stands for it in the C ABI.', ['@return its number'],
                       '    '),
              '    public int value() {', '        return value;', '    }', '',
              f'    static {name} of(int value) {{', f'        for ({name} one : values()) {{',
              '            if (one.value == value) {', '                return one;',
              '            }', '        }', '        return UNRECOGNIZED;', '    }', '}', '']
    return '\n'.join(lines)


def _record(model, struct):
    parts, name = model.components(struct), model.record(struct)
    tags = [f'@param {p.name} {meaning(p)}' for p in parts]
    access = '' if model.is_raw(struct) else 'public '
    body = _withers(struct, parts, name) if struct.name in model.read and access else []
    imports = ['import java.nio.file.Path;', ''] if any(p.java == 'Path' for p in parts) else []
    said = f'A copy of what the C ABI hands out as {{@code {struct.name}}}.' \
        if struct.filled_by == 'library' else plain(struct.doc) or f'{name}.'
    return '\n'.join([HEAD, *imports, *comment(said, tags),
                      *wrapped(f'{access}record {name}(', [f'{p.java} {p.name}' for p in parts],
                               ') {', ''), *body, '}', ''])


def _default(part):
    if part.is_object:
        return 'null'
    return 'false' if part.kind == 'flag' else part.item.init or '0'


def _withers(struct, parts, name):
    """How callers make one: from what must be given, and copies with one part changed."""
    needed = [p for p in parts if p.is_object and p.item.null is None]
    first = [f'{p.java} {p.name}' for p in needed]
    values = [p.name if p in needed else _default(p) for p in parts]
    maker = 'of' if needed else 'defaults'
    lines = [*comment('With everything else at its default.' if needed else
                      'Everything at its default.',
                      [f'@param {p.name} {meaning(p)}' for p in needed] +
                      [f'@return the {name}'], '    '),
             f'    public static {name} {maker}({", ".join(first)}) {{',
             f'        return new {name}({", ".join(values)});', '    }']
    for part in parts:
        if part in needed:
            continue
        values = [p.name for p in parts]
        method = f'with{part.name[:1].upper()}{part.name[1:]}'
        lines += ['', *comment(f'A copy with another {{@code {part.name}}}.',
                               [f'@param {part.name} {meaning(part)}', '@return the copy'],
                               '    '),
                  f'    public {name} {method}({part.java} {part.name}) {{',
                  *wrapped(f'return new {name}(', values, ');', ' ' * 8), '    }']
    return lines


def _exception(value):
    name = java_glue.exception_name(value)
    code = value.name.removeprefix('RADDLE_')
    open_to_others = '' if code == 'CANCELLED' else 'final '
    return '\n'.join([HEAD, *comment(f'{{@link Code#{code}}}: {plain(value.doc)}.'),
                      f'public {open_to_others}class {name} extends RaddleException {{',
                      '    private static final long serialVersionUID = 1;', '',
                      f'    {name}(int scope, String message) {{',
                      f'        super(Code.{code}.value(), scope, message);', '    }', '}', ''])
