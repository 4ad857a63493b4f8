# SPDX-License-Identifier: Apache-2.0
"""Words that Hugging Face `tokenizers` cuts by regular expressions of Oniguruma's Ruby syntax,
pinned for tests/unit/data/ruby_pattern_test.cc.

    python3 pin_splits.py --write    # writes tests/cases/tok/splits.json
    python3 pin_splits.py            # exit code 1 if it is not what the library gives

A text's words are written as their bytes, and what is left out between them as negative ones. Needs
the `tokenizers` wheel.
"""
import argparse
import json
import os
import sys

from tokenizers import Regex, pre_tokenizers

import pin_tokenizers

PINS = os.path.join(pin_tokenizers.CASES, 'splits.json')
TEXTS = [
    "the cat in a hat that's at", " the  the\tthe\n\n the \r\n", "12345 x12y 3.14 1234567 12 123",
    'caf\u00e9 cafe\u0301 A\u030angstr\u00f6m \u4e2d\u6587 \uff34\uff28', 'x   \n\n   y  \n z \t',
    '\u017f\u017f \'\u017f It\'\u017f K\u212a', '\u0085the\u2028the\x0bthe\x0cthe\x1c\u180ethe',
    'na\u00efve \u0391\u0392\u0393 \u03b1\u03b2\u03b3 \u01c5',
    '\u0967\u0968\u0969 \u2460 \u2163 x\u00b2',
    'a_b __c__ $10 +1 <b> \u20ac5 \u00b4` ^~',
    '\ud55c\uad6d\uc5b4 \u65e5\u672c\u8a9e\u30c6\u30b9\u30c8',
    'hello\n', "'s 'S 'tis y'all", '_$ab \u00bd\u00b2 \u24b6 \u216b\u00aa\u00ba', 'ab\n\ncd\nxyz\n',
    'a\rb\r\nc', '\u0936\u093f\u0915\u094d\u0937\u093e \u0939\u093f\u0928\u094d\u0926\u0940',
    '\u3001\u3002\u30fb\u30fc\u3005\u3006\u3007 \u6f22\u5b57\u304b\u306a', 'camelCaseWord THE tHe',
    'a-b]c[d&&e^f x]y', 'aat abba tttt',
    '\u0663\u0664 \U0001f468\u200d\U0001f469 \U0001f1e9\U0001f1ea',
    '\x07\x1b\x08', 'a{x} a{,} *{}', '(a)(b) /#-',
]
GPT2_TIKTOKEN = (r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|"
                 r"\s+(?!\S)|\s")
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+|"
          r" ?[^\s\p{L}\p{N}]++[\r\n]*+|"
          r"\s++$|\s*[\r\n]|\s+(?!\S)|\s")
