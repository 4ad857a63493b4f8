# SPDX-License-Identifier: Apache-2.0
"""Writes a Go function for each function of the ABI, and the functions through which C calls Go."""
import go_names as names
import go_types
from go_names import camel, lower_camel, role
from validate import fails


class _Call:
    """What the parts of a function's items add up to."""

    def __init__(self, interface, entry):
        self.interface, self.entry = interface, entry
        self.params, self.results = [], []   # 'name type'
        self.before, self.after = [], []     # lines around the call
        self.arguments = []
        self.needs_arena = False
        self.callbacks = []
        for item in entry.params:
            what = role(interface, entry, item).replace(' ', '_')
            getattr(self, f'_{what}')(item, lower_camel(item.name), 'c' + camel(item.name))
        counts = go_types.count_lines(interface, entry, lambda item: f'c{camel(item.name)} :=',
                                      lambda item: lower_camel(item.name))
        self.needs_arena |= any(line.startswith('a.') for line in counts)
        self.before = counts + self.before

    def _nullable(self, item):
        return str(item.null is not None).lower()

    def _c_type(self, item):
        return names.c_type(item.type.base)

    def _value(self, item, name, _):
        self.params.append(f'{name} {names.go_scalar(self.interface, item.type.base)}')
        self.arguments.append(f'{self._c_type(item)}({name})')

    def _text(self, item, name, in_c):
        self.params.append(f'{name} string')
        self.before.append(f'{in_c} := a.text("{item.name}", {name}, {self._nullable(item)})')
        self.needs_arena = True
        self.arguments.append(in_c)

    def _bytes(self, item, name, _):
        self.params.append(f'{name} []byte')
        self.arguments.append(f'(*C.char)(first({name}, {self._nullable(item)}))')

    def _array(self, item, name, _):
        self.params.append(f'{name} []{go_types.element(self.interface, item)}')
        pointer = f'first({name}, {self._nullable(item)})'
        void = item.type.base == 'void'
        self.arguments.append(pointer if void else f'(*{self._c_type(item)})({pointer})')

    def _length(self, item, _, in_c):
        counted = names.counted_by(self.entry, item)[0]
        self.arguments.append(f'&{in_c}' if item.type.depth else in_c)
        if role(self.interface, self.entry, counted) == 'given text':
            self.before.append(f'var {in_c} {self._c_type(item)}')

    def _handle(self, item, name, _):
        self.params.append(f'{name} *{names.handle_name(self.interface.entries[item.type.base])}')
        self.arguments.append(name)

    def _taken(self, item, name, _):
        self.params.append(f'{name} *{names.handle_name(self.interface.entries[item.type.base])}')
        self.arguments.append(f'&{name}')

    def _struct(self, item, name, in_c):
        self.params.append(f'{name} *{go_types.element(self.interface, item)}')
        self.needs_arena = True
        self.before += [f'var {in_c} *{self._c_type(item)}', f'if {name} != nil {{',
                        f'\t{in_c} = new({self._c_type(item)})',
                        f'\t{name}.toC(&a, {in_c})', '}']
        self.arguments.append(in_c)

    def _structs(self, item, name, in_c):
        self.params.append(f'{name} []{go_types.element(self.interface, item)}')
        self.needs_arena = True
        self.before += [f'{in_c} := allocate[{self._c_type(item)}](&a, len({name}))',
                        f'for i := range {name} {{', f'\t{name}[i].toC(&a, &{in_c}[i])', '}']
        self.arguments.append(f'(*{self._c_type(item)})(first({in_c}, {self._nullable(item)}))')

    def _callback(self, item, name, in_c):
        callback = self.interface.entries[item.type.base]
        self.params.append(f'{name} {names.type_name(self.interface, callback)}')
        pointer = f'{lower_camel(names.bare(callback.name))}Pointer()'
        self.before += [f'var {in_c} *upcall', f'var {in_c}Pointer {self._c_type(item)}',
                        f'if {name} != nil {{', f'\t{in_c} = newUpcall({name})',
                        f'\tdefer {in_c}.release()', f'\t{in_c}Pointer = {pointer}', '}']
        self.arguments.append(f'{in_c}Pointer')
        self.callbacks.append(in_c)

    def _opaque(self, _item, _name, _in_c):
        self.arguments.append(f'{self.callbacks[-1]}.data()')

    def _new_handle(self, item, name, _):
        self.results.append(
            f'{name} *{names.handle_name(self.interface.entries[item.type.base])}')
        self.arguments.append(f'&{name}')

    _given_struct = _new_handle

    def _given_text(self, item, name, in_c):
        self.results.append(f'{name} string')
        self.before.append(f'var {in_c} *C.char')
        self.arguments.append(f'&{in_c}')
        count = f'c{camel(names.length_of(item)[0])}' if item.length else None
        self.after.append(f'{name} = takeBytes({in_c}, {count})' if count else
                          f'{name} = takeText({in_c})')

    def _lent_text(self, _item, name, in_c):
        self.results.append(f'{name} string')
        self.before.append(f'var {in_c} *C.char')
        self.arguments.append(f'&{in_c}')
        self.after.append(f'{name} = C.GoString({in_c})')

    def _out_struct(self, item, name, in_c):
        target = self.interface.entries[item.type.base]
        self.results.append(f'{name} {names.type_name(self.interface, target)}')
        self.before += [f'var {in_c} {self._c_type(item)}',
                        f'{in_c}.struct_size = C.size_t(unsafe.Sizeof({in_c}))']
        self.arguments.append(f'&{in_c}')
        self.after.append(f'{name} = *{go_types.reader(self.interface, target)}(&{in_c})')

    def _lent_struct(self, item, name, in_c):
        target = self.interface.entries[item.type.base]
        self.results.append(f'{name} *{names.type_name(self.interface, target)}')
        self.before.append(f'var {in_c} *{self._c_type(item)}')
        self.arguments.append(f'&{in_c}')
        self.after.append(f'{name} = {go_types.reader(self.interface, target)}({in_c})')

    def _out_value(self, item, name, in_c):
        scalar = names.go_scalar(self.interface, item.type.base)
        self.results.append(f'{name} {scalar}')
        self.before.append(f'var {in_c} {self._c_type(item)}')
        self.arguments.append(f'&{in_c}')
        self.after.append(f'{name} = {scalar}({in_c})')


