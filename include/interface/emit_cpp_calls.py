# SPDX-License-Identifier: Apache-2.0
"""The calls of the C++ wrapper whose form follows from the description: texts, arrays, structs of
values, handles and stops go in, and at most one result comes out. A call that takes a callback or
hands out anything else is written by hand; left_to_hand() names them.

A function belongs to the handle that its name begins with: raddle_plan_get_memory() is memory() of
PlanCalls, raddle_plan_create() is create() of PlanMakers, from which the class Plan derives. What
belongs to none is a function of the namespace."""
import comments
from c_types import BUILTIN_BYTES
from emit_cpp import class_name, cpp_file, is_enum, is_public, is_values
import words

FOLDER = 'bindings/cpp/include/raddle/cpp/calls'


class ByHand(Exception):
    """The function is none of those that this can write."""


def outputs(interface):
    made = {}
    for header in interface.headers:
        calls = [c for c in _calls(interface, header) if c]
        if calls:
            path = f'{FOLDER}/{header.name.removesuffix(".h")}.hpp'
            made[path] = _render(interface, header, calls)
    return made


def left_to_hand(interface):
    return [f.name for f in _candidates(interface) if _call(interface, f) is None]


def _candidates(interface):
    """All but what other generated code calls: X_init, X_destroy, the names of enums."""
    structs = {f'{s.name.removesuffix("_t")}_init' for s in interface.of_kind('struct')}
    handles = {h.destroy for h in interface.of_kind('handle')}
    return [f for f in interface.of_kind('function') if is_public(f) and
            f.name not in structs | handles and
            not any(is_enum(interface, p) and f.returns.type.depth for p in f.params[:1])]


def _calls(interface, header):
    known = {f.name for f in _candidates(interface)}
    return [_call(interface, f) for f in header.entries
            if f.kind == 'function' and f.name in known]


def _call(interface, function):
    try:
        return Call(interface, function)
    except ByHand:
        return None


