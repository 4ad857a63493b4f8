# SPDX-License-Identifier: Apache-2.0
"""What a call through the binding costs beside the same call in C, in microseconds.

    RADDLE_PREFIX=/usr/local PYTHONPATH=bindings/python python3 bindings/python/bench.py

The C program is compiled here, against RADDLE_PREFIX. Each figure is the best of several rounds.
"""
import os
import subprocess
import sys
import tempfile
import threading
import time
from array import array

PREFIX = os.environ.get("RADDLE_PREFIX", "/usr/local")
LIBRARY = os.path.join(PREFIX, "lib", "libraddle.so")
os.environ.setdefault("RADDLE_LIBRARY", LIBRARY)

import raddle
from raddle._library import lib

SETTINGS = {"data.tokenizer": "bytes", "model.layers": 1, "model.width": 32, "model.heads": 2,
            "model.context": 32, "train.micro_batch_tokens": 32, "runtime.threads": 1}
STEPS, CALLS, ROUNDS = 100, 10000, 15
C = """
#include <raddle/raddle.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}
static void check(raddle_status_t status) {
  if (status != NULL) fprintf(stderr, "%%s\\n", raddle_status_message(status)), exit(1);
}
int main(void) {
  raddle_context_t* context = NULL;
  raddle_config_t* config = NULL;
  raddle_session_t* session = NULL;
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  int32_t tokens[32];
  const char* value;
  unsigned sum = 0;
  for (int i = 0; i < 32; ++i) tokens[i] = i;
  check(raddle_context_create(NULL, &context));
  check(raddle_config_create(&config));
%(settings)s
  check(raddle_session_create(context, config, NULL, NULL, &session));
  for (int round = 0; round < %(rounds)d; ++round) {
    double start = now();
    for (int i = 0; i < %(calls)d; ++i) sum += raddle_version();
    printf("version %%f\\n", (now() - start) / %(calls)d);
    start = now();
    for (int i = 0; i < %(calls)d; ++i) check(raddle_config_get(config, "train.steps", &value));
    printf("get %%f\\n", (now() - start) / %(calls)d);
    start = now();
    for (int i = 0; i < %(steps)d; ++i)
      check(raddle_session_step_tokens(session, tokens, 32, NULL, NULL, NULL, NULL, 0, NULL,
                                       &metrics));
    printf("step %%f\\n", (now() - start) / %(steps)d);
  }
  return sum == 1;
}
"""


def in_c():
    sets = "\n".join(f'  check(raddle_config_set(config, "{key}", "{value}"));'
                     for key, value in SETTINGS.items())
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "bench.c"), os.path.join(folder, "bench")
        with open(source, "w") as file:
            file.write(C % {"settings": sets, "rounds": ROUNDS, "calls": CALLS, "steps": STEPS})
        lib_folder = os.path.dirname(LIBRARY)
        subprocess.run(["cc", "-O2", "-std=c11", "-D_POSIX_C_SOURCE=200809L", source, "-o", program,
                        f"-I{PREFIX}/include", f"-L{lib_folder}", f"-Wl,-rpath,{lib_folder}",
                        "-lraddle"], check=True)
        lines = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for line in lines.splitlines():
        name, value = line.split()
        found.setdefault(name, []).append(float(value))
    return {name: min(values) for name, values in found.items()}


def timed(call, count):
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - start) / count * 1e6)
    return min(rounds)


def on_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def main():
    config = raddle.Config(SETTINGS)
    tokens = array("i", range(32))
    c = in_c()
    with raddle.Session(config) as session:
        def step():
            session.step_tokens(tokens)
        rows = [("raddle_version", c["version"], timed(lib.raddle_version, CALLS)),
                ("config.get", c["get"], timed(lambda: config.get("train.steps"), CALLS)),
                ("step_tokens, main thread", c["step"], timed(step, STEPS)),
                ("step_tokens, other thread", c["step"],
                 on_thread(lambda: timed(step, STEPS)))]
    print(f"{'microseconds a call':28}{'C':>10}{'Python':>10}{'beside C':>10}")
    for name, there, here in rows:
        print(f"{name:28}{there:10.2f}{here:10.2f}{here - there:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
