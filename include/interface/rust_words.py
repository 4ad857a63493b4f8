# SPDX-License-Identifier: Apache-2.0
"""Names, types and comments of Rust, for emit_rust*.py."""
import re
import textwrap

import schema
from comments import COLUMNS
from words import item_text

BUILTIN = {'void': 'c_void', 'char': 'c_char', 'int8_t': 'i8', 'uint8_t': 'u8', 'int16_t': 'i16',
           'uint16_t': 'u16', 'int32_t': 'i32', 'uint32_t': 'u32', 'int64_t': 'i64',
           'uint64_t': 'u64', 'size_t': 'usize', 'float': 'f32', 'double': 'f64'}
_KEYWORDS = {'as', 'box', 'const', 'do', 'dyn', 'else', 'enum', 'extern', 'final', 'fn',
             'for', 'if', 'impl', 'in', 'let', 'loop', 'match', 'mod', 'move', 'mut', 'override',
             'priv', 'pub', 'ref', 'return', 'static', 'struct', 'trait', 'try', 'type', 'typeof',
             'unsafe', 'use', 'virtual', 'where', 'while', 'yield'}

# What bindings/rust/src/*.rs wraps in another form than C has, and what stands for it there.
# Whatever else the ABI has is a method by itself.
BY_HAND = {
    'raddle_config_set': 'Config::set',  # any Value, and calls that chain
    'raddle_config_set_from': 'Config::set_from',
    'raddle_config_get': 'Config::get',  # a String where it is one
    'raddle_config_get_origin': 'Config::origin',
    'raddle_config_load_text': 'Config::load_text',
    'raddle_option_count': 'Config::options',  # all of them
    'raddle_option_get_info': 'Config::options',
    'raddle_op_count': 'ops',
    'raddle_op_get_info': 'ops',
    'raddle_graph_create': 'GraphBuilder::new',  # which becomes a Graph when it is finished
    'raddle_graph_add_input': 'GraphBuilder::input',
    'raddle_graph_add_parameter': 'GraphBuilder::parameter',
    'raddle_graph_add_op': 'GraphBuilder::op',
    'raddle_graph_set_block': 'GraphBuilder::block',
    'raddle_graph_set_precision': 'GraphBuilder::precision',
    'raddle_graph_add_loss': 'GraphBuilder::loss',
    'raddle_graph_add_output': 'GraphBuilder::output',
    'raddle_graph_finish': 'GraphBuilder::finish',
    'raddle_tokenizer_encode': 'Tokenizer::encode',  # vectors instead of room
    'raddle_tokenizer_encode_prompt': 'Tokenizer::encode_prompt',
    'raddle_tokenizer_end_token': 'Tokenizer::end_token',
    'raddle_session_logits': 'Session::logits',
    'raddle_session_read_output': 'Session::read_output',
    'raddle_session_tensor_count': 'Session::tensor_names',  # an iterator
    'raddle_session_tensor_name': 'Session::tensor_names',
    'raddle_session_train_start': 'Session::train_events',
    'raddle_session_generate': 'Session::generate_with',
    'raddle_session_generate_start': 'Session::generate',
    'raddle_session_step_tokens': 'Session::step_tokens',  # one array
    'raddle_stop_done': 'Stop::progress',
    'raddle_stop_total': 'Stop::progress',
    'raddle_bench_machine': 'Context::bench_machine',  # a bool
    'raddle_operation_poll': 'Operation::poll',  # iterators
    'raddle_operation_join': 'Operation::join',
}


def head(what):
    return ['// SPDX-License-Identifier: Apache-2.0',
            f'// {what} Written by include/interface/generate.py.']


def identifier(name):
    if name in ('self', 'super', 'crate'):  # which are no names even with r#
        return f'{name}_'
    return f'r#{name}' if name in _KEYWORDS else name


def camel(name):
    """raddle_log_level_t -> LogLevel, INVALID_ARGUMENT -> InvalidArgument"""
    stem = name.removeprefix('raddle_').removesuffix('_t')
    return ''.join(word.capitalize() for word in stem.split('_'))


def raw_type(c_type, prefix=''):
    """`const char* const*` -> `*const *const c_char`; `prefix` stands before names of entries."""
    rust = BUILTIN.get(c_type.base, prefix + c_type.base)
    for i in range(c_type.depth):
        is_const = c_type.is_const if i == 0 else c_type.pointers[i - 1]
        rust = f'*{"const" if is_const else "mut"} {rust}'
    return rust


def once(function):
    """What `function` gives for an interface is remembered with it."""
    def ask(interface):
        known = interface.__dict__.setdefault('known', {})
        if function not in known:
            known[function] = function(interface)
        return known[function]
    return ask


