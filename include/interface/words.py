# SPDX-License-Identifier: Apache-2.0
"""What the facts of an entry read like in a header's comment and in the reference."""
from comments import GAP, paragraphs



def until(item):
    """'the config is next changed'"""
    owner, _, end = item.until.partition('.')
    how = 'destroyed' if end == 'destroy' else 'next changed'
    return f'the {owner.removeprefix("out_")} is {how}'


def _own(item):
    """'destroy with x()' and the like; '' for what every pointer is: borrowed for the call."""
    if item.own == 'given':
        _, _, member = item.destroy.partition('.')
        verb = 'free' if item.destroy == 'raddle_text_destroy' else 'destroy'
        return f'call its {member} once when done' if member else f'{verb} with {item.destroy}()'
    if item.own == 'lent':
        return f'borrowed until {until(item)}'
    if item.own == 'kept':
        return f'kept until {until(item)}'
    if item.own == 'static':
        return 'static text' if item.type.base == 'char' else 'its texts are static'
    return ''


def item_text(item):
    """A parameter's doc with what NULL means and who frees it."""
    parts = [_plain(item.doc)]
    if item.own in ('given', 'lent', 'kept', 'static'):
        parts.append(_own(item))
    if item.null is not None:
        parts.append(f'NULL: {_plain(item.null)}')
    return '; '.join(part for part in parts if part)


def _plain(doc):
    lines = doc.strip('\n').split('\n')
    if any(line.startswith('    ') and line.strip() for line in lines) and len(lines) > 1:
        return doc
    return ' '.join(doc.split()).removesuffix('.')


def field_text(item):
    parts = [' '.join(item.doc.split())]
    if item.null is not None:
        parts.append(f'NULL: {" ".join(item.null.split())}')
    return '; '.join(part for part in parts if part)


def function_rows(interface, entry):
    rows = [(p.name, item_text(p)) for p in entry.params if item_text(p) and p.own != 'taken']
    if item_text(entry.returns):
        rows.append(('Returns', item_text(entry.returns)))
    threads = threads_text(entry)
    if threads:
        rows.append(('Threads', threads))
    if entry.errors or entry.errors_as or entry.errors_note:
        rows.append(('Errors', lambda width: _errors(entry, width)))
    if entry.cancel:
        rows.append(('Cancel', ', '.join(f'{name}()' for name in entry.cancel)))
    rows.append(('Since', f'{entry.since} ({entry.stability})'))
    return rows


def callback_rows(interface, entry):
    rows = [(p.name, item_text(p)) for p in entry.params if p.doc]
    if entry.returns.doc:
        rows.append(('Returns', item_text(entry.returns)))
    if entry.threads == 'any':
        rows.append(('Threads', 'any, one call at a time in the process'))
    return rows


def first_object(entry):
    """The parameter that is the object a call is on, or None."""
    for item in entry.params:
        if item.type.depth == 1 and item.type.base.startswith('raddle_') and not item.length:
            return item
    return None


def threads_text(entry):
    """What the header says: nothing where base.h's convention is the whole truth."""
    first = first_object(entry)
    said = 'any' if entry.threads in ('any', 'signal') else ''
    if entry.threads == 'signal':
        said += f'; safe in a signal handler while the {first.name} lives'
    if entry.callback_safe and entry.threads == 'object':
        said = f'one call at a time, but also in a callback of a call on the {first.name}'
    elif entry.threads == 'object' and first is not None and first.type.is_const:
        said = f'one call at a time, although {first.name} is const'
    return '; '.join(part for part in (said, entry.threads_note) if part)


def _errors(entry, width):
    """Lines: what it shares with other functions, codes with their reasons, then bare codes."""
    lines = []
    if entry.errors_as:
        names = ' and '.join(f'{name}()' for name in entry.errors_as)
        lines += paragraphs(f'as {names}' + (', and' if entry.errors else ''), width)
    indent = max((len(c) for c, why in entry.errors.items() if why), default=0) + GAP
    for code, why in entry.errors.items():
        if why:
            body = paragraphs(' '.join(why.split()).removesuffix('.'), width - indent)
            lines += [code.ljust(indent) + body[0]] + [' ' * indent + line for line in body[1:]]
    bare = [code for code, why in entry.errors.items() if not why]
    if bare:
        lines += paragraphs(', '.join(bare), width)
    if entry.errors_note:
        lines += paragraphs(entry.errors_note, width)
    return lines
