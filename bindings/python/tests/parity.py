# SPDX-License-Identifier: Apache-2.0
"""parity CONFIG TEXT RUN_DIRECTORY: trains to the end and prints each step's loss, bit for bit."""
import struct
import sys

import raddle


def main(config, text, run_directory):
    settings = raddle.Config({"data.path": [text]}, recipe=config)
    with raddle.Session(settings, run_directory=run_directory) as session:
        for event in session.train():
            if isinstance(event, raddle.StepEvent):
                bits, = struct.unpack("<Q", struct.pack("<d", event.metrics.loss))
                print(f"step {event.step} {bits:016x}")


main(*sys.argv[1:])
