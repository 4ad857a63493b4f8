# SPDX-License-Identifier: Apache-2.0
"""raddle launch: output, signals, the first failure, and nothing left behind; ranks that train
together, and what becomes of them when one is killed, stopped or started otherwise."""
import os
import re
import signal
import subprocess
import time

import harness
from harness import CONFIG, DONE, STOPPED, UNAVAILABLE, USAGE, EndToEnd

LONG = ('--set', 'train.steps=100000')


def shell(script):
    return ('--', '/bin/sh', '-c', script)


def pids_of(folder):
    """Processes that were started in `folder`."""
    found = []
    for name in os.listdir('/proc'):
        try:
            if name.isdigit() and os.readlink(f'/proc/{name}/cwd') == folder:
                with open(f'/proc/{name}/stat', encoding='utf-8') as file:
                    if file.read().rsplit(')', 1)[1].split()[0] != 'Z':
                        found.append(int(name))
        except OSError:
            pass
    return found


class Launch(EndToEnd):
    def launch(self, count, *arguments, **more):
        return self.run_raddle('launch', '-n', str(count), *arguments, **more)

    def wait_until(self, fact, what):
        deadline = time.monotonic() + 30
        while not fact():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.01)

    def assert_nothing_left(self):
        self.wait_until(lambda: not pids_of(self.folder), 'processes are left')

    def rank_pid(self, rank):
        """The process of a rank that wrote its number to a file."""
        path = self.path(f'pid{rank}')
        self.wait_until(lambda: os.path.exists(path) and os.path.getsize(path), f'no rank {rank}')
        with open(path, encoding='utf-8') as file:
            return int(file.read())


class Output(Launch):
    def test_lines_are_whole_and_have_their_rank(self):
        script = ('i=0; while [ $i -lt 300 ]; do echo "out $RADDLE_RANK $i"; echo "err $i" >&2; '
                  'i=$((i+1)); done; printf unfinished')
        outcome = self.launch(3, *shell(script))
        lines = outcome.out.splitlines()
        for rank in range(3):
            own = [line for line in lines if line.startswith(f'[{rank}] ')]
            self.assertEqual(own, [f'[{rank}] out {rank} {i}' for i in range(300)] +
                             [f'[{rank}] unfinished'])
        self.assertEqual(len(lines), 903)
        for line in outcome.err.splitlines():
            self.assertRegex(line, r'^\[[012]\] err \d+$')

    def test_one_rank_has_no_prefix(self):
        self.assertEqual(self.launch(1, *shell('echo $RADDLE_RANK of $RADDLE_WORLD_SIZE')).out,
                         '0 of 1\n')

    def test_ranks_know_their_place(self):
        script = ('echo $RADDLE_LOCAL_RANK/$RADDLE_LOCAL_SIZE $RADDLE_COORDINATOR '
                  '${RADDLE_COORDINATOR_FD:+fd} ${#RADDLE_JOB_SECRET} $RADDLE_RUNTIME_THREADS')
        out = sorted(self.launch(2, '--threads', '5', *shell(script)).out.splitlines())
        port = re.search(r'127\.0\.0\.1:(\d+)', out[0])[1]
        self.assertEqual(out, [f'[0] 0/2 127.0.0.1:{port} fd 64 5',
                               f'[1] 1/2 127.0.0.1:{port} 64 5'])

    def test_an_outer_job_is_not_taken_for_this_one(self):
        env = {'RADDLE_RANK': '3', 'RADDLE_WORLD_SIZE': '4', 'RADDLE_JOB_SECRET': 'outer',
               'RADDLE_COORDINATOR_FD': '77'}
        script = 'echo $RADDLE_RANK of $RADDLE_WORLD_SIZE ${RADDLE_COORDINATOR_FD:-none}'
        out = self.launch(2, *shell(script), env=env).out
        self.assertIn('[1] 1 of 2 none', out)
        self.assertNotIn('77', out)

    def test_a_pod_starts_the_ranks_of_its_node(self):
        env = {'PET_NNODES': '2', 'PET_NPROC_PER_NODE': '2', 'PET_NODE_RANK': '1',
               'PET_MASTER_ADDR': 'pod-0', 'PET_MASTER_PORT': '29500'}
        script = 'echo $RADDLE_RANK of $RADDLE_WORLD_SIZE at $RADDLE_COORDINATOR'
        out = self.run_raddle('launch', *shell(script), env=env).out
        self.assertEqual(sorted(out.splitlines()),
                         ['[2] 2 of 4 at pod-0:29500', '[3] 3 of 4 at pod-0:29500'])
        refused = self.train('run', env=env, expect=CONFIG)
        self.assertIn('raddle launch', refused.err)

    def test_usage(self):
        for arguments in (('-n', '2'), ('-n', '0', '--', 'train'), ('--', 'train'),
                          ('-n', '2', '--threads', '0', '--', 'train'), ('-n', 'x', '--', 'train')):
            self.run_raddle('launch', *arguments, expect=USAGE)