def is_called(interface, entry):
    """All but what raw.go and the conversions of structs call themselves."""
    if entry.stability == 'internal' or entry.doc.startswith('What RADDLE_'):
        return False
    if any(item.type.base in names.NOT_USED for item in entry.params):
        return False
    first = entry.params[0] if entry.params else None
    on = interface.entries.get(first.type.base) if first else None
    frees_text = first is not None and first.own == 'taken' and first.type.base == 'char'
    return not frees_text and not (on is not None and on.kind == 'handle' and on.pointer)


def _returned(interface, entry, call):
    """(result type, expression) of a function that cannot fail."""
    returns = entry.returns
    if str(returns.type) == 'void':
        return '', call
    target = interface.entries.get(returns.type.base)
    if target is not None and target.kind == 'handle':
        return f'*{names.handle_name(target)}', call
    if returns.type.base == 'char':
        return 'string', f'C.GoString({call})'
    scalar = names.go_scalar(interface, returns.type.base)
    return scalar, f'{scalar}({call})'


def function(interface, entry):
    made = _Call(interface, entry)
    name, params = names.function_name(entry), ', '.join(made.params)
    if not fails(entry):
        call = f'C.{entry.name}({", ".join(made.arguments)})'
        result, value = _returned(interface, entry, call)
        head = f'func {name}({params}) {result}'.rstrip() + ' {'
        body = ['var a arena', 'defer a.free()'] if made.needs_arena else []
        body += made.before + [f'return {value}' if result else value]
        return [head, *(f'\t{line}' for line in body), '}']
    body = ['var a arena', 'defer a.free()'] if made.needs_arena else []
    body += made.before
    if made.needs_arena:
        body += ['if err = a.err; err != nil {', '\treturn', '}']
    body += go_types.listed(f'err = statusError(C.{entry.name}(', made.arguments, '))')
    body += made.after
    body += [f'err = {callback}.outcome(err)' for callback in made.callbacks]
    results = ', '.join([*made.results, 'err error'])
    return [*go_types.listed(f'func {name}(', made.params, f') ({results}) {{'),
            *(f'\t{line}' for line in body), '\treturn', '}']


