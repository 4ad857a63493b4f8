# SPDX-License-Identifier: Apache-2.0
"""The rules of layers.txt: who may include whom, and which folder may include which library."""
import re

from findings import CODE

_INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


class Layers:
    def __init__(self, text):
        self.allowed = {}  # layer -> {layer: [paths] or None for all}
        self.headers = []  # (prefix of the header, [prefixes of paths that may include it])
        section = None
        for line in text.split('\n'):
            line = line.split('#')[0].rstrip()
            if not line:
                continue
            if line.startswith('['):
                section = line.strip('[]')
                continue
            name, _, rest = line.partition(':')
            if section == 'layers':
                entries = re.findall(r'([^\s(]+)(?:\(([^)]*)\))?', rest)
                self.allowed[name.strip()] = {e: p.split() if p else None for e, p in entries}
            else:
                places = [] if rest.strip() == '-' else rest.split()
                self.headers.append((name.strip(), places))

    def layer_of(self, path):
        folders = [layer for layer in self.allowed if path.startswith(layer + '/')]
        return max(folders, key=len) if folders else None

    def cycle(self):
        """A list of layers that lead back to the first, or None."""
        done, trail = set(), []

        def visit(layer):
            if layer in trail:
                return trail[trail.index(layer):] + [layer]
            if layer in done:
                return None
            trail.append(layer)
            for below in self.allowed.get(layer, {}):
                if below != layer:
                    found = visit(below)
                    if found:
                        return found
            trail.pop()
            done.add(layer)
            return None

        for layer in self.allowed:
            found = visit(layer)
            if found:
                return found
        return None


def check(tree, layers, findings):
    cycle = layers.cycle()
    if cycle:
        findings.add('layers', 'tests/tidy/layers.txt', 1, 'cycle: ' + ' -> '.join(cycle))
    for layer, below in layers.allowed.items():
        for name in below:
            if name not in layers.allowed:
                findings.add('layers', 'tests/tidy/layers.txt', 1, f'{layer} may include {name}, '
                             'which is not a layer')
    existing = set(tree.paths)
    for path in tree.paths:
        if path.endswith(CODE):
            _check_file(tree, layers, findings, path, existing)


def _check_file(tree, layers, findings, path, existing):
    layer = layers.layer_of(path)
    if layer is None:
        findings.add('layers', path, 1, 'its folder is no layer of tests/tidy/layers.txt')
        return
    text = tree.text(path)
    for match in _INCLUDE.finditer(text):
        quote, target = match.groups()
        line = text.count('\n', 0, match.start()) + 1
        public = 'include/' + target if target.startswith('raddle/') else None
        library = any(target.startswith(prefix) for prefix, _ in layers.headers)
        if (quote == '"' and not library) or public:
            _check_edge(layers, findings, path, line, layer, public or target, existing)
        for prefix, places in layers.headers:
            if target.startswith(prefix) and not any(path.startswith(p) for p in places):
                where = ' '.join(places) or 'nowhere'
                findings.add('headers', path, line, f'<{target}> may be included only in: {where}')


def _check_edge(layers, findings, path, line, layer, target, existing):
    if target not in existing and not target.startswith('include/'):
        if path.startswith('tests/capi/old_consumer/'):
            return  # its headers are a frozen copy of its own
        findings.add('layers', path, line, f'"{target}" is no file of the repository; write '
                     'includes from the root')
        return
    other = layers.layer_of(target)
    if other == layer:
        return
    if other not in layers.allowed[layer]:
        findings.add('layers', path, line, f'{layer} may not include {other} ("{target}"); see '
                     'tests/tidy/layers.txt')
        return
    only = layers.allowed[layer][other]
    rest = target[len(other) + 1:] if other else target
    if only is not None and not any(rest == o or rest.startswith(o) for o in only):
        findings.add('layers', path, line, f'{layer} may include of {other} only: {" ".join(only)}')
