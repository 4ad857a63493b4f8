# SPDX-License-Identifier: Apache-2.0
"""Ids that Hugging Face `tokenizers` gives, pinned for tests/unit/data/pinned_ids_test.cc.

    python3 pin_tokenizers.py --write    # writes tests/cases/tok/pins.json
    python3 pin_tokenizers.py            # exit code 1 if it is not what the library gives

Each tokenizer is a change of tests/cases/tok/plain; `ids` are of text whose special tokens are
parsed, `as_text` of text in which they are not. Needs the `tokenizers` wheel.
"""
import argparse
import json
import os
import sys

from tokenizers import Tokenizer

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cases', 'tok')
PINS = os.path.join(CASES, 'pins.json')
GPT4 = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|"
        r"\s*[\r\n]|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
         r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|"
         r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
WORDS = [
    "the cat in a hat that's at the thin s sat",
    " the  the\tthe\n\n the \r\n",
    "THE It's I'LL don't 12345 x12y 3.14 in2in",
    "caf\u00e9 cafe\u0301 A\u030angstr\u00f6m \u212b \u4e2d\u6587 \uff34\uff28\uff25 \u1100\u1161 "
    "\ufb01",
    "\U0001f600the\u00a0the\u3000in\u200bin",
    "the_the a.b.c. a-a in, at! (the)",
    "", " ", "a", "  a  ",
]
MARKS = [
    "<a><b>the<a>", "x<a> y", "x <a>  y", "the <a>\n\t<a> in", "<ab<a>b>", "abcd abc ab bcd",
    "<|endoftext|>the<|endoftext|>", "<|endoftext|<a>", "the word wordy sword word, word_word word",
    "\u00e9word word\u00e9 \u4e2dword (word)", "  <b>  <b>x  ", "<a>  x", " <a>", "<a> <b> <a>",
    "cafe\u0301<c>", "a\u030a ring \u00e5",
]

# Bytes that are digits, marks and spaces of the byte-level alphabet are halves of characters here.
BEHIND = [
    '\u00b2\u00bd \u4e72\u4e7c \u0939\u093f\u0928\u094d\u0926\u0940 x\u200dy z\u200c',
    'in1234567 the,,cat!? a\u00a0\u3000b \u2460 \u00ab\u00bb \u007f\u00a1\u00bf',
]


def byte_level(**more):
    return {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True,
            'use_regex': False, **more}


def split(pattern, behavior='Isolated', invert=False):
    if isinstance(pattern, str):
        pattern = {'Regex': pattern}
    return {'type': 'Split', 'pattern': pattern, 'behavior': behavior, 'invert': invert}


