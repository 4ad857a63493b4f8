#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ends a run early, and what its exit code then says: 75 only with the state on disk."""
import json
import os
import resource
import signal
import struct
import subprocess
import time

from harness import DONE, IO, RECIPE, STOPPED, SYSTEM, EndToEnd, main, shards

DIVERGED = 79
LONG = ['--set', 'train.steps=100000', '--set', 'checkpoint.interval=0']


def interrupted(number):
    return 128 + number


class Stops(EndToEnd):
    def start_run(self, *more, run='run', step=3, **popen):
        process = self.start('train', 'tiny.toml', '--run-dir', run, *LONG, *more, **popen)
        self.wait_for_step(process, run, step)
        return process

    def assert_saved(self, outcome, run='run'):
        """75 is the truth: the newest checkpoint is of the last step, and whole."""
        steps = list(self.checkpoints(run))
        self.assertEqual(steps[-1], self.metrics(run)[-1]['step'])
        self.assertIn(f'{steps[-1]} of 100000', outcome.out)
        self.run_raddle('ckpt', 'verify', run)

    def evaluations(self, run):
        with open(self.path(run, 'metrics.jsonl'), encoding='utf-8') as file:
            rows = [json.loads(line) for line in file]
        return {row['step']: row for row in rows if 'validation_loss' in row}

    def test_each_signal_that_ends_long_runs_saves(self):
        for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGXCPU, signal.SIGUSR1,
                       signal.SIGUSR2):
            with self.subTest(signal=number.name):
                run = number.name
                process = self.start_run(run=run)
                process.send_signal(number)
                self.assert_saved(self.finish(process, expect=STOPPED), run)

    def test_a_second_signal_hurries_nothing(self):
        for pause_ms in (4, 8, 20):
            with self.subTest(pause_ms=pause_ms):
                run = f'run{pause_ms}'
                process = self.start_run(run=run)
                process.send_signal(signal.SIGTERM)
                time.sleep(pause_ms / 1000)
                process.send_signal(signal.SIGINT)
                self.assert_saved(self.finish(process, expect=STOPPED), run)

    def test_a_third_ends_at_once_and_does_not_claim_to_have_saved(self):
        # A micro-batch of seconds, so that the third signal comes before the first is done with.
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', *LONG,
                             '--set', 'train.eval_interval=1', '--set', 'train.eval_batches=0',
                             '--set', 'train.micro_batches=1', '--set', 'model.context=32768',
                             '--set', 'train.micro_batch_tokens=32768',
                             '--set', 'data.validation_fraction=0', '--set', 'runtime.threads=1')
        self.wait_for(process, lambda: os.path.exists(self.path('run', 'metrics.jsonl')))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            time.sleep(0.05)
            process.send_signal(number)
        outcome = self.finish(process, expect=interrupted(signal.SIGTERM))
        self.assertIn('another signal', outcome.err)
        self.assertEqual(self.checkpoints('run'), {})

    def test_a_step_of_many_micro_batches_is_dropped_and_made_up(self):
        # A step of seconds, of which nobody waits for the end.
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', *LONG,
                             '--set', 'train.micro_batches=20000')
        self.wait_for(process, lambda: os.path.exists(self.path('run', 'metrics.jsonl')))
        process.send_signal(signal.SIGTERM)
        self.finish(process, expect=STOPPED)
        self.assertEqual(list(self.checkpoints('run')), [0])
        for run in ('run', 'whole'):
            self.run_raddle('train', 'tiny.toml', '--run-dir', run, '--resume', 'auto',
                            '--set', 'train.steps=1')
        dropped, whole = (self.metrics(run)[-1] for run in ('run', 'whole'))
        self.assertEqual(dropped['loss'], whole['loss'])

    def test_a_stop_in_an_evaluation_drops_it_and_saves_the_step(self):
        evaluating = ['--set', 'train.eval_interval=5', '--set', 'train.eval_batches=0',
                      '--set', 'data.validation_fraction=0', '--set', 'train.steps=100000',
                      '--set', 'data.validation_path=held.txt']
        self.write('held.txt', 'the weaver counts threads. each beam runs straight.\n' * 20000)
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', *LONG, *evaluating)
        self.wait_for_step(process, 'run', 5)
        time.sleep(0.05)  # the evaluation takes seconds
        process.send_signal(signal.SIGTERM)
        self.assert_saved(self.finish(process, expect=STOPPED))
        self.assertEqual(list(self.checkpoints('run')), [5])
        self.assertEqual(self.evaluations('run'), {}, 'a part of an evaluation was logged')
        # What was dropped is made up, and is that of an undisturbed run.
        self.write('held.txt', 'the weaver counts threads. each beam runs straight.\n' * 20)
        more = ['--set', 'train.eval_interval=5', '--set', 'train.eval_batches=0',
                '--set', 'data.validation_fraction=0', '--set', 'train.steps=6',
                '--set', 'data.validation_path=held.txt', '--set', 'checkpoint.interval=0',
                '--set', 'schedule.kind=constant']
        self.train('run', *more, '--resume', 'auto')
        self.train('whole', *more)
        mine, whole = self.evaluations('run'), self.evaluations('whole')
        self.assertEqual(list(mine), [5])
        self.assertEqual(list(whole), [5])

    def test_a_stop_while_the_data_are_prepared(self):
        self.write('long.txt', 'the weaver counts threads. each beam runs straight.\n' * 400000)
        preparing = ['--set', 'data.path=long.txt', '--set', 'data.tokenizer=bpe',
                     '--set', 'data.vocab_size=600']
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', *LONG, *preparing)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        outcome = self.finish(process, expect=None)
        self.assertIn(outcome.code, (interrupted(signal.SIGTERM), STOPPED))
        if outcome.code == STOPPED:
            self.assertTrue(self.checkpoints('run'))
        process = self.start('data', 'tokenize', 'long.txt', 'long.txt', 'long.txt', '--tokenizer',
                             'bytes', '--out', 'made.tokens')
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        outcome = self.finish(process, expect=None)
        if outcome.code != DONE:
            self.assertIn(outcome.code, (interrupted(signal.SIGINT), -signal.SIGINT))
            self.assertEqual(outcome.out, '')
            self.assertFalse(os.path.exists(self.path('made.tokens')))

    def test_a_stop_before_training_of_a_run_that_is_on_disk(self):
        self.train('run', '--set', 'train.steps=4')
        # 75 whenever it comes, but for the moment before anybody listens.
        for pause_ms in (5, 10, 20, 40, 80):
            process = self.start('train', 'tiny.toml', '--run-dir', 'run', *LONG, '--resume',
                                 'auto', '--set', 'schedule.kind=constant')
            time.sleep(pause_ms / 1000)
            process.send_signal(signal.SIGTERM)
            outcome = self.finish(process, expect=None)
            self.assertIn(outcome.code, (STOPPED, -signal.SIGTERM), outcome.err)
            self.run_raddle('ckpt', 'verify', 'run')

    def test_nohup_stays_in_force(self):
        process = self.start_run(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.wait_for_step(process, 'run', len(self.metrics('run')) + 5)
        process.send_signal(signal.SIGTERM)
        self.assert_saved(self.finish(process, expect=STOPPED))

    def test_readers_that_go_away_do_not_lose_the_run(self):
        process = self.start_run()
        process.stderr.close()
        process.stderr = None
        process.wait(timeout=60)  # its next line of progress finds no reader
        self.assertEqual(process.returncode, STOPPED)
        process.stdout.close()
        process.stdout = None
        self.assertEqual(list(self.checkpoints('run'))[-1], self.metrics('run')[-1]['step'])
        self.run_raddle('ckpt', 'verify', 'run')

    def test_a_log_without_room_does_not_lose_the_run(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            process = subprocess.Popen(
                [self.raddle, 'train', 'tiny.toml', '--run-dir', 'run'], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=full, text=True)
            out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, DONE)
        self.assertIn('60 of 60', out)

    def test_a_file_size_limit_that_kills_others(self):
        self.train('probe', '--set', 'train.steps=20')
        size = min(os.path.getsize(path) for path in shards(self.checkpoints('probe')[20])) // 2

        def limit():  # SIGXFSZ as a shell leaves it: it would end the process
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        outcome = self.train('run', expect=None, preexec_fn=limit)
        self.assertIn(outcome.code, (IO, SYSTEM), outcome.err)
        self.assertIn('not saved', outcome.err)
        self.assertIn('60 of 60', outcome.out)
        self.assertEqual(self.checkpoints('run'), {})

    def wait_for(self, process, fact):
        deadline = time.monotonic() + 60
        while not fact():
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(process.poll())
            time.sleep(0.002)


class Output(EndToEnd):
    """Results that did not reach their reader are no results, whichever verb made them."""
    def verbs(self):
        self.write('held.txt', 'the weaver counts threads.\n' * 9)
        yield ['--version']
        yield ['--help']
        yield ['train', '--help']
        yield ['config', 'show', 'tiny.toml']
        yield ['config', 'schema']
        yield ['plan', 'tiny.toml']
        yield ['plan', 'tiny.toml', '--json']
        yield ['plan', 'tiny.toml', '--explain']
        yield ['doctor', '--json']
        yield ['data', 'inspect', 'text.txt']
        yield ['data', 'tokenize', 'text.txt', '--out', 'text.tokens']
        yield ['data', 'train-tokenizer', 'text.txt', '--vocab-size', '300', '--out', 'bpe.json']
        yield ['train', 'tiny.toml', '--run-dir', 'run', '--set', 'train.steps=4']
        yield ['ckpt', 'ls', 'run']
        yield ['ckpt', 'ls', 'run', '--json']
        yield ['ckpt', 'verify', 'run']
        yield ['ckpt', 'export', 'run', '--out', 'hf']
        yield ['eval', 'run', '--data', 'held.txt']
        yield ['eval', 'run', '--data', 'held.txt', '--json']
        yield ['eval', 'run', '--tokens', '1,2', '--logits-out', 'logits.safetensors']
        yield ['generate', 'run', '--prompt', 'the', '--max-tokens', '4']

    def test_nowhere_to_write(self):
        for words in self.verbs():
            with self.subTest(' '.join(words)), open('/dev/full', 'w', encoding='utf-8') as full:
                done = subprocess.run([self.raddle, *words], cwd=self.folder, stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=120, check=False)
                self.assertEqual(done.returncode, IO, done.stderr)
                self.assertIn('stdout', done.stderr)
                self.assertIn('space', done.stderr)

    def test_a_closed_stdout_is_not_the_next_file_opened(self):
        done = subprocess.run(
            ['sh', '-c', f'exec "{self.raddle}" train tiny.toml --run-dir run --set train.steps=4 '
             '--set checkpoint.interval=2 >&-'],
            cwd=self.folder, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, IO, done.stderr)
        self.assertEqual([row['step'] for row in self.metrics('run')], [1, 2, 3, 4])
        self.run_raddle('ckpt', 'verify', 'run')

    def test_a_name_that_is_not_text_is_still_json(self):
        self.train('run', '--set', 'train.steps=4')
        odd = self.path().encode() + b'/od\xff"d'
        os.rename(self.path('run').encode(), odd)
        done = subprocess.run([self.raddle, 'ckpt', 'ls', odd, '--json'], capture_output=True,
                              cwd=self.folder, timeout=60, check=True)
        self.assertTrue(json.loads(done.stdout)['good'])


class Interrupted(EndToEnd):
    """Verbs that only look have nothing to save: a stop is no success and no 75."""
    def setUp(self):
        super().setUp()
        self.train('run', '--set', 'train.steps=4')

    def test_eval(self):
        self.write('held.txt', 'the weaver counts threads. each beam runs straight.\n' * 20000)
        process = self.start('eval', 'run', '--data', 'held.txt', '--json', '--set',
                             'train.eval_batches=0')
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        outcome = self.finish(process, expect=None)
        self.assertIn(outcome.code, (interrupted(signal.SIGTERM), -signal.SIGTERM), outcome.out)
        self.assertEqual(outcome.out, '', 'a part of an evaluation was printed as the result')

    def test_generate(self):
        self.write('wide.toml', RECIPE.replace(
            'context = 32', 'context = 8192').replace('[train]', 'sequence_length = 32\n[train]'))
        self.run_raddle('train', 'wide.toml', '--run-dir', 'wide', '--set', 'train.steps=1')
        process = self.start('generate', 'wide', '--prompt', 'the', '--max-tokens', '8000')
        self.assertNotEqual(process.stdout.read(5), '')
        process.send_signal(signal.SIGINT)
        outcome = self.finish(process, expect=interrupted(signal.SIGINT))
        self.assertIn('stopped', outcome.err)


class NotFinite(EndToEnd):
    def make_model(self):
        """A model directory whose weights are NaN, of the tokens of the tokenizer "bytes"."""
        width, vocab = 8, 260
        shapes = {'model.embed_tokens.weight': (vocab, width), 'model.norm.weight': (width,)}
        layer = 'model.layers.0.'
        for name in ('input_layernorm', 'post_attention_layernorm'):
            shapes[f'{layer}{name}.weight'] = (width,)
        for name in ('q_proj', 'k_proj', 'v_proj', 'o_proj'):
            shapes[f'{layer}self_attn.{name}.weight'] = (width, width)
        for name in ('gate_proj', 'up_proj', 'down_proj'):
            shapes[f'{layer}mlp.{name}.weight'] = (width, width)
        header, data = {}, b''
        for name, shape in shapes.items():
            count = shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name] = {'dtype': 'F32', 'shape': shape,
                            'data_offsets': [len(data), len(data) + 4 * count]}
            data += struct.pack('<f', float('nan')) * count
        text = json.dumps(header).encode()
        os.mkdir(self.path('nan'))
        with open(self.path('nan', 'model.safetensors'), 'wb') as file:
            file.write(struct.pack('<Q', len(text)) + text + data)
        self.write('nan/config.json', json.dumps({
            'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'vocab_size': vocab,
            'hidden_size': width, 'intermediate_size': width, 'num_hidden_layers': 1,
            'num_attention_heads': 2, 'num_key_value_heads': 2, 'max_position_embeddings': 32,
            'rms_norm_eps': 1e-5, 'rope_theta': 10000.0, 'hidden_act': 'silu',
            'tie_word_embeddings': True, 'torch_dtype': 'float32'}))

    def diverged(self, *words):
        outcome = self.run_raddle(*words, expect=DIVERGED)
        self.assertRegex(outcome.err, 'nan|not finite')
        return outcome

    def test_nan_weights_give_no_result(self):
        self.make_model()
        self.write('held.txt', 'the weaver counts threads.\n' * 9)
        self.run_raddle('data', 'train-tokenizer', 'text.txt', '--vocab-size', '260', '--out',
                        'nan/tokenizer.json')
        for words in (['eval', 'nan', '--data', 'held.txt', '--json'],
                      ['eval', 'nan', '--tokens', '1,2', '--logits-out', 'l.safetensors'],
                      ['generate', 'nan', '--prompt', 'the', '--no-echo'],
                      ['generate', 'nan', '--prompt', 'the', '--temperature', '0', '--no-echo']):
            with self.subTest(' '.join(words)):
                self.assertEqual(self.diverged(*words).out.strip(), '')
        self.assertFalse(os.path.exists(self.path('l.safetensors')))

    def test_a_run_whose_weights_overflow_saves_none_of_them(self):
        more = ['--set', 'optimizer.learning_rate=3e38', '--set', 'schedule.kind=constant',
                '--set', 'schedule.warmup_steps=0', '--set', 'checkpoint.interval=1',
                '--set', 'train.steps=4', '--set', 'train.eval_interval=1']
        outcome = self.train('run', *more, expect=DIVERGED)
        self.assertIn('not finite', outcome.err)
        self.assertEqual(self.checkpoints('run'), {})
        with open(self.path('run', 'metrics.jsonl'), encoding='utf-8') as file:
            for line in file:
                json.loads(line, parse_constant=lambda word: self.fail(f'{word} is not JSON'))


if __name__ == '__main__':
    main()