class Failures(Launch):
    def test_the_first_that_fails_is_named_and_the_others_end(self):
        begin = time.monotonic()
        outcome = self.launch(3, *shell('[ $RADDLE_RANK = 1 ] && { echo boom >&2; exit 7; }; '
                                        'trap "" TERM; sleep 100'), expect=7)
        self.assertIn('rank 1 failed first: it ended with code 7; its last words: boom',
                      outcome.err)
        self.assertLess(time.monotonic() - begin, 20)
        self.assert_nothing_left()

    def test_a_rank_that_lost_another_is_not_the_cause(self):
        outcome = self.launch(2, *shell('[ $RADDLE_RANK = 0 ] && exit 69; sleep 0.3; exit 5'),
                              expect=5)
        self.assertIn('rank 1 failed first', outcome.err)

    def test_a_signal_that_ended_a_rank_is_named(self):
        outcome = self.launch(2, *shell('[ $RADDLE_RANK = 1 ] && kill -SEGV $$; sleep 100'),
                              expect=139)
        self.assertIn('rank 1 failed first: signal 11', outcome.err)
        self.assert_nothing_left()

    def test_a_program_that_is_not_there(self):
        outcome = self.launch(2, '--', './nothing', expect=127)
        self.assertIn('No such file', outcome.err)


class Signals(Launch):
    WAITS = ('trap "echo got TERM; exit 75" TERM; trap "echo got USR1" USR1; '
             'trap "echo got INT; exit 75" INT; echo $$ > pid$RADDLE_RANK; '
             'while :; do sleep 0.05; done')

    def test_signals_reach_all_ranks(self):
        process = self.start('launch', '-n', '2', *shell(self.WAITS))
        for rank in range(2):
            self.rank_pid(rank)
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        outcome = self.finish(process, STOPPED)
        for rank in range(2):
            self.assertIn(f'[{rank}] got USR1\n', outcome.out)
            self.assertIn(f'[{rank}] got TERM\n', outcome.out)
        self.assert_nothing_left()

    def test_a_killed_launcher_leaves_no_process(self):
        process = self.start('launch', '-n', '3', *shell('echo $$ > pid$RADDLE_RANK; '
                                                         'trap "" TERM HUP; '
                                                         'while :; do :; done'))
        for rank in range(3):
            self.rank_pid(rank)
        process.kill()
        self.finish(process, expect=-signal.SIGKILL)
        self.assert_nothing_left()


