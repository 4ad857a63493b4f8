# SPDX-License-Identifier: Apache-2.0
"""What the tests share: small configs, scratch folders, other processes."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import raddle

HERE = os.path.dirname(os.path.abspath(__file__))
BINDING = os.path.dirname(HERE)
ROOT = os.path.dirname(os.path.dirname(BINDING))
TEXT = os.path.join(ROOT, "LICENSE")
SANITIZED = os.environ.get("RADDLE_SANITIZED") == "1"
REQUIRED = os.environ.get("RADDLE_REQUIRE_LANGUAGES") == "1"

SMALL = {
    "data.path": TEXT, "data.tokenizer": "bytes",
    "data.validation_path": TEXT, "train.eval_interval": 0, "model.layers": 2, "model.width": 64,
    "model.heads": 4, "model.context": 64, "train.micro_batch_tokens": 512, "train.steps": 12,
    "optimizer.learning_rate": "3e-3", "runtime.threads": 1,
}
# For calls that last seconds: a step of 8192 tokens.
LONG = {**SMALL, "model.width": 256, "model.context": 1024, "train.micro_batch_tokens": 8192,
        "train.steps": 100000, "runtime.threads": 2}
GRAPH = """raddle-graph 1
parameter table F32 [8, 4] normal(0.5) decay
parameter head F32 [3, 4] normal(0.5) decay
input ids I32 [8]
input targets I32 [8]
input weights F32 [8]
input scale F32 [1]
h = embedding(table, ids)
y = gelu(h)
loss = linear_cross_entropy(y, head, targets, weights, scale)
loss loss 1
output y
"""


def config(**values):
    """A small config; double underscores in names are dots."""
    return raddle.Config({**SMALL, **{k.replace("__", "."): v for k, v in values.items()}})


class Case(unittest.TestCase):
    """A test with a folder of its own, `self.folder`."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("RADDLE_WORK"))
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def session(self, run=None, resume=None, **values):
        session = raddle.Session(config(**values), run_directory=run, resume=resume)
        self.addCleanup(session.close)
        return session

    def refused(self, kind, words, call, *arguments, **named):
        """`call` raises exactly `kind`, whose message holds `words`; returns the error."""
        with self.assertRaises(raddle.RaddleError) as caught:
            call(*arguments, **named)
        self.assertIs(type(caught.exception), kind, caught.exception)
        self.assertIn(words, str(caught.exception))
        return caught.exception

    def need(self, found, what):
        if not found:
            (self.fail if REQUIRED else self.skipTest)(f"{what} is not installed")


def without_sanitizer():
    """An environment for programs that do not load the library."""
    return {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}


def python(*arguments, interpreter=sys.executable, timeout=120, **named):
    """Runs Python in another process; what it printed is in .stdout and .stderr."""
    return subprocess.run([interpreter, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, **named)


def interpreter_with(module):
    """One that can import `module`: this one, or the system's."""
    for interpreter in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(interpreter) and python(
                "-c", f"import {module}", interpreter=interpreter,
                env=without_sanitizer()).returncode == 0:
            return interpreter
    return None
