# SPDX-License-Identifier: Apache-2.0
"""Ranks that mpirun and srun start, the latter on a cluster of two nodes on this machine. A
launcher that is not installed is skipped."""
import os
import shutil
import signal
import subprocess
import time

import harness
from harness import DONE, EndToEnd

# Two nodes of one machine, without systemd, munge or accounting.
SLURM = '''ClusterName=t
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=17100
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
KillWait=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=17101 CPUs=4 RealMemory=1000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port=17102 CPUs=4 RealMemory=1000
PartitionName=p Nodes=n1,n2 Default=YES State=UP
'''
PLACE = ('"$RADDLE" doctor | '
         'grep -E "place[.](source|rank|size|coordinator) " | tr -s " \\n" " "; echo')


class Launchers(EndToEnd):
    def environment(self, **more):
        clean = {k: v for k, v in os.environ.items() if not k.startswith('RADDLE_')}
        return {**clean, 'RADDLE': self.raddle, 'RADDLE_JOB_SECRET': 'of this test', **more}

    def start_with(self, *words, **more):
        return subprocess.Popen(words, cwd=self.folder, text=True, env=self.environment(**more),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run_with(self, *words, expect=DONE, **more):
        return self.finish(self.start_with(*words, **more), expect)

    def assert_trained_together(self, outcome):
        self.assertEqual(outcome.out.count('steps             60 of 60'), 1, outcome.err)
        self.assertNotIn('no secret', outcome.err)


class OpenMpi(Launchers):
    MPIRUN = ('mpirun', '--allow-run-as-root', '--oversubscribe', '-np', '2')

    def setUp(self):
        if not shutil.which('mpirun'):
            self.skipTest('mpirun is not installed')
        super().setUp()

    def test_ranks_find_each_other(self):
        out = self.run_with(*self.MPIRUN, 'sh', '-c', PLACE).out
        for rank in range(2):
            self.assertIn(f'place.source openmpi place.rank {rank} place.size 2', out)
        self.assert_trained_together(
            self.run_with(*self.MPIRUN, self.raddle, 'train', 'tiny.toml', '--run-dir', 'run'))

    def test_a_job_without_a_secret_says_so(self):
        outcome = self.run_with(*self.MPIRUN, self.raddle, 'train', 'tiny.toml', '--run-dir', 'run',
                                RADDLE_JOB_SECRET='')
        self.assertIn('this job has no secret', outcome.err)


class Slurm(Launchers):
    def setUp(self):
        for program in ('srun', 'slurmctld', 'slurmd'):
            if not shutil.which(program):
                self.skipTest(f'{program} is not installed')
        super().setUp()
        os.makedirs(self.path('state'))
        host = os.uname().nodename.split('.')[0]
        self.write('slurm.conf', SLURM.format(host=host, folder=self.folder,
                                              user='root' if os.getuid() == 0 else os.getlogin()))
        os.environ['SLURM_CONF'] = self.path('slurm.conf')
        self.addCleanup(os.environ.pop, 'SLURM_CONF')
        self.addCleanup(self.end_daemons)
        for words in (['slurmctld', '-c'], ['slurmd', '-N', 'n1'], ['slurmd', '-N', 'n2']):
            subprocess.run(words, check=True, timeout=30, capture_output=True)
        deadline = time.monotonic() + 30
        while subprocess.run(['sinfo', '-h', '-t', 'idle', '-o', '%D'], capture_output=True,
                             text=True, check=False).stdout.strip() != '2':
            self.assertLess(time.monotonic(), deadline, 'the cluster did not come up')
            time.sleep(0.1)

    def end_daemons(self):
        for name in ('n1.pid', 'n2.pid', 'ctld.pid'):
            try:
                with open(self.path(name), encoding='utf-8') as file:
                    os.kill(int(file.read()), signal.SIGTERM)
            except (OSError, ValueError):
                pass

    def test_ranks_find_each_other(self):
        out = self.run_with('srun', '-N2', '--ntasks-per-node=2', 'sh', '-c', PLACE).out
        for rank in range(4):
            self.assertIn(f'place.source slurm place.rank {rank} place.size 4 '
                          'place.coordinator n1:', out)
        # On one node rank 0 needs no name.
        self.assert_trained_together(self.run_with('srun', '-N1', '-n2', self.raddle, 'train',
                                                   'tiny.toml', '--run-dir', 'one'))
        # These nodes have names that nobody resolves, so it is said where rank 0 is.
        self.assert_trained_together(self.run_with(
            'srun', '-N2', '-n2', self.raddle, 'train', 'tiny.toml', '--run-dir', 'two',
            RADDLE_COORDINATOR='127.0.0.1:17103'))
        # One launcher a node.
        self.assert_trained_together(self.run_with(
            'srun', '-N2', '-n2', self.raddle, 'launch', '-n', '2', '--', 'train', 'tiny.toml',
            '--run-dir', 'four', RADDLE_COORDINATOR='127.0.0.1:17104'))
        # A batch script is no rank.
        self.write('job.sh', '#!/bin/sh\n' + PLACE + '\n')
        self.run_with('sbatch', '-W', '-n4', '-o', 'out.txt', 'job.sh')
        with open(self.path('out.txt'), encoding='utf-8') as file:
            self.assertIn('place.source alone', file.read())

    def test_a_killed_task_ends_the_others_by_name(self):
        process = self.start_with('srun', '-K0', '-N1', '-n2', self.raddle, 'train', 'tiny.toml',
                                  '--run-dir', 'run', '--set', 'train.steps=100000')
        self.wait_for_step(process, 'run', 3)
        for name in os.listdir('/proc'):
            try:
                with open(f'/proc/{name}/environ', encoding='utf-8') as file:
                    variables = file.read().split('\0')
                if (os.readlink(f'/proc/{name}/exe') == os.path.realpath(self.raddle) and
                        'SLURM_PROCID=1' in variables and
                        os.readlink(f'/proc/{name}/cwd') == self.folder):
                    os.kill(int(name), signal.SIGKILL)
            except (OSError, UnicodeDecodeError):
                pass
        outcome = self.finish(process, expect=None)
        self.assertNotEqual(outcome.code, DONE)
        self.assertRegex(outcome.err, r'error: .*rank 1\b')


if __name__ == '__main__':
    harness.main()