class Training(Launch):
    def start_ranks(self, count, *arguments):
        process = self.start('launch', '-n', str(count), '--', 'train', 'tiny.toml', '--run-dir',
                             'run', *arguments)
        self.wait_for_step(process, 'run', 3)
        ranks = {}
        for pid in pids_of(self.folder):
            with open(f'/proc/{pid}/environ', encoding='utf-8') as file:
                variables = dict(v.split('=', 1) for v in file.read().split('\0') if '=' in v)
            if 'RADDLE_RANK' in variables:
                ranks[int(variables['RADDLE_RANK'])] = pid
        self.assertEqual(sorted(ranks), list(range(count)))
        return process, ranks

    def test_ranks_train_one_model(self):
        outcome = self.launch(2, '--', 'train', 'tiny.toml', '--run-dir', 'two')
        self.assertEqual(outcome.out.count('steps             60 of 60'), 1)
        self.train('one')
        one, two = self.metrics('one')[-1], self.metrics('two')[-1]
        self.assertAlmostEqual(one['loss'], two['loss'], places=3)
        self.assertEqual(self.checkpoints('two').keys(), self.checkpoints('one').keys())
        self.assert_nothing_left()

    def test_a_killed_rank_ends_the_others_by_name(self):
        for victim in (0, 1):
            process, ranks = self.start_ranks(2, *LONG)
            os.kill(ranks[victim], signal.SIGKILL)
            begin = time.monotonic()
            outcome = self.finish(process, 128 + signal.SIGKILL)
            self.assertLess(time.monotonic() - begin, 10)
            self.assertIn(f'rank {victim} failed first: signal 9', outcome.err)
            self.assertRegex(outcome.err, rf'\[{1 - victim}\] error: .*rank {victim}\b')
            self.assert_nothing_left()
            subprocess.run(['rm', '-rf', self.path('run')], check=True)

    def test_a_stopped_rank_ends_the_others_by_name(self):
        process, ranks = self.start_ranks(2, *LONG)
        os.kill(ranks[1], signal.SIGSTOP)
        begin = time.monotonic()
        outcome = self.finish(process, UNAVAILABLE)
        self.assertLess(time.monotonic() - begin, 15)
        self.assertRegex(outcome.err, rf'\[0\] error: .*rank 1 \(host .*, pid {ranks[1]}\)')
        self.assertIn('nothing was heard', outcome.err)
        self.assert_nothing_left()

    def test_all_ranks_stop_and_save_together(self):
        process, _ = self.start_ranks(2, *LONG)
        process.send_signal(signal.SIGTERM)
        outcome = self.finish(process, STOPPED)
        self.assertIn('go on with --resume auto', outcome.err)
        self.assertTrue(self.checkpoints('run'))

    def test_another_config_is_named_by_all(self):
        script = (f'exec {self.raddle} train tiny.toml --run-dir run$RADDLE_RANK '
                  '--set train.steps=1$RADDLE_RANK')
        outcome = self.launch(2, *shell(script), expect=CONFIG)
        for rank in range(2):
            self.assertRegex(outcome.err, rf'\[{rank}\] error: rank 1 .*'
                             r'train.steps is 11 there and 10 at rank 0')

    def test_an_error_of_one_is_quoted_by_the_others(self):
        script = ('[ $RADDLE_RANK = 1 ] && export RADDLE_RUNTIME_MEMORY_LIMIT=1KiB; '
                  f'exec {self.raddle} train tiny.toml --run-dir run')
        outcome = self.launch(2, *shell(script), expect=None)
        self.assertIn('rank 1 failed first', outcome.err)
        self.assertRegex(outcome.err, r'\[0\] error: .*rank 1.*memory')


class Doctor(EndToEnd):
    def test_the_place_and_its_contradictions(self):
        self.assertIn('alone', self.run_raddle('doctor').out)
        out = self.run_raddle('doctor', env={'RADDLE_RANK': '0', 'RADDLE_WORLD_SIZE': '2',
                                             'OMPI_COMM_WORLD_RANK': '3',
                                             'OMPI_COMM_WORLD_SIZE': '4'}).out
        self.assertIn('openmpi says rank 3 of 4, raddle says rank 0 of 2; raddle counts', out)
        out = self.run_raddle('doctor', env={'RADDLE_RANK': 'x'}).out
        self.assertIn('RADDLE_WORLD_SIZE is not set', out)


if __name__ == '__main__':
    harness.main()
