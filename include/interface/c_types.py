# SPDX-License-Identifier: Apache-2.0
"""Types as the description writes them: C without surprises, read into something that a generator
of bindings can walk. `const char* const*` is the base `char`, const, behind two pointers."""
import re
from dataclasses import dataclass

# Size in bytes, which is the alignment too, on every 64-bit machine that Raddle runs on.
BUILTIN_BYTES = {
    'void': 0, 'char': 1, 'int8_t': 1, 'uint8_t': 1, 'int16_t': 2, 'uint16_t': 2, 'int32_t': 4,
    'uint32_t': 4, 'int64_t': 8, 'uint64_t': 8, 'size_t': 8, 'float': 4, 'double': 8,
}
POINTER_BYTES = 8

_TYPE = re.compile(r'(const )?([A-Za-z_]\w*)((?:\*(?: const(?=\*|$))?)*)')


@dataclass(frozen=True)
class Type:
    base: str       # a builtin, or the name of an entry
    is_const: bool  # of the base: what the last pointer points to
    pointers: tuple = ()  # one a `*`, innermost first: whether that pointer itself is const

    @property
    def depth(self):
        return len(self.pointers)

    def __str__(self):
        stars = ''.join('* const' if const else '*' for const in self.pointers)
        return f'{"const " if self.is_const else ""}{self.base}{stars}'


def parse(text):
    """The Type, or None when `text` is none."""
    match = _TYPE.fullmatch(text)
    if not match:
        return None
    const, base, stars = match.groups()
    return Type(base, bool(const), tuple(bool(p) for p in re.findall(r'\*( const)?', stars)))
