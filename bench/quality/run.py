#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Virtual width against its baseline at the same tokens, on real text, seed by seed, each arm at
its best learning rate.

  nice -n 19 python3 bench/quality/run.py proxy --text kjv.txt

trains what is missing of one setting (settings.py lists settings, arms, rates and seeds): first
every arm at every rate of the grid on the choosing seeds, then every arm at its best rate on the
fresh ones. Each finished run is kept in bench/quality/results/SETTING.json at once, so the command
may be stopped at any time and given again. Neither the number of threads nor what else the machine
does changes a loss. With --report nothing is trained: the tables of all settings are printed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

from report import best_rate, print_report
from settings import ARMS, CHOOSING_SEEDS, FRESH_SEEDS, RATES, SETTINGS

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = ROOT / 'cli/recipes/kjv-tiny-baseline.toml'


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('setting', nargs='?', choices=SETTINGS)
    parser.add_argument('--report', action='store_true', help='print the tables, train nothing')
    parser.add_argument('--raddle', default=ROOT / 'build/release/bin/raddle')
    parser.add_argument('--text', default='runs/kjv.txt', help='the training text')
    parser.add_argument('--work', default='runs/quality', help='runs under way')
    parser.add_argument('--results', default=ROOT / 'bench/quality/results', type=pathlib.Path)
    parser.add_argument('--arms', default=','.join(ARMS), help='only these, with commas')
    parser.add_argument('--rates', default=','.join(map(str, RATES)))
    parser.add_argument('--seeds', default=','.join(map(str, FRESH_SEEDS)), help='fresh seeds')
    parser.add_argument('--fixed-rate', type=float, help='skip the choice: every arm at this rate')
    parser.add_argument('--threads', type=int, default=1, help='threads of one run')
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time')
    arguments = parser.parse_args()
    if not arguments.report and arguments.setting is None:
        parser.error('name a setting, or --report')
    return arguments


def options_of(setting, arm, rate, seed):
    """What decides the result of a run."""
    found = {'train.eval_interval': 0, 'checkpoint.interval': 0, **SETTINGS[setting][1],
             **ARMS[arm], 'optimizer.learning_rate': rate, 'train.seed': seed}
    return {key: str(value) for key, value in found.items()}


def call(words):
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, words))}\nended with {done.returncode}:\n{done.stderr}')
    return done.stdout


class Results:
    """The finished runs of a setting, in its file."""

    def __init__(self, folder, setting):
        self.path = folder / f'{setting}.json'
        self.runs = json.loads(self.path.read_text()) if self.path.exists() else []
        self.lock = threading.Lock()

    def find(self, options):
        return next((run for run in self.runs if run['options'] == options), None)

    def add(self, run):
        with self.lock:
            self.runs.append(run)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = self.path.with_suffix('.new')
            lines = ',\n'.join(json.dumps(run) for run in self.runs)
            new.write_text(f'[\n{lines}\n]\n')
            os.replace(new, self.path)


def train(arguments, results, arm, rate, seed):
    """The run of an arm, a rate and a seed: found or made."""
    options = options_of(arguments.setting, arm, rate, seed)
    found = results.find(options)
    if found is not None:
        return found
    work = pathlib.Path(arguments.work) / arguments.setting
    directory = work / f'{arm}-{rate:g}-seed{seed}'
    words = [arguments.raddle, 'train', RECIPE, '--run-dir', directory, '--resume', 'auto']
    for key, value in {**options, 'data.path': os.path.relpath(arguments.text),
                       'data.cache_dir': work / 'tokens',
                       'runtime.threads': arguments.threads}.items():
        words += ['--set', f'{key}={value}']
    call(words)
    evaluation = json.loads(call([arguments.raddle, 'eval', directory, '--json', '--set',
                                  f'train.eval_batches={options.get("train.eval_batches", 0)}',
                                  '--set', f'runtime.threads={arguments.threads}']))
    lines = (directory / 'metrics.jsonl').read_text().splitlines()
    metrics = [m for m in map(json.loads, lines) if 'step_ms' in m]
    found = {'arm': arm, 'rate': rate, 'seed': seed, 'options': options,
             'loss': evaluation['loss'], 'bits_per_byte': evaluation['bits_per_byte'],
             'eval_tokens': evaluation['tokens'], 'tokens': metrics[-1]['tokens'],
             'train_loss': sum(m['loss'] for m in metrics[-20:]) / len(metrics[-20:]),
             'clipped': sum(m['grad_norm'] > 1 for m in metrics) / len(metrics),
             'skipped': sum(bool(m.get('skipped')) for m in metrics)}
    results.add(found)
    shutil.rmtree(directory)
    seconds = sum(m['step_ms'] for m in metrics) / 1e3
    print(f'{arguments.setting} {arm:<13} rate {rate:g} seed {seed}  loss {found["loss"]:.4f}  '
          f'{seconds:.0f} s', file=sys.stderr, flush=True)
    return found


def train_all(arguments, results, runs):
    """Trains what is missing of (arm, rate, seed)..., --jobs at a time; stops at a failure."""
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        under_way = [pool.submit(train, arguments, results, *run) for run in runs]
        try:
            for run in concurrent.futures.as_completed(under_way):
                run.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def main():
    arguments = parse_arguments()
    if arguments.report:
        return print_report(arguments.results)
    if not os.path.exists(arguments.text):
        sys.exit(f"no {arguments.text}; make it: bible -f 'gen1:1-rev22:21' > {arguments.text}")
    results = Results(arguments.results, arguments.setting)
    arms = arguments.arms.split(',')
    rates = {arm: arguments.fixed_rate for arm in arms}
    if arguments.fixed_rate is None:
        train_all(arguments, results,
                  [(arm, rate, seed) for seed in CHOOSING_SEEDS
                   for rate in map(float, arguments.rates.split(',')) for arm in arms])
        rates = {arm: best_rate(results.runs, arm) for arm in arms}
    seeds = [int(seed) for seed in arguments.seeds.split(',')]
    train_all(arguments, results, [(arm, rates[arm], seed) for seed in seeds for arm in arms])
    print_report(arguments.results)
    return None


if __name__ == '__main__':
    main()
