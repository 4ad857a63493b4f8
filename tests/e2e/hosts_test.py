#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ranks of two hosts, which are two network namespaces joined by a cable: what they train is what
ranks of one host train, it goes through the cable, and a cable that is cut ends both."""
import os
import shutil
import subprocess
import time

from harness import DONE, EndToEnd, main, tensors

OPTIONS = ['--set', 'train.micro_batches=4', '--set', 'runtime.threads=1',
           '--set', 'train.eval_interval=10']
SECONDS = 15


def ip(*words, check=True):
    return subprocess.run(['ip', *words], check=check, capture_output=True, text=True)


def can_have_hosts():
    """Whether this user may make network namespaces."""
    if shutil.which('ip') is None:
        return False
    name = f'raddle-try-{os.getpid()}'
    is_made = ip('netns', 'add', name, check=False).returncode == 0
    ip('netns', 'del', name, check=False)
    return is_made


class Hosts(EndToEnd):
    def setUp(self):
        super().setUp()
        if not can_have_hosts():
            self.skipTest('this user can make no network namespaces (Debian package iproute2)')
        self.names = [f'raddle-{os.getpid()}-{i}' for i in range(2)]
        for name in self.names:
            ip('netns', 'add', name)
            self.addCleanup(ip, 'netns', 'del', name, check=False)
        ip('link', 'add', 'cable0', 'netns', self.names[0], 'type', 'veth', 'peer', 'name',
           'cable1', 'netns', self.names[1])
        for i, name in enumerate(self.names):
            for words in (('addr', 'add', f'10.77.0.{i + 1}/24', 'dev', f'cable{i}'),
                          ('link', 'set', f'cable{i}', 'up'), ('link', 'set', 'lo', 'up')):
                ip('-n', name, *words)
        for i, name in enumerate(self.names):
            self.wait_for_link(name, f'cable{i}')

    def wait_for_link(self, name, device):
        """UCX looks at what is up when a rank begins, and at no other."""
        deadline = time.monotonic() + 10
        while 'LOWER_UP' not in ip('-n', name, 'link', 'show', device).stdout:
            self.assertLess(time.monotonic(), deadline, f'{device} does not come up')
            time.sleep(0.01)

    def bytes_sent(self, host):
        return int(subprocess.run(
            ['ip', 'netns', 'exec', self.names[host], 'cat',
             f'/sys/class/net/cable{host}/statistics/tx_bytes'],
            check=True, capture_output=True, text=True).stdout)

    def start_rank(self, rank, size, run, *more, **variables):
        """On host `rank` modulo 2. Both have one kernel, so it is said that they share nothing."""
        place = {'RADDLE_RANK': rank, 'RADDLE_WORLD_SIZE': size, 'RADDLE_LOCAL_SIZE': 1,
                 'RADDLE_COORDINATOR': '10.77.0.1:29511', 'RADDLE_JOB_SECRET': 'of this test',
                 'RADDLE_TRANSPORT': 'ucx', **variables}
        clean = {k: v for k, v in os.environ.items() if not k.startswith('RADDLE_')}
        return subprocess.Popen(
            ['ip', 'netns', 'exec', self.names[rank % 2], self.raddle, 'train', 'tiny.toml',
             '--run-dir', run, *OPTIONS, *more],
            cwd=self.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**clean, **{k: str(v) for k, v in place.items()}})

    def start_ranks(self, size, run, *more):
        return [self.start_rank(rank, size, run, *more) for rank in range(size)]

    def test_they_train_what_one_host_trains(self):
        steps = ['--set', 'train.steps=20']
        self.finish(self.start('launch', '-n', '3', '--', 'train', 'tiny.toml', '--run-dir', 'one',
                               *OPTIONS, *steps), DONE)
        before = [self.bytes_sent(host) for host in range(2)]
        for process in self.start_ranks(3, 'two', *steps):
            self.finish(process, DONE)
        self.assertEqual(tensors(self.checkpoints('two')[20]),
                         tensors(self.checkpoints('one')[20]))
        # Ranks 0 and 2 share a cable to rank 1. The gradients of each step cross it, and what is
        # updated with them, both ways: over each end at least the parameters in F32.
        parameters = sum(len(data) for name, (*_, data) in
                         tensors(self.checkpoints('two')[20]).items() if name.startswith('param.'))
        for host in range(2):
            self.assertGreater(self.bytes_sent(host) - before[host], 20 * parameters)

    def test_sequences_that_are_cut_over_hosts(self):
        more = ['--set', 'train.steps=10', '--set', 'mesh.placement=hybrid', '--set',
                'mesh.capacity=12']
        self.finish(self.start('launch', '-n', '3', '--', 'train', 'tiny.toml', '--run-dir', 'one',
                               *OPTIONS, *more), DONE)
        for process in self.start_ranks(3, 'two', *more):
            self.finish(process, DONE)
        self.assertEqual(tensors(self.checkpoints('two')[10]),
                         tensors(self.checkpoints('one')[10]))

    def test_a_cut_cable_ends_both(self):
        ranks = self.start_ranks(2, 'cut', '--set', 'train.steps=100000')
        self.wait_for_step(ranks[0], 'cut', 5)
        ip('-n', self.names[0], 'link', 'set', 'cable0', 'down')
        begin = time.monotonic()
        for rank, process in enumerate(ranks):
            outcome = self.finish(process, expect=None)
            self.assertNotEqual(outcome.code, DONE, outcome.err)
            self.assertRegex(outcome.err, rf'rank {1 - rank}\b|coordinator')
        self.assertLess(time.monotonic() - begin, SECONDS)

    def test_without_ucx_it_is_said_what_is_missing(self):
        ranks = [self.start_rank(rank, 2, 'none', RADDLE_TRANSPORT=transport)
                 for rank, transport in enumerate(('ucx', 'shm'))]
        outcomes = [self.finish(process, expect=None) for process in ranks]
        for outcome in outcomes:
            self.assertNotEqual(outcome.code, DONE)
        self.assertTrue(any('there is nothing between rank' in outcome.err and
                            'RADDLE_TRANSPORT=shm' in outcome.err for outcome in outcomes))


if __name__ == '__main__':
    main()
