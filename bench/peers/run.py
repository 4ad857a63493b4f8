#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Raddle's training step beside PyTorch's, in turns.

Each round runs every contender once, each in a process of its own, so that a change of the
machine's speed meets them all. run.sh installs PyTorch and calls this.
"""
import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

import contenders
import report

MEASURE = str(contenders.HERE / 'measure.py')
FIRST_STEP_SHAPE = {'batch': 1, 'seq': 64, 'torch': contenders.SHAPES['char']['torch']}


def parse_arguments():
    parser = argparse.ArgumentParser(description='Raddle beside PyTorch, in turns')
    parser.add_argument('--raddle', default='build/release/bin/raddle')
    parser.add_argument('--out', default='runs/peers', help='where results.json, results.md go')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--first-step-rounds', type=int, default=5)
    parser.add_argument('--steps', type=int, default=8, help='timed steps of one process')
    parser.add_argument('--warmup', type=int, default=2)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--before', default='', metavar='COMMAND',
                        help='what each measured command is put behind, "taskset -c 0,1"')
    parser.add_argument('--peer', action='append', metavar='WORD',
                        help='only peers whose name holds WORD; may be repeated')
    parser.add_argument('--shape', action='append', choices=sorted(contenders.SHAPES),
                        help='only this shape; may be repeated')
    return parser.parse_args()


class Runner:
    def __init__(self, arguments):
        self.before = shlex.split(arguments.before)
        self.threads = arguments.threads

    def measure(self, words, extra, until=None):
        """One command's record of measure.py; ends the program if the command failed."""
        flags = ['--until', until] if until else []
        command = [*self.before, sys.executable, MEASURE, *flags, '--', *words]
        done = subprocess.run(command, env=contenders.environment(self.threads, extra),
                              stdout=subprocess.PIPE, text=True, check=False)
        record = json.loads(done.stdout) if done.returncode == 0 and done.stdout else None
        if record is None or record['exit_code'] != 0:
            sys.exit(f'failed: {shlex.join(words)}\n{record["output"] if record else done.stdout}')
        if until and record['until_seconds'] is None:
            sys.exit(f'"{until}" never came from {shlex.join(words)}:\n{record["output"]}')
        return record

    def step(self, name, words, extra):
        """Step times that the program itself reports; memory and noise as seen from outside."""
        record = self.measure(words, extra)
        own = json.loads(record['output'].strip().splitlines()[-1])
        print(f'  {name:<55} {own["step_ms_median"]:8.0f} ms  '
              f'{record["peak_rss_bytes"] / 2**20:6.0f} MiB  '
              f'others {100 * record["foreign_cpu_share"]:.0f} %', file=sys.stderr, flush=True)
        return {'step_ms_median': own['step_ms_median'], 'step_ms_min': own['step_ms_min'],
                'tokens_per_second': own['tokens_per_second'], 'parameters': own['parameters'],
                'peak_rss_bytes': record['peak_rss_bytes'],
                'foreign_cpu_share': record['foreign_cpu_share'],
                'steal_share': record['steal_share'], 'program': own}


def rotated(items, by):
    return items[by % len(items):] + items[:by % len(items)]


def measure_steps(runner, arguments, shape, ways):
    """{contender: [one record per round]}; the order changes from round to round."""
    steps = (arguments.warmup, arguments.steps)
    raddle = contenders.raddle_words(arguments.raddle, shape, arguments.threads, *steps)
    entries = [('Raddle', [*raddle, '--no-yardstick'], {})]
    for name, python, flags, extra in ways:
        entries.append((name, contenders.torch_words(python, flags, shape, arguments.threads,
                                                     *steps), extra))
        if '--compile' in flags:  # compiles once, into the cache that the measured runs read
            runner.measure(contenders.torch_words(python, flags, shape, arguments.threads, 0, 1),
                           extra)
    found = {name: [] for name, _, _ in entries}
    for number in range(arguments.rounds):
        print(f'{shape["title"]}, round {number + 1}', file=sys.stderr)
        for name, words, extra in rotated(entries, number):
            found[name].append(runner.step(name, words, extra))
    yardstick = runner.measure(raddle, {})
    return found, json.loads(yardstick['output'].strip().splitlines()[-1])


def measure_first_steps(runner, arguments, ways):
    """{contender: [seconds from the start of the process to the end of the first step]}"""
    found = {'Raddle': []}
    with tempfile.TemporaryDirectory() as scratch:
        text = os.path.join(scratch, 'text.txt')
        line = 'In the beginning God created the heaven and the earth.\n'
        pathlib.Path(text).write_text(400 * line, encoding='utf-8')
        for number in range(arguments.first_step_rounds):
            run_directory = os.path.join(scratch, f'run{number}')
            words = contenders.raddle_first_step_words(arguments.raddle, text, run_directory,
                                                       arguments.threads)
            found['Raddle'].append(runner.measure(words, {}, until='step 1/')['until_seconds'])
            for name, python, flags, extra in ways:
                words = contenders.torch_words(python, flags, FIRST_STEP_SHAPE, arguments.threads,
                                               0, 1)
                record = runner.measure(words, extra)
                own = json.loads(record['output'].strip().splitlines()[-1])
                found.setdefault(name, []).append(own['first_step_at'] - record['began_at'])
    found = {name: seconds for name, seconds in found.items() if seconds}
    for name, seconds in found.items():
        print(f'  {name:<55} first step after {statistics.median(seconds):.3f} s',
              file=sys.stderr)
    return found


def machine(runner, arguments):
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as info:
        names = [line.split(':', 1)[1].strip() for line in info if line.startswith('model name')]
    words = [arguments.raddle, 'bench', 'machine', '--threads', str(arguments.threads), '--json']
    peaks = json.loads(runner.measure(words, {})['output'].strip().splitlines()[-1])
    return {'processor': names[0] if names else 'unknown', 'cores': os.cpu_count(), **peaks}


def main():
    arguments = parse_arguments()
    if not contenders.installed(contenders.VENV_PYTHON):
        sys.exit('PyTorch is not installed: bash bench/peers/run.sh')
    runner = Runner(arguments)
    ways = [way for way in contenders.torch_ways()
            if not arguments.peer or any(word in way[0] for word in arguments.peer)]
    if not ways:
        sys.exit(f'no peer is named like {", ".join(arguments.peer)}')
    found = {'machine': machine(runner, arguments), 'threads': arguments.threads,
             'rounds': arguments.rounds, 'steps': arguments.steps, 'shapes': {}}
    found['first_step_seconds'] = measure_first_steps(
        runner, arguments, [way for way in ways if '--compile' not in way[2]])
    for key in arguments.shape or contenders.SHAPES:
        shape = contenders.SHAPES[key]
        rounds, yardstick = measure_steps(runner, arguments, shape, ways)
        found['shapes'][key] = {'title': shape['title'], 'rounds': rounds, 'yardstick': yardstick}
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    text = report.markdown(found)
    (out / 'results.json').write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')
    (out / 'results.md').write_text(text, encoding='utf-8')
    print(text, end='')


if __name__ == '__main__':
    main()
