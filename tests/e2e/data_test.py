# SPDX-License-Identifier: Apache-2.0
"""What goes in is what the user thinks: files of many kinds, and the tokens around a text, through
the command line. The inputs are those of tests/cases."""
import gzip
import json
import os
import shutil
import struct

from harness import CONFIG, DATA, USAGE, EndToEnd, main, tensors

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cases')
TINY = '''
[model]
family = "llama"
layers = 1
width = 16
heads = 2
ffn_width = 32
context = 32
[train]
steps = 3
micro_batch_tokens = 64
micro_batches = 1
'''


def case(*names):
    return os.path.normpath(os.path.join(CASES, *names))


class Data(EndToEnd):
    def setUp(self):
        super().setUp()
        self.write('tiny.toml', TINY)

    def tokenize(self, path, *arguments, **more):
        """The counts that `data tokenize` prints, and what it logs."""
        out = self.path('out.tok')
        if os.path.exists(out):
            os.remove(out)
        outcome = self.run_raddle('data', 'tokenize', path, '--out', out, *arguments, **more)
        return json.loads(outcome.out) if outcome.code == 0 else None, outcome.err

    def train_on(self, run, path, *arguments, **more):
        return self.train(run, '--set', f'data.path={path}', *arguments, **more)


class Files(Data):
    def test_json_lines_whatever_their_name(self):
        for name in ('lines.json', 'lines.jsonl.gz'):
            with self.subTest(name=name):
                counts, _ = self.tokenize(case('data', name))
                self.assertEqual(counts['documents'], 200)
        with open(case('data', 'lines.json'), 'rb') as file:
            lines = file.read()
        for name in ('a.JSONL', 'a.jl', 'a.txt'):
            shutil.copy(case('data', 'lines.json'), self.path(name))
            self.assertEqual(self.tokenize(self.path(name))[0]['documents'], 200, name)
        with open(self.path('two.gz'), 'wb') as file:
            file.write(gzip.compress(lines) + gzip.compress(lines))
        self.assertEqual(self.tokenize(self.path('two.gz'))[0]['documents'], 400)
        with open(self.path('cut.gz'), 'wb') as file:
            file.write(gzip.compress(lines)[:-20])
        error = self.tokenize(self.path('cut.gz'), expect=DATA)[1]
        self.assertRegex(error, r'cut\.gz.*breaks off')
        self.assertFalse(os.path.exists(self.path('out.tok.tmp')))

    def test_what_is_no_text_is_never_trained_on(self):
        for command in (('data', 'tokenize', case('data', 'utf16.txt'), '--out', 'x.tok'),
                        ('train', 'tiny.toml', '--run-dir', 'run', '--set',
                         f'data.path={case("data", "utf16.txt")}'),
                        ('data', 'inspect', case('data', 'utf16.txt'))):
            error = self.run_raddle(*command, expect=None)
            self.assertNotEqual(error.code, 0)
            self.assertRegex(error.err, r'utf16\.txt: this is UTF-16 text')

    def test_odd_values_in_json(self):
        self.assertEqual(self.tokenize(case('data', 'nan.jsonl'))[0]['documents'], 1)
        counts, log = self.tokenize(case('data', 'lone_surrogate.jsonl'))
        self.assertEqual((counts['documents'], counts['replaced']), (1, 1))
        self.assertIn('1 halves of surrogate pairs', log)
        inspected = self.run_raddle('data', 'inspect', case('data', 'lone_surrogate.jsonl'))
        self.assertEqual(json.loads(inspected.out)['replaced'], 1)

    def test_text_of_another_encoding(self):
        path = self.path('french.txt')
        for times, good in ((8, True), (8000, False)):
            with open(path, 'w', encoding='latin-1') as file:
                file.write('un élève ' * times)
            outcome = self.run_raddle('data', 'tokenize', path, '--out', self.path(f'{times}.tok'),
                                      expect=None)
            self.assertEqual(outcome.code == 0, good, outcome.err)
            self.assertRegex(outcome.err, r'french\.txt: .*0xE9 at byte 3.*iconv')
        bytes_as_they_are = self.tokenize(path, '--format', 'text')
        self.assertEqual(bytes_as_they_are[0]['bytes'], 8000 * 9)
        self.assertNotIn('UTF-8', bytes_as_they_are[1])

    def test_separators(self):
        path = case('data', 'two_docs.txt')
        separator = 'data.document_separator='
        counts, log = self.tokenize(path, '--set', separator + '\n\n')
        self.assertEqual(counts['documents'], 2)
        self.assertNotIn('separator', log)
        counts, log = self.tokenize(path, '--set', separator + '<end>')
        self.assertEqual(counts['documents'], 1)
        self.assertIn('separator "<end>" (5 bytes) occurs nowhere in ' + path, log)

    def test_empty_and_short_texts(self):
        error = self.train_on('a', case('data', 'empty.txt'), expect=None)
        self.assertNotEqual(error.code, 0)
        self.assertRegex(error.err, r'empty\.txt is empty \(0 bytes\)')
        done = self.train_on('b', case('data', 'short.txt'))
        self.assertRegex(done.err, r'short\.txt is too short to keep 0\.05 of its sequences')
        self.assertEqual(len(self.metrics('b')), 3)
        self.write('letter.txt', 'a')
        self.train_on('c', 'letter.txt', '--set', 'data.validation_fraction=0.5')


