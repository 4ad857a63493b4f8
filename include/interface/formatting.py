# SPDX-License-Identifier: Apache-2.0
"""Lays out generated C as the repository's .clang-format says, where clang-format 14 is installed;
elsewhere two texts can still be compared without regard to their layout."""
import shutil
import subprocess

PROGRAM = 'clang-format-14'


def available():
    return shutil.which(PROGRAM) is not None


def formatted(text, path, root):
    """`text` as it stands in the file `path` of the repository at `root`."""
    done = subprocess.run([PROGRAM, f'--assume-filename={path}', '--style=file'], input=text,
                          cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def first_difference(expected, actual, exact):
    """(line of `actual`, what was expected there, what is there), or None when they are the same.
    Without `exact`, spaces, line ends and continued lines do not count."""
    if not exact:
        place = _first_in_squeezed(expected, actual)
        if place is None:
            return None
        wanted, line = place
        lines = actual.split('\n')
        return line, wanted, lines[line - 1] if line <= len(lines) else '(the end of the file)'
    want, have = expected.split('\n'), actual.split('\n')
    for i in range(max(len(want), len(have))):
        left = want[i] if i < len(want) else '(the end of the file)'
        right = have[i] if i < len(have) else '(the end of the file)'
        if left != right:
            return i + 1, left, right
    return None


def _squeezed(text):
    """[(character, line)] of all that is not layout."""
    return [(c, n) for n, line in enumerate(text.split('\n'), 1)
            for c in line.removesuffix('\\') if not c.isspace()]


def _first_in_squeezed(expected, actual):
    want, have = _squeezed(expected), _squeezed(actual)
    same = 0
    while same < min(len(want), len(have)) and want[same][0] == have[same][0]:
        same += 1
    if same == len(want) == len(have):
        return None
    line_of = lambda chars: chars[min(same, len(chars) - 1)][1] if chars else 1
    return expected.split('\n')[line_of(want) - 1].strip(), line_of(have)
