# SPDX-License-Identifier: Apache-2.0
"""What is measured: the shapes, Raddle's command for each, and the ways to run PyTorch."""
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
VENV_PYTHON = str(HERE / '.venv/bin/python')
DEBIAN_PYTHON = '/usr/bin/python3'

# Large blocks stay in the heap instead of going back to the system after each step.
MALLOC = ('glibc.malloc.mmap_threshold=68719476736:glibc.malloc.trim_threshold=68719476736')

# The character model has Raddle's byte vocabulary, 256 bytes and one separator.
SHAPES = {
    'gpt2-124m': {
        'title': 'GPT-2 124M, B=4 T=64', 'batch': 4, 'seq': 64, 'recipe': 'gpt2-124m',
        'torch': {'layers': 12, 'width': 768, 'heads': 12, 'context': 1024, 'vocab': 50257},
    },
    'char': {
        'title': 'character model (6 layers, 384 wide, 6 heads, V=257), B=8 T=256', 'batch': 8,
        'seq': 256, 'recipe': 'char',
        'torch': {'layers': 6, 'width': 384, 'heads': 6, 'context': 256, 'vocab': 257},
    },
}


def installed(python):
    done = subprocess.run([python, '-c', 'import torch'], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def torch_ways():
    """[(name, python, flags, environment)]: fused AdamW unless the name says otherwise."""
    tuned = {'GLIBC_TUNABLES': MALLOC}
    ways = [
        ('PyTorch eager', VENV_PYTHON, ['--optimizer', 'fused'], {}),
        ('PyTorch eager, malloc tuned', VENV_PYTHON, ['--optimizer', 'fused'], tuned),
        ('PyTorch eager, foreach AdamW, malloc tuned', VENV_PYTHON, ['--optimizer', 'foreach'],
         tuned),
        ('PyTorch compiled, malloc tuned', VENV_PYTHON, ['--optimizer', 'fused', '--compile'],
         tuned),
    ]
    openblas = '/usr/lib/x86_64-linux-gnu/openblas-openmp'
    if os.path.isdir(openblas) and installed(DEBIAN_PYTHON):
        ways.append(('PyTorch 1.13 of Debian, OpenBLAS-OpenMP, malloc tuned', DEBIAN_PYTHON,
                     ['--optimizer', 'loop'], {'LD_LIBRARY_PATH': openblas, **tuned}))
    return ways


def environment(threads, extra):
    found = dict(os.environ)
    found['OMP_NUM_THREADS'] = str(threads)
    found['TORCHINDUCTOR_CACHE_DIR'] = str(HERE / '.venv/inductor')
    found.update(extra)
    return found


def torch_words(python, flags, shape, threads, warmup, steps):
    words = [python, str(HERE / 'torch_step.py'), '--batch', str(shape['batch']), '--seq',
             str(shape['seq']), '--threads', str(threads), '--warmup', str(warmup), '--steps',
             str(steps)]
    for key, value in shape['torch'].items():
        words += [f'--{key}', str(value)]
    return words + flags


def raddle_words(raddle, shape, threads, warmup, steps):
    return [raddle, 'bench', 'step', '--model', shape['recipe'], '--batch', str(shape['batch']),
            '--seq', str(shape['seq']), '--threads', str(threads), '--warmup', str(warmup),
            '--steps', str(steps), '--json']


def raddle_first_step_words(raddle, text, run_directory, threads):
    """A real run of the character model with one sequence of 64 tokens a step."""
    words = [raddle, 'train', 'char', '--run-dir', run_directory]
    for setting in (f'data.path={text}', 'data.sequence_length=64', 'train.micro_batch_tokens=64',
                    'train.steps=1000', 'train.eval_interval=0', 'train.log_interval=1',
                    f'runtime.threads={threads}'):
        words += ['--set', setting]
    return words
