# SPDX-License-Identifier: Apache-2.0
"""The JNI side of Java's raw layer: a C function for each native, records made of structs and read
into them, and functions of C that call Java's callbacks. bindings/java/native/support.h has what
they stand on."""
from java_model import PACKAGE, callback_title, camel, jvm, title

HEAD = ('/* SPDX-License-Identifier: Apache-2.0 */\n'
        '/* Generated from include/interface by emit_java.py. */\n')
STRUCTS = '#include "bindings/java/native/structs.h"'
SUPPORT = '#include "bindings/java/native/support.h"'


def snake(struct):
    return struct.name.removeprefix('raddle_').removesuffix('_t')


# ---- structs --------------------------------------------------------------------------------- #

def structs_header(model):
    lines = [HEAD + '#pragma once', SUPPORT, '',
             'int rj_load_structs(JNIEnv* env);']
    for struct in model.structs:
        if struct.name in model.made:
            lines.append(_new_head(struct) + ';')
        if struct.name in model.read:
            lines.append(_read_head(struct) + ';')
        if struct.name in model.arrays:
            lines.append(_array_head(struct) + ';')
    lines += ['', 'int rj_load_callbacks(JNIEnv* env);']
    for callback in model.callbacks:
        lines.append(_trampoline_head(model, callback) + ';')
    return '\n'.join([*lines, ''])


def structs_source(model):
    lines = [HEAD + STRUCTS, '']
    for struct in model.structs:
        lines += _type(model, struct)
    lines += ['static rj_type* const types[] = {' +
              ', '.join(f'&{snake(s)}_type' for s in model.structs) + '};', '',
              'int rj_load_structs(JNIEnv* env) {',
              '  return rj_load_types(env, types, sizeof(types) / sizeof(types[0]));', '}', '']
    for struct in model.structs:
        if struct.name in model.made:
            lines += _new(model, struct)
        if struct.name in model.read:
            lines += _read(model, struct)
        if struct.name in model.arrays:
            lines += _read_array(model, struct)
    return '\n'.join(lines)


def _type(model, struct):
    parts = model.components(struct)
    fields = ', '.join(f'{{"{p.name}", "{p.jvm}", NULL}}' for p in parts)
    name = f'{PACKAGE.replace(".", "/")}/{model.record(struct)}'
    shape = ['(' + ''.join(p.jvm for p in parts[:4])]  # in pieces that fit into lines of C
    shape += [''.join(p.jvm for p in parts[i:i + 4]) for i in range(4, len(parts), 4)]
    shape = '" "'.join(shape) + ')V'
    return [f'static rj_field {snake(struct)}_fields[] = {{{fields}}};',
            f'static rj_type {snake(struct)}_type = {{"{name}", "{shape}", NULL, NULL, '
            f'{snake(struct)}_fields, {len(parts)}}};', '']


def _new_head(struct):
    return f'jobject rj_new_{snake(struct)}(JNIEnv* env, const {struct.name}* in)'


def _new(model, struct):
    lines, values = [], []
    for part in model.components(struct):
        value = to_java(model, part, f'in->{part.item.name}',
                        f'in->{part.item.length}' if part.item.length else '')
        if part.is_object:
            lines.append(f'  {part.jni} {part.item.name} = {value};')
            value = part.item.name
        values.append(value)
    made = f'(*env)->NewObject(env, {snake(struct)}_type.id, {snake(struct)}_type.make, ' \
           f'{", ".join(values)})'
    return [_new_head(struct) + ' {', '  if (in == NULL) return NULL;', *lines,
            '  if ((*env)->ExceptionCheck(env)) return NULL;', f'  return {made};', '}', '']


def to_java(model, part, place, length):
    """The C expression that makes Java's value of what lies at `place`, to which a struct's is a
    pointer."""
    if part.kind == 'text':
        return f'rj_new_text(env, {place})'
    if part.kind == 'path':
        return f'rj_new_path(env, {place})'
    if part.kind == 'bytes':
        return f'rj_new_bytes(env, {place}, {length})'
    if part.kind == 'struct':
        return f'rj_new_{snake(model.entry(part.item.type))}(env, {place})'
    if part.kind == 'fixed':
        return f'rj_new_longs(env, {place}, sizeof({place}) / sizeof({place}[0]))'
    if part.kind == 'array':
        return f'rj_new_{part.java.removesuffix("[]")}s(env, {place}, {length})'
    if part.kind in ('handle', 'address'):
        return f'rj_address({place})'
    if part.kind == 'flag':
        return f'(jboolean)({place} != 0)'
    assert part.kind == 'scalar', (part.kind, place)
    return f'({part.jni}){place}'


