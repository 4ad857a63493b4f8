#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ranks as processes: they follow the curve of one, stop together, and none waits for one that is
lost."""
import os
import signal
import time

from harness import DONE, STOPPED, EndToEnd, main, tensors

OPTIONS = ['--set', 'train.micro_batches=4', '--set', 'runtime.threads=1',
           '--set', 'train.eval_interval=10']
# How long the others may take to end once a rank is lost.
SECONDS = 8


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
        return [int(word) for word in file.read().split()]


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def rank_of(pid):
    with open(f'/proc/{pid}/environ', 'rb') as file:
        for entry in file.read().split(b'\0'):
            if entry.startswith(b'RADDLE_RANK='):
                return int(entry.split(b'=')[1])
    return None


class Ranks(EndToEnd):
    def launch(self, ranks, run, *more):
        return self.start('launch', '-n', str(ranks), '--', 'train', 'tiny.toml', '--run-dir', run,
                          *OPTIONS, *more)

    def launch_to_end(self, ranks, run, *more, expect=DONE):
        return self.finish(self.launch(ranks, run, *more), expect)

    def ranks_under(self, launcher):
        """{rank: process} once all are there."""
        return {rank_of(pid): pid for pid in children(launcher.pid)}

    def assert_close(self, run, other, tolerance):
        rows, others = self.metrics(run), self.metrics(other)
        self.assertEqual(len(rows), len(others))
        for row, expected in zip(rows, others):
            self.assertEqual(row['step'], expected['step'])
            self.assertEqual(row['tokens'], expected['tokens'])
            self.assertLessEqual(abs(row['loss'] - expected['loss']),
                                 tolerance * abs(expected['loss']), row)

    def test_the_curve_is_that_of_one_rank_and_the_same_again(self):
        steps = ['--set', 'train.steps=20']
        self.train('one', *OPTIONS, *steps)
        out = self.launch_to_end(4, 'four', *steps).out
        self.assert_close('four', 'one', 1e-5)
        self.assertIn('validation_loss', out)
        self.launch_to_end(4, 'again', *steps)
        ends = [self.checkpoints(run)[20] for run in ('four', 'again', 'one')]
        self.assertEqual(tensors(ends[0]), tensors(ends[1]))
        self.run_raddle('ckpt', 'verify', 'four')
        self.assertEqual(tensors(ends[0]).keys(), tensors(ends[2]).keys())
        self.run_raddle('generate', 'four', '--prompt', 'the comb')

    def test_sequences_that_are_cut_over_ranks_train_the_same(self):
        # Of 32 tokens, of which a rank holds 12: on three ranks, with attention between them.
        steps = ['--set', 'train.steps=20']
        hybrid = ['--set', 'mesh.placement=hybrid', '--set', 'mesh.capacity=12']
        self.train('one', *OPTIONS, *steps)
        self.launch_to_end(4, 'cut', *steps, *hybrid)
        self.assert_close('cut', 'one', 1e-5)
        self.launch_to_end(4, 'again', *steps, *hybrid)
        self.assertEqual(tensors(self.checkpoints('cut')[20]),
                         tensors(self.checkpoints('again')[20]))

    def test_a_stop_of_one_rank_stops_all_and_others_go_on(self):
        for number, whom in ((signal.SIGTERM, 2), (signal.SIGTERM, None), (signal.SIGINT, None)):
            run = f'run-{number}-{whom}'
            process = self.launch(3, run, '--set', 'train.steps=100000')
            self.wait_for_step(process, run, 5)
            target = process.pid if whom is None else self.ranks_under(process)[whom]
            os.kill(target, number)
            self.finish(process, expect=STOPPED)
            done = self.metrics(run)[-1]['step']
            self.assertEqual(max(self.checkpoints(run)), done)
            self.launch_to_end(2, run, '--resume', 'auto', '--set', f'train.steps={done + 5}')
            self.assertEqual([row['step'] for row in self.metrics(run)],
                             list(range(1, done + 6)))

    def lose(self, number, whom):
        run = f'lost-{number}-{whom}'
        process = self.launch(3, run, '--set', 'train.steps=100000', '--set',
                              'checkpoint.interval=4')
        self.wait_for_step(process, run, 9)
        ranks = self.ranks_under(process)
        os.kill(ranks[whom], number)
        begin = time.monotonic()
        outcome = self.finish(process, expect=None)
        self.assertLess(time.monotonic() - begin, SECONDS, outcome.err)
        self.assertNotIn(outcome.code, (DONE, STOPPED), outcome.err)
        self.assertRegex(outcome.err, rf'rank {whom}\b')
        self.assertEqual([pid for pid in ranks.values() if is_alive(pid)], [])
        # Nothing of a run is lost with a rank but the steps since the last checkpoint.
        saved = max(self.checkpoints(run))
        self.launch_to_end(2, run, '--resume', 'auto', '--set', f'train.steps={saved + 3}')
        self.assertEqual([row['step'] for row in self.metrics(run)], list(range(1, saved + 4)))

    def test_a_rank_that_is_killed_ends_the_others(self):
        for whom in (0, 2):
            self.lose(signal.SIGKILL, whom)

    def test_a_rank_that_stands_still_ends_the_others(self):
        for whom in (0, 1):
            self.lose(signal.SIGSTOP, whom)

    def test_ranks_end_with_their_launcher(self):
        process = self.launch(3, 'orphans', '--set', 'train.steps=100000')
        self.wait_for_step(process, 'orphans', 3)
        ranks = self.ranks_under(process)
        self.assertEqual(sorted(ranks), [0, 1, 2])
        process.kill()
        self.finish(process, expect=None)
        deadline = time.monotonic() + SECONDS
        while any(map(is_alive, ranks.values())) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([rank for rank, pid in ranks.items() if is_alive(pid)], [])

    def test_an_error_is_told_once_by_its_rank(self):
        self.train('taken', *OPTIONS)
        outcome = self.launch_to_end(3, 'taken', expect=None)
        self.assertNotIn(outcome.code, (DONE, STOPPED))
        self.assertIn('holds a run already', outcome.err)


if __name__ == '__main__':
    main()
