#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exit() while another thread trains ends the process and does not crash it: exit handlers of the
matrix library free code that the thread would run.

    python3 tests/capi/exit_test.py PATH_OF_EXIT_PROGRAM [TIMES]
"""
import subprocess
import sys


def main(program, times):
    codes = {}
    for index in range(times):
        words = [program, str(index % 4), str(index * 37 % 2000), str(1 + index % 3)]
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
        codes[done.returncode] = codes.get(done.returncode, 0) + 1
    print(f'{times} times: ' + ', '.join(f'code {k}: {v}' for k, v in sorted(codes.items())))
    return 0 if set(codes) == {0} else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40))
