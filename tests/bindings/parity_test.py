#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same run in every language: the command line, C and each binding train the same config on the
same text, and their losses and the tensors of their checkpoints are the same bits.

    parity_test.py --stage PREFIX --c-program FILE --work FOLDER [LANGUAGE]...

A language whose toolchain is missing is named and left out; with RADDLE_REQUIRE_LANGUAGES=1 that is
a failure (its test.sh says so)."""
import argparse
import glob
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LANGUAGES = ('cpp', 'rust', 'go', 'java', 'python')
MISSING = 77
STEPS = 12
CONFIG = f'''
[data]
tokenizer = "bytes"
validation_fraction = 0.1
[model]
layers = 2
width = 64
heads = 4
context = 64
[train]
steps = {STEPS}
micro_batch_tokens = 256
micro_batches = 2
eval_interval = 5
seed = 7
[optimizer]
learning_rate = 3e-3
'''


def text():
    """Some 40 KB in which no two lines are the same."""
    words = 'the small model reads a text and writes what it has learned of it'.split()
    lines = (' '.join(words[(i * k) % len(words)] for k in range(1, 12)) for i in range(700))
    return ''.join(f'{i}: {line}\n' for i, line in enumerate(lines))


class Refused(Exception):
    """A program that could not be built or run."""


def run(command, limit, **more):
    """What it prints; Refused with what it said if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, **more)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(str(error)) from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-3000:]
        raise Refused(f'{" ".join(command)} returned {done.returncode}:\n{said}')
    return done.stdout


def build(language, stage, work):
    """The language's parity program, or None where its toolchain is missing."""
    folder = os.path.join(work, language)
    os.makedirs(folder, exist_ok=True)
    script = os.path.join(ROOT, 'bindings', language, 'test.sh')
    done = subprocess.run(['bash', script, 'parity'], capture_output=True, text=True, timeout=600,
                          env={**os.environ, 'RADDLE_PREFIX': stage, 'RADDLE_WORK': folder})
    if done.returncode == MISSING:
        print(f'{language}: left out: {done.stdout.strip() or done.stderr.strip()}')
        return None
    if done.returncode != 0:
        raise Refused(f'{script} parity returned {done.returncode}:\n'
                      f'{(done.stdout + done.stderr)[-3000:]}')
    return os.path.join(folder, 'parity')


def printed_losses(out):
    """{step: bits in hex} of `step N HEX` lines; anything else is a fault."""
    losses = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) != 3 or words[0] != 'step' or len(words[2]) != 16:
            raise Refused(f'printed {line!r}, expected "step N" and 16 hex digits')
        losses[int(words[1])] = words[2].lower()
    return losses


def written_losses(run_directory):
    """The same of a metrics.jsonl, whose numbers are as many digits as a double needs."""
    losses = {}
    with open(os.path.join(run_directory, 'metrics.jsonl'), encoding='utf-8') as file:
        for row in map(json.loads, file):
            if 'loss' in row and 'step' in row and 'grad_norm' in row:
                losses[row['step']] = struct.pack('>d', row['loss']).hex()
    return losses


def tensors(run_directory):
    """{file in the last checkpoint: hash} of those that hold tensors."""
    last = max(glob.glob(os.path.join(glob.escape(run_directory), 'checkpoints', 'step-*')),
               default='')
    found = {}
    for path in sorted(glob.glob(os.path.join(glob.escape(last), '*.safetensors'))):
        with open(path, 'rb') as file:
            found[os.path.basename(path)] = hashlib.sha256(file.read()).hexdigest()
    return os.path.basename(last), found


def differences(expected, actual):
    """Lines that say in what two results, {name: {key: value}}, differ."""
    lines = []
    for name, rows in expected.items():
        for key in sorted(set(rows) | set(actual[name]), key=str):
            if rows.get(key) != actual[name].get(key):
                lines.append(f'{name} {key}: {actual[name].get(key)}, expected {rows.get(key)}')
    return lines


def result(losses, run_directory):
    checkpoint, files = tensors(run_directory)
    return {'loss of step': losses, 'tensors': {f'{checkpoint}/{n}': h for n, h in files.items()}}


def train(name, command, run_directory, stage):
    # A language whose linker writes no path into its programs finds the library so.
    libraries = glob.glob(os.path.join(glob.escape(stage), 'lib*', '**', 'libraddle.so'),
                          recursive=True)
    found = [os.path.dirname(path) for path in libraries] + [os.environ.get('LD_LIBRARY_PATH', '')]
    out = run(command, 300, env={**os.environ, 'LD_LIBRARY_PATH': ':'.join(filter(None, found))})
    losses = written_losses(run_directory)
    if name != 'cli':
        printed = printed_losses(out)
        if printed != losses:
            raise Refused(f'prints other losses than it writes to metrics.jsonl: {printed}, '
                          f'{losses}')
    return result(losses, run_directory)


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument('--stage', required=True, help='an installed Raddle')
    parser.add_argument('--c-program', required=True, help='parity.c, built')
    parser.add_argument('--work', required=True, help='a folder for what is built and trained')
    parser.add_argument('languages', nargs='*', default=LANGUAGES)
    options = parser.parse_args(arguments)
    work = os.path.abspath(options.work)
    runs = os.path.join(work, 'runs')
    shutil.rmtree(runs, ignore_errors=True)
    os.makedirs(runs)
    config, data = os.path.join(runs, 'parity.toml'), os.path.join(runs, 'text.txt')
    for path, content in ((config, CONFIG), (data, text())):
        with open(path, 'w', encoding='utf-8') as file:
            file.write(content)

    def command(program, name):
        return [program, config, data, os.path.join(runs, name)]

    cli = [os.path.join(options.stage, 'bin', 'raddle'), 'train', config, '--set',
           f'data.path={data}', '--run-dir', os.path.join(runs, 'cli')]
    expected = train('cli', cli, os.path.join(runs, 'cli'), options.stage)
    if len(expected['loss of step']) != STEPS or not expected['tensors']:
        raise Refused(f'the command line trained no {STEPS} steps or saved nothing: {expected}')
    compared, faults = [], 0
    for name in ('c', *options.languages):
        if name != 'c' and not os.path.exists(os.path.join(ROOT, 'bindings', name, 'test.sh')):
            continue
        try:
            program = (os.path.abspath(options.c_program) if name == 'c' else
                       build(name, options.stage, work))
            if program is None:
                continue
            found = differences(expected, train(name, command(program, name),
                                                os.path.join(runs, name), options.stage))
        except Refused as refused:
            found = [str(refused)]
        for line in found:
            print(f'{name}: {line}')
        faults += bool(found)
        compared.append(name)
    print(f'parity: {STEPS} losses and {len(expected["tensors"])} tensor files of '
          f'{", ".join(compared)} compared with the command line, {faults} differ')
    return 1 if faults else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as error:
        print(f'parity: {error}')
        sys.exit(1)
