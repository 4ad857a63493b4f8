# SPDX-License-Identifier: Apache-2.0
"""Compares Raddle with judges that are not Raddle. One line per check, then "N passed, N failed".

    check.py BUILD_DIRECTORY [WORD]     only checks whose name holds WORD

RADDLE_LIBRARY names the library that `import raddle` loads.
"""
import json
import logging
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import traceback

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", CUDA_VISIBLE_DEVICES="",
                  TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")

import numpy as np
import raddle
import safetensors.numpy
import tokenizers
import torch
import transformers

import judge_models
import pin_splits
import pin_tokenizers
from judge_models import CONTEXT, PLAIN, VOCAB, WIDE, Case, sequences
from judges import ReferenceJudge, Trainer, judge_for, mtp_losses, next_token_loss
from reference import Reference, hf_named

LOGITS_TOLERANCE = 1e-4  # absolute
LOSS_TOLERANCE = 1e-4    # relative
LENGTHS = [1, 7, 33, CONTEXT]
OPTIMIZER = {"optimizer.learning_rate": 2e-3, "optimizer.beta1": 0.9, "optimizer.beta2": 0.95,
             "optimizer.eps": 1e-8, "optimizer.weight_decay": 0.1, "optimizer.max_grad_norm": 0.5,
             "schedule.kind": "constant", "schedule.warmup_steps": 0}
# Letters with accents, other scripts, an emoji of several code points, runs of blanks, digits and
# code: what byte-level BPE and its splitting pattern must agree on.
SUBJECTS = ["The weaver", "A loom", "The thread", "Some comb", "The cloth", "Every shuttle"]
VERBS = ["spreads", "holds", "draws", "counts", "parts", "gathers"]
SAMPLES = ["In the beginning God created the heaven and the earth.", "naïve café — déjà vu", " ",
           "  two  spaces\tand a tab\n\n\nlines \r\n", "x1234567 3.14 1,000",
           "日本語とคำ العربية עברית", "\U0001f469\u200d\U0001f469\u200d\U0001f466 ok",
           "def f(x):\n    return x**2  # it's, we'll, I'M", "a\u0301 \u00a0\u2003\ufeff"]


def training_text():
    """Sentences with something to learn, and the samples."""
    draw = random.Random(3)
    sentences = [f"{draw.choice(SUBJECTS)} {draw.choice(VERBS)} {draw.choice(SUBJECTS).lower()}, "
                 f"and {draw.randint(1, 999)} {draw.choice(VERBS)} it.\n" for _ in range(1500)]
    return "".join(sentences) + "\n".join(SAMPLES * 20)