def _read_head(struct):
    return f'void rj_read_{snake(struct)}(rj_frame* frame, jobject in, {struct.name}* out)'


def _read(model, struct):
    counts = sorted({f.length.split(' ')[0] for f in struct.fields if f.length})
    lines = [_read_head(struct) + ' {', f'  const rj_field* fields = {snake(struct)}_fields;',
             *([f'  int64_t {c} = RJ_UNKNOWN;' for c in counts]),
             f'  {struct.name.removesuffix("_t")}_init(out, sizeof(*out));']
    for place, part in enumerate(model.components(struct)):
        lines.append('  ' + _read_field(model, part, f'fields[{place}].id'))
    lines += [f'  out->{c} = rj_count({c});' for c in counts]
    for field in struct.fields:
        target = model.entry(field.type)
        if target is not None and target.kind == 'callback':
            user = struct.fields[struct.fields.index(field) + 1].name
            lines.append(f'  if (out->{user} != NULL) out->{field.name} = '
                         f'{_trampoline_name(target)};')
    return lines + ['}', '']


def _read_field(model, part, field):
    name = part.item.name
    if part.kind == 'kept':
        struct_field = f'rj_get_long(frame, in, {field})'
        return f'out->{_user_data(model, part)} = (void*)(intptr_t){struct_field};'
    if part.kind == 'address':
        return f'out->{name} = (void*)(intptr_t)rj_get_long(frame, in, {field});'
    if part.kind in ('text', 'path'):
        return f'out->{name} = rj_{part.kind}(frame, rj_get_object(frame, in, {field}));'
    if part.kind == 'fixed':
        return f'rj_copy_longs(frame, rj_get_object(frame, in, {field}), out->{name}, ' \
               f'sizeof(out->{name}) / sizeof(out->{name}[0]), "{part.name}");'
    if part.kind == 'array':
        count, _, more = part.item.length.partition(' + ')
        return f'out->{name} = {array(part, f"rj_get_object(frame, in, {field})", count, more)};'
    assert part.kind in ('scalar', 'flag'), part.kind
    kind = {'int': 'int', 'long': 'long', 'double': 'double', 'boolean': 'boolean'}[part.java]
    return f'out->{name} = rj_get_{kind}(frame, in, {field});'


def _user_data(model, part):
    """The field after a callback, which comes back to it."""
    for struct in model.structs:
        if part.item in struct.fields:
            return struct.fields[struct.fields.index(part.item) + 1].name
    raise AssertionError(part.name)


def array(part, source, count, more, out=False):
    return f"rj_array(frame, {source}, '{jvm(part.java.removesuffix('[]'))}', {int(out)}, " \
           f'{more or 0}, &{count}, "{part.name}")'


def _array_head(struct):
    return f'const {struct.name}* rj_read_{snake(struct)}_array(rj_frame* frame, ' \
           'jobjectArray in, int64_t* count)'


def _read_array(model, struct):
    held = len(model.components(struct)) + 1
    return [_array_head(struct) + ' {',
            f'  {struct.name}* out = rj_array_memory(frame, in, sizeof(*out), {held}, count);',
            '  int64_t i;', '  for (i = 0; out != NULL && i < *count; ++i) {',
            '    jobject one = rj_element(frame, in, i);',
            '    if (one == NULL) return NULL;',
            f'    rj_read_{snake(struct)}(frame, one, out + i);', '  }', '  return out;', '}', '']


# ---- callbacks ------------------------------------------------------------------------------- #

def _trampoline_name(callback):
    return f'rj_on_{snake(callback).removesuffix("_callback")}'


def _trampoline_head(model, callback):
    params = ', '.join(f'{p.type} {p.name}' for p in callback.params)
    return f'{callback.returns.type} {_trampoline_name(callback)}({params})'


def callback_shape(model, callback):
    """(what Java's method takes, what it returns: a Value, a Java scalar or void)."""
    passed, _ = model.parameters(callback)
    filled = [v for v in passed if v.item.direction == 'inout']
    if filled:
        return [v for v in passed if v not in filled], filled[0]
    return passed, None


