#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What training together costs a rank: the CPU time of a step on N ranks of this machine, each with
one micro-batch, beside one rank with one. Both train the same 86M-parameter GPT-2 on one thread a
rank; what starting and saving take is the same for both numbers of steps and falls out of the
difference.

    python3 bench/step/ranks.py build/release/bin/raddle --ranks 2 --rounds 5
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile

RECIPE = '''
[model]
family = "gpt2"
layers = 12
width = 768
heads = 12
context = 256
[data]
path = "text.txt"
tokenizer = "bytes"
[train]
micro_batch_tokens = 256
[optimizer]
learning_rate = 1e-3
[runtime]
threads = 1
'''
FEW, MANY = 3, 13


def train(raddle, folder, ranks, steps, trace=None):
    """(CPU seconds of all processes, the median step's wall ms)."""
    run = os.path.join(folder, f'run-{ranks}-{steps}-{len(os.listdir(folder))}')
    command = ['train', 'big.toml', '--run-dir', run, '--set', f'train.steps={steps}',
               '--set', f'train.micro_batches={ranks}']
    if trace:
        command += ['--trace', trace]
    if ranks > 1:
        command = ['launch', '-n', str(ranks), '--threads', '1', '--', *command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([raddle, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.path.join(run, 'metrics.jsonl'), encoding='utf-8') as file:
        rows = [json.loads(line) for line in file]
    wall = statistics.median(row['step_ms'] for row in rows if 'step_ms' in row)
    subprocess.run(['rm', '-rf', run], check=True)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def step_of(raddle, folder, ranks):
    few, _ = train(raddle, folder, ranks, FEW)
    many, wall = train(raddle, folder, ranks, MANY)
    return (many - few) / (MANY - FEW) / ranks * 1e3, wall


def profile(raddle, folder, ranks):
    """Wall ms a step of each exchange on rank 0, from a trace."""
    trace = os.path.join(folder, 'trace.json')
    train(raddle, folder, ranks, MANY, trace)
    with open(trace, encoding='utf-8') as file:
        events = json.load(file)['traceEvents']
    names = ('reduce_scatter gradients', 'gather sums', 'all_gather parameters', 'adamw')
    return {name: sum(e['dur'] for e in events if e.get('name') == name) / MANY / 1e3
            for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('raddle')
    parser.add_argument('--ranks', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=5)
    given = parser.parse_args()
    raddle = os.path.abspath(given.raddle)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'big.toml'), 'w', encoding='utf-8') as file:
            file.write(RECIPE)
        with open(os.path.join(folder, 'text.txt'), 'w', encoding='utf-8') as file:
            file.write('the comb spreads threads of a loom to their full width\n' * 4000)
        ratios = []
        for _ in range(given.rounds):
            one, wall_one = step_of(raddle, folder, 1)
            all_of_them, wall_all = step_of(raddle, folder, given.ranks)
            ratios.append(all_of_them / one)
            print(f'CPU ms a step and rank: one {one:.0f}, {given.ranks} ranks {all_of_them:.0f} '
                  f'({ratios[-1]:.3f}); wall {wall_one:.0f}, {wall_all:.0f} ms', flush=True)
        print(f'median ratio {statistics.median(ratios):.3f}')
        for name, ms in profile(raddle, folder, given.ranks).items():
            print(f'{name:<28} {ms:8.1f} ms a step, wall, on rank 0')


if __name__ == '__main__':
    main()