class Call:
    """A function of C and its form in C++."""

    def __init__(self, interface, function):
        self.interface, self.function = interface, function
        self.signature, self.before, self.arguments = [], [], []
        self.result = None  # (C++ type, expression)
        self.after = []     # between the call and the look at its status
        self.needs = set()  # handles whose classes it names
        self.with_context = any(p.type.base == 'raddle_context_t' for p in function.params)
        self.owner = self._owner()
        first = function.params[0] if function.params else None
        self.is_method = (self.owner is not None and first is not None and
                          first.type.base == self.owner.name and first.type.depth == 1)
        self.lengths = self._lengths()
        for item in function.params[1:] if self.is_method else function.params:
            self._param(item)
        if self.is_method:
            self.arguments.insert(0, 'self().c()')
        self.fails = function.returns.type.base == 'raddle_status_t'
        self.returns = ((f'Result<{self.result[0]}>' if self.result else 'Status') if self.fails
                        else self._returned(function.returns))

    def _owner(self):
        owners = [h for h in self.interface.of_kind('handle') if not h.pointer and
                  self.function.name.startswith(h.name.removesuffix('_t') + '_')]
        return max(owners, key=lambda h: len(h.name)) if owners else None

    def _lengths(self):
        """parameter with a number of elements -> the one array that it is of"""
        found = {}
        for item in self.function.params:
            if item.length:
                if item.length in found or ' ' in item.length:
                    raise ByHand
                found[item.length] = item
        return found

    def _param(self, item):
        kind, name = item.type, item.name.removeprefix('out_')
        if item.name in self.lengths:
            return self._length(item)
        if item.direction == 'out' and not (item.length and item.length[:4] != 'out_'):
            return self._result(item)
        target = self.interface.entries.get(kind.base)
        if target is not None and target.kind == 'handle' and kind.depth == 1:
            return self._handle(item, target)
        if str(kind) == 'const char*':
            return self._text(item)
        if kind.depth == 1 and target is not None and target.kind == 'struct':
            return self._struct(item, target)
        if kind.depth == 1 and item.length and kind.base != 'void':
            const = 'const ' if kind.is_const else ''
            self._takes(f'Span<{const}{self._plain(kind.base)}> {name}')
            needed = kind.is_const and item.null is None
            return self.arguments.append(f'detail::not_null({name})' if needed else
                                         f'{name}.data()')
        if kind.depth == 0 and (target is None or target.kind in ('enum', 'alias')):
            self._takes(f'{self._plain(kind.base)} {name}')
            cast = is_enum(self.interface, item)
            return self.arguments.append(f'static_cast<{kind.base}>({name})' if cast else name)
        raise ByHand

    def _plain(self, base):
        """The C++ name of a number, an enum or an alias."""
        target = self.interface.entries.get(base)
        if base in BUILTIN_BYTES:
            return base if base in ('float', 'double') else f'std::{base}'
        if target.kind not in ('enum', 'alias'):
            raise ByHand
        return class_name(base)

    def _takes(self, declaration, default=''):
        self.signature.append((declaration, default))

    def _length(self, item):
        of = self.lengths[item.name]
        name = of.name.removeprefix('out_')
        self.arguments.append('&out_bytes' if item.direction == 'out' else
                              f'static_cast<{self._plain(item.type.base)}>({name}.size())')

    def _handle(self, item, target):
        self.needs.add(target.name)
        if target.name == 'raddle_stop_t':
            self._takes(f'StopRef {item.name}', '{}')
            self.arguments.append(f'{item.name}.c()')
        elif item.null is not None:
            self._takes(f'const {class_name(target.name)}* {item.name}', 'nullptr')
            self.arguments.append(f'{item.name} == nullptr ? nullptr : {item.name}->c()')
        else:
            self._takes(f'const {class_name(target.name)}& {item.name}')
            self.arguments.append(f'{item.name}.c()')

    def _text(self, item):
        name = item.name
        if item.length:
            self._takes(f'std::string_view {name}')
            return self.arguments.append(f'detail::not_null({name})')
        is_path = item.encoding == 'path'
        self._takes(f'const std::filesystem::path& {name}' if is_path else
                    f'std::string_view {name}', '{}' if item.null is not None else '')
        self.before += [f'const detail::CText c_{name}({name}{".native()" if is_path else ""});',
                        f'if (!c_{name}.ok()) return detail::zero_byte();']
        self.arguments.append(f'c_{name}.{"null_if_empty" if item.null is not None else "c_str"}()')

    def _struct(self, item, target):
        name, cpp = item.name, class_name(target.name)
        if not item.type.is_const:
            raise ByHand
        if item.length:
            self._takes(f'Span<const {cpp}> {name}')
            self.before += [f'auto c_{name} = detail::array_of<{target.name}>({name});',
                            f'if (!c_{name}.ok()) return c_{name}.status();']
            return self.arguments.append(f'c_{name}->data()')
        if not is_values(self.interface, target):
            raise ByHand
        self._takes(f'const {cpp}& {name}', '{}' if item.null is not None else '')
        self.before += [f'{target.name} c_{name};',
                        f'if (Status status = detail::to_c({name}, &c_{name}); !status.ok()) '
                        'return status;']
        self.arguments.append(f'&c_{name}')

    def _result(self, item):
        kind, name = item.type, item.name
        target = self.interface.entries.get(kind.base)
        if self.result is not None:
            raise ByHand
        text = 'std::filesystem::path' if item.encoding == 'path' else 'std::string'
        if str(kind) == 'char**' and item.own == 'given':
            self.before += [f'detail::OwnedText {name};']
            self.before += ['std::size_t out_bytes = 0;'] if item.length else []
            self.result = (text, f'{text}({name}.str({"&out_bytes" if item.length else ""}))')
            return self.arguments.append(f'{name}.out()')
        if str(kind) == 'const char**':
            self.before += [f'const char* {name} = nullptr;']
            self.result = (text, f'{text}({name})')
        elif kind.depth == 2 and target is not None and target.kind == 'handle':
            self.needs.add(target.name)
            cpp = 'Self' if target is self.owner else class_name(target.name)
            context = (', context' if self.with_context else
                       ', self().context()' if self.is_method else '')
            self.before += [f'{target.name}* {name} = nullptr;']
            self.result = (cpp, 'made')
            # Owned before anything can throw: a callback of the log's may have.
            self.after = [f'{cpp} made({name}{context});']
        elif kind.depth == 1 and target is not None and is_values(self.interface, target):
            self.before += [f'{target.name} {name};', f'detail::init(&{name});']
            self.result = (class_name(target.name), f'detail::from_c({name})')
        elif kind.depth == 1 and not item.length and kind.base != 'void':
            self.before += [f'{self._plain(kind.base)} {name} = {{}};']
            self.result = (self._plain(kind.base), name)
        else:
            raise ByHand
        self.arguments.append(f'&{name}')

    def text(self):
        function, returns = self.function, self.function.returns
        name = function.name.removeprefix('raddle_').replace('get_', '')
        if self.owner is not None:
            name = function.name.removeprefix(self.owner.name.removesuffix('_t') + '_')
            name = name.removeprefix('get_')
        call = f'{function.name}({", ".join(self.arguments)})'
        shown = self._doc()
        keen = 'inline ' if self.owner is None else '' if self.is_method else 'static '
        const = self._const() if self.is_method else ''
        noexcept = '' if self.fails else ' noexcept'
        lines = [*shown, f'{keen}{self.returns} {name}({self._parameters()}){const}{noexcept} {{']
        lines += self._body(call) if self.fails else [self._plain_return(call, returns)]
        return '\n'.join(lines + ['}']) + '\n'

    def _const(self):
        """In C++ what is const may be called from any thread, unless it says otherwise."""
        any_thread = self.function.threads in ('any', 'signal')
        return ' const' if any_thread or self.function.params[0].type.is_const else ''

    def _parameters(self):
        stops = [(d, v) for d, v in self.signature if d.startswith('StopRef')]
        rest = [(d, v) for d, v in self.signature if not d.startswith('StopRef')]
        shown, tail = [], True
        for declaration, default in reversed(rest + stops):
            tail = tail and bool(default)
            shown.insert(0, f'{declaration} = {default}' if tail else declaration)
        return ', '.join(shown)

    def _body(self, call):
        checks = self.is_method or self.with_context
        who = 'self()' if self.is_method else 'context'
        lines = list(self.before)
        if self.result and self.result[0] == 'Self' and not self.with_context:
            lines.insert(0, 'if (Status status = check_version(); !status.ok()) return status;')
        made = f'{who}.check({call})' if checks else f'Status({call})'
        if self.result is None:
            return lines + [f'return {made};']
        if self.after:
            lines += [f'const raddle_status_t taken = {call};', *self.after]
            made = f'{who}.check(taken)' if checks else 'Status(taken)'
        lines += [f'Status status = {made};' if checks or self.after else f'Status status({call});']
        return lines + ['if (!status.ok()) return status;', f'return {self.result[1]};']

    def _returned(self, returns):
        if str(returns.type) == 'const char*' and returns.null is None:
            return 'std::string_view'
        if returns.type.depth:
            raise ByHand
        return 'void' if returns.type.base == 'void' else self._plain(returns.type.base)

    def _plain_return(self, call, returns):
        if returns.type.base == 'void':
            return f'{call};'
        return (f'return static_cast<{self._plain(returns.type.base)}>({call});'
                if is_enum(self.interface, returns) else f'return {call};')

    def _doc(self):
        width = comments.COLUMNS - len('  // ')
        hidden = set(self.lengths) | ({self.function.params[0].name} if self.is_method else set())
        rows = [(label.removeprefix('out_'), text) for label, text in
                words.function_rows(self.interface, self.function)
                if label not in hidden | {'Since', 'Cancel'} and not label.startswith('out_')
                and not (label == 'stop')]
        rows = [(label, text.replace('; NULL:', '; left out:').replace('NULL:', 'left out:')
                 if isinstance(text, str) else text) for label, text in rows]
        lines = comments.paragraphs(self.function.doc, width) + comments.table(rows, width)
        return [f'// {line}'.rstrip() for line in lines]


