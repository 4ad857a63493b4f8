#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as its users and their scripts meet it: outputs, exit codes, help with typos."""
import json
import os

from harness import CONFIG, DATA, SYSTEM, USAGE, EndToEnd, main, tensors


class Typos(EndToEnd):
    def refused(self, code, hint, *arguments, **more):
        outcome = self.run_raddle(*arguments, expect=code, **more)
        self.assertIn(hint, outcome.err)
        self.assertEqual(outcome.out, '', 'stdout is for results')

    def test_verbs_and_flags(self):
        self.refused(USAGE, "'train'", 'trian', 'tiny.toml')
        self.refused(USAGE, "'verify'", 'ckpt', 'verfy', 'x')
        self.refused(USAGE, '--run-dir', 'train', 'tiny.toml', '--run-dri', 'x')
        self.refused(USAGE, 'verb')
        self.refused(USAGE, 'RECIPE', 'train')

    def test_help_says_what_stands_before_the_options(self):
        for verb, usage in (('train', 'train RECIPE [--set'), ('eval', 'eval MODEL_OR_RUN ('),
                            ('ckpt verify', 'ckpt verify RUN_OR_CKPT'),
                            ('data inspect', 'data inspect FILE [')):
            self.assertIn('raddle ' + usage, self.run_raddle(*verb.split(), '--help').out)

    def test_keys_and_values(self):
        # --set is a part of the configuration, whichever way it is spelt.
        for bad, hint in (('train.stpes=3', 'train.steps'), ('model.family=lama', 'llama'),
                          ('train.steps=many', 'train.steps')):
            outcome = self.run_raddle('train', 'tiny.toml', '--set', bad, expect=None)
            self.assertIn(outcome.code, (USAGE, CONFIG))
            self.assertIn(hint, outcome.err)
        self.write('typo.toml', '[train]\nsteps = 3\nseeed = 4\n')
        self.refused(CONFIG, 'typo.toml:3', 'train', 'typo.toml')
        self.refused(CONFIG, 'train.seed', 'train', 'typo.toml')
        self.refused(CONFIG, 'RADDLE_TRAIN_STEPS', 'train', 'tiny.toml',
                     env={'RADDLE_TRAIN_STEPS': 'many'})

    def test_what_never_began_has_no_result(self):
        self.refused(CONFIG, 'set data.path', 'train', 'tiny.toml', '--set', 'data.path=')

    def test_files_that_are_not_there(self):
        self.refused(CONFIG, 'none.toml', 'train', 'none.toml')
        self.refused(DATA, 'nothing.txt', 'train', 'tiny.toml', '--set', 'data.path=nothing.txt')
        self.refused(DATA, 'norun', 'eval', 'norun')
        self.refused(DATA, 'norun', 'ckpt', 'ls', 'norun')


class Looking(EndToEnd):
    def test_dry_run_prints_the_memory_table_and_trains_nothing(self):
        outcome = self.train('run', '--dry-run')
        for row in ('parameters', 'optimizer', 'activations', 'scratch', 'total'):
            self.assertIn(row, outcome.out)
        self.assertFalse(os.path.exists(self.path('run')))
        outcome = self.train('run', '--dry-run', '--set', 'runtime.memory_limit=1KiB',
                             expect=SYSTEM)
        self.assertRegex(outcome.err, r'\d+ bytes')

    def test_plan_explains_and_says_what_is_missing(self):
        # Without a limit of one's own the last line is what the machine has free at this moment.
        explain = ('plan', 'tiny.toml', '--explain', '--set', 'runtime.memory_limit=1GiB')
        first = self.run_raddle(*explain).out
        self.assertEqual(first, self.run_raddle(*explain).out)
        self.assertIn('hyper_connection_boundary', first)
        short = self.run_raddle('plan', 'tiny.toml', '--memory', '1KiB', expect=SYSTEM)
        self.assertRegex(short.err, r'needs \d+ bytes')
        plan = json.loads(self.run_raddle('plan', 'tiny.toml', '--json').out)
        self.assertGreater(len(plan['instructions']), 10)

    def test_origins_in_their_order(self):
        shown = self.run_raddle('config', 'show', 'tiny.toml', '--origin', '--set', 'train.seed=9',
                                env={'RADDLE_TRAIN_SEED': '8', 'RADDLE_TRAIN_STEPS': '7'}).out
        lines = {line.split(' = ')[0].strip(): line for line in shown.splitlines() if ' = ' in line}
        def line_of(key):
            word = key.split('.')[-1]
            return lines.get(key) or lines[word]
        self.assertRegex(line_of('train.seed'), r'= 9 .*--set')
        self.assertRegex(line_of('train.steps'), r'= 7 .*environment RADDLE_TRAIN_STEPS')
        self.assertRegex(line_of('model.family'), r'"llama" .*recipe .*tiny.toml:3')
        self.assertRegex(line_of('model.rope_theta'), r'default')

    def test_doctor_and_version(self):
        self.assertIn('raddle 0.', self.run_raddle('--version').out)
        json.loads(self.run_raddle('doctor', '--json').out)