# ---- from C into Go ------------------------------------------------------------------------------

def callback_params(interface, entry):
    """[(name, Go type)] of what a callback's Go function takes."""
    shown = []
    for item in entry.params:
        what = role(interface, entry, item)
        if what in ('struct', 'filled struct'):
            shown.append((lower_camel(item.name), f'*{go_types.element(interface, item)}'))
        elif what in ('text', 'bytes'):
            shown.append((lower_camel(item.name), 'string'))
        elif what == 'value':
            shown.append((lower_camel(item.name), names.go_scalar(interface, item.type.base)))
    return shown


def callback_type(interface, entry):
    """The Go function that a callback of C's ends up in."""
    shown = [f'{name} {kind}' for name, kind in callback_params(interface, entry)]
    returns = '' if str(entry.returns.type) == 'void' else \
        ' ' + names.go_scalar(interface, entry.returns.type.base)
    return [f'type {names.type_name(interface, entry)} func({", ".join(shown)}){returns}']


def declaration(entry):
    """Lines of C. Without const, which Go's declaration of an exported function has not."""
    params = [f'{str(p.type).replace("const ", "")} {p.name}' for p in entry.params]
    head = f'extern {entry.returns.type} raddleGo{camel(names.bare(entry.name))}('
    return [head, *(f'    {param},' for param in params[:-1]), f'    {params[-1]});']


def callback(interface, entry):
    name = 'raddleGo' + camel(names.bare(entry.name))
    returns = names.c_type(entry.returns.type.base) if str(entry.returns.type) != 'void' else ''
    params, arguments, filled = [], [], None
    for item in entry.params:
        local = lower_camel(item.name)
        what = role(interface, entry, item)
        stars = '*' * item.type.depth
        params.append(f'{local} unsafe.Pointer' if item.type.base == 'void' else
                      f'{local} {stars}{names.c_type(item.type.base)}')
        if what == 'filled struct':
            filled = (local, go_types.element(interface, item))
            arguments.append('&filled')
        elif what not in ('opaque', 'length'):
            arguments.append(go_types.from_c(interface, entry, item, local))
    user_data = next(lower_camel(p.name) for p in entry.params if p.own == 'opaque')
    result = f' (result {returns})' if returns else ''
    call = f'c.function.({names.type_name(interface, entry)})({", ".join(arguments)})'
    body = [f'c := upcallOf({user_data})', *(['result = 1'] if returns else []),
            'defer c.guard()']
    if filled:
        body += ['c.arena.free()', f'var filled {filled[1]}', f'returned := {returns}({call})',
                 'if returned == 0 {', f'\tfilled.toC(&c.arena, {filled[0]})', '}',
                 'if c.arena.err == nil {', '\tresult = returned', '}', 'return']
    else:
        body += [f'return {returns}({call})' if returns else call]
    pointer = lower_camel(names.bare(entry.name)) + 'Pointer'
    return [f'//export {name}', *go_types.listed(f'func {name}(', params, f'){result} {{'),
            *(f'\t{line}' for line in body), '}', '',
            f'func {pointer}() {names.c_type(entry.name)} {{',
            f'\treturn {names.c_type(entry.name)}(C.{name})', '}']
