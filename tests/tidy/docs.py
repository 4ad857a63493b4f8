# SPDX-License-Identifier: Apache-2.0
"""Rules on what a newcomer reads first: a guide in each folder, titles, links that lead on."""
import os
import re

# Folder -> the file that says what is in it. A folder counts once it has files.
GUIDES = {
    '.': 'README.md', 'include': 'README.md', 'runtime': 'ARCHITECTURE.md', 'kernels': 'README.md',
    'checkpoint': 'FORMAT.md', 'cli': 'README.md', 'bindings': 'README.md', 'bench': 'README.md',
    'tests': 'README.md', 'tests/cases': 'README.md', 'tests/golden': 'README.md',
    'tests/interop': 'README.md', 'bench/peers': 'README.md', 'comm': 'README.md',
}
TOP_LEVEL = {'CMakeLists.txt', 'include', 'runtime', 'cli', 'bindings', 'kernels', 'comm',
             'checkpoint', 'tests', 'bench', 'README.md', 'CMakePresets.json', 'LICENSE',
             '.clang-format', '.clang-tidy', '.gitignore', '.ci'}


def check(tree, findings):
    paths = set(tree.paths)
    for folder, guide in GUIDES.items():
        has_files = folder == '.' or any(p.startswith(folder + '/') for p in paths)
        if has_files and os.path.normpath(os.path.join(folder, guide)) not in paths:
            findings.add('guide', folder, 1, f'a newcomer finds no {guide} here')
    for name in sorted({p.split('/')[0] for p in paths} - TOP_LEVEL):
        findings.add('top-level', name, 1, 'the top level is fixed; put it into one of its folders')
    for path in tree.paths:
        if path.endswith('.md'):
            _check_markdown(tree, path, findings)


def _check_markdown(tree, path, findings):
    text = tree.text(path)
    if not text.startswith('# '):
        findings.add('title', path, 1, 'the first line must be the title: "# ..."')
    prose = re.sub(r'```.*?```', lambda m: '\n' * m.group(0).count('\n'), text, flags=re.S)
    for match in re.finditer(r'\]\(([^)#\s]+)(#[^)]*)?\)', prose):
        target = match.group(1)
        if re.match(r'[a-z]+:', target):
            continue
        where = os.path.normpath(os.path.join(tree.root, os.path.dirname(path), target))
        if not os.path.exists(where):
            line = prose.count('\n', 0, match.start()) + 1
            findings.add('link', path, line, f'links to {target}, which does not exist')
