# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: running the command line on a tiny model in a folder of its own,
and reading what it leaves behind. Standard library only.

Run one file as   python3 tests/e2e/train_test.py PATH_OF_RADDLE [-k PATTERN]
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

# The codes that cli/ promises; schedulers decide by them.
DONE, USAGE, DATA, UNAVAILABLE, SYSTEM, IO, STOPPED, CONFIG = 0, 64, 65, 69, 71, 74, 75, 78

RECIPE = '''
[model]
family = "llama"
layers = 2
width = 32
heads = 2
ffn_width = 64
context = 32
[model.virtual_width]
m = 2
n = 4
[data]
path = "text.txt"
tokenizer = "bytes"
validation_fraction = 0.1
[train]
steps = 60
micro_batch_tokens = 64
micro_batches = 2
eval_batches = 4
[optimizer]
learning_rate = 1e-2
[schedule]
kind = "cosine"
warmup_steps = 5
[checkpoint]
interval = 20
keep_last = 10
'''
WORDS = ('the comb spreads threads of a loom to their full width and each thread runs straight '
         'from beam to beam while the weaver counts').split()


def sample_text(sentences):
    """A text with something to learn, the same on every machine."""
    state, lines = 12345, []
    for _ in range(sentences):
        line = []
        for _ in range(9):
            state = (state * 1103515245 + 12345) % 2**31
            line.append(WORDS[(state >> 16) % len(WORDS)])
        lines.append(' '.join(line) + '.')
    return '\n'.join(lines) + '\n'


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


class EndToEnd(unittest.TestCase):
    raddle = None  # set by main()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='raddle-e2e-')
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write('text.txt', sample_text(300))
        self.write('tiny.toml', RECIPE)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self, *arguments, env=None, **more):
        clean = {k: v for k, v in os.environ.items() if not k.startswith('RADDLE_')}
        return subprocess.Popen([self.raddle, *arguments], cwd=self.folder, text=True,
                                errors='surrogateescape',
                                env={**clean, **(env or {})}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def finish(self, process, expect=DONE):
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f'{process.args} did not end\n{out}\n{err}')
        if expect is not None:
            self.assertEqual(process.returncode, expect,
                             f'{" ".join(process.args)}\n{out}\n{err}')
        return Outcome(process.returncode, out, err)

    def run_raddle(self, *arguments, expect=DONE, env=None, **more):
        return self.finish(self.start(*arguments, env=env, **more), expect)

    def train(self, run, *arguments, expect=DONE, **more):
        return self.run_raddle('train', 'tiny.toml', '--run-dir', run, *arguments, expect=expect,
                               **more)

    def checkpoints(self, run, expect=DONE):
        """{step: path} of the run, oldest first."""
        out = self.run_raddle('ckpt', 'ls', run, '--json', expect=expect).out
        rows = [json.loads(line) for line in out.splitlines()]
        return {row['step']: os.path.join(self.folder, row['path']) for row in rows}

    def metrics(self, run):
        """The step lines of metrics.jsonl."""
        with open(self.path(run, 'metrics.jsonl'), encoding='utf-8') as file:
            rows = [json.loads(line) for line in file]
        return [row for row in rows if 'grad_norm' in row]

    def wait_for_step(self, process, run, step):
        """Waits until the run's metrics reach `step`."""
        path = self.path(run, 'metrics.jsonl')
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if os.path.exists(path):
                with open(path, encoding='utf-8') as file:
                    if sum('grad_norm' in line for line in file) >= step:
                        return
            time.sleep(0.002)
        outcome = self.finish(process, expect=None)
        self.fail(f'{run} ended or hung before step {step}:\n{outcome.err}')


def tensors(folder):
    """{name: (dtype, shape, bytes)} of all safetensors files in a checkpoint or model folder."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith('.safetensors'):
            continue
        with open(os.path.join(folder, name), 'rb') as file:
            data = file.read()
        size = struct.unpack('<Q', data[:8])[0]
        header = json.loads(data[8:8 + size])
        for tensor, entry in header.items():
            if tensor != '__metadata__':
                begin, end = entry['data_offsets']
                found[tensor] = (entry['dtype'], tuple(entry['shape']),
                                 data[8 + size + begin:8 + size + end])
    return found


def shards(checkpoint):
    return sorted(os.path.join(checkpoint, n) for n in os.listdir(checkpoint)
                  if n.endswith('.safetensors'))


def main():
    EndToEnd.raddle = os.path.abspath(sys.argv.pop(1))
    unittest.main()
