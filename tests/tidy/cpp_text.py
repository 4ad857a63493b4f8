# SPDX-License-Identifier: Apache-2.0
"""Reads C and C++ well enough for tidy: code without comments, strings and preprocessor lines, and
the functions in it with their lengths. It follows braces and the text before them, no grammar."""
import re

_TYPE_HEAD = re.compile(r'^(inline\s+|static\s+|typedef\s+|constexpr\s+)*'
                        r'(namespace|class|struct|union|enum|extern)\b')
_ACCESS = re.compile(r'^\s*(public|private|protected)\s*$')
_TAIL = re.compile(r'^(\s|const\b|noexcept\b|override\b|final\b|mutable\b|volatile\b|try\b|&|'
                   r'->.*|requires\b.*|[A-Z][A-Z0-9_]*\b)*$', re.S)


def blank_comments(text, keep_strings=False):
    """`text` with comments (and, unless kept, string contents) replaced by spaces; lines stay."""
    out = []
    i, n = 0, len(text)

    def blank(piece):
        return ''.join('\n' if c == '\n' else ' ' for c in piece)

    while i < n:
        two = text[i:i + 2]
        if two == '//':
            end = text.find('\n', i)
            end = n if end < 0 else end
        elif two == '/*':
            end = text.find('*/', i + 2)
            end = n if end < 0 else end + 2
        elif two == 'R"' and not re.match(r'\w', text[i - 1:i]):
            open_paren = text.find('(', i)
            close = ')' + text[i + 2:open_paren] + '"'
            end = text.find(close, open_paren)
            end = n if end < 0 else end + len(close)
            out.append(text[i:end] if keep_strings else '""' + blank(text[i:end])[2:])
            i = end
            continue
        elif text[i] == '"' or (text[i] == "'" and not (i and text[i - 1].isalnum())):
            quote, end = text[i], i + 1
            while end < n and text[end] != quote and text[end] != '\n':
                end += 2 if text[end] == '\\' else 1
            end = min(end + 1, n)
            out.append(text[i:end] if keep_strings else quote + blank(text[i + 1:end - 1]) + quote)
            i = end
            continue
        else:
            out.append(text[i])
            i += 1
            continue
        out.append(blank(text[i:end]))
        i = end
    return ''.join(out)


def blank_preprocessor(code):
    """`code` with preprocessor lines, continuation lines included, replaced by empty lines."""
    lines, inside = [], False
    for line in code.split('\n'):
        if inside or line.lstrip().startswith('#'):
            inside = line.endswith('\\')
            lines.append('')
        else:
            lines.append(line)
    return '\n'.join(lines)


def _without_template_heads(head):
    """Removes each leading `template <...>` with its balanced angle brackets."""
    while head.startswith('template'):
        start = head.find('<')
        if start < 0:
            return head
        depth, i = 0, start
        while i < len(head):
            depth += {'<': 1, '>': -1}.get(head[i], 0)
            i += 1
            if depth == 0:
                break
        head = head[i:].lstrip()
    return head


def _in_member_initialisers(head):
    """True after the ':' that follows a constructor's parameter list."""
    depth, closed = 0, False
    for i, c in enumerate(head):
        if c == '(':
            depth += 1
        elif c == ')':
            depth -= 1
            closed = closed or depth == 0
        elif c == ':' and depth == 0 and closed and ':' not in (head[i - 1], head[i + 1:i + 2]):
            return True
    return False


def _kind_of_brace(head):
    """What a '{' after `head`, outside functions, opens: 'function', 'initialiser' or 'scope'."""
    head = re.sub(r'^(\[\[[^\]]*\]\]\s*)+', '', _without_template_heads(head.strip()))
    if head.count('(') != head.count(')'):
        return 'initialiser'  # an argument of a call
    if _TYPE_HEAD.match(head) and not re.search(r'\)\s*(const|noexcept|override)*\s*$', head):
        return 'scope'
    if '(' not in head:
        return 'initialiser' if head and head[-1] in '=,>])' or '=' in head else 'scope'
    if _in_member_initialisers(head):
        return 'initialiser' if re.search(r'[\w>]\s*$', head) else 'function'
    plain = re.sub(r'operator\s*[^\s\w(]+', 'operator', head)
    equals = plain.find('=')
    if 0 <= equals < plain.find('(') and not re.search(r'=\s*\[', plain):
        return 'initialiser'
    return 'function' if _TAIL.match(head[head.rfind(')') + 1:]) else 'initialiser'


def functions(code):
    """[(name, first_line, line_count)] of code without comments and preprocessor lines."""
    found, stack = [], []
    head, head_line, line = '', None, 1
    in_function = 0

    for c in code:
        if c == '\n':
            line += 1
        if in_function:
            if c == '{':
                in_function += 1
            elif c == '}':
                in_function -= 1
                if in_function == 0:
                    name, first = stack.pop()
                    found.append((name, first, line - first + 1))
                    head, head_line = '', None
            continue
        if c == '{':
            kind = _kind_of_brace(head)
            if kind == 'function':
                name = re.search(r'([~\w:]+|operator\s*\S+?)\s*\(', head)
                stack.append((name.group(1) if name else 'lambda', head_line or line))
                in_function = 1
            else:
                stack.append((kind, head))  # an initialiser, member{...}, is a part of its head
                head, head_line = ('', None) if kind == 'scope' else (head, head_line)
            continue
        if c == '}':
            kind, saved = stack.pop() if stack else ('scope', '')
            head, head_line = (saved + '}', head_line) if kind == 'initialiser' else ('', None)
            continue
        if c == ';' or (c == ':' and _ACCESS.search(head)):
            head, head_line = '', None
            continue
        head += c
        if head_line is None and not c.isspace():
            head_line = line
    return found


def range_for_targets(code):
    """[(line, name)] of `for (x : name)` loops."""
    pattern = re.compile(r'\bfor\s*\([^;()]*?(?<!:):(?!:)\s*\*?(?:this->)?'
                         r'([A-Za-z_]\w*)\s*\)')
    return [(code.count('\n', 0, m.start()) + 1, m.group(1)) for m in pattern.finditer(code)]
