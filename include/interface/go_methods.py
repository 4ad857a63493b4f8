# SPDX-License-Identifier: Apache-2.0
"""Writes what Go programs call: a type for each handle and a method for each function that needs no
more than its description says. The others are written by hand in bindings/go: what fills arrays of
which the caller cannot know the size, and what BY_HAND lists."""
import re
import textwrap

import go_calls
import go_names as names
import go_types
from go_names import camel, lower_camel, role
from validate import error_codes, fails

# Go has its own way for these: contexts and a Stop of Go's, values of any type.
BY_HAND_HANDLES = ('raddle_stop_t', *names.NOT_USED)
BY_HAND = ('raddle_config_set', 'raddle_context_create', 'raddle_graph_add_op')
# What holds addresses in C has a type written by hand in Go, with a function that makes the former.
_PUBLIC = {'raddle_tensor_view_t': ('Input', 'inputViews')}
# What follows from the C name would not be understood, or is taken.
_NAMES = {'raddle_context_t': 'Runtime', 'raddle_bench_machine': 'BenchMachine',
          'raddle_bench_step': 'BenchStep', 'raddle_graph_create_model': 'NewModelGraph',
          'raddle_session_create_from_graph': 'NewGraphSession',
          'raddle_checkpoint_list': 'ListCheckpoints', 'raddle_option_get_info': 'Schema',
          'raddle_op_get_info': 'Ops', 'raddle_version_string': 'Version'}
_VERBS = {'create': 'New'}
# What a callback's value means to C is an error in Go.
_ENDS = """An error that it returns ends the call in good order and is what the call returns; of
EndLoop and io.EOF the call returns none"""
# First words of texts that only look like what something does.
_NOUNS = {'Tokens', 'Ops', 'Tensors', 'Texts'}


def handle_type(entry):
    return _NAMES.get(entry.name, camel(names.bare(entry.name)))


def _is_offered(interface, name):
    entry = interface.entries.get(name)
    return entry is not None and entry.kind == 'handle' and not entry.pointer and \
        name not in BY_HAND_HANDLES


def receiver(interface, function):
    """The parameter that the method is on, or None."""
    first = function.params[0] if function.params else None
    if first is not None and role(interface, function, first) == 'handle' and _is_offered(
            interface, first.type.base):
        return first
    return None


def is_generated(interface, function):
    if function.name in BY_HAND or names.is_internal(function):
        return False
    on = receiver(interface, function)
    roles = {p.name: role(interface, function, p) for p in function.params}
    if on is None and (list(roles.values()) != ['new handle'] or
                       not _is_offered(interface, function.params[0].type.base)):
        return False
    for item in function.params:
        what = roles[item.name]
        hidden = what in ('struct', 'out struct') and names.type_name(
            interface, interface.entries[item.type.base])[0].islower()
        # Of these the caller cannot know how many there will be, or of what type.
        fills = what == 'array' and item.facts['direction'] == 'out' and (
            item.length == 'capacity' or item.type.base == 'void')
        handle = what in ('handle', 'new handle') and not _is_offered(interface, item.type.base) \
            and item.type.base != 'raddle_stop_t'
        if what in ('taken', 'given struct') or hidden or fills or handle:
            return False
    return fails(function) or function.returns.type.depth == 0


def is_list(interface, function):
    """Whether it gives what there is number by number, and X_count() how much there is."""
    count = interface.entries.get(function.name.removesuffix('_get_info') + '_count')
    return function.name.endswith('_get_info') and count is not None and not count.params


def listing(interface, function):
    """A function that gives all that there is at once."""
    name, out = _NAMES[function.name], function.params[-1]
    kind = go_types.element(interface, out)
    count = interface.entries[function.name.removesuffix('_get_info') + '_count']
    get = names.function_name(function)
    return [f'// {name} lists each {kind} that there is.',
            f'func {name}() (list []{kind}, err error) {{',
            '\tif err = checkVersion(rawVersion()); err != nil {', '\t\treturn', '\t}',
            f'\tlist = make([]{kind}, {names.function_name(count)}())', '\tfor i := range list {',
            f'\t\tif list[i], err = {get}(int64(i)); err != nil {{', '\t\t\treturn nil, err',
            '\t\t}', '\t}', '\treturn', '}']


def is_constant(function):
    """Whether it gives a text that never changes."""
    return not function.params and function.returns.own == 'static'


