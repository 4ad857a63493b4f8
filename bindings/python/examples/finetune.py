# SPDX-License-Identifier: Apache-2.0
"""Trains a small model on a text, stops half-way, resumes, and lets the model write.

    python3 finetune.py TEXT_FILE RUN_DIRECTORY
"""
import sys

import raddle

SETTINGS = {
    "data.tokenizer": "bytes", "model.layers": 2, "model.width": 64, "model.heads": 4,
    "model.context": 64, "train.micro_batch_tokens": 512, "train.steps": 100,
    "optimizer.learning_rate": 3e-3,
}


def train(config: raddle.Config, run_directory: str, until: int) -> None:
    """Trains up to a step, from wherever the run directory is."""
    with raddle.Session(config, run_directory=run_directory, resume="auto") as session:
        run = session.train(progress=True)
        for event in run:
            if isinstance(event, raddle.StepEvent):
                if event.step % 10 == 0:
                    print(f"step {event.step}: loss {event.metrics.loss:.4f}")
                if event.step == until < event.steps_total:
                    run.stop()  # in good order: it is saved
            elif isinstance(event, raddle.CheckpointEvent):
                print(f"saved {event.path}")
            elif isinstance(event, raddle.WarningEvent):
                print(f"warning: {event.message}", file=sys.stderr)


def main(text: str, run_directory: str) -> None:
    config = raddle.Config({**SETTINGS, "data.path": [text], "data.validation_fraction": 0})
    train(config, run_directory, until=50)
    train(config, run_directory, until=100)

    with raddle.Session.open(run_directory) as session:
        for token in session.generate("Licensed ", max_tokens=40, seed=1):
            print(token.text, end="", flush=True)
    print()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except raddle.RaddleError as error:
        sys.exit(f"finetune: {error}")