class Trained(EndToEnd):
    def setUp(self):
        super().setUp()
        self.outcome = self.train('run', '--trace', 'trace.json')

    def test_metrics_config_and_trace(self):
        rows = self.metrics('run')
        self.assertEqual([row['step'] for row in rows], list(range(1, 61)))
        for row in rows:
            self.assertLessEqual({'step', 'loss', 'grad_norm', 'lr', 'tokens', 'tokens_per_second',
                                  'step_ms'}, set(row))
            self.assertGreater(row['grad_norm'], 0)
            self.assertGreater(row['step_ms'], 0)
        self.assertLess(rows[-1]['loss'], rows[0]['loss'] - 1.0, 'it learned next to nothing')
        self.assertLess(rows[-1]['lr'], max(row['lr'] for row in rows))
        self.assertIn('run_directory', self.outcome.out)
        self.assertIn('step 60', self.outcome.err)
        self.assertNotIn('\x1b', self.outcome.err, 'colour where there is no terminal')
        with open(self.path('trace.json'), encoding='utf-8') as file:
            trace = json.load(file)
        events = trace['traceEvents'] if isinstance(trace, dict) else trace
        self.assertGreater(len(events), 60)
        self.assertTrue(any('attention' in event.get('name', '') for event in events))

    def test_the_resolved_config_trains_the_same_again(self):
        self.run_raddle('train', 'run/config.toml', '--run-dir', 'again')
        self.assertEqual([row['loss'] for row in self.metrics('run')],
                         [row['loss'] for row in self.metrics('again')])

    def test_an_exported_model_is_the_run(self):
        self.run_raddle('ckpt', 'export', 'run', '--to', 'hf', '--out', 'hf')
        self.assertLessEqual({'config.json', 'model.safetensors', 'tokenizer.json',
                              'generation_config.json'}, set(os.listdir(self.path('hf'))))
        self.write('held.txt', 'the weaver counts threads. each beam runs straight.\n' * 9)
        def loss(model):
            out = self.run_raddle('eval', model, '--data', 'held.txt', '--json').out
            return json.loads(out)['loss']
        self.assertEqual(loss('run'), loss('hf'))
        for model in ('run', 'hf'):
            self.run_raddle('eval', model, '--tokens', '1,2,3,40', '--logits-out',
                            f'{model}-logits.safetensors')
        os.mkdir(self.path('a'))
        os.mkdir(self.path('b'))
        os.rename(self.path('run-logits.safetensors'), self.path('a', 'x.safetensors'))
        os.rename(self.path('hf-logits.safetensors'), self.path('b', 'x.safetensors'))
        mine, theirs = tensors(self.path('a')), tensors(self.path('b'))
        self.assertEqual(mine['logits'][:2], theirs['logits'][:2])
        self.assertEqual(mine['logits'][1][0], 4)
        self.assertEqual(mine['logits'], theirs['logits'])

    def test_generation_follows_its_seed(self):
        def text(*more):
            return self.run_raddle('generate', 'run', '--prompt', 'the comb', '--max-tokens', '24',
                                   *more).out
        self.assertTrue(text('--seed', '1').startswith('the comb'))
        self.assertEqual(text('--seed', '1', '--temperature', '1'),
                         text('--seed', '1', '--temperature', '1'))
        self.assertNotEqual(text('--seed', '1', '--temperature', '1'),
                            text('--seed', '2', '--temperature', '1'))
        self.assertEqual(text('--seed', '1', '--temperature', '0'),
                         text('--seed', '2', '--temperature', '0'))
        self.run_raddle('generate', 'run', expect=USAGE)

    def test_generation_says_that_the_context_is_full(self):
        asked = ['generate', 'run', '--prompt', 'the comb', '--seed', '1', '--max-tokens']
        full = self.run_raddle(*asked, '100000')
        self.assertIn("fill the model's context, 32 tokens", full.err)
        for enough in ('24', '3'):  # 8 bytes and 24 fill it too, but as was asked for
            self.assertNotIn('context', self.run_raddle(*asked, enough).err)
        self.train('short', '--set', 'train.steps=1', '--set', 'generate.max_tokens=24')
        self.assertNotIn('context', self.run_raddle('generate', 'short', *asked[2:-1]).err)
        refused = self.run_raddle('generate', 'run', '--prompt', 'x' * 40, expect=CONFIG)
        self.assertIn('the prompt has 40 tokens', refused.err)
        self.assertEqual(refused.out, '')

    def test_a_run_writes_over_no_file_of_the_user(self):
        os.mkdir(self.path('mine'))
        for name in ('config.toml', 'tokenizer.json'):
            self.write(os.path.join('mine', name), '# mine')
        for more in ([], ['--resume', 'auto']):
            refused = self.train('mine', *more, expect=CONFIG)
            self.assertIn('mine holds config.toml, tokenizer.json', refused.err)
        self.assertEqual(sorted(os.listdir(self.path('mine'))), ['config.toml', 'tokenizer.json'])

    def test_old_checkpoints_are_thinned_out(self):
        self.train('thin', '--set', 'checkpoint.interval=10', '--set', 'checkpoint.keep_last=2')
        self.assertEqual(list(self.checkpoints('thin')), [50, 60])


class Data(EndToEnd):
    def test_a_token_file_trains_like_its_text(self):
        made = self.run_raddle('data', 'tokenize', 'text.txt', '--tokenizer', 'bytes', '--out',
                               'text.tokens').out
        self.assertGreater(json.loads(made)['tokens'], 10000)
        looked = json.loads(self.run_raddle('data', 'inspect', 'text.tokens').out)
        self.assertIsInstance(looked, dict)
        short = ['--set', 'train.steps=5']
        self.train('text', *short)
        self.train('tokens', *short, '--set', 'data.path=text.tokens')
        self.assertEqual([row['loss'] for row in self.metrics('text')],
                         [row['loss'] for row in self.metrics('tokens')])

    def test_jsonl_without_the_field_names_the_line(self):
        self.write('bad.jsonl', '{"text": "fine"}\n{"txet": "typo"}\n')
        outcome = self.train('run', '--set', 'data.path=bad.jsonl', expect=None)
        self.assertNotEqual(outcome.code, 0)
        self.assertIn('bad.jsonl', outcome.err)
        self.assertIn('2', outcome.err)


if __name__ == '__main__':
    main()
