#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Virtual width against its baseline at the same tokens, on real text, seed by seed.

Three arms share the backbone, the tokenizer, the learning rate and every other setting of the
recipe; a seed gives all three the same batches in the same order:

  baseline    the plain residual stream
  vw-4x8      virtual width (4,8), dynamic: a state twice as wide as the backbone
  vw-4x4      the same connections at r = 1: learned mixing without any added width

The last is the control: what vw-4x8 gains over it is width, what it gains itself is mixing.

  python3 bench/quality/run.py --raddle build/release/bin/raddle --text kjv.txt --out DIR

Runs that are complete in DIR are not run again. Writes DIR/results.json and DIR/results.md.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPES = ROOT / 'cli/recipes'
ARMS = {
    'baseline': ('kjv-tiny-baseline.toml', {}),
    'vw-4x8': ('kjv-tiny.toml', {'model.virtual_width.m': '4', 'model.virtual_width.n': '8'}),
    'vw-4x4': ('kjv-tiny.toml', {'model.virtual_width.m': '4', 'model.virtual_width.n': '4'}),
}
COMPARISONS = [
    ('vw-4x8', 'baseline', 'virtual width'),
    ('vw-4x4', 'baseline', 'the control: connections without width'),
    ('vw-4x8', 'vw-4x4', 'width alone'),
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--raddle', default='build/release/bin/raddle')
    parser.add_argument('--text', default='runs/kjv.txt', help='the training text')
    parser.add_argument('--out', default='runs/quality')
    parser.add_argument('--seeds', type=int, default=4)
    parser.add_argument('--steps', type=int, default=400)
    parser.add_argument('--threads', type=int, default=2, help='threads of one run')
    parser.add_argument('--jobs', type=int, default=1, help='runs at the same time')
    return parser.parse_args()


def settings(arguments, arm, seed):
    """What a run sets beside its recipe and the number of threads, which changes no result."""
    found = {
        'data.path': os.path.relpath(arguments.text),
        'data.cache_dir': os.path.relpath(pathlib.Path(arguments.out) / 'tokens'),
        'train.seed': str(seed),
        'train.steps': str(arguments.steps),
        'train.eval_interval': '0',
        'checkpoint.interval': '0',
    }
    found.update(ARMS[arm][1])
    return found


def call(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f'{" ".join(words)}\nended with {done.returncode}:\n{done.stderr}')
    return done.stdout


def run(arguments, arm, seed):
    """Trains one arm with one seed, unless that is done already, and returns what came of it."""
    directory = pathlib.Path(arguments.out) / f'{arm}-seed{seed}'
    record = directory / 'quality.json'
    wanted = settings(arguments, arm, seed)
    if record.exists():
        found = json.loads(record.read_text())
        if found['settings'] == wanted:
            return found
        sys.exit(f'{record} is of other settings; name another --out')
    words = [arguments.raddle, 'train', str(RECIPES / ARMS[arm][0]), '--run-dir', str(directory),
             '--resume', 'auto']
    for key, value in {**wanted, 'runtime.threads': str(arguments.threads)}.items():
        words += ['--set', f'{key}={value}']
    call(words)
    evaluation = json.loads(call([arguments.raddle, 'eval', str(directory), '--json']))
    lines = (directory / 'metrics.jsonl').read_text().splitlines()
    metrics = [m for m in map(json.loads, lines) if 'step_ms' in m]
    if evaluation['step'] != arguments.steps or metrics[-1]['step'] != arguments.steps:
        sys.exit(f'{directory} ended at step {metrics[-1]["step"]}, not {arguments.steps}')
    found = {
        'arm': arm, 'seed': seed, 'settings': wanted,
        'validation_loss': evaluation['loss'],
        'bits_per_byte': evaluation['bits_per_byte'],
        'validation_tokens': evaluation['tokens'],
        'train_loss': sum(m['loss'] for m in metrics[-20:]) / len(metrics[-20:]),
        'tokens': metrics[-1]['tokens'],
        'skipped_steps': sum(1 for m in metrics if m.get('skipped')),
        'seconds': sum(m['step_ms'] for m in metrics) / 1e3,
    }
    record.write_text(json.dumps(found, indent=1) + '\n')
    print(f'{arm:<10} seed {seed}  validation loss {found["validation_loss"]:.4f}  '
          f'{found["seconds"]:.0f} s', file=sys.stderr, flush=True)
    return found


def mean_and_error(values):
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def compare(losses, arm, other, seeds):
    gaps = [losses[arm][seed] - losses[other][seed] for seed in seeds]
    mean, error = mean_and_error(gaps)
    return {'arm': arm, 'against': other, 'gaps': gaps, 'mean': mean, 'standard_error': error,
            'beyond_two_standard_errors': abs(mean) > 2 * error}


def table(runs, comparisons, seeds):
    lines = ['| Seed | ' + ' | '.join(ARMS) + ' |', '|---|' + '---|' * len(ARMS)]
    by_key = {(r['arm'], r['seed']): r for r in runs}
    for seed in seeds:
        cells = [f'{by_key[arm, seed]["validation_loss"]:.4f}' for arm in ARMS]
        lines.append(f'| {seed} | ' + ' | '.join(cells) + ' |')
    means = [mean_and_error([by_key[arm, s]['validation_loss'] for s in seeds])[0] for arm in ARMS]
    lines.append('| mean | ' + ' | '.join(f'{m:.4f}' for m in means) + ' |')
    lines += ['', '| Comparison | Gap, seed by seed | Mean gap | Standard error | Mean / error |',
              '|---|---|---|---|---|']
    for found, (_, _, name) in zip(comparisons, COMPARISONS):
        gaps = ', '.join(f'{gap:+.4f}' for gap in found['gaps'])
        ratio = found['mean'] / found['standard_error'] if found['standard_error'] > 0 else math.inf
        lines.append(f'| {name}: {found["arm"]} - {found["against"]} | {gaps} | '
                     f'{found["mean"]:+.4f} | {found["standard_error"]:.4f} | {ratio:+.1f} |')
    lines.append('')
    for found, (_, _, name) in zip(comparisons, COMPARISONS):
        said = 'is more than' if found['beyond_two_standard_errors'] else 'is NOT more than'
        way = 'lower' if found['mean'] < 0 else 'higher'
        lines.append(f'- {name}: the loss is {abs(found["mean"]):.4f} {way}; that {said} two '
                     'standard errors.')
    return '\n'.join(lines) + '\n'


def main():
    arguments = parse_arguments()
    if arguments.seeds < 2:
        sys.exit('a standard error needs at least two seeds')
    if not os.path.exists(arguments.text):
        sys.exit(f"no {arguments.text}; make it: bible -f 'gen1:1-rev22:21' > {arguments.text}")
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    seeds = list(range(1, arguments.seeds + 1))
    pairs = [(arm, seed) for seed in seeds for arm in ARMS]
    runs = [run(arguments, *pairs[0])]  # alone, so that the others find the tokens
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs += pool.map(lambda pair: run(arguments, *pair), pairs[1:])
    losses = {arm: {r['seed']: r['validation_loss'] for r in runs if r['arm'] == arm}
              for arm in ARMS}
    comparisons = [compare(losses, arm, other, seeds) for arm, other, _ in COMPARISONS]
    text = table(runs, comparisons, seeds)
    (out / 'results.json').write_text(
        json.dumps({'runs': runs, 'comparisons': comparisons}, indent=1) + '\n')
    (out / 'results.md').write_text(text)
    print(text, end='')


if __name__ == '__main__':
    main()