HAN = r"\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"
KIMI = (r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}" + HAN + r"*[\p{Ll}" + HAN + r"+(?i:'s|'t)?|"
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}" + HAN + r"+[\p{Ll}" + HAN + r"*(?i:'s|'t)?|\p{N}{1,3}|"
        r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BLOOM = ' ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+'
DEEPSEEK3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"
             r"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"
             r" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
PATTERNS = [
    GPT2_TIKTOKEN, CL100K, KIMI, BLOOM, DEEPSEEK3, pin_tokenizers.GPT4, pin_tokenizers.O200K,
    # intervals
    r'\p{N}{1,3}+', r'\p{N}{2}?', r'\p{N}{2}+', r'\p{N}{1,2}?', r'\p{N}{,2}x', r'\p{N}{2,}+',
    r'\p{L}{3}?t', r'\p{L}{2}{2}', r'\p{L}+*', r'\p{L}++', r'\p{L}?+t', r'\p{L}{2}??t', 'a{x}',
    'a{,}', '{', r'(?:\d{2}){2}',
    # classes by letter and name
    r'\w+|[^\w\s]+|\s+', r'[\w]+', r'[^\w]', r'\W+', r'\b', r'\B', r'\b\w', r'\h+', r'[^\h\s]+',
    r'\s+', r'\S+', r'[^\S\n]+', r'\d+', r'\D+', r'[\D]+', '[[:punct:]]+', '[[:alpha:]]+',
    '[[:alnum:]]+', '[[:upper:]]+', '[[:lower:]]+', '[[:graph:]]+', '[[:print:]]+', '[[:blank:]]+',
    '[[:cntrl:]]+', '[[:xdigit:]]+', '[[:word:]]+', '[[:ascii:]]+', '[[:^alpha:]]+',
    r'\p{Alpha}+', r'\p{Alnum}+', r'\p{Upper}', r'\p{Lower}+', r'\p{Punct}+', r'\p{Space}+',
    r'\p{Word}+', r'\p{Graph}+', r'\p{Print}+', r'\p{Any}', r'\p{Assigned}+', r'\p{^L}+',
    r'\P{Word}+', r'\p{Uppercase_Letter}', r'\p{uppercase letter}', r'\p{LC}+', r'\p{Han}+',
    r'\p{Greek}+', r'\p{Latin}+', r'\p{Common}+', r'\p{Devanagari}+', r'\p{Emoji}',
    # classes in classes
    r'[\p{L}&&[^a-m]]+', r'[^\p{L}&&[^a-m]]+', r'[^\s[\p{P}]]+', '[a-m[n-z]]+', '[a-m[^n-z]]+',
    '[^a-m[^n-z]]+', '[a-z&&[^aeiou]&&[^t]]+', r'[\W&&\S]+', '[[a-z]&&[m-t]]', '[a&b]', '[a&&&b]',
    '[]a]+', '[^]a]+', '[a-]+', r'[\w-]+', r'[\[\]]',
    # characters
    r'[\u4e00-\u9fff]+', r'[\x{4e00}-\x{9fff}]+', r'\x{e9}', r'\u0301', r'\v', r'[\b]', r'\e',
    r'\t',
    # places
    r'^\w+', '^', '$', r'\s++$', '^.', '.$', r'\A.', r'.\Z', r'.\z', r'\G\w', r'a\Kt', '(?<=a)t',
    r'(?<=\s)', '(?=[A-Z])', '(?<=[a-z])(?=[A-Z])', r'(?<=\d)(?=\D)|(?<=\D)(?=\d)',
    # what matches nothing
    r'\s*', r'\d*', 'x*|t', r'(?=(?:\d{3})+(?!\d))', r'\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))', '',
    # options and groups
    '(?m).+', '(?m:.+)x?', '.+', r'\N+', r'\O+', r'\R', r'\X', 'a(?i)t|h', '(a(?i)t|h)e|s',
    r'(?x) \p{L}+ # letters', '(?i)THE', '(?i)[a-f]+', '(?i)[^a-f]+', r'(?i)\p{Lu}+', "(?i)'S",
    r'(.)\1', '(?<n>t)h', r'(?>\w+)t', '(?#c)t',
]
BEHAVIORS = ['isolated', 'removed', 'contiguous', 'merged_with_previous', 'merged_with_next']
NOTHING = [r'\s*', r'(?=(?:\d{3})+(?!\d))', 'a|(?=b)', r'\w+|(?=\s)', r'\d+|', '(?<=a)', r'\b']


def words(splitter, text):
    """As the library's words follow each other: their bytes, and those left out as negative."""
    at, parts = 0, []
    for word, (begin, end) in splitter.pre_tokenize_str(text):
        if begin > at:
            parts.append(-len(text[at:begin].encode()))
        parts.append(len(word.encode()))
        at = end
    return parts


def pins():
    cases = [(pattern, 'isolated', False) for pattern in PATTERNS]
    cases += [(pattern, behavior, invert) for pattern in NOTHING for behavior in BEHAVIORS
              for invert in (False, True)]
    for pattern, behavior, invert in cases:
        splitter = pre_tokenizers.Split(Regex(pattern), behavior, invert=invert)
        yield {'pattern': pattern, 'behavior': behavior, 'invert': invert,
               'words': [' '.join(map(str, words(splitter, text))) for text in TEXTS]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--write', action='store_true')
    lines = [json.dumps(pin) for pin in pins()]
    text = '{"texts": ' + json.dumps(TEXTS) + ',\n"pins": [\n' + ',\n'.join(lines) + '\n]}\n'
    if parser.parse_args().write:
        with open(PINS, 'w', encoding='utf-8') as file:
            file.write(text)
    with open(PINS, encoding='utf-8') as file:
        same = file.read() == text
    print(f'{len(lines)} splits {"agree" if same else "differ from splits.json"}')
    return 0 if same else 1


if __name__ == '__main__':
    sys.exit(main())
