# SPDX-License-Identifier: Apache-2.0
"""leaving.py HOW: ends the process in the middle of training. Run by test_process.py."""
import os
import sys
import threading
import time
import warnings

import raddle
from support import SMALL

HOW = sys.argv[1]
session = raddle.Session(raddle.Config({**SMALL, "train.steps": 10 ** 6, "model.width": 128}))
began = threading.Event()


def loop():
    for event in session.train():
        began.set()


def steps():
    while True:
        session.step_on_data()
        began.set()


def quiet(function):
    """The thread's errors when the process ends are nobody's."""
    def guarded():
        try:
            function()
        except raddle.RaddleError:
            pass
    return guarded


if HOW in ("loop thread", "step thread"):
    threading.Thread(target=quiet(loop if HOW == "loop thread" else steps), daemon=True).start()
    began.wait()
    time.sleep(0.02)
elif HOW == "open loop":  # never closed, and nothing but a global refers to it
    run = session.train()
    next(run)
    inner = session.generate([1], max_tokens=50, ignore_end=True)
    next(inner)
elif HOW == "exit in the body":
    for event in session.train():
        if event.step == 3:
            sys.exit(0)
elif HOW == "exit with a view":
    view = session.tensor("embedding.weight").memoryview()
    next(session.train())
elif HOW == "os._exit":
    threading.Thread(target=quiet(loop), daemon=True).start()
    began.wait()
    os._exit(0)
elif HOW == "fork":
    run = session.train()
    next(run)
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads
    child = os.fork()
    if child == 0:
        sys.exit(0)  # with all that it has inherited
    assert os.waitpid(child, 0)[1] == 0
    assert next(run).step == 2
print("end", flush=True)
