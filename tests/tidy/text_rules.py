# SPDX-License-Identifier: Apache-2.0
"""Rules on one file at a time: sizes, headers, banned calls, words that must not be committed."""
import re

from cpp_text import blank_comments, blank_preprocessor, functions, range_for_targets

LINES_MAX, FUNCTION_LINES_MAX, COLUMNS_MAX = 500, 70, 100
FROZEN = 'tests/capi/old_consumer/include/'  # headers of the past: nobody may tidy them
LIBRARY = ('include/', 'runtime/', 'kernels/', 'checkpoint/')
TEXT = ('.h', '.hpp', '.cc', '.c', '.inc', '.py', '.sh', '.md', '.txt', '.cmake', '.toml', '.json',
        '.in', '.map', '.rs', '.go', '.java')
# Written in two pieces so that this file does not contain what it looks for.
_LEFTOVER = re.compile(r'\b(' + 'TO' + 'DO|FIX' + 'ME|XX' + 'X|HA' + r'CK)\b')
_MACHINE_PATH = re.compile(r'(?<![\w.)}])/(' + 'work|ho' + r'me|root|mnt|Users)/\w')


def read_bans(text):
    """[(scope, pattern, [allowed path prefixes], instead)] of rules.txt."""
    bans = []
    for line in text.split('\n'):
        if line.strip() and not line.startswith('#'):
            scope, rest = line.split(' | ', 1)
            pattern, allowed, instead = rest.rsplit('| ', 2)
            bans.append((scope.strip(), re.compile(pattern.strip()), allowed.split(), instead))
    return bans


def check(tree, bans, findings):
    for path in tree.paths:
        if (path.endswith(TEXT) and not path.startswith(FROZEN)) or path.startswith('.ci/'):
            _check_text(path, tree.text(path), findings)
    for path in tree.code_paths():
        _check_code(path, tree.text(path), bans, findings)


def _check_text(path, text, findings):
    lines = text.split('\n')
    code = not path.endswith(('.md', '.txt', '.json', '.in', '.map'))
    if code or path.endswith('CMakeLists.txt'):
        head = lines[1:2] if lines[0].startswith('#!') else lines[0:1]
        if not head or 'SPDX-License-Identifier: Apache-2.0' not in head[0]:
            findings.add('spdx', path, 1, 'the first line must be the SPDX licence line')
        if len(lines) - 1 > LINES_MAX:
            findings.add('file-length', path, 1, f'{len(lines) - 1} lines, at most {LINES_MAX}: '
                         'split it by idea')
    in_table_or_code = False
    for number, line in enumerate(lines, 1):
        if path.endswith('.md'):
            in_table_or_code ^= line.startswith('```')
        elif code and len(line) > COLUMNS_MAX:
            findings.add('columns', path, number, f'{len(line)} columns, at most {COLUMNS_MAX}')
        if _LEFTOVER.search(line):
            findings.add('leftover', path, number, 'finish it, or open an issue and leave no mark')
        if _MACHINE_PATH.search(line):
            findings.add('machine-path', path, number, 'a path of one machine; take it as an '
                         'argument')
        if line != line.rstrip() and not path.endswith('.md'):
            findings.add('whitespace', path, number, 'spaces at the end of the line')
        if '\t' in line and not path.endswith(('.go', '.txt', '.json')):
            findings.add('whitespace', path, number, 'a tab; indent with spaces')
    if text and not text.endswith('\n'):
        findings.add('whitespace', path, len(lines), 'the file does not end with a newline')


def _check_code(path, text, bans, findings):
    code = blank_comments(text)
    library = path.startswith(LIBRARY)
    if path.endswith(('.h', '.hpp')):
        _check_header(path, text, findings)
    for scope, pattern, allowed, instead in bans:
        if (scope == 'library' and not library) or any(path.startswith(a) for a in allowed):
            continue
        for match in pattern.finditer(code):
            line = code.count('\n', 0, match.start()) + 1
            findings.add('banned', path, line, f'"{match.group(0).strip()}": use {instead}')
    if library:
        _check_hash_order(path, code, findings)
        _check_conditionals(path, code, findings)
    for name, line, count in functions(blank_preprocessor(code)):
        if count > FUNCTION_LINES_MAX:
            findings.add('function-length', path, line, f'{name} has {count} lines, at most '
                         f'{FUNCTION_LINES_MAX}', name)


def _check_header(path, text, findings):
    lines = text.split('\n')
    if len(lines) < 2 or not lines[1].lstrip().startswith(('//', '/*')):
        findings.add('header-comment', path, 2, 'say after the licence line what the header is for')
    guarded = '#pragma once' in text or (path.startswith(('include/', 'tests/capi/old_consumer/'))
                                         and re.search(r'#ifndef RADDLE_\w+_H_?\b', text))
    if not guarded and 'foreach_target.h' not in text and not path.endswith('-inl.h'):
        findings.add('header-guard', path, 1, '#pragma once is missing')


def _check_hash_order(path, code, findings):
    """Walking a hash table gives another order on another machine, hence other results."""
    declared = r'\bunordered_(?:multi)?(?:map|set)\s*<[^;=]*?>\s*&?\s*(\w+)\s*[;={(,)]'
    names = set(re.findall(declared, code))
    for line, name in range_for_targets(code):
        if name in names:
            findings.add('hash-order', path, line, f'iterates over the hash table "{name}"; use '
                         'std::map or a sorted vector')


def _check_conditionals(path, code, findings):
    """A feature is a file chosen by CMake, not an #ifdef."""
    for number, line in enumerate(code.split('\n'), 1):
        match = re.match(r'\s*#\s*(if|ifdef|ifndef|elif)\b(.*)', line)
        allowed = re.compile(r'HWY_|__cplusplus|RADDLE_\w+_H_?\b|__STDC_VERSION__|__GNUC__|'
                             r'__x86_64__|__aarch64__|_WIN32|RADDLE_(BUILDING|STATIC|API)|'
                             r'__clang__|__SANITIZE|__has_|\w+_INL(_H_)?\b|DLPACK_\w+_H_\b')
        if match and not allowed.search(match.group(2)):
            findings.add('conditional', path, number, 'a feature is chosen by CMake (a stub twin '
                         'file), not by the preprocessor')
