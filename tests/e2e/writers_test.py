#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several processes at one place, and what saving must leave alone."""
import json
import os
import shutil
import signal
import stat
import time

from harness import CONFIG, DATA, DONE, IO, STOPPED, UNAVAILABLE, EndToEnd, main

ENDLESS = ('--set', 'train.steps=100000', '--set', 'checkpoint.interval=5', '--set',
           'checkpoint.keep_last=1', '--set', 'train.eval_interval=0')


class OneWriter(EndToEnd):
    def live(self, run='run'):
        """A run that goes on until it is killed, and is past its first steps."""
        process = self.start('train', 'tiny.toml', '--run-dir', run, *ENDLESS)
        self.addCleanup(self.end, process)
        self.wait_for_step(process, run, 10)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_a_second_one_is_told_who_is_first(self):
        first = self.live()
        second = self.train('run', '--resume', 'auto', *ENDLESS, expect=UNAVAILABLE)
        self.assertIn(f'process {first.pid} on {os.uname().nodename} since 20', second.err)
        self.assertIsNone(first.poll(), 'the first goes on')
        first.send_signal(signal.SIGTERM)
        self.finish(first, expect=STOPPED)
        steps = [row['step'] for row in self.metrics('run')]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.assertFalse(os.path.exists(self.path('run', 'writer.lock')))

    def test_the_lock_ends_with_a_killed_holder(self):
        first = self.live()
        first.kill()
        self.finish(first, expect=-signal.SIGKILL)
        done = self.metrics('run')[-1]['step']
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', '--resume', 'auto', *ENDLESS)
        self.addCleanup(self.end, process)
        self.wait_for_step(process, 'run', done + 5)

    def test_a_run_removes_its_own_leftovers_only(self):
        self.train('run', '--set', 'train.steps=2')
        suffix = '.0123456789abcdef.raddle-tmp'
        model, own = self.path('run', 'hf' + suffix), self.path('run', 'metrics.jsonl' + suffix)
        os.makedirs(model)
        self.write(os.path.join(model, 'model.safetensors'), 'the only good export')
        self.write(own, 'half a file')
        self.train('run', expect=CONFIG)
        self.assertTrue(os.path.exists(own), 'a refused run touches nothing')
        self.train('run', '--resume', 'auto', '--set', 'train.steps=4')
        self.assertFalse(os.path.exists(own))
        self.assertEqual(os.listdir(model), ['model.safetensors'])

    def test_a_run_that_has_nothing_to_do_removes_them_too(self):
        self.train('run', '--set', 'train.steps=20')
        suffix = '.0123456789abcdef.raddle-tmp'
        tokens = os.listdir(self.path('run', 'tokens'))
        ours = [os.path.join(self.path('run'), *names) for names in (
            ('metrics.jsonl' + suffix,), ('config.toml' + suffix,), ('lineage.json' + suffix,),
            ('checkpoints', '.writing-step-00000040' + suffix), ('tokens', tokens[0] + suffix),
            ('checkpoints', '.deleting-step-00000010'))]
        for path in ours:
            os.makedirs(path)
            self.write(os.path.join(path, 'part'), 'half a file')
        newest = self.path('run', 'checkpoints', 'step-00000020')
        os.rename(newest, self.path('run', 'checkpoints', '.replaced-step-00000020'))
        model = self.path('run', 'hf' + suffix)
        os.makedirs(model)
        before = self.metrics('run')
        self.train('run', '--resume', 'auto', '--set', 'train.steps=20')
        self.assertEqual([path for path in ours if os.path.exists(path)], [])
        self.assertEqual(sorted(os.listdir(self.path('run', 'checkpoints'))), ['step-00000020'])
        self.assertTrue(os.path.exists(model), 'an export that somebody writes')
        self.assertEqual(self.metrics('run'), before)

    def test_what_a_killed_tokenization_left_goes_with_the_next_one(self):
        with open(self.path('text.txt'), encoding='utf-8') as file:
            text = file.read()
        self.write('large.txt', text * 2000)

        def parts(folder):
            return [n for n in os.listdir(folder) if 'raddle-tmp' in n or n.endswith('.lock')]

        def killed(folder, *words):
            process = self.start(*words)
            self.addCleanup(self.end, process)
            deadline = time.monotonic() + 60
            while process.poll() is None and not (os.path.isdir(folder) and parts(folder)):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.001)
            process.kill()
            self.finish(process, expect=-signal.SIGKILL)
            self.assertTrue(parts(folder))

        words = ('data', 'tokenize', '--tokenizer', 'bytes', '--out', 'out.tok')
        killed(self.folder, *words, 'large.txt')
        self.run_raddle(*words, 'text.txt')
        self.assertEqual(parts(self.folder), [])
        # Also where the next one wants other tokens.
        cache = self.path('cache')
        place = ('--set', f'data.cache_dir={cache}', '--set', 'train.steps=1')
        killed(cache, 'train', 'tiny.toml', *place, '--set', 'data.path=large.txt')
        self.run_raddle('train', 'tiny.toml', *place)
        self.assertEqual(parts(cache), [])

    def test_a_directory_that_is_moved_is_not_made_again(self):
        for back in (True, False):
            with self.subTest(back=back):
                first = self.live()
                os.rename(self.path('run'), self.path('moved'))
                at = len(self.metrics('moved'))
                self.wait_for_step(first, 'moved', at + 20)
                self.assertFalse(os.path.exists(self.path('run')))
                if back:
                    os.rename(self.path('moved'), self.path('run'))
                first.send_signal(signal.SIGTERM)
                outcome = self.finish(first, expect=STOPPED if back else IO)
                self.assertIn('moved or removed', outcome.err)
                self.assertEqual(os.path.exists(self.path('run')), back)
                shutil.rmtree(self.path('run' if back else 'moved'))

    def test_a_lock_that_was_removed_is_taken_again(self):
        first = self.live()
        os.remove(self.path('run', 'writer.lock'))
        self.wait_for_step(first, 'run', len(self.metrics('run')) + 20)
        second = self.train('run', '--resume', 'auto', *ENDLESS, expect=UNAVAILABLE)
        self.assertIn(f'process {first.pid}', second.err)
        first.send_signal(signal.SIGTERM)
        self.assertIn('was removed and is taken again', self.finish(first, expect=STOPPED).err)

    def test_of_many_at_once_one_trains(self):
        short = ('--resume', 'auto', '--set', 'train.steps=400')
        all_of_them = [self.start('train', 'tiny.toml', '--run-dir', 'run', *short)
                       for _ in range(4)]
        codes = sorted(self.finish(process, expect=None).code for process in all_of_them)
        self.assertEqual(codes, [DONE] + 3 * [UNAVAILABLE])
        self.assertEqual([row['step'] for row in self.metrics('run')], list(range(1, 401)))
        self.run_raddle('ckpt', 'verify', 'run')

    def test_readers_of_a_live_run_always_find_a_whole_checkpoint(self):
        self.live()
        for _ in range(6):
            self.run_raddle('eval', 'run', '--set', 'train.eval_batches=1')
            self.run_raddle('generate', 'run', '--prompt', 'the', '--max-tokens', '2')
            self.run_raddle('ckpt', 'verify', 'run')
            rows = self.run_raddle('ckpt', 'ls', 'run', '--json').out.splitlines()
            self.assertTrue(rows)
            self.assertTrue(all(json.loads(row)['good'] for row in rows), rows)

    def test_a_shared_cache_is_made_once_and_mended_when_damaged(self):
        shared = ('--set', 'data.cache_dir=cache', '--set', 'train.steps=3')
        for round_ in range(3):
            runs = [self.start('train', 'tiny.toml', '--run-dir', f'run-{round_}-{i}', *shared)
                    for i in range(3)]
            for process in runs:
                self.finish(process)
            names = os.listdir(self.path('cache'))
            self.assertEqual(len(names), 1, names)
            with open(self.path('cache', names[0]), 'r+b') as file:
                file.truncate(100 * round_)
        shutil.rmtree(self.path('cache'))
        broken = self.start('train', 'tiny.toml', '--run-dir', 'killed', *shared)
        broken.kill()
        broken.communicate()
        self.train('after', *shared)

    def test_two_exports_to_one_place_leave_a_whole_model(self):
        self.train('run', '--set', 'train.steps=2')
        for _ in range(4):
            both = [self.start('ckpt', 'export', 'run', '--out', 'model') for _ in range(2)]
            codes = [self.finish(process, expect=None).code for process in both]
            self.assertIn(DONE, codes)
            self.assertTrue(set(codes) <= {DONE, CONFIG, DATA}, codes)
            self.run_raddle('eval', 'model', '--data', 'text.txt', '--set', 'train.eval_batches=1')
            self.assertEqual([n for n in os.listdir(self.folder) if n.startswith('model')],
                             ['model'])


