# SPDX-License-Identifier: Apache-2.0
"""Results of run.py as Markdown: a table a shape, the ratios, and which target is met."""
import statistics

# Raddle's tokens/s and memory against the fastest PyTorch, and seconds to the first step.
TARGETS = {'gpt2-124m': {'speed': 1.30, 'memory': 0.80}, 'char': {'speed': 1.25, 'memory': 0.75}}
FIRST_STEP_TARGET = 0.2
FLOOR_TARGET = 1.08
OPTIMIZER_BYTES = 28  # a parameter's gradient, weight and two moments read, the last three written


def summary(records):
    return {'median': statistics.median(r['step_ms_median'] for r in records),
            'min': min(r['step_ms_min'] for r in records),
            'tokens': statistics.median(r['tokens_per_second'] for r in records),
            'rss': statistics.median(r['peak_rss_bytes'] for r in records),
            'others': max(r['foreign_cpu_share'] for r in records)}


def fastest_peer(summaries):
    peers = {name: s for name, s in summaries.items() if name != 'Raddle'}
    return min(peers, key=lambda name: peers[name]['median'])


def verdict(met):
    return 'met' if met else 'NOT met'


def floor_ms(shape, machine):
    """Matrix products at the best library's speed, then the optimizer at the memory's."""
    yardstick = shape['yardstick']
    products = yardstick['flops_per_step'] / (1e6 * yardstick['gemm_peak_gflops'])
    optimizer = OPTIMIZER_BYTES * yardstick['parameters'] / (1e6 * machine['triad_gb_per_second'])
    return products + optimizer


def shape_section(key, shape, machine):
    summaries = {name: summary(records) for name, records in shape['rounds'].items()}
    peer = fastest_peer(summaries)
    own = summaries['Raddle']
    lines = [f'## {shape["title"]}', '',
             '| | step, median (ms) | step, fastest (ms) | tokens/s | Raddle is faster by | '
             'peak memory (MiB) | foreign CPU, worst round |', '|---|---|---|---|---|---|---|']
    for name, s in sorted(summaries.items(), key=lambda item: item[1]['median']):
        lines.append(f'| {name} | {s["median"]:.0f} | {s["min"]:.0f} | {s["tokens"]:.0f} | '
                     f'{own["tokens"] / s["tokens"]:.2f}x | {s["rss"] / 2**20:.0f} | '
                     f'{100 * s["others"]:.0f} % |')
    speed, memory = own['tokens'] / summaries[peer]['tokens'], own['rss'] / summaries[peer]['rss']
    by_round = [a['tokens_per_second'] / b['tokens_per_second']
                for a, b in zip(shape['rounds']['Raddle'], shape['rounds'][peer])]
    yardstick, floor, target = shape['yardstick'], floor_ms(shape, machine), TARGETS[key]
    lean = min((s['rss'], name) for name, s in summaries.items() if name != 'Raddle')
    rate = yardstick['flops_per_step'] / (1e6 * own['median'])
    lines += [
        '',
        f'- The fastest PyTorch is "{peer}". Tokens/s against it: {speed:.2f}x by medians, '
        f'{summaries[peer]["min"] / own["min"]:.2f}x by fastest steps, '
        f'{", ".join(f"{r:.2f}" for r in by_round)} round by round. Target {target["speed"]:.2f}x: '
        f'{verdict(speed >= target["speed"])}.',
        f'- Peak memory against it: {memory:.2f}x (target {target["memory"]:.2f}x: '
        f'{verdict(memory <= target["memory"])}); against the leanest, "{lean[1]}": '
        f'{own["rss"] / lean[0]:.2f}x.',
        f'- R, the best matrix library shape by shape, measured after the rounds: '
        f'{yardstick["gemm_peak_gflops"]:.0f} GFLOP/s. The median step runs at {rate:.0f} GFLOP/s, '
        f'{100 * rate / yardstick["gemm_peak_gflops"]:.0f} % of R.',
        f'- Floor (products at R, 28 bytes a parameter at the triad\'s bandwidth): {floor:.0f} ms; '
        f'the median step takes {own["median"] / floor:.2f}x of it (target {FLOOR_TARGET}x: '
        f'{verdict(own["median"] <= FLOOR_TARGET * floor)}).', '']
    return lines


def first_step_section(seconds):
    lines = ['## First step of the character model, B=1 T=64', '',
             '| | process start to first step done, median (s) | fastest (s) |', '|---|---|---|']
    for name, values in seconds.items():
        lines.append(f'| {name} | {statistics.median(values):.3f} | {min(values):.3f} |')
    median = statistics.median(seconds['Raddle'])
    return lines + ['', f'Target {FIRST_STEP_TARGET} s: {verdict(median <= FIRST_STEP_TARGET)}.',
                    '']


def markdown(found):
    machine = found['machine']
    lines = ['# Raddle beside PyTorch: one run', '',
             f'{machine["processor"]}, {machine["cores"]} cores, {found["threads"]} threads, '
             f'multiply-add peak {machine["fma_peak_gflops"]:.0f} GFLOP/s, triad '
             f'{machine["triad_gb_per_second"]:.1f} GB/s. {found["rounds"]} rounds in turns, '
             f'{found["steps"]} timed steps a process; a row is the median over rounds of the '
             'process\'s median step, and the fastest of all its steps. Foreign CPU is what other '
             'programs took of the machine meanwhile.', '']
    for key, shape in found['shapes'].items():
        lines += shape_section(key, shape, machine)
    if found['first_step_seconds']:
        lines += first_step_section(found['first_step_seconds'])
    return '\n'.join(lines)
