#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run directory is the record of one run: nothing that was is lost, what is refused leaves no
trace."""
import os

from harness import CONFIG, DATA, EndToEnd, main


class Lineage(EndToEnd):
    def snapshot(self, run):
        """{path: contents} of every file and folder below the run; empty if there is none."""
        found = {}
        for folder, folders, names in os.walk(self.path(run)):
            for name in folders:
                found[os.path.join(folder, name)] = None
            for name in names:
                with open(os.path.join(folder, name), 'rb') as file:
                    found[os.path.join(folder, name)] = file.read()
        return found


class NoTrace(Lineage):
    def test_a_refused_resume_changes_nothing(self):
        self.train('run', '--set', 'train.steps=40')
        before = self.snapshot('run')
        bad = self.path('run', 'checkpoints', 'step-00000030')
        for arguments, code in (
                (['--resume', 'auto', '--set', 'model.width=64'], CONFIG),
                (['--resume', 'run/checkpoints/step-00000020', '--set', 'model.layers=3'], CONFIG),
                (['--resume', bad], DATA),
                (['--resume', 'auto', '--set', 'data.path=gone.txt'], DATA),
                (['--resume', 'auto', '--set', 'runtime.memory_limit=1KiB'], None),
                ([], CONFIG)):
            outcome = self.train('run', *arguments, expect=code)
            self.assertNotEqual(outcome.code, 0)
            self.assertEqual(self.snapshot('run'), before, arguments)

    def test_a_first_attempt_with_a_typo_leaves_no_run(self):
        os.mkdir(self.path('empty'))
        for run in ('run', 'empty'):
            for bad in ('data.path=txet.txt', 'data.validation_path=gone.txt',
                        'data.tokenizer=gone.json', 'model.init_from=gone', 'model.heads=5',
                        'data.sequence_length=100000', 'runtime.memory_limit=1KiB'):
                self.assertNotEqual(self.train(run, '--set', bad, expect=None).code, 0, bad)
                self.assertEqual(self.snapshot(run), {}, bad)
                self.assertEqual(os.path.exists(self.path(run)), run == 'empty', bad)
            self.train(run, '--set', 'train.steps=4')


if __name__ == '__main__':
    main()