class Prompts(Data):
    """Prompts and answers: masked training, through the command line."""
    def records(self, count=24):
        """Prompts and answers of many lengths, none so long that it is cut."""
        words = 'comb loom weft warp reed'.split()
        return [{'q': ' '.join(words[(i + k) % 5] for k in range(1 + i % 3)) + '?',
                 'a': words[(i * 2 + 1) % 5][:1 + i % 4]} for i in range(count)]

    def write_records(self, name, records):
        self.write(name, ''.join(json.dumps(record) + '\n' for record in records))
        return self.path(name)

    fields = ('--set', 'data.prompt_field=q', '--set', 'data.text_field=a')

    def evaluate(self, run, path, *arguments):
        out = self.run_raddle('eval', run, '--set', f'data.validation_path={path}', *arguments,
                              '--json').out
        return json.loads(out)

    def test_the_loss_is_that_of_the_answers(self):
        records = self.records()
        path = self.write_records('all.jsonl', records)
        rows = sum(len(r['q']) + len(r['a']) + 1 for r in records)  # bytes, and an end
        frozen = ('--set', 'optimizer.learning_rate=1e-30', '--set', 'optimizer.weight_decay=0',
                  '--set', 'model.init_std=0.5', '--set', 'data.validation_fraction=0')
        # One step is all the data: nothing is cut, nothing comes twice.
        self.train_on('run', path, *self.fields, *frozen, '--set', 'train.steps=1',
                      '--set', f'train.micro_batch_tokens={rows}')
        learned = self.metrics('run')[0]
        self.assertEqual(learned['tokens'], rows)
        total, targets = 0.0, 0
        for i, record in enumerate(records):
            count = len(record['a']) + 1  # the answer's bytes and its end, known by hand
            alone = self.evaluate('run', self.write_records(f'{i}.jsonl', [record]))
            self.assertEqual(alone['tokens'], count)
            total += alone['loss'] * count
            targets += count
        self.assertAlmostEqual(learned['loss'], total / targets, delta=1e-5 * learned['loss'])
        whole = self.evaluate('run', path)
        self.assertEqual(whole['tokens'], targets)
        self.assertAlmostEqual(whole['loss'], total / targets, delta=1e-5 * whole['loss'])
        # Unmasked, the same bytes have another loss.
        joined = self.write_records('joined.jsonl', [{'a': r['q'] + r['a']} for r in records])
        unmasked = self.evaluate('run', joined, '--set', 'data.prompt_field=')
        self.assertEqual(unmasked['tokens'], rows - len(records))
        self.assertGreater(abs(unmasked['loss'] - whole['loss']), 1e-3)

    def test_a_run_on_prompts_is_resumed_to_the_bit(self):
        path = self.write_records('all.jsonl', self.records(60))
        more = (*self.fields, '--set', 'train.steps=6', '--set', 'checkpoint.interval=3',
                '--set', 'checkpoint.keep_last=10', '--set', 'train.eval_interval=3')
        self.train_on('whole', path, *more)
        self.train_on('cut', path, *more)
        shutil.rmtree(self.checkpoints('cut')[6])
        self.train_on('cut', path, *more, '--resume', 'auto')
        self.assertEqual(tensors(self.checkpoints('cut')[6]),
                         tensors(self.checkpoints('whole')[6]))
        self.assertEqual([r['loss'] for r in self.metrics('cut')][-3:],
                         [r['loss'] for r in self.metrics('whole')][-3:])

    def test_a_token_file_carries_the_mask(self):
        records = self.records(40)
        path = self.write_records('all.jsonl', records)
        counts, _ = self.tokenize(path, '--prompt-field', 'q', '--text-field', 'a')
        rows = sum(len(r['q']) + len(r['a']) + 1 for r in records)
        weighted = sum(len(r['a']) + 1 for r in records)
        self.assertEqual(counts['tokens'], rows)
        inspected = json.loads(self.run_raddle('data', 'inspect', self.path('out.tok')).out)
        self.assertEqual(inspected['weighted_tokens'], weighted)
        self.assertAlmostEqual(inspected['weighted_share'], weighted / rows)
        with open(self.path('out.tok'), 'rb') as file:
            self.assertEqual(struct.unpack('<I', file.read(12)[8:])[0], 2)
        self.train_on('texts', path, *self.fields)
        self.train_on('tokens', self.path('out.tok'))
        self.assertEqual([r['loss'] for r in self.metrics('texts')],
                         [r['loss'] for r in self.metrics('tokens')])
        # Without prompts the file is of the version that every reader reads.
        self.tokenize(path, '--text-field', 'a')
        with open(self.path('out.tok'), 'rb') as file:
            self.assertEqual(struct.unpack('<I', file.read(12)[8:])[0], 1)
        inspected = json.loads(self.run_raddle('data', 'inspect', self.path('out.tok')).out)
        self.assertEqual(inspected['weighted_share'], 1)

    def test_a_cache_keeps_masked_and_unmasked_apart(self):
        path = self.write_records('all.jsonl', self.records(40))
        cache = ('--set', f'data.cache_dir={self.path("cache")}', '--set', 'data.text_field=a')
        losses = []
        for run, field in (('a', 'q'), ('b', ''), ('c', 'q')):
            self.train_on(run, path, *cache, '--set', f'data.prompt_field={field}')
            losses.append([r['loss'] for r in self.metrics(run)])
        self.assertEqual(losses[0], losses[2])
        self.assertNotEqual(losses[0], losses[1])
        files = [n for n in os.listdir(self.path('cache')) if n.endswith('.tok')]
        self.assertEqual(len(files), 2)

    def test_what_has_no_prompt_is_refused(self):
        path = self.write_records('all.jsonl', [{'q': 'a', 'a': 'b'}, {'a': 'c'}])
        error = self.train_on('x', path, *self.fields, expect=DATA).err
        self.assertRegex(error, r'all\.jsonl line 2.*no field "q", only a.*data\.prompt_field')
        error = self.train_on('y', self.path('text.txt'), *self.fields, expect=None)
        self.assertNotEqual(error.code, 0)
        self.assertRegex(error.err, r'text\.txt is text, but data\.prompt_field is "q"')
        # A prompt and nothing to say: nothing can be learned.
        path = self.write_records('empty.jsonl', [{'q': 'a' * 50, 'a': ''}])
        error = self.train_on('z', path, *self.fields, expect=None)
        self.assertNotEqual(error.code, 0)
        self.assertRegex(error.err, r'empty\.jsonl holds no documents')