def constant(interface, function):
    name = method_name(interface, function)
    return [*_doc(interface, function, name, []),
            f'func {name}() string {{ return {names.function_name(function)}() }}']


def method_name(interface, function):
    """raddle_config_get_origin: Origin of a Config; raddle_tokenizer_open: OpenTokenizer."""
    if function.name in _NAMES:
        return _NAMES[function.name]
    on = receiver(interface, function)
    words = names.bare(function.name)
    own = names.bare(on.type.base) + '_' if on is not None else None
    if own and words.startswith(own):
        short = words.removeprefix(own)
        return camel(re.sub(r'^(get|to)_', '', short))
    if is_constant(function):
        return camel(words)
    noun, verb, *rest = words.split('_')
    return _VERBS.get(verb, camel(verb)) + camel(noun) + ''.join(camel(word) for word in rest)


# ---- documentation -------------------------------------------------------------------------------

def _go_name(interface, match):
    """What a C name in a text is in Go."""
    name = match.group(0).removesuffix('()')
    entry = interface.entries.get(name)
    if entry is None:
        value = next((v.name for e in interface.of_kind('enum') for v in e.values
                      if v.name == name), None)
        enum = next((e for e in interface.of_kind('enum') if any(v.name == name
                                                                 for v in e.values)), None)
        return names.value_name(enum.name, value) if value else match.group(0)
    if entry.kind == 'function':
        on = receiver(interface, entry) or (entry.params[0] if entry.params else None)
        target = interface.entries.get(on.type.base) if on is not None else None
        if target is None or target.kind != 'handle' or target.name in names.NOT_USED or \
                name.endswith('_start'):
            return match.group(0)
        return f'{handle_type(target)}.{method_name(interface, entry)}'
    if entry.kind == 'constant':
        return go_types.constant_name(entry)
    return handle_type(entry) if entry.kind == 'handle' else match.group(0) \
        if entry.kind == 'callback' else names.type_name(interface, entry)


def in_go(interface, text):
    text = re.sub(r'\b(raddle_\w+(\(\))?|RADDLE_[A-Z0-9_]+)', lambda m: _go_name(interface, m),
                  text)
    text = text.replace('`stop` was', 'the context is done, or its Stop was')
    return re.sub(r'\bNULL\b', 'nil', text)


def _sentence(name, doc):
    word = doc.split()[0]
    if re.fullmatch(r'[A-Z][a-z]+s', word) and word not in _NOUNS:
        return f'{name} {doc[0].lower()}{doc[1:]}'
    return f'{name}: {doc}'


def _bullets(rows):
    lines = []
    for label, text in rows:
        said = f'{label}: {" ".join(text.split())}' if text else label
        body = [f'// {line}' for line in textwrap.wrap(said, go_types.COLUMNS - 5)]
        lines += [line.replace('// ', '//   - ' if i == 0 else '//     ', 1)
                  for i, line in enumerate(body)]
    return lines


def _doc(interface, function, name, shown):
    text = function.doc
    if text.startswith('The same'):  # as what stands before it in the header, but not in Go
        functions = [f for f in interface.of_kind('function') if not f.name.endswith('_init')]
        before = functions[functions.index(function) - 1]
        text = f'{before.doc} {text}' if receiver(interface, before) is None else \
            f'As {before.name}(), the same{text.removeprefix("The same")}'
    lines = go_types.doc_lines(in_go(interface, _sentence(name, text)))
    rows = []
    for item in shown:
        about = item.doc.strip().removesuffix('.').replace(f'`{item.length}` ', '')
        said = [about] if about else []
        if role(interface, function, item) == 'callback':
            target = interface.entries[item.type.base]
            told = ''.join(f' {lower_camel(p.name)} is {" ".join(p.doc.split())}.'
                           for p in target.params
                           if p.doc and role(interface, target, p) in ('text', 'bytes'))
            said.append(f'{target.doc.strip()}{told} {_ENDS}')
        if item.null is not None:
            kind = role(interface, function, item)
            said.append(f'{chr(34) * 2 if kind == "text" else "nil"}: {item.null.strip()}')
        if said:
            rows.append((lower_camel(item.name), in_go(interface, '; '.join(said))))
    for code, when in error_codes(interface, function).items():
        rows.append((names.value_name('raddle_code_t', f'RADDLE_{code}'),
                     in_go(interface, when.strip().removesuffix('.'))))
    return lines + (['//', *_bullets(rows)] if rows else [])


