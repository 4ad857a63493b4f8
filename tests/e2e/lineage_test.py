#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run directory is the record of one run: nothing that was is lost, what is refused leaves no
trace."""
import json
import os
import shutil
import signal
import subprocess
import tempfile

from harness import CONFIG, DATA, DONE, IO, EndToEnd, main, tensors


class Lineage(EndToEnd):
    def snapshot(self, run):
        """{path: contents} of every file and folder below the run; empty if there is none."""
        found = {}
        for folder, folders, names in os.walk(self.path(run)):
            for path in (os.path.join(folder, name) for name in folders + names):
                if os.path.islink(path):
                    found[path] = os.readlink(path)
                elif os.path.isdir(path):
                    found[path] = None
                else:
                    with open(path, 'rb') as file:
                        found[path] = file.read()
        return found

    def go(self, run, *arguments, steps, **more):
        return self.train(run, '--set', 'checkpoint.interval=5', '--set', f'train.steps={steps}',
                          *arguments, **more)

    def rows(self, run):
        """What ckpt ls says, in its order."""
        return [json.loads(line) for line in
                self.run_raddle('ckpt', 'ls', run, '--json').out.splitlines()]

    def in_force(self, run):
        return [row['step'] for row in self.rows(run) if row['in_force']]

    def set_aside(self, run):
        """{name of the folder: steps} of what was set aside."""
        found = {}
        for row in self.rows(run):
            if not row['in_force']:
                name = row['path'].split('/set-aside/')[1].split('/')[0]
                found.setdefault(name, []).append(row['step'])
        return found

    def steps_of(self, *run):
        return [row['step'] for row in self.metrics(os.path.join(*run))]

    def losses(self, *run):
        return {row['step']: row['loss'] for row in self.metrics(os.path.join(*run))}

    def step(self, number, *run):
        return os.path.join(*run, 'checkpoints', f'step-{number:08d}')

    def assert_newest(self, run, step):
        """All who look at the run take the checkpoint that it stands at."""
        report = json.loads(self.run_raddle('ckpt', 'verify', run).out)
        self.assertEqual((report['step'], report['path']), (step, self.step(step, run)))
        self.assertEqual(self.rows(run)[-1]['step'], step)
        self.assertEqual(json.loads(self.run_raddle('eval', run, '--json').out)['step'], step)


class Branches(Lineage):
    def test_going_back_sets_the_later_branch_aside_for_good(self):
        self.go('run', steps=30)
        first, saved = self.losses('run'), tensors(self.step(30, self.path('run')))
        back = self.go('run', '--resume', self.step(10, 'run'),
                       '--set', 'optimizer.learning_rate=3e-3', steps=20)
        self.assertIn('branch-1 is set aside with 4 checkpoints', back.err)
        self.assertIn('run/set-aside/branch-1', back.err)
        for line in back.err.splitlines():
            if '  saved ' in line:
                self.assertTrue(os.path.isdir(self.path(line.split('  saved ')[1])), line)
        self.assertEqual(self.in_force('run'), [5, 10, 15, 20])
        self.assertEqual(self.set_aside('run'), {'branch-1': [15, 20, 25, 30]})
        self.assertEqual([row['branch'] for row in self.rows('run') if row['in_force']],
                         ['branch-1', 'branch-1', 'branch-2', 'branch-2'])
        self.assertIn('set aside', self.run_raddle('ckpt', 'ls', 'run').out)
        self.assertEqual(self.steps_of('run'), list(range(1, 21)))
        self.assertNotEqual(self.losses('run')[20], first[20])
        self.assertEqual(self.losses('run', 'set-aside', 'branch-1'), first)
        self.assert_newest('run', 20)
        # It never wins again, though its steps are higher.
        self.go('run', '--resume', 'auto', steps=25)
        self.assertEqual(self.in_force('run'), [5, 10, 15, 20, 25])
        self.assertEqual(self.steps_of('run'), list(range(1, 26)))
        self.assert_newest('run', 25)
        aside = os.path.join('run', 'set-aside', 'branch-1')
        self.assertEqual(tensors(self.step(30, self.path(aside))), saved)
        self.assert_newest(aside, 30)  # laid out as a run, and as good as one
        self.run_raddle('ckpt', 'export', 'run', '--to', 'hf', '--out', 'hf')

    def test_back_twice_and_then_into_a_branch_that_was_set_aside(self):
        self.go('run', steps=20)
        first = self.losses('run')
        rate = ('--set', 'optimizer.learning_rate=3e-3')
        self.go('run', '--resume', self.step(10, 'run'), *rate, steps=20)
        second = self.losses('run')
        self.go('run', '--resume', self.step(5, 'run'), steps=15)
        self.assertEqual(self.in_force('run'), [5, 10, 15])
        self.assertEqual(self.set_aside('run'), {'branch-1': [15, 20], 'branch-2': [10, 15, 20]})
        self.assertEqual(self.losses('run', 'set-aside', 'branch-2'), second)
        third = self.losses('run')
        # Back into the first branch, by the name of its place.
        into = self.step(15, 'run', 'set-aside', 'branch-1')
        outcome = self.go('run', '--resume', into, steps=25)
        self.assertIn('branch-3 is set aside', outcome.err)
        self.assertEqual(self.in_force('run'), [5, 15, 20, 25])
        self.assertEqual(self.set_aside('run'), {'branch-1': [20], 'branch-2': [10, 15, 20],
                                                 'branch-3': [10, 15]})
        self.assertEqual(self.losses('run', 'set-aside', 'branch-3'), third)
        now = self.losses('run')
        self.assertEqual(list(now), list(range(1, 26)))
        self.assertEqual([now[s] for s in range(1, 16)], [first[s] for s in range(1, 16)])
        self.assert_newest('run', 25)

    def test_into_a_branch_that_was_set_aside_when_it_was_done(self):
        self.train('run', '--set', 'train.steps=6', '--set', 'checkpoint.interval=2', '--set',
                   'checkpoint.keep_last=9')
        done = tensors(self.path('run', 'checkpoints', 'step-00000006'))
        self.train('run', '--resume', self.path('run', 'checkpoints', 'step-00000002'), '--set',
                   'train.steps=4', '--set', 'optimizer.learning_rate=0.1')
        self.train('run', '--resume',
                   self.path('run', 'set-aside', 'branch-1', 'checkpoints', 'step-00000006'),
                   '--set', 'train.steps=6')
        self.assertEqual(tensors(self.path('run', 'checkpoints', 'step-00000006')), done)
        self.assertEqual([row['step'] for row in self.metrics('run') if 'loss' in row],
                         [1, 2, 3, 4, 5, 6])
        self.assertTrue(os.path.exists(self.path('run', 'set-aside', 'branch-2', 'checkpoints',
                                                 'step-00000004')))

    def test_checkpoints_on_another_disk_cannot_be_set_aside(self):
        if os.stat('/dev/shm').st_dev == os.stat(self.folder).st_dev:
            self.skipTest('one disk only')
        elsewhere = tempfile.mkdtemp(dir='/dev/shm')
        self.addCleanup(shutil.rmtree, elsewhere)
        os.makedirs(self.path('run'))
        os.symlink(elsewhere, self.path('run', 'checkpoints'))
        self.train('run', '--set', 'train.steps=6', '--set', 'checkpoint.interval=2', '--set',
                   'checkpoint.keep_last=9')
        refused = self.train('run', '--resume', self.path('run', 'checkpoints', 'step-00000002'),
                             '--set', 'train.steps=8', expect=None)
        self.assertNotEqual(refused.code, DONE)
        self.assertIn('on another disk', refused.err)
        self.train('run', '--resume', 'auto', '--set', 'train.steps=8')
        self.assertEqual([row['step'] for row in self.metrics('run') if 'loss' in row],
                         [1, 2, 3, 4, 5, 6, 7, 8])

    def test_a_pipe_in_place_of_a_file_is_refused(self):
        self.train('run', '--set', 'train.steps=2')
        for name in ('metrics.jsonl', 'lineage.json'):
            os.rename(self.path('run', name), self.path('kept'))
            os.mkfifo(self.path('run', name))
            refused = self.train('run', '--resume', 'auto', '--set', 'train.steps=4', expect=None)
            self.assertNotEqual(refused.code, DONE)
            self.assertIn('device or a pipe', refused.err)
            os.rename(self.path('kept'), self.path('run', name))
        self.train('run', '--resume', 'auto', '--set', 'train.steps=4')

    def test_retention_thins_the_branch_in_force_only(self):
        keep = ('--set', 'checkpoint.keep_last=2', '--set', 'checkpoint.keep_every=10')
        self.go('run', *keep, steps=35)
        self.assertEqual(self.in_force('run'), [10, 20, 30, 35])
        self.go('run', '--resume', self.step(10, 'run'), *keep, steps=25)
        self.assertEqual(self.in_force('run'), [10, 20, 25])
        self.assertEqual(self.set_aside('run'), {'branch-1': [20, 30, 35]})

    def test_a_checkpoint_from_elsewhere(self):
        self.go('other', steps=10)
        self.go('run', '--set', 'train.seed=3', steps=15)
        before = self.losses('run')
        self.go('run', '--resume', self.step(5, 'other'), steps=10)
        self.assertEqual(self.in_force('run'), [10])
        self.assertEqual(self.set_aside('run'), {'branch-1': [5, 10, 15]})
        self.assertEqual(self.losses('run', 'set-aside', 'branch-1'), before)
        self.assertEqual(self.steps_of('run'), list(range(6, 11)))
        # A copy of the run's own checkpoint is as good as the original.
        shutil.copytree(self.path(self.step(10, 'run')), self.path('copy'))
        self.go('run', '--resume', 'copy', steps=15)
        self.assertEqual(self.in_force('run'), [10, 15])
        self.assertEqual(self.steps_of('run'), list(range(6, 16)))

    def test_a_run_of_a_version_without_a_record(self):
        self.go('run', steps=15)
        os.remove(self.path('run', 'lineage.json'))
        self.go('run', '--resume', 'auto', steps=20)
        self.assertEqual(self.in_force('run'), [5, 10, 15, 20])
        os.remove(self.path('run', 'lineage.json'))
        self.go('run', '--resume', self.step(10, 'run'), steps=15)
        self.assertEqual(self.in_force('run'), [5, 10, 15])
        self.assertEqual(self.set_aside('run'), {'branch-1': [15, 20]})


class NeverAfreshByMistake(Lineage):
    def damage_all(self, how):
        for step in (5, 10, 15):
            how(os.path.join(self.path(self.step(step, 'run')), 'manifest.json'))

    def assert_stops(self, code, *names):
        before = self.snapshot('run')
        outcome = self.go('run', '--resume', 'auto', steps=20, expect=code)
        for name in names:
            self.assertIn(name, outcome.err)
        self.assertEqual(self.snapshot('run'), before)
        self.assertNotEqual(self.go('run', steps=20, expect=None).code, 0)
        self.assertEqual(self.snapshot('run'), before)

    def test_where_no_checkpoint_can_be_read(self):
        def loop(path):
            os.remove(path)
            os.symlink(path, path)

        def cut(path):
            os.truncate(path, 100)

        def folder(path):
            os.remove(path)
            os.mkdir(path)
        steps = ('step 5', 'step 10', 'step 15')
        self.go('run', steps=15)
        shutil.copytree(self.path('run'), self.path('whole'))
        for how, code in ((cut, DATA), (os.remove, DATA), (folder, DATA), (loop, IO)):
            with self.subTest(how=how):
                self.damage_all(how)
                self.assert_stops(code, *steps)
            shutil.rmtree(self.path('run'))
            shutil.copytree(self.path('whole'), self.path('run'))
        self.go('run', '--resume', 'auto', steps=20)
        self.assertEqual(self.steps_of('run'), list(range(1, 21)))

    def test_where_the_checkpoints_are_gone(self):
        self.go('run', steps=10)
        checkpoints = self.path('run', 'checkpoints')
        for step in (5, 10):
            shutil.rmtree(self.path(self.step(step, 'run')))
        self.assert_stops(DATA, 'no checkpoint any more', '--resume')
        os.rmdir(checkpoints)
        self.assert_stops(DATA, 'no checkpoint any more')
        os.symlink(checkpoints, checkpoints)
        self.assert_stops(IO, 'checkpoints')
        os.remove(checkpoints)
        os.remove(self.path('run', 'lineage.json'))
        self.assert_stops(DATA, 'no checkpoint any more')

    def test_the_newest_that_cannot_be_read_is_passed_over_aloud_and_kept(self):
        self.go('run', steps=15)
        newest = self.path(self.step(15, 'run'))
        kept = tensors(newest)
        manifest = os.path.join(newest, 'manifest.json')
        os.rename(manifest, manifest + '.away')
        os.symlink(manifest, manifest)
        outcome = self.go('run', '--resume', 'auto', steps=12)
        self.assertIn('warning: skipping the checkpoint of step 15', outcome.err)
        self.assertIn('set-aside/branch-1', outcome.err)
        self.assertEqual(self.in_force('run'), [5, 10, 12])
        self.assertEqual(self.steps_of('run'), list(range(1, 13)))
        aside = self.step(15, self.path('run', 'set-aside', 'branch-1'))
        self.assertEqual(tensors(aside), kept)
        os.rename(os.path.join(aside, 'manifest.json.away'), os.path.join(aside, 'manifest.json'))
        self.run_raddle('ckpt', 'verify', aside)

    def test_a_run_that_was_killed_before_it_saved_begins_again(self):
        process = self.start('train', 'tiny.toml', '--run-dir', 'run',
                             '--set', 'checkpoint.interval=0', '--set', 'train.steps=3000')
        self.wait_for_step(process, 'run', 5)
        process.send_signal(signal.SIGKILL)
        self.finish(process, expect=-signal.SIGKILL)
        os.makedirs(self.path('run', 'checkpoints', '.writing-step-00000005'))
        self.assertEqual(self.go('run', steps=5, expect=None).code, CONFIG)  # not without --resume
        self.go('run', '--resume', 'auto', steps=5)
        self.assertEqual(self.steps_of('run'), list(range(1, 6)))
        self.assertEqual(self.in_force('run'), [5])

    def test_no_run_at_all_begins(self):
        os.makedirs(self.path('run', 'checkpoints'))
        self.write(os.path.join('run', 'config.toml'), '')
        self.write(os.path.join('run', 'metrics.jsonl'), '')
        self.go('run', '--resume', 'auto', steps=5)
        self.assertEqual(self.in_force('run'), [5])


class History(Lineage):
    def test_a_broken_line_costs_itself_only(self):
        self.go('run', steps=20)
        path = self.path('run', 'metrics.jsonl')
        with open(path, encoding='utf-8') as file:
            lines = file.read().splitlines(keepends=True)
        at = next(i for i, line in enumerate(lines) if '"step":7,' in line)
        lines[at] = lines[at][:20] + '\n'
        with open(path, 'w', encoding='utf-8') as file:
            file.write(''.join(lines) + '{"step":21,"lo')
        outcome = self.go('run', '--resume', 'auto', steps=25)
        self.assertIn('2 lines are broken', outcome.err)
        self.assertEqual(self.steps_of('run'), [*range(1, 7), *range(8, 26)])

    def test_fewer_steps_than_done(self):
        self.go('run', steps=10)
        before = self.snapshot('run')
        outcome = self.go('run', '--resume', 'auto', steps=5, expect=CONFIG)
        self.assertIn('has done 10 steps, more than train.steps, 5', outcome.err)
        self.assertEqual(self.snapshot('run'), before)
        self.go('run', '--resume', 'auto', steps=10)
        self.assertEqual(self.snapshot('run'), before)
        self.go('run', '--resume', self.step(5, 'run'), steps=5)
        self.assertEqual(self.snapshot('run'), before)


class Retention(Lineage):
    def test_what_cannot_be_deleted_is_no_failed_save(self):
        self.go('run', steps=5)
        oldest = self.path(self.step(5, 'run'))
        mounted = subprocess.run(['mount', '--bind', oldest, oldest], capture_output=True,
                                 text=True)
        if mounted.returncode != 0:
            self.skipTest(f'cannot make a folder that stays: {mounted.stderr.strip()}')
        try:
            outcome = self.go('run', '--resume', 'auto', '--set', 'checkpoint.keep_last=1',
                              steps=10)
        finally:
            subprocess.run(['umount', '-l', oldest], check=True)
        self.assertRegex(outcome.err, 'warning: older checkpoints are not deleted: .*step-00000005')
        self.assertIn('step 10  saved', outcome.err)
        self.assertEqual(self.in_force('run'), [5, 10])


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