def pre(*parts):
    return {'/pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [*parts, byte_level()]}}


def added(*tokens):
    """Tokens from id 263 on: (content, flags...)."""
    change = {}
    for i, (content, *flags) in enumerate(tokens):
        token = {'id': 263 + i, 'content': content}
        for flag in ('single_word', 'lstrip', 'rstrip', 'normalized', 'special'):
            token[flag] = flag in flags
        change[f'/added_tokens/{1 + i}'] = token
    return change


def variants():
    """(name, {JSON pointer: value, or None to remove}, texts)"""
    yield 'plain', {}, WORDS + MARKS
    for forms in (('NFC', 'NFKC'), ('NFKD', 'NFC'), ('NFKC', 'NFD'), ('NFD', 'NFKD', 'NFC')):
        yield (' '.join(forms), {'/normalizer': {'type': 'Sequence', 'normalizers': [
            {'type': form} for form in forms]}}, WORDS)
    yield 'empty normalizer', {'/normalizer': {'type': 'Sequence', 'normalizers': []}}, WORDS
    for form in ('NFC', 'NFD', 'NFKC', 'NFKD'):
        yield form, {'/normalizer': {'type': form}}, WORDS
    for behavior in ('Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'):
        for invert in (False, True):
            yield (f'{behavior} {invert}', pre(split('[a-z]', behavior, invert)), WORDS)
    yield 'text pattern', pre(split({'String': 'a.'}, 'MergedWithPrevious')), WORDS
    yield 'text pattern of one', pre(split({'String': ' '}, 'Removed')), WORDS
    yield 'gpt4 removed', pre(split(GPT4, 'Removed', True)), WORDS
    yield 'o200k', pre(split(O200K)), WORDS
    yield 'two splits', pre(split(r'\d', 'Contiguous'), split(' ', 'MergedWithNext')), WORDS
    yield 'digits', pre({'type': 'Digits', 'individual_digits': True}), WORDS
    yield 'digit runs', pre({'type': 'Digits', 'individual_digits': False}), WORDS
    yield ('prefix space', {'/pre_tokenizer': byte_level(add_prefix_space=True, use_regex=True)},
           WORDS + MARKS)
    yield ('prefix space, no regex', {'/pre_tokenizer': byte_level(add_prefix_space=True)},
           WORDS + MARKS)
    for individual in (False, True):
        digits = {'type': 'Digits', 'individual_digits': individual}
        for regex in (False, True):
            yield (f'prefix space behind digits {individual} {regex}', {'/pre_tokenizer': {
                'type': 'Sequence', 'pretokenizers': [
                    digits, split(' ', 'MergedWithNext'),
                    byte_level(add_prefix_space=True, use_regex=regex)]}}, WORDS + MARKS)
    yield 'nested', pre({'type': 'Sequence', 'pretokenizers': [
        split(r'\d', 'Contiguous'), {'type': 'Sequence', 'pretokenizers': [
            split(' ', 'MergedWithNext')]}]}), WORDS
    yield 'punctuation', pre({'type': 'Punctuation'}), WORDS + MARKS
    for behavior in ('Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'):
        yield (f'punctuation {behavior}', pre({'type': 'Punctuation', 'behavior': behavior}),
               WORDS + ['a, b; $5 + 5 = ~10 ... \u00bfqu\u00e9? \u300c\u4e2d\u300d',
                        '\u00a7 \u20ac|`x`',
                        '(in) [the] {a} \u2014 \u2026'])
    numbers = split('[0-9][0-9][0-9]')
    yield 'falcon', {'/pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [
        {'type': 'Punctuation', 'behavior': 'Contiguous'}, byte_level(use_regex=True),
        {'type': 'Digits', 'individual_digits': False}, numbers]}}, WORDS + BEHIND
    for behind in ({'type': 'Digits', 'individual_digits': True}, {'type': 'Punctuation'},
                   {'type': 'Whitespace'}, {'type': 'WhitespaceSplit'}, split(r'\w', 'Contiguous')):
        yield (f'behind bytes: {behind}', {'/pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [
            byte_level(add_prefix_space=True), behind]}}, WORDS + BEHIND)
    yield 'whitespace', pre({'type': 'Whitespace'}), WORDS + BEHIND
    yield 'whitespace split', pre({'type': 'WhitespaceSplit'}), WORDS + BEHIND
    yield 'delimiter', pre({'type': 'CharDelimiterSplit', 'delimiter': '_'}), WORDS + ['_a__b_']
    yield 'fuse', {'/decoder': {'type': 'Sequence', 'decoders': [
        byte_level(), {'type': 'Fuse'}]}}, WORDS
    to_bytes = {'/normalizer': {'type': 'Sequence', 'normalizers': [
        {'type': 'NFD'}, {'type': 'ByteLevel'}]}, '/pre_tokenizer': None}
    yield 'bytes by the normalizer', to_bytes, WORDS + MARKS
    yield ('bytes by the normalizer, added', {**to_bytes, **added(
        ('<a>', 'normalized'), ('f\u00e9', 'normalized'), ('e s', 'normalized'), ('<b>',))}, MARKS)
    yield 'unknown empty', {'/model/unk_token': ''}, WORDS
    yield 'unknown not there', {'/model/unk_token': '<none>'}, WORDS
    yield 'byte fallback', {'/model/byte_fallback': True}, WORDS
    yield 'a merge twice', {'/model/merges/6': 'a t'}, WORDS
    yield ('ignore merges', {'/model/ignore_merges': True, '/model/vocab/that': 263,
                             '/model/vocab/\u0120cat': 264, '/model/vocab/zz': 265}, WORDS + ['zz'])
    lacking = {f'/model/vocab/{c}': None
               for c in ('T', 'x', '\u0120', '\u00a9', '\u00e4', '\u00b8')}
    lacking.update({'/model/merges': ['t h', 'th e', 'a t', 'i n']})
    lacking.update({'/model/vocab/\u0120s': None, '/model/vocab/\u0120a': None})
    yield 'bytes lacking', lacking, WORDS
    for fuse in (False, True):
        yield (f'unknown {fuse}', {**lacking, '/model/unk_token': '!', '/model/fuse_unk': fuse},
               WORDS + ['xTTx', 'xxthexx'])
    yield 'no decoder', {'/decoder': None}, WORDS
    yield 'overlap', added(('<a>',), ('<a><b>',), ('ab',), ('abc',), ('bcd',), ('<b',)), MARKS
    yield ('overlap special', added(('<a>', 'special'), ('<a><b>',), ('a>',), ('abc', 'special'),
                                    ('ab',), ('bcd',)), MARKS)
    for flags in (('lstrip',), ('rstrip',), ('lstrip', 'rstrip'), ('single_word',),
                  ('single_word', 'lstrip', 'rstrip')):
        for more in ((), ('special',), ('normalized',)):
            yield (' '.join(flags + more), added(*((text, *flags, *more) for text in
                                                   ('<a>', '<b>', 'word'))), MARKS)
    yield 'strip next to spaces', added(('<a>', 'rstrip'), ('  ',), ('<b>', 'lstrip')), MARKS
    yield 'normalized after', added(('<a>', 'normalized'), ('a>',), ('wor', 'normalized')), MARKS
    for form in ('NFD', 'NFKD', 'NFKC'):
        yield (f'normalized with {form}', {'/normalizer': {'type': form}, **added(
            ('f\u00e9', 'normalized'), ('\ufb01', 'normalized'),
            ('\u212b', 'lstrip', 'normalized'), ('f\u0301',))}, WORDS + MARKS)
    # A letter of the alphabet, which is another byte's than its own.
    yield ('a letter added', {'/added_tokens/1': {
        'id': 234, 'content': '\u00e9', 'single_word': False, 'lstrip': False, 'rstrip': False,
        'normalized': False, 'special': False}}, WORDS + MARKS + ['\u4e69\u00e9'])
    yield ('normalized with NFC', {'/normalizer': {'type': 'NFC'},
                                   **added(('caf\u00e9', 'normalized'), ('<c>',),
                                           ('a\u030a',), ('\u00e5 r', 'normalized'))}, MARKS)


