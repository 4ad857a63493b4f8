# SPDX-License-Identifier: Apache-2.0
"""Whole runs with runtime.device = cuda on the stand-in for the driver: the library as it is
shipped, the kernels' own sources on the host. Training, evaluation, checkpoints, resume on the
other device, generation, a stop, and what is said where driver or GPU are not as they should be."""
import json
import os
import signal
import sys

from harness import DONE, STOPPED, SYSTEM, UNAVAILABLE, USAGE, EndToEnd, main, tensors

ON_STANDIN = {'RADDLE_CUDA_DRIVER': os.path.abspath(sys.argv.pop(1)),
              'RADDLE_CUBLASLT_LIBRARY': os.path.abspath(sys.argv.pop(1))}
CUDA = ('--set', 'runtime.device=cuda')
STEPS = ('--set', 'train.steps=4', '--set', 'checkpoint.interval=2',
         '--set', 'train.eval_interval=2', '--set', 'train.eval_batches=1')


class Cuda(EndToEnd):
    def on_cuda(self, *words, seed=0, env=None, **more):
        return self.run_raddle(*words, env={**ON_STANDIN, 'RADDLE_STANDIN_SEED': str(seed),
                                            **(env or {})}, **more)

    def train_on_cuda(self, run, *words, **more):
        return self.on_cuda('train', 'tiny.toml', '--run-dir', run, *STEPS, *CUDA, *words, **more)

    def losses(self, run):
        return [(row['loss'], row['grad_norm']) for row in self.metrics(run)]

    def assert_close(self, first, second):
        self.assertEqual(len(first), len(second))
        for one, other in zip(first, second):
            for a, b in zip(one, other):
                self.assertLess(abs(a - b), 1e-4 * abs(b))

    def test_a_run_learns_what_it_learns_on_the_cpu(self):
        self.train('cpu', *STEPS)
        self.train_on_cuda('cuda')
        self.assert_close(self.losses('cuda'), self.losses('cpu'))
        # The same bits, whatever comes first on the device.
        self.train_on_cuda('again', seed=5)
        self.assertEqual(self.losses('again'), self.losses('cuda'))
        self.assertEqual(tensors(self.checkpoints('again')[4]),
                         tensors(self.checkpoints('cuda')[4]))
        # From the middle, each on the other's device.
        self.train('cuda', '--resume', 'cuda/checkpoints/step-00000002', *STEPS)
        self.train_on_cuda('cpu', '--resume', 'cpu/checkpoints/step-00000002')
        self.assert_close(self.losses('cuda'), self.losses('cpu'))

    def test_bf16_stays_near_fp32_and_has_the_same_bits_each_time(self):
        bf16 = ('--set', 'train.precision=bf16')
        self.train('cpu', *STEPS)
        self.train_on_cuda('cuda', *bf16)
        self.train_on_cuda('again', *bf16, seed=3)
        self.assertEqual(self.losses('again'), self.losses('cuda'))
        self.assertEqual(tensors(self.checkpoints('again')[4]),
                         tensors(self.checkpoints('cuda')[4]))
        for (narrow, _), (exact, _) in zip(self.losses('cuda'), self.losses('cpu')):
            self.assertLess(abs(narrow - exact), 5e-3 * exact)
            self.assertNotEqual(narrow, exact)
        there = json.loads(self.on_cuda('eval', 'cuda', '--json', *CUDA).out)
        on_cpu = ('--set', 'train.precision=fp32', '--set', 'runtime.device=cpu')
        here = json.loads(self.run_raddle('eval', 'cuda', '--json', *on_cpu).out)
        self.assertLess(abs(there['loss'] - here['loss']), 5e-3 * here['loss'])
        self.on_cuda('generate', 'cuda', '--prompt', 'the comb', '--max-tokens', '8', *CUDA)

    def test_what_reads_a_run_works_there_too(self):
        self.train('run', *STEPS)
        here = json.loads(self.run_raddle('eval', 'run', '--json').out)
        there = json.loads(self.on_cuda('eval', 'run', '--json', *CUDA).out)
        self.assertAlmostEqual(there['loss'], here['loss'], places=4)
        words = ('generate', 'run', '--prompt', 'the comb', '--max-tokens', '8',
                 '--temperature', '0')
        self.assertEqual(self.on_cuda(*words, *CUDA).out, self.run_raddle(*words).out)

    def test_a_stop_saves(self):
        child = self.start('train', 'tiny.toml', '--run-dir', 'run', *CUDA,
                           '--set', 'train.steps=100000', env=ON_STANDIN)
        self.wait_for_step(child, 'run', 2)
        child.send_signal(signal.SIGTERM)
        self.finish(child, expect=STOPPED)
        self.assertEqual(self.metrics('run')[-1]['step'], max(self.checkpoints('run')))
        self.assertEqual(self.run_raddle('ckpt', 'verify', 'run').code, DONE)

    def test_a_machine_without_a_driver_says_so_and_trains_on_its_cpu(self):
        no_driver = {'RADDLE_CUDA_DRIVER': './no-such-driver.so'}
        doctor = json.loads(self.run_raddle('doctor', '--json', env=no_driver).out)
        self.assertFalse(doctor['cuda']['usable'])
        self.assertIn('no-such-driver.so', doctor['cuda']['why'])
        out = self.train('run', *CUDA, env=no_driver, expect=UNAVAILABLE)
        self.assertIn('no CUDA driver', out.err)
        self.train('run', *STEPS, env=no_driver)

    def test_a_device_that_is_not_there_or_too_small_is_refused_before_anything_is_written(self):
        out = self.train_on_cuda('run', '--set', 'runtime.device=cuda:3', expect=UNAVAILABLE)
        self.assertIn('there is no CUDA device 3', out.err)
        out = self.train_on_cuda('run', env={'RADDLE_STANDIN_MEMORY': '300000'}, expect=SYSTEM)
        self.assertIn('CUDA device 0 (CUDA stand-in) leaves', out.err)
        self.assertFalse(os.path.exists(self.path('run/checkpoints')))

    def test_a_gpu_that_is_not_here_is_planned_for(self):
        out = self.run_raddle('plan', 'tiny.toml', '--gpu', 'h100', '--explain').out
        self.assertIn('attention:cuda', out)
        self.assertEqual(self.run_raddle('plan', 'tiny.toml', '--gpu', 'h1000', expect=None).code,
                         USAGE)
        described = json.loads(self.on_cuda('doctor', '--json').out)
        self.write('gpu.json', json.dumps(described))
        self.run_raddle('train', 'tiny.toml', '--dry-run', '--gpu', 'gpu.json')
        self.assertFalse(os.path.exists(self.path('runs')))


if __name__ == '__main__':
    main()