def callbacks_source(model):
    rows = []
    for callback in model.callbacks:
        passed, filled = callback_shape(model, callback)
        result = filled.jvm if filled else \
            'V' if str(callback.returns.type) == 'void' else 'I'
        name = f'{PACKAGE.replace(".", "/")}/Callbacks${callback_title(callback.name)}'
        rows.append(f'{{"{name}", "({"".join(v.jvm for v in passed)}){result}", NULL}}')
    lines = [HEAD + STRUCTS, '',
             'static rj_method methods[] = {' + ', '.join(rows) + '};', '',
             'int rj_load_callbacks(JNIEnv* env) {',
             '  return rj_load_methods(env, methods, sizeof(methods) / sizeof(methods[0]));',
             '}', '']
    for place, callback in enumerate(model.callbacks):
        lines += _trampoline(model, callback, f'methods[{place}].id')
    return '\n'.join(lines)


def _trampoline(model, callback, method):
    passed, filled = callback_shape(model, callback)
    user = next(p.name for p in callback.params if p.own == 'opaque')
    values = [to_java(model, v, v.item.name, v.item.length) for v in passed]
    objects = [(v, value) for v, value in zip(passed, values) if v.is_object]
    declared = [f'  {v.jni} {v.item.name}_in = {value};' for v, value in objects]
    values = [f'{v.item.name}_in' if v.is_object else value for v, value in zip(passed, values)]
    arguments = ''.join(f', {value}' for value in values)
    head = [_trampoline_head(model, callback) + ' {']
    if callback.threads == 'any':
        return head + ['  JNIEnv* env = rj_attach();', f'  jobject target = {user};',
                       '  if (env == NULL || (*env)->PushLocalFrame(env, RJ_LOCALS) != 0) return;',
                       *['  {', *declared, '  if (!(*env)->ExceptionCheck(env)) '
                         f'(*env)->CallVoidMethod(env, target, {method}{arguments});', '  }'],
                       '  if ((*env)->ExceptionCheck(env)) (*env)->ExceptionClear(env);',
                       '  (*env)->PopLocalFrame(env, NULL);', '}', '']
    call = f'(*env)->CallIntMethod(env, callback->target, {method}{arguments})'
    body = ['  jint result = 1;', '  JNIEnv* env = rj_enter(callback);',
            '  if (env == NULL) return 1;', '  {', *declared,
            f'  if (!(*env)->ExceptionCheck(env)) result = {call};', '  }']
    if filled:
        made = call.replace('CallIntMethod', 'CallObjectMethod')
        body = ['  jint result = 1;', '  JNIEnv* env = rj_enter(callback);', '  jobject made;',
                '  if (env == NULL) return 1;', f'  made = {made};',
                '  if (made != NULL && !(*env)->ExceptionCheck(env)) {',
                f'    rj_read_{snake(model.entry(filled.item.type))}(&callback->held, made, '
                f'{filled.item.name});', '    result = 0;', '  }']
    return head + [f'  rj_callback* callback = {user};', *body,
                   '  return rj_leave(callback) ? result : 1;', '}', '']


# ---- natives --------------------------------------------------------------------------------- #

def natives_source(model, header):
    lines = [HEAD + STRUCTS, '']
    for function in model.functions:
        if function.header == header.name:
            for variant in model.variants(function):
                lines += _native(model, function, *variant)
    return '\n'.join(lines) if len(lines) > 2 else ''


def _native(model, function, name, passed, result):
    arguments = ''.join(f', {v.jni} {v.item.name}' for v in passed)
    returns = result.jni if result else 'void'
    lines = [f'JNIEXPORT {returns} JNICALL Java_{PACKAGE.replace(".", "_")}_Native_{name}('
             f'JNIEnv* env, jclass native{arguments}) {{',
             '  rj_frame frame_ = {env, NULL, NULL, 0};', '  rj_frame* frame = &frame_;']
    if result:
        lines.append(f'  {result.jni} result = 0;')
    lengths = sorted({v.item.length.split(' ')[0] for v in passed if v.item.length})
    lines += [f'  int64_t {n} = RJ_UNKNOWN;' for n in lengths]
    arguments = []
    for param in function.params:
        declared, argument = _argument(model, function, passed, result, lengths, param)
        lines += [f'  {line}' for line in declared]
        arguments.append(argument)
    call = f'{function.name}({", ".join(arguments)})'
    lines += ['  (void)native;', '  if (rj_ready(frame)) {']
    lines += [f'    {line}' for line in _call(model, function, result, call)]
    lines += ['  }', *(f'  rj_end(&{v.item.name}_.held);' for v in passed if v.kind == 'callback')]
    return lines + ['  rj_end(frame);', *(['  return result;'] if result else []),
                    '}', '']


