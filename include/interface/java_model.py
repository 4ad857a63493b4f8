# SPDX-License-Identifier: Apache-2.0
"""How what the description says crosses to Java: the types of Java, of JNI and of the JVM for each
parameter, field and result. emit_java.py writes Java of it, java_glue.py writes C."""
import re
from dataclasses import dataclass

import description
from c_types import BUILTIN_BYTES

PACKAGE = 'dev.raddle'
# C -> (Java, JNI, JVM)
SCALARS = {
    'int8_t': ('byte', 'jbyte', 'B'), 'uint8_t': ('byte', 'jbyte', 'B'),
    'int16_t': ('short', 'jshort', 'S'), 'uint16_t': ('short', 'jshort', 'S'),
    'int32_t': ('int', 'jint', 'I'), 'uint32_t': ('int', 'jint', 'I'),
    'int64_t': ('long', 'jlong', 'J'), 'uint64_t': ('long', 'jlong', 'J'),
    'size_t': ('long', 'jlong', 'J'), 'float': ('float', 'jfloat', 'F'),
    'double': ('double', 'jdouble', 'D'),
}
OBJECTS = {'String': 'Ljava/lang/String;', 'Path': 'Ljava/nio/file/Path;',
           'ByteBuffer': 'Ljava/nio/ByteBuffer;'}
TEXTS = {'utf8': ('text', 'String'), 'path': ('path', 'Path'), 'bytes': ('bytes', 'byte[]')}


@dataclass
class Value:
    """One thing that crosses."""
    item: object   # of the description
    kind: str      # handle scalar flag text path bytes struct structs array buffer address fixed
                   # callback kept
    java: str      # 'int[]'
    user_data: object = None  # of a callback: the parameter that comes back

    @property
    def name(self):
        return camel(self.item.name.removeprefix('out_'))

    @property
    def jvm(self):
        """'[I'"""
        if self.java.endswith('[]'):
            return '[' + jvm(self.java.removesuffix('[]'))
        return jvm(self.java)

    @property
    def jni(self):
        if self.java.endswith('[]'):
            return {'int[]': 'jintArray', 'long[]': 'jlongArray', 'float[]': 'jfloatArray',
                    'double[]': 'jdoubleArray', 'byte[]': 'jbyteArray'}.get(self.java,
                                                                            'jobjectArray')
        if self.java == 'String':
            return 'jstring'
        return next((j for name, j, _ in _ALL_SCALARS if name == self.java), 'jobject')

    @property
    def is_object(self):
        return self.java.endswith('[]') or self.java[0].isupper()


_ALL_SCALARS = [*SCALARS.values(), ('boolean', 'jboolean', 'Z'), ('void', 'void', 'V')]


def jvm(java):
    scalar = next((s for name, _, s in _ALL_SCALARS if name == java), None)
    return scalar or OBJECTS.get(java) or f'L{PACKAGE.replace(".", "/")}/{java.replace(".", "$")};'


def camel(name):
    first, *rest = name.split('_')
    return first + ''.join(word[:1].upper() + word[1:] for word in rest)


def title(name):
    """'raddle_train_result_t' -> 'TrainResult'"""
    name = camel(re.sub(r'^raddle_|_t$', '', name))
    return name[:1].upper() + name[1:]


def callback_title(name):
    return title(name).removesuffix('Callback')


def is_object(struct):
    """Whether it is handed over with a function that frees it, and so known by its address."""
    return bool(struct.destroy)


