#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run that was interrupted, damaged or short of disk ends as one that was not."""
import json
import os
import resource
import shutil
import signal
import subprocess

from harness import DATA, DONE, IO, STOPPED, SYSTEM, EndToEnd, main, shards, tensors

# What must be the same however the run was cut; times are not.
REPRODUCED = ('step', 'loss', 'grad_norm', 'lr', 'tokens')


class Resume(EndToEnd):
    def assert_same_end(self, run, other):
        """Weights, optimizer and metrics of two finished runs are equal bit for bit."""
        last, last_other = self.checkpoints(run), self.checkpoints(other)
        self.assertEqual(max(last), max(last_other))
        mine, theirs = tensors(last[max(last)]), tensors(last_other[max(last_other)])
        self.assertEqual(sorted(mine), sorted(theirs))
        prefixes = {name.split('.')[0] for name in mine}
        self.assertEqual(len(prefixes), 3, f'weights and two moments, not {prefixes}')
        for name in mine:
            self.assertEqual(mine[name], theirs[name], name)
        rows = [[row[k] for k in REPRODUCED] for row in self.metrics(run)]
        rows_other = [[row[k] for k in REPRODUCED] for row in self.metrics(other)]
        self.assertEqual([row[0] for row in rows], list(range(1, max(last) + 1)))
        self.assertEqual(rows, rows_other)

    def test_from_a_checkpoint_in_the_middle(self):
        self.train('whole')
        shutil.copytree(self.path('whole'), self.path('cut'))
        for step, path in self.checkpoints('cut').items():
            if step > 20:
                shutil.rmtree(path)
        self.train('cut', '--resume', 'auto')
        self.assert_same_end('cut', 'whole')

    def test_a_run_of_format_1(self):
        """A checkpoint as Raddle wrote it before it had slices; the next ones have them."""
        case = os.path.join(os.path.dirname(__file__), '..', 'cases', 'run-format-1')
        shutil.copytree(case, self.folder, dirs_exist_ok=True)
        self.run_raddle('ckpt', 'verify', 'run')
        self.train('run', '--resume', 'auto')
        versions = {}
        for step, path in self.checkpoints('run').items():
            with open(os.path.join(path, 'manifest.json'), encoding='utf-8') as file:
                versions[step] = json.load(file)['version']
        self.assertEqual(versions, {3: 1, 6: 2})
        with open(self.path('continued.jsonl'), encoding='utf-8') as file:
            recorded = [json.loads(line) for line in file]
        rows = self.metrics('run')[3:]
        self.assertEqual([row['step'] for row in rows], [4, 5, 6])
        for row, expected in zip(rows, recorded):
            self.assertEqual([row[k] for k in ('step', 'lr', 'tokens')],
                             [expected[k] for k in ('step', 'lr', 'tokens')])
            # Another processor may have other kernels; a weight, moment or batch that is not the
            # run's changes the loss far more.
            self.assertAlmostEqual(row['loss'], expected['loss'], delta=1e-5 * expected['loss'])
        self.run_raddle('ckpt', 'verify', 'run')

    def test_the_number_of_threads_changes_nothing(self):
        self.train('one', '--set', 'runtime.threads=1')
        self.train('three', '--set', 'runtime.threads=3')
        self.assert_same_end('one', 'three')

    def stopped_by(self, signals):
        """A run of 3,000 steps that gets the signals early; returns its outcome."""
        more = ['--set', 'train.steps=3000', '--set', 'checkpoint.interval=0']
        process = self.start('train', 'tiny.toml', '--run-dir', 'cut', *more)
        self.wait_for_step(process, 'cut', 10)
        for number in signals:
            process.send_signal(number)
        return self.finish(process, expect=STOPPED)

    def test_sigterm_saves_and_says_so(self):
        outcome = self.stopped_by([signal.SIGTERM])
        self.assertIn('--resume auto', outcome.err)
        steps = list(self.checkpoints('cut'))
        self.assertEqual(steps[-1], self.metrics('cut')[-1]['step'])
        self.assertLess(steps[-1], 3000)
        self.assertIn(f'{steps[-1]} of 3000', outcome.out)
        self.run_raddle('ckpt', 'verify', 'cut')

    def test_sigint_too_and_the_run_then_ends_as_if_nothing_had_been(self):
        self.stopped_by([signal.SIGINT])
        stopped_at = max(self.checkpoints('cut'))
        end = stopped_at + 20
        more = ['--set', 'train.steps=3000', '--set', 'checkpoint.interval=0']
        # The same schedule, stopped later at no step that matters: compare the common steps.
        process = self.start('train', 'tiny.toml', '--run-dir', 'cut', '--resume', 'auto', *more)
        self.wait_for_step(process, 'cut', end)
        process.send_signal(signal.SIGTERM)
        self.finish(process, expect=STOPPED)
        process = self.start('train', 'tiny.toml', '--run-dir', 'whole', *more)
        self.wait_for_step(process, 'whole', end)
        process.send_signal(signal.SIGTERM)
        self.finish(process, expect=STOPPED)
        cut = [[row[k] for k in REPRODUCED] for row in self.metrics('cut')[:end]]
        whole = [[row[k] for k in REPRODUCED] for row in self.metrics('whole')[:end]]
        self.assertEqual(cut, whole)

    def test_a_killed_run_leaves_good_checkpoints(self):
        process = self.start('train', 'tiny.toml', '--run-dir', 'cut', '--set', 'train.steps=3000')
        self.wait_for_step(process, 'cut', 50)
        process.send_signal(signal.SIGKILL)
        self.finish(process, expect=-signal.SIGKILL)
        before = max(self.checkpoints('cut'))
        self.assertGreaterEqual(before, 20)
        self.run_raddle('ckpt', 'verify', 'cut')

    def test_a_run_is_not_overwritten(self):
        self.train('whole', '--set', 'train.steps=4')
        outcome = self.train('whole', expect=None)
        self.assertNotEqual(outcome.code, DONE)
        self.assertIn('resume', outcome.err)