class NothingOfTheUsers(EndToEnd):
    def kept(self, name, *arguments):
        """`arguments` with `name` as their output are refused and leave it as it is."""
        before = os.stat(self.path(name))
        with open(self.path(name), 'rb') as file:
            content = file.read(100000)
        refused = self.run_raddle(*arguments, expect=CONFIG)
        self.assertIn(name, refused.err)
        self.assertEqual(os.stat(self.path(name)).st_ino, before.st_ino)
        with open(self.path(name), 'rb') as file:
            self.assertEqual(file.read(100000), content)

    def test_outputs_replace_no_file(self):
        self.train('run', '--set', 'train.steps=2')
        self.write('mine', 'precious')
        outputs = {
            'tokenize': ('data', 'tokenize', 'text.txt', '--tokenizer', 'bytes', '--out'),
            'train-tokenizer': ('data', 'train-tokenizer', 'text.txt', '--vocab-size', '300',
                                '--out'),
            'export': ('ckpt', 'export', 'run', '--out'),
            'logits': ('eval', 'run', '--tokens', '1,2', '--logits-out'),
            'trace': ('train', 'tiny.toml', '--run-dir', 'traced', '--set', 'train.steps=2',
                      '--trace'),
        }
        for what, words in outputs.items():
            with self.subTest(what):
                self.kept('mine', *words, 'mine')
                self.kept('text.txt', *words, 'text.txt')
                self.run_raddle(*words, '/dev/null', expect=CONFIG)
                self.assertTrue(stat.S_ISCHR(os.stat('/dev/null').st_mode))
                for beside in ('new.tmp', 'new.spill', 'new.raddle-partial'):
                    self.write(beside, 'precious')
                self.run_raddle(*words, 'new')
                for beside in ('new.tmp', 'new.spill', 'new.raddle-partial'):
                    with open(self.path(beside), encoding='utf-8') as file:
                        self.assertEqual(file.read(), 'precious')
                new = self.path('new')
                shutil.rmtree(new) if os.path.isdir(new) else os.remove(new)
                shutil.rmtree(self.path('traced'), ignore_errors=True)
        self.assertFalse([n for n in os.listdir(self.folder) if 'raddle-tmp' in n])

    def test_a_trace_of_ones_own_is_written_again(self):
        words = ('--resume', 'auto', '--trace', 'trace.json', '--set')
        self.train('run', *words, 'train.steps=2')
        self.train('run', *words, 'train.steps=4')
        with open(self.path('trace.json'), encoding='utf-8') as file:
            self.assertTrue(json.load(file)['traceEvents'])

    def test_a_run_needs_no_room_for_temporary_files(self):
        for folder in ('/nonexistent', self.path('full')):
            run = 'run' + str(len(folder))
            self.train(run, '--set', 'data.tokenizer=bpe', '--set', 'data.vocab_size=300', '--set',
                       'train.steps=4', '--set', 'checkpoint.interval=2', env={'TMPDIR': folder})
            self.run_raddle('generate', run, '--prompt', 'the', '--max-tokens', '2',
                            env={'TMPDIR': folder})
            self.assertEqual(max(self.checkpoints(run)), 4)

    def test_names_that_are_not_utf8(self):
        run = os.path.join(os.fsencode(self.folder), b'r\xffn')
        self.train(os.fsdecode(run), '--set', 'train.steps=2')
        self.run_raddle('ckpt', 'verify', os.fsdecode(run))
        listed = self.run_raddle('ckpt', 'ls', os.fsdecode(run), '--json').out
        self.assertEqual(json.loads(listed)['step'], 2)
        shutil.copy(self.path('text.txt'), os.path.join(os.fsencode(self.folder), b't\xff.txt'))
        for key, value in (('data.path', 't\udcff.txt'), ('data.document_separator', '\udcff')):
            refused = self.train('other', '--set', f'{key}={value}', expect=CONFIG)
            self.assertIn(key, refused.err)
            self.assertFalse(os.path.exists(self.path('other')))

    def test_a_flip_in_a_runs_files_is_noticed(self):
        bpe = ('--set', 'data.tokenizer=bpe', '--set', 'data.vocab_size=300')
        self.train('run', '--set', 'train.steps=2', *bpe)

        def flip(name, old, new):
            with open(self.path('run', name), encoding='utf-8') as file:
                text = file.read()
            self.assertIn(old, text)
            with open(self.path('run', name), 'w', encoding='utf-8') as file:
                file.write(text.replace(old, new, 1))
        flip('tokenizer.json', '"th"', '"tX"')
        said = self.run_raddle('data', 'tokenize', 'text.txt', '--tokenizer', 'run', '--out', 'x',
                               expect=DATA)
        self.assertIn('tokenizer.json', said.err)
        flip('config.toml', 'steps = 2', 'steps = 3')
        said = self.run_raddle('plan', 'run/config.toml', expect=None)
        self.assertNotEqual(said.code, DONE)
        self.assertIn('config.toml', said.err)
        os.remove(self.path('run', 'config.toml.xxh3'))
        self.run_raddle('plan', 'run/config.toml')

    def test_tokens_that_are_cut_end_the_run_with_its_state(self):
        self.run_raddle('data', 'tokenize', 'text.txt', '--tokenizer', 'bytes', '--out', 'a.tok')
        process = self.start('train', 'tiny.toml', '--run-dir', 'run', '--set', 'data.path=a.tok',
                             '--set', 'checkpoint.interval=0', '--set', 'train.steps=100000')
        self.wait_for_step(process, 'run', 10)
        os.truncate(self.path('a.tok'), 64)
        ended = self.finish(process, expect=DATA)
        self.assertIn('a.tok', ended.err)
        self.assertIn('is saved', ended.err)
        self.assertEqual(max(self.checkpoints('run')), self.metrics('run')[-1]['step'])


if __name__ == '__main__':
    main()
