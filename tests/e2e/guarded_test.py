# SPDX-License-Identifier: Apache-2.0
"""Whole runs on the guarded device, whose memory faults wherever the host follows a pointer to it:
training, evaluation, checkpoints, resume, generation and export, all with the bits that the same
kernels give on the CPU."""
import json
import signal

from harness import DONE, STOPPED, EndToEnd, main, tensors

GUARDED = ('--set', 'runtime.device=guarded')
CPU = ('--set', 'kernels.disable=*:cpu,*:onednn,*:openblas')
STEPS = ('--set', 'train.steps=6', '--set', 'checkpoint.interval=3',
         '--set', 'train.eval_interval=3')
REPRODUCED = ('step', 'loss', 'total_loss', 'grad_norm', 'lr', 'tokens', 'validation_loss')


class Guarded(EndToEnd):
    def lines(self, run):
        with open(self.path(run, 'metrics.jsonl'), encoding='utf-8') as file:
            return [{k: v for k, v in json.loads(line).items() if k in REPRODUCED}
                    for line in file]

    def test_a_run_has_the_bits_of_the_same_kernels_on_the_cpu(self):
        self.train('cpu', *STEPS, *CPU)
        self.train('guarded', *STEPS, *GUARDED)
        self.assertEqual(self.lines('guarded'), self.lines('cpu'))
        for step in (3, 6):
            there = tensors(self.checkpoints('guarded')[step])
            self.assertEqual(there, tensors(self.checkpoints('cpu')[step]))
        # From the middle, on the other device each time.
        for run, device in (('cpu', GUARDED), ('guarded', CPU)):
            before = self.lines(run)
            self.train(run, '--resume', f'{run}/checkpoints/step-00000003', *STEPS, *device)
            self.assertEqual(self.lines(run), before)

    def test_bf16_has_the_same_bits_there_and_goes_on(self):
        bf16 = ('--set', 'train.precision=bf16')
        self.train('f32', *STEPS, *CPU)
        self.train('cpu', *STEPS, *CPU, *bf16)
        self.train('guarded', *STEPS, *GUARDED, *bf16)
        self.assertEqual(self.lines('guarded'), self.lines('cpu'))
        self.assertNotEqual(self.lines('f32'), self.lines('cpu'))
        for exact, narrow in zip(self.lines('f32'), self.lines('cpu')):
            key = 'loss' if 'loss' in exact else 'validation_loss'
            self.assertAlmostEqual(exact[key], narrow[key], delta=0.01)
        # It goes on with the same bits; and from the middle it may change.
        before = self.lines('cpu')
        self.train('cpu', '--resume', 'cpu/checkpoints/step-00000003', *STEPS, *CPU, *bf16)
        self.assertEqual(self.lines('cpu'), before)
        self.train('cpu', '--resume', 'cpu/checkpoints/step-00000003', *STEPS, *CPU)
        self.assertEqual(self.lines('cpu')[:3], before[:3])
        self.assertNotEqual(self.lines('cpu')[3:], before[3:])
        out = json.loads(self.run_raddle('eval', 'guarded', '--json', *CPU).out)
        self.assertEqual(round(out['loss'], 5), round(self.last_evaluation('guarded'), 5))

    def test_what_reads_a_run_works_there_too(self):
        self.train('run', *STEPS)
        for words in (('eval', 'run', '--json'), ('eval', 'run', '--json', *GUARDED)):
            out = json.loads(self.run_raddle(*words).out)
            self.assertAlmostEqual(out['loss'], self.last_evaluation('run'), places=5)
        texts = [self.run_raddle('generate', 'run', '--prompt', 'the comb', '--max-tokens',
                                 '20', '--temperature', '0', *device).out
                 for device in (CPU, GUARDED)]
        self.assertEqual(texts[0], texts[1])

    def last_evaluation(self, run):
        lines = [line for line in self.lines(run) if 'validation_loss' in line]
        return lines[-1]['validation_loss']

    def test_a_stop_saves(self):
        child = self.start('train', 'tiny.toml', '--run-dir', 'run', *GUARDED,
                           '--set', 'train.steps=100000')
        self.wait_for_step(child, 'run', 3)
        child.send_signal(signal.SIGTERM)
        self.finish(child, expect=STOPPED)
        done = max(self.checkpoints('run'))
        self.assertEqual(self.lines('run')[-1]['step'], done)
        out = self.run_raddle('ckpt', 'verify', 'run')
        self.assertEqual(out.code, DONE)


if __name__ == '__main__':
    main()
