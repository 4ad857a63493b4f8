# SPDX-License-Identifier: Apache-2.0
"""Options and limits as a user meets them: what is typed is what is meant, a refused one leaves no
trace, and what the machine cannot give is an error and not the end of the process."""
import json
import os
import re
import resource
import shutil
import struct

from harness import (CONFIG, DATA, SYSTEM, UNAVAILABLE, USAGE, EndToEnd, main, sample_text,
                     tensors)


def snapshot(folder):
    """{path: bytes or None} of everything in a folder."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.join(root, name)] = None
        for name in files:
            with open(os.path.join(root, name), 'rb') as file:
                found[os.path.join(root, name)] = file.read()
    return found


def address_space(size):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))


class Typed(EndToEnd):
    def test_the_schema_says_the_class_of_each_option(self):
        out = self.run_raddle('config', 'schema').out
        keys = re.findall(r'^([a-z][a-z0-9_.]*) = ', out, re.M)
        classes = re.findall(r'; (model|run|process); RADDLE_[A-Z0-9_]+\)$', out, re.M)
        self.assertEqual(len(keys), len(classes))
        self.assertGreater(len(keys), 60)
        for word in ('model', 'run', 'process', 'resumed', '"a,b.txt"', r'\n'):
            self.assertIn(word, out)

    def documents(self, *arguments, **more):
        run = f'run{len(os.listdir(self.folder))}'
        err = self.train(run, '--set', 'data.path=two.txt', '--set', 'train.steps=1', *arguments,
                         **more).err
        return re.search(r'of (\d+) documents', err).group(1)

    def test_a_separator_with_escapes(self):
        self.write('two.txt', sample_text(40) + '\n' + sample_text(40))
        self.assertEqual(self.documents(), '1')
        self.assertEqual(self.documents('--set', r'data.document_separator=\n\n'), '2')
        self.assertEqual(self.documents('--set', 'data.document_separator=\n\n'), '2')
        self.assertEqual(self.documents(env={'RADDLE_DATA_DOCUMENT_SEPARATOR': r'\n\n'}), '2')
        refused = self.train('bad', '--set', r'data.document_separator=\q', expect=CONFIG)
        self.assertIn('escape', refused.err)
        self.assertFalse(os.path.exists(self.path('bad')))

    def test_a_name_with_a_comma(self):
        self.write('b,c.txt', sample_text(200))
        for i, value in enumerate(('b,c.txt', '["b,c.txt"]')):
            self.train(f'run{i}', '--set', f'data.path={value}', '--set', 'train.steps=2')
            with open(self.path(f'run{i}', 'config.toml'), encoding='utf-8') as file:
                self.assertIn('data.path = ["b,c.txt"]', file.read())
            self.run_raddle('train', f'run{i}/config.toml', '--run-dir', f'again{i}')
            self.assertEqual(self.metrics(f'run{i}')[-1]['loss'],
                             self.metrics(f'again{i}')[-1]['loss'])
        shown = self.run_raddle('config', 'show', '--set', 'data.path=b,d.txt', '--changed').out
        self.assertIn('data.path = ["b", "d.txt"]', shown)

    def test_the_environment_says_what_it_does_not_know(self):
        def warned(**env):
            return self.run_raddle('config', 'show', env=env).err
        self.assertIn('RADDLE_KERNELS names no option', warned(RADDLE_KERNELS='x'))
        self.assertIn('RADDLE_KERNELS_DISABLE', warned(RADDLE_KERNELS='x'))
        self.assertIn('did you mean RADDLE_TRAIN_STEPS', warned(RADDLE_TRAIN_STEP='3'))
        self.assertIn('RADDLE_FOO_BAR', warned(RADDLE_FOO_BAR='1'))
        self.assertEqual(warned(RADDLE_BLAS_LIBRARY='', RADDLE_LOG_LEVEL='warning',
                                RADDLE_INSTRUCTION_SET='portable'), '')

    def test_the_log_level_of_the_environment(self):
        loud = self.train('a', '--set', 'train.steps=1', env={'RADDLE_LOG_LEVEL': 'info'})
        quiet = self.train('b', '--set', 'train.steps=1', env={'RADDLE_LOG_LEVEL': 'error'})
        flag = self.train('c', '--set', 'train.steps=1', '--log-level', 'info',
                          env={'RADDLE_LOG_LEVEL': 'error'})
        self.assertIn('tokenized', loud.err)
        self.assertNotIn('tokenized', quiet.err)
        self.assertIn('tokenized', flag.err)
        wrong = self.train('d', env={'RADDLE_LOG_LEVEL': 'loud'}, expect=USAGE)
        self.assertIn("RADDLE_LOG_LEVEL 'loud'", wrong.err)

    def test_a_config_file_of_a_model_and_keys_that_disagree(self):
        self.write('config.json', json.dumps({
            'model_type': 'llama', 'vocab_size': 256, 'hidden_size': 32, 'num_hidden_layers': 1,
            'num_attention_heads': 2, 'intermediate_size': 64, 'max_position_embeddings': 32,
            'rms_norm_eps': 1e-5, 'tie_word_embeddings': True}))
        refused = self.run_raddle('plan', 'tiny.toml', '--set', 'model.hf_config=config.json',
                                  '--set', 'model.heads=4', expect=CONFIG)
        self.assertIn('model.heads is 4 (--set)', refused.err)
        self.assertIn('model.layers is 2 (recipe tiny.toml', refused.err)
        shown = self.run_raddle('config', 'show', '--origin',
                                '--set', 'model.hf_config=config.json')
        self.assertRegex(shown.out, r"model.layers = 1 +# the model's config.json")
        self.assertRegex(shown.out, r"model.hf_config = .config.json. +# --set")

    def test_a_wide_model_s_file_and_a_key_that_disagrees(self):
        self.write('config.json', json.dumps({
            'model_type': 'raddle_vw_llama', 'vocab_size': 256, 'hidden_size': 32,
            'num_hidden_layers': 1, 'num_attention_heads': 2, 'intermediate_size': 64,
            'max_position_embeddings': 32, 'virtual_width': {'m': 2, 'n': 4}}))
        for key, text in (('n', 'model.virtual_width.n is 8 (--set), and 4 in the file'),
                          ('m', 'model.virtual_width.m is 8 (--set), and 2 in the file')):
            refused = self.run_raddle('config', 'show', '--set', 'model.hf_config=config.json',
                                      '--set', f'model.virtual_width.{key}=8', expect=CONFIG)
            self.assertIn(text, refused.err)


class Resumed(EndToEnd):
    def setUp(self):
        super().setUp()
        self.train('run', '--set', 'train.steps=4')

    def resume(self, *settings, **more):
        arguments = [word for setting in settings for word in ('--set', setting)]
        return self.train('run', '--resume', 'auto', *arguments, **more)

    def test_a_refused_one_leaves_no_trace(self):
        before = snapshot(self.path('run'))
        for setting in ('model.heads=4', 'model.rope_theta=500', 'model.norm_eps=1e-3',
                        'model.layers=3', 'data.tokenizer=bpe', 'model.init_from=elsewhere'):
            with self.subTest(setting):
                refused = self.resume('train.steps=6', setting, expect=CONFIG)
                key = setting.split('=')[0]
                self.assertRegex(refused.err, re.escape(key) + r' was .* and is now .*\(--set\)')
                self.assertEqual(snapshot(self.path('run')), before)

    def test_one_that_may_change_is_recorded(self):
        outcome = self.resume('train.steps=6', 'optimizer.learning_rate=0.5',
                              'train.micro_batch_tokens=128', 'runtime.threads=1',
                              'data.document_separator=;;')
        self.assertIn('from step 4 on optimizer.learning_rate is 0.5, it was 0.01', outcome.err)
        self.assertIn('data.document_separator is ;;, it was ""', outcome.err)
        with open(os.path.join(self.checkpoints('run')[6], 'manifest.json'), encoding='utf-8') as f:
            text = f.read()
        self.assertIn('optimizer.learning_rate', re.findall(r'"changes":.*?\]', text, re.S)[0])
        self.assertNotIn('runtime.threads', re.findall(r'"changes":.*?\]', text, re.S)[0])

    def test_other_data_goes_on_with_its_first_epoch(self):
        self.write('other.txt', sample_text(500)[::-1])
        outcome = self.resume('train.steps=6', 'data.path=other.txt')
        self.assertIn('another order', outcome.err)
        self.assertEqual([row['step'] for row in self.metrics('run')], [1, 2, 3, 4, 5, 6])


class MatrixLibrary(EndToEnd):
    """The library of matrix products decides the last bits: a run keeps the one it began with."""

    def kernels(self, *arguments, **more):
        out = self.run_raddle('plan', 'tiny.toml', '--explain', *arguments, **more).out
        return set(re.findall(r'\[linear\w*:(\w+)\]', out)) - {'cpu'}

    def recorded(self, run):
        with open(self.path(run, 'config.toml'), encoding='utf-8') as file:
            return re.search(r'kernels.matrix_library = "(\w+)"', file.read()).group(1)

    def test_the_processor_decides_unless_one_is_named(self):
        named = [self.kernels('--set', f'kernels.matrix_library={name}')
                 for name in ('onednn', 'openblas')]
        self.assertEqual(named, [{'onednn'}, {'openblas'}])
        for core, library in (('Haswell', 'openblas'), ('Prescott', 'onednn')):
            self.assertEqual(self.kernels(env={'RADDLE_INSTRUCTION_SET': 'avx2',
                                               'OPENBLAS_CORETYPE': core}), {library})
        refused = self.run_raddle('plan', 'tiny.toml', expect=CONFIG,
                                  env={'RADDLE_INSTRUCTION_SET': 'sse'})
        self.assertIn('RADDLE_INSTRUCTION_SET is "sse"', refused.err)

    def test_one_that_cannot_be_had(self):
        refused = self.train('run', '--set', 'kernels.matrix_library=openblas', expect=UNAVAILABLE,
                             env={'RADDLE_BLAS_LIBRARY': 'libdnnl.so.2'})
        self.assertIn('kernels.matrix_library is openblas', refused.err)
        self.assertIn('libdnnl.so.2 is oneDNN', refused.err)
        self.assertFalse(os.path.exists(self.path('run')))

    def test_a_run_keeps_its_own(self):
        for name in ('onednn', 'openblas'):
            self.train(name, '--set', 'train.steps=6', '--set', f'kernels.matrix_library={name}')
            self.train('again', '--set', 'train.steps=3', '--set',
                       f'kernels.matrix_library={name}')
            self.assertEqual(self.recorded('again'), name)
            outcome = self.train('again', '--resume', 'auto', '--set', 'train.steps=6')
            self.assertNotIn('kernels.matrix_library', outcome.err)
            self.assertEqual(self.recorded('again'), name)
            self.assertEqual(tensors(self.checkpoints('again')[6]),
                             tensors(self.checkpoints(name)[6]))
            shutil.rmtree(self.path('again'))

    def test_where_it_is_missing_another_one_goes_on_and_says_so(self):
        self.train('run', '--set', 'train.steps=3', '--set', 'kernels.matrix_library=openblas')
        only_onednn = {'RADDLE_BLAS_LIBRARY': 'libdnnl.so.2'}
        looked = self.run_raddle('eval', 'run', env=only_onednn)
        self.assertIn("its matrix products were openblas's", looked.err)
        outcome = self.train('run', '--resume', 'auto', '--set', 'train.steps=6', env=only_onednn)
        self.assertIn("its matrix products were openblas's", outcome.err)
        self.assertIn('from step 3 on kernels.matrix_library is onednn, it was openblas',
                      outcome.err)
        self.assertEqual(self.recorded('run'), 'onednn')


class Limits(EndToEnd):
    LARGE = ('--set', 'model.width=4096', '--set', 'model.layers=24', '--set', 'model.heads=32',
             '--set', 'model.ffn_width=0')

    def test_a_plan_that_does_not_fit_is_refused_before_it_allocates(self):
        refused = self.train('run', *self.LARGE, expect=SYSTEM, preexec_fn=address_space(3 << 30))
        for word in ('ulimit -v (RLIMIT_AS)', 'bytes', 'train.micro_batch_tokens', 'leaves'):
            self.assertIn(word, refused.err)
        self.assertFalse(os.path.exists(self.path('run', 'config.toml')))

    def test_a_limit_of_ones_own_holds_for_evaluation_and_generation(self):
        self.train('run', '--set', 'train.steps=1')
        small = ('--set', 'runtime.memory_limit=100KiB')
        for verb in (('eval', 'run', *small), ('generate', 'run', '--prompt', 'the', *small)):
            refused = self.run_raddle(*verb, expect=SYSTEM)
            self.assertIn('limit of 102400', refused.err)

    def test_threads_that_cannot_be_started(self):
        refused = self.train('run', '--set', 'runtime.threads=1024', expect=SYSTEM,
                             preexec_fn=address_space(2 << 30))
        self.assertIn('worker thread', refused.err)

    def test_no_packing_buffers(self):
        refused = self.train('run', '--set', 'runtime.threads=16', '--set',
                             'kernels.matrix_library=openblas', expect=SYSTEM,
                             preexec_fn=address_space(1 << 30))
        self.assertIn('packing buffers', refused.err)

    def test_sizes_at_the_end_of_the_numbers(self):
        for key in ('train.micro_batch_tokens', 'train.micro_batches', 'model.context',
                    'model.layers', 'model.width', 'model.vocab_size'):
            for verb in (('plan', 'tiny.toml'), ('train', 'tiny.toml', '--run-dir', 'run')):
                refused = self.run_raddle(*verb, '--set', f'{key}=9223372036854775807',
                                          expect=CONFIG)
                self.assertIn(f'{key}: 9223372036854775807 is out of range', refused.err)

    def refused(self, *arguments):
        """Ends with a status, not with a signal."""
        self.assertIn(self.run_raddle(*arguments, expect=None).code, (DATA, CONFIG))

    def test_files_nested_without_end(self):
        deep = 100_000
        nested = '{"a":' * deep + '1' + '}' * deep
        brackets = '[' * deep + ']' * deep
        os.makedirs(self.path('model'))
        self.write('model/config.json', nested)
        self.refused('plan', 'tiny.toml', '--set', 'model.hf_config=model')
        self.refused('eval', 'model')
        self.write('model/config.json', '{"model_type":"llama","x":' + brackets + '}')
        self.refused('eval', 'model')
        self.write('tokenizer.json', nested)
        self.refused('train', 'tiny.toml', '--set', 'data.tokenizer=tokenizer.json')
        self.write('deep.toml', 'data.path = ' + brackets)
        self.refused('config', 'show', 'deep.toml')
        self.refused('config', 'show', '--set', 'data.path=' + brackets[:50000])
        self.write('lines.jsonl', '{"text": "' + 'a' * 4000 + '", "more": ' + brackets + '}\n')
        self.assertIn(self.train('b', '--set', 'data.path=lines.jsonl', '--set', 'train.steps=1',
                                 expect=None).code, (0, DATA))

    def test_a_run_with_files_nested_without_end(self):
        deep = 100_000
        nested = '{"a":' * deep + '1' + '}' * deep
        self.train('run', '--set', 'train.steps=2')
        checkpoint = self.checkpoints('run')[2]
        with open(self.path('run', 'metrics.jsonl'), 'a', encoding='utf-8') as file:
            file.write(nested + '\n')
        self.train('run', '--resume', 'auto', '--set', 'train.steps=3')
        checkpoint = self.checkpoints('run')[3]
        shard = next(n for n in os.listdir(checkpoint) if n.endswith('.safetensors'))
        with open(os.path.join(checkpoint, shard), 'wb') as file:
            file.write(struct.pack('<Q', len(nested)) + nested.encode())
        self.run_raddle('ckpt', 'verify', checkpoint, expect=DATA)
        with open(os.path.join(checkpoint, 'manifest.json'), 'w', encoding='utf-8') as file:
            file.write(nested)
        self.run_raddle('ckpt', 'verify', checkpoint, expect=DATA)


if __name__ == '__main__':
    main()