class Damage(EndToEnd):
    def damaged(self, how):
        """A finished run whose newest checkpoint `how` damaged, and that checkpoint."""
        self.train('run')
        newest = self.checkpoints('run')[60]
        how(newest)
        return newest

    def assert_falls_back(self, newest, named):
        outcome = self.run_raddle('ckpt', 'verify', newest, expect=DATA)
        self.assertIn(named, outcome.err)
        refused = self.train('other', '--resume', newest, expect=DATA)
        self.assertIn(named, refused.err)
        outcome = self.train('run', '--resume', 'auto')
        self.assertIn(os.path.basename(newest), outcome.err)  # says what it passed over
        self.assertEqual([row['step'] for row in self.metrics('run')], list(range(1, 61)))
        self.run_raddle('ckpt', 'verify', 'run')

    def test_a_flipped_bit(self):
        def flip(checkpoint):
            with open(shards(checkpoint)[0], 'r+b') as file:
                file.seek(-1000, os.SEEK_END)
                byte = file.read(1)[0]
                file.seek(-1000, os.SEEK_END)
                file.write(bytes([byte ^ 1]))
        newest = self.damaged(flip)
        self.assert_falls_back(newest, os.path.basename(shards(newest)[0]))

    def test_a_truncated_file(self):
        def cut(checkpoint):
            path = shards(checkpoint)[0]
            os.truncate(path, os.path.getsize(path) // 2)
        newest = self.damaged(cut)
        self.assert_falls_back(newest, os.path.basename(shards(newest)[0]))

    def test_a_shard_of_another_checkpoint(self):
        def mix(checkpoint):
            shutil.copy(shards(self.checkpoints('run')[40])[0], shards(checkpoint)[0])
        newest = self.damaged(mix)
        self.assert_falls_back(newest, os.path.basename(shards(newest)[0]))

    def test_no_manifest(self):
        newest = self.damaged(lambda path: os.remove(os.path.join(path, 'manifest.json')))
        self.assertIn('manifest', self.run_raddle('ckpt', 'verify', newest, expect=DATA).err)
        self.train('run', '--resume', 'auto')


class FullDisk(EndToEnd):
    def test_a_file_size_limit_stops_neither_training_nor_the_old_checkpoint(self):
        self.train('run', '--set', 'train.steps=20')
        first = self.checkpoints('run')[20]
        size = min(os.path.getsize(path) for path in shards(first))

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
        outcome = self.train('limited', '--resume', first, expect=None, preexec_fn=limit)
        self.assertIn(outcome.code, (DONE, IO, SYSTEM))
        self.assertIn('checkpoint', outcome.err)
        self.assertEqual(self.metrics('limited')[-1]['step'], 60)
        self.run_raddle('ckpt', 'verify', first)

    def test_a_full_file_system(self):
        self.train('probe', '--set', 'train.steps=20')
        used = sum(os.path.getsize(os.path.join(folder, name))
                   for folder, _, names in os.walk(self.path('probe')) for name in names)
        os.mkdir(self.path('small'))
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={used * 3 // 2}', 'tmpfs',
                                  self.path('small')], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f'cannot mount a small file system: {mounted.stderr.strip()}')
        try:
            outcome = self.train('small/run', expect=None)
            self.assertIn(outcome.code, (DONE, IO, SYSTEM))
            self.assertIn('60 of 60', outcome.out)
            self.assertRegex(outcome.err.lower(), 'disk|space|room')
            self.assertEqual(list(self.checkpoints('small/run')), [20])
            self.run_raddle('ckpt', 'verify', 'small/run')
        finally:
            subprocess.run(['umount', '-l', self.path('small')], check=True)


if __name__ == '__main__':
    main()
