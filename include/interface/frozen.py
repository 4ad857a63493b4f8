# SPDX-License-Identifier: Apache-2.0
"""What programs that were built earlier rely on. The records in tests/capi grow and never change:
here is what the description may not take back from them."""

ON_PURPOSE = ('a program that was built earlier would break; undo it, or, on purpose and before '
              'the first release, delete its line of tests/capi/{} first')


def layout_breaks(old_text, new_text):
    """Faults: lines of layout.txt that are gone or changed. A struct with struct_size may grow."""
    old, new, found = _lines(old_text), _lines(new_text), []
    for what, layout in old.items():
        if what not in new:
            found.append(f'layout.txt: {what} was "{layout}" and is no longer described; '
                         + ON_PURPOSE.format('layout.txt'))
        elif new[what] != layout and not _grew(what, layout, new):
            found.append(f'layout.txt: {what} was "{layout}", now it is "{new[what]}"; append '
                         'fields at the end and keep values; ' + ON_PURPOSE.format('layout.txt'))
    return found


def _grew(what, layout, new):
    return f'{what}.struct_size' in new and int(new[what].split()[-1]) > int(layout.split()[-1])


def _lines(text):
    return dict(line.split(' ', 1) for line in text.split('\n') if line and line[0] != '#')


def export_breaks(old_text, new_text):
    """Faults: functions of exports.txt that are gone."""
    names = set(new_text.split('\n'))
    return [f'exports.txt: {name} is no longer described; ' + ON_PURPOSE.format('exports.txt')
            for name in old_text.split('\n')
            if name and name[0] != '#' and name not in names]
