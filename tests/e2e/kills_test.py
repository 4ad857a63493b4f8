#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run that is killed, stopped and resumed at random moments ends as one that was left alone: the
same bits, and each step once in the metrics.

RADDLE_KILLS says how many times (40), RADDLE_SEED which schedule (1).
"""
import json
import os
import random
import signal
import time

from harness import DONE, STOPPED, EndToEnd, main, tensors

KILLS = int(os.environ.get('RADDLE_KILLS', '40'))
SEED = int(os.environ.get('RADDLE_SEED', '1'))
KILLS_A_RUN = 8
STEPS = 60

# What must be the same however the run was cut; times are not.
REPRODUCED = ('step', 'loss', 'total_loss', 'grad_norm', 'lr', 'tokens', 'skipped',
              'validation_loss', 'validation_tokens')
OPTIONS = ['--set', f'train.steps={STEPS}', '--set', 'train.eval_interval=7',
           '--set', 'train.eval_batches=3', '--set', 'checkpoint.interval=6',
           '--set', 'checkpoint.keep_last=2', '--set', 'runtime.threads=1']
# The last two of a stop hurry nothing.
SIGNALS = ([signal.SIGKILL], [signal.SIGKILL], [signal.SIGTERM], [signal.SIGINT], [signal.SIGHUP],
           [signal.SIGTERM, signal.SIGTERM], [signal.SIGINT, signal.SIGHUP],
           [signal.SIGTERM, signal.SIGKILL])


class Kills(EndToEnd):
    def rows(self, run):
        with open(self.path(run, 'metrics.jsonl'), encoding='utf-8') as file:
            rows = [json.loads(line) for line in file]
        return [{key: row[key] for key in REPRODUCED if key in row} for row in rows]

    def cut(self, schedule, log):
        """One start that gets its signals at a random moment; whether the run is done."""
        process = self.start('train', 'tiny.toml', '--run-dir', 'cut', '--resume', 'auto', *OPTIONS)
        signals = schedule.choice(SIGNALS)
        # Sometimes while it still starts, mostly while it trains.
        moment = schedule.uniform(0, 0.06) if schedule.random() < 0.2 else None
        if moment is None:
            path, before = self.path('cut', 'metrics.jsonl'), self.metrics_bytes()
            deadline = time.monotonic() + 30
            while process.poll() is None and time.monotonic() < deadline:
                if os.path.exists(path) and self.metrics_bytes() != before:
                    break
                time.sleep(0.001)
            moment = schedule.uniform(0, 0.03)
        time.sleep(moment)
        for number in signals:
            process.send_signal(number)
            time.sleep(schedule.uniform(0.002, 0.02))
        outcome = self.finish(process, expect=None)
        log.append(f'{[number.name for number in signals]} -> {outcome.code}')
        # What the exit code promises: 75 with a good checkpoint, DONE with all of the steps.
        allowed = {DONE, STOPPED, *(-number for number in signals),
                   *(128 + number for number in signals)}
        self.assertIn(outcome.code, allowed, f'{log}\n{outcome.err}')
        if outcome.code == STOPPED:
            self.assertTrue(self.checkpoints('cut'), f'75 and nothing saved\n{log}')
            self.run_raddle('ckpt', 'verify', 'cut')
        return outcome.code == DONE

    def metrics_bytes(self):
        try:
            return os.path.getsize(self.path('cut', 'metrics.jsonl'))
        except FileNotFoundError:
            return -1

    def test_random_kills_and_resumes_end_bit_equal(self):
        self.train('whole', *OPTIONS)
        whole = tensors(self.checkpoints('whole')[STEPS])
        schedule = random.Random(SEED)
        kills = 0
        while kills < KILLS:
            log = [f'seed {SEED}']
            done = False
            while not done and len(log) <= KILLS_A_RUN and kills < KILLS:
                kills += 1
                done = self.cut(schedule, log)
            self.train('cut', '--resume', 'auto', *OPTIONS)
            ends = self.checkpoints('cut')
            self.assertEqual(max(ends), STEPS, log)
            self.assertEqual(tensors(ends[STEPS]), whole, log)
            self.assertEqual(self.rows('cut'), self.rows('whole'), log)
            os.rename(self.path('cut'), self.path(f'cut-{kills}'))


if __name__ == '__main__':
    main()