class Model:
    """What of an interface Java gets: all that functions that are not internal lead to."""

    def __init__(self, interface):
        self.interface = interface
        inits = {s.name.removesuffix('_t') + '_init' for s in interface.of_kind('struct')
                 if description.is_filled_by_callers(s)}
        self.functions = [f for f in interface.of_kind('function')
                          if f.stability != 'internal' and f.name not in inits
                          and not any(self._of_the_glue(p) for p in f.params)]
        self.read, self.made, self.arrays, self.callbacks = set(), set(), set(), []
        for function in self.functions:
            self._follow(function)
        self.structs = [s for s in interface.of_kind('struct')
                        if s.name in self.read | self.made]
        calls = [*self.functions, *self.callbacks]
        named = {item.type.base for entry in calls for item in (*entry.params, entry.returns)}
        named |= {field.type.base for struct in self.structs for field in struct.fields}
        self.enums = [e for e in interface.of_kind('enum') if e.name in named]

    def _of_the_glue(self, param):
        """Statuses become exceptions and texts become Strings before Java sees them."""
        target = self.entry(param.type)
        is_status = target is not None and target.kind == 'handle' and target.pointer
        return is_status or (param.type.base == 'char' and param.own == 'taken')

    def entry(self, c_type):
        return self.interface.entries.get(c_type.base)

    def builtin(self, c_type):
        """'int32_t' of an enum or an alias of it."""
        while c_type.base not in BUILTIN_BYTES:
            c_type = self.entry(c_type).type
        return c_type.base

    def _follow(self, entry):
        for param in entry.params:
            target = self.entry(param.type)
            if target is None:
                continue
            if target.kind == 'callback' and target not in self.callbacks:
                self.callbacks.append(target)
                self._follow(target)
            if target.kind == 'struct' and not is_object(target):
                to_java = (param.direction == 'out') != (entry.kind == 'callback'
                                                         and param.direction == 'in')
                self._follow_struct(target, self.made if to_java else self.read)
                if param.length:
                    self.arrays.add(target.name)

    def _follow_struct(self, struct, group):
        group.add(struct.name)
        for field in struct.fields:
            target = self.entry(field.type)
            if target is not None and target.kind == 'struct':
                self._follow_struct(target, group)
            if target is not None and target.kind == 'callback' \
                    and target not in self.callbacks:
                self.callbacks.append(target)
                self._follow(target)

    # ---- one thing that crosses ----

    def value(self, item):
        """The Value of a parameter, field or result; None if Java need not see it."""
        c_type, target = item.type, self.entry(item.type)
        scalar = target is None or target.kind in ('enum', 'alias')
        if c_type.base == 'char':
            return Value(item, *TEXTS[item.encoding])
        if target is not None and target.kind == 'callback':
            kept = item.own == 'kept'
            return Value(item, 'kept' if kept else 'callback',
                         'long' if kept else f'Callbacks.{callback_title(target.name)}')
        if target is not None and target.kind == 'handle':
            return Value(item, 'handle', 'long')
        if target is not None and target.kind == 'struct':
            if is_object(target):
                return Value(item, 'address', 'long')
            name = self.record(target)
            return Value(item, 'structs' if item.length else 'struct',
                         name + ('[]' if item.length else ''))
        if c_type.base == 'void':
            return Value(item, 'buffer', 'ByteBuffer') if item.length else \
                Value(item, 'address', 'long')
        java = SCALARS[self.builtin(c_type)][0]
        if item.facts.get('array'):
            return Value(item, 'fixed', java + '[]')
        if c_type.depth and item.length:
            return Value(item, 'array', java + '[]')
        assert scalar, item.name
        return Value(item, 'scalar', java)

    def components(self, struct):
        """The fields that its record has. What says how long something is comes from that thing in
        Java."""
        lengths = {f.length.split(' ')[0] for f in struct.fields if f.length}
        found = []
        for field in struct.fields:
            if field.name in lengths or field.name.startswith('reserved') or \
                    field.own == 'opaque':
                continue
            value = self.value(field)
            if field.flag:
                value = Value(field, 'flag', 'boolean')
            found.append(value)
        return found

    def is_raw(self, struct):
        """Whether its record holds addresses or numbers of an enum, which users should not see."""
        for field in struct.fields:
            target = self.entry(field.type)
            if field.type.base == 'void' or (target is not None and target.kind == 'enum'):
                return True
        return False

    def record(self, struct):
        return ('Raw' if self.is_raw(struct) else '') + title(struct.name)

    # ---- parameters ----

    def parameters(self, entry):
        """[Value] of what Java passes, and [Value] of what it gets back."""
        passed, results, skipped = [], [], set()
        lengths = {p.length.split(' ')[0] for p in entry.params if p.length}
        for place, param in enumerate(entry.params):
            if param.name in lengths or place in skipped:
                continue
            value = self.value(param)
            if value.kind in ('callback', 'kept'):
                value.user_data = entry.params[place + 1]
                skipped.add(place + 1)
            if param.direction == 'out' and value.kind not in ('array', 'buffer'):
                results.append(value)
            elif param.own != 'opaque':
                passed.append(value)
        return passed, results

    def variants(self, function):
        """[(Java's name, [passed], result or None)]: where several results may be asked for, each
        has a native of its own."""
        passed, results = self.parameters(function)
        name = camel(function.name.removeprefix('raddle_'))
        if len(results) < 2:
            return [(name, passed, results[0] if results else self.returned(function))]
        assert all(r.item.null is not None for r in results), function.name
        return [(name + r.name[:1].upper() + r.name[1:], passed, r) for r in results]

    def returned(self, function):
        """The Value of what a function that cannot fail returns."""
        kind = str(function.returns.type)
        if kind in ('void', 'raddle_status_t'):
            return None
        return self.value(description.Item(function.returns.facts | {'name': 'result'}))