def changed(base, changes):
    tokenizer = json.loads(json.dumps(base))
    for pointer, value in changes.items():
        *folders, name = pointer[1:].split('/')
        place = tokenizer
        for folder in folders:
            place = place[folder]
        if isinstance(place, list):
            place.insert(int(name), value)
        elif value is None and name != 'decoder':
            place.pop(name)
        else:
            place[name] = value
    return tokenizer


def pins():
    with open(os.path.join(CASES, 'plain', 'tokenizer.json'), encoding='utf-8') as file:
        base = json.load(file)
    found = []
    for name, changes, texts in variants():
        tokenizer = Tokenizer.from_str(json.dumps(changed(base, changes)))
        rows = []
        for text in texts:
            tokenizer.encode_special_tokens = False
            row = {'text': text, 'ids': tokenizer.encode(text, add_special_tokens=False).ids}
            tokenizer.encode_special_tokens = True
            row['as_text'] = tokenizer.encode(text, add_special_tokens=False).ids
            rows.append(row)
        found.append({'name': name, 'changes': changes, 'texts': rows})
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--write', action='store_true')
    lines = [json.dumps(pin, ensure_ascii=True) for pin in pins()]
    text = '[\n' + ',\n'.join(lines) + '\n]\n'
    if parser.parse_args().write:
        with open(PINS, 'w', encoding='utf-8') as file:
            file.write(text)
    with open(PINS, encoding='utf-8') as file:
        same = file.read() == text
    print(f'{len(lines)} tokenizers {"agree" if same else "differ from pins.json"}')
    return 0 if same else 1


if __name__ == '__main__':
    sys.exit(main())
