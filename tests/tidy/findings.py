# SPDX-License-Identifier: Apache-2.0
"""What the rules share: the files of the repository, findings, and the list of exceptions."""
import os
import re
import subprocess

CODE = ('.h', '.hpp', '.cc', '.c', '.inc')
SKIPPED_FOLDERS = re.compile(r'^(build.*|runs|\.git|\.venv.*|\.judges|__pycache__|\.cache)$')


class Tree:
    """The files git would commit under `root`; without git, all files but build outputs."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._from_git() or self._from_disk())
        self._texts = {}

    def _from_git(self):
        if not os.path.exists(os.path.join(self.root, '.git')):
            return []
        command = ['git', '-c', 'safe.directory=*', '-C', self.root, 'ls-files', '-z', '--cached',
                   '--others', '--exclude-standard']
        try:
            listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        except (OSError, subprocess.CalledProcessError):
            return []
        return [p for p in listed.split('\0') if p and os.path.isfile(os.path.join(self.root, p))]

    def _from_disk(self):
        paths = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if not SKIPPED_FOLDERS.match(f)]
            paths += [os.path.relpath(os.path.join(folder, f), self.root) for f in files]
        return paths

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding='utf-8', errors='replace') as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def code_paths(self):
        return [p for p in self.paths if p.endswith(CODE)]


class Findings:
    """Collects what is wrong, leaving out what exceptions.txt excuses."""

    def __init__(self, exceptions_text=''):
        self.found = []
        self._exceptions = {}
        self._used = set()
        for number, line in enumerate(exceptions_text.split('\n'), 1):
            if not line.strip() or line.startswith('#'):
                continue
            what, _, reason = line.partition('|')
            if len(what.split()) != 2 or len(reason.split()) < 3:
                self.found.append(f'exceptions.txt:{number}: [exceptions] write '
                                  '"RULE PATH[:name] | a reason of a few words"')
                continue
            self._exceptions[tuple(what.split())] = number

    def add(self, rule, path, line, message, name=None):
        for subject in (path, f'{path}:{name}'):
            if (rule, subject) in self._exceptions:
                self._used.add((rule, subject))
                return
        self.found.append(f'{path}:{line}: [{rule}] {message}')

    def add_unused_exceptions(self):
        for key, number in self._exceptions.items():
            if key not in self._used:
                self.found.append(f'exceptions.txt:{number}: [exceptions] "{key[0]} {key[1]}" '
                                  'excuses nothing any more; delete the line')