# ---- code ----------------------------------------------------------------------------------------

def handle(interface, entry):
    """The Go type of a handle."""
    if not _is_offered(interface, entry.name):
        return None
    name, short = handle_type(entry), handle_type(entry)[0].lower()
    inner = f'*handle[{names.handle_name(entry)}]'
    return [*go_types.doc_lines(in_go(interface, f'{name}: {entry.doc}')),
            f'type {name} struct{{ handle {inner} }}', '',
            '// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.',
            f'func ({short} *{name}) Close() error {{ return {short}.held().Close() }}', '',
            f'func ({short} *{name}) held() {inner} {{', f'\tif {short} == nil {{',
            '\t\treturn nil', '\t}', f'\treturn {short}.handle', '}', '',
            f'func new{name}(object *{names.handle_name(entry)}, parent holder) *{name} {{',
            f'\treturn &{name}{{newHandle("{name.lower()}", object, parent, '
            f'{"new(sync.Mutex)" if _lends(interface, entry) else "nil"},',
            f'\t\t{names.function_name(interface.entries[entry.destroy])})}}', '}']


def _lends(interface, entry):
    """Whether it gives texts that the next change frees: then its calls wait for each other."""
    for function in interface.of_kind('function'):
        on = receiver(interface, function)
        if on is not None and on.type.base == entry.name and any(
                p.until == f'{on.name}.change' for p in function.params):
            return True
    return False


def _param(interface, function, item):
    what = role(interface, function, item)
    target = interface.entries.get(item.type.base)
    return {'value': lambda: names.go_scalar(interface, item.type.base), 'text': lambda: 'string',
            'bytes': lambda: 'string', 'array': lambda: f'[]{go_types.element(interface, item)}',
            'struct': lambda: f'*{go_types.element(interface, item)}',
            'structs': lambda: f'[]{_PUBLIC[item.type.base][0]}' if item.type.base in _PUBLIC else
            f'[]{go_types.element(interface, item)}',
            'handle': lambda: f'*{handle_type(target)}',
            'callback': lambda: _callback_type(interface, target)}[what]()


def _callback_type(interface, entry):
    """The function that a program gives; what it returns ends the call."""
    shown = ', '.join(f'{n} {t}' for n, t in go_calls.callback_params(interface, entry))
    return f'func({shown}) error'


def _callback_lines(interface, name, entry):
    """What C calls instead: it has the caller's goroutine call the function."""
    shown = go_calls.callback_params(interface, entry)
    params = ', '.join(f'{n} {t}' for n, t in shown)
    given = ', '.join(n for n, _ in shown)
    return [f'var {name}InC {names.type_name(interface, entry)}', f'if {name} != nil {{',
            f'\t{name}InC = func({params}) int32 {{',
            f'\t\treturn ask(func() error {{ return {name}({given}) }})', '\t}', '}']


def _result(interface, function, item):
    """(public type, what the raw function gives is made into it by, or '')."""
    what = role(interface, function, item)
    target = interface.entries.get(item.type.base)
    if what == 'new handle':
        parent = 'nil'
        on = receiver(interface, function)
        if on is not None and on.type.base == 'raddle_context_t':
            parent = f'{handle_type(interface.entries[on.type.base])[0].lower()}.handle'
        return f'*{handle_type(target)}', f'new{handle_type(target)}({{}}, {parent})'
    if what == 'given text' and item.name.endswith('json'):
        return 'json.RawMessage', 'json.RawMessage({})'
    if what in ('given text', 'lent text'):
        return 'string', ''
    if what == 'out struct':
        return names.type_name(interface, target), ''
    return names.go_scalar(interface, item.type.base), ''


class _Method:
    def __init__(self, interface, function):
        self.function, self.on = function, receiver(interface, function)
        self.shown, self.params, self.given, self.held = [], [], [], []
        self.views, self.callbacks = [], []
        self.results = [p for p in function.params
                        if role(interface, function, p) in ('new handle', 'given text', 'lent text',
                                                            'out struct', 'out value')]
        self.stop = any(p.type.base == 'raddle_stop_t' for p in function.params)
        for item in function.params:
            self._add(interface, item)
        if self.params and re.search(r' \[\][A-Z]', self.params[-1]):
            self.params[-1] = self.params[-1].replace('[]', '...')

    def _add(self, interface, item):
        what, name = role(interface, self.function, item), lower_camel(item.name)
        if item in self.results or what in ('length', 'opaque'):
            return
        if item is self.on:
            self.given.append('object')
        elif item.type.base == 'raddle_stop_t':
            self.given.append('stop')
        else:
            self.shown.append(item)
            self.params.append(f'{name} {_param(interface, self.function, item)}')
            if what == 'handle':
                self.held.append((name, names.handle_name(interface.entries[item.type.base])))
            if item.type.base in _PUBLIC:
                self.views.append((name, _PUBLIC[item.type.base][1]))
                name = f'{name}InC'
            if what == 'callback':
                self.callbacks.append((name, interface.entries[item.type.base]))
                name = f'{name}InC'
            self.given.append({'handle': f'{name}Object', 'bytes': f'[]byte({name})'}.get(what,
                                                                                          name))