def part_of(entry):
    """The file of abi/ that describes it: 'session_train'"""
    return entry.file.rpartition('/')[2].removesuffix('.toml')


@once
def parts(interface):
    """[(name, [entries])] of each file of abi/ that has entries for bindings, in order."""
    found = {}
    for header in interface.headers:
        for entry in header.entries:
            if entry.kind in ('section', 'text') or is_internal(entry):
                continue
            found.setdefault(part_of(entry), []).append(entry)
    return list(found.items())


def is_internal(entry):
    return getattr(entry, 'stability', '') == 'internal'


def of_kind(interface, *kinds):
    return [e for _, entries in parts(interface) for e in entries if e.kind in kinds]


def is_init_function(entry):
    """raddle_X_init(), which only languages without constants need."""
    return entry.params[:1] and entry.params[0].name == 'out_struct'


def element(interface, base):
    """What an array's element is in the crate raddle: an alias has a type of its own there."""
    target = interface.entries.get(base)
    return camel(base) if target is not None and target.kind == 'alias' else BUILTIN[base]


def document(text, indent='', marker='///'):
    """A doc comment; what rustdoc would take for links and tags is escaped."""
    lines = []
    for paragraph in re.split(r'\n\s*\n', text.strip()):
        flat = re.sub(r'(\[(?!`)|(?<!`)\]|[<>])', r'\\\1', ' '.join(paragraph.split()))
        width = COLUMNS - len(indent) - len(marker) - 1
        lines += ([f'{indent}{marker}'] if lines else [])
        lines += [f'{indent}{marker} {line}' for line in
                  textwrap.wrap(flat, width, break_long_words=False, break_on_hyphens=False)]
    return lines


def sentence(text):
    """`text` as one sentence."""
    flat = ' '.join(text.split())
    is_name = re.match(r'\w*[._]\w', flat)  # of an option or of the ABI
    end = '' if flat.endswith(('.', '!', '?')) else '.'
    return (flat if is_name else flat[:1].upper() + flat[1:]) + end


def field_doc(item):
    """What a field is; its name in words where the description says no more."""
    return sentence(item_text(item) or item.name.replace('_', ' '))


def listed(words, indent, end):
    """Lines of `words` joined by ', ', within the columns."""
    text = ', '.join(words) + end
    return textwrap.wrap(text, COLUMNS, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def declared(start, params, end, indent='', is_long=False):
    """`start(params)end` on one line if there is room, else a parameter a line."""
    line = f'{indent}{start}({", ".join(params)}){end}'
    if len(line) <= COLUMNS and not is_long:
        return [line]
    return [f'{indent}{start}(', *[f'{indent}    {p},' for p in params], f'{indent}){end}']


def uses(places, words):
    """`use` lines for [(where, names)], of those names that are among `words`."""
    lines = []
    for where, names in places:
        used = sorted(n for n in names if n in words)
        if len(used) == 1:
            lines.append(f'use {where}::{used[0]};')
        elif used:
            line = f'use {where}::{{{", ".join(used)}}};'
            lines += [line] if len(line) <= COLUMNS else [
                f'use {where}::{{', *listed(used, '    ', ','), '};']
    return lines


def stem_of(handle):
    return handle.removeprefix('raddle_').removesuffix('_t')


def name_of(function, owner):
    """raddle_plan_get_memory -> memory, raddle_graph_create_from_text -> from_text"""
    stem = function.removeprefix('raddle_').removeprefix(f'{owner}_').removeprefix('get_')
    return 'new' if stem == 'create' else stem.removeprefix('create_')


def prose(interface, text):
    """The description's words with Rust's names in them."""
    handles = [stem_of(h.name) for h in interface.of_kind('handle')]

    def function(match):
        name = match.group(1)
        entry = interface.entries.get(f'raddle_{name}')
        owner = next((h for h in handles if name.startswith(f'{h}_')), '')
        if not owner and entry is not None and entry.params:
            first = stem_of(entry.params[0].type.base)
            owner = first if first in handles else ''  # the context
        path = BY_HAND.get(f'raddle_{name}') or (owner and f'{camel(owner)}::' + name_of(
            f'raddle_{name}', owner))
        return f'[`{path}`](crate::{path})' if entry is not None and path else f'`raddle_{name}`'

    text = re.sub(r'\braddle_(\w+)_t\b', lambda m: f'`{camel(m.group(1))}`', text)
    text = re.sub(r'\braddle_(\w+)\b(?:\(\))?', function, text)
    text = re.sub(rf'\b({"|".join(schema.CODES)})\b', lambda m: f'`{camel(m.group(1))}`', text)
    return text.replace('NULL', 'None')