def _call(model, function, result, call):
    kind = str(function.returns.type)
    if kind == 'void':
        return [f'{call};']
    if kind != 'raddle_status_t':
        return [f'result = {to_java(model, result, call, "")};']
    lines = [f'rj_check(frame, {call});']
    if result:
        item = result.item
        by_value = result.kind == 'struct' and item.type.depth == 1
        made = to_java(model, result, f'{"&" if by_value else ""}{item.name}_', f'{item.length}_')
        lines.append(f'if (rj_ready(frame)) result = {made};')
        if item.own == 'given' and item.type.base == 'char':
            lines.append(f'{item.destroy}(&{item.name}_);')
    return lines


def _argument(model, function, passed, result, lengths, param):
    """(lines that declare what is passed, the expression)."""
    name = param.name
    if name in lengths:
        kind = '' if str(param.type) == 'int64_t' else f'({param.type})'
        return [], f'{kind}rj_count({name})'
    if param.own == 'opaque':
        return [], f'&{_owner_of(function, param)}_'
    value = model.value(param)
    kind = str(param.type)
    if value.kind == 'callback':
        return [f'rj_callback {name}_ = rj_callback_of(frame, {name});'], \
            f'{name} == NULL ? NULL : {_trampoline_name(model.entry(param.type))}'
    if param.direction == 'out' and value.kind not in ('array', 'buffer'):
        return _out(model, function, result, param, value)
    if value.kind == 'handle':
        if param.direction == 'inout':
            base = kind.removesuffix('*')
            return [f'{base} {name}_ = ({base})(intptr_t){name};'], f'&{name}_'
        return [], f'({kind})(intptr_t){name}'
    if value.kind == 'bytes':
        source = f"rj_array(frame, {name}, 'B', 0, 0, &{param.length}, \"{value.name}\")"
        return [f'const char* {name}_ = {source};'], f'{name}_'
    if value.kind in ('text', 'path'):
        return [f'const char* {name}_ = rj_{value.kind}(frame, {name});'], f'{name}_'
    if value.kind == 'array':
        count, _, more = param.length.partition(' + ')
        source = array(value, name, count, more, param.direction == 'out')
        return [f'{kind} {name}_ = {source};'], f'{name}_'
    if value.kind == 'buffer':
        return [f'{kind} {name}_ = rj_buffer(frame, {name}, &{param.length});'], f'{name}_'
    struct = model.entry(param.type)
    if value.kind == 'structs':
        return [f'{kind} {name}_ = rj_read_{snake(struct)}_array(frame, {name}, '
                f'&{param.length});'], f'{name}_'
    if value.kind == 'struct':
        return [f'{struct.name} {name}_;',
                f'if ({name} != NULL && rj_ready(frame)) rj_read_{snake(struct)}(frame, {name}, '
                f'&{name}_);'], f'{name} == NULL ? NULL : &{name}_'
    return [], f'({kind}){name}'


def _owner_of(function, param):
    """The callback before a user_data."""
    return function.params[function.params.index(param) - 1].name


def _out(model, function, result, param, value):
    name = f'{param.name}_'
    wanted = result is not None and param is result.item
    is_length = any(p.length == param.name for p in function.params)
    if not wanted and not is_length:
        return [], 'NULL'
    base = str(param.type).removesuffix('*')
    struct = model.entry(param.type)
    if value.kind == 'struct' and param.type.depth == 1:
        init = f'{base.removesuffix("_t")}_init(&{name}, sizeof({name}));'
        return [f'{base} {name};', init], f'&{name}'
    zero = 'NULL' if base.endswith('*') else '0'
    return [f'{base} {name} = {zero};'], f'&{name}'


def exceptions_source(model, codes):
    """The table from a code to the class of its exception."""
    rows = [f'[{v.value}] = {{"{PACKAGE.replace(".", "/")}/{exception_name(v)}", '
            '"(ILjava/lang/String;)V", NULL, NULL, NULL, 0}' for v in codes.values if v.value]
    return '\n'.join([HEAD + SUPPORT, '',
                      'rj_type rj_exceptions[] = {' + ', '.join(rows) + '};',
                      'const int rj_exception_count = sizeof(rj_exceptions) / '
                      'sizeof(rj_exceptions[0]);', ''])


def exception_name(value):
    return title(value.name.removeprefix('RADDLE_').lower()) + 'Exception'
