#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a small GPT-2 with virtual width for 20 steps on the CPU and twice on the GPU, in FP32 and
in BF16. The losses of FP32 must agree within 1e-4, those of BF16 be within 5e-3 of them, and two
runs on the GPU agree to the last bit."""
import json
import pathlib
import subprocess
import sys
import tempfile

MOST = {'fp32': 1e-4, 'bf16': 5e-3}
STEPS = 20


def train(raddle, work, name, device, precision):
    run = work / name
    settings = {'data.path': work / 'text.txt', 'runtime.device': device, 'train.steps': STEPS,
                'train.precision': precision,
                'train.log_interval': 1, 'train.eval_interval': 0, 'checkpoint.interval': 0,
                'schedule.warmup_steps': 2}
    words = [raddle, 'train', 'kjv-tiny', '--run-dir', run]
    for key, value in settings.items():
        words += ['--set', f'{key}={value}']
    subprocess.run(list(map(str, words)), check=True)
    lines = map(json.loads, (run / 'metrics.jsonl').read_text().splitlines())
    return [(line['loss'], line['grad_norm']) for line in lines if 'step_ms' in line]


def compare(raddle, work, device, precision, cpu):
    first, second = (train(raddle, work, f'{precision}-{name}', device, precision)
                     for name in ('first', 'second'))
    for step, (there, here) in enumerate(zip(first, cpu), 1):
        print(f'step {step:2}  loss {there[0]:.6f} on the GPU in {precision}, {here[0]:.6f} on the '
              'CPU in fp32')
    apart = max(abs(a[0] - b[0]) / abs(b[0]) for a, b in zip(first, cpu))
    same = first == second
    print(f'{precision}: largest relative difference {apart:.2e} (most {MOST[precision]:g}); '
          f'two runs {"have the same bits" if same else "DIFFER"}')
    return len(cpu) == len(first) == STEPS and apart <= MOST[precision] and same


def main():
    raddle = sys.argv[1]
    device = sys.argv[2] if len(sys.argv) > 2 else 'cuda'
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        pages = sorted(pathlib.Path('.').glob('**/*.md'))
        text = '\n'.join(page.read_text(errors='replace') for page in pages)
        (work / 'text.txt').write_text(text)
        cpu = train(raddle, work, 'cpu', 'cpu', 'fp32')
        good = [compare(raddle, work, device, precision, cpu) for precision in MOST]
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
