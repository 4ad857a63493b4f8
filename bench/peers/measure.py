# SPDX-License-Identifier: Apache-2.0
"""Runs one command and prints what it took as one JSON object.

It is a program of its own so that it can stand behind another one that waits for a quiet machine:
the clock starts here, and what counts is this child's memory alone.

  python3 measure.py [--until WORD] -- COMMAND...

With --until the command is ended as soon as WORD shows up in what it prints.
"""
import json
import os
import subprocess
import sys
import time


def busy_ticks():
    """Time that all processors have worked since boot."""
    with open('/proc/stat', encoding='ascii') as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return user + nice + system + irq + softirq, steal


def read_until(stream, word, begin):
    """All that the command printed, and the seconds until the word, if it came."""
    seen, seconds = b'', None
    while True:
        piece = os.read(stream.fileno(), 65536)
        if not piece:
            return seen, seconds
        seen += piece
        if word is not None and seconds is None and word.encode() in seen:
            return seen, time.monotonic() - begin


def main():
    split = sys.argv.index('--')
    flags, command = sys.argv[1:split], sys.argv[split + 1:]
    word = flags[1] if flags[:1] == ['--until'] else None
    ticks_before, steal_before = busy_ticks()
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if word else None) as child:
        seen, until_seconds = read_until(child.stdout, word, begin)
        if until_seconds is not None:
            child.kill()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begin
    ticks_after, steal_after = busy_ticks()
    capacity = seconds * os.cpu_count()
    own = usage.ru_utime + usage.ru_stime
    others = (ticks_after - ticks_before) / os.sysconf('SC_CLK_TCK') - own
    print(json.dumps({
        'exit_code': 0 if until_seconds is not None else child.returncode,
        'output': seen.decode(errors='replace'),
        'began_at': begin,
        'seconds': seconds,
        'until_seconds': until_seconds,
        'peak_rss_bytes': 1024 * usage.ru_maxrss,
        'own_cpu_share': own / capacity,
        'foreign_cpu_share': max(0.0, others / capacity),
        'steal_share': (steal_after - steal_before) / os.sysconf('SC_CLK_TCK') / capacity}))


if __name__ == '__main__':
    main()