def _render(interface, header, calls):
    texts = [(c, c.text()) for c in calls]
    parts, groups = [], {}
    for call, text in texts:
        group = None if call.owner is None else (call.owner.name, call.is_method)
        groups.setdefault(group, []).append(text)
    for group, members in groups.items():
        if group is not None:
            subject = header.name.removesuffix('.h').capitalize()
            subject = '' if interface.entries[group[0]].header == header.name else subject
            parts.append(_mixin(class_name(group[0]) + subject, group[1], members))
    parts += groups.get(None, [])
    needs = {name for c in calls for name in c.needs}
    own = {c.owner.name for c in calls if c.owner is not None}
    files = {interface.entries[n].header.removesuffix('.h') + '.hpp' for n in needs - own}
    own_files = {interface.entries[n].header.removesuffix('.h') + '.hpp' for n in own}
    standard = ['cstddef', 'cstdint', 'filesystem', 'string', 'string_view']
    files = sorted(files - own_files) + ['arrays.hpp', 'convert.hpp', 'version.hpp']
    return cpp_file(f'The calls of raddle/{header.name} whose form follows from its description.',
                    standard, sorted(set(files) - {header.name.replace('.h', '.hpp')}), parts)


def _mixin(name, is_method, members):
    lines = ['template <typename Self>', f'class {name}{"Calls" if is_method else "Makers"} {{',
             'public:', '\n'.join(members)]
    if is_method:
        lines += ['private:', 'const Self& self() const noexcept {',
                  'return static_cast<const Self&>(*this);', '}']
    return '\n'.join(lines + ['};']) + '\n'