class Checks:
    def __init__(self, cli, work, word):
        self.cli, self.work, self.word = cli, work, word
        self.passed = self.failed = 0
        self.text = work / "text.txt"
        self.text.write_text(training_text())

    def run_cli(self, *arguments):
        command = [self.cli, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(
                f"{' '.join(command)} exited {done.returncode}: {done.stderr[-600:]}")
        return done.stdout

    def check(self, name, function, *arguments):
        """Runs one check; what it returns is shown beside its name."""
        if self.word not in name:
            return
        try:
            shown = function(*arguments)
            self.passed += 1
            print(f"ok    {name}: {shown}", flush=True)
        except Exception as error:  # whatever a judge raises is a failure of this check alone
            self.failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
            if not isinstance(error, (AssertionError, raddle.RaddleError)):
                traceback.print_exc()


def expect_close(actual, expected, tolerance, what):
    if actual.shape != expected.shape:
        raise AssertionError(f"{what}: shape {actual.shape}, expected {expected.shape}")
    if not np.isfinite(actual).all():
        raise AssertionError(f"{what}: not finite")
    gap = np.abs(actual - expected).max()
    if not gap <= tolerance:
        raise AssertionError(f"{what}: differs by {gap:.3g}, allowed {tolerance:g}")
    return gap


def packed(sequences):
    """Sequences as one micro-batch."""
    starts = np.cumsum([0] + [len(s) for s in sequences])
    return raddle.Batch(np.concatenate(sequences), cu_seqlens=starts)


def parameters_of(session):
    """Every parameter by name: the session's own memory."""
    return {name: np.asarray(session.tensor(name)) for name in session.tensor_names()
            if "/" not in name}  # not gradient/..., m/..., v/...


def case_directory(checks, case):
    directory = checks.work / case.name.replace(" ", "_")
    if not directory.exists():
        judge_models.make(case, directory)
    return directory


def judge_logits(judge, tokens):
    with torch.no_grad():
        return judge.logits(tokens).numpy()


# ---- files that Raddle did not write ----

def forward_of_judges_files(checks, case):
    """Raddle reads a directory that it did not write."""
    directory = case_directory(checks, case)
    judge, worst, largest = judge_for(directory), 0, 0
    with raddle.Session.open(directory) as session:
        for tokens in sequences(7, LENGTHS):
            expected = judge_logits(judge, tokens)
            actual = np.asarray(session.logits(tokens))
            worst = max(worst, expect_close(actual, expected, LOGITS_TOLERANCE,
                                            f"logits of {len(tokens)} tokens"))
            largest = max(largest, np.abs(expected).max())
    if isinstance(judge, ReferenceJudge):
        judge.check_all_used()
    return f"logits within {worst:.1e} (largest {largest:.1f}) over {len(LENGTHS)} sequences"


def greedy_generation(checks, case):
    """The key-value cache against whole forward passes of the judge."""
    directory = case_directory(checks, case)
    judge, count = judge_for(directory), 24
    prompt = sequences(11, [9])[0]
    with raddle.Session.open(directory) as session:
        found = [token.id for token in session.generate(prompt, max_tokens=count, greedy=True,
                                                       ignore_end=True)]
    expected = []
    for _ in range(count):
        expected.append(int(judge_logits(judge, prompt + expected)[-1].argmax()))
    if found != expected:
        raise AssertionError(f"generated {found}, expected {expected}")
    return f"{count} tokens equal"


def reference_agrees_with_transformers(checks, case):
    """Who judges the judge: the reference's backbones against transformers' classes."""
    directory = case_directory(checks, case)
    reference, worst = ReferenceJudge(Reference.from_directory(directory)), 0
    judge = judge_for(directory)
    for tokens in sequences(17, LENGTHS):
        actual, expected = judge_logits(reference, tokens), judge_logits(judge, tokens)
        worst = max(worst, expect_close(actual, expected, 1e-5, f"logits of {len(tokens)} tokens"))
    reference.check_all_used()
    return f"logits within {worst:.1e} over {len(LENGTHS)} sequences"


# ---- ten steps ----

def micro_batches_of(step):
    """Two micro-batches of packed sequences of different lengths, none full."""
    return [sequences(100 + 2 * step, [17, 30, 2, 40]), sequences(101 + 2 * step, [CONTEXT, 5])]


def settings_of(directory):
    return {"model.hf_config": directory, "train.micro_batch_tokens": 96, "train.micro_batches": 2,
            "train.steps": 10, "runtime.threads": 2, **OPTIMIZER}


def trainer_for(judge):
    groups = judge.parameter_groups(OPTIMIZER["optimizer.weight_decay"])
    return Trainer(groups, OPTIMIZER["optimizer.learning_rate"],
                   (OPTIMIZER["optimizer.beta1"], OPTIMIZER["optimizer.beta2"]),
                   OPTIMIZER["optimizer.eps"], OPTIMIZER["optimizer.max_grad_norm"])


def relative_gap(actual, expected, what):
    gap = abs(actual - expected) / abs(expected)
    if not gap <= LOSS_TOLERANCE:
        raise AssertionError(f"{what} is {actual:.8g}, expected {expected:.8g}: {gap:.2g} relative")
    return gap


def ten_losses(checks, case):
    directory = case_directory(checks, case)
    judge, trainer, worst, losses = judge_for(directory), None, 0, []
    settings = {**settings_of(directory), "model.init_from": directory}
    with raddle.Session(raddle.Config(settings)) as session:
        for step in range(10):
            batches = micro_batches_of(step)
            loss = next_token_loss(judge, batches)
            trainer = trainer or trainer_for(judge)
            norm = trainer.step(loss)
            metrics = session.step([packed(sequences) for sequences in batches])
            losses.append(metrics.loss)
            worst = max(worst, relative_gap(metrics.loss, loss.item(), f"loss of step {step + 1}"))
            relative_gap(metrics.grad_norm, norm, f"gradient norm of step {step + 1}")
    return f"losses {losses[0]:.4f} to {losses[-1]:.4f} within {worst:.1e} relative"


def ten_losses_in_groups(checks, case):
    """Parameter groups against AdamW's of PyTorch: a rate and a decay of their own, and frozen
    ones, which keep every bit and do not count in the norm."""
    directory, worst, trainer = case_directory(checks, case), 0, None
    reference = Reference.from_directory(directory)
    slow = [n for n in reference.t if ".up_proj." in n or ".gate_proj." in n]
    frozen = [n for n in reference.t if "embed" in n or n.startswith("raddle.layers.0.attn_site")]
    names = ["embedding.weight"] + (["layers.0.attn_site.*"] if case.m else [])
    groups = ('[{match = ["*.gate_up.weight"], learning_rate_factor = 0.25, weight_decay = 0.7}, '
              f'{{match = {json.dumps(names)}, frozen = true}}, '
              '{match = ["*"], learning_rate_factor = 2}]')
    settings = {**settings_of(directory), "model.init_from": directory, "optimizer.group": groups}
    rate = OPTIMIZER["optimizer.learning_rate"]
    judge = ReferenceJudge(reference)
    with raddle.Session(raddle.Config(settings)) as session:
        before = {name: array.copy() for name, array in parameters_of(session).items()}
        for step in range(10):
            batches = micro_batches_of(step)
            loss = next_token_loss(judge, batches)
            if trainer is None:
                rest = reference.parameter_groups(OPTIMIZER["optimizer.weight_decay"],
                                                  without=slow + frozen)
                torch_groups = [{**group, "lr": 2 * rate} for group in rest]
                torch_groups.append({"params": [reference.t[n] for n in slow], "lr": 0.25 * rate,
                                     "weight_decay": 0.7})
                trainer = Trainer(torch_groups, rate,
                                  (OPTIMIZER["optimizer.beta1"], OPTIMIZER["optimizer.beta2"]),
                                  OPTIMIZER["optimizer.eps"], OPTIMIZER["optimizer.max_grad_norm"])
            norm = trainer.step(loss)
            metrics = session.step([packed(sequences) for sequences in batches])
            worst = max(worst, relative_gap(metrics.loss, loss.item(), f"loss of step {step + 1}"))
            relative_gap(metrics.grad_norm, norm, f"gradient norm of step {step + 1}")
        for name, array in parameters_of(session).items():
            still = name == "embedding.weight" or name.startswith("layers.0.attn_site.")
            if (array.tobytes() == before[name].tobytes()) != still:
                raise AssertionError(f"{name} {'moved' if still else 'did not move'}")
    return f"losses within {worst:.1e} relative, {len(frozen)} tensors frozen"


def ten_losses_with_mtp(checks, case):
    """It is in no file: the weights are read from, and perturbed in, the session."""
    directory, worst, reference, trainer = case_directory(checks, case), 0, None, None
    settings = {**settings_of(directory), "model.mtp.heads": 1, "model.mtp.weight": 0.3}
    config = json.loads((directory / "config.json").read_text())
    with raddle.Session(raddle.Config(settings)) as session:
        parameters = parameters_of(session)
        generator = np.random.default_rng(5)
        for array in parameters.values():
            array += generator.normal(0, 0.05, array.shape).astype(np.float32)
        reference = Reference(config, hf_named(parameters, config["num_attention_heads"],
                                               config["num_key_value_heads"]))
        for step in range(10):
            batches = micro_batches_of(step)
            main, total = mtp_losses(reference, batches, 0.3)
            trainer = trainer or trainer_for(ReferenceJudge(reference))
            trainer.step(total)
            metrics = session.step([packed(sequences) for sequences in batches])
            worst = max(worst, relative_gap(metrics.loss, main.item(), f"loss of step {step + 1}"),
                        relative_gap(metrics.total_loss, total.item(), f"total of step {step + 1}"))
    ReferenceJudge(reference).check_all_used()
    return f"both losses within {worst:.1e} relative"


# ---- what Raddle writes ----

def recipe_for(checks, case, tokenizer):
    lines = ["[model]", f'family = "{case.family}"', "layers = 2", "width = 48", "heads = 4",
             f"kv_heads = {4 if case.family == 'gpt2' else 2}",
             f"head_dim = {16 if case.family == 'qwen3' else 0}", "context = 64", "init_std = 0.1",
             f"tie_embeddings = {'false' if case.family == 'llama' or case.table else 'true'}"]
    if case.m:
        lines += ["[model.virtual_width]", f"m = {case.m}", f"n = {case.n}",
                  f"dynamic = {'true' if case.dynamic else 'false'}",
                  f'embedding = "{case.embedding}"', f'reduce = "{case.reduce}"']
    lines += ["[data]", f'path = ["{checks.text}"]', f'tokenizer = "{tokenizer}"',
              "vocab_size = 320", "[train]", "steps = 8", "micro_batch_tokens = 256", "[optimizer]",
              "learning_rate = 0.01"]
    return "\n".join(lines) + "\n"


def exported(checks, case, tokenizer="bpe"):
    """A run of a few steps and its export: (run directory, exported directory)."""
    place = checks.work / ("run_" + case.name.replace(" ", "_") + "_" + tokenizer)
    run, out = place / "run", place / "hf"
    if not out.exists():
        shutil.rmtree(place, ignore_errors=True)  # of an attempt that failed
        place.mkdir()
        recipe = place / "recipe.toml"
        recipe.write_text(recipe_for(checks, case, tokenizer))
        checks.run_cli("train", recipe, "--run-dir", run)
        checks.run_cli("ckpt", "export", run, "--to", "hf", "--out", out)
    return run, out


def cli_logits(checks, model, tokens):
    out = checks.work / "logits.safetensors"
    out.unlink(missing_ok=True)
    checks.run_cli("eval", model, "--tokens", ",".join(map(str, tokens)), "--logits-out", out)
    return safetensors.numpy.load_file(out)["logits"]


def export_reloads(checks, case):
    run, out = exported(checks, case)
    for tokens in sequences(3, LENGTHS):
        first, second = cli_logits(checks, run, tokens), cli_logits(checks, out, tokens)
        if first.dtype != np.float32 or first.shape[0] != len(tokens):
            raise AssertionError(f"logits are {first.dtype} {first.shape}")
        if first.tobytes() != second.tobytes():
            raise AssertionError(f"logits of {len(tokens)} tokens are not bit-equal, by "
                                 f"{np.abs(first - second).max():.3g}")
    return f"bit-equal logits over {len(LENGTHS)} sequences"


def export_is_what_the_judge_reads(checks, case):
    _, out = exported(checks, case)
    judge, worst = judge_for(out), 0
    for tokens in sequences(5, LENGTHS):
        actual = cli_logits(checks, out, tokens)
        worst = max(worst, expect_close(actual, judge_logits(judge, tokens), LOGITS_TOLERANCE,
                                        f"logits of {len(tokens)} tokens"))
    if isinstance(judge, ReferenceJudge):
        judge.check_all_used()
    return f"logits within {worst:.1e} over {len(LENGTHS)} sequences"


def generation_config_loads(checks, case):
    _, out = exported(checks, case)
    config = transformers.GenerationConfig.from_pretrained(out)
    model = transformers.AutoConfig.from_pretrained(out)
    if config.eos_token_id != model.eos_token_id:
        raise AssertionError(f"end tokens {config.eos_token_id} and {model.eos_token_id} differ")
    return f"end token {config.eos_token_id}"


def tokenizer_agrees(checks, kind):
    _, out = exported(checks, Case("llama"), kind)
    path = out / "tokenizer.json"
    judge = tokenizers.Tokenizer.from_file(str(path))
    texts, tokenizer = SAMPLES + [training_text()], raddle.Tokenizer.open(path)
    for text in texts:
        expected = judge.encode(text, add_special_tokens=False).ids
        actual = tokenizer.encode(text)
        if actual != expected:
            raise AssertionError(f"{text[:60]!r} is {actual[:20]}, expected {expected[:20]}")
        if judge.decode(expected, skip_special_tokens=False) != text:
            raise AssertionError(f"{text[:60]!r} does not decode to itself")
    return f"{len(texts)} texts encode alike, {judge.get_vocab_size()} tokens"


def auto_tokenizer_agrees(checks, case, kind):
    """What AutoTokenizer makes of an exported directory is Raddle's tokenizer: the same ids, and no
    special tokens of the family's customary class."""
    _, out = exported(checks, case, kind)
    judge = transformers.AutoTokenizer.from_pretrained(out)
    config = json.loads((out / "config.json").read_text())
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        if getattr(judge, name) != config[name]:
            raise AssertionError(f"{name} is {getattr(judge, name)}, expected {config[name]}")
    tokenizer = raddle.Tokenizer.open(out / "tokenizer.json")
    for text in SAMPLES:
        actual, expected = judge(text).input_ids, tokenizer.encode(text)
        if actual != expected:
            raise AssertionError(f"{text[:60]!r} is {actual[:20]}, expected {expected[:20]}")
    return f"{type(judge).__name__}, {len(judge)} tokens, end {judge.eos_token_id}"


def pins_agree():
    """The ids that the unit tests expect are the library's."""
    found = pin_tokenizers.pins()
    with open(pin_tokenizers.PINS, encoding="utf-8") as file:
        if json.load(file) != found:
            raise AssertionError("tests/cases/tok/pins.json differs; see pin_tokenizers.py")
    return f"{sum(len(pin['texts']) for pin in found)} texts, {len(found)} tokenizers"


def splits_agree():
    """Words of patterns, as the unit tests expect them."""
    found = list(pin_splits.pins())
    with open(pin_splits.PINS, encoding="utf-8") as file:
        if found != json.load(file)["pins"]:
            raise AssertionError("tests/cases/tok/splits.json differs; see pin_splits.py")
    return f"{len(found)} splits"


# ---- at the start ----

def starts_at_its_baseline(checks, case):
    """A model with virtual width, freshly drawn, computes what the plain model computes."""
    keys = {"model.family": case.family, "model.layers": 3, "model.width": 48, "model.heads": 4,
            "model.vocab_size": VOCAB, "model.context": CONTEXT, "train.micro_batch_tokens": 64,
            "model.init_std": 0.1, "model.norm_eps": 1e-9,
            "model.tie_embeddings": "false" if case.table else "true"}
    wide = {**keys, "model.virtual_width.m": case.m, "model.virtual_width.n": case.n,
            "model.virtual_width.dynamic": "true" if case.dynamic else "false",
            "model.virtual_width.embedding": case.embedding,
            "model.virtual_width.reduce": case.reduce}
    tokens = sequences(13, [CONTEXT])[0]
    found = []
    for settings in (keys, wide):
        with raddle.Session(raddle.Config(settings)) as session:
            found.append(np.asarray(session.logits(tokens)))
    largest = np.abs(found[0]).max()
    gap = expect_close(found[1], found[0], 1e-5 * largest, "logits")
    return f"logits within {gap:.1e} (largest {largest:.2f})"


def run_all(checks):
    for case in PLAIN:
        checks.check(f"{case.name}, reference against transformers",
                     reference_agrees_with_transformers, checks, case)
    for case in PLAIN + WIDE:
        checks.check(f"{case.name}, judge's files", forward_of_judges_files, checks, case)
        checks.check(f"{case.name}, greedy generation", greedy_generation, checks, case)
        checks.check(f"{case.name}, ten training losses", ten_losses, checks, case)
    for case in (Case("llama"), Case("llama", 4, 8)):
        checks.check(f"{case.name}, ten losses in parameter groups", ten_losses_in_groups, checks,
                     case)
    for case in (Case("llama"), Case("llama", 4, 8), Case("qwen3", 4, 16),
                 Case("qwen3", 2, 3, embedding="copy", reduce="mean")):
        checks.check(f"{case.name}, ten losses with multi-token prediction", ten_losses_with_mtp,
                     checks, case)
    for case in WIDE:
        checks.check(f"{case.name}, starts at its baseline", starts_at_its_baseline, checks, case)
    for case in PLAIN + WIDE:
        checks.check(f"{case.name}, export reloads", export_reloads, checks, case)
        checks.check(f"{case.name}, export as judged", export_is_what_the_judge_reads, checks, case)
    for case in PLAIN:
        checks.check(f"{case.name}, generation config", generation_config_loads, checks, case)
    for kind in ("bpe", "bytes"):
        checks.check(f"{kind} tokenizer", tokenizer_agrees, checks, kind)
        for case in PLAIN if kind == "bpe" else PLAIN[1:2]:
            checks.check(f"{case.name}, {kind} AutoTokenizer", auto_tokenizer_agrees, checks, case,
                         kind)
    checks.check("pinned tokenizers", pins_agree)
    checks.check("pinned splits", splits_agree)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("raddle").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="raddle-interop-") as work:
        checks = Checks(str(build / "bin" / "raddle"), pathlib.Path(work), word)
        run_all(checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 0 if checks.failed == 0 and checks.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
