# SPDX-License-Identifier: Apache-2.0
"""Tables of what bench/quality/run.py has trained so far."""
import collections
import json
import math

from settings import ARMS, CHOOSING_SEEDS, COMPARISONS, DOUBLINGS, FRESH_SEEDS, SETTINGS


def mean(values):
    return sum(values) / len(values)


def standard_error(values):
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1) / len(values))


def shown(values):
    return f'{mean(values):+.4f} +- {standard_error(values):.4f}'


def losses_by_rate(runs, arm, seeds):
    """{rate: {seed: loss}} of an arm."""
    found = collections.defaultdict(dict)
    for run in runs:
        if run['arm'] == arm and run['seed'] in seeds:
            found[run['rate']][run['seed']] = run['loss']
    return found


def best_rate(runs, arm):
    """The rate with the lowest mean loss over the choosing seeds, of those that have them all."""
    by_rate = losses_by_rate(runs, arm, CHOOSING_SEEDS)
    complete = {r: mean(list(s.values())) for r, s in by_rate.items()
                if len(s) == len(CHOOSING_SEEDS)}
    return min(complete, key=complete.get) if complete else None


def fresh_losses(runs, arm):
    """(rate, {seed: loss}): at the best rate if that was chosen and run, else at the rate with the
    most fresh seeds."""
    by_rate = losses_by_rate(runs, arm, FRESH_SEEDS)
    best = best_rate(runs, arm)
    if best in by_rate:
        return best, by_rate[best]
    if not by_rate:
        return None, {}
    rate = max(by_rate, key=lambda r: len(by_rate[r]))
    return rate, by_rate[rate]


def print_choice(runs):
    rates = sorted({run['rate'] for run in runs if run['seed'] in CHOOSING_SEEDS})
    if not rates:
        return
    print('Choosing the rate, mean loss of seeds ' + ', '.join(map(str, CHOOSING_SEEDS)) + ':\n')
    print('| Arm | ' + ' | '.join(f'{rate:g}' for rate in rates) + ' |')
    print('|---|' + '---|' * len(rates))
    for arm in ARMS:
        by_rate = losses_by_rate(runs, arm, CHOOSING_SEEDS)
        cells = []
        for rate in rates:
            losses = list(by_rate[rate].values()) if rate in by_rate else []
            partial = f' (n = {len(losses)})' if len(losses) < len(CHOOSING_SEEDS) else ''
            cells.append(f'{mean(losses):.4f}{partial}' if losses else '-')
        if any(cell != '-' for cell in cells):
            print(f'| {arm} | ' + ' | '.join(cells) + ' |')
    print()


def print_losses(runs):
    print('| Arm | rate | seeds | mean loss | losses, seed by seed |')
    print('|---|---|---|---|---|')
    for arm in ARMS:
        rate, losses = fresh_losses(runs, arm)
        if not losses:
            continue
        chosen = '' if rate == best_rate(runs, arm) else ' (not chosen)'
        each = ', '.join(f'{losses[s]:.4f}' for s in sorted(losses))
        print(f'| {arm} | {rate:g}{chosen} | {len(losses)} | {mean(list(losses.values())):.4f} | '
              f'{each} |')
    print()


def print_gaps(runs):
    print('| Difference | mean gap | n | mean / error |')
    print('|---|---|---|---|')
    for arm, other, name in COMPARISONS:
        first, second = fresh_losses(runs, arm)[1], fresh_losses(runs, other)[1]
        gaps = [first[seed] - second[seed] for seed in sorted(set(first) & set(second))]
        if gaps:
            error = standard_error(gaps)
            ratio = f'{mean(gaps) / error:+.1f}' if error > 0 else '-'
            print(f'| {name}: {arm} - {other} | {shown(gaps)} | {len(gaps)} | {ratio} |')
    print()


def print_doublings(runs):
    """The slope of the loss over log2 r, by least squares in each seed that has all widths."""
    losses = [fresh_losses(runs, arm)[1] for arm, _ in DOUBLINGS]
    seeds = set.intersection(*(set(found) for found in losses))
    if len(seeds) < 2:
        return
    steps = [step for _, step in DOUBLINGS]
    centre = mean(steps)
    scale = sum((step - centre) ** 2 for step in steps)
    slopes = [sum((step - centre) * found[seed] for step, found in zip(steps, losses)) / scale
              for seed in sorted(seeds)]
    print(f'A doubling of r at m = 4 changes the loss by {shown(slopes)} (n = {len(slopes)}; the '
          'paper: -0.0069).\n')


def print_report(folder):
    for setting, (description, _) in SETTINGS.items():
        path = folder / f'{setting}.json'
        print(f'### {setting}: {description}\n')
        if not path.exists():
            print('Not run yet.\n')
            continue
        runs = json.loads(path.read_text())
        print_choice(runs)
        print_losses(runs)
        print_gaps(runs)
        print_doublings(runs)
