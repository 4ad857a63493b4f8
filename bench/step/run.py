#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GPT-2 124M training steps on this machine: shares of R, and what virtual width costs.

Every configuration runs in a process of its own, in turns over the rounds, so that a change of the
machine's speed meets them all. Needs an otherwise idle machine and about eight minutes.

  python3 bench/step/run.py [--raddle build/release/bin/raddle] [--rounds 3] [--steps 6]
"""
import argparse
import json
import statistics
import subprocess
import sys

WIDTHS = {'plain': None, '(4,8)': 1.08, '(4,16)': 1.12, '(1,8)': 1.15, '(8,64)': 1.5}


def parse_arguments():
    parser = argparse.ArgumentParser(description='GPT-2 124M steps, in turns')
    parser.add_argument('--raddle', default='build/release/bin/raddle')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--steps', type=int, default=6, help='timed steps of one process')
    parser.add_argument('--threads', type=int, default=2)
    return parser.parse_args()


def bench_step(arguments, batch, seq, *flags):
    words = [arguments.raddle, 'bench', 'step', '--model', 'gpt2-124m', '--batch', str(batch),
             '--seq', str(seq), '--threads', str(arguments.threads), '--steps',
             str(arguments.steps), '--json', *flags]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def share_of_r(arguments, batch, seq):
    """The step and R, both measured in the same process's run; the median round counts."""
    found = [bench_step(arguments, batch, seq) for _ in range(arguments.rounds)]
    for one in found:
        one['gflops'] = one['flops_per_step'] / one['step_ms_median'] * 1e-6
        one['share'] = one['gflops'] / one['gemm_peak_gflops']
    middle = sorted(found, key=lambda one: one['share'])[len(found) // 2]
    shares = ', '.join(f'{100 * one["share"]:.0f}' for one in found)
    print(f'B={batch} T={seq}: {middle["step_ms_median"]:.0f} ms, {middle["gflops"]:.0f} GFLOP/s, '
          f'R = {middle["gemm_peak_gflops"]:.0f}, {100 * middle["share"]:.0f} % of R '
          f'(rounds: {shares})', flush=True)


def virtual_width(arguments):
    found = {name: [] for name in WIDTHS}
    for number in range(arguments.rounds):
        for name in WIDTHS:
            flags = [] if name == 'plain' else ['--virtual-width', name.strip('()')]
            one = bench_step(arguments, 4, 64, '--no-yardstick', *flags)
            found[name].append(one)
            print(f'round {number + 1} {name}: {one["step_ms_median"]:.0f} ms, best '
                  f'{one["step_ms_min"]:.0f}', file=sys.stderr, flush=True)
    return found


def print_ratios(found):
    """A ratio is taken round by round against that round's plain step; the median counts."""
    print('| (m, n) | median ms | best ms | median against plain | best against plain | target |')
    print('|---|---|---|---|---|---|')
    for name, target in WIDTHS.items():
        medians = [one['step_ms_median'] for one in found[name]]
        bests = [one['step_ms_min'] for one in found[name]]
        ratios = [one['step_ms_median'] / plain['step_ms_median']
                  for one, plain in zip(found[name], found['plain'])]
        best_ratio = min(bests) / min(one['step_ms_min'] for one in found['plain'])
        goal = f'<= {target}' if target else ''
        print(f'| {name} | {statistics.median(medians):.0f} | {min(bests):.0f} | '
              f'{statistics.median(ratios):.2f} | {best_ratio:.2f} | {goal} |')


def main():
    arguments = parse_arguments()
    for batch, seq in ((4, 64), (1, 512)):
        share_of_r(arguments, batch, seq)
    print_ratios(virtual_width(arguments))


if __name__ == '__main__':
    main()
