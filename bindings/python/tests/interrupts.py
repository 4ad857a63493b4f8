# SPDX-License-Identifier: Apache-2.0
"""Presses Ctrl-C in each kind of call that lasts, and prints how long each went on, in seconds.
Run by test_process.py."""
import os
import signal
import sys
import tempfile
import threading
import time

import raddle
from support import LONG, SANITIZED, TEXT

PRESSED = []


def press():
    PRESSED.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)


def main():
    folder = tempfile.mkdtemp(dir=os.environ.get("RADDLE_WORK"))
    big = os.path.join(folder, "big.txt")
    with open(TEXT) as source, open(big, "w") as file:
        file.write(source.read() * 100000)
    long = raddle.Config({**LONG, "data.validation_path": big, "train.eval_batches": 0})
    session = raddle.Session(long)
    tokens = list(range(250)) * 4
    endless = raddle.Session(raddle.Config({**LONG, "train.micro_batch_tokens": 64,
                                            "model.width": 64, "model.context": 64}))

    def batches():
        while True:
            yield time.sleep(0.01) or tokens[:64]

    def body():
        for _ in endless.train():
            pass

    calls = {
        "step": lambda: [session.step_on_data() for _ in range(99)],
        "train": session.train().wait,
        "short steps": body,
        "own batches": lambda: endless.train(batches()).wait(),
        "backward": lambda: [session.backward([raddle.Batch(
            tokens * 8, cu_seqlens=range(0, 8001, 1000))]) for _ in range(99)],
        "evaluate": lambda: [session.evaluate() for _ in range(99)],
        "generate": lambda: [session.generate(
            [1], max_tokens=1000, ignore_end=True).text() for _ in range(99)],
        "tokenizer": lambda: [raddle.Tokenizer.train(raddle.Config(
            {"data.path": big, "data.vocab_size": 5000})) for _ in range(99)],
        "without a stop": lambda: [raddle.bench_machine(with_memory=1) for _ in range(9)],
        "Python": lambda: time.sleep(9),
    }
    for name, call in calls.items():
        threading.Timer(1.0 if SANITIZED else 0.3, press).start()
        try:
            call()
            sys.exit(f"{name} was over before Ctrl-C")
        except KeyboardInterrupt:
            print(f"{name}: {time.monotonic() - PRESSED[-1]:.3f}", flush=True)
    assert len(PRESSED) == len(calls)
    session.close()
    os.remove(big)


main()