class Tokenizers(Data):
    def encode(self, tokenizer, text):
        self.write('text.jsonl', json.dumps({'text': text}) + '\n')
        inspected = self.run_raddle('data', 'inspect', self.path('text.jsonl'), '--tokenizer',
                                    tokenizer)
        return json.loads(inspected.out)['sample_tokens']

    def test_cases_load(self):
        plain = self.encode(case('tok', 'plain'), 'the cat sat in a hat')
        for name in ('decoder_null', 'split_removed_invert'):
            with self.subTest(name=name):
                self.assertEqual(self.encode(case('tok', name), 'the cat sat in a hat'), plain)

    def test_documents_end_as_the_files_say(self):
        self.write('x.txt', 'hi')
        for name, length in (('template_eos', 3), ('eos_unknown_name', 3),
                             ('add_bos_in_config', 4)):
            counts, log = self.tokenize(self.path('x.txt'), '--tokenizer', case('tok', name))
            self.assertEqual(counts['tokens'], length, name)
            self.assertNotIn('no token that ends a text', log)
        with open(case('tok', 'eos_unknown_name', 'tokenizer.json'), encoding='utf-8') as file:
            tokenizer = json.load(file)
        tokenizer['post_processor'] = None
        tokenizer['added_tokens'][1]['content'] = '<stop here>'
        tokenizer['model']['vocab']['<stop here>'] = tokenizer['model']['vocab'].pop('[EOS]')
        self.write('tokenizer.json', json.dumps(tokenizer))
        counts, log = self.tokenize(self.path('x.txt'), '--tokenizer', 'tokenizer.json')
        self.assertEqual(counts['tokens'], 2)
        self.assertIn('no token that ends a text was found', log)

    def test_add_bos_token_is_kept_in_run_and_checkpoint(self):
        for value in (True, False):
            folder, run = self.path(f'tok-{value}'), f'run-{value}'
            shutil.copytree(case('tok', 'add_bos_in_config'), folder)
            config = {'bos_token': '<s>', 'eos_token': '<|endoftext|>', 'add_bos_token': value,
                      'add_eos_token': False}
            with open(os.path.join(folder, 'tokenizer_config.json'), 'w', encoding='utf-8') as file:
                json.dump(config, file)
            self.train_on(run, case('data', 'four.jsonl'), '--set', f'data.tokenizer={folder}')
            with open(self.path(run, 'tokenizer_config.json'), encoding='utf-8') as file:
                kept = json.load(file)
            for key, expected in config.items():
                self.assertEqual(kept[key], expected, key)
            newest = max(self.checkpoints(run).items())[1]
            with open(os.path.join(newest, 'manifest.json'), encoding='utf-8') as file:
                packed = json.loads(json.load(file)['body']['state']['tokenizer'])
            kept = json.loads(packed['tokenizer_config.json'])
            for key, expected in config.items():
                self.assertEqual(kept[key], expected, key)
            # An empty prompt is the beginning alone, where there is one.
            outcome = self.run_raddle('generate', run, '--prompt', '', '--max-tokens', '1',
                                      expect=None)
            self.assertEqual(outcome.code == 0, value, outcome.err)
            if not value:
                self.assertIn('the prompt is empty', outcome.err)

    def likeliest_next(self, run, ids):
        """The id with the largest logit after `ids`, from `eval --tokens`."""
        out = os.path.join(self.folder, 'logits')
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        self.run_raddle('eval', run, '--tokens', ','.join(map(str, ids)), '--logits-out',
                        os.path.join(out, 'logits.safetensors'))
        _, shape, data = tensors(out)['logits']
        values = struct.unpack(f'<{shape[0] * shape[1]}f', data)[-shape[1]:]
        return max(range(shape[1]), key=values.__getitem__)

    def test_a_prompt_begins_as_documents_do(self):
        # What follows is what follows after BOS and the prompt, not after the prompt alone.
        folder = case('tok', 'add_bos_in_config')
        self.train_on('run', case('data', 'four.jsonl'), '--set', f'data.tokenizer={folder}',
                      '--set', 'train.steps=40', '--set', 'optimizer.learning_rate=3e-2')
        with open(os.path.join(folder, 'tokenizer.json'), encoding='utf-8') as file:
            vocab = json.load(file)['model']['vocab']
        words = {id: word.replace('\u0120', ' ') for word, id in vocab.items()}
        words.update({0: '', 1: '<s>'})  # the end is not printed
        differ = 0
        for prompt in ('c', 'dogs', 'in', 'birds sing', 'at', ''):
            ids = self.encode(folder, prompt) if prompt else []
            out = self.run_raddle('generate', 'run', '--prompt', prompt, '--temperature', '0',
                                  '--no-echo', '--max-tokens', '1').out
            self.assertEqual(out, words[self.likeliest_next('run', [1] + ids)] + '\n', prompt)
            differ += bool(ids) and words[self.likeliest_next('run', ids)] + '\n' != out
        self.assertGreater(differ, 0, 'no prompt tells the two apart')

    def test_the_cache_knows_beginning_and_end(self):
        path, cache = case('data', 'four.jsonl'), self.path('cache')
        folder = self.path('tok')
        shutil.copytree(case('tok', 'add_bos_in_config'), folder)
        for i, (bos, eos) in enumerate(((True, '<|endoftext|>'), (False, '<|endoftext|>'),
                                        (False, None))):
            with open(os.path.join(folder, 'tokenizer_config.json'), 'w', encoding='utf-8') as file:
                json.dump({'bos_token': '<s>', 'eos_token': eos, 'add_bos_token': bos}, file)
            self.train_on(f'run{i}', path, '--set', f'data.tokenizer={folder}',
                          '--set', f'data.cache_dir={cache}')
            shards = [name for name in os.listdir(cache) if name.endswith('.tok')]
            self.assertEqual(len(shards), i + 1)

    def test_a_run_is_evaluated_on_its_own_tokens(self):
        self.train('run', '--set', 'train.steps=2', '--set', 'data.path=text.txt')
        first = json.loads(self.run_raddle('eval', 'run', '--json').out)
        kept = sorted(os.listdir(self.path('run', 'tokens')))
        for change in (lambda: self.write('text.txt', 'another text '),
                       lambda: os.remove(self.path('text.txt'))):
            change()
            outcome = self.run_raddle('eval', 'run', '--json')
            self.assertEqual(json.loads(outcome.out)['loss'], first['loss'])
            self.assertNotIn('tokenized', outcome.err)
        os.rename(self.path('run'), self.path('elsewhere'))
        step = self.path('elsewhere', 'checkpoints', 'step-00000002')
        self.assertEqual(json.loads(self.run_raddle('eval', step, '--json').out)['loss'],
                         first['loss'])
        self.assertEqual(sorted(os.listdir(self.path('elsewhere', 'tokens'))), kept)
        # Other data is read, and a damaged file is no data.
        self.run_raddle('eval', 'elsewhere', '--set', 'data.path=text.txt', expect=DATA)
        with open(self.path('elsewhere', 'tokens', kept[0]), 'r+b') as file:
            file.truncate(100)
        self.assertIn(kept[0], self.run_raddle('eval', 'elsewhere', expect=DATA).err)

    def test_a_tokenizer_that_did_not_write_the_tokens_is_named(self):
        self.run_raddle('data', 'tokenize', 'text.txt', '--out', 'a.tok')
        own = os.path.join(case('model', 'own_tokenizer'), 'tokenizer.json')
        said = self.run_raddle('data', 'inspect', 'a.tok', '--tokenizer', own)
        self.assertIn('a.tok was not written by the tokenizer', said.err)
        self.assertNotIn('sample', said.out)
        self.assertEqual(self.run_raddle('data', 'inspect', 'a.tok').err, '')
        for flags in (['--tokenizer', own], ['--format', 'tokens']):
            refused = self.run_raddle('data', 'train-tokenizer', 'text.txt', '--out', 'new.json',
                                      *flags, expect=USAGE)
            self.assertIn('does not take ' + flags[0], refused.err)

    def test_init_from_uses_the_directory_s_tokenizer(self):
        own = case('model', 'own_tokenizer')
        shape = ['--set', f'model.init_from={own}']
        for key, value in (('width', 8), ('ffn_width', 8), ('kv_heads', 1), ('vocab_size', 263)):
            shape += ['--set', f'model.{key}={value}']
        self.train_on('own', case('data', 'plain.txt'), *shape)
        with open(self.path('own', 'tokenizer.json'), encoding='utf-8') as file:
            self.assertEqual(len(json.load(file)['model']['vocab']), 263)
        # Unless another one is named.
        self.train_on('bytes', case('data', 'plain.txt'), *shape, '--set', 'data.tokenizer=bytes')
        with open(self.path('bytes', 'tokenizer.json'), encoding='utf-8') as file:
            self.assertEqual(len(json.load(file)['model']['vocab']), 256)

    def test_a_tokenizer_of_another_kind_is_named(self):
        model = self.path('model')
        shutil.copytree(case('model', 'own_tokenizer'), model)
        for name in os.listdir(model):
            if name.startswith(('tokenizer', 'special_tokens')):
                os.remove(os.path.join(model, name))
        self.write('model/tokenizer.model', '\n\x0e\n')
        named = os.path.join('model', 'tokenizer.model')
        asked = self.run_raddle('generate', 'model', '--prompt', 'a', expect=DATA)
        shape = ['--set', 'model.init_from=model']
        for key, value in (('width', 8), ('ffn_width', 8), ('kv_heads', 1), ('vocab_size', 263)):
            shape += ['--set', f'model.{key}={value}']
        for outcome in (asked,
                        self.train_on('own', case('data', 'plain.txt'), *shape, expect=CONFIG),
                        self.train_on('named', case('data', 'plain.txt'), '--set',
                                      f'data.tokenizer={named}', expect=CONFIG)):
            self.assertIn(f'{named}: tokenizers of SentencePiece', outcome.err)
        self.assertIn('put its tokenizer.json', asked.err)

    def test_an_empty_file_teaches_nothing(self):
        empty = case('data', 'empty.txt')
        said = self.run_raddle('data', 'train-tokenizer', empty, '--out', 'new.json',
                               expect=CONFIG).err
        self.assertIn(f'{empty} is empty (0 bytes), so there is nothing to learn', said)
        self.assertFalse(os.path.exists(self.path('new.json')))
        self.assertIn(f'{empty} is empty', self.run_raddle('data', 'inspect', empty).err)


if __name__ == '__main__':
    main()
