#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each CUDA kernel takes of a multiprocessor, as ptxas said when the images were built:

  python3 bench/gpu/resources.py build/release > bench/baselines/cuda-kernel-resources.md
"""
import math
import pathlib
import re
import sys

ENTRY = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
USED = re.compile(r'Used (\d+) registers')
SHARED = re.compile(r'(\d+) bytes smem')
SPILLS = re.compile(r'(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads')
DYNAMIC = re.compile(r'RADDLE_CUDA_KERNEL\(\w+, (\w+), ([0-9* ]+)\)')


def read(build):
    """{kernel: {target: (registers, static shared bytes, spilled bytes)}}"""
    found = {}
    for log in sorted(pathlib.Path(build).glob('kernels/cuda/*.fatbin.log')):
        kernel = target = None
        spilled = 0
        for line in log.read_text().splitlines():
            if entry := ENTRY.search(line):
                kernel, target = entry.groups()
            elif spills := SPILLS.search(line):
                spilled = sum(map(int, spills.groups()))
            elif used := USED.search(line):
                shared = SHARED.search(line)
                found.setdefault(kernel, {})[target] = (
                    int(used.group(1)), int(shared.group(1)) if shared else 0, spilled)
    return found


def main():
    found = read(sys.argv[1])
    code = pathlib.Path(__file__).resolve().parents[2] / 'kernels/cuda/code.inc'
    dynamic = {'raddle_' + name: math.prod(map(int, size.split("*")))
               for name, size in DYNAMIC.findall(code.read_text())}
    targets = sorted({target for kernel in found.values() for target in kernel})
    print('# Resources of the CUDA kernels')
    print()
    print('Registers a thread, static shared memory a block, and bytes spilled or on the stack, by '
          'target; the most dynamic')
    print('shared memory that a launch asks for. Made by `bench/gpu/resources.py`. Spills fail the '
          'build.')
    print()
    print('| Kernel | ' + ' | '.join(f'{t} registers | shared | spilled' for t in targets)
          + ' | dynamic |')
    print('|---|' + '---|' * (3 * len(targets) + 1))
    for kernel in sorted(found):
        cells = [str(x) for t in targets for x in found[kernel].get(t, ('', '', ''))]
        print(f'| {kernel.removeprefix("raddle_")} | ' + ' | '.join(cells)
              + f' | {dynamic.get(kernel, 0)} |')


if __name__ == '__main__':
    main()