def _body(interface, made, results):
    """Lines of the closure in which C is called."""
    raw = f'{names.function_name(made.function)}({", ".join(made.given)})'
    assigned = [f'{name}, ' for name, _, wrap in results if not wrap]
    wrapped = [(name, wrap) for name, _, wrap in results if wrap]
    if not fails(made.function):
        return [f'{results[0][0]} = {raw}', 'return nil']
    if not wrapped:
        return [f'{"".join(assigned)}err = {raw}', 'return'] if results else [f'return {raw}']
    name, wrap = wrapped[0]
    asked = go_types.listed(f'\t\tmade, err := {names.function_name(made.function)}(',
                            made.given, ')')
    return [*(line[2:] for line in asked), 'if err == nil {',
            f'\t{name} = {wrap.format("made")}', '}', 'return err']


def method(interface, function):
    made = _Method(interface, function)
    name = method_name(interface, function)
    results = [(lower_camel(p.name.removeprefix('out_')), *_result(interface, function, p))
               for p in made.results]
    if not fails(function):
        results = [('result', names.go_scalar(interface, function.returns.type.base), '')]
    taken = {param.split(' ')[0] for param in made.params}
    results = [('document' if n == 'json' else n, t, w) for n, t, w in results]  # a package's
    results = [(n + 'Out' if n in taken else n, t, w) for n, t, w in results]
    shown = ', '.join([*(f'{n} {t}' for n, t, _ in results), 'err error'])
    doc = _doc(interface, function, name, made.shown)
    if made.on is None:
        return [*doc, *_free(made, name, results, shown)]
    target = interface.entries[made.on.type.base]
    short = handle_type(target)[0].lower()
    clash = {short} & (taken | {n for n, _, _ in results})
    short = 'on' if clash else short
    params = (['ctx context.Context'] if function.blocking else []) + made.params
    stop = 'stop' if made.stop else '_'
    inside = [line for callback in made.callbacks
              for line in _callback_lines(interface, *callback)]
    inner = f'func(object *{names.handle_name(target)}'
    how = f'call({short}.held(), {inner}) (err error) {{'
    if function.blocking:
        asks, runs = (', ask asker', 'drive') if made.callbacks else ('', 'block')
        alone = f'{str(function.threads == "object").lower()}, ' if made.callbacks else ''
        how = (f'{runs}(ctx, {short}.held(), {alone}{inner}, {stop} *cStop{asks}) '
               '(err error) {')
    lines = [*doc, *go_types.listed(f'func ({short} *{handle_type(target)}) {name}(', params,
                                    f') ({shown}) {{')]
    for held, _ in made.held:
        lines += [f'\t{held}Object, err := {held}.held().enter()', '\tif err != nil {',
                  '\t\treturn', '\t}', f'\tdefer {held}.held().leave()']
    for views, maker in made.views:
        lines += ['\tvar a arena', '\tdefer a.free()', f'\t{views}InC := {maker}(&a, {views})',
                  '\tif err = a.err; err != nil {', '\t\treturn', '\t}']
    inside += _body(interface, made, results)
    lines += [f'\terr = {how}', *(f'\t\t{line}' for line in inside), '\t})', '\treturn', '}']
    return lines


def _free(made, name, results, shown):
    """A function on no object: what it makes is the first that a program may call."""
    (result, _, wrap), = results
    return [f'func {name}() ({shown}) {{', '\tif err = checkVersion(rawVersion()); err != nil {',
            '\t\treturn', '\t}', f'\tmade, err := {names.function_name(made.function)}()',
            '\tif err == nil {', f'\t\t{result} = {wrap.format("made")}', '\t}', '\treturn', '}']
