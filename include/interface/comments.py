# SPDX-License-Identifier: Apache-2.0
"""Comments of the generated headers: paragraphs wrapped at 100 columns, and tables of labels."""
import textwrap

COLUMNS = 100
GAP = 2  # spaces between a label and its text


def paragraphs(doc, width):
    """Lines of `doc`: paragraphs reflowed to `width`, indented lines left as they are."""
    lines, block = [], []

    def flush():
        if block:
            lines.extend(textwrap.wrap(' '.join(block), width, break_long_words=False,
                                       break_on_hyphens=False))
            block.clear()

    for line in textwrap.dedent(doc).strip('\n').rstrip().split('\n'):
        if not line.strip() or line.startswith('  '):
            flush()
            lines.append(line.rstrip())
        else:
            block.append(line.strip())
    flush()
    return lines


def table(rows, width):
    """Lines of [(label, text or lines)]: texts stand in a column of their own."""
    if not rows:
        return []
    indent = max(len(label) for label, _ in rows) + GAP
    lines = []
    for label, text in rows:
        body = text(width - indent) if callable(text) else paragraphs(text, width - indent)
        for i, line in enumerate(body or ['']):
            lines.append(((label if i == 0 else '').ljust(indent) + line).rstrip())
    return lines


def block(doc, rows=(), topics=()):
    """A block comment: prose, then tables."""
    width = COLUMNS - len(' * ')
    parts = [part for part in (paragraphs(doc, width) if doc else [], table(topics, width),
                               table(rows, width)) if part]
    lines = []
    for part in parts:
        lines += ([''] if lines else []) + part
    if len(lines) == 1 and len(lines[0]) + len('/*  */') <= COLUMNS:
        return [f'/* {lines[0]} */']
    body = [f'/* {lines[0]}'] + [f' * {line}'.rstrip() for line in lines[1:]]
    if not rows and not topics and len(body[-1]) + len(' */') <= COLUMNS:
        return body[:-1] + [body[-1] + ' */']
    return body + [' */']
