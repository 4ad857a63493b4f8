#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is no file in the place of one: nothing waits for it or reads for ever, and it is named."""
import contextlib
import os
import socket

from harness import DONE, EndToEnd, main

KINDS = ('pipe', 'directory', 'socket', 'device')


@contextlib.contextmanager
def in_place_of(path, kind):
    """Something else has the file's name for a while."""
    kept = path + '.kept'
    was_there = os.path.exists(path)
    if was_there:
        os.rename(path, kept)
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'directory':
        os.mkdir(path)
    elif kind == 'device':
        os.symlink('/dev/zero', path)
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path)
    try:
        yield
    finally:
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.remove(path)
        if was_there:
            os.rename(kept, path)


class NoFiles(EndToEnd):
    def setUp(self):
        super().setUp()
        old = os.getcwd()
        os.chdir(self.folder)  # a socket's name may be 107 bytes long
        self.addCleanup(os.chdir, old)

    def refused(self, path, *words, named=True):
        for kind in KINDS:
            with self.subTest(path=path, kind=kind), in_place_of(path, kind):
                outcome = self.run_raddle(*words, expect=None)
                if named:
                    self.assertNotEqual(outcome.code, DONE, outcome.out)
                    self.assertIn(os.path.basename(path), outcome.err)

    def test_inputs_of_a_run(self):
        self.run_raddle('data', 'tokenize', 'text.txt', '--tokenizer', 'bytes', '--out', 'out.tok')
        fresh = ('train', 'tiny.toml', '--run-dir', 'fresh', '--set', 'train.steps=1', '--set')
        self.refused('tiny.toml', *fresh, 'train.seed=1')
        self.refused('text.txt', *fresh, 'train.seed=1')
        self.refused('text.txt', 'data', 'inspect', 'text.txt')
        self.refused('text.txt', 'data', 'train-tokenizer', 'text.txt', '--out', 'new.json',
                     '--vocab-size', '300')
        self.refused('out.tok', *fresh, 'data.path=out.tok')
        self.refused('out.tok', 'data', 'inspect', 'out.tok')

    def test_files_of_a_run(self):
        self.train('run', '--set', 'train.steps=2')
        checkpoint = self.checkpoints('run')[2]
        on = ('train', 'tiny.toml', '--run-dir', 'run', '--resume', 'auto', '--set',
              'train.steps=2')
        for name in sorted(os.listdir(checkpoint)):
            path = os.path.join('run', 'checkpoints', os.path.basename(checkpoint), name)
            if name.endswith(('.json', '.safetensors')):
                self.refused(path, 'eval', 'run')
                self.refused(path, *on)
                self.refused(path, 'ckpt', 'verify', 'run')
        for name in ('lineage.json', 'metrics.jsonl', 'writer.lock'):
            self.refused(os.path.join('run', name), *on[:-1], 'train.steps=4')
        # What is written again, or is not needed, need not be a file.
        for name in ('config.toml', 'config.toml.xxh3', 'tokenizer.json',
                     'tokenizer_config.json', 'tokenizer_config.json.xxh3'):
            for words in (('eval', 'run'), ('generate', 'run', '--prompt', 'a', '--max-tokens',
                          '1'), ('ckpt', 'ls', 'run'), on):
                self.refused(os.path.join('run', name), *words, named=False)

    def test_files_of_a_model(self):
        self.run_raddle('data', 'train-tokenizer', 'text.txt', '--out', 'tok.json', '--vocab-size',
                        '300')
        self.train('run', '--set', 'train.steps=1', '--set', 'data.tokenizer=tok.json', '--set',
                   'model.virtual_width.m=1', '--set', 'model.virtual_width.n=1')
        self.run_raddle('ckpt', 'export', 'run', '--out', 'hf')
        use = ('generate', 'hf', '--prompt', 'a', '--max-tokens', '1')
        self.run_raddle(*use)
        for name in ('config.json', 'model.safetensors', 'tokenizer.json',
                     'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json',
                     'generation_config.json', 'chat_template.jinja', 'tokenizer_config.json.xxh3'):
            self.refused(os.path.join('hf', name), *use)
        os.rename('hf/model.safetensors', 'hf/model-00001-of-00002.safetensors')
        self.refused('hf/model.safetensors.index.json', *use)
        self.refused('tok.json', 'data', 'tokenize', 'text.txt', '--tokenizer', 'tok.json', '--out',
                     'out.tok')


if __name__ == '__main__':
    main()
